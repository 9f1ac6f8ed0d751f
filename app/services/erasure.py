"""Erasing an exhibit: one person of the office asks, another confirms, then key, bytes and statement are destroyed.

What stays is a tombstone: number, receipt, commitment, times, who and why. Retention periods are in ``retention``.
"""

from dataclasses import dataclass

from sqlalchemy import select

from app.domain.audience import EventKind
from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.domain.roles import SYSTEM, Actor
from app.models.cases import Case
from app.models.exhibits import Exhibit, Upload
from app.models.retention import Erasure, LegalHold
from app.models.room import Audience, CaseEvent
from app.services import access, audit, custody
from app.services.context import Services, Work
from evidence.errors import NotFound, Unavailable

LONGEST = 1_000
"""Characters of a reason or legal basis."""


@dataclass(frozen=True)
class Tombstone:
    """What is left of an erased exhibit; ``state`` is ``asked``, ``confirmed`` or ``erased``."""

    erasure: Erasure
    number: int
    receipt_number: str
    case_number: str

    @property
    def state(self) -> str:
        """How far the erasure is."""
        if self.erasure.erased_at is not None:
            return "erased"
        return "confirmed" if self.erasure.confirmed_at is not None else "asked"


def request(
    work: Work, actor: Actor, number: str, exhibit_number: int, reason: str, legal_basis: str
) -> Erasure:
    """Ask that an exhibit be erased. NOT_FOUND, EXHIBIT_ERASED, WRONG_STATE (asked before), LEGAL_HOLD."""
    access.require(actor, Permission.KEEP_RETENTION)
    exhibit = work.session.scalar(
        select(Exhibit).join(Case).where(Case.number == number.strip(), Exhibit.number == exhibit_number)
    )
    if exhibit is None:
        raise DomainError(ErrorKind.NOT_FOUND)
    if exhibit.erased_at is not None:
        raise DomainError(ErrorKind.EXHIBIT_ERASED)
    if any(one.exhibit_id == exhibit.id for one in _open(work)):
        raise DomainError(ErrorKind.WRONG_STATE, state="asked")
    require_no_hold(work, exhibit.case)
    erasure = Erasure(
        exhibit_id=exhibit.id,
        reason=words(reason, "reason"),
        legal_basis=words(legal_basis, "legal_basis"),
        requested_by_id=_person(actor),
        requested_at=work.now(),
    )
    work.session.add(erasure)
    audit.record(work, actor, "ask_for_erasure", exhibit.case, exhibit=exhibit.receipt_number)
    return erasure


def withdraw(work: Work, actor: Actor, erasure_id: int) -> None:
    """Take a request back; WRONG_STATE once it is confirmed."""
    access.require(actor, Permission.KEEP_RETENTION)
    erasure = _get(work, erasure_id)
    _require_waiting(erasure)
    erasure.withdrawn_at = work.now()
    exhibit = erasure.exhibit
    audit.record(work, actor, "withdraw_erasure", exhibit.case, exhibit=exhibit.receipt_number)


def confirm(services: Services, actor: Actor, erasure_id: int) -> None:
    """Confirm as the second person and carry it out. SECOND_PERSON_NEEDED, LEGAL_HOLD, WRONG_STATE.

    STORE_UNAVAILABLE: it is confirmed, and the worker goes on until it is done. Never inside a transaction.
    """
    with services.work() as work:
        access.require(actor, Permission.KEEP_RETENTION)
        erasure = _get(work, erasure_id)
        _require_waiting(erasure)
        if erasure.requested_by_id == _person(actor):
            raise DomainError(ErrorKind.SECOND_PERSON_NEEDED)
        exhibit = erasure.exhibit
        require_no_hold(work, exhibit.case)
        erasure.confirmed_by_id, erasure.confirmed_at = _person(actor), work.now()
        audit.record(work, actor, "confirm_erasure", exhibit.case, exhibit=exhibit.receipt_number)
    _carry_out(services, erasure_id)


def carry_out_waiting(services: Services) -> int:
    """Finish confirmed erasures that a crash or an absent store interrupted; the number of them."""
    with services.reading() as work:
        waiting = list(
            work.session.scalars(
                select(Erasure.id).where(Erasure.confirmed_at.is_not(None), Erasure.erased_at.is_(None))
            )
        )
    for erasure_id in waiting:
        _carry_out(services, erasure_id)
    return len(waiting)


