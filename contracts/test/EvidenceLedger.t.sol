// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {EvidenceLedger} from "../src/EvidenceLedger.sol";
import {Officials} from "../src/Officials.sol";
import {Person, Stage} from "./Stage.sol";
import {Tree} from "./Tree.sol";

/// @title AnchorTest
/// @notice Who may append what, and what is kept of it.
contract AnchorTest is Stage {
    function testFuzz_eachBatchIsLinkedToAllBefore(bytes32[6] memory roots, uint64[6] memory sizes) public {
        bytes32 head;
        for (uint256 i = 0; i < roots.length; ++i) {
            vm.assume(roots[i] != 0 && sizes[i] != 0);
            vm.roll(block.number + 1 + i);
            vm.warp(block.timestamp + 12 * i);
            bytes32 next = sha256(bytes.concat(hex"02", head, roots[i], bytes8(sizes[i])));
            vm.expectEmit(true, true, false, true, address(evidence));
            emit EvidenceLedger.Anchored(i + 1, next, roots[i], sizes[i], head);
            vm.prank(OPERATOR);
            vm.assertEq(evidence.anchor(roots[i], sizes[i], head), i + 1, "number answered");
            _assertHead(i + 1, next);
            (uint256 number, uint64 size, uint64 blockNumber, uint64 blockTime) = evidence.batch(next);
            vm.assertEq(number, i + 1, "number kept");
            vm.assertEq(size, sizes[i], "size kept");
            vm.assertEq(blockNumber, block.number, "block kept");
            vm.assertEq(blockTime, block.timestamp, "time kept");
            head = next;
        }
    }

    function testFuzz_aBatchSentTwiceOrOutOfOrderIsRefused(bytes32 root, uint64 size, bytes32 other) public {
        vm.assume(root != 0 && size != 0);
        bytes32 head = _anchored(root, size, 0);
        vm.assume(other != head);
        vm.expectRevert(abi.encodeWithSelector(EvidenceLedger.EvidenceLedgerUnexpectedHead.selector, bytes32(0)));
        vm.prank(OPERATOR);
        evidence.anchor(root, size, 0);
        vm.expectRevert(abi.encodeWithSelector(EvidenceLedger.EvidenceLedgerUnexpectedHead.selector, other));
        vm.prank(OPERATOR);
        evidence.anchor(root, size, other);
        _assertHead(1, head);
    }

    function testFuzz_anEarlierHeadIsNotFollowedAgain(bytes32 root, uint64 size) public {
        vm.assume(root != 0 && size != 0);
        bytes32 first = _anchored(root, size, 0);
        bytes32 second = _anchored(root, size, first);
        vm.expectRevert(abi.encodeWithSelector(EvidenceLedger.EvidenceLedgerUnexpectedHead.selector, first));
        vm.prank(OPERATOR);
        evidence.anchor(keccak256("fork"), size, first);
        _assertHead(2, second);
    }

    function testFuzz_aBatchHasARootAndACommitment(bytes32 root, uint64 size) public {
        vm.expectRevert(abi.encodeWithSelector(EvidenceLedger.EvidenceLedgerEmptyRoot.selector));
        vm.prank(OPERATOR);
        evidence.anchor(0, size, 0);
        vm.assume(root != 0);
        vm.expectRevert(abi.encodeWithSelector(EvidenceLedger.EvidenceLedgerEmptyBatch.selector));
        vm.prank(OPERATOR);
        evidence.anchor(root, 0, 0);
        _assertHead(0, 0);
    }

    function testFuzz_nobodyAnchorsWithoutTheRole(address stranger, bytes32 root, uint64 size) public {
        vm.assume(stranger != OPERATOR);
        _expectRefusal(stranger, evidence.ANCHOR_ROLE());
        vm.prank(stranger);
        evidence.anchor(root, size, 0);
        _assertHead(0, 0);
    }

    function testFuzz_theRoleIsGivenAndTakenByTheAdminAlone(address stranger, address second) public {
        vm.assume(stranger != ADMIN && second != OPERATOR);
        bytes32 role = evidence.ANCHOR_ROLE();
        _expectRefusal(stranger, evidence.DEFAULT_ADMIN_ROLE());
        vm.prank(stranger);
        evidence.grantRole(role, second);
        vm.prank(ADMIN);
        evidence.grantRole(role, second);
        vm.prank(second);
        evidence.anchor(keccak256("root"), 1, 0);
        _expectRefusal(stranger, evidence.DEFAULT_ADMIN_ROLE());
        vm.prank(stranger);
        evidence.revokeRole(role, second);
        vm.prank(ADMIN);
        evidence.revokeRole(role, second);
        (, bytes32 head) = evidence.head();
        _expectRefusal(second, role);
        vm.prank(second);
        evidence.anchor(keccak256("root"), 1, head);
    }

    function testFuzz_anUnknownHeadHasNoBatch(bytes32 head) public view {
        (uint256 number, uint64 size, uint64 blockNumber, uint64 blockTime) = evidence.batch(head);
        vm.assertEq(number + size + blockNumber + blockTime, 0, "nothing");
    }

    function _anchored(bytes32 root, uint64 size, bytes32 previous) private returns (bytes32 head) {
        vm.prank(OPERATOR);
        evidence.anchor(root, size, previous);
        (, head) = evidence.head();
    }

    function _assertHead(uint256 number, bytes32 head) private view {
        (uint256 lastNumber, bytes32 lastHead) = evidence.head();
        vm.assertEq(lastNumber, number, "number of the head");
        vm.assertEq(lastHead, head, "head");
    }

    function _expectRefusal(address account, bytes32 role) private {
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, account, role)
        );
    }
}

