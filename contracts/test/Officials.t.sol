// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {Officials} from "../src/Officials.sol";
import {Stage} from "./Stage.sol";

/// @title OfficialsTest
/// @notice The register against a plain list of terms that is cut where an office is revoked.
contract OfficialsTest is Stage {
    /// @dev One act on the register; `kind` says which.
    struct Act {
        uint8 kind;
        uint8 who;
        uint8 office;
        uint32 from;
        uint32 length;
        uint32 pause;
    }

    /// @dev What the list keeps.
    struct Held {
        bytes32 signer;
        Officials.Office office;
        uint256 from;
        uint256 until;
    }

    Held[] private held;

    function testFuzz_holdsWhatAPlainListHolds(Act[8] memory acts, uint32[3] memory times) public {
        for (uint256 i = 0; i < acts.length; ++i) {
            vm.warp(block.timestamp + (acts[i].pause % 3 == 0 ? 0 : acts[i].pause % 5_000));
            if (acts[i].kind % 3 == 0) _revoke(acts[i]);
            else _grant(acts[i]);
            for (uint256 j = 0; j < times.length; ++j) _compare(START - 5_000 + (times[j] % 80_000));
            _compare(block.timestamp);
            _compare(block.timestamp - 1);
        }
    }

    function testFuzz_aTermBeginsWithItsFirstSecondAndEndsBeforeItsLast(
        bytes memory signer,
        uint8 number,
        uint64 from,
        uint64 until
    ) public {
        vm.assume(signer.length >= 20);
        from = uint64(within(from, 1, type(uint64).max - 1));
        until = uint64(within(until, uint256(from) + 1, type(uint64).max));
        Officials.Office office = Officials.Office(within(number, 1, 5));
        vm.expectEmit(true, true, false, true, address(officials));
        emit Officials.OfficeGranted(keccak256(signer), office, signer, from, until);
        vm.prank(ADMIN);
        officials.grant(signer, office, from, until);
        vm.assertTrue(officials.holds(signer, office, from), "first second");
        vm.assertTrue(officials.holds(signer, office, until - 1), "last second");
        vm.assertFalse(officials.holds(signer, office, from - 1), "before");
        vm.assertFalse(officials.holds(signer, office, until), "after");
    }

    function testFuzz_anotherOfficeOrSignerHoldsNothing(bytes memory signer, bytes memory other, uint8 number) public {
        vm.assume(signer.length >= 20 && keccak256(signer) != keccak256(other));
        Officials.Office office = Officials.Office(within(number, 1, 5));
        vm.prank(ADMIN);
        officials.grant(signer, office, 0, type(uint64).max);
        for (uint8 i = 0; i <= 5; ++i) {
            vm.assertTrue(
                officials.holds(signer, Officials.Office(i), uint64(START)) == (i == uint8(office)),
                "one office"
            );
            vm.assertFalse(officials.holds(other, Officials.Office(i), uint64(START)), "another signer");
        }
    }

    function testFuzz_revokingLeavesThePastAndEndsTheRest(uint64 from, uint64 length, uint64 asked) public {
        bytes memory signer = abi.encodePacked(address(this));
        from = uint64(within(from, START - 1e6, START + 1e6));
        uint64 until = from + uint64(within(length, 1, 3e6));
        vm.prank(ADMIN);
        officials.grant(signer, Officials.Office.NOTARY, from, until);
        asked = uint64(within(asked, START - 2e6, START + 5e6));
        bool before = officials.holds(signer, Officials.Office.NOTARY, asked);
        if (until <= START) {
            vm.expectPartialRevert(Officials.OfficialsNotGranted.selector);
        } else {
            vm.expectEmit(true, true, false, true, address(officials));
            emit Officials.OfficeRevoked(keccak256(signer), Officials.Office.NOTARY, signer, uint64(START));
        }
        vm.prank(ADMIN);
        officials.revoke(signer, Officials.Office.NOTARY);
        bool afterwards = officials.holds(signer, Officials.Office.NOTARY, asked);
        vm.assertTrue(afterwards == (before && asked < START), "only the past stays");
        vm.expectPartialRevert(Officials.OfficialsNotGranted.selector);
        vm.prank(ADMIN);
        officials.revoke(signer, Officials.Office.NOTARY);
    }

    function testFuzz_onlyTheOfficeAdminWrites(address stranger, bytes memory signer, uint8 number) public {
        vm.assume(stranger != ADMIN && signer.length >= 20);
        Officials.Office office = Officials.Office(within(number, 1, 5));
        bytes32 role = officials.OFFICE_ADMIN_ROLE();
        _expectRefusal(stranger, role);
        vm.prank(stranger);
        officials.grant(signer, office, 0, type(uint64).max);
        vm.assertFalse(officials.holds(signer, office, uint64(START)), "nothing granted");
        vm.prank(ADMIN);
        officials.grant(signer, office, 0, type(uint64).max);
        _expectRefusal(stranger, role);
        vm.prank(stranger);
        officials.revoke(signer, office);
        vm.assertTrue(officials.holds(signer, office, uint64(START)), "nothing revoked");
        _expectRefusal(stranger, officials.DEFAULT_ADMIN_ROLE());
        vm.prank(stranger);
        officials.grantRole(role, stranger);
    }

    function testFuzz_noOfficeForNobodyOrNoTime(bytes memory signer, uint64 from, uint64 until) public {
        vm.assume(signer.length >= 20);
        bytes memory short = new bytes(signer.length % 20);
        vm.expectRevert(abi.encodeWithSelector(Officials.OfficialsInvalidSigner.selector, short));
        vm.prank(ADMIN);
        officials.grant(short, Officials.Office.COURT, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(Officials.OfficialsNoOffice.selector));
        vm.prank(ADMIN);
        officials.grant(signer, Officials.Office.NONE, 0, 1);
        if (from < until) (from, until) = (until, from);
        vm.expectRevert(abi.encodeWithSelector(Officials.OfficialsEmptyPeriod.selector, from, until));
        vm.prank(ADMIN);
        officials.grant(signer, Officials.Office.COURT, from, until);
    }

    function _grant(Act memory act) private {
        uint256 from = START - 3_000 + (act.from % 60_000);
        Held memory term = Held(_id(act), _office(act), from, from + 1 + (act.length % 20_000));
        vm.prank(ADMIN);
        officials.grant(_signer(act), term.office, uint64(term.from), uint64(term.until));
        held.push(term);
    }

    function _revoke(Act memory act) private {
        bool any = false;
        for (uint256 i = 0; i < held.length; ++i) {
            Held storage term = held[i];
            if (term.signer != _id(act) || term.office != _office(act)) continue;
            if (term.until <= block.timestamp || term.from == term.until) continue;
            term.until = term.from > block.timestamp ? term.from : block.timestamp;
            any = true;
        }
        if (!any) vm.expectPartialRevert(Officials.OfficialsNotGranted.selector);
        vm.prank(ADMIN);
        officials.revoke(_signer(act), _office(act));
    }

    function _compare(uint256 time) private view {
        Act memory act;
        for (act.who = 0; act.who < 2; ++act.who) {
            for (act.office = 0; act.office < 2; ++act.office) {
                bool expected = false;
                for (uint256 i = 0; i < held.length; ++i) {
                    Held storage term = held[i];
                    bool same = term.signer == _id(act) && term.office == _office(act);
                    expected = expected || (same && term.from <= time && time < term.until);
                }
                vm.assertTrue(officials.holds(_signer(act), _office(act), uint64(time)) == expected, "as the list");
            }
        }
    }

    function _signer(Act memory act) private pure returns (bytes memory) {
        return abi.encodePacked(bytes20(keccak256(abi.encode("official", act.who % 2))));
    }

    function _id(Act memory act) private pure returns (bytes32) {
        return keccak256(_signer(act));
    }

    function _office(Act memory act) private pure returns (Officials.Office) {
        return Officials.Office(1 + (act.office % 2));
    }

    function _expectRefusal(address account, bytes32 role) private {
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, account, role)
        );
    }
}
