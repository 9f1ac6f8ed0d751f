"""Cases as people find them: own cases, the mediator's queue, the office's board; accepting and opening a case."""

from sqlalchemy import or_, select

from app.domain.audience import AudienceKind, EventKind
from app.domain.errors import DomainError, ErrorKind
from app.domain.lifecycle import CaseState, require_move
from app.domain.permissions import Permission
from app.domain.roles import Actor, Side
from app.models.accounts import Account
from app.models.cases import Answer, Case, Participant, PartyKind
from app.models.room import Audience
from app.services import access, audit, consents, messages, room, texts
from app.services.context import Work


def own(work: Work, actor: Actor) -> list[Case]:
    """Cases in which the actor has a seat, newest first."""
    access.require(actor, Permission.SEE_OWN_CASES)
    query = (
        select(Case)
        .join(Participant)
        .where(Participant.account_id == actor.account_id, Participant.removed_at.is_(None))
        .order_by(Case.id.desc())
    )
    return list(work.session.scalars(query))


def queue(work: Work, actor: Actor) -> list[Case]:
    """Cases that wait for a mediator, oldest first."""
    access.require(actor, Permission.ACCEPT_CASE)
    taken = select(Participant.id).where(
        Participant.case_id == Case.id, Participant.side == Side.MEDIATOR, Participant.removed_at.is_(None)
    )
    own_case = select(Participant.id).where(
        Participant.case_id == Case.id, Participant.account_id == actor.account_id
    )
    query = (
        select(Case)
        .where(Case.state == CaseState.AGREED, ~taken.exists(), ~own_case.exists())
        .order_by(Case.id)
    )
    return list(work.session.scalars(query))


def board(work: Work, actor: Actor, search: str = "") -> list[Case]:
    """All cases for the office, newest first, by number or title."""
    access.require(actor, Permission.SEE_BOARD)
    query = select(Case).order_by(Case.id.desc()).limit(200)
    if search.strip():
        like = f"%{search.strip()}%"
        query = query.where(or_(Case.number.like(like), Case.title.like(like)))
    return list(work.session.scalars(query))


def see(work: Work, actor: Actor, number: str) -> access.CaseAccess:
    """One case as the actor may see it."""
    return access.in_case(work, actor, number, Permission.SEE_CASE)


def accept(work: Work, actor: Actor, number: str) -> None:
    """A mediator takes a case from the queue (在线调解规则 12)."""
    access.require(actor, Permission.ACCEPT_CASE)
    case = next((case for case in queue(work, actor) if case.number == number), None)
    if case is None:
        raise DomainError(ErrorKind.NOT_FOUND)
    account = work.session.get_one(Account, actor.account_id)
    case.participants.append(
        Participant(
            account_id=account.id,
            side=Side.MEDIATOR,
            party_kind=PartyKind.PERSON,
            party_name=account.unit or account.name,
            person_name=account.name,
            contact=account.contact,
            answer=Answer.ACCEPTED,
            answered_at=work.now(),
        )
    )
    case.accepted_at = work.now()
    audit.record(work, actor, "accept_case", case)


def open_room(work: Work, actor: Actor, number: str, disclosure: str) -> None:
    """The mediator discloses (在线调解规则 13) and opens the room; CONSENT_MISSING names who has not agreed yet."""
    entry = access.in_case(work, actor, number, Permission.OPEN_CAUCUS)
    case = entry.case
    if case.room_opened_at is not None:
        raise DomainError(ErrorKind.WRONG_STATE, state=case.state.value)
    if not disclosure.strip():
        raise DomainError(ErrorKind.INVALID_INPUT, "disclosure", problem="missing")
    lacking = consents.missing(case)
    if lacking:
        raise DomainError(ErrorKind.CONSENT_MISSING, missing=[(p.party_name, stage) for p, stage in lacking])
    require_move(case.state, CaseState.IN_MEDIATION)
    case.state = CaseState.IN_MEDIATION
    case.mediator_disclosure = disclosure.strip()
    case.room_opened_at = work.now()
    audit.record(work, actor, "open_room", case)
    joint = work.session.scalars(
        select(Audience).where(Audience.case_id == case.id, Audience.kind == AudienceKind.JOINT)
    ).one()
    room.store_event(work, joint, EventKind.ROOM_OPENED, entry.seat, {"disclosure": case.mediator_disclosure})
    link = f"{work.settings.public_url}/cases/{case.number}/room"
    subject, body = texts.room_opened(case.number, entry.seat.person_name, link)
    for party in consents.parties(case):
        messages.post(work, party.contact, subject, body, case)


def mediator_of(case: Case) -> Participant | None:
    """The mediator at the table, if there is one."""
    return next((p for p in case.participants if p.side is Side.MEDIATOR and p.removed_at is None), None)
