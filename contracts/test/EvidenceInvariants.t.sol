// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EvidenceLedger} from "../src/EvidenceLedger.sol";
import {Officials} from "../src/Officials.sol";
import {FuzzSelector, Person, Stage} from "./Stage.sol";

/**
 * @title EvidenceHandler
 * @notice Everything that may happen to the evidence ledger, honest or not, with a diary beside it.
 * @dev The diary is written from what was asked and answered, and from no getter of the ledger.
 */
contract EvidenceHandler is Stage {
    /// @dev A batch that the ledger took.
    struct Taken {
        bytes32 previous;
        bytes32 root;
        uint64 size;
        uint256 blockNumber;
        uint256 time;
        bool byRoleHolder;
    }

    /// @dev A co-signature that the ledger took.
    struct CoSigned {
        bytes32 head;
        bytes signer;
        uint256 time;
        bool inOffice;
        bool rightBlock;
    }

    uint256 private constant PEOPLE = 5;

    Taken[] public taken;
    CoSigned[] public coSigned;
    bytes32[] public heads;
    mapping(address account => bool) public mayAnchor;
    mapping(bytes32 signerId => mapping(Officials.Office office => uint64 time)) private heldUntil;

    constructor() {
        setUp();
        mayAnchor[OPERATOR] = true;
    }

    function ledger() external view returns (EvidenceLedger) {
        return evidence;
    }

    function batchCount() external view returns (uint256) {
        return taken.length;
    }

    function coSignatureCount() external view returns (uint256) {
        return coSigned.length;
    }

    /// @dev Any account, any batch; mostly after the last head, else after an earlier or a made-up one.
    function anchor(uint8 who, bytes32 root, uint64 size, uint8 after_, bytes32 madeUp) external {
        bytes32 previous = _last();
        if (after_ % 5 == 0) previous = madeUp;
        if (after_ % 5 == 1 && heads.length > 1) previous = heads[uint256(madeUp) % heads.length];
        if (size % 7 == 0) size = 0;
        if (uint256(root) % 7 == 0) root = 0;
        address sender = _account(who);
        vm.prank(sender);
        try evidence.anchor(root, size, previous) returns (uint256 number) {
            vm.assertEq(number, taken.length + 1, "number answered");
            vm.assertEq(previous, _last(), "followed another head than the last");
            vm.assertTrue(root != 0 && size != 0, "took an empty batch");
            taken.push(Taken(previous, root, size, block.number, block.timestamp, mayAnchor[sender]));
            heads.push(sha256(bytes.concat(hex"02", previous, root, bytes8(size))));
        } catch {
            bool good = mayAnchor[sender] && root != 0 && size != 0 && previous == _last();
            vm.assertFalse(good, "refused a good batch");
        }
    }

    function moveRole(uint8 giver, uint8 who, bool give) external {
        address sender = giver % 3 == 0 ? _account(giver) : ADMIN;
        address account = _account(who);
        bytes32 role = evidence.ANCHOR_ROLE();
        vm.prank(sender);
        (bool done, ) = address(evidence).call(
            give ? abi.encodeCall(evidence.grantRole, (role, account)) : abi.encodeCall(evidence.revokeRole, (role, account))
        );
        vm.assertTrue(done == (sender == ADMIN), "the admin alone moves the role");
        if (done) mayAnchor[account] = give;
    }

    /// @dev By the admin or a stranger, of whom the register takes nothing.
    function appointOrDismiss(uint8 giver, uint8 who, uint8 office, bool give) external {
        address sender = giver % 4 == 0 ? _account(giver) : ADMIN;
        bytes memory name = _person(who).name;
        Officials.Office chosen = Officials.Office(within(office, 1, 5));
        (uint64 present, uint64 until) = (uint64(block.timestamp), give ? uint64(block.timestamp) + 3_600 : 0);
        uint64 held = heldUntil[keccak256(name)][chosen];
        vm.prank(sender);
        (bool done, ) = address(officials).call(
            give
                ? abi.encodeCall(officials.grant, (name, chosen, present, until))
                : abi.encodeCall(officials.revoke, (name, chosen))
        );
        vm.assertTrue(done == (sender == ADMIN && (give || held > present)), "the admin alone appoints and dismisses");
        if (done) heldUntil[keccak256(name)][chosen] = give ? until : present;
    }

    /// @dev Anybody, over any batch; the block's hash and the signature are sometimes wrong.
    function witness(uint8 who, uint256 which, uint8 defect) external {
        if (taken.length == 0) return;
        which %= taken.length;
        Person memory official = _person(who);
        bytes32 head = heads[which];
        bytes32 known = blockhash(taken[which].blockNumber);
        bytes32 hash = defect % 4 == 1 || known == 0 ? keccak256("another block") : known;
        bytes32 digest = evidence.witnessDigest(which + 1, head, hash);
        bytes memory signature = sign(defect % 4 == 2 ? _person(uint256(who) + 1) : official, digest);
        uint256 number = defect % 4 == 3 ? which + 2 : which + 1;
        try evidence.witness(number, head, hash, official.name, signature) {
            vm.assertTrue(defect % 4 < 2, "took a wrong signature or number");
            bool rightBlock = known == 0 || hash == known;
            coSigned.push(CoSigned(head, official.name, block.timestamp, _mayWitness(official), rightBlock));
        } catch {}
    }

    function letTimePass(uint16 blocks, uint16 pause) external {
        vm.roll(block.number + 1 + (blocks % 5 == 0 ? blocks % 400 : 0));
        vm.warp(block.timestamp + (pause % 4_000));
    }

    function _mayWitness(Person memory official) private view returns (bool) {
        mapping(Officials.Office office => uint64 time) storage until = heldUntil[keccak256(official.name)];
        return
            until[Officials.Office.COURT_WITNESS] > block.timestamp ||
            until[Officials.Office.NOTARY] > block.timestamp ||
            until[Officials.Office.ASSOCIATION] > block.timestamp;
    }

    function _last() private view returns (bytes32) {
        return heads.length == 0 ? bytes32(0) : heads[heads.length - 1];
    }

    function _account(uint8 who) private pure returns (address) {
        return who % 2 == 0 ? OPERATOR : address(uint160(0xC0 + (who % 4)));
    }

    function _person(uint256 who) private view returns (Person memory) {
        return anybody(who % PEOPLE);
    }
}

