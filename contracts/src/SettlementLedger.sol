// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
// solhint-disable-next-line max-line-length
import {ERC7913WebAuthnVerifier} from "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913WebAuthnVerifier.sol";

import {DeviceKeyVerifier} from "./DeviceKeyVerifier.sol";
import {Officials} from "./Officials.sol";
import {Signatures} from "./Signatures.sol";

/**
 * @title SettlementLedger
 * @notice Seals a mediated settlement once every party and the mediator have signed it, and records what the court
 * decided on it. All signatures are checked here; whoever sends the transaction has no say.
 * @dev Signers are ERC-7913 signers of three kinds: a passkey, a device key (both P-256, through the two verifiers
 * fixed at creation) or a wallet address. A verifier chosen by the sender could accept anything, so none is admitted.
 * What the two verifiers do is done here, without a call (see {Signatures}); so they must be those two and no others.
 */
contract SettlementLedger is EIP712 {
    /// @notice What became of the joint application for judicial confirmation.
    enum Outcome {
        NONE,
        CONFIRMED,
        REFUSED
    }

    /// @notice What is sealed. `agreement` is the commitment to the text; `caseRef` the pseudonym of the case.
    struct Settlement {
        bytes32 agreement;
        bytes32 caseRef;
        uint32 version;
        bytes32 supersedes;
        bytes[] parties;
        bytes mediator;
    }

    /// @notice What is kept of a sealed settlement. `sealedTime` is zero for one that was never sealed.
    struct Record {
        bytes32 caseRef;
        bytes32 supersedes;
        bytes32 parties;
        bytes32 signers;
        bytes32 supersededBy;
        bytes32 ruling;
        uint32 version;
        Outcome outcome;
        uint64 sealedBlock;
        uint64 sealedTime;
    }

    bytes32 private constant CONSENT_TYPEHASH =
        keccak256("Consent(bytes32 agreement,bytes32 caseRef,uint32 version,bytes32 supersedes,bytes32 signers)");

    bytes32 private constant SEAL_TYPEHASH =
        keccak256("Seal(bytes32 agreement,bytes32 caseRef,uint32 version,bytes32 supersedes,bytes32 signers)");

    bytes32 private constant CONFIRMATION_TYPEHASH =
        keccak256("Confirmation(bytes32 agreement,uint8 outcome,bytes32 ruling)");

    Officials private immutable _officials;
    address private immutable _passkeyVerifier;
    address private immutable _deviceVerifier;

    mapping(bytes32 agreement => Record) private _records;

    /**
     * @notice Every party and the mediator signed.
     * @param agreement The commitment to the text.
     * @param caseRef The pseudonym of the case.
     * @param version The version of the text.
     * @param signers keccak256(abi.encode(parties, mediator)).
     */
    event Sealed(bytes32 indexed agreement, bytes32 indexed caseRef, uint32 version, bytes32 signers);

    /**
     * @notice `agreement` takes the place of a sealed agreement.
     * @param superseded The earlier agreement.
     * @param agreement The new one.
     */
    event Superseded(bytes32 indexed superseded, bytes32 indexed agreement);

    /**
     * @notice A court decided on the joint application.
     * @param agreement The sealed agreement.
     * @param outcome What the court decided.
     * @param ruling The commitment to the ruling.
     * @param signer ERC-7913 signer of the court.
     */
    event Decided(bytes32 indexed agreement, Outcome indexed outcome, bytes32 ruling, bytes signer);

    /// @notice An agreement is named by its commitment, which is not zero.
    error SettlementLedgerEmptyAgreement();

    /// @notice This agreement was sealed before.
    error SettlementLedgerAlreadySealed(bytes32 agreement);

    /// @notice This agreement was never sealed.
    error SettlementLedgerUnknownAgreement(bytes32 agreement);

    /// @notice A settlement needs two parties or more.
    error SettlementLedgerTooFewParties(uint256 given);

    /// @notice The same signer stands twice among parties and mediator.
    error SettlementLedgerRepeatedSigner(bytes signer);

    /// @notice The signer names a verifier that this ledger does not know.
    error SettlementLedgerUnknownVerifier(bytes signer);

    /// @notice There is one consent for each party, in their order.
    error SettlementLedgerConsentCount(uint256 parties, uint256 consents);

    /// @notice The consent is not by this party over this settlement.
    error SettlementLedgerBadConsent(bytes party);

    /// @notice The seal is not by this mediator over this settlement.
    error SettlementLedgerBadSeal(bytes mediator);

    /// @notice The signer is no mediator in office now.
    error SettlementLedgerNotAMediator(bytes signer);

    /// @notice The signer is no court in office now.
    error SettlementLedgerNotACourt(bytes signer);

    /// @notice The agreement belongs to another case than the one it supersedes.
    error SettlementLedgerOtherCase(bytes32 caseRef, bytes32 supersededCaseRef);

    /// @notice The agreement has other parties than the one it supersedes.
    error SettlementLedgerOtherParties(bytes32 agreement, bytes32 supersedes);

    /// @notice The version is not above that of the superseded agreement.
    error SettlementLedgerOldVersion(uint32 given, uint32 sealedVersion);

    /// @notice Another agreement has taken its place already.
    error SettlementLedgerAlreadySuperseded(bytes32 agreement, bytes32 supersededBy);

    /// @notice A court has decided already.
    error SettlementLedgerAlreadyDecided(bytes32 agreement, Outcome outcome);

    /// @notice The signature is not by this court over this decision.
    error SettlementLedgerBadSignature(bytes signer);

    /// @notice At this address there is no verifier, or another than the one that this ledger was made with.
    error SettlementLedgerOtherVerifier(address verifier);

    /**
     * @notice Starts an empty ledger with fixed verifiers.
     * @param officials The register of offices.
     * @param passkeyVerifier OpenZeppelin's `ERC7913WebAuthnVerifier`, compiled as this contract is.
     * @param deviceVerifier A {DeviceKeyVerifier}, compiled as this contract is.
     */
    constructor(
        Officials officials,
        address passkeyVerifier,
        address deviceVerifier
    ) EIP712("Hezheng SettlementLedger", "1") {
        _requireCode(passkeyVerifier, type(ERC7913WebAuthnVerifier).runtimeCode);
        _requireCode(deviceVerifier, type(DeviceKeyVerifier).runtimeCode);
        _officials = officials;
        _passkeyVerifier = passkeyVerifier;
        _deviceVerifier = deviceVerifier;
    }

    /**
     * @notice Seals a settlement, and supersedes an earlier one where `supersedes` names it.
     * @dev Emits {Sealed} and, with it, {Superseded}. A settlement can be sealed once, so no signature serves twice.
     * @param settlement What all signed.
     * @param consents One signature over EIP-712 `Consent` for each party, in the order of the parties.
     * @param sealSignature The mediator's signature over EIP-712 `Seal`.
     */
    function seal(
        Settlement calldata settlement,
        bytes[] calldata consents,
        bytes calldata sealSignature
    ) external {
        bytes32 agreement = settlement.agreement;
        if (agreement == 0) revert SettlementLedgerEmptyAgreement();
        if (_records[agreement].sealedTime != 0) revert SettlementLedgerAlreadySealed(agreement);
        _checkSigners(settlement);
        if (consents.length != settlement.parties.length) {
            revert SettlementLedgerConsentCount(settlement.parties.length, consents.length);
        }
        if (!_officials.holds(settlement.mediator, Officials.Office.MEDIATOR, uint64(block.timestamp))) {
            revert SettlementLedgerNotAMediator(settlement.mediator);
        }
        bytes32 partiesHash = keccak256(abi.encode(settlement.parties));
        if (settlement.supersedes != 0) _checkSuperseded(settlement, partiesHash);
        bytes32 signers = _signersHash(settlement);
        _checkConsents(settlement, _digest(CONSENT_TYPEHASH, settlement, signers), consents);
        bytes32 toSeal = _digest(SEAL_TYPEHASH, settlement, signers);
        if (!_isSigned(settlement.mediator, toSeal, sealSignature)) {
            revert SettlementLedgerBadSeal(settlement.mediator);
        }
        _record(settlement, partiesHash, signers);
    }

    /**
     * @notice Records that the court confirmed the agreement as valid.
     * @dev Emits {Decided}.
     * @param agreement A sealed agreement.
     * @param ruling The commitment to the ruling.
     * @param signer ERC-7913 signer, now a court.
     * @param signature Its signature over EIP-712 `Confirmation(agreement, 1, ruling)`.
     */
    function confirm(
        bytes32 agreement,
        bytes32 ruling,
        bytes calldata signer,
        bytes calldata signature
    ) external {
        _decide(agreement, Outcome.CONFIRMED, ruling, signer, signature);
    }

    /**
     * @notice Records that the court dismissed the application.
     * @dev Emits {Decided}.
     * @param agreement A sealed agreement.
     * @param ruling The commitment to the ruling.
     * @param signer ERC-7913 signer, now a court.
     * @param signature Its signature over EIP-712 `Confirmation(agreement, 2, ruling)`.
     */
    function refuse(
        bytes32 agreement,
        bytes32 ruling,
        bytes calldata signer,
        bytes calldata signature
    ) external {
        _decide(agreement, Outcome.REFUSED, ruling, signer, signature);
    }

    /**
     * @notice What is recorded of an agreement.
     * @param agreement The commitment to its text.
     * @return The record; all zero when it was never sealed.
     */
    function settlementOf(bytes32 agreement) external view returns (Record memory) {
        return _records[agreement];
    }

    /**
     * @notice What a party signs.
     * @param settlement The settlement.
     * @return EIP-712 digest of its `Consent`.
     */
    function consentDigest(Settlement calldata settlement) external view returns (bytes32) {
        return _digest(CONSENT_TYPEHASH, settlement, _signersHash(settlement));
    }

    /**
     * @notice What the mediator signs.
     * @param settlement The settlement.
     * @return EIP-712 digest of its `Seal`.
     */
    function sealDigest(Settlement calldata settlement) external view returns (bytes32) {
        return _digest(SEAL_TYPEHASH, settlement, _signersHash(settlement));
    }

    /**
     * @notice What a court signs.
     * @param agreement The agreement.
     * @param outcome 1 confirmed, 2 refused.
     * @param ruling The commitment to the ruling.
     * @return EIP-712 digest of `Confirmation(agreement, outcome, ruling)`.
     */
    function confirmationDigest(bytes32 agreement, Outcome outcome, bytes32 ruling) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(CONFIRMATION_TYPEHASH, agreement, uint8(outcome), ruling)));
    }

    function _record(Settlement calldata settlement, bytes32 partiesHash, bytes32 signers) private {
        bytes32 agreement = settlement.agreement;
        Record storage record = _records[agreement];
        record.caseRef = settlement.caseRef;
        record.parties = partiesHash;
        record.signers = signers;
        record.version = settlement.version;
        record.sealedBlock = uint64(block.number);
        record.sealedTime = uint64(block.timestamp);
        emit Sealed(agreement, settlement.caseRef, settlement.version, signers);
        bytes32 superseded = settlement.supersedes;
        if (superseded != 0) {
            record.supersedes = superseded;
            _records[superseded].supersededBy = agreement;
            emit Superseded(superseded, agreement);
        }
    }

    function _decide(
        bytes32 agreement,
        Outcome outcome,
        bytes32 ruling,
        bytes calldata signer,
        bytes calldata signature
    ) private {
        Record storage record = _records[agreement];
        if (record.sealedTime == 0) revert SettlementLedgerUnknownAgreement(agreement);
        if (record.outcome != Outcome.NONE) revert SettlementLedgerAlreadyDecided(agreement, record.outcome);
        if (record.supersededBy != 0) revert SettlementLedgerAlreadySuperseded(agreement, record.supersededBy);
        if (!_officials.holds(signer, Officials.Office.COURT, uint64(block.timestamp))) {
            revert SettlementLedgerNotACourt(signer);
        }
        bytes32 digest = confirmationDigest(agreement, outcome, ruling);
        if (!_isSigned(signer, digest, signature)) {
            revert SettlementLedgerBadSignature(signer);
        }
        record.outcome = outcome;
        record.ruling = ruling;
        emit Decided(agreement, outcome, ruling, signer);
    }

    /// @dev Two parties or more, nobody twice, nobody with a verifier of their own making.
    function _checkSigners(Settlement calldata settlement) private view {
        uint256 count = settlement.parties.length;
        if (count < 2) revert SettlementLedgerTooFewParties(count);
        bytes32[] memory ids = new bytes32[](count + 1);
        for (uint256 i = 0; i <= count; ++i) {
            bytes calldata signer = i < count ? settlement.parties[i] : settlement.mediator;
            if (!_isKnownKind(signer)) revert SettlementLedgerUnknownVerifier(signer);
            bytes32 id = keccak256(signer);
            for (uint256 j = 0; j < i; ++j) {
                if (ids[j] == id) revert SettlementLedgerRepeatedSigner(signer);
            }
            ids[i] = id;
        }
    }

    function _isKnownKind(bytes calldata signer) private view returns (bool) {
        if (signer.length == Signatures.ADDRESS_SIZE) return true;
        if (signer.length != Signatures.P256_SIGNER_SIZE) return false;
        address verifier = address(bytes20(signer));
        return verifier == _passkeyVerifier || verifier == _deviceVerifier;
    }

    /// @dev An agreement that a court confirmed is enforceable and stays; one that it refused may be made anew.
    function _checkSuperseded(Settlement calldata settlement, bytes32 partiesHash) private view {
        Record storage earlier = _records[settlement.supersedes];
        if (earlier.sealedTime == 0) revert SettlementLedgerUnknownAgreement(settlement.supersedes);
        if (earlier.supersededBy != 0) {
            revert SettlementLedgerAlreadySuperseded(settlement.supersedes, earlier.supersededBy);
        }
        if (earlier.outcome == Outcome.CONFIRMED) {
            revert SettlementLedgerAlreadyDecided(settlement.supersedes, earlier.outcome);
        }
        if (earlier.caseRef != settlement.caseRef) {
            revert SettlementLedgerOtherCase(settlement.caseRef, earlier.caseRef);
        }
        if (settlement.version <= earlier.version) {
            revert SettlementLedgerOldVersion(settlement.version, earlier.version);
        }
        if (earlier.parties != partiesHash) {
            revert SettlementLedgerOtherParties(settlement.agreement, settlement.supersedes);
        }
    }

    function _checkConsents(
        Settlement calldata settlement,
        bytes32 digest,
        bytes[] calldata consents
    ) private view {
        for (uint256 i = 0; i < consents.length; ++i) {
            if (!_isSigned(settlement.parties[i], digest, consents[i])) {
                revert SettlementLedgerBadConsent(settlement.parties[i]);
            }
        }
    }

    function _isSigned(bytes calldata signer, bytes32 digest, bytes calldata signature) private view returns (bool) {
        return Signatures.isValid(signer, digest, signature, _passkeyVerifier, _deviceVerifier);
    }

    function _digest(
        bytes32 typeHash,
        Settlement calldata settlement,
        bytes32 signers
    ) private view returns (bytes32) {
        bytes32 structHash = keccak256(
            abi.encode(
                typeHash,
                settlement.agreement,
                settlement.caseRef,
                settlement.version,
                settlement.supersedes,
                signers
            )
        );
        return _hashTypedDataV4(structHash);
    }

    function _requireCode(address verifier, bytes memory code) private view {
        if (verifier.codehash != keccak256(code)) revert SettlementLedgerOtherVerifier(verifier);
    }

    function _signersHash(Settlement calldata settlement) private pure returns (bytes32) {
        return keccak256(abi.encode(settlement.parties, settlement.mediator));
    }
}
