// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Officials} from "../src/Officials.sol";
import {SettlementLedger} from "../src/SettlementLedger.sol";
import {Deal, Settling} from "./Settling.sol";
import {Kind, Person} from "./Stage.sol";

/// @title SealTest
/// @notice A settlement is sealed with every signature over exactly this settlement, and not otherwise.
contract SealTest is Settling {
    function testFuzz_sealedWithAllSignaturesWhoeverSends(uint256 seed, address sender) public {
        Deal memory made = deal(seed);
        bytes[] memory signatures = consents(made);
        bytes memory seal = mediatorsSeal(made);
        bytes32 signers = keccak256(abi.encode(made.terms.parties, made.terms.mediator));
        vm.expectEmit(true, true, false, true, address(settlements));
        emit SettlementLedger.Sealed(made.terms.agreement, made.terms.caseRef, made.terms.version, signers);
        vm.prank(sender);
        settlements.seal(made.terms, signatures, seal);
        SettlementLedger.Record memory record = settlements.settlementOf(made.terms.agreement);
        vm.assertEq(record.caseRef, made.terms.caseRef, "case");
        vm.assertEq(record.supersedes, 0, "supersedes nothing");
        vm.assertEq(record.parties, keccak256(abi.encode(made.terms.parties)), "parties");
        vm.assertEq(record.signers, signers, "signers");
        vm.assertEq(record.supersededBy, 0, "superseded by nothing");
        vm.assertEq(record.ruling, 0, "no ruling");
        vm.assertEq(record.version, made.terms.version, "version");
        vm.assertTrue(record.outcome == SettlementLedger.Outcome.NONE, "no outcome");
        vm.assertEq(record.sealedBlock, block.number, "block");
        vm.assertEq(record.sealedTime, block.timestamp, "time");
    }

    function testFuzz_aMissingOrSpareConsentIsRefused(uint256 seed, uint256 which) public {
        Deal memory made = deal(seed);
        bytes[] memory signatures = consents(made);
        _refused(made, _without(signatures, which % signatures.length), SettlementLedger.SettlementLedgerConsentCount.selector);
        _refused(made, new bytes[](0), SettlementLedger.SettlementLedgerConsentCount.selector);
        bytes[] memory more = new bytes[](signatures.length + 1);
        for (uint256 i = 0; i < more.length; ++i) more[i] = signatures[i % signatures.length];
        _refused(made, more, SettlementLedger.SettlementLedgerConsentCount.selector);
    }

    function testFuzz_anEmptySwappedOrRepeatedConsentIsRefused(uint256 seed, uint256 which) public {
        Deal memory made = deal(seed);
        uint256 first = which % made.parties.length;
        uint256 second = (first + 1) % made.parties.length;
        bytes[] memory signatures = consents(made);
        bytes memory kept = signatures[first];
        signatures[first] = "";
        _refused(made, signatures, SettlementLedger.SettlementLedgerBadConsent.selector);
        signatures[first] = signatures[second];
        _refused(made, signatures, SettlementLedger.SettlementLedgerBadConsent.selector);
        signatures[second] = kept;
        _refused(made, signatures, SettlementLedger.SettlementLedgerBadConsent.selector);
    }

    function testFuzz_anyBitOfAWalletsOrDeviceKeysSignatureCounts(uint256 seed, uint256 which, uint256 place) public {
        Deal memory made = deal(seed);
        uint256 index = which % (made.parties.length + 1);
        Person memory signer = index < made.parties.length ? made.parties[index] : made.mediator;
        vm.assume(signer.kind != Kind.PASSKEY);
        bytes[] memory signatures = consents(made);
        bytes memory seal = mediatorsSeal(made);
        if (index == made.parties.length) {
            seal = flipped(seal, place);
            vm.expectPartialRevert(SettlementLedger.SettlementLedgerBadSeal.selector);
        } else {
            signatures[index] = flipped(signatures[index], place);
            vm.expectPartialRevert(SettlementLedger.SettlementLedgerBadConsent.selector);
        }
        settlements.seal(made.terms, signatures, seal);
        vm.assertFalse(isSealed(made.terms.agreement), "sealed");
    }

    /// @dev The coding around them may be written in several ways; what the key signed may not.
    function testFuzz_anyBitThatAPasskeySignedCounts(uint256 seed, uint256 place, uint8 part) public {
        Deal memory made = deal(seed);
        _replaceFirstParty(made, person(Kind.PASSKEY, seed));
        bytes[] memory signatures = consents(made);
        (bytes32 r, bytes32 s, uint256 challenge, uint256 kind, bytes memory data, string memory client) = abi.decode(
            signatures[0],
            (bytes32, bytes32, uint256, uint256, bytes, string)
        );
        if (part % 4 == 0) r ^= bytes32(1 << (place % 256));
        if (part % 4 == 1) s ^= bytes32(1 << (place % 256));
        if (part % 4 == 2) data = flipped(data, place);
        if (part % 4 == 3) client = string(flipped(bytes(client), place));
        signatures[0] = abi.encode(r, s, challenge, kind, data, client);
        _refused(made, signatures, SettlementLedger.SettlementLedgerBadConsent.selector);
    }

    function testFuzz_aPasskeyVerifiesItsUser(uint256 seed, uint8 flags) public {
        Deal memory made = deal(seed);
        Person memory owner = person(Kind.PASSKEY, seed);
        _replaceFirstParty(made, owner);
        bytes[] memory signatures = consents(made);
        vm.assume(flags & 5 != 5);
        signatures[0] = passkeySignature(owner.secret, settlements.consentDigest(made.terms), flags);
        _refused(made, signatures, SettlementLedger.SettlementLedgerBadConsent.selector);
    }

    function testFuzz_aConsentIsNoSealAndASealNoConsent(uint256 seed, uint256 which) public {
        Deal memory made = deal(seed);
        bytes[] memory signatures = consents(made);
        bytes memory seal = sign(made.mediator, settlements.consentDigest(made.terms));
        vm.expectPartialRevert(SettlementLedger.SettlementLedgerBadSeal.selector);
        settlements.seal(made.terms, signatures, seal);
        uint256 index = which % signatures.length;
        signatures[index] = sign(made.parties[index], settlements.sealDigest(made.terms));
        _refused(made, signatures, SettlementLedger.SettlementLedgerBadConsent.selector);
    }

    function testFuzz_nobodySealsInTheMediatorsPlace(uint256 seed, uint256 other) public {
        Deal memory made = deal(seed);
        bytes[] memory signatures = consents(made);
        Person memory second = anybody(other);
        appoint(second, Officials.Office.MEDIATOR);
        vm.assume(keccak256(second.name) != keccak256(made.mediator.name));
        bytes memory seal = sign(second, settlements.sealDigest(made.terms));
        vm.expectPartialRevert(SettlementLedger.SettlementLedgerBadSeal.selector);
        settlements.seal(made.terms, signatures, seal);
        vm.expectPartialRevert(SettlementLedger.SettlementLedgerBadSeal.selector);
        settlements.seal(made.terms, signatures, "");
    }

    /// @dev One earlier settlement stands, so that naming it as superseded fails for the signatures alone.
    function testFuzz_anyChangedFieldIsRefused(uint256 seed, uint8 field, bytes32 value, uint256 other) public {
        Deal memory earlier = deal(seed);
        sealDeal(earlier);
        Deal memory made = laterVersion(earlier);
        made.terms.supersedes = 0;
        bytes[] memory signatures = consents(made);
        bytes memory seal = mediatorsSeal(made);
        bytes32 before = keccak256(abi.encode(made.terms));
        _change(made, earlier.terms.agreement, field, value, other);
        vm.assume(keccak256(abi.encode(made.terms)) != before && made.terms.agreement != 0);
        (bool done, ) = address(settlements).call(abi.encodeCall(settlements.seal, (made.terms, signatures, seal)));
        vm.assertFalse(done, "sealed with a changed field");
        vm.assertFalse(isSealed(made.terms.agreement), "recorded");
    }

    function testFuzz_signaturesForAnotherLedgerOrChainAreRefused(uint256 seed) public {
        Deal memory made = deal(seed);
        bytes[] memory signatures = consents(made);
        bytes memory seal = mediatorsSeal(made);
        SettlementLedger elsewhere = new SettlementLedger(
            officials,
            address(passkeyVerifier),
            address(deviceVerifier)
        );
        vm.expectPartialRevert(SettlementLedger.SettlementLedgerBadConsent.selector);
        elsewhere.seal(made.terms, signatures, seal);
        vm.chainId(HERE + 1);
        vm.expectPartialRevert(SettlementLedger.SettlementLedgerBadConsent.selector);
        settlements.seal(made.terms, signatures, seal);
        vm.chainId(HERE);
        settlements.seal(made.terms, signatures, seal);
    }

    function testFuzz_theMediatorIsInOffice(uint256 seed, uint64 away, uint8 office) public {
        Deal memory made = deal(seed);
        bytes[] memory signatures = consents(made);
        vm.warp(START + within(away, 3_600, 1e9));
        _refused(made, signatures, SettlementLedger.SettlementLedgerNotAMediator.selector);
        vm.warp(START - within(away, 3_601, 1e9));
        _refused(made, signatures, SettlementLedger.SettlementLedgerNotAMediator.selector);
        vm.warp(START);
        vm.prank(ADMIN);
        officials.revoke(made.mediator.name, Officials.Office.MEDIATOR);
        appoint(made.mediator, Officials.Office(within(office, 2, 5)));
        _refused(made, signatures, SettlementLedger.SettlementLedgerNotAMediator.selector);
    }

    function testFuzz_sealedOnce(uint256 seed, uint64 later) public {
        Deal memory made = deal(seed);
        sealDeal(made);
        vm.warp(START + within(later, 0, 3_599));
        _refused(made, consents(made), SettlementLedger.SettlementLedgerAlreadySealed.selector);
        vm.assertEq(settlements.settlementOf(made.terms.agreement).sealedTime, START, "first time");
        made.terms.agreement = 0;
        _refused(made, consents(made), SettlementLedger.SettlementLedgerEmptyAgreement.selector);
    }

    function testFuzz_twoPartiesOrMoreAndNobodyTwice(uint256 seed, uint256 which) public {
        Deal memory made = deal(seed);
        bytes[] memory names = made.terms.parties;
        bytes[] memory one = new bytes[](which % 2);
        if (one.length == 1) one[0] = names[0];
        made.terms.parties = one;
        _refused(made, new bytes[](one.length), SettlementLedger.SettlementLedgerTooFewParties.selector);
        made.terms.parties = names;
        uint256 first = which % names.length;
        (bytes memory name, Person memory party) = (names[first], made.parties[first]);
        (names[first], made.parties[first]) = (made.mediator.name, made.mediator);
        _refused(made, consents(made), SettlementLedger.SettlementLedgerRepeatedSigner.selector);
        (names[first], made.parties[first]) = (name, party);
        uint256 second = (first + 1) % names.length;
        (names[second], made.parties[second]) = (name, party);
        _refused(made, consents(made), SettlementLedger.SettlementLedgerRepeatedSigner.selector);
    }

    function testFuzz_aVerifierOfOnesOwnIsRefused(uint256 seed, uint256 which, bytes calldata tail) public {
        Deal memory made = deal(seed);
        bytes memory own = abi.encodePacked(address(new YesVerifier()), bytes32(seed), bytes32(which));
        bytes memory odd = bytes.concat(bytes20(address(deviceVerifier)), tail);
        vm.assume(odd.length != 20 && odd.length != 84);
        bytes[] memory signatures = consents(made);
        bytes memory mediator = made.terms.mediator;
        made.terms.mediator = own;
        _refused(made, signatures, SettlementLedger.SettlementLedgerUnknownVerifier.selector);
        made.terms.mediator = mediator;
        uint256 index = which % signatures.length;
        made.terms.parties[index] = own;
        _refused(made, signatures, SettlementLedger.SettlementLedgerUnknownVerifier.selector);
        made.terms.parties[index] = odd;
        _refused(made, signatures, SettlementLedger.SettlementLedgerUnknownVerifier.selector);
    }

    /// @dev The ledger does itself what the verifiers do, so it is not made with others.
    function testFuzz_otherVerifiersAreRefusedAtCreation(address stranger) public {
        address[4] memory others = [address(0), address(new YesVerifier()), address(officials), stranger];
        (address passkeys, address devices) = (address(passkeyVerifier), address(deviceVerifier));
        for (uint256 i = 0; i < others.length; ++i) {
            vm.assume(others[i] != passkeys && others[i] != devices);
            _notMadeWith(others[i], devices, others[i]);
            _notMadeWith(passkeys, others[i], others[i]);
        }
        _notMadeWith(devices, passkeys, devices);
        _notMadeWith(passkeys, passkeys, passkeys);
        _notMadeWith(devices, devices, devices);
        new SettlementLedger(officials, passkeys, devices);
    }

    function _notMadeWith(address passkeys, address devices, address named) private {
        vm.expectRevert(abi.encodeWithSelector(SettlementLedger.SettlementLedgerOtherVerifier.selector, named));
        new SettlementLedger(officials, passkeys, devices);
    }

    function _change(Deal memory made, bytes32 earlier, uint8 field, bytes32 value, uint256 other) private {
        Person memory stranger = anybody(other);
        SettlementLedger.Settlement memory terms = made.terms;
        uint256 index = other % terms.parties.length;
        uint256 chosen = field % 8;
        if (chosen == 0) terms.agreement = value;
        if (chosen == 1) terms.caseRef = value;
        if (chosen == 2) terms.version ^= uint32(within(uint256(value), 1, type(uint32).max));
        if (chosen == 3) terms.supersedes = earlier;
        if (chosen == 4) terms.parties[index] = stranger.name;
        if (chosen == 5) {
            uint256 next = (index + 1) % terms.parties.length;
            (terms.parties[index], terms.parties[next]) = (terms.parties[next], terms.parties[index]);
        }
        if (chosen == 6) {
            appoint(stranger, Officials.Office.MEDIATOR);
            terms.mediator = stranger.name;
        }
        if (chosen == 7) terms.parties = _without(terms.parties, index);
    }

    function _replaceFirstParty(Deal memory made, Person memory party) private pure {
        made.parties[0] = party;
        made.terms.parties[0] = party.name;
    }

    function _without(bytes[] memory items, uint256 index) private pure returns (bytes[] memory fewer) {
        fewer = new bytes[](items.length - 1);
        for (uint256 i = 0; i < fewer.length; ++i) fewer[i] = items[i < index ? i : i + 1];
    }

    function _refused(Deal memory made, bytes[] memory signatures, bytes4 reason) private {
        bytes memory seal = mediatorsSeal(made);
        vm.expectPartialRevert(reason);
        settlements.seal(made.terms, signatures, seal);
    }
}