def _carry_out(services: Services, erasure_id: int) -> None:
    """Key and bytes first, then the rows: whatever dies between, a later run ends in the same state."""
    with services.reading() as work:
        address = _get(work, erasure_id).exhibit.store_address
    there = True
    try:
        services.store.erase(address)
    except NotFound:
        there = False
    except Unavailable as error:
        raise DomainError(ErrorKind.STORE_UNAVAILABLE) from error
    with services.work() as work:
        erasure = _get(work, erasure_id)
        if erasure.erased_at is None:
            _finish(work, erasure, there)


def _finish(work: Work, erasure: Erasure, there: bool) -> None:
    exhibit = erasure.exhibit
    erasure.erased_at = exhibit.erased_at = work.now()
    _forget(work, exhibit)
    custody.add(
        work,
        exhibit,
        "erased",
        reason=erasure.legal_basis,
        file="destroyed" if there else "was_missing",
        requested_by=erasure.requested_by.pseudonym,
        confirmed_by=erasure.confirmed_by.pseudonym if erasure.confirmed_by is not None else "",
    )
    audit.record(work, SYSTEM, "erase_exhibit", exhibit.case, exhibit=exhibit.receipt_number, file=there)


def _forget(work: Work, exhibit: Exhibit) -> None:
    """All that leads from the commitment back to the file: salt, statement, names, digests, what the room was told."""
    exhibit.statement, exhibit.attestation = {}, b""
    exhibit.file_name = exhibit.sha256 = exhibit.sm3 = exhibit.media_type = ""
    for viewer in list(exhibit.viewers):
        work.session.delete(viewer)
    for upload in work.session.scalars(select(Upload).where(Upload.exhibit_id == exhibit.id)):
        upload.file_name, upload.claimed_type, upload.details = "", "", {}
    told = (
        select(CaseEvent)
        .join(Audience)
        .where(Audience.case_id == exhibit.case_id, CaseEvent.kind == EventKind.EXHIBIT_RECEIVED)
    )
    for event in work.session.scalars(told):
        if event.payload.get("exhibit") == exhibit.number:
            kept = ("exhibit", "receipt", "secret")
            event.payload = {key: event.payload[key] for key in kept if key in event.payload}


def require_no_hold(work: Work, case: Case) -> None:
    """LEGAL_HOLD while the case must not be touched."""
    standing = select(LegalHold.id).where(LegalHold.case_id == case.id, LegalHold.lifted_at.is_(None))
    if work.session.scalar(standing.limit(1)) is not None:
        raise DomainError(ErrorKind.LEGAL_HOLD)


def of_exhibit(work: Work, exhibit: Exhibit) -> Tombstone | None:
    """An exhibit's erasure that is asked for, confirmed or done; None without one."""
    found = work.session.scalar(
        select(Erasure)
        .where(Erasure.exhibit_id == exhibit.id, Erasure.withdrawn_at.is_(None))
        .order_by(Erasure.id.desc())
        .limit(1)
    )
    return None if found is None else _tombstone(found)


def listed(work: Work, actor: Actor) -> list[Tombstone]:
    """Every erasure that is asked for or done, the newest first."""
    access.require(actor, Permission.KEEP_RETENTION)
    query = select(Erasure).where(Erasure.withdrawn_at.is_(None)).order_by(Erasure.id.desc()).limit(200)
    return [_tombstone(one) for one in work.session.scalars(query)]


def _tombstone(erasure: Erasure) -> Tombstone:
    exhibit = erasure.exhibit
    return Tombstone(erasure, exhibit.number, exhibit.receipt_number, exhibit.case.number)


def _open(work: Work) -> list[Erasure]:
    return list(
        work.session.scalars(
            select(Erasure).where(Erasure.withdrawn_at.is_(None), Erasure.erased_at.is_(None))
        )
    )


def _get(work: Work, erasure_id: int) -> Erasure:
    erasure = work.session.get(Erasure, erasure_id)
    if erasure is None:
        raise DomainError(ErrorKind.NOT_FOUND)
    return erasure


def _require_waiting(erasure: Erasure) -> None:
    if erasure.confirmed_at is not None or erasure.withdrawn_at is not None:
        raise DomainError(ErrorKind.WRONG_STATE, state="decided")


def words(text: str, field: str) -> str:
    """A reason as written, or INVALID_INPUT."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise DomainError(ErrorKind.INVALID_INPUT, field, problem="missing" if not text else "too_long")
    return text


def _person(actor: Actor) -> int:
    if actor.account_id is None:
        raise DomainError(ErrorKind.NOT_SIGNED_IN)
    return actor.account_id
