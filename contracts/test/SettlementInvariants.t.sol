// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Officials} from "../src/Officials.sol";
import {SettlementLedger} from "../src/SettlementLedger.sol";
import {Settling, Deal} from "./Settling.sol";
import {FuzzSelector, Person, Stage} from "./Stage.sol";

/**
 * @title SettlementHandler
 * @notice Sealing, superseding and deciding, honest and with every kind of defect, with a diary beside it.
 * @dev The diary is written from what was asked and answered. Few seeds, so that acts meet on the same agreements.
 */
contract SettlementHandler is Settling {
    /// @dev What the ledger said when it took a settlement, and whether every signature on it was good.
    struct Taken {
        bytes32 agreement;
        bytes32 supersedes;
        bytes32 fixedPart;
        bool complete;
        bytes32 supersededBy;
        SettlementLedger.Outcome outcome;
        bytes32 ruling;
        bool byCourt;
    }

    uint256 private constant SEEDS = 4;
    uint256 private constant LONGEST_CHAIN = 5;

    Taken[] public taken;
    mapping(bytes32 agreement => uint256 place) private places;

    constructor() {
        setUp();
    }

    function ledger() external view returns (SettlementLedger) {
        return settlements;
    }

    function count() external view returns (uint256) {
        return taken.length;
    }

    /// @dev What a record keeps for good from the moment it is sealed.
    function fixedPart(bytes32 agreement) public view returns (bytes32) {
        SettlementLedger.Record memory record = settlements.settlementOf(agreement);
        return
            keccak256(
                abi.encode(
                    record.caseRef,
                    record.supersedes,
                    record.parties,
                    record.signers,
                    record.version,
                    record.sealedBlock,
                    record.sealedTime
                )
            );
    }

    /// @dev defect: 0–2 none, 3 another mediator in office, 4–10 in what is signed, 11–19 in the signatures.
    function seal(uint256 seed, uint8 age, bool again, uint8 defect, uint256 which) external {
        defect = uint8(defect % 20);
        Deal memory made = _text(seed, age, again);
        bool inOffice = _spoilTerms(made, defect, which);
        bytes[] memory signatures = consents(made);
        bytes memory mediators = mediatorsSeal(made);
        uint256 index = which % signatures.length;
        if (defect == 11) signatures[index] = "";
        if (defect == 12) signatures[index] = signatures[(index + 1) % signatures.length];
        if (defect == 13) signatures[index] = sign(made.mediator, settlements.consentDigest(made.terms));
        if (defect == 14) mediators = sign(made.parties[index], settlements.sealDigest(made.terms));
        if (defect == 15) mediators = sign(made.mediator, settlements.consentDigest(made.terms));
        if (defect == 16) ++made.terms.version;
        if (defect == 17) made.terms.caseRef = bytes32(which);
        if (defect == 18) made.terms.parties[index] = anybody(which).name;
        if (defect == 19) signatures = _shorter(signatures);
        try settlements.seal(made.terms, signatures, mediators) {
            bytes32 agreement = made.terms.agreement;
            vm.assertEq(places[agreement], 0, "sealed twice");
            _remember(agreement, made.terms.supersedes, inOffice && defect < 11);
        } catch {}
    }

    /// @dev defect: 0–2 none, 3 another's signature, 4 over the other outcome, 5 by an office that is no court.
    function decide(uint256 seed, uint8 age, bool confirmed, bytes32 ruling, uint8 defect) external {
        bytes32 agreement = _text(seed, age, false).terms.agreement;
        Person memory court = anybody(uint256(keccak256(abi.encode("court", defect % 6 == 5))));
        appoint(court, defect % 6 == 5 ? Officials.Office.COURT_WITNESS : Officials.Office.COURT);
        bool signed = defect % 6 == 4 ? !confirmed : confirmed;
        bytes32 digest = settlements.confirmationDigest(agreement, _outcome(signed), ruling);
        bytes memory signature = sign(defect % 6 == 3 ? anybody(seed) : court, digest);
        (bool done, ) = address(settlements).call(
            confirmed
                ? abi.encodeCall(settlements.confirm, (agreement, ruling, court.name, signature))
                : abi.encodeCall(settlements.refuse, (agreement, ruling, court.name, signature))
        );
        if (!done) return;
        vm.assertTrue(places[agreement] != 0, "decided on what was never sealed");
        Taken storage entry = taken[places[agreement] - 1];
        vm.assertTrue(entry.outcome == SettlementLedger.Outcome.NONE, "decided twice");
        vm.assertEq(entry.supersededBy, 0, "decided on what is superseded");
        (entry.outcome, entry.ruling, entry.byCourt) = (_outcome(confirmed), ruling, defect % 6 < 3);
    }

    function letTimePass(uint16 pause) external {
        vm.roll(block.number + 1);
        vm.warp(block.timestamp + (pause % 5_000));
    }

    /// @dev One of a few cases, in one of its versions; `again` makes another text for the same place in line.
    function _text(uint256 seed, uint8 age, bool again) private returns (Deal memory made) {
        made = deal(uint256(keccak256(abi.encode("case", seed % SEEDS))));
        for (uint256 i = 0; i < age % LONGEST_CHAIN; ++i) made = laterVersion(made);
        if (again) made.terms.agreement = keccak256(abi.encode("again", made.terms.agreement));
    }

    /// @dev What all sign without a flaw and the ledger may refuse all the same. Whether the mediator is in office.
    function _spoilTerms(Deal memory made, uint8 defect, uint256 which) private returns (bool) {
        uint256 index = which % made.parties.length;
        if (defect == 3 || defect == 9) made.mediator = anybody(uint256(keccak256(abi.encode(defect, which))));
        if (defect == 3 || defect == 9) made.terms.mediator = made.mediator.name;
        if (defect == 3) appoint(made.mediator, Officials.Office.MEDIATOR);
        if (defect == 4) made.terms.caseRef = bytes32(which);
        if (defect == 5) --made.terms.version;
        if (defect == 6) made.parties[index] = anybody(which);
        if (defect == 6) made.terms.parties[index] = made.parties[index].name;
        if (defect == 7) made.terms.supersedes = bytes32(which);
        if (defect == 8) made.terms.supersedes = 0;
        if (defect == 10) {
            vm.prank(ADMIN);
            officials.revoke(made.mediator.name, Officials.Office.MEDIATOR);
        }
        return defect != 9 && defect != 10;
    }

    function _shorter(bytes[] memory items) private pure returns (bytes[] memory fewer) {
        fewer = new bytes[](items.length - 1);
        for (uint256 i = 0; i < fewer.length; ++i) fewer[i] = items[i];
    }

    function _remember(bytes32 agreement, bytes32 supersedes, bool complete) private {
        taken.push(
            Taken(
                agreement,
                supersedes,
                fixedPart(agreement),
                complete,
                0,
                SettlementLedger.Outcome.NONE,
                0,
                true
            )
        );
        places[agreement] = taken.length;
        if (supersedes == 0) return;
        vm.assertTrue(places[supersedes] != 0, "superseded what was never sealed");
        Taken storage earlier = taken[places[supersedes] - 1];
        vm.assertEq(earlier.supersededBy, 0, "superseded twice");
        vm.assertTrue(earlier.outcome != SettlementLedger.Outcome.CONFIRMED, "superseded what a court confirmed");
        earlier.supersededBy = agreement;
    }

    function _outcome(bool confirmed) private pure returns (SettlementLedger.Outcome) {
        return confirmed ? SettlementLedger.Outcome.CONFIRMED : SettlementLedger.Outcome.REFUSED;
    }
}