/// @title SupersedeTest
/// @notice What may take the place of a sealed agreement.
contract SupersedeTest is Settling {
    function testFuzz_aLaterVersionOfTheSamePartiesTakesItsPlace(uint256 seed) public {
        Deal memory first = deal(seed);
        sealDeal(first);
        Deal memory second = laterVersion(first);
        bytes[] memory signatures = consents(second);
        bytes memory seal = mediatorsSeal(second);
        vm.expectEmit(true, true, false, true, address(settlements));
        emit SettlementLedger.Superseded(first.terms.agreement, second.terms.agreement);
        settlements.seal(second.terms, signatures, seal);
        SettlementLedger.Record memory old = settlements.settlementOf(first.terms.agreement);
        vm.assertEq(old.supersededBy, second.terms.agreement, "superseded by");
        vm.assertEq(settlements.settlementOf(second.terms.agreement).supersedes, first.terms.agreement, "supersedes");
        Deal memory third = laterVersion(first);
        third.terms.agreement = keccak256("third");
        _refused(third, SettlementLedger.SettlementLedgerAlreadySuperseded.selector);
        sealDeal(laterVersion(second));
    }

    function testFuzz_anotherCaseVersionOrPartyIsRefused(uint256 seed, uint256 value) public {
        Deal memory first = deal(seed);
        sealDeal(first);
        Deal memory second = laterVersion(first);
        second.terms.caseRef = keccak256(abi.encode(value));
        _refused(second, SettlementLedger.SettlementLedgerOtherCase.selector);
        second.terms.caseRef = first.terms.caseRef;
        second.terms.version = uint32(within(value, 0, first.terms.version));
        _refused(second, SettlementLedger.SettlementLedgerOldVersion.selector);
        second.terms.version = first.terms.version + 1;
        uint256 index = value % first.parties.length;
        second.parties[index] = anybody(value);
        second.terms.parties[index] = second.parties[index].name;
        _refused(second, SettlementLedger.SettlementLedgerOtherParties.selector);
        vm.assertEq(settlements.settlementOf(first.terms.agreement).supersededBy, 0, "superseded by nothing");
    }

    function testFuzz_theSamePartiesInAnotherOrderAreOtherParties(uint256 seed) public {
        Deal memory first = deal(seed);
        sealDeal(first);
        Deal memory second = Deal(laterVersion(first).terms, new Person[](first.parties.length), first.mediator);
        for (uint256 i = 0; i < first.parties.length; ++i) {
            second.parties[i] = first.parties[(i + 1) % first.parties.length];
            second.terms.parties[i] = second.parties[i].name;
        }
        _refused(second, SettlementLedger.SettlementLedgerOtherParties.selector);
    }

    function testFuzz_whatWasNeverSealedIsNotSuperseded(uint256 seed, bytes32 unknown) public {
        vm.assume(unknown != 0);
        Deal memory made = deal(seed);
        made.terms.supersedes = unknown;
        _refused(made, SettlementLedger.SettlementLedgerUnknownAgreement.selector);
        made.terms.supersedes = made.terms.agreement;
        _refused(made, SettlementLedger.SettlementLedgerUnknownAgreement.selector);
    }

    function testFuzz_whatACourtConfirmedStaysAndWhatItRefusedMayBeMadeAnew(uint256 seed, bool confirmed) public {
        Deal memory first = deal(seed);
        sealDeal(first);
        Person memory court = anybody(uint256(keccak256(abi.encode("court", seed))));
        appoint(court, Officials.Office.COURT);
        bytes32 agreement = first.terms.agreement;
        SettlementLedger.Outcome outcome = SettlementLedger.Outcome(confirmed ? 1 : 2);
        bytes memory signature = sign(court, settlements.confirmationDigest(agreement, outcome, "ruling"));
        if (confirmed) settlements.confirm(agreement, "ruling", court.name, signature);
        else settlements.refuse(agreement, "ruling", court.name, signature);
        Deal memory second = laterVersion(first);
        if (confirmed) _refused(second, SettlementLedger.SettlementLedgerAlreadyDecided.selector);
        else sealDeal(second);
        vm.assertTrue(isSealed(second.terms.agreement) != confirmed, "made anew");
    }

    function _refused(Deal memory made, bytes4 reason) private {
        bytes[] memory signatures = consents(made);
        bytes memory seal = mediatorsSeal(made);
        vm.expectPartialRevert(reason);
        settlements.seal(made.terms, signatures, seal);
    }
}

