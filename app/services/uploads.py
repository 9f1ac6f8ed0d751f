"""Receiving files: resumable uploads with their origin questions. What a whole one becomes: ``receipts``.

Bytes go to the store's staging, never inside a transaction, and stay there over restarts.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from app.domain.errors import DomainError, ErrorKind
from app.domain.file_types import HEAD, contradicts, recognise
from app.domain.lifecycle import CaseState, ConsentStage
from app.domain.origin import check_origin
from app.domain.permissions import Permission
from app.domain.roles import PARTIES, SYSTEM, Actor
from app.models.base import total
from app.models.cases import Case, Participant
from app.models.exhibits import Exhibit, Upload, UploadState
from app.services import access, audit, consents
from app.services.context import Services, Work
from evidence.errors import Refused, Unavailable

OPEN_UPLOADS = 20
"""How many unfinished uploads one participant may have in a case."""
KEPT = timedelta(days=7)
"""How long an unfinished upload waits to be continued."""
OPEN_STATES = frozenset(CaseState) - {CaseState.SUBMITTED, CaseState.DECLINED, CaseState.CONFIRMED}

Run = Callable[..., Any]


def directly(work: Callable[..., Any], *arguments: Any) -> Any:
    return work(*arguments)


def create(work: Work, actor: Actor, form: Mapping[str, Any], size: int) -> Upload:
    """Begin an upload of ``size`` bytes into the case ``form["case"]``; the origin questions come with it.

    CONSENT_MISSING before the preservation agreement; FILE_EMPTY, FILE_TOO_LARGE, UPLOAD_QUOTA, InvalidForm.
    """
    entry = access.in_case(work, actor, str(form.get("case", "")), Permission.UPLOAD_EXHIBIT)
    require_open(entry.case, entry.seat)
    if size == 0:
        raise DomainError(ErrorKind.FILE_EMPTY, "file")
    if size > work.settings.upload_limit:
        raise DomainError(ErrorKind.FILE_TOO_LARGE, "file", limit=work.settings.upload_limit)
    _require_room_left(work, entry.case, entry.seat, size)
    origin = check_origin(form, work.now())
    secret = form.get("secret") is True
    upload = Upload(
        id=secrets.token_urlsafe(24),
        case_id=entry.case.id,
        participant_id=entry.seat.id,
        file_name=clean_name(str(form.get("file_name", ""))),
        claimed_type=str(form.get("claimed_type") or "")[:120],
        size=size,
        state=UploadState.RECEIVING,
        details={
            "origin": origin.as_json(),
            "secret": secret,
            "viewers": _viewers(entry.case, entry.seat, form.get("viewers")) if secret else [],
        },
        created_at=work.now(),
    )
    work.session.add(upload)
    audit.record(work, actor, "begin_upload", entry.case, upload=upload.id, size=size)
    return upload


def is_open(case: Case, seat: Participant) -> bool:
    """Whether this participant may hand in files now; a party must have signed the preservation agreement."""
    return case.state in OPEN_STATES and _has_agreed(seat)


def _has_agreed(seat: Participant) -> bool:
    return seat.side not in PARTIES or consents.current(seat).get(ConsentStage.PRESERVATION, False)


def require_open(case: Case, seat: Participant) -> None:
    """Refuse where `is_open` says no: WRONG_STATE or CONSENT_MISSING."""
    if case.state not in OPEN_STATES:
        raise DomainError(ErrorKind.WRONG_STATE, state=case.state.value)
    if not _has_agreed(seat):
        raise DomainError(
            ErrorKind.CONSENT_MISSING, missing=[(seat.party_name, ConsentStage.PRESERVATION.value)]
        )


def _require_room_left(work: Work, case: Case, seat: Participant, size: int) -> None:
    """Room in the participant's and the case's share; UPLOAD_QUOTA says which one is used up."""
    receiving = Upload.state == UploadState.RECEIVING
    own = work.session.scalar(
        select(func.count()).select_from(Upload).where(Upload.participant_id == seat.id, receiving)
    )
    if (own or 0) >= OPEN_UPLOADS:
        raise DomainError(ErrorKind.UPLOAD_QUOTA, "file", of="uploads", open_uploads=OPEN_UPLOADS)
    for of, quota, begun, kept in (
        ("person", work.settings.person_quota, Upload.participant_id, Exhibit.participant_id),
        ("case", work.settings.case_quota, Upload.case_id, Exhibit.case_id),
    ):
        whose = seat.id if of == "person" else case.id
        waiting = work.session.scalar(select(total(Upload.size)).where(begun == whose, receiving))
        stored = work.session.scalar(select(total(Exhibit.size)).where(kept == whose))
        left = quota - (waiting or 0) - (stored or 0)
        if size > left:
            raise DomainError(ErrorKind.UPLOAD_QUOTA, "file", of=of, quota=quota, left=max(left, 0))
    _require_space(work, size)


def _require_space(work: Work, size: int) -> None:
    """STORE_FULL before the disk is: all that was begun anywhere still has to fit, and a floor stays free."""
    begun = work.session.scalar(select(total(Upload.size)).where(Upload.state == UploadState.RECEIVING))
    try:
        free = work.services.store.free_space()
    except Unavailable as error:
        raise DomainError(ErrorKind.STORE_UNAVAILABLE) from error
    if (begun or 0) + size > free - work.settings.free_space:
        raise DomainError(ErrorKind.STORE_FULL, "file")


def _viewers(case: Case, seat: Participant, chosen: object) -> list[int]:
    """Participants who may see a secret exhibit besides submitter and mediator."""
    possible = {p.id for p in case.participants if p.removed_at is None and p.id != seat.id}
    viewers = chosen if isinstance(chosen, list) else []
    if any(type(viewer) is not int or viewer not in possible for viewer in viewers):
        raise DomainError(ErrorKind.INVALID_INPUT, "viewers", problem="unknown")
    return sorted(set(viewers))


def clean_name(name: str) -> str:
    """A file name without folders and control characters, its extension kept; never used as a path here."""
    base = re.split(r"[/\\]", name)[-1]
    base = "".join(letter for letter in base if letter.isprintable()).strip(" .")
    if not base:
        raise DomainError(ErrorKind.INVALID_INPUT, "file_name", problem="missing")
    stem, dot, extension = base.rpartition(".")
    if len(base) > 200 and dot and len(extension) <= 16:
        return f"{stem[: 199 - len(extension)]}.{extension}"
    return base[:200]


def own(work: Work, actor: Actor, upload_id: str) -> Upload:
    """The actor's own upload; NOT_FOUND for everybody else, whether or not it exists."""
    upload = work.session.get(Upload, upload_id)
    if upload is None:
        raise DomainError(ErrorKind.NOT_FOUND)
    entry = access.in_case(work, actor, upload.case.number, Permission.UPLOAD_EXHIBIT)
    if entry.seat.id != upload.participant_id:
        raise DomainError(ErrorKind.NOT_FOUND)
    if upload.state is UploadState.ABANDONED:
        raise DomainError(ErrorKind.NOT_FOUND)
    return upload


