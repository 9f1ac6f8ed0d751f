"""Sealing, superseding and deciding: the same refusals, by name, on every ledger."""

import secrets
import time
from dataclasses import replace

import pytest

from evidence.errors import MalformedInput, Refused
from evidence.ledger import ZERO, LedgerWriter, Office
from tests.agreements import Agreement, agreement
from tests.ledger.conftest import Appoint
from tests.signers import Wallet, device_key, passkey


def seal(ledger: LedgerWriter, deal: Agreement) -> None:
    ledger.wait(ledger.seal(deal.call, deal.consents(), deal.seal()), 10)


def refusal(ledger: LedgerWriter, deal: Agreement) -> str | None:
    with pytest.raises(Refused) as caught:
        ledger.seal(deal.call, deal.consents(), deal.seal())
    return caught.value.code


@pytest.fixture
def deal(ledger: LedgerWriter, appoint: Appoint) -> Agreement:
    """An agreement by three parties with three kinds of signer."""
    parties = [passkey(ledger.trust), device_key(ledger.trust), Wallet()]
    return agreement(ledger.trust, parties, appoint(Office.MEDIATOR))


def decide(ledger: LedgerWriter, deal: Agreement, court, outcome: int, ruling: bytes) -> None:
    signature = deal.confirmation(court, outcome, ruling)
    ledger.wait(ledger.decide(deal.call.agreement, outcome, ruling, court.name, signature), 10)


def test_a_sealed_agreement_is_told_back(ledger: LedgerWriter, deal: Agreement) -> None:
    assert ledger.settlement(deal.call.agreement) is None
    seal(ledger, deal)
    sealed = ledger.settlement(deal.call.agreement)
    assert sealed is not None
    assert sealed.case_ref == deal.call.case_ref
    assert (sealed.version, sealed.supersedes, sealed.signers) == (1, ZERO, deal.call.signers())
    assert (sealed.outcome, sealed.ruling, sealed.superseded_by) == (0, ZERO, ZERO)
    assert abs(sealed.sealed_time - time.time()) < 60
    assert ledger.is_final(sealed.sealed_block)


def test_an_agreement_is_sealed_once(ledger: LedgerWriter, deal: Agreement) -> None:
    seal(ledger, deal)
    assert refusal(ledger, deal) == "SettlementLedgerAlreadySealed"


def test_every_party_signs(ledger: LedgerWriter, deal: Agreement) -> None:
    with pytest.raises(Refused) as caught:
        ledger.seal(deal.call, deal.consents()[:-1], deal.seal())
    assert caught.value.code == "SettlementLedgerConsentCount"
    first, second, third = deal.consents()
    with pytest.raises(Refused) as caught:
        ledger.seal(deal.call, [second, first, third], deal.seal())
    assert caught.value.code == "SettlementLedgerBadConsent"
    with pytest.raises(Refused) as caught:
        ledger.seal(deal.call, [first, second, first], deal.seal())
    assert caught.value.code == "SettlementLedgerBadConsent"


def test_the_mediator_seals(ledger: LedgerWriter, deal: Agreement) -> None:
    with pytest.raises(Refused) as caught:
        ledger.seal(deal.call, deal.consents(), deal.parties[0].sign(deal.seal_digest))
    assert caught.value.code == "SettlementLedgerBadSeal"


def test_one_party_is_no_settlement(ledger: LedgerWriter, deal: Agreement) -> None:
    alone = agreement(ledger.trust, deal.parties[:1], deal.mediator)
    assert refusal(ledger, alone) == "SettlementLedgerTooFewParties"


def test_nobody_signs_twice(ledger: LedgerWriter, deal: Agreement) -> None:
    party = deal.parties[0]
    twice = agreement(ledger.trust, [party, party], deal.mediator)
    assert refusal(ledger, twice) == "SettlementLedgerRepeatedSigner"
    own_cause = agreement(ledger.trust, [party, deal.mediator], deal.mediator)
    assert refusal(ledger, own_cause) == "SettlementLedgerRepeatedSigner"


def test_only_a_mediator_in_office_seals(ledger: LedgerWriter, deal: Agreement, appoint: Appoint) -> None:
    expired = appoint(Office.MEDIATOR, end=-60)
    coming = appoint(Office.MEDIATOR, start=3_600)
    for outsider in (passkey(ledger.trust), appoint(Office.COURT), expired, coming):
        unofficial = agreement(ledger.trust, deal.parties, outsider)
        assert refusal(ledger, unofficial) == "SettlementLedgerNotAMediator"


