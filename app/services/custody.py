"""Writes an exhibit's custody record, entry by entry; the chaining of entries is the kernel's.

Actors are named by pseudonym, the platform itself as ``operator``; names never enter the record.
"""

from typing import Any

from sqlalchemy import select

from app.domain.roles import Actor
from app.models.accounts import Account
from app.models.exhibits import CustodyRecord, Exhibit
from app.services.context import Work
from evidence.custody import CustodyEntry, append_entry

OPERATOR = "operator"


def entries(work: Work, exhibit: Exhibit) -> list[CustodyEntry]:
    """The whole record, oldest first."""
    rows = work.session.scalars(
        select(CustodyRecord).where(CustodyRecord.exhibit_id == exhibit.id).order_by(CustodyRecord.sequence)
    )
    return [CustodyEntry.parse(row.entry, f"custody[{row.sequence - 1}]") for row in rows]


def add(
    work: Work, exhibit: Exhibit, act: str, actor: Actor | None = None, reason: str = "", **details: Any
) -> CustodyEntry:
    """The next entry; ``actor`` None means the platform itself. The writing transaction keeps the order."""
    last = work.session.scalar(
        select(CustodyRecord)
        .where(CustodyRecord.exhibit_id == exhibit.id)
        .order_by(CustodyRecord.sequence.desc())
        .limit(1)
    )
    previous = CustodyEntry.parse(last.entry, "custody") if last is not None else None
    entry = append_entry(
        previous,
        act=act,
        actor=pseudonym(work, actor),
        at=work.now(),
        reason=reason,
        details=details,
    )
    return keep(work, exhibit, entry)


def keep(work: Work, exhibit: Exhibit, entry: CustodyEntry) -> CustodyEntry:
    """Store an entry that the kernel made."""
    work.session.add(CustodyRecord(exhibit_id=exhibit.id, sequence=entry.sequence, entry=entry.as_json()))
    return entry


def pseudonym(work: Work, actor: Actor | None) -> str:
    """How an actor is called in statements and custody records."""
    if actor is None or actor.account_id is None:
        return OPERATOR
    return work.session.get_one(Account, actor.account_id).pseudonym
