"""What delivery to open rooms needs to know, read afresh: audiences, their members, new events, who has left.

For the relay only: these functions answer about every audience and so never to a person. Acts: ``room``.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.domain.audience import AudienceKind, in_audience
from app.domain.roles import Side
from app.models.accounts import LoginSession
from app.models.cases import Case, Participant
from app.models.drafts import AgreementDraft
from app.models.room import Audience, CaseEvent
from app.services import room
from app.services.context import Work

PAGE = 500


@dataclass(frozen=True)
class AudienceState:
    """One audience and the number of its newest event."""

    id: int
    case_id: int
    kind: AudienceKind
    side: Side | None
    last: int

    def includes(self, side: Side) -> bool:
        """Whether people on ``side`` belong to it."""
        return in_audience(self.kind, self.side, side)

    def as_sent(self) -> dict[str, Any]:
        """As its members see it."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "side": self.side.value if self.side else None,
            "last": self.last,
        }


def audiences(work: Work, case_ids: Collection[int]) -> list[AudienceState]:
    """Every audience of these cases, in order of opening."""
    if not case_ids:
        return []
    found = work.session.scalars(select(Audience).where(Audience.case_id.in_(case_ids)).order_by(Audience.id))
    return [
        AudienceState(each.id, each.case_id, each.kind, each.caucus_side, each.last_sequence)
        for each in found
    ]


def drafts(work: Work, case_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Revision and activity of the drafts of these cases, by case."""
    if not case_ids:
        return {}
    query = select(AgreementDraft.case_id, AgreementDraft.revision, AgreementDraft.activity)
    found = work.session.execute(query.where(AgreementDraft.case_id.in_(case_ids)))
    return {case_id: (revision, activity) for case_id, revision, activity in found}


def members(work: Work, audience_id: int) -> list[dict[str, Any]]:
    """Everybody who can see and hear what happens before an audience: id, name, party, side."""
    audience = work.session.get_one(Audience, audience_id)
    case = work.session.get_one(Case, audience.case_id)
    return [
        {"id": each.id, "name": each.person_name, "party": each.party_name, "side": each.side.value}
        for each in room.members(case, audience)
    ]


def events(work: Work, audience_id: int, after: int) -> list[dict[str, Any]]:
    """Events of one audience with a number above ``after``, in order, at most 500 at a time."""
    query = (
        select(CaseEvent)
        .where(CaseEvent.audience_id == audience_id, CaseEvent.sequence > after)
        .order_by(CaseEvent.sequence)
        .limit(PAGE)
    )
    return [room.as_sent(event) for event in work.session.scalars(query)]


def ended_sessions(work: Work, session_ids: Collection[str]) -> set[str]:
    """Those of these login sessions that have ended or run out."""
    if not session_ids:
        return set()
    alive = select(LoginSession.id).where(
        LoginSession.id.in_(session_ids),
        LoginSession.ended_at.is_(None),
        LoginSession.expires_at > work.now(),
    )
    return set(session_ids) - set(work.session.scalars(alive))


def removed_participants(work: Work, participant_ids: Collection[int]) -> set[int]:
    """Those of these participants who no longer have a seat."""
    if not participant_ids:
        return set()
    seated = select(Participant.id).where(
        Participant.id.in_(participant_ids), Participant.removed_at.is_(None)
    )
    return set(participant_ids) - set(work.session.scalars(seated))