def unfinished(work: Work, actor: Actor, number: str) -> list[Upload]:
    """The actor's uploads of a case that can be continued, oldest first."""
    entry = access.in_case(work, actor, number, Permission.SEE_EXHIBIT)
    if entry.participant is None:
        return []
    query = select(Upload).where(
        Upload.participant_id == entry.participant.id, Upload.state == UploadState.RECEIVING
    )
    return list(work.session.scalars(query.order_by(Upload.created_at)))


def offset(services: Services, upload: Upload) -> int:
    """Bytes that are safe. File work, no transaction. STORE_UNAVAILABLE when the disk cannot be read."""
    if upload.state is UploadState.FINISHED or filed(services, upload.details) is not None:
        return upload.size
    try:
        return services.store.stage(upload.id).offset
    except Unavailable as error:
        raise DomainError(ErrorKind.STORE_UNAVAILABLE) from error


def held(services: Services, upload: Upload) -> tuple[int, bytes | None]:
    """Bytes that are safe, and the SHA-256 of just these: whoever goes on can see whether the file is the same one.

    None once the upload is filed. File work, no transaction. STORE_UNAVAILABLE when the disk cannot be read.
    """
    if upload.state is UploadState.FINISHED or filed(services, upload.details) is not None:
        return upload.size, None
    try:
        found = services.store.stage(upload.id).digest()
    except Unavailable as error:
        raise DomainError(ErrorKind.STORE_UNAVAILABLE) from error
    return found.size, found.sha256


