"""Intake, invitation, codes, consents, opening of the room: what is refused, what is kept, who is told.
Not here: pages."""

import re

import pytest
from sqlalchemy import select

from app.domain.errors import DomainError, ErrorKind, InvalidForm
from app.domain.lifecycle import CaseState, ConsentStage
from app.domain.rights import RIGHT_FIELDS, RightKind
from app.domain.roles import OUTSIDER, Office
from app.models.cases import Answer, Audit, Case, IntakeDraft, OutboxMessage
from app.services import accounts, cases, consents, intake, invitations
from app.services.context import Services
from tests import builders
from tests.builders import INTAKE, Clock


def case_of(services: Services, number: str) -> Case:
    with services.reading() as work:
        case = work.session.scalars(select(Case).where(Case.number == number)).one()
        for participant in case.participants:
            assert participant.consents is not None
        return case


def link_to(services: Services, contact: str) -> str:
    found = re.search(r"/i/([0-9a-z]+)", builders.last_message(services, contact))
    assert found is not None
    return found[1]


def code_to(services: Services, contact: str) -> str:
    found = re.search(r"\d{6}", builders.last_message(services, contact))
    assert found is not None
    return found[0]


@pytest.fixture
def invited(services: Services) -> str:
    """The number of a case whose respondent has been invited and has not answered."""
    claimant = builders.person(services, "李晴", "liqing@example.cn")
    return builders.submitted_case(services, claimant)


@pytest.mark.parametrize("kind", list(RightKind))
def test_every_right_asks_for_its_own_fields(kind: RightKind) -> None:
    form = {name: value for name, value in INTAKE.items() if not name.startswith("right.")}
    with pytest.raises(InvalidForm) as refusal:
        intake.check_intake(kind, form)
    required = {f"right.{field.name}" for field in RIGHT_FIELDS[kind] if field.required}
    assert set(refusal.value.problems) == required


def test_all_problems_are_named_at_once() -> None:
    changes = {"title": "", "claimant_contact": "nobody", "respondent_kind": "", "right.mark": "x" * 5000}
    with pytest.raises(InvalidForm) as refusal:
        intake.check_intake(RightKind.TRADEMARK, INTAKE | changes)
    assert refusal.value.problems == {
        "title": "missing",
        "claimant_contact": "contact",
        "respondent_kind": "missing",
        "right.mark": "too_long",
    }


def test_draft_becomes_a_case_only_with_the_code(services: Services) -> None:
    with services.work() as work:
        token = intake.keep_draft(work, OUTSIDER, RightKind.TRADEMARK, INTAKE)
    with services.work() as work:
        wrong = intake.submit_draft(work, token, "000000x")
    assert isinstance(wrong, DomainError) and wrong.kind is ErrorKind.CODE_WRONG
    code = code_to(services, "liqing@example.cn")
    with services.work() as work:
        result = intake.submit_draft(work, token, code)
    assert not isinstance(result, DomainError)
    assert case_of(services, result[0].number).title == INTAKE["title"]
    with services.work() as work:
        again = intake.submit_draft(work, token, code)
    assert isinstance(again, DomainError) and again.kind is ErrorKind.WRONG_STATE


def test_invitation_says_who_what_voluntary_and_whom_to_call(services: Services, invited: str) -> None:
    text = builders.last_message(services, INTAKE["respondent_contact"])
    for part in (
        "江南岸茶业有限公司",
        INTAKE["title"],
        "不是强制的",
        "不参加不会",
        services.settings.office_phone,
    ):
        assert part in text


def test_wrong_codes_are_counted_and_then_refused(services: Services, invited: str) -> None:
    token = link_to(services, INTAKE["respondent_contact"])
    with services.work() as work:
        invitations.send_code(work, token)
    code = code_to(services, INTAKE["respondent_contact"])
    wrong = "111111" if code != "111111" else "222222"
    kinds = []
    for attempt in [wrong] * accounts.CODE_ATTEMPTS + [code]:
        with services.work() as work:
            result = invitations.join(work, token, attempt)
        assert isinstance(result, DomainError)
        kinds.append(result.kind)
    assert kinds == [ErrorKind.CODE_WRONG] * accounts.CODE_ATTEMPTS + [ErrorKind.TOO_MANY_ATTEMPTS]


