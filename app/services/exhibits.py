"""Seeing and fetching exhibits: who may see which, the looks and downloads recorded in custody and audit.

Receiving is in ``uploads`` and ``receipts``; the proof file is in ``proofs``.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.domain.roles import PARTIES, Actor, Role
from app.models.accounts import Account
from app.models.cases import Case, Participant
from app.models.exhibits import Exhibit, Upload
from app.services import access, audit, custody, uploads
from app.services.context import Services, Work
from evidence.custody import CustodyEntry
from evidence.digest import FileDigest
from evidence.errors import NotFound, Tampered, Unavailable

NOTED_FOR = timedelta(days=1)
"""How long a look or a download stands for later ones of the same person."""

log = logging.getLogger(__name__)


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
    erased_at: datetime | None = None
    """Since when only a tombstone is left; ``exhibit`` is None then."""


@dataclass(frozen=True)
class CustodyStep:
    """One custody entry for people: ``account`` is None where the platform itself acted."""

    entry: CustodyEntry
    at: datetime
    account: Account | None
    seat: Participant | None


@dataclass(frozen=True)
class Folder:
    """A case's exhibits as one actor sees them, and what the actor may add. ``seat`` is None for the court."""

    case: Case
    seat: Participant | None
    listed: list[Listed]
    may_upload: bool
    unfinished: list[Upload]
    possible_viewers: list[Participant]

    @property
    def waiting(self) -> list[int]:
        """Numbers of the exhibits that are not anchored yet."""
        return [item.number for item in self.listed if not item.anchored]


def folder(work: Work, actor: Actor, number: str) -> Folder:
    """All exhibits of a case in their order; secret ones of others without name and content."""
    entry = access.in_case(work, actor, number, Permission.SEE_EXHIBIT)
    query = select(Exhibit).where(Exhibit.case_id == entry.case.id).order_by(Exhibit.number)
    if entry.until is not None:
        query = query.where(Exhibit.received_at <= entry.until)
    seat = entry.participant
    return Folder(
        case=entry.case,
        seat=seat,
        listed=[_listed(entry, exhibit) for exhibit in work.session.scalars(query)],
        may_upload=entry.may(Permission.UPLOAD_EXHIBIT)
        and seat is not None
        and uploads.is_open(entry.case, seat),
        unfinished=uploads.unfinished(work, actor, number) if seat is not None else [],
        possible_viewers=[
            person
            for person in entry.case.participants
            if person.removed_at is None and person is not seat and person.side in PARTIES
        ],
    )


def _listed(entry: access.CaseAccess, exhibit: Exhibit) -> Listed:
    return Listed(
        number=exhibit.number,
        receipt_number=exhibit.receipt_number,
        submitter=exhibit.participant,
        received_at=exhibit.received_at,
        secret=exhibit.secret,
        anchored=is_anchored(exhibit),
        exhibit=exhibit if exhibit.erased_at is None and may_see(entry, exhibit) else None,
        erased_at=exhibit.erased_at,
    )


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
    """One exhibit that the actor may see. NOT_FOUND, EXHIBIT_ERASED, NOT_ALLOWED for a secret one of others."""
    entry, exhibit = find(work, actor, number, exhibit_number)
    if exhibit.erased_at is not None:
        raise DomainError(ErrorKind.EXHIBIT_ERASED)
    return entry, exhibit


def find(work: Work, actor: Actor, number: str, exhibit_number: int) -> tuple[access.CaseAccess, Exhibit]:
    """The same, an erased one as well: of that there is a tombstone to be seen."""
    entry = access.in_case(work, actor, number, Permission.SEE_EXHIBIT)
    exhibit = work.session.scalar(
        select(Exhibit).where(Exhibit.case_id == entry.case.id, Exhibit.number == exhibit_number)
    )
    if exhibit is None or (entry.until is not None and exhibit.received_at > entry.until):
        raise DomainError(ErrorKind.NOT_FOUND)
    if not may_see(entry, exhibit):
        raise DomainError(ErrorKind.NOT_ALLOWED, secret=True)
    return entry, exhibit


def view(work: Work, actor: Actor, number: str, exhibit_number: int) -> Exhibit:
    """Look at an exhibit's page: logged; a secret exhibit's custody record names everybody else who looked."""
    entry, exhibit = find(work, actor, number, exhibit_number)
    audit.record(work, actor, "view_exhibit", entry.case, exhibit=exhibit.receipt_number)
    own = entry.participant is not None and entry.participant.id == exhibit.participant_id
    if exhibit.secret and not own and exhibit.erased_at is None:
        _note(work, entry, exhibit, actor, "viewed")
    return exhibit


def hand_out(work: Work, actor: Actor, number: str, exhibit_number: int, what: str = "original") -> Exhibit:
    """Record that the original, a part of it, or the ``proof`` is handed out; the bytes come after the commit."""
    entry, exhibit = get(work, actor, number, exhibit_number)
    act = "downloaded" if what == "original" else f"{what}_downloaded"
    audit.record(work, actor, f"download_{what}", entry.case, exhibit=exhibit.receipt_number)
    _note(work, entry, exhibit, actor, act)
    return exhibit


def _note(work: Work, entry: access.CaseAccess, exhibit: Exhibit, actor: Actor, act: str) -> None:
    """An act into the custody record, once a day for each person; the audit holds every one.

    Otherwise anybody who may see an exhibit could make its record so long that no proof file holds it.
    """
    own, since = custody.pseudonym(work, actor), work.now() - NOTED_FOR
    for step in reversed(custody.entries(work, exhibit)):
        at = datetime.fromisoformat(step.at)
        if at > since and (step.act, step.actor) == (act, own):
            return
    custody.add(work, exhibit, act, actor, reason=purpose(entry))


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


def reread(services: Services, exhibit: Exhibit) -> FileDigest | None:
    """Both digests of the stored original as it is now; None when it cannot be read. File work."""
    try:
        return services.store.check(exhibit.store_address)
    except (NotFound, Unavailable, Tampered):
        log.exception("the original of %s cannot be read", exhibit.receipt_number)
        return None


def record(work: Work, exhibit: Exhibit) -> list[CustodyStep]:
    """The custody record with the people behind its pseudonyms, oldest first."""
    entries = custody.entries(work, exhibit)
    people = {
        account.pseudonym: account
        for account in work.session.scalars(
            select(Account).where(Account.pseudonym.in_({entry.actor for entry in entries}))
        )
    }
    seats = {
        person.account_id: person for person in exhibit.case.participants if person.account_id is not None
    }
    steps = []
    for entry in entries:
        account = people.get(entry.actor)
        seat = seats.get(account.id) if account is not None else None
        steps.append(CustodyStep(entry, datetime.fromisoformat(entry.at), account, seat))
    return steps
