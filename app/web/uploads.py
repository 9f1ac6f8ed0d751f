"""Resumable uploads over HTTP: tus 1.0.0 core, creation and termination, with one more step, ``finish``.

Creation takes the origin questions as a JSON body. What is done with the bytes is in the services.
"""

from collections.abc import Iterator

from flask import Blueprint, Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ClientDisconnected

from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.services import receipts
from app.services import uploads as service
from app.web.access import allow, current_actor
from app.web.context import begin, offload, services

blueprint = Blueprint("uploads", __name__)

VERSION = "1.0.0"
EXTENSIONS = "creation,termination"
OFFSET_BODY = "application/offset+octet-stream"
PIECE = 1024 * 1024
PORTION = 64 * 1024
"""Bytes that are asked of the connection at a time: at most this much is lost when it breaks."""


@blueprint.url_value_preprocessor
def take_large_bodies(endpoint: str | None, _values: object) -> None:
    """A PATCH may be as large as an upload; every other request keeps the site's limit.

    So does a PATCH that holds a form: forms are read (and put on disk) before it is known who sends them.
    """
    if endpoint == "uploads.append" and request.mimetype == OFFSET_BODY:
        request.max_content_length = services().settings.upload_limit


@blueprint.after_request
def name_version(response: Response) -> Response:
    """Every answer says which protocol it speaks and is kept by nobody."""
    response.headers["Tus-Resumable"] = VERSION
    response.headers["Cache-Control"] = "no-store"
    return response


def _wrong_version() -> ResponseReturnValue | None:
    if request.headers.get("Tus-Resumable") == VERSION:
        return None
    return "", 412, {"Tus-Version": VERSION}


def _number(header: str) -> int:
    """A header that holds a whole number; INVALID_INPUT otherwise."""
    text = request.headers.get(header, "")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise DomainError(ErrorKind.INVALID_INPUT, header, problem="unknown")
    return int(text)


@blueprint.route("/uploads", methods=["OPTIONS"])
@allow(Permission.SEE_OWN_CASES)
def describe() -> ResponseReturnValue:
    """What this server can do."""
    limit = str(services().settings.upload_limit)
    return "", 204, {"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": limit}


@blueprint.post("/uploads")
@allow(Permission.SEE_OWN_CASES)
def create() -> ResponseReturnValue:
    """Begin an upload: ``Upload-Length`` says its size, the JSON body names the case, the file and its origin."""
    if refused := _wrong_version():
        return refused
    form = request.get_json(silent=True)
    if not isinstance(form, dict):
        raise DomainError(ErrorKind.INVALID_INPUT, "body", problem="unknown")
    size = _number("Upload-Length")
    with services().work() as work:
        upload = service.create(work, current_actor(), form, size)
    location = url_for("uploads.append", upload_id=upload.id)
    return jsonify(id=upload.id, url=location), 201, {"Location": location, "Upload-Offset": "0"}


@blueprint.route("/uploads/<upload_id>", methods=["HEAD"])
@allow(Permission.SEE_OWN_CASES)
def look(upload_id: str) -> ResponseReturnValue:
    """How many bytes are safe; ``Upload-SHA256`` tells a browser that comes back whether it holds the same file."""
    if refused := _wrong_version():
        return refused
    with services().reading() as work:
        upload = service.own(work, current_actor(), upload_id)
    held, sha256 = offload(service.held, services(), upload)
    headers = {"Upload-Offset": str(held), "Upload-Length": str(upload.size)}
    if sha256 is not None:
        headers["Upload-SHA256"] = sha256.hex()
    return "", 200, headers


@blueprint.patch("/uploads/<upload_id>")
@allow(Permission.SEE_OWN_CASES)
def append(upload_id: str) -> ResponseReturnValue:
    """Take the bytes of the body from ``Upload-Offset`` on; what arrives before a break is kept."""
    if refused := _wrong_version():
        return refused
    if request.mimetype != OFFSET_BODY:
        return "", 415
    offset = _number("Upload-Offset")
    with services().reading() as work:
        upload = service.own(work, current_actor(), upload_id)
    if offset + (request.content_length or 0) > upload.size:
        held = offload(service.offset, services(), upload)
        raise DomainError(ErrorKind.UPLOAD_OFFSET, offset=held, size=upload.size)
    whole = True
    stored = None
    for piece in _pieces():
        if stored is not None:
            offset = stored()
        if piece is None:
            whole, stored = False, None
        else:
            service.require_acceptable(services(), current_actor(), upload, offset, piece, offload)
            stored = begin(service.append, services(), upload, offset, piece)
    if stored is not None:
        offset = stored()
    if not whole:
        raise DomainError(ErrorKind.UPLOAD_BROKEN, offset=offset)
    return "", 204, {"Upload-Offset": str(offset)}


def _pieces() -> Iterator[bytes | None]:
    """The body in pieces of at most 1 MiB; after a break what had arrived, then None."""
    gathered = bytearray()
    while True:
        try:
            portion = request.stream.read(PORTION)
        except (ClientDisconnected, OSError):
            yield from (bytes(gathered), None) if gathered else (None,)
            return
        gathered += portion
        if len(gathered) >= PIECE or (gathered and not portion):
            yield bytes(gathered)
            gathered.clear()
        if not portion:
            return


@blueprint.delete("/uploads/<upload_id>")
@allow(Permission.SEE_OWN_CASES)
def abandon(upload_id: str) -> ResponseReturnValue:
    """Cancel an upload."""
    if refused := _wrong_version():
        return refused
    service.abandon(services(), current_actor(), upload_id, offload)
    return "", 204


@blueprint.post("/uploads/<upload_id>/finish")
@allow(Permission.SEE_OWN_CASES)
def finish(upload_id: str) -> ResponseReturnValue:
    """Both digests as the browser computed them make an exhibit with its receipt; again gives the same."""
    form = request.get_json(silent=True)
    if not isinstance(form, dict):
        raise DomainError(ErrorKind.INVALID_INPUT, "body", problem="unknown")
    exhibit = receipts.finish(
        services(),
        current_actor(),
        upload_id,
        str(form.get("sha256", "")),
        str(form.get("sm3", "")),
        offload,
    )
    with services().reading() as work:
        number = service.own(work, current_actor(), upload_id).case.number
    page = url_for("exhibits.show", number=number, exhibit=exhibit.number)
    return jsonify(
        exhibit=exhibit.number,
        receipt=exhibit.receipt_number,
        sha256=exhibit.sha256,
        sm3=exhibit.sm3,
        size=exhibit.size,
        media_type=exhibit.media_type,
        received_at=exhibit.received_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        url=page,
        receipt_url=url_for("exhibits.receipt", number=number, exhibit=exhibit.number),
    )