def test_code_expires_and_cannot_be_used_twice(services: Services, invited: str, clock: Clock) -> None:
    contact = INTAKE["respondent_contact"]
    token = link_to(services, contact)
    with services.work() as work:
        invitations.send_code(work, token)
    code = code_to(services, contact)
    clock.advance(minutes=11)
    with services.work() as work:
        late = invitations.join(work, token, code)
    assert isinstance(late, DomainError) and late.kind is ErrorKind.CODE_EXPIRED
    with services.work() as work:
        invitations.send_code(work, token)
    fresh = code_to(services, contact)
    with services.work() as work:
        assert isinstance(invitations.join(work, token, fresh), str)
    with services.work() as work:
        used = invitations.join(work, token, fresh)
    assert isinstance(used, DomainError) and used.kind is ErrorKind.CODE_EXPIRED


def test_link_expires(services: Services, invited: str, clock: Clock) -> None:
    token = link_to(services, INTAKE["respondent_contact"])
    clock.advance(days=16)
    with services.reading() as work, pytest.raises(DomainError) as refusal:
        invitations.find(work, token)
    assert refusal.value.kind is ErrorKind.LINK_EXPIRED


def test_decline_keeps_the_reason_and_tells_the_claimant(services: Services, invited: str) -> None:
    respondent = builders.join(services, INTAKE["respondent_contact"])
    with services.work() as work, pytest.raises(DomainError) as refusal:
        invitations.answer(work, respondent.actor, invited, accept=False, reason="  ")
    assert refusal.value.field == "reason"
    with services.work() as work:
        invitations.answer(work, respondent.actor, invited, accept=False, reason="已在法院起诉")
    case = case_of(services, invited)
    assert case.state is CaseState.DECLINED
    assert case.participants[1].answer_reason == "已在法院起诉"
    assert "已在法院起诉" in builders.last_message(services, "liqing@example.cn")


def test_a_stranger_cannot_tell_whether_a_case_exists(services: Services, invited: str) -> None:
    stranger = builders.person(services, "路人", "stranger@example.cn")
    for number in (invited, "HZ2026-99999"):
        with services.reading() as work, pytest.raises(DomainError) as refusal:
            cases.see(work, stranger.actor, number)
        assert refusal.value.kind is ErrorKind.NOT_FOUND


def test_room_opens_only_after_required_consents_and_disclosure(services: Services, invited: str) -> None:
    claimant = builders.person(services, "李晴", "liqing@example.cn")
    respondent = builders.join(services, INTAKE["respondent_contact"])
    with services.work() as work:
        invitations.answer(work, respondent.actor, invited, accept=True)
    mediator = builders.person(services, "陈敏", "chenmin@example.cn", Office.MEDIATOR)
    with services.work() as work:
        cases.accept(work, mediator.actor, invited)
    everything = dict.fromkeys(ConsentStage, True)
    with services.work() as work:
        consents.give(work, claimant.actor, invited, everything)
        consents.give(work, respondent.actor, invited, everything | {ConsentStage.PRESERVATION: False})
    with services.work() as work, pytest.raises(DomainError) as refusal:
        cases.open_room(work, mediator.actor, invited, "无利害关系")
    assert refusal.value.kind is ErrorKind.CONSENT_MISSING
    assert refusal.value.detail["missing"] == [
        (INTAKE["claimant_name"], "preservation_signature"),
        (INTAKE["respondent_name"], "preservation"),
    ]
    with services.work() as work:
        consents.give(work, respondent.actor, invited, everything | {ConsentStage.RECORD: False})
    with services.work() as work, pytest.raises(DomainError) as unsigned:
        cases.open_room(work, mediator.actor, invited, "无利害关系")
    assert unsigned.value.detail["missing"] == [
        (INTAKE["claimant_name"], "preservation_signature"),
        (INTAKE["respondent_name"], "preservation_signature"),
    ]
    for party in (claimant, respondent):
        builders.sign_preservation(services, party, invited)
    with services.work() as work, pytest.raises(DomainError):
        cases.open_room(work, mediator.actor, invited, " ")
    with services.work() as work:
        cases.open_room(work, mediator.actor, invited, "无利害关系")
    case = case_of(services, invited)
    assert case.state is CaseState.IN_MEDIATION
    assert not consents.recording_allowed(case)
    kept = [
        (c.stage, c.granted) for c in case.participants[1].consents if c.stage is ConsentStage.PRESERVATION
    ]
    assert kept == [(ConsentStage.PRESERVATION, False), (ConsentStage.PRESERVATION, True)]