/// @title SettlementInvariants
/// @notice Whatever happened: sealed with all signatures alone, decided once, superseded once, nothing else changed.
contract SettlementInvariants is Stage {
    SettlementHandler private handler;
    SettlementLedger private ledger;

    function setUp() public override {
        handler = new SettlementHandler();
        ledger = handler.ledger();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev What the handler shows or inherits is no act.
    function targetSelectors() external view returns (FuzzSelector[] memory selected) {
        bytes4[] memory acts = new bytes4[](5);
        (acts[0], acts[1], acts[2]) = (handler.seal.selector, handler.seal.selector, handler.seal.selector);
        (acts[3], acts[4]) = (handler.decide.selector, handler.letTimePass.selector);
        selected = new FuzzSelector[](1);
        selected[0] = FuzzSelector(address(handler), acts);
    }

    /// @dev One invariant, because forge runs everything anew for each.
    function invariant_theLedgerIsItsDiary() external view {
        _sealedWithEverySignatureAlone();
        _whatIsSealedStays();
        _aCourtDecidedOnceAndForAll();
        _supersededOnceByALaterVersionOfTheSameParties();
    }

    function _sealedWithEverySignatureAlone() private view {
        for (uint256 i = 0; i < handler.count(); ++i) {
            (, , , bool complete, , , , ) = handler.taken(i);
            vm.assertTrue(complete, "sealed with a defect");
        }
    }

    function _whatIsSealedStays() private view {
        for (uint256 i = 0; i < handler.count(); ++i) {
            (bytes32 agreement, bytes32 supersedes, bytes32 part, , , , , ) = handler.taken(i);
            vm.assertEq(handler.fixedPart(agreement), part, "a sealed record changed");
            vm.assertEq(ledger.settlementOf(agreement).supersedes, supersedes, "what it supersedes");
        }
    }

    function _aCourtDecidedOnceAndForAll() private view {
        for (uint256 i = 0; i < handler.count(); ++i) {
            (bytes32 agreement, , , , , SettlementLedger.Outcome outcome, bytes32 ruling, bool byCourt) = handler.taken(i);
            SettlementLedger.Record memory record = ledger.settlementOf(agreement);
            vm.assertTrue(record.outcome == outcome, "outcome");
            vm.assertEq(record.ruling, ruling, "ruling");
            vm.assertTrue(byCourt, "decided by no court");
        }
    }

    function _supersededOnceByALaterVersionOfTheSameParties() private view {
        for (uint256 i = 0; i < handler.count(); ++i) {
            (bytes32 agreement, , , , bytes32 supersededBy, , , ) = handler.taken(i);
            SettlementLedger.Record memory record = ledger.settlementOf(agreement);
            vm.assertEq(record.supersededBy, supersededBy, "superseded by");
            if (supersededBy == 0) continue;
            SettlementLedger.Record memory later = ledger.settlementOf(supersededBy);
            vm.assertTrue(later.version > record.version, "an older version");
            vm.assertEq(later.caseRef, record.caseRef, "another case");
            vm.assertEq(later.parties, record.parties, "other parties");
        }
    }
}
