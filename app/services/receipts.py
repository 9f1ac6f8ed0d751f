"""From a complete upload to an exhibit with its receipt; finishing may be repeated. Those who finish at the same time
share one look at the database, one go of the disk and one transaction.

Receiving the bytes is in ``uploads``, writing exhibits in ``registering``, anchoring in ``anchoring``.
"""

import logging
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import DataError, IntegrityError

from app.domain.errors import DomainError, ErrorKind
from app.domain.file_types import HEAD
from app.domain.roles import Actor
from app.models.exhibits import Exhibit
from app.services import registering, uploads
from app.services.context import Services
from app.services.queues import Ticket
from app.services.registering import Arrived, Outcome
from evidence.digest import FileDigest
from evidence.errors import EvidenceError, Refused, Unavailable
from evidence.faults import reach
from evidence.store import StoredFile
from evidence.store import Upload as Staged

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Wish:
    """What one caller wants finished. claimed: SHA-256 and SM3 as the sender computed them."""

    actor: Actor
    upload_id: str
    claimed: tuple[bytes, bytes]


def finish(
    services: Services,
    actor: Actor,
    upload_id: str,
    sha256: str,
    sm3: str,
    run: uploads.Run = uploads.directly,
) -> Exhibit:
    """Make an exhibit of a complete upload; finishing twice gives the same one.

    ``sha256`` and ``sm3``: hexadecimal digests as the sender computed them. ``run`` executes file work, so
    that a caller that serves rooms can have it done elsewhere. UPLOAD_BROKEN (with ``offset``) while bytes
    are missing, DIGEST_DIFFERS, FILE_TYPE_CLAIM, STORE_UNAVAILABLE: no receipt exists after any of them.
    """
    wish = _Wish(actor, upload_id, _claimed(sha256, sm3))
    done: list[str] = []
    try:
        exhibit: Exhibit = services.receipts.ask(
            wish, lambda group: done.extend(_serve(services, group, run))
        )
    finally:
        if done:
            run(_let_go, services, done)
    return exhibit


def _claimed(sha256: str, sm3: str) -> tuple[bytes, bytes]:
    values = []
    for name, text in (("sha256", sha256), ("sm3", sm3)):
        if not re.fullmatch(r"(0x)?[0-9a-fA-F]{64}", text):
            raise DomainError(ErrorKind.INVALID_INPUT, name, problem="unknown")
        values.append(bytes.fromhex(text.removeprefix("0x")))
    return values[0], values[1]


def _serve(services: Services, group: list[Ticket], run: uploads.Run) -> list[str]:
    """Settle every ticket; the uploads that are exhibits now. What one of a group meets is its own trouble, except
    where the database fails for all."""
    going = _look(services, group)
    filed = run(_file_all, services, [(ticket.wish, row) for ticket, row in going])
    arrived: list[tuple[Ticket, Arrived]] = []
    failed: list[tuple[Ticket, Exception]] = []
    for (ticket, _), found in zip(going, filed, strict=True):
        trouble = found if isinstance(found, Exception) else _reached("receipts.filed")
        if trouble is not None:
            failed.append((ticket, trouble))
        elif isinstance(found, Arrived):
            arrived.append((ticket, found))
    outcomes = _register(services, [one for _, one in arrived]) if arrived else []
    for (ticket, _), outcome in zip(arrived, outcomes, strict=True):
        _settle(ticket, _reached("receipts.registered") or outcome)
    if failed:
        _settle_failed(services, failed, run)
    return [ticket.wish.upload_id for ticket, _ in arrived if isinstance(ticket.value, Exhibit)]


def _look(services: Services, group: list[Ticket]) -> list[tuple[Ticket, Row[Any]]]:
    """Those whose files are to be filed now; the others are settled."""
    with services.reading() as work:
        stands = registering.standing(work, [(ticket.wish.actor, ticket.wish.upload_id) for ticket in group])
    going = []
    for ticket, stand in zip(group, stands, strict=True):
        if isinstance(stand, Row):
            going.append((ticket, stand))
        else:
            _settle(ticket, stand)
    return going


def _settle(ticket: Ticket, outcome: Outcome) -> None:
    if isinstance(outcome, Exhibit):
        ticket.settle(outcome)
    else:
        ticket.settle(error=outcome)


def _is_exhibit(outcome: Outcome) -> bool:
    return isinstance(outcome, Exhibit)


def _reached(point: str) -> Exception | None:
    """Pass a fault point for one of a group; what happens there happens to it alone."""
    try:
        reach(point)
    except (EvidenceError, OSError) as error:
        return error
    return None


