"""The record of every act and refusal with its actor. Written in the act's own transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.domain.roles import Actor
from app.models.accounts import Account
from app.models.cases import Audit, Case
from app.services.context import Work


def record(
    work: Work, actor: Actor, act: str, case: Case | None = None, allowed: bool = True, **detail: Any
) -> None:
    """Add one line; ``detail`` holds identifiers only, never names, contacts or texts."""
    work.session.add(
        Audit(
            at=work.now(),
            account_id=actor.account_id,
            case_id=case.id if case is not None else None,
            act=act,
            allowed=allowed,
            detail=detail,
        )
    )


@dataclass(frozen=True)
class Line:
    """One line as people read it: whose account and which case, by name and number where there were any."""

    at: datetime
    who: str | None
    case_number: str | None
    act: str
    allowed: bool


def latest(work: Work, limit: int = 200) -> list[Line]:
    """The newest lines first."""
    query = (
        select(Audit, Account.name, Case.number)
        .outerjoin(Account, Account.id == Audit.account_id)
        .outerjoin(Case, Case.id == Audit.case_id)
        .order_by(Audit.id.desc())
        .limit(limit)
    )
    return [
        Line(row.at, who, number, row.act, row.allowed) for row, who, number in work.session.execute(query)
    ]