/// @title InclusionTest
/// @notice `verify` against the recursive definitions of RFC 9162, and against everything that is not quite a proof.
contract InclusionTest is Stage {
    /// @dev A question to `verify`.
    struct Question {
        bytes32 previous;
        bytes32 root;
        uint64 size;
        bytes32 commitment;
        uint64 index;
        bytes32[] path;
    }

    function testFuzz_everyCommitmentIsFoundInItsPlace(uint256 size, uint256 seed) public {
        bytes32[] memory entries = _entries(within(size, 1, 33), seed);
        _anchor(entries);
        for (uint256 i = 0; i < entries.length; ++i) {
            vm.assertTrue(_ask(_question(entries, i)), "in its place");
        }
    }

    function testFuzz_anotherPlaceCommitmentSizeRootOrLineIsRefused(
        uint256 size,
        uint256 seed,
        uint256 index,
        bytes32 other
    ) public {
        bytes32[] memory entries = _entries(within(size, 1, 130), seed);
        _anchor(entries);
        index = within(index, 0, entries.length - 1);
        vm.assume(other != 0);
        Question memory question = _question(entries, index);
        vm.assertTrue(_ask(question), "before the change");

        question.commitment = other;
        vm.assertFalse(_ask(question), "another commitment");
        question.commitment = entries[index];
        question.root = other;
        vm.assertFalse(_ask(question), "another root");
        question.root = Tree.root(entries);
        question.previous = other;
        vm.assertFalse(_ask(question), "another line");
        question.previous = 0;
        question.size = uint64(within(uint256(other), entries.length + 1, type(uint64).max));
        vm.assertFalse(_ask(question), "another size");
        question.size = uint64(entries.length);
        question.index = uint64(within(uint256(other), entries.length, type(uint64).max));
        vm.assertFalse(_ask(question), "outside the batch");
        if (entries.length > 1) {
            question.index = uint64((index + within(uint256(other), 1, entries.length - 1)) % entries.length);
            vm.assertFalse(_ask(question), "another place");
        }
    }

    function testFuzz_anotherPathIsRefused(uint256 size, uint256 seed, uint256 index, uint256 place) public {
        bytes32[] memory entries = _entries(within(size, 2, 130), seed);
        _anchor(entries);
        Question memory question = _question(entries, within(index, 0, entries.length - 1));
        bytes32[] memory path = question.path;
        uint256 last = path.length - 1;

        question.path = _copy(path, path.length);
        question.path[place % path.length] ^= bytes32(1 << (place % 256));
        vm.assertFalse(_ask(question), "a bit turned over");
        question.path = _copy(path, last);
        vm.assertFalse(_ask(question), "one step short");
        question.path = _copy(path, path.length + 1);
        vm.assertFalse(_ask(question), "one step long");
        question.path[path.length] = question.root;
        vm.assertFalse(_ask(question), "the root once more");
        if (last > 0) {
            uint256 step = place % last;
            question.path = _copy(path, path.length);
            (question.path[step], question.path[step + 1]) = (path[step + 1], path[step]);
            vm.assertFalse(_ask(question), "two steps swapped");
        }
    }

    function testFuzz_aNodeInsideTheTreeIsNoCommitment(uint256 power, uint256 seed) public {
        bytes32[] memory entries = _entries(2 ** within(power, 1, 6), seed);
        _anchor(entries);
        Question memory question = _question(entries, 0);
        bytes32 inner = sha256(
            abi.encodePacked(bytes1(0x01), sha256(abi.encodePacked(bytes1(0x00), entries[0])), question.path[0])
        );
        question.commitment = inner;
        vm.assertFalse(_ask(question), "a node with the whole path");
        bytes32[] memory rest = new bytes32[](question.path.length - 1);
        for (uint256 i = 0; i < rest.length; ++i) rest[i] = question.path[i + 1];
        question.path = rest;
        vm.assertFalse(_ask(question), "a node with the rest of the path");
    }

    /// @dev The last commitment of a larger tree, whose path has left neighbours alone, under the size one.
    function testFuzz_aPathDeeperThanTheSizeIsRefused(uint256 power, uint256 seed) public {
        bytes32[] memory entries = _entries(2 ** within(power, 1, 6), seed);
        Question memory question = _question(entries, entries.length - 1);
        (question.size, question.index) = (1, 0);
        vm.prank(OPERATOR);
        evidence.anchor(question.root, 1, 0);
        vm.assertFalse(_ask(question), "deeper than the size");
    }

    function testFuzz_aTreeThatWasNeverAnchoredProvesNothing(uint256 size, uint256 seed, uint256 index) public view {
        bytes32[] memory entries = _entries(within(size, 1, 70), seed);
        vm.assertFalse(_ask(_question(entries, within(index, 0, entries.length - 1))), "never anchored");
    }

    function testFuzz_nonsenseIsRefusedAndEnds(Question memory question, bytes32 root, uint64 size) public {
        vm.assume(root != 0 && size != 0 && question.commitment != root);
        vm.prank(OPERATOR);
        evidence.anchor(root, size, 0);
        question.previous = 0;
        question.root = root;
        question.size = size;
        vm.assertFalse(_ask(question), "nonsense");
    }

    function _entries(uint256 count, uint256 seed) private pure returns (bytes32[] memory entries) {
        entries = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) entries[i] = keccak256(abi.encode("entry", seed, i));
    }

    function _anchor(bytes32[] memory entries) private {
        bytes32 root = Tree.root(entries);
        vm.prank(OPERATOR);
        evidence.anchor(root, uint64(entries.length), 0);
    }

    function _question(bytes32[] memory entries, uint256 index) private pure returns (Question memory) {
        return
            Question(
                0,
                Tree.root(entries),
                uint64(entries.length),
                entries[index],
                uint64(index),
                Tree.path(entries, index)
            );
    }

    function _ask(Question memory question) private view returns (bool) {
        return
            evidence.verify(
                question.previous,
                question.root,
                question.size,
                question.commitment,
                question.index,
                question.path
            );
    }

    function _copy(bytes32[] memory path, uint256 length) private pure returns (bytes32[] memory copy) {
        copy = new bytes32[](length);
        for (uint256 i = 0; i < length && i < path.length; ++i) copy[i] = path[i];
    }
}

