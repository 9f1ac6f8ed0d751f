"""The room: audiences, numbered events stored before they are sent, and what was missed. Delivery is in realtime."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from app.domain.audience import AudienceKind, EventKind, in_audience
from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.domain.roles import PARTIES, Actor, Side
from app.models.cases import Case, Participant
from app.models.room import Audience, CaseEvent
from app.services import access, audit
from app.services.context import Work

MESSAGE_LIMIT = 4000
PAGE = 200


@dataclass(frozen=True)
class Seat:
    """Somebody in an open room: what delivery needs to know, read afresh from the database."""

    case_number: str
    case_id: int
    participant_id: int
    name: str
    party_name: str
    side: Side
    audience_ids: tuple[int, ...]


def enter(work: Work, actor: Actor, number: str) -> Seat:
    """The actor's seat in an open room; refused for strangers, WRONG_STATE before the room is open."""
    entry = access.in_case(work, actor, number, Permission.ENTER_ROOM)
    if entry.case.room_opened_at is None:
        raise DomainError(ErrorKind.WRONG_STATE, state=entry.case.state.value)
    own = audiences(work, entry.case, entry.seat)
    return Seat(
        case_number=entry.case.number,
        case_id=entry.case.id,
        participant_id=entry.seat.id,
        name=entry.seat.person_name,
        party_name=entry.seat.party_name,
        side=entry.seat.side,
        audience_ids=tuple(audience.id for audience in own),
    )


def audiences(work: Work, case: Case, participant: Participant) -> list[Audience]:
    """The audiences that a participant belongs to, the joint room first."""
    every = work.session.scalars(select(Audience).where(Audience.case_id == case.id).order_by(Audience.id))
    return [
        audience for audience in every if in_audience(audience.kind, audience.caucus_side, participant.side)
    ]


def members(case: Case, audience: Audience) -> list[Participant]:
    """Everybody who can see and hear what happens before an audience."""
    return [
        participant
        for participant in case.participants
        if participant.removed_at is None
        and participant.account_id is not None
        and in_audience(audience.kind, audience.caucus_side, participant.side)
    ]


def joint_audience(work: Work, case: Case) -> Audience:
    """The joint room of a case."""
    return work.session.scalars(
        select(Audience).where(Audience.case_id == case.id, Audience.kind == AudienceKind.JOINT)
    ).one()


def open_caucus(work: Work, actor: Actor, number: str, side: Side) -> Audience:
    """The mediator opens (or finds again) the private room with one side."""
    entry = access.in_case(work, actor, number, Permission.OPEN_CAUCUS)
    if entry.case.room_opened_at is None:
        raise DomainError(ErrorKind.WRONG_STATE, state=entry.case.state.value)
    if side not in PARTIES:
        raise DomainError(ErrorKind.INVALID_INPUT, "side", problem="unknown")
    audience = work.session.scalar(
        select(Audience).where(
            Audience.case_id == entry.case.id,
            Audience.kind == AudienceKind.CAUCUS,
            Audience.caucus_side == side,
        )
    )
    if audience is None:
        audience = Audience(
            case_id=entry.case.id, kind=AudienceKind.CAUCUS, caucus_side=side, opened_at=work.now()
        )
        work.session.add(audience)
        work.session.flush()
        audit.record(work, actor, "open_caucus", entry.case, side=side.value)
        store_event(work, audience, EventKind.CAUCUS_OPENED, entry.seat, {"side": side.value})
    return audience


def post_message(work: Work, actor: Actor, audience_id: int, text: str, client_id: str) -> CaseEvent:
    """Store a message; the same ``client_id`` from the same person gives the stored event back, not a second one."""
    audience, seat = require_audience(work, actor, audience_id)
    text = text.strip()
    if not text or len(text) > MESSAGE_LIMIT:
        raise DomainError(ErrorKind.INVALID_INPUT, "text", problem="too_long" if text else "missing")
    if not client_id or len(client_id) > 64:
        raise DomainError(ErrorKind.INVALID_INPUT, "client_id", problem="missing")
    known = work.session.scalar(
        select(CaseEvent).where(
            CaseEvent.audience_id == audience.id,
            CaseEvent.participant_id == seat.id,
            CaseEvent.client_id == client_id,
        )
    )
    if known is not None:
        return known
    return store_event(work, audience, EventKind.MESSAGE, seat, {"text": text}, client_id)


def require_audience(work: Work, actor: Actor, audience_id: int) -> tuple[Audience, Participant]:
    """The audience and the actor's seat in it; NOT_FOUND for those who do not belong to it."""
    audience = work.session.get(Audience, audience_id)
    if audience is None:
        raise DomainError(ErrorKind.NOT_FOUND)
    number = work.session.get_one(Case, audience.case_id).number
    entry = access.in_case(work, actor, number, Permission.ENTER_ROOM)
    if entry.case.room_opened_at is None or not in_audience(
        audience.kind, audience.caucus_side, entry.seat.side
    ):
        raise DomainError(ErrorKind.NOT_FOUND)
    return audience, entry.seat


def store_event(
    work: Work,
    audience: Audience,
    kind: EventKind,
    participant: Participant | None,
    payload: dict[str, Any],
    client_id: str | None = None,
) -> CaseEvent:
    """Number and store an event; the room hears of it after the commit."""
    work.session.refresh(audience, with_for_update=True)
    audience.last_sequence += 1
    event = CaseEvent(
        audience_id=audience.id,
        sequence=audience.last_sequence,
        kind=kind,
        participant_id=participant.id if participant is not None else None,
        client_id=client_id,
        payload=payload,
        at=work.now(),
    )
    work.session.add(event)
    work.session.flush()
    work.wake_room()
    return event


def store_events(work: Work, audience: Audience, kind: EventKind, payloads: Sequence[dict[str, Any]]) -> None:
    """Number and store many events of the platform's own at once, in their order."""
    work.session.refresh(audience, with_for_update=True)
    first, now = audience.last_sequence + 1, work.now()
    audience.last_sequence += len(payloads)
    common = {"audience_id": audience.id, "kind": kind, "at": now}
    rows = [
        common | {"sequence": sequence, "payload": payload}
        for sequence, payload in enumerate(payloads, first)
    ]
    work.session.execute(insert(CaseEvent.__table__), rows)  # type: ignore[arg-type]
    work.wake_room()


def events_after(work: Work, actor: Actor, audience_id: int, sequence: int) -> list[dict[str, Any]]:
    """What the actor missed in an audience after ``sequence``, in order, at most 200 at a time."""
    audience, _seat = require_audience(work, actor, audience_id)
    query = (
        select(CaseEvent)
        .where(CaseEvent.audience_id == audience.id, CaseEvent.sequence > sequence)
        .order_by(CaseEvent.sequence)
        .limit(PAGE)
    )
    return [as_sent(event) for event in work.session.scalars(query)]


def as_sent(event: CaseEvent) -> dict[str, Any]:
    """An event as every member of its audience receives it, the sender included. Times are UTC (RFC 3339)."""
    sender = event.participant
    return {
        "id": event.id,
        "audience": event.audience_id,
        "sequence": event.sequence,
        "kind": event.kind.value,
        "client_id": event.client_id,
        "payload": event.payload,
        "at": event.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "sender": None
        if sender is None
        else {
            "id": sender.id,
            "name": sender.person_name,
            "party": sender.party_name,
            "side": sender.side.value,
        },
    }