def test_a_revoked_mediator_seals_no_more(ledger: LedgerWriter, deal: Agreement) -> None:
    ledger.wait(ledger.revoke_office(deal.mediator.name, Office.MEDIATOR), 10)
    assert refusal(ledger, deal) == "SettlementLedgerNotAMediator"


def test_an_agreement_has_a_commitment(ledger: LedgerWriter, deal: Agreement) -> None:
    empty = replace(deal, call=replace(deal.call, agreement=ZERO))
    assert refusal(ledger, empty) == "SettlementLedgerEmptyAgreement"


def test_a_new_version_supersedes_the_sealed_one(ledger: LedgerWriter, deal: Agreement) -> None:
    seal(ledger, deal)
    newer = deal.successor()
    seal(ledger, newer)
    old, new = ledger.settlement(deal.call.agreement), ledger.settlement(newer.call.agreement)
    assert old is not None
    assert new is not None
    assert old.superseded_by == newer.call.agreement
    assert new.supersedes == deal.call.agreement
    assert refusal(ledger, deal.successor()) == "SettlementLedgerAlreadySuperseded"


def test_what_cannot_supersede(ledger: LedgerWriter, deal: Agreement) -> None:
    seal(ledger, deal)
    others = (*deal.parties[:-1], passkey(ledger.trust))
    names = tuple(party.name for party in others)
    wrong = {
        "SettlementLedgerUnknownAgreement": deal.successor(supersedes=secrets.token_bytes(32)),
        "SettlementLedgerOtherCase": deal.successor(case_ref=secrets.token_bytes(32)),
        "SettlementLedgerOldVersion": deal.successor(version=1),
        "SettlementLedgerOtherParties": replace(deal.successor(parties=names), parties=others),
    }
    for expected, attempt in wrong.items():
        assert refusal(ledger, attempt) == expected


@pytest.mark.parametrize("outcome", [1, 2])
def test_a_court_decides_once(ledger: LedgerWriter, deal: Agreement, appoint: Appoint, outcome: int) -> None:
    court, ruling = appoint(Office.COURT), secrets.token_bytes(32)
    seal(ledger, deal)
    decide(ledger, deal, court, outcome, ruling)
    sealed = ledger.settlement(deal.call.agreement)
    assert sealed is not None
    assert (sealed.outcome, sealed.ruling) == (outcome, ruling)
    for again in (1, 2):
        with pytest.raises(Refused) as caught:
            decide(ledger, deal, court, again, ruling)
        assert caught.value.code == "SettlementLedgerAlreadyDecided"


def test_who_may_not_decide(ledger: LedgerWriter, deal: Agreement, appoint: Appoint) -> None:
    court, ruling = appoint(Office.COURT), secrets.token_bytes(32)
    with pytest.raises(Refused) as caught:
        decide(ledger, deal, court, 1, ruling)
    assert caught.value.code == "SettlementLedgerUnknownAgreement"
    seal(ledger, deal)
    for outsider in (deal.parties[0], deal.mediator, appoint(Office.COURT, end=-60), appoint(Office.NOTARY)):
        with pytest.raises(Refused) as caught:
            decide(ledger, deal, outsider, 1, ruling)
        assert caught.value.code == "SettlementLedgerNotACourt"
    refusing = deal.confirmation(court, 2, ruling)
    with pytest.raises(Refused) as caught:
        ledger.decide(deal.call.agreement, 1, ruling, court.name, refusing)
    assert caught.value.code == "SettlementLedgerBadSignature"
    with pytest.raises(MalformedInput):
        ledger.decide(deal.call.agreement, 3, ruling, court.name, refusing)


def test_a_confirmed_agreement_stays_and_a_refused_one_may_be_made_anew(
    ledger: LedgerWriter, deal: Agreement, appoint: Appoint
) -> None:
    court, ruling = appoint(Office.COURT), secrets.token_bytes(32)
    confirmed = agreement(ledger.trust, deal.parties, deal.mediator)
    for one, outcome in ((confirmed, 1), (deal, 2)):
        seal(ledger, one)
        decide(ledger, one, court, outcome, ruling)
    assert refusal(ledger, confirmed.successor()) == "SettlementLedgerAlreadyDecided"
    seal(ledger, deal.successor())


def test_a_superseded_agreement_is_not_decided(
    ledger: LedgerWriter, deal: Agreement, appoint: Appoint
) -> None:
    court = appoint(Office.COURT)
    seal(ledger, deal)
    seal(ledger, deal.successor())
    with pytest.raises(Refused) as caught:
        decide(ledger, deal, court, 1, secrets.token_bytes(32))
    assert caught.value.code == "SettlementLedgerAlreadySuperseded"
