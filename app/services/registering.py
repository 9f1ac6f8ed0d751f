"""Exhibits written in groups: looked up, checked, numbered and inserted with a few statements for all of them.
Not here: their bytes, and who waits for a receipt (see ``receipts``)."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Row, Table, bindparam, insert, select, update
from sqlalchemy.orm import make_transient_to_detached

from app.domain.audience import AudienceKind, EventKind
from app.domain.errors import DomainError, ErrorKind
from app.domain.lifecycle import ConsentStage
from app.domain.permissions import Permission, may
from app.domain.roles import PARTIES, Actor
from app.models.accounts import Account, LoginSession
from app.models.cases import Audit, Case, Consent, Participant
from app.models.exhibits import CustodyRecord, Exhibit, ExhibitViewer, LedgerJob, Upload, UploadState
from app.models.room import Audience, CaseEvent
from app.services import access, custody, uploads
from app.services.context import Work
from evidence.custody import received_entry
from evidence.digest import FileDigest
from evidence.errors import EvidenceError
from evidence.statement import (
    Statement,
    StatementKind,
    exhibit_body,
    origin_json,
    subject_of,
    submitter_json,
)

REASON = "submitted in mediation"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Arrived:
    """A complete upload whose bytes are durable in the store. media_type: recognised by content."""

    actor: Actor
    upload_id: str
    digest: FileDigest
    media_type: str
    address: str


Outcome = Exhibit | Exception
"""What becomes of one of a group: its exhibit, or why there is none."""


def standing(work: Work, wishes: Sequence[tuple[Actor, str]]) -> list[Row[Any] | Exhibit | DomainError]:
    """For each (actor, upload id): the upload with case and seat if the actor may finish it now; the exhibit if it
    is one already; or the refusal. What is not plainly allowed is decided by the rule for single uploads."""
    rows = _rows(work, {upload_id for _, upload_id in wishes})
    agreed = _agreed(work, {row.participant_id for row in rows.values()})
    return [_standing(work, actor, upload_id, rows.get(upload_id), agreed) for actor, upload_id in wishes]


def _rows(work: Work, ids: Iterable[str]) -> dict[str, Row[Any]]:
    rows = work.session.connection().execute(_UPLOADS, {"ids": sorted(ids)})
    return {row.id: row for row in rows}


def _agreed(work: Work, seats: Iterable[int]) -> dict[int, bool]:
    """Each seat's last answer to the agreement on preservation."""
    rows = work.session.connection().execute(_AGREED, {"seats": sorted(seats)})
    return {row.participant_id: row.granted for row in rows}


def _standing(
    work: Work, actor: Actor, upload_id: str, row: Row[Any] | None, agreed: dict[int, bool]
) -> Row[Any] | Exhibit | DomainError:
    if row is not None and _plainly_allowed(actor, row, agreed):
        return row
    try:
        upload = uploads.own(work, actor, upload_id)
        if upload.exhibit_id is not None:
            return work.session.get_one(Exhibit, upload.exhibit_id)
        uploads.require_open(upload.case, upload.participant)
    except DomainError as refusal:
        return refusal
    return row if row is not None else DomainError(ErrorKind.NOT_FOUND)


def _plainly_allowed(actor: Actor, row: Row[Any], agreed: dict[int, bool]) -> bool:
    """The actor's own unfinished upload, from a seat that may hand in files, in a case that takes them."""
    if row.state is not UploadState.RECEIVING or row.case_state not in uploads.OPEN_STATES:
        return False
    if actor.account_id is None or row.account_id != actor.account_id or row.removed_at is not None:
        return False
    roles = access.roles_at_table(actor, row.side)
    if not (may(roles, Permission.SEE_CASE) and may(roles, Permission.UPLOAD_EXHIBIT)):
        return False
    return row.side not in PARTIES or agreed.get(row.participant_id, False)


def register(work: Work, group: Sequence[Arrived]) -> list[Outcome]:
    """Exhibits of a group in its order, each with custody, ledger job, viewers, room event and audit.

    One that cannot be made leaves no number unused and the others as they are. An upload that comes twice
    becomes one exhibit.
    """
    stands = standing(work, [(one.actor, one.upload_id) for one in group])
    people = _People(work, [one.actor for one in group])
    last = {row.case_id: row.last_exhibit_number for row in stands if isinstance(row, Row)}
    made: dict[str, _Made] = {}
    outcomes: list[Outcome] = []
    for one, row in zip(group, stands, strict=True):
        if not isinstance(row, Row):
            outcomes.append(row)
            continue
        if one.upload_id not in made:
            try:
                made[one.upload_id] = _make(work, one, row, last[row.case_id] + 1, people)
            except (DomainError, EvidenceError) as error:
                outcomes.append(error)
                continue
            except Exception as error:  # whatever it is about one, the others have their receipts
                log.exception("an upload cannot be made an exhibit")
                outcomes.append(error)
                continue
            last[row.case_id] += 1
        outcomes.append(made[one.upload_id].exhibit)
    if made:
        _write(work, list(made.values()))
    return outcomes


