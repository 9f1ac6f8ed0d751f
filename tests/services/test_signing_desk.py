"""What surrounds a signature: read first, identity checked, the way to the phone, wallets, lost devices.
Not here: the signature's own checks (tests/services/test_settlements) and the pages (tests/web)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from eth_account import Account as Wallet
from eth_account.messages import encode_defunct, encode_typed_data

from app.domain.errors import DomainError, ErrorKind
from app.domain.identity import SEEN_FOR, Document, IdentityKind
from app.domain.lifecycle import SettlementState
from app.domain.roles import OUTSIDER
from app.domain.signing import ReadingKind
from app.models.accounts import Account, KeyKind, SigningKey
from app.models.cases import Audit, OutboxMessage
from app.models.signing import IdentityCheck
from app.services import (
    accounts,
    handovers,
    identity,
    readings,
    relays,
    settlement_pages,
    settlements,
    signing,
    signing_keys,
)
from tests import builders, deals


@pytest.fixture
def deal(services, table):
    made = deals.make_deal(services, table)
    made.propose()
    return made


def refused(kind: ErrorKind):
    return pytest.raises(DomainError, match=kind.value)


def test_nobody_signs_what_was_not_read_to_its_end(services, deal, clock):
    side = deal.table.claimant
    with refused(ErrorKind.READ_FIRST):
        deal.sign("claimant", read=False)
    settlement_pages.mark_seen(services, side.actor, deal.number)
    clock.advance(seconds=95)
    with services.work() as work:
        readings.note(work, side.actor, deal.number, 1, ReadingKind.SCROLLED)
        readings.note(work, side.actor, deal.number, 1, ReadingKind.DECLARED)
    with services.reading() as work:
        found = readings.of(work, deal.current(work), deal.current(work).signers[0].participant)
        assert (found.how, found.seconds) == (ReadingKind.SCROLLED, 95)
    deal.sign("claimant", read=False)


def test_a_reading_counts_for_one_version_only(services, deal):
    deal.sign("claimant")
    deal.propose()
    with refused(ErrorKind.READ_FIRST):
        deal.sign("claimant", version=2, read=False)


def test_a_signature_notes_the_session_it_was_given_in(services, deal):
    deal.sign("claimant")
    with services.reading() as work:
        (check,) = work.session.query(IdentityCheck).all()
        assert (check.kind, check.session_id) == (
            IdentityKind.ONE_TIME_CODE,
            deal.table.claimant.actor.session_id,
        )


def test_where_a_document_is_wanted_the_mediator_must_have_seen_it_in_this_session(services, deal, clock):
    strict = replace(
        services,
        settings=replace(
            services.settings, identity=(IdentityKind.ONE_TIME_CODE, IdentityKind.DOCUMENT_SEEN)
        ),
    )
    deal = replace(deal, services=strict)
    with pytest.raises(DomainError) as caught:
        deal.sign("claimant")
    assert (caught.value.kind, caught.value.detail["missing"]) == (
        ErrorKind.IDENTITY_MISSING,
        ["document_seen"],
    )
    with strict.reading() as work:
        seat = deal.current(work).signers[0].participant_id
    with strict.work() as work, refused(ErrorKind.NOT_ALLOWED):
        identity.note_seen(work, deal.table.respondent.actor, deal.number, seat, Document.ID_CARD)
    with strict.work() as work:
        identity.note_seen(work, deal.table.mediator.actor, deal.number, seat, Document.ID_CARD)
    clock.advance(seconds=(SEEN_FOR + timedelta(seconds=1)).total_seconds())
    with refused(ErrorKind.IDENTITY_MISSING):
        deal.sign("claimant")
    with strict.work() as work:
        identity.note_seen(work, deal.table.mediator.actor, deal.number, seat, Document.PASSPORT)
    deal.sign("claimant")
    with strict.reading() as work:
        shown = identity.done(work, deal.current(work).signers[0].participant)
        seen = next(one for one in shown if one.kind is IdentityKind.DOCUMENT_SEEN)
        assert (seen.document, seen.by) == (Document.PASSPORT, "陈敏")


def test_a_mediator_cannot_vouch_for_somebody_of_another_case(services, deal):
    with services.work() as work, refused(ErrorKind.NOT_FOUND):
        identity.note_seen(work, deal.table.mediator.actor, deal.number, 9999, Document.ID_CARD)


def test_the_link_to_the_phone_opens_once_for_five_minutes_and_signs_nobody_in(services, deal, clock):
    actor = deal.table.claimant.actor
    with services.work() as work:
        old = handovers.make(work, actor, deal.number, 1).link.rsplit("/", 1)[1]
        token = handovers.make(work, actor, deal.number, 1).link.rsplit("/", 1)[1]
    with services.work() as work, refused(ErrorKind.LINK_EXPIRED):
        handovers.open_link(work, old, OUTSIDER)
    with services.work() as work:
        wanted = handovers.open_link(work, token, OUTSIDER)
        assert wanted.number == deal.number
    assert "验证码" in builders.last_message(services, "liqing@example.cn")
    with services.work() as work, refused(ErrorKind.LINK_EXPIRED):
        handovers.open_link(work, token, OUTSIDER)
    with services.work() as work:
        late = handovers.make(work, actor, deal.number, 1).link.rsplit("/", 1)[1]
    clock.advance(seconds=(handovers.LIFE).total_seconds())
    with services.work() as work, refused(ErrorKind.LINK_EXPIRED):
        handovers.open_link(work, late, OUTSIDER)
    with services.work() as work, refused(ErrorKind.STALE_VERSION):
        handovers.make(work, actor, deal.number, 7)


def test_a_wallet_enrols_by_its_own_text_and_signs_what_the_contract_takes(services, table):
    wallet = Wallet.create()
    actor, challenge = table.claimant.actor, bytes(range(32))
    text = encode_defunct(text=signing_keys.wallet_text(wallet.address, challenge))
    proof = "0x" + wallet.sign_message(text).signature.hex().removeprefix("0x")
    with services.work() as work:
        with refused(ErrorKind.KEY_REFUSED):
            signing_keys.enrol_wallet(work, actor, "钱包", wallet.address, proof, bytes(32))
        with refused(ErrorKind.KEY_REFUSED):
            signing_keys.enrol_wallet(work, actor, "钱包", Wallet.create().address, proof, challenge)
        with refused(ErrorKind.KEY_REFUSED):
            signing_keys.enrol_wallet(work, actor, "钱包", wallet.address, "0x1234", challenge)
        key = signing_keys.enrol_wallet(work, actor, "钱包", wallet.address, proof, challenge)
        assert (key.kind, key.signer.hex()) == (KeyKind.WALLET, wallet.address[2:].lower())
    deal = deals.make_deal(services, table, claimant_key=False)
    deal.propose()
    with services.reading() as work:
        page = settlement_pages.page(work, actor, deal.number)
        signed = wallet.sign_message(encode_typed_data(full_message=page.request["typedData"]))
    given = signing.Submission(signature=signed.signature, signer=key.signer)
    other = wallet.sign_message(encode_defunct(text="x")).signature
    with refused(ErrorKind.SIGNATURE_INVALID):
        deal.submit("claimant", replace(given, signature=other))
    deal.submit("claimant", given)
    deal.sign("respondent")
    assert relays.relay_seal(services, deal.store_seal()) is relays.Relay.DONE
    with services.reading() as work:
        assert deal.current(work).state is SettlementState.SEALED


def test_a_lost_device_signs_no_more_and_the_version_is_proposed_again(services, deal, clock):
    actor = deal.table.claimant.actor
    with services.reading() as work:
        key = deal.current(work).signers[0].key_id
    with services.work() as work, refused(ErrorKind.KEY_IN_USE):
        signing_keys.revoke(work, actor, key)
    clock.advance(seconds=(signing_keys.FRESH + timedelta(seconds=1)).total_seconds())
    with services.work() as work, refused(ErrorKind.FRESH_SIGN_IN_NEEDED):
        signing_keys.report_lost(work, actor, key)
    with services.work() as work:
        account = work.session.get_one(Account, deal.table.claimant.account_id)
        fresh = builders.signed_in(services, accounts.open_session(work, account, "one_time_code"), work)
    with services.work() as work:
        assert signing_keys.report_lost(work, fresh.actor, key) == [deal.number]
    with services.reading() as work:
        assert work.session.get_one(SigningKey, key).lost_at is not None
        assert work.session.query(Audit).filter_by(act="report_lost_key").one().case_id is not None
        assert work.session.query(OutboxMessage).filter(OutboxMessage.subject.contains("报失")).count() == 1
    with refused(ErrorKind.SIGNER_NOT_OWN):
        deal.sign("claimant")
    with refused(ErrorKind.FRESH_SIGN_IN_NEEDED):  # whoever holds the old session gets no key of theirs in
        deals.enrol(services, deal.table.claimant)
    deals.enrol(services, fresh)
    with services.work() as work:
        assert settlements.missing_keys(work, deal.current(work).case) == []
