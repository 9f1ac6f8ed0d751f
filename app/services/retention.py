"""How long cases are kept: dated rules, legal holds, and what is due. Nothing is ever erased by itself.

Erasing one exhibit is in ``erasure``.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.domain.errors import DomainError, ErrorKind
from app.domain.lifecycle import CaseState
from app.domain.permissions import Permission
from app.domain.roles import Actor
from app.models.cases import Case, Participant
from app.models.exhibits import Exhibit
from app.models.retention import LegalHold, RetentionRule
from app.models.settlements import Confirmation, Settlement
from app.services import access, audit
from app.services.context import Work
from app.services.erasure import words

BEIJING = ZoneInfo("Asia/Shanghai")
CLOSED = (CaseState.DECLINED, CaseState.SETTLED, CaseState.CONFIRMED, CaseState.CONFIRMATION_REFUSED)
MOST_YEARS = 100


@dataclass(frozen=True)
class Due:
    """A closed case with its period. ``rule`` and ``until`` are None where no rule is in force for it."""

    case: Case
    closed_on: date
    rule: RetentionRule | None
    until: date | None
    held: bool
    exhibits: int
    """Exhibits that are not erased."""


def rules(work: Work, actor: Actor) -> list[RetentionRule]:
    """Every rule that was ever set, the newest first."""
    access.require(actor, Permission.KEEP_RETENTION)
    return list(work.session.scalars(select(RetentionRule).order_by(RetentionRule.id.desc())))


def replaced(listed: list[RetentionRule]) -> set[int]:
    """Ids of rules that can decide nothing any more: a later one for the same cases begins no later."""
    return {
        old.id
        for old in listed
        for new in listed
        if new.id > old.id and new.case_id == old.case_id and new.valid_from <= old.valid_from
    }


def holds(work: Work, actor: Actor) -> list[LegalHold]:
    """Holds that stand, the newest first."""
    access.require(actor, Permission.KEEP_RETENTION)
    standing = select(LegalHold).where(LegalHold.lifted_at.is_(None)).order_by(LegalHold.id.desc())
    return list(work.session.scalars(standing))


def set_rule(
    work: Work, actor: Actor, years: int, valid_from: date, source: str, number: str = ""
) -> RetentionRule:
    """Set a period, for one case or (without a number) for all. A rule is never changed: a newer one takes over."""
    access.require(actor, Permission.KEEP_RETENTION)
    if not 1 <= years <= MOST_YEARS:
        raise DomainError(ErrorKind.INVALID_INPUT, "years", problem="number")
    case = _case(work, number) if number.strip() else None
    rule = RetentionRule(
        case_id=case.id if case is not None else None,
        years=years,
        valid_from=valid_from,
        source=words(source, "source"),
        set_by_id=actor.account_id,
        set_at=work.now(),
    )
    work.session.add(rule)
    audit.record(work, actor, "set_retention", case, years=years, valid_from=valid_from.isoformat())
    return rule


def hold(work: Work, actor: Actor, number: str, reason: str) -> LegalHold:
    """Forbid every erasure in a case until the hold is lifted."""
    access.require(actor, Permission.KEEP_RETENTION)
    case = _case(work, number)
    standing = LegalHold(
        case_id=case.id, reason=words(reason, "reason"), set_by_id=actor.account_id, set_at=work.now()
    )
    work.session.add(standing)
    audit.record(work, actor, "set_legal_hold", case)
    return standing


def lift(work: Work, actor: Actor, hold_id: int) -> None:
    """End a hold; WRONG_STATE when it was lifted before."""
    access.require(actor, Permission.KEEP_RETENTION)
    standing = work.session.get(LegalHold, hold_id)
    if standing is None:
        raise DomainError(ErrorKind.NOT_FOUND)
    if standing.lifted_at is not None:
        raise DomainError(ErrorKind.WRONG_STATE, state="lifted")
    standing.lifted_by_id, standing.lifted_at = actor.account_id, work.now()
    audit.record(work, actor, "lift_legal_hold", standing.case)


def closed_cases(work: Work) -> list[Due]:
    """Every closed case that still has files, with its period; for the office and the command line."""
    found = []
    for case in work.session.scalars(select(Case).where(Case.state.in_(CLOSED)).order_by(Case.id)):
        count = work.session.scalar(
            select(func.count()).where(Exhibit.case_id == case.id, Exhibit.erased_at.is_(None))
        )
        if count:
            found.append(_due(work, case, count))
    return found


def due(work: Work) -> list[Due]:
    """Closed cases whose period is over today (Beijing), held or not."""
    today = work.now().astimezone(BEIJING).date()
    return [one for one in closed_cases(work) if one.until is not None and one.until < today]


def _due(work: Work, case: Case, exhibits: int) -> Due:
    closed_on = closed_at(work, case).astimezone(BEIJING).date()
    rule = _rule_for(work, case, closed_on)
    until = None if rule is None else _years_later(closed_on, rule.years)
    held = work.session.scalar(
        select(LegalHold.id).where(LegalHold.case_id == case.id, LegalHold.lifted_at.is_(None)).limit(1)
    )
    return Due(case, closed_on, rule, until, held is not None, exhibits)


def closed_at(work: Work, case: Case) -> datetime:
    """When a closed case came to its end: the court's decision, the seal, or the answer no (UTC)."""
    decided = select(func.max(Confirmation.decided_at)).join(Settlement).where(Settlement.case_id == case.id)
    sealed = select(func.max(Settlement.sealed_at)).where(Settlement.case_id == case.id)
    answered = select(func.max(Participant.answered_at)).where(Participant.case_id == case.id)
    for query in (decided, sealed, answered):
        at: datetime | None = work.session.scalar(query)
        if at is not None:
            return at
    return case.submitted_at


def _rule_for(work: Work, case: Case, closed_on: date) -> RetentionRule | None:
    for whose in (RetentionRule.case_id == case.id, RetentionRule.case_id.is_(None)):
        rule = work.session.scalar(
            select(RetentionRule)
            .where(whose, RetentionRule.valid_from <= closed_on)
            .order_by(RetentionRule.valid_from.desc(), RetentionRule.id.desc())
            .limit(1)
        )
        if rule is not None:
            return rule
    return None


def _years_later(day: date, years: int) -> date:
    """The same day so many years later; 28 February for the 29th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _case(work: Work, number: str) -> Case:
    case = work.session.scalar(select(Case).where(Case.number == number.strip()))
    if case is None:
        raise DomainError(ErrorKind.NOT_FOUND)
    return case