def receive(
    services: Services, actor: Actor, upload: Upload, start: int, piece: bytes, run: Run = directly
) -> int:
    """Take the next bytes of the actor's own upload and give the new offset; see `require_acceptable`, `append`."""
    require_acceptable(services, actor, upload, start, piece, run)
    return run(append, services, upload, start, piece)


def require_acceptable(
    services: Services, actor: Actor, upload: Upload, start: int, piece: bytes, run: Run = directly
) -> None:
    """Look at the next bytes before they are taken.

    UPLOAD_OFFSET with the right ``offset`` when they would pass the announced size. FILE_TYPE_CLAIM as soon as
    the first bytes contradict the name; the upload is given up then.
    """
    if upload.state is UploadState.FINISHED or start + len(piece) > upload.size:
        raise DomainError(ErrorKind.UPLOAD_OFFSET, offset=run(offset, services, upload), size=upload.size)
    if start == 0 and len(piece) >= min(HEAD, upload.size):
        try:
            require_claim(upload.file_name, piece[:HEAD])
        except DomainError:
            abandon(services, actor, upload.id, run)
            raise


def append(services: Services, upload: Upload, start: int, piece: bytes) -> int:
    """Take bytes that were found acceptable; the new offset. File work, no transaction.

    UPLOAD_OFFSET with the right ``offset`` when ``start`` is not it; STORE_UNAVAILABLE when the disk fails.
    """
    try:
        staged = services.store.stage(upload.id)
        return staged.append(start, piece)
    except Refused as error:
        raise DomainError(
            ErrorKind.UPLOAD_OFFSET, offset=offset(services, upload), size=upload.size
        ) from error
    except Unavailable as error:
        raise DomainError(ErrorKind.STORE_UNAVAILABLE) from error


def require_claim(file_name: str, head: bytes) -> str:
    """The media type by content; FILE_TYPE_CLAIM when the name says something else."""
    media_type = recognise(head)
    if contradicts(file_name, media_type):
        raise DomainError(ErrorKind.FILE_TYPE_CLAIM, "file", found=media_type)
    return media_type


def abandon(services: Services, actor: Actor, upload_id: str, run: Run = directly) -> None:
    """Cancel an upload and forget its bytes; WRONG_STATE once it is an exhibit."""
    with services.work() as work:
        upload = own(work, actor, upload_id)
        if upload.state is UploadState.FINISHED:
            raise DomainError(ErrorKind.WRONG_STATE, state=upload.state.value)
        upload.state = UploadState.ABANDONED
        audit.record(work, actor, "abandon_upload", upload.case, upload=upload.id)
    run(_discard, services, upload_id)


def _discard(services: Services, upload_id: str) -> None:
    try:
        services.store.forget(upload_id)
    except Unavailable as error:
        raise DomainError(ErrorKind.STORE_UNAVAILABLE) from error


def abandon_old(services: Services) -> int:
    """Forget uploads that nobody continued for seven days; the number of them."""
    with services.work() as work:
        limit = work.now() - KEPT
        old = list(
            work.session.scalars(
                select(Upload).where(Upload.state == UploadState.RECEIVING, Upload.created_at < limit)
            )
        )
        for upload in old:
            upload.state = UploadState.ABANDONED
            audit.record(work, SYSTEM, "abandon_upload", upload.case, upload=upload.id)
    for upload in old:
        _discard(services, upload.id)
    return len(old)


def filed(services: Services, details: Mapping[str, Any]) -> str | None:
    """The store's address where an upload's details name one: its bytes were filed, the exhibit not yet written."""
    address = details.get("address")
    return address if address is not None and services.store.exists(address) else None