def _settle_failed(services: Services, failed: list[tuple[Ticket, Exception]], run: uploads.Run) -> None:
    """Whoever could not be filed gets the reason, unless somebody else has finished the same upload meanwhile."""
    with services.reading() as work:
        stands = registering.standing(work, [(one.wish.actor, one.wish.upload_id) for one, _ in failed])
    for (ticket, trouble), stand in zip(failed, stands, strict=True):
        if isinstance(stand, Exhibit):
            ticket.settle(stand)
            continue
        if isinstance(trouble, DomainError) and trouble.kind is ErrorKind.FILE_TYPE_CLAIM:
            try:
                uploads.abandon(services, ticket.wish.actor, ticket.wish.upload_id, run)
            except DomainError:
                log.exception("an upload with a false extension could not be given up")
        ticket.settle(error=trouble)


def _register(services: Services, arrived: list[Arrived]) -> list[Outcome]:
    """The one transaction of a group. If the database refuses what is written, each is tried in one of its own."""
    try:
        return _register_together(services, arrived)
    except (IntegrityError, DataError) as error:
        if len(arrived) == 1:
            return [error]
        log.warning("a group of %d exhibits was refused by the database: one by one", len(arrived))
    return [_register(services, [one])[0] for one in arrived]


def _register_together(services: Services, arrived: list[Arrived]) -> list[Outcome]:
    with services.receipts.writer, services.work() as work:
        outcomes = registering.register(work, arrived)
        for _ in filter(_is_exhibit, outcomes):
            reach("receipts.registering")
        return outcomes


def scope_of(upload_id: str) -> str:
    """Every upload is a scope of its own: erasing one exhibit leaves an equal one of another person alone."""
    return f"upload {upload_id}"


@dataclass(frozen=True)
class _Complete:
    """An upload with all its bytes, which are those that its sender has."""

    staged: Staged
    digest: FileDigest
    media_type: str


def _file_all(services: Services, group: list[tuple[_Wish, Row[Any]]]) -> list[Arrived | Exception]:
    """Put the bytes of a group into the store durably; for each what it is now, or why it is not there. File work."""
    prepared = [_prepare(services, wish, row) for wish, row in group]
    complete = [one for one in prepared if isinstance(one, _Complete)]
    stored = iter(
        services.store.file_away([(one.staged, scope_of(one.staged.upload_id)) for one in complete])
    )
    return [
        _arrived(wish, one, next(stored)) if isinstance(one, _Complete) else one
        for (wish, _), one in zip(group, prepared, strict=True)
    ]


def _prepare(services: Services, wish: _Wish, row: Row[Any]) -> _Complete | Arrived | Exception:
    try:
        address = uploads.filed(services, row.details)
        if address is not None:
            return _filed_before(services, wish, row, address)
        staged = services.store.stage(wish.upload_id)
        if staged.offset != row.size:
            return DomainError(ErrorKind.UPLOAD_BROKEN, offset=staged.offset, size=row.size)
        digest = staged.digest()
        _require_same(digest, wish.claimed)
        return _Complete(staged, digest, uploads.require_claim(row.file_name, staged.head(HEAD)))
    except DomainError as refusal:
        return refusal
    except (EvidenceError, OSError) as error:
        return _unavailable(error)
    except Exception as error:  # whatever it is about one file, the others are filed
        log.exception("an upload cannot be filed")
        return _unavailable(error)


def _filed_before(services: Services, wish: _Wish, row: Row[Any], address: str) -> Arrived:
    """A file whose address an earlier version noted before it could write the exhibit."""
    digest = services.store.check(address)
    _require_same(digest, wish.claimed)
    head = b"".join(services.store.read(address, 0, min(HEAD, digest.size)))
    return Arrived(wish.actor, wish.upload_id, digest, uploads.require_claim(row.file_name, head), address)


def _arrived(wish: _Wish, complete: _Complete, stored: StoredFile | EvidenceError) -> Arrived | Exception:
    if isinstance(stored, EvidenceError):
        return _unavailable(stored)
    if stored.digest != complete.digest:
        return _unavailable(Refused("the upload changed while it was filed"))
    return Arrived(wish.actor, wish.upload_id, stored.digest, complete.media_type, stored.address)


def _unavailable(error: Exception) -> DomainError:
    refusal = DomainError(ErrorKind.STORE_UNAVAILABLE)
    refusal.__cause__ = error
    return refusal


def _require_same(digest: FileDigest, claimed: tuple[bytes, bytes]) -> None:
    if (digest.sha256, digest.sm3) != claimed:
        raise DomainError(
            ErrorKind.DIGEST_DIFFERS,
            "file",
            sha256=digest.sha256.hex(),
            sm3=digest.sm3.hex(),
            size=digest.size,
        )


def _let_go(services: Services, done: list[str]) -> None:
    """The exhibits are committed: their uploads leave the disk. What stays behind is swept away later."""
    try:
        services.store.forget(*done)
    except Unavailable:
        log.warning("finished uploads could not be taken off the disk")