class _People:
    """How the submitters of a group are called in statements, and how their identities were checked."""

    def __init__(self, work: Work, actors: Iterable[Actor]) -> None:
        known = set(actors)
        accounts = sorted({actor.account_id for actor in known if actor.account_id is not None})
        sessions = sorted({actor.session_id for actor in known if actor.session_id})
        run = work.session.connection().execute
        self._names = {row.id: row.pseudonym for row in run(_NAMES, {"accounts": accounts})}
        self._methods = {row.id: row.method for row in run(_METHODS, {"sessions": sessions})}
        self._subjects: dict[tuple[Any, ...], tuple[dict[str, str], bytes]] = {}

    def submitter(self, actor: Actor, row: Row[Any]) -> tuple[dict[str, str], bytes]:
        """The submitter as the statement has it, and the attestation's subject."""
        account = self._names.get(actor.account_id, custody.OPERATOR)
        method = self._methods.get(actor.session_id, "none")
        key = (account, row.side, method)
        if key not in self._subjects:
            said = submitter_json(account=account, role=row.side.value, identity_method=method)
            self._subjects[key] = said, subject_of(said)
        return self._subjects[key]


@dataclass(frozen=True)
class _Made:
    """An exhibit that is still to be written, with the first entry of its custody record."""

    exhibit: Exhibit
    values: dict[str, Any]
    custody: dict[str, Any]
    viewers: list[int]
    actor: Actor
    upload_id: str


def _make(work: Work, one: Arrived, row: Row[Any], number: int, people: _People) -> _Made:
    receipt = f"{row.number}-E{number:03d}"
    submitter, subject = people.submitter(one.actor, row)
    statement = Statement.create(
        StatementKind.EXHIBIT,
        exhibit_body(
            case_ref=f"0x{row.reference.hex()}",
            number=receipt,
            file_name=row.file_name,
            media_type=one.media_type,
            digest=one.digest,
            submitter=submitter,
            received_at=work.now(),
            origin=origin_json(**row.details["origin"]),
            secret=row.details["secret"],
        ),
    )
    commitment = statement.commitment()
    values = {
        "case_id": row.case_id,
        "participant_id": row.participant_id,
        "number": number,
        "receipt_number": receipt,
        "file_name": row.file_name,
        "media_type": one.media_type,
        "size": one.digest.size,
        "sha256": one.digest.sha256.hex(),
        "sm3": one.digest.sm3.hex(),
        "store_address": one.address,
        "statement": statement.as_json(),
        "commitment": commitment,
        "attestation": work.services.ledger.attest(commitment, subject),
        "secret": row.details["secret"],
        "received_at": datetime.fromisoformat(statement.received_at),
        "erased_at": None,
    }
    entry = received_entry(statement, reason=REASON).as_json()
    viewers = row.details["viewers"]
    return _Made(Exhibit(**values), values, entry, viewers, one.actor, one.upload_id)


def _write(work: Work, group: list[_Made]) -> None:
    """Insert all of them; the order of the group is the order of their numbers and of the room's events."""
    run = work.session.connection().execute
    ids = {row.receipt_number: row.id for row in run(_NEW_EXHIBITS, [one.values for one in group])}
    for one in group:
        one.exhibit.id = ids[one.exhibit.receipt_number]
    now = work.now()
    run(_NEW_CUSTODY, [_custody_row(one) for one in group])
    run(_NEW_JOBS, [_job_row(one, now) for one in group])
    viewers = [
        {"exhibit_id": one.exhibit.id, "participant_id": viewer} for one in group for viewer in one.viewers
    ]
    if viewers:
        run(_NEW_VIEWERS, viewers)
    run(_NEW_AUDIT, [_audit_row(one, now) for one in group])
    run(_FINISHED, [{"upload": one.upload_id, "exhibit": one.exhibit.id} for one in group])
    last = {one.exhibit.case_id: one.exhibit.number for one in group}
    run(_NUMBERED, [{"case": case, "last": number} for case, number in last.items()])
    _tell_room(work, group, now)
    for one in group:
        make_transient_to_detached(one.exhibit)


def _custody_row(one: _Made) -> dict[str, Any]:
    return {"exhibit_id": one.exhibit.id, "sequence": one.custody["sequence"], "entry": one.custody}


