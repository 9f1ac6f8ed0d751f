// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

/**
 * @title Officials
 * @notice The public register of who holds which office, and from when until when.
 * @dev A person is named by an ERC-7913 signer (`verifier || key`, or a bare address). The register holds keys and
 * dates only: no name and no number of a person is ever written here.
 */
contract Officials is AccessControl {
    /// @notice The offices that other contracts ask about.
    /// @dev COURT decides on agreements; COURT_WITNESS, a machine of a court, co-signs heads and decides nothing.
    enum Office {
        NONE,
        MEDIATOR,
        COURT,
        NOTARY,
        ASSOCIATION,
        COURT_WITNESS
    }

    /// @dev A stretch of time in unix seconds: `validFrom` belongs to it, `validUntil` does not.
    struct Term {
        uint64 validFrom;
        uint64 validUntil;
    }

    /// @notice The role that grants and revokes offices.
    bytes32 public constant OFFICE_ADMIN_ROLE = keccak256("OFFICE_ADMIN_ROLE");

    uint256 private constant SHORTEST_SIGNER = 20;

    mapping(bytes32 signerId => mapping(Office office => Term[])) private _terms;

    /**
     * @notice `signer` holds `office` in `[validFrom, validUntil)`, unix seconds.
     * @param signerId keccak256 of the signer.
     * @param office The office.
     * @param signer ERC-7913 signer.
     * @param validFrom First second of the term.
     * @param validUntil First second after the term.
     */
    event OfficeGranted(
        bytes32 indexed signerId,
        Office indexed office,
        bytes signer,
        uint64 validFrom,
        uint64 validUntil
    );

    /**
     * @notice From `time` (unix seconds) on, `signer` holds `office` no longer.
     * @param signerId keccak256 of the signer.
     * @param office The office.
     * @param signer ERC-7913 signer.
     * @param time The block's time.
     */
    event OfficeRevoked(bytes32 indexed signerId, Office indexed office, bytes signer, uint64 time);

    /// @notice A signer is at least an address, 20 bytes.
    error OfficialsInvalidSigner(bytes signer);

    /// @notice `NONE` cannot be granted or revoked.
    error OfficialsNoOffice();

    /// @notice A term ends after it begins.
    error OfficialsEmptyPeriod(uint64 validFrom, uint64 validUntil);

    /// @notice There is no present or coming term to revoke.
    error OfficialsNotGranted(bytes signer, Office office);

    /**
     * @notice Starts an empty register.
     * @param admin The account that hands out roles and, at first, offices.
     */
    constructor(address admin) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(OFFICE_ADMIN_ROLE, admin);
    }

    /**
     * @notice Gives `signer` the office from `validFrom` until `validUntil` (unix seconds, end not included).
     * @dev Terms add up: a renewal is a further grant. Emits {OfficeGranted}.
     * @param signer ERC-7913 signer.
     * @param office Any office but `NONE`.
     * @param validFrom First second of the term.
     * @param validUntil First second after the term.
     */
    function grant(
        bytes calldata signer,
        Office office,
        uint64 validFrom,
        uint64 validUntil
    ) external onlyRole(OFFICE_ADMIN_ROLE) {
        if (signer.length < SHORTEST_SIGNER) revert OfficialsInvalidSigner(signer);
        if (office == Office.NONE) revert OfficialsNoOffice();
        if (validFrom >= validUntil) revert OfficialsEmptyPeriod(validFrom, validUntil);
        bytes32 signerId = keccak256(signer);
        _terms[signerId][office].push(Term({validFrom: validFrom, validUntil: validUntil}));
        emit OfficeGranted(signerId, office, signer, validFrom, validUntil);
    }

    /**
     * @notice Ends every present and coming term of `signer` in `office` now. Past time stays as it was.
     * @dev Emits {OfficeRevoked}.
     * @param signer ERC-7913 signer.
     * @param office The office to end.
     */
    function revoke(bytes calldata signer, Office office) external onlyRole(OFFICE_ADMIN_ROLE) {
        bytes32 signerId = keccak256(signer);
        Term[] storage terms = _terms[signerId][office];
        uint64 present = uint64(block.timestamp);
        bool ended = false;
        for (uint256 i = 0; i < terms.length; ++i) {
            Term storage term = terms[i];
            if (term.validUntil > present && term.validFrom < term.validUntil) {
                term.validUntil = term.validFrom > present ? term.validFrom : present;
                ended = true;
            }
        }
        if (!ended) revert OfficialsNotGranted(signer, office);
        emit OfficeRevoked(signerId, office, signer, present);
    }

    /**
     * @notice Whether `signer` held, holds or will hold `office` at `time` (unix seconds), as known now.
     * @param signer ERC-7913 signer.
     * @param office The office asked about.
     * @param time The time asked about.
     * @return Whether a term covers that time.
     */
    function holds(bytes calldata signer, Office office, uint64 time) external view returns (bool) {
        Term[] storage terms = _terms[keccak256(signer)][office];
        for (uint256 i = terms.length; i > 0; --i) {
            Term storage term = terms[i - 1];
            if (term.validFrom <= time && time < term.validUntil) return true;
        }
        return false;
    }
}