def test_a_mediator_cannot_accept_a_case_of_which_they_are_a_party(services: Services) -> None:
    both = builders.person(services, "李晴", "liqing@example.cn", Office.MEDIATOR)
    number = builders.submitted_case(services, both)
    respondent = builders.join(services, INTAKE["respondent_contact"])
    with services.work() as work:
        invitations.answer(work, respondent.actor, number, accept=True)
    with services.work() as work, pytest.raises(DomainError) as refusal:
        cases.accept(work, both.actor, number)
    assert refusal.value.kind is ErrorKind.NOT_FOUND


def test_signing_out_ends_the_session_on_the_server(services: Services) -> None:
    someone = builders.person(services, "李晴", "liqing@example.cn")
    with services.work() as work:
        accounts.close_session(work, someone.actor)
    with services.reading() as work:
        assert accounts.actor_of(work, someone.token) is None


def test_audit_holds_acts_without_contacts_or_texts(services: Services, invited: str) -> None:
    with services.reading() as work:
        lines = list(work.session.scalars(select(Audit)))
        messages = list(work.session.scalars(select(OutboxMessage)))
    assert {"submit_intake", "send_invitation"} <= {line.act for line in lines}
    contacts = {message.recipient for message in messages}
    assert not any(contact in str(line.detail) for line in lines for contact in contacts)


def test_inviting_again_ends_the_earlier_link(services: Services, invited: str, clock: Clock) -> None:
    contact = INTAKE["respondent_contact"]
    first = link_to(services, contact)
    respondent = builders.join(services, contact)
    with services.work() as work:
        invitations.answer(work, respondent.actor, invited, accept=False, reason="再考虑")
    clock.advance(hours=1)
    claimant = builders.person(services, "李晴", "liqing@example.cn")
    with services.work() as work:
        invitations.send_again(work, claimant.actor, invited)
    with services.reading() as work, pytest.raises(DomainError) as refusal:
        invitations.find(work, first)
    assert refusal.value.kind is ErrorKind.LINK_EXPIRED
    with services.reading() as work:
        assert invitations.find(work, link_to(services, contact)).participant.answer is Answer.PENDING


def test_drafts_do_not_outlive_their_purpose(services: Services, clock: Clock) -> None:
    with services.work() as work:
        intake.keep_draft(work, OUTSIDER, RightKind.TRADEMARK, INTAKE)
    clock.advance(days=3)
    with services.work() as work:
        token = intake.keep_draft(work, OUTSIDER, RightKind.TRADEMARK, INTAKE)
    with services.reading() as work:
        assert len(list(work.session.scalars(select(IntakeDraft)))) == 1
    code = code_to(services, "liqing@example.cn")
    with services.work() as work:
        assert not isinstance(intake.submit_draft(work, token, code), DomainError)
    with services.reading() as work:
        assert [draft.form for draft in work.session.scalars(select(IntakeDraft))] == [{}]
