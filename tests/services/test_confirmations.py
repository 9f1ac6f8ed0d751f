"""The joint application, the court's access with its code, and the decision on chain."""

from datetime import timedelta

import pytest

from app.domain.errors import DomainError, ErrorKind
from app.domain.lifecycle import CaseState
from app.domain.permissions import Permission
from app.domain.roles import Office
from app.models.settlements import ConfirmationOutcome
from app.services import access, confirmations, relays, settlements
from tests import builders, deals


@pytest.fixture
def deal(services, table):
    return deals.make_deal(services, table).sealed()


def refused(kind):
    return pytest.raises(DomainError, match=f"^{kind.value}")


def open_file(services, judge, number, code):
    with services.work() as work:
        return confirmations.open_file(work, judge.actor, number, code)


def test_the_application_is_filed_when_both_have_joined(services, deal):
    with services.work() as work:
        confirmations.join(work, deal.table.claimant.actor, deal.number, "北京市海淀区人民法院")
        made = confirmations.of_case(work, deal.current(work).case)
        assert (made.court, made.filed_at, made.access_code_hash) == ("北京市海淀区人民法院", None, None)
    assert "双方共同申请" in builders.last_message(
        services, deal.table.respondent.actor and "wanglei@example.cn"
    )
    with services.work() as work:
        confirmations.join(work, deal.table.respondent.actor, deal.number)
        made = confirmations.of_case(work, deal.current(work).case)
        assert made.filed_at is not None
        assert made.settlement.case.state is CaseState.CONFIRMATION_REQUESTED


def test_the_code_goes_to_the_judges_of_that_court(services, deal):
    builders.person(services, "周衡", "judge@example.cn", Office.JUDGE, unit="北京市朝阳区人民法院")
    with services.work() as work:
        confirmations.join(work, deal.table.claimant.actor, deal.number)
        confirmations.join(work, deal.table.respondent.actor, deal.number)
    assert "查阅码" in builders.last_message(services, "judge@example.cn")


def test_nobody_applies_before_the_seal_or_to_a_court_outside_the_table(services, deal):
    other = deals.make_deal(services, builders.set_table(services, "2"))
    with services.work() as work, refused(ErrorKind.WRONG_STATE):
        confirmations.join(work, other.table.claimant.actor, other.number)
    with services.work() as work, refused(ErrorKind.INVALID_INPUT):
        confirmations.join(work, deal.table.claimant.actor, deal.number, "某外地法院")


def test_a_judge_sees_nothing_without_the_code(services, deal):
    deal.filed()
    judge = deal.judge()
    for permission in (Permission.SEE_COURT_FILE, Permission.SEE_EXHIBIT, Permission.SEE_SETTLEMENT):
        with services.reading() as work, refused(ErrorKind.NOT_FOUND):
            access.in_case(work, judge.actor, deal.number, permission)


def test_the_code_opens_the_court_file_and_never_the_room(services, deal):
    code = deal.filed()
    judge = deal.judge()
    assert open_file(services, judge, f" {deal.number.lower()} ", code.lower()) == deal.number
    with services.reading() as work:
        access.in_case(work, judge.actor, deal.number, Permission.SEE_COURT_FILE)
        for permission in (Permission.ENTER_ROOM, Permission.SEE_CASE, Permission.SIGN_SETTLEMENT):
            with refused(ErrorKind.NOT_ALLOWED):
                access.in_case(work, judge.actor, deal.number, permission)


def test_wrong_codes_are_counted_and_soon_stopped(services, deal, clock):
    code = deal.filed()
    judge = deal.judge()
    for wrong in ("AAAAAAAAAA", "", code[:-1], code[::-1]):
        assert open_file(services, judge, deal.number, wrong).kind is ErrorKind.CODE_WRONG
    assert open_file(services, judge, "HZ2026-99999", code).kind is ErrorKind.CODE_WRONG
    assert open_file(services, judge, deal.number, code).kind is ErrorKind.TOO_MANY_ATTEMPTS
    clock.advance(hours=1, minutes=1)
    assert open_file(services, judge, deal.number, code) == deal.number


