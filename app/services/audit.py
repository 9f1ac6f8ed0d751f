"""The record of every act and refusal with its actor. Written in the act's own transaction."""

from typing import Any

from sqlalchemy import select

from app.domain.roles import Actor
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


def latest(work: Work, limit: int = 200) -> list[Audit]:
    """The newest lines first."""
    return list(work.session.scalars(select(Audit).order_by(Audit.id.desc()).limit(limit)))
