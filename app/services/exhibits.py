"""Seeing and fetching exhibits: who may see which, the looks and downloads recorded in custody and audit.

Receiving is in ``uploads`` and ``receipts``; the proof file is in ``proofs``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.domain.roles import Actor, Role
from app.models.cases import Participant
from app.models.exhibits import Exhibit
from app.services import access, audit, custody
from app.services.context import Services, Work
from evidence.errors import NotFound, Unavailable


@dataclass(frozen=True)
class Listed:
    """An exhibit in a list; ``exhibit`` is None where the reader may know only that it is there."""

    number: int
    receipt_number: str
    submitter: Participant
    received_at: datetime
    secret: bool
    anchored: bool
    exhibit: Exhibit | None


def listing(work: Work, actor: Actor, number: str) -> list[Listed]:
    """All exhibits of a case in their order; secret ones of others without name and content."""
    entry = access.in_case(work, actor, number, Permission.SEE_EXHIBIT)
    query = select(Exhibit).where(Exhibit.case_id == entry.case.id).order_by(Exhibit.number)
    return [
        Listed(
            number=exhibit.number,
            receipt_number=exhibit.receipt_number,
            submitter=exhibit.participant,
            received_at=exhibit.received_at,
            secret=exhibit.secret,
            anchored=is_anchored(exhibit),
            exhibit=exhibit if may_see(entry, exhibit) else None,
        )
        for exhibit in work.session.scalars(query)
    ]


def may_see(entry: access.CaseAccess, exhibit: Exhibit) -> bool:
    """Secret ones: submitter, named viewers, the mediator and the court; others: everybody in the case."""
    if not exhibit.secret or entry.roles & {Role.CASE_MEDIATOR, Role.CASE_JUDGE}:
        return True
    seat = entry.participant
    if seat is None:
        return False
    return seat.id == exhibit.participant_id or seat.id in {
        viewer.participant_id for viewer in exhibit.viewers
    }


def is_anchored(exhibit: Exhibit) -> bool:
    """Whether the chain holds the exhibit's commitment now."""
    job = exhibit.job
    return job is not None and job.batch is not None and job.batch.anchored_at is not None


def get(work: Work, actor: Actor, number: str, exhibit_number: int) -> tuple[access.CaseAccess, Exhibit]:
    """One exhibit that the actor may see. NOT_FOUND, or NOT_ALLOWED for a secret one of others."""
    entry = access.in_case(work, actor, number, Permission.SEE_EXHIBIT)
    exhibit = work.session.scalar(
        select(Exhibit).where(Exhibit.case_id == entry.case.id, Exhibit.number == exhibit_number)
    )
    if exhibit is None:
        raise DomainError(ErrorKind.NOT_FOUND)
    if not may_see(entry, exhibit):
        raise DomainError(ErrorKind.NOT_ALLOWED, secret=True)
    return entry, exhibit


def view(work: Work, actor: Actor, number: str, exhibit_number: int) -> Exhibit:
    """Look at an exhibit's page: logged; a secret exhibit's custody record names every look by others."""
    entry, exhibit = get(work, actor, number, exhibit_number)
    audit.record(work, actor, "view_exhibit", entry.case, exhibit=exhibit.receipt_number)
    own = entry.participant is not None and entry.participant.id == exhibit.participant_id
    if exhibit.secret and not own:
        custody.add(work, exhibit, "viewed", actor, reason=purpose(entry))
    return exhibit


def hand_out(work: Work, actor: Actor, number: str, exhibit_number: int, what: str = "original") -> Exhibit:
    """Record that the original (or the ``proof``) is handed to the actor; the bytes come after the commit."""
    entry, exhibit = get(work, actor, number, exhibit_number)
    act = "downloaded" if what == "original" else f"{what}_downloaded"
    audit.record(work, actor, f"download_{what}", entry.case, exhibit=exhibit.receipt_number)
    custody.add(work, exhibit, act, actor, reason=purpose(entry))
    return exhibit


def purpose(entry: access.CaseAccess) -> str:
    """Why somebody touches an exhibit, for the custody record."""
    return "judicial confirmation" if Role.CASE_JUDGE in entry.roles else "mediation"


def pieces(services: Services, exhibit: Exhibit, start: int, end: int) -> Iterator[bytes]:
    """The original's bytes ``[start, end)`` in pieces of at most 1 MiB, each authenticated. File work.

    STORE_UNAVAILABLE when the disk cannot be read, NOT_FOUND when the file was erased.
    """
    try:
        if start == 0 and end == exhibit.size:
            return services.store.open(exhibit.store_address)
        return services.store.read(exhibit.store_address, start, end)
    except NotFound as error:
        raise DomainError(ErrorKind.NOT_FOUND) from error
    except Unavailable as error:
        raise DomainError(ErrorKind.STORE_UNAVAILABLE) from error
