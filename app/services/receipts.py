"""From a complete upload to an exhibit with its receipt, in one transaction; finishing may be repeated.

Receiving the bytes is in ``uploads``, anchoring in ``anchoring``.
"""

import re
from datetime import datetime
from typing import Any

from app.domain.audience import EventKind
from app.domain.errors import DomainError, ErrorKind
from app.domain.file_types import HEAD
from app.domain.roles import Actor
from app.models.exhibits import Exhibit, ExhibitViewer, LedgerJob, Upload, UploadState
from app.services import accounts, audit, custody, room, uploads
from app.services.context import Services, Work
from evidence.custody import received_entry
from evidence.digest import FileDigest
from evidence.errors import Refused, Unavailable
from evidence.faults import reach
from evidence.statement import (
    Statement,
    StatementKind,
    exhibit_body,
    origin_json,
    subject_of,
    submitter_json,
)


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
    claimed = _claimed(sha256, sm3)
    with services.reading() as work:
        upload = uploads.own(work, actor, upload_id)
        if upload.exhibit_id is not None:
            return work.session.get_one(Exhibit, upload.exhibit_id)
        uploads.require_open(upload.case, upload.participant)
    if run(uploads.filed, services, upload) is None:
        digest = run(_whole, services, upload)
        _require_same(digest, claimed)
        with services.work() as work:
            noted = uploads.own(work, actor, upload_id)
            noted.details = {**noted.details, "address": services.store.address(_scope(upload), claimed[0])}
            upload = noted
    try:
        digest, media_type = run(_file_away, services, upload)
    except DomainError as refusal:
        if refusal.kind is ErrorKind.FILE_TYPE_CLAIM:
            uploads.abandon(services, actor, upload_id, run)
        raise
    _require_same(digest, claimed)
    reach("receipts.filed")
    with services.work() as work:
        exhibit = _register(work, actor, upload_id, digest, media_type)
    reach("receipts.registered")
    return exhibit


def _scope(upload: Upload) -> str:
    """Every upload is a scope of its own: erasing one exhibit leaves an equal one of another person alone."""
    return f"upload {upload.id}"


def _claimed(sha256: str, sm3: str) -> tuple[bytes, bytes]:
    values = []
    for name, text in (("sha256", sha256), ("sm3", sm3)):
        if not re.fullmatch(r"(0x)?[0-9a-fA-F]{64}", text):
            raise DomainError(ErrorKind.INVALID_INPUT, name, problem="unknown")
        values.append(bytes.fromhex(text.removeprefix("0x")))
    return values[0], values[1]


def _require_same(digest: FileDigest, claimed: tuple[bytes, bytes]) -> None:
    if (digest.sha256, digest.sm3) != claimed:
        raise DomainError(
            ErrorKind.DIGEST_DIFFERS,
            "file",
            sha256=digest.sha256.hex(),
            sm3=digest.sm3.hex(),
            size=digest.size,
        )


def _whole(services: Services, upload: Upload) -> FileDigest:
    """The digests of a complete upload; UPLOAD_BROKEN while bytes are missing."""
    try:
        staged = services.store.stage(upload.id)
        if staged.offset != upload.size:
            raise DomainError(ErrorKind.UPLOAD_BROKEN, offset=staged.offset, size=upload.size)
        return staged.digest()
    except Unavailable as error:
        raise DomainError(ErrorKind.STORE_UNAVAILABLE) from error


def _file_away(services: Services, upload: Upload) -> tuple[FileDigest, str]:
    """Put the bytes into the store durably; the digests and the media type by content."""
    store = services.store
    try:
        staged = store.stage(upload.id)
        complete = staged.offset == upload.size
        address = uploads.filed(services, upload)
        if address is not None:
            digest = store.check(address)
            staged.discard()
        elif complete:
            stored = staged.commit(_scope(upload))
            address, digest = stored.address, stored.digest
        else:
            raise DomainError(ErrorKind.UPLOAD_BROKEN, offset=staged.offset, size=upload.size)
        head = b"".join(store.read(address, 0, min(HEAD, digest.size)))
    except (Unavailable, Refused) as error:
        raise DomainError(ErrorKind.STORE_UNAVAILABLE) from error
    try:
        return digest, uploads.require_claim(upload.file_name, head)
    except DomainError:
        store.erase(address)
        raise


def _register(work: Work, actor: Actor, upload_id: str, digest: FileDigest, media_type: str) -> Exhibit:
    """The one transaction: exhibit, custody, ledger job, viewers, the room's event, audit."""
    upload = uploads.own(work, actor, upload_id)
    if upload.exhibit_id is not None:
        return work.session.get_one(Exhibit, upload.exhibit_id)
    case, seat = upload.case, upload.participant
    work.session.refresh(case, with_for_update=True)
    case.last_exhibit_number += 1
    receipt = f"{case.number}-E{case.last_exhibit_number:03d}"
    submitter = submitter_json(
        account=custody.pseudonym(work, actor),
        role=seat.side.value,
        identity_method=accounts.identity_method(work, actor),
    )
    statement = _statement(work, upload, receipt, digest, media_type, submitter)
    exhibit = Exhibit(
        case_id=case.id,
        participant_id=seat.id,
        number=case.last_exhibit_number,
        receipt_number=receipt,
        file_name=upload.file_name,
        media_type=media_type,
        size=digest.size,
        sha256=digest.sha256.hex(),
        sm3=digest.sm3.hex(),
        store_address=upload.details["address"],
        statement=statement.as_json(),
        commitment=statement.commitment(),
        attestation=work.services.ledger.attest(statement.commitment(), subject_of(submitter)),
        secret=upload.details["secret"],
        received_at=datetime.fromisoformat(statement.received_at),
    )
    work.session.add(exhibit)
    work.session.flush()
    exhibit.viewers.extend(ExhibitViewer(participant_id=viewer) for viewer in upload.details["viewers"])
    custody.keep(work, exhibit, received_entry(statement, reason="submitted in mediation"))
    work.session.add(
        LedgerJob(
            commitment=exhibit.commitment, case_id=case.id, exhibit_id=exhibit.id, created_at=work.now()
        )
    )
    upload.state, upload.exhibit_id = UploadState.FINISHED, exhibit.id
    audit.record(work, actor, "submit_exhibit", case, exhibit=receipt)
    room.store_event(
        work, room.joint_audience(work, case), EventKind.EXHIBIT_RECEIVED, seat, announced(exhibit)
    )
    reach("receipts.registering")
    return exhibit


def _statement(
    work: Work, upload: Upload, receipt: str, digest: FileDigest, media_type: str, submitter: dict[str, str]
) -> Statement:
    return Statement.create(
        StatementKind.EXHIBIT,
        exhibit_body(
            case_ref=f"0x{upload.case.reference.hex()}",
            number=receipt,
            file_name=upload.file_name,
            media_type=media_type,
            digest=digest,
            submitter=submitter,
            received_at=work.now(),
            origin=origin_json(**upload.details["origin"]),
            secret=upload.details["secret"],
        ),
    )


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