def test_a_code_opens_one_case_only(services, deal):
    code = deal.filed()
    other = deals.make_deal(services, builders.set_table(services, "2")).sealed()
    other.filed()
    assert open_file(services, deal.judge(), other.number, code).kind is ErrorKind.CODE_WRONG


def test_a_judge_who_is_at_the_table_is_kept_out(services, deal):
    code = deal.filed()
    builders.person(services, "李晴", "liqing@example.cn", Office.JUDGE)
    claimant = builders.signed_in(services, deal.table.claimant.token)
    assert open_file(services, claimant, deal.number, code).kind is ErrorKind.NOT_ALLOWED


@pytest.mark.parametrize(
    ("outcome", "ground", "state", "word"),
    [
        (ConfirmationOutcome.VALID, "", CaseState.CONFIRMED, "裁定有效"),
        (ConfirmationOutcome.DISMISSED, "内容不明确", CaseState.CONFIRMATION_REFUSED, "驳回"),
    ],
)
def test_the_judge_decides_on_chain_and_the_parties_hear_of_it(services, deal, outcome, ground, state, word):
    judge = deal.judge()
    open_file(services, judge, deal.number, deal.filed())
    confirmation_id = deal.store_decision(judge, outcome, ground)
    assert relays.relay_decision(services, confirmation_id) is relays.Relay.DONE
    with services.reading() as work:
        made = deal.current(work)
        assert made.case.state is state
    assert services.ledger.settlement(made.agreement).outcome == relays.OUTCOMES[outcome]
    assert word in builders.last_message(services, "liqing@example.cn")


def test_a_case_is_decided_once(services, deal):
    judge = deal.judge()
    open_file(services, judge, deal.number, deal.filed())
    relays.relay_decision(services, deal.store_decision(judge, ConfirmationOutcome.VALID))
    with refused(ErrorKind.WRONG_STATE):
        deal.store_decision(judge, ConfirmationOutcome.DISMISSED, "内容不明确")


def test_a_dismissal_needs_its_ground(services, deal):
    judge = deal.judge()
    open_file(services, judge, deal.number, deal.filed())
    with refused(ErrorKind.INVALID_INPUT):
        deal.store_decision(judge, ConfirmationOutcome.DISMISSED)


def test_a_judge_without_office_on_chain_is_refused_until_registered(services, deal):
    judge = deal.judge(official=False)
    open_file(services, judge, deal.number, deal.filed())
    confirmation_id = deal.store_decision(judge, ConfirmationOutcome.VALID)
    assert relays.relay_decision(services, confirmation_id) is relays.Relay.REFUSED
    deals.register(services, judge, deal.judges[judge.account_id], Office.JUDGE)
    assert relays.relay_waiting(services, grace=timedelta(0)) == 1


def test_a_decision_waits_for_the_node(services, deal):
    judge = deal.judge()
    open_file(services, judge, deal.number, deal.filed())
    services.ledger.down = True
    assert relays.relay_decision(services, deal.store_decision(judge, ConfirmationOutcome.VALID)) is (
        relays.Relay.WAITING
    )
    services.ledger.down = False
    assert relays.relay_waiting(services, grace=timedelta(0)) == 1
    assert relays.relay_waiting(services, grace=timedelta(0)) == 0


def test_after_a_dismissal_a_new_agreement_can_be_made_and_confirmed(services, deal):
    judge = deal.judge()
    open_file(services, judge, deal.number, deal.filed())
    relays.relay_decision(services, deal.store_decision(judge, ConfirmationOutcome.DISMISSED, "内容不明确"))
    version = deal.propose(other="付款账户以甲方书面通知为准。")
    deal.sign("claimant", version)
    deal.sign("respondent", version)
    assert relays.relay_seal(services, deal.store_seal(version)) is relays.Relay.DONE
    with services.reading() as work:
        assert deal.current(work).case.state is CaseState.SETTLED
        assert settlements.in_force(work, deal.current(work).case).version == version
    deal.filed()