/// @title EvidenceInvariants
/// @notice Whatever happened, the ledger is the diary: nothing lost, changed, doubled or taken from a stranger.
contract EvidenceInvariants is Stage {
    EvidenceHandler private handler;
    EvidenceLedger private ledger;

    function setUp() public override {
        handler = new EvidenceHandler();
        ledger = handler.ledger();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev What the handler shows or inherits is no act.
    function targetSelectors() external view returns (FuzzSelector[] memory selected) {
        bytes4[] memory acts = new bytes4[](7);
        (acts[0], acts[1], acts[2]) = (handler.anchor.selector, handler.anchor.selector, handler.anchor.selector);
        (acts[3], acts[4]) = (handler.moveRole.selector, handler.appointOrDismiss.selector);
        (acts[5], acts[6]) = (handler.witness.selector, handler.letTimePass.selector);
        selected = new FuzzSelector[](1);
        selected[0] = FuzzSelector(address(handler), acts);
    }

    /// @dev One invariant, because forge runs everything anew for each.
    function invariant_theLedgerIsItsDiary() external view {
        _theHeadIsFoldedFromEveryBatch();
        _noBatchChangesEver();
        _onlyHoldersOfTheRoleAnchored();
        _onlyOfficialsCoSignedAndOnlyOnce();
    }

    function _theHeadIsFoldedFromEveryBatch() private view {
        bytes32 head;
        for (uint256 i = 0; i < handler.batchCount(); ++i) {
            (bytes32 previous, bytes32 root, uint64 size, , , ) = handler.taken(i);
            vm.assertEq(previous, head, "followed another head than the last");
            head = sha256(abi.encodePacked(uint8(2), head, root, size));
            vm.assertEq(head, handler.heads(i), "diary");
        }
        (uint256 number, bytes32 value) = ledger.head();
        vm.assertEq(number, handler.batchCount(), "one number for each batch");
        vm.assertEq(value, head, "head");
    }

    function _noBatchChangesEver() private view {
        for (uint256 i = 0; i < handler.batchCount(); ++i) {
            (bytes32 previous, bytes32 root, uint64 size, uint256 blockNumber, uint256 time, ) = handler.taken(i);
            (uint256 number, uint64 kept, uint64 keptBlock, uint64 keptTime) = ledger.batch(handler.heads(i));
            vm.assertEq(number, i + 1, "number");
            vm.assertEq(kept, size, "size");
            vm.assertEq(keptBlock, blockNumber, "block");
            vm.assertEq(keptTime, time, "time");
            if (size != 1) continue;
            bytes32[] memory path = new bytes32[](0);
            vm.assertFalse(ledger.verify(previous, root, size, root, 0, path), "a root is no leaf");
        }
        (uint256 none, , , ) = ledger.batch(0);
        vm.assertEq(none, 0, "the head before the first has no batch");
    }

    function _onlyHoldersOfTheRoleAnchored() private view {
        for (uint256 i = 0; i < handler.batchCount(); ++i) {
            (, , , , , bool byRoleHolder) = handler.taken(i);
            vm.assertTrue(byRoleHolder, "anchored without the role");
        }
    }

    function _onlyOfficialsCoSignedAndOnlyOnce() private view {
        for (uint256 i = 0; i < handler.coSignatureCount(); ++i) {
            (bytes32 head, bytes memory signer, uint256 time, bool inOffice, bool rightBlock) = handler.coSigned(i);
            vm.assertTrue(inOffice, "co-signed out of office");
            vm.assertTrue(rightBlock, "co-signed another block");
            vm.assertEq(ledger.witnessed(head, signer), time, "the first time stays");
        }
    }
}