/// @title WitnessTest
/// @notice Who may co-sign a head, over which block, and how often.
contract WitnessTest is Stage {
    bytes32 private constant SEEN = keccak256("the block that took it in");

    bytes32 private head;

    function setUp() public override {
        super.setUp();
        vm.prank(OPERATOR);
        evidence.anchor(keccak256("root"), 7, 0);
        (, head) = evidence.head();
        vm.roll(block.number + 1);
        vm.setBlockhash(block.number - 1, SEEN);
    }

    function testFuzz_courtsWitnessesNotariesAndAssociationsCoSign(uint256 seed, uint8 office) public {
        Person memory official = anybody(seed);
        Officials.Office held = Officials.Office(within(office, 1, 5));
        appoint(official, held);
        bytes memory signature = sign(official, evidence.witnessDigest(1, head, SEEN));
        bool admitted = held != Officials.Office.MEDIATOR && held != Officials.Office.COURT;
        if (admitted) {
            vm.expectEmit(true, true, false, true, address(evidence));
            emit EvidenceLedger.Witnessed(1, head, SEEN, official.name, signature);
        } else {
            _expect(EvidenceLedger.EvidenceLedgerNotAWitness.selector);
        }
        evidence.witness(1, head, SEEN, official.name, signature);
        vm.assertEq(evidence.witnessed(head, official.name), admitted ? block.timestamp : 0, "time kept");
    }

    function testFuzz_onlyWhileInOffice(uint256 seed, uint64 away) public {
        Person memory official = _notary(seed);
        bytes memory signature = sign(official, evidence.witnessDigest(1, head, SEEN));
        vm.warp(START + within(away, 3600, 1e9));
        _expect(EvidenceLedger.EvidenceLedgerNotAWitness.selector);
        evidence.witness(1, head, SEEN, official.name, signature);
        vm.warp(START - within(away, 3601, 1e9));
        _expect(EvidenceLedger.EvidenceLedgerNotAWitness.selector);
        evidence.witness(1, head, SEEN, official.name, signature);
        vm.warp(START);
        vm.prank(ADMIN);
        officials.revoke(official.name, Officials.Office.NOTARY);
        _expect(EvidenceLedger.EvidenceLedgerNotAWitness.selector);
        evidence.witness(1, head, SEEN, official.name, signature);
    }

    function testFuzz_theBlockIsTheOneOnThisChainWhileItIsKnown(uint256 seed, bytes32 other, uint256 later) public {
        vm.assume(other != SEEN);
        Person memory official = _notary(seed);
        vm.roll(1_000 + within(later, 1, 256));
        vm.setBlockhash(1_000, SEEN);
        bytes memory wrong = sign(official, evidence.witnessDigest(1, head, other));
        _expect(EvidenceLedger.EvidenceLedgerUnexpectedBlock.selector);
        evidence.witness(1, head, other, official.name, wrong);
        evidence.witness(1, head, SEEN, official.name, sign(official, evidence.witnessDigest(1, head, SEEN)));
    }

    function testFuzz_ofAnOlderBlockTheSignatureAloneSpeaks(uint256 seed, bytes32 hash, uint256 later) public {
        Person memory official = _notary(seed);
        vm.roll(1_000 + within(later, 257, 1e6));
        evidence.witness(1, head, hash, official.name, sign(official, evidence.witnessDigest(1, head, hash)));
        vm.assertEq(evidence.witnessed(head, official.name), block.timestamp, "taken in");
    }

    function testFuzz_onlyOverThisNumberHeadBlockAndLedger(uint256 seed, bytes32 other, uint256 number) public {
        vm.assume(other != SEEN && other != head && number != 1);
        Person memory official = _notary(seed);
        _refused(official, evidence.witnessDigest(number, head, SEEN));
        _refused(official, evidence.witnessDigest(1, other, SEEN));
        _refused(official, evidence.witnessDigest(1, head, other));
        EvidenceLedger elsewhere = new EvidenceLedger(ADMIN, OPERATOR, officials);
        _refused(official, elsewhere.witnessDigest(1, head, SEEN));
        vm.chainId(HERE + 1);
        bytes32 abroad = evidence.witnessDigest(1, head, SEEN);
        vm.chainId(HERE);
        _refused(official, abroad);
        bytes memory signature = sign(official, evidence.witnessDigest(number, head, SEEN));
        vm.expectRevert(abi.encodeWithSelector(EvidenceLedger.EvidenceLedgerUnexpectedHead.selector, head));
        evidence.witness(number, head, SEEN, official.name, signature);
        vm.expectRevert(abi.encodeWithSelector(EvidenceLedger.EvidenceLedgerUnexpectedHead.selector, other));
        evidence.witness(0, other, SEEN, official.name, signature);
    }

    function testFuzz_nobodySignsForAnother(uint256 seed, uint256 otherSeed) public {
        vm.assume(seed != otherSeed);
        Person memory official = _notary(seed);
        bytes memory signature = sign(anybody(otherSeed), evidence.witnessDigest(1, head, SEEN));
        _expect(EvidenceLedger.EvidenceLedgerBadSignature.selector);
        evidence.witness(1, head, SEEN, official.name, signature);
        _expect(EvidenceLedger.EvidenceLedgerBadSignature.selector);
        evidence.witness(1, head, SEEN, official.name, "");
        vm.assertEq(evidence.witnessed(head, official.name), 0, "nothing kept");
    }

    function testFuzz_onceForEachHeadAndTheFirstTimeStays(uint256 seed, uint256 otherSeed, uint64 later) public {
        vm.assume(seed != otherSeed);
        Person memory official = _notary(seed);
        Person memory second = _notary(otherSeed);
        bytes memory signature = sign(official, evidence.witnessDigest(1, head, SEEN));
        evidence.witness(1, head, SEEN, official.name, signature);
        vm.warp(START + within(later, 0, 3599));
        _expect(EvidenceLedger.EvidenceLedgerAlreadyWitnessed.selector);
        evidence.witness(1, head, SEEN, official.name, signature);
        vm.assertEq(evidence.witnessed(head, official.name), START, "first time");
        evidence.witness(1, head, SEEN, second.name, sign(second, evidence.witnessDigest(1, head, SEEN)));
    }

    function _notary(uint256 seed) private returns (Person memory official) {
        official = anybody(seed);
        appoint(official, Officials.Office.NOTARY);
    }

    function _refused(Person memory official, bytes32 digest) private {
        bytes memory signature = sign(official, digest);
        _expect(EvidenceLedger.EvidenceLedgerBadSignature.selector);
        evidence.witness(1, head, SEEN, official.name, signature);
    }

    function _expect(bytes4 selector) private {
        vm.expectPartialRevert(selector);
    }
}
