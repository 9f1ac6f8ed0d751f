// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {Officials} from "./Officials.sol";

/**
 * @title EvidenceLedger
 * @notice An append-only line of batches of salted commitments. Each batch is linked to all before it by one head:
 * `head = SHA-256(0x02 || previous head || root || size as 8 bytes)`. The first previous head is zero.
 * @dev Only the head is a key in storage; root and size are bound by it and told by {Anchored}. So one batch costs one
 * fresh slot whatever its size, and a proof that brings (previous head, root, size) is checked against state alone.
 */
contract EvidenceLedger is AccessControl, EIP712 {
    /// @dev What is kept of a batch. `number` counts from 1; zero means that the head is unknown.
    struct Entry {
        uint64 number;
        uint64 size;
        uint64 blockNumber;
        uint64 blockTime;
    }

    /// @notice The role that may anchor.
    bytes32 public constant ANCHOR_ROLE = keccak256("ANCHOR_ROLE");

    bytes32 private constant WITNESS_TYPEHASH =
        keccak256("Witness(uint256 number,bytes32 head,uint256 blockNumber,bytes32 blockHash)");

    Officials private immutable _officials;

    bytes32 private _head;

    mapping(bytes32 head => Entry) private _entries;

    mapping(bytes32 head => mapping(bytes32 signerId => uint64 time)) private _witnessed;

    /**
     * @notice Batch `number` with `size` commitments under `root` (RFC 9162) follows `previousHead`.
     * @param number The number of the batch, from 1.
     * @param head The head after the batch.
     * @param root The batch's root.
     * @param size The batch's size.
     * @param previousHead The head before the batch.
     */
    event Anchored(
        uint256 indexed number,
        bytes32 indexed head,
        bytes32 root,
        uint64 size,
        bytes32 previousHead
    );

    /**
     * @notice An official outside the platform co-signed the head of batch `number` in the block that took it in.
     * @param number The number of the batch.
     * @param head The head after the batch.
     * @param blockHash Hash of that block, as the official's own node told it.
     * @param signer ERC-7913 signer of the official.
     * @param signature Its signature, kept here so that anybody can put it into a proof.
     */
    event Witnessed(
        uint256 indexed number,
        bytes32 indexed head,
        bytes32 blockHash,
        bytes signer,
        bytes signature
    );

    /// @notice A batch has a root.
    error EvidenceLedgerEmptyRoot();

    /// @notice A batch has at least one commitment.
    error EvidenceLedgerEmptyBatch();

    /// @notice The head given is not the last one (anchor), or no batch has this number and head (witness).
    error EvidenceLedgerUnexpectedHead(bytes32 given);

    /// @notice The block that took this head in has another hash on this chain.
    error EvidenceLedgerUnexpectedBlock(bytes32 given);

    /// @notice The signer is no court's witness, notary or association in office now.
    error EvidenceLedgerNotAWitness(bytes signer);

    /// @notice The signature is not by `signer` over this number, head and block.
    error EvidenceLedgerBadSignature(bytes signer);

    /// @notice The same signer co-signed this head before.
    error EvidenceLedgerAlreadyWitnessed(uint256 number, bytes signer);

    /**
     * @notice Starts an empty line of batches.
     * @param admin The account that hands out {ANCHOR_ROLE}.
     * @param operator The first account that may anchor.
     * @param officials The register of offices.
     */
    constructor(address admin, address operator, Officials officials) EIP712("Hezheng EvidenceLedger", "1") {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(ANCHOR_ROLE, operator);
        _officials = officials;
    }

    /**
     * @notice Appends a batch.
     * @dev Emits {Anchored}. A repeated or out-of-order batch is refused through `previousHead`.
     * @param root RFC 9162 section 2.1.1 root over the commitments, in order.
     * @param size How many commitments there are.
     * @param previousHead The head that this batch follows.
     * @return number The number of this batch, from 1.
     */
    function anchor(
        bytes32 root,
        uint64 size,
        bytes32 previousHead
    ) external onlyRole(ANCHOR_ROLE) returns (uint256 number) {
        if (root == 0) revert EvidenceLedgerEmptyRoot();
        if (size == 0) revert EvidenceLedgerEmptyBatch();
        if (previousHead != _head) revert EvidenceLedgerUnexpectedHead(previousHead);
        bytes32 next = _nextHead(previousHead, root, size);
        number = uint256(_entries[previousHead].number) + 1;
        _head = next;
        _entries[next] = Entry({
            number: uint64(number),
            size: size,
            blockNumber: uint64(block.number),
            blockTime: uint64(block.timestamp)
        });
        emit Anchored(number, next, root, size, previousHead);
    }

    /**
     * @notice Records that an outside official saw this head, so that the line cannot be rewritten unnoticed.
     * @dev Emits {Witnessed}. Anybody may pay; the signature is over EIP-712 `Witness(number, head, blockNumber,
     * blockHash)`. The chain itself knows the hashes of the last 256 blocks only: of an older block the signature
     * alone says which one was seen.
     * @param number The number of the batch.
     * @param batchHead The head after that batch.
     * @param blockHash Hash of the block that took the batch in.
     * @param signer ERC-7913 signer, now a court's witness, a notary or an association.
     * @param signature Its signature.
     */
    function witness(
        uint256 number,
        bytes32 batchHead,
        bytes32 blockHash,
        bytes calldata signer,
        bytes calldata signature
    ) external {
        if (number == 0 || _entries[batchHead].number != number) {
            revert EvidenceLedgerUnexpectedHead(batchHead);
        }
        bytes32 known = blockhash(_entries[batchHead].blockNumber);
        if (known != 0 && known != blockHash) revert EvidenceLedgerUnexpectedBlock(blockHash);
        if (!_mayWitness(signer)) revert EvidenceLedgerNotAWitness(signer);
        bytes32 signerId = keccak256(signer);
        if (_witnessed[batchHead][signerId] != 0) revert EvidenceLedgerAlreadyWitnessed(number, signer);
        bytes32 digest = witnessDigest(number, batchHead, blockHash);
        if (!SignatureChecker.isValidSignatureNow(signer, digest, signature)) {
            revert EvidenceLedgerBadSignature(signer);
        }
        _witnessed[batchHead][signerId] = uint64(block.timestamp);
        emit Witnessed(number, batchHead, blockHash, signer, signature);
    }

    /**
     * @notice The last batch.
     * @return number Its number, zero before the first.
     * @return value The head after it, zero before the first.
     */
    function head() external view returns (uint256 number, bytes32 value) {
        value = _head;
        number = _entries[value].number;
    }

    /**
     * @notice What is recorded under a head.
     * @param batchHead The head after the batch.
     * @return number The number of the batch; zero when this head was never anchored.
     * @return size How many commitments it has.
     * @return blockNumber The block that took it in.
     * @return blockTime The time of that block by the operator's clock, unix seconds.
     */
    function batch(
        bytes32 batchHead
    ) external view returns (uint256 number, uint64 size, uint64 blockNumber, uint64 blockTime) {
        Entry storage entry = _entries[batchHead];
        return (entry.number, entry.size, entry.blockNumber, entry.blockTime);
    }

    /**
     * @notice When `signer` co-signed this head.
     * @param batchHead The head after the batch.
     * @param signer ERC-7913 signer.
     * @return Unix seconds, zero when never.
     */
    function witnessed(bytes32 batchHead, bytes calldata signer) external view returns (uint64) {
        return _witnessed[batchHead][keccak256(signer)];
    }

    /**
     * @notice Whether `commitment` stands at `index` in an anchored batch.
     * @param previousHead The head that the batch follows.
     * @param root The batch's root.
     * @param size The batch's size.
     * @param commitment The salted commitment.
     * @param index Its place, from 0.
     * @param path RFC 9162 section 2.1.3 inclusion path, from the leaf upwards.
     * @return Whether the path leads to the root and the batch was anchored here.
     */
    function verify(
        bytes32 previousHead,
        bytes32 root,
        uint64 size,
        bytes32 commitment,
        uint64 index,
        bytes32[] calldata path
    ) external view returns (bool) {
        return
            _entries[_nextHead(previousHead, root, size)].number != 0 &&
            _leadsTo(root, size, commitment, index, path);
    }

    /**
     * @notice What an outside official signs.
     * @param number The number of the batch.
     * @param batchHead The head after it.
     * @param blockHash Hash of the block that took the batch in.
     * @return EIP-712 digest of `Witness(number, head, blockNumber, blockHash)`.
     */
    function witnessDigest(
        uint256 number,
        bytes32 batchHead,
        bytes32 blockHash
    ) public view returns (bytes32) {
        uint256 blockNumber = _entries[batchHead].blockNumber;
        return
            _hashTypedDataV4(
                keccak256(abi.encode(WITNESS_TYPEHASH, number, batchHead, blockNumber, blockHash))
            );
    }

    /// @dev Courts, notaries and associations witness; mediators work for the platform's side and do not. A court does
    /// it with a key of its own for this: the keys that decide on agreements lie with judges, not on a machine.
    function _mayWitness(bytes calldata signer) private view returns (bool) {
        uint64 present = uint64(block.timestamp);
        return
            _officials.holds(signer, Officials.Office.COURT_WITNESS, present) ||
            _officials.holds(signer, Officials.Office.NOTARY, present) ||
            _officials.holds(signer, Officials.Office.ASSOCIATION, present);
    }

    function _nextHead(bytes32 previousHead, bytes32 root, uint64 size) private pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x02), previousHead, root, size));
    }

    /// @dev RFC 9162 section 2.1.3.2.
    function _leadsTo(
        bytes32 root,
        uint64 size,
        bytes32 commitment,
        uint64 index,
        bytes32[] calldata path
    ) private pure returns (bool) {
        if (index >= size) return false;
        uint64 fn = index;
        uint64 sn = size - 1;
        bytes32 node = sha256(abi.encodePacked(bytes1(0x00), commitment));
        for (uint256 i = 0; i < path.length; ++i) {
            if (sn == 0) return false;
            if (fn & 1 == 1 || fn == sn) {
                node = sha256(abi.encodePacked(bytes1(0x01), path[i], node));
                while (fn & 1 == 0 && fn != 0) {
                    fn >>= 1;
                    sn >>= 1;
                }
            } else {
                node = sha256(abi.encodePacked(bytes1(0x01), node, path[i]));
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && node == root;
    }
}