/// @title DecideTest
/// @notice A court, nobody else, decides once.
contract DecideTest is Settling {
    Person private court;
    bytes32 private agreement;

    function testFuzz_aCourtDecidesOnceAndForAll(uint256 seed, bool confirmed, bytes32 ruling, bytes32 second) public {
        _prepare(seed);
        SettlementLedger.Outcome outcome = _outcome(confirmed);
        bytes memory signature = _signature(confirmed, ruling);
        vm.expectEmit(true, true, false, true, address(settlements));
        emit SettlementLedger.Decided(agreement, outcome, ruling, court.name);
        _decide(confirmed, ruling, court.name, signature);
        _expectOutcome(outcome, ruling);
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory again = _signature(i == 0, second);
            vm.expectPartialRevert(SettlementLedger.SettlementLedgerAlreadyDecided.selector);
            _decide(i == 0, second, court.name, again);
        }
        _expectOutcome(outcome, ruling);
    }

    function testFuzz_noOtherOfficeDecides(uint256 seed, bool confirmed, uint8 office, uint64 away) public {
        _prepare(seed);
        bytes memory signature = _signature(confirmed, "ruling");
        vm.warp(START + within(away, 3_600, 1e9));
        _refused(confirmed, signature, SettlementLedger.SettlementLedgerNotACourt.selector);
        vm.warp(START);
        vm.prank(ADMIN);
        officials.revoke(court.name, Officials.Office.COURT);
        uint256 other = within(office, 1, 4);
        appoint(court, Officials.Office(other < 2 ? other : other + 1));
        _refused(confirmed, signature, SettlementLedger.SettlementLedgerNotACourt.selector);
    }

    function testFuzz_onlyOverThisAgreementOutcomeAndRuling(
        uint256 seed,
        bool confirmed,
        bytes32 ruling,
        bytes32 other
    ) public {
        vm.assume(ruling != other);
        _prepare(seed);
        bytes4 bad = SettlementLedger.SettlementLedgerBadSignature.selector;
        bytes memory signature = _signature(!confirmed, ruling);
        vm.expectPartialRevert(bad);
        _decide(confirmed, ruling, court.name, signature);
        signature = _signature(confirmed, other);
        vm.expectPartialRevert(bad);
        _decide(confirmed, ruling, court.name, signature);
        signature = sign(court, settlements.confirmationDigest(other, _outcome(confirmed), ruling));
        vm.expectPartialRevert(bad);
        _decide(confirmed, ruling, court.name, signature);
        signature = sign(anybody(uint256(other)), settlements.confirmationDigest(agreement, _outcome(confirmed), ruling));
        vm.expectPartialRevert(bad);
        _decide(confirmed, ruling, court.name, signature);
        _expectOutcome(SettlementLedger.Outcome.NONE, 0);
    }

    function testFuzz_whatIsNotSealedOrIsSupersededIsNotDecided(uint256 seed, bool confirmed, bytes32 unknown) public {
        sealDeal(laterVersion(_prepare(seed)));
        _refused(
            confirmed,
            _signature(confirmed, "ruling"),
            SettlementLedger.SettlementLedgerAlreadySuperseded.selector
        );
        vm.assume(!isSealed(unknown));
        agreement = unknown;
        _refused(
            confirmed,
            _signature(confirmed, "ruling"),
            SettlementLedger.SettlementLedgerUnknownAgreement.selector
        );
    }

    function _prepare(uint256 seed) private returns (Deal memory made) {
        made = deal(seed);
        sealDeal(made);
        agreement = made.terms.agreement;
        court = anybody(uint256(keccak256(abi.encode("court", seed))));
        appoint(court, Officials.Office.COURT);
    }

    function _outcome(bool confirmed) private pure returns (SettlementLedger.Outcome) {
        return confirmed ? SettlementLedger.Outcome.CONFIRMED : SettlementLedger.Outcome.REFUSED;
    }

    function _signature(bool confirmed, bytes32 ruling) private view returns (bytes memory) {
        return sign(court, settlements.confirmationDigest(agreement, _outcome(confirmed), ruling));
    }

    function _decide(bool confirmed, bytes32 ruling, bytes memory signer, bytes memory signature) private {
        if (confirmed) settlements.confirm(agreement, ruling, signer, signature);
        else settlements.refuse(agreement, ruling, signer, signature);
    }

    function _refused(bool confirmed, bytes memory signature, bytes4 reason) private {
        vm.expectPartialRevert(reason);
        _decide(confirmed, "ruling", court.name, signature);
    }

    function _expectOutcome(SettlementLedger.Outcome outcome, bytes32 ruling) private view {
        SettlementLedger.Record memory record = settlements.settlementOf(agreement);
        vm.assertTrue(record.outcome == outcome, "outcome");
        vm.assertEq(record.ruling, ruling, "ruling");
    }
}

/// @title YesVerifier
/// @notice A verifier that a cheat would bring along: it takes everything.
contract YesVerifier {
    function verify(bytes calldata, bytes32, bytes calldata) external pure returns (bytes4) {
        return this.verify.selector;
    }
}
