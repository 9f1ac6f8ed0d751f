"""Who somebody is in a case, read afresh at each call, and whether that is enough. The table is in the domain."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission, may
from app.domain.roles import Actor, Role, Side
from app.models.cases import Case, Participant
from app.models.settlements import Confirmation, CourtAccess, Settlement
from app.services.context import Work

_ROLE_OF_SIDE = {
    Side.CLAIMANT: Role.CLAIMANT,
    Side.RESPONDENT: Role.RESPONDENT,
    Side.MEDIATOR: Role.CASE_MEDIATOR,
}


@dataclass(frozen=True)
class CaseAccess:
    """A case as one actor may touch it. ``participant`` is None for office and court.

    ``until``: for a judge who has decided, the time of the decision; what came into the case later is not the court's.
    """

    case: Case
    participant: Participant | None
    roles: frozenset[Role]
    until: datetime | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the actor may do this in the case."""
        return may(self.roles, permission)

    @property
    def seat(self) -> Participant:
        """The actor's participant; NOT_ALLOWED for those who have no seat at the table."""
        if self.participant is None:
            raise DomainError(ErrorKind.NOT_ALLOWED)
        return self.participant


def require(actor: Actor, permission: Permission) -> None:
    """Refuse unless the actor may do this outside any case."""
    if may(actor.roles, permission):
        return
    raise DomainError(ErrorKind.NOT_SIGNED_IN if actor.account_id is None else ErrorKind.NOT_ALLOWED)


def in_case(work: Work, actor: Actor, number: str, permission: Permission) -> CaseAccess:
    """The case by its number, if the actor may do this in it.

    A stranger is told NOT_FOUND, whether or not the case exists.
    """
    access = look(work, actor, number)
    if access is None or (not may(access.roles, Permission.SEE_CASE) and Role.CASE_JUDGE not in access.roles):
        raise DomainError(ErrorKind.NOT_SIGNED_IN if actor.account_id is None else ErrorKind.NOT_FOUND)
    if not access.may(permission):
        raise DomainError(ErrorKind.NOT_ALLOWED)
    return access


def look(work: Work, actor: Actor, number: str) -> CaseAccess | None:
    """The case with the actor's roles in it, or None where there is no such case.

    Whoever has a seat in a case holds no office towards it.
    """
    case = work.session.scalar(select(Case).where(Case.number == number))
    if case is None:
        return None
    participant = _participant(work, actor, case)
    if participant is not None:
        return CaseAccess(case, participant, roles_at_table(actor, participant.side))
    opened = _opened_by(work, actor, case) if Role.JUDGE in actor.roles else None
    if opened is None:
        return CaseAccess(case, None, actor.roles)
    return CaseAccess(case, None, actor.roles | {Role.CASE_JUDGE}, opened.decided_at)


def roles_at_table(actor: Actor, side: Side) -> frozenset[Role]:
    """What somebody is who has a seat on that side: the seat's role, and no office."""
    return actor.roles & {Role.ANYONE, Role.SIGNED_IN} | {_ROLE_OF_SIDE[side]}


def _participant(work: Work, actor: Actor, case: Case) -> Participant | None:
    if actor.account_id is None:
        return None
    return work.session.scalar(
        select(Participant).where(
            Participant.case_id == case.id,
            Participant.account_id == actor.account_id,
            Participant.removed_at.is_(None),
        )
    )


def _opened_by(work: Work, actor: Actor, case: Case) -> Confirmation | None:
    """The newest application that went to a court, if the actor has opened it; one opened before does not serve."""
    newest = work.session.scalar(
        select(Confirmation)
        .join(Settlement, Settlement.id == Confirmation.settlement_id)
        .where(Settlement.case_id == case.id, Confirmation.filed_at.is_not(None))
        .order_by(Settlement.version.desc())
        .limit(1)
    )
    if newest is None:
        return None
    opened = select(CourtAccess.id).where(
        CourtAccess.confirmation_id == newest.id, CourtAccess.account_id == actor.account_id
    )
    return newest if work.session.scalar(opened) is not None else None