def _job_row(one: _Made, now: datetime) -> dict[str, Any]:
    return {
        "commitment": one.exhibit.commitment,
        "case_id": one.exhibit.case_id,
        "exhibit_id": one.exhibit.id,
        "created_at": now,
    }


def _audit_row(one: _Made, now: datetime) -> dict[str, Any]:
    return {
        "at": now,
        "account_id": one.actor.account_id,
        "case_id": one.exhibit.case_id,
        "act": "submit_exhibit",
        "allowed": True,
        "detail": {"exhibit": one.exhibit.receipt_number},
    }


def _tell_room(work: Work, group: list[_Made], now: datetime) -> None:
    """An event in the joint room for each, numbered on from the last one there."""
    run = work.session.connection().execute
    rooms = run(_ROOMS, {"cases": sorted({one.exhibit.case_id for one in group})}).all()
    room = {row.case_id: row.id for row in rooms}
    sequence = Counter({row.id: row.last_sequence for row in rooms})
    events = []
    for one in group:
        place = room[one.exhibit.case_id]
        sequence[place] += 1
        events.append(
            {
                "audience_id": place,
                "sequence": sequence[place],
                "kind": EventKind.EXHIBIT_RECEIVED,
                "participant_id": one.exhibit.participant_id,
                "payload": announced(one.exhibit),
                "at": now,
            }
        )
    run(_NEW_EVENTS, events)
    run(_HEARD, [{"place": place, "last": sequence[place]} for place in room.values()])
    work.wake_room()


def announced(exhibit: Exhibit) -> dict[str, Any]:
    """What the joint room learns: of a secret exhibit its number only, not its name, size or digests."""
    known = {"exhibit": exhibit.number, "receipt": exhibit.receipt_number, "secret": exhibit.secret}
    if exhibit.secret:
        return known
    return known | {
        "file_name": exhibit.file_name,
        "media_type": exhibit.media_type,
        "size": exhibit.size,
        "sha256": exhibit.sha256,
        "sm3": exhibit.sm3,
    }


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


def _any_of(name: str) -> BindParameter[Any]:
    return bindparam(name, expanding=True)


_upload, _case, _seat = _table(Upload), _table(Case), _table(Participant)
_account, _login, _consent = _table(Account), _table(LoginSession), _table(Consent)
_exhibit, _room = _table(Exhibit), _table(Audience)

# Built once: of a small group, building and compiling the statements would be the greater part.
_UPLOADS = (
    select(
        _upload.c.id,
        _upload.c.case_id,
        _upload.c.participant_id,
        _upload.c.file_name,
        _upload.c.size,
        _upload.c.state,
        _upload.c.details,
        _case.c.number,
        _case.c.reference,
        _case.c.state.label("case_state"),
        _case.c.last_exhibit_number,
        _seat.c.account_id,
        _seat.c.side,
        _seat.c.removed_at,
    )
    .join(_case, _case.c.id == _upload.c.case_id)
    .join(_seat, _seat.c.id == _upload.c.participant_id)
    .where(_upload.c.id.in_(_any_of("ids")))
)
_AGREED = (
    select(_consent.c.participant_id, _consent.c.granted)
    .where(_consent.c.participant_id.in_(_any_of("seats")), _consent.c.stage == ConsentStage.PRESERVATION)
    .order_by(_consent.c.id)
)
_NAMES = select(_account.c.id, _account.c.pseudonym).where(_account.c.id.in_(_any_of("accounts")))
_METHODS = select(_login.c.id, _login.c.method).where(_login.c.id.in_(_any_of("sessions")))
_NEW_EXHIBITS = insert(_exhibit).returning(_exhibit.c.id, _exhibit.c.receipt_number)
_NEW_CUSTODY = insert(_table(CustodyRecord))
_NEW_JOBS = insert(_table(LedgerJob))
_NEW_VIEWERS = insert(_table(ExhibitViewer))
_NEW_AUDIT = insert(_table(Audit))
_NEW_EVENTS = insert(_table(CaseEvent))
_FINISHED = (
    update(_upload)
    .where(_upload.c.id == bindparam("upload"))
    .values(state=UploadState.FINISHED, exhibit_id=bindparam("exhibit"))
)
_NUMBERED = update(_case).where(_case.c.id == bindparam("case")).values(last_exhibit_number=bindparam("last"))
_ROOMS = select(_room.c.case_id, _room.c.id, _room.c.last_sequence).where(
    _room.c.case_id.in_(_any_of("cases")), _room.c.kind == AudienceKind.JOINT
)
_HEARD = update(_room).where(_room.c.id == bindparam("place")).values(last_sequence=bindparam("last"))
