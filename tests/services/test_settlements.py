"""From draft to sealed agreement: what counts, what is refused, and that nothing given is ever lost."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.agreement import canonical
from app.domain.agreement.reading import parse
from app.domain.agreement.render import render
from app.domain.errors import DomainError, ErrorKind, InvalidForm
from app.domain.lifecycle import CaseState, SettlementState
from app.domain.roles import Office
from app.models.exhibits import LedgerJob
from app.models.room import CaseEvent
from app.models.settlements import SettlementSignature, SignatureAct
from app.services import draft_reviews, drafts, relays, settlements, signing_keys
from evidence.errors import Refused
from evidence.statement import Statement
from tests import builders, deals
from tests.signers import USER_PRESENT, Passkey


@pytest.fixture
def deal(services, table):
    return deals.make_deal(services, table)


def refused(kind):
    return pytest.raises(DomainError, match=f"^{kind.value}")


def events(services):
    with services.reading() as work:
        return [event.kind.value for event in work.session.scalars(select(CaseEvent).order_by(CaseEvent.id))]


def test_a_proposal_fixes_text_digests_and_signers(services, deal):
    deal.propose()
    with services.reading() as work:
        made = deal.current(work)
        signers = [signer.key.signer for signer in made.signers]
    assert made.text_sha256 == hashlib.sha256(canonical(made.text)).hexdigest()
    assert made.text_sm3 == hashlib.new("sm3", canonical(made.text)).hexdigest()
    assert Statement.parse(made.statement).commitment() == made.agreement
    assert signers == [deal.claimant.name, deal.respondent.name, deal.mediator.name]
    assert "人民币 120,000.00 元（大写：人民币壹拾贰万元整）" in made.text
    assert "第 1 版" in builders.last_message(services, "liqing@example.cn")


@pytest.mark.databases("sqlite")
def test_what_is_too_long_to_be_signed_is_refused_while_it_is_written_and_when_it_is_proposed(services, deal):
    deal.draft()
    fact = {"op": "add", "fact": {"text": "双方确认的事实。" * 490}}
    deal.write(*[fact] * 4)
    with pytest.raises(InvalidForm, match="clauses"):
        deal.write(fact)
    with services.reading() as work:
        agreement = drafts.look(work, deal.table.mediator.actor, deal.number).agreement
    reasons = tuple({"rule": "x", "ref": None, "reason": "理由" * 1000} for _ in range(20))
    long = settlements.FrozenDraft(agreement, deal.revision(), reasons)
    with services.work() as work, pytest.raises(InvalidForm, match="clauses"):
        settlements.propose(work, deal.table.mediator.actor, deal.number, long)
    deal.propose_revision(deal.revision())


def test_nobody_can_propose_while_a_key_is_missing(services, table):
    deals.enrol(services, table.claimant)
    deals.enrol_device(services, table.mediator)
    revision = deals.Deal(services, table, None, None, None).draft()
    with services.work() as work, refused(ErrorKind.KEY_MISSING) as refusal:
        draft_reviews.propose(work, table.mediator.actor, table.number, revision)
    assert refusal.value.detail["missing"] == ["王磊", "陈敏"]


def test_only_the_mediator_proposes(services, deal):
    revision = deal.draft()
    with services.work() as work, refused(ErrorKind.NOT_ALLOWED):
        draft_reviews.propose(work, deal.table.claimant.actor, deal.number, revision)


def test_the_terms_go_whole_into_the_statement(services, deal):
    deal.propose()
    with services.reading() as work:
        made = deal.current(work)
        details = Statement.parse(made.statement).body["details"]
        assert parse(details["terms"]) == drafts.look(work, deal.table.mediator.actor, deal.number).agreement
    assert render(parse(details["terms"])) == made.text
    assert (made.draft_revision, details["overrides"]) == (deal.revision(), [])


def test_a_draft_with_blanks_is_not_proposed(services, deal):
    with services.work() as work:
        drafts.open_draft(work, deal.table.mediator.actor, deal.number)
    with pytest.raises(InvalidForm) as refusal:
        deal.propose_revision(0)
    assert {
        "parties.p1.representative.position": "missing",
        "clauses.c1.by": "missing",
        "clauses.c3.amount": "missing",
    }.items() <= refusal.value.problems.items()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("如乙方违约，由人民法院判决。", "court_adjudicates"),
        ("双方确认涉案商标权归甲方所有。", "ownership"),
    ],
)
def test_a_draft_that_a_court_would_refuse_is_refused(services, deal, text, rule):
    with refused(ErrorKind.DRAFT_REFUSED) as refusal:
        deal.propose(other=text)
    assert refusal.value.detail["hits"] == {"c9": rule}


def test_a_written_reason_lets_a_refused_text_pass_and_stays_in_the_statement(services, deal):
    deal.draft()
    deal.write(
        {"op": "add", "clause": {"kind": "other", "fields": {"text": "双方确认涉案商标权归甲方所有。"}}}
    )
    mediator, reason = deal.table.mediator.actor, "法院已就归属作出生效判决，此处仅引述判决结果。"
    with services.work() as work, pytest.raises(DomainError):
        draft_reviews.override(work, mediator, deal.number, "ownership", "c9", "太短")
    with services.work() as work, refused(ErrorKind.NOT_ALLOWED):
        draft_reviews.override(work, deal.table.claimant.actor, deal.number, "ownership", "c9", reason)
    with services.work() as work:
        draft_reviews.override(work, mediator, deal.number, "ownership", "c9", reason)
    deal.propose_revision(deal.revision())
    with services.reading() as work:
        kept = Statement.parse(deal.current(work).statement).body["details"]["overrides"]
    assert [(one["rule"], one["ref"], one["reason"]) for one in kept] == [("ownership", "c9", reason)]
    changed = {"op": "edit", "target": "c9", "set": {"text": "双方确认涉案商标权归甲方独占所有。"}}
    deal.write(changed)
    with refused(ErrorKind.DRAFT_REFUSED):
        deal.propose_revision(deal.revision())


def test_a_draft_that_moved_on_is_not_proposed(services, deal):
    revision = deal.draft()
    deal.write({"op": "edit", "target": "c3", "set": {"amount": "110000"}})
    with refused(ErrorKind.CONFLICT) as refusal:
        deal.propose_revision(revision)
    assert refusal.value.detail["revision"] == revision + 1


def test_all_sign_the_mediator_seals_and_the_chain_holds_it(services, deal):
    deal.sealed()
    with services.reading() as work:
        made = deal.current(work)
        assert made.state is SettlementState.SEALED
        assert made.case.state is CaseState.SETTLED
        assert work.session.scalar(select(LedgerJob.id).where(LedgerJob.commitment == made.agreement))
        found = services.ledger.settlement(made.agreement)
        assert found.signers == settlements.call_of(made).signers()
    assert made.block_number == found.sealed_block
    assert events(services)[-4:] == [
        "settlement_proposed",
        "settlement_signed",
        "settlement_signed",
        "settlement_sealed",
    ]
    assert "2026-04-01" in builders.last_message(services, "liqing@example.cn")


def test_a_party_with_a_device_key_can_sign(services, table):
    deals.enrol(services, table.claimant)
    device = deals.enrol_device(services, table.respondent)
    deal = deals.Deal(services, table, None, None, deals.enrol(services, table.mediator))
    version = deal.propose()
    made = deals.device_submission(device, deal.consent_digest())
    deal.submit("respondent", made, version)
    with services.reading() as work:
        assert [p.person_name for p in settlements.unsigned(deal.current(work))] == ["李晴"]


def test_a_revision_drops_consents_visibly_and_keeps_them(services, deal):
    deal.propose()
    deal.sign("claimant")
    assert deal.propose(other="双方互不追究其他责任。") == 2
    with services.reading() as work:
        new, old = settlements.versions(work, deal.current(work).case)
        assert old.state is SettlementState.REVISED
        assert settlements.act_of(old, old.signers[0].participant_id, SignatureAct.SIGNED) is not None
        assert len(settlements.unsigned(new)) == 2
        last = work.session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc())).first()
    assert last.payload["dropped"] == [old.signers[0].participant_id]


def test_an_old_version_cannot_be_signed_declined_or_sealed(services, deal):
    deal.propose()
    deal.propose()
    with refused(ErrorKind.STALE_VERSION):
        deal.sign("claimant", version=1)
    with services.work() as work, refused(ErrorKind.STALE_VERSION):
        settlements.decline(work, deal.table.claimant.actor, deal.number, 1, "不同意")
    with refused(ErrorKind.STALE_VERSION):
        deal.store_seal(version=1)


def test_a_signature_on_one_version_cannot_be_replayed_on_another(services, deal):
    deal.propose()
    old = deals.submission(deal.claimant, deal.consent_digest())
    deal.propose()
    with refused(ErrorKind.SIGNATURE_INVALID) as refusal:
        deal.submit("claimant", old, version=2)
    assert refusal.value.detail["problem"] == "challenge"


def test_declining_tells_everybody_and_erases_no_signature(services, deal):
    deal.propose()
    deal.sign("respondent")
    with services.work() as work:
        settlements.decline(work, deal.table.respondent.actor, deal.number, 1, "\u202e金额有误\u200b\0")
    with services.reading() as work:
        made = deal.current(work)
        assert made.state is SettlementState.DECLINED
        assert [act.act.value for act in made.signatures] == ["signed", "declined"]
        assert made.signatures[-1].reason == "金额有误"
    for contact in ("liqing@example.cn", "chenmin@example.cn"):
        assert "金额有误" in builders.last_message(services, contact)
    with refused(ErrorKind.WRONG_STATE):
        deal.sign("claimant")
    assert deal.propose() == 2


def test_declining_needs_a_reason(services, deal):
    deal.propose()
    with services.work() as work, refused(ErrorKind.INVALID_INPUT):
        settlements.decline(work, deal.table.claimant.actor, deal.number, 1, "  ")


def test_somebody_elses_passkey_is_refused(services, deal):
    deal.propose()
    made = deals.submission(deal.respondent, deal.consent_digest())
    with refused(ErrorKind.SIGNER_NOT_OWN):
        deal.submit("claimant", made)
    forged = deals.submission(
        deal.respondent, deal.consent_digest(), credential_id=deals.credential_id(deal.claimant)
    )
    with refused(ErrorKind.SIGNATURE_INVALID):
        deal.submit("claimant", forged)
    with services.reading() as work:
        assert work.session.scalars(select(SettlementSignature)).all() == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"origin": "https://evil.example"}, "origin"),
        ({"relying_party": "evil.example"}, "relying_party"),
        ({"flags": USER_PRESENT}, "user_verified"),
        ({"flags": 0}, "user_present"),
    ],
)
def test_a_passkey_used_elsewhere_or_without_its_user_is_refused(services, deal, changes, problem):
    deal.propose()
    deal.claimant = Passkey(services.trust.passkey_verifier, key=deal.claimant.key, **changes)
    with refused(ErrorKind.SIGNATURE_INVALID) as refusal:
        deal.sign("claimant")
    assert refusal.value.detail["problem"] == problem


def test_a_registration_cannot_pass_for_a_signature(services, deal):
    deal.propose()
    data, client, _r, _s = deal.claimant.assertion(deal.consent_digest(), kind="webauthn.create")
    made = deals.submission(deal.claimant, deal.consent_digest())
    with refused(ErrorKind.SIGNATURE_INVALID) as refusal:
        deal.sign("claimant", client_data_json=client, authenticator_data=data, signature=made.signature)
    assert refusal.value.detail["problem"] == "type"


def test_a_passkey_whose_count_runs_back_is_refused(services, deal):
    deal.claimant.count = 7
    deal.propose()
    deal.sign("claimant")
    deal.propose()
    deal.claimant.count = 3
    with refused(ErrorKind.SIGNATURE_INVALID) as refusal:
        deal.sign("claimant", version=2)
    assert refusal.value.detail["problem"] == "sign_count"


def test_the_mediator_cannot_seal_before_all_have_signed(services, deal):
    deal.propose()
    deal.sign("claimant")
    with refused(ErrorKind.SIGNATURE_MISSING) as refusal:
        deal.store_seal()
    assert refusal.value.detail["missing"] == ["王磊"]


def test_a_consent_cannot_pass_for_a_seal(services, deal):
    deal.propose()
    deal.sign("claimant")
    deal.sign("respondent")
    made = deals.submission(deal.mediator, deal.consent_digest())
    with services.work() as work, refused(ErrorKind.SIGNATURE_INVALID):
        settlements.seal(work, deal.table.mediator.actor, deal.number, 1, made)


def test_a_seal_waits_for_the_node_and_is_carried_exactly_once(services, deal):
    deal.propose()
    deal.sign("claimant")
    deal.sign("respondent")
    services.ledger.down = True
    settlement_id = deal.store_seal()
    assert relays.relay_seal(services, settlement_id) is relays.Relay.WAITING
    assert relays.relay_waiting(services, grace=timedelta(0)) == 0
    with refused(ErrorKind.WRONG_STATE):
        deal.propose()
    services.ledger.down = False
    assert relays.relay_waiting(services, grace=timedelta(0)) == 1
    assert relays.relay_waiting(services, grace=timedelta(0)) == 0
    assert relays.relay_seal(services, settlement_id) is relays.Relay.DONE
    assert events(services).count("settlement_sealed") == 1


def test_a_seal_that_was_sent_but_not_noted_is_only_recorded(services, deal):
    deal.propose()
    deal.sign("claimant")
    deal.sign("respondent")
    services.ledger.automine = False
    settlement_id = deal.store_seal()
    assert relays.relay_seal(services, settlement_id, wait=0) is relays.Relay.WAITING
    services.ledger.mine()
    services.ledger.automine = True
    blocks = services.ledger.settlement(_agreement(services, deal)).sealed_block
    assert relays.relay_waiting(services, grace=timedelta(0)) == 1
    with services.reading() as work:
        made = deal.current(work)
    assert made.block_number == blocks
    assert made.transaction_hash is not None


def test_of_two_attempts_at_once_the_reverted_transaction_is_not_shown(services, deal):
    deal.propose()
    deal.sign("claimant")
    deal.sign("respondent")
    settlement_id = deal.store_seal()
    ledger = services.ledger
    once = ledger.seal

    def seal_twice(*arguments):
        """Another process carries the same seal a moment earlier."""
        once(*arguments)
        ledger.seal = once
        return once(*arguments)

    ledger.seal = seal_twice
    assert relays.relay_seal(services, settlement_id) is relays.Relay.DONE
    with services.reading() as work:
        assert deal.current(work).state is SettlementState.SEALED
        assert deal.current(work).transaction_hash is None
    assert events(services).count("settlement_sealed") == 1


def test_the_worker_leaves_the_first_try_to_the_page(services, deal, clock):
    deal.propose()
    deal.sign("claimant")
    deal.sign("respondent")
    deal.store_seal()
    assert relays.relay_waiting(services) == 0
    clock.advance(seconds=13)
    assert relays.relay_waiting(services) == 1


def _agreement(services, deal):
    with services.reading() as work:
        return deal.current(work).agreement


def test_a_mediator_without_office_is_refused_by_the_chain_until_registered(services, table):
    deal = deals.make_deal(services, table, official=False)
    deal.propose()
    deal.sign("claimant")
    deal.sign("respondent")
    settlement_id = deal.store_seal()
    assert relays.relay_seal(services, settlement_id) is relays.Relay.REFUSED
    with services.reading() as work:
        assert deal.current(work).refusal == "SettlementLedgerNotAMediator"
        assert deal.current(work).seal_signature is not None
    assert relays.relay_waiting(services, grace=timedelta(0)) == 0
    with refused(ErrorKind.WRONG_STATE):
        deal.propose()
    deals.register(services, table.mediator, deal.mediator, Office.MEDIATOR)
    assert relays.relay_waiting(services, grace=timedelta(0)) == 1


def test_after_a_refusal_that_nothing_can_cure_a_new_version_can_be_proposed(services, deal):
    deal.propose()
    deal.sign("claimant")
    deal.sign("respondent")
    deal.store_seal()
    with services.work() as work:
        deal.current(work).refusal = "SettlementLedgerBadConsent"
    assert deal.propose() == 2


def test_a_new_key_after_a_sealed_agreement_makes_one_that_stands_beside_it(services, deal):
    deal.sealed()
    with services.work() as work:
        for key in signing_keys.own(work, deal.table.claimant.actor):
            signing_keys.revoke(work, deal.table.claimant.actor, key.id)
    deal.claimant = deals.enrol(services, deal.table.claimant)
    version = deal.propose()
    with services.reading() as work:
        assert deal.current(work).supersedes is None
    deal.sign("claimant", version)
    deal.sign("respondent", version)
    assert relays.relay_seal(services, deal.store_seal(version)) is relays.Relay.DONE


def test_a_sealed_agreement_is_superseded_never_replaced(services, deal):
    deal.sealed()
    version = deal.propose(other="付款分两期，每期六万元。")
    with services.reading() as work:
        new, old = settlements.versions(work, deal.current(work).case)
        assert new.supersedes == old.agreement
        assert old.state is SettlementState.SEALED
    deal.sign("claimant", version)
    deal.sign("respondent", version)
    assert relays.relay_seal(services, deal.store_seal(version)) is relays.Relay.DONE
    with services.reading() as work:
        new, old = settlements.versions(work, deal.current(work).case)
        assert old.state is SettlementState.SUPERSEDED
        assert services.ledger.settlement(old.agreement).superseded_by == new.agreement
        with pytest.raises(Refused):
            services.ledger.seal(settlements.call_of(old), relays._consents(old), old.seal_signature)


def test_an_outsider_learns_nothing(services, deal):
    deal.propose()
    stranger = builders.person(services, "某人", "stranger@example.cn")
    made = deals.submission(deal.claimant, deal.consent_digest())
    with services.work() as work, refused(ErrorKind.NOT_FOUND):
        settlements.sign(work, stranger.actor, deal.number, 1, made)
