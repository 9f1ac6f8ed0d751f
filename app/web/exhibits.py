"""A case's exhibits: list and upload form, one exhibit with its record, receipt, proof file and the original."""

from collections.abc import Iterator

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from app.domain.errors import DomainError
from app.domain.permissions import Permission
from app.services import chain_facts, erasure, packages, proofs, times, verification, witnesses
from app.services import exhibits as service
from app.web.access import allow, current_actor, log_refusal
from app.web.context import offload, services
from app.web.proof_parts import proof_parts

blueprint = Blueprint("exhibits", __name__)

REREAD_LIMIT = 32 * 1024 * 1024
"""Up to this size the page reads the stored original again for its answers; larger ones when asked."""
SANDBOX = "sandbox; default-src 'none'"


@blueprint.get("/cases/<number>/exhibits")
@allow(Permission.SEE_EXHIBIT)
def index(number: str) -> ResponseReturnValue:
    """All exhibits in their order, and the upload form for those at the table."""
    with services().reading() as work:
        folder = service.folder(work, current_actor(), number)
        return render_template(
            "exhibits/index.html",
            folder=folder,
            case=folder.case,
            unfinished=unfinished_of(folder),
            package_size=packages.estimate(work, current_actor(), number),
        )


def unfinished_of(folder: service.Folder) -> list[dict[str, object]]:
    """What the upload form has to know about uploads that can be continued."""
    return [
        {
            "url": url_for("uploads.append", upload_id=upload.id),
            "name": upload.file_name,
            "size": upload.size,
        }
        for upload in folder.unfinished
    ]


@blueprint.get("/cases/<number>/exhibits/anchoring")
@allow(Permission.SEE_EXHIBIT)
def anchoring(number: str) -> ResponseReturnValue:
    """Numbers of the exhibits that still wait for their anchor."""
    with services().reading() as work:
        return jsonify(waiting=service.folder(work, current_actor(), number).waiting)


@blueprint.get("/cases/<number>/exhibits/<int:exhibit>")
@allow(Permission.SEE_EXHIBIT)
def show(number: str, exhibit: int) -> ResponseReturnValue:
    """One exhibit: digests, statement, anchoring, custody, and the four answers as checked now."""
    try:
        with services().work() as work:
            seen = service.view(work, current_actor(), number, exhibit)
    except DomainError as refusal:
        log_refusal(current_actor(), Permission.SEE_EXHIBIT, refusal)
        if refusal.detail.get("secret"):
            return render_template("exhibits/secret.html", number=number), 403
        raise
    if seen.erased_at is not None:
        return _tombstone(number, exhibit)
    reread = seen.size <= REREAD_LIMIT or request.args.get("reread") == "1"
    digest = offload(service.reread, services(), seen) if reread else None
    examined = verification.examine_exhibit(services(), seen.id, digest)
    chain, trust = chain_facts.look(services()), services().trust
    with services().reading() as work:
        entry, shown = service.get(work, current_actor(), number, exhibit)
        batch = shown.job.batch if shown.job else None
        return render_template(
            "exhibits/show.html",
            case=entry.case,
            seat=entry.participant,
            exhibit=shown,
            statement=shown.statement["body"],
            record=service.record(work, shown),
            batch=batch,
            moments=times.moments(batch, trust, shown.received_at),
            chain=chain,
            witnesses=witnesses.standing(work),
            judge=entry.participant is None,
            reread=reread,
            **proof_parts(examined, services()),
        )


def _tombstone(number: str, exhibit: int) -> ResponseReturnValue:
    """What is left of an erased exhibit: gone, and it says so."""
    with services().reading() as work:
        entry, shown = service.find(work, current_actor(), number, exhibit)
        page = render_template(
            "exhibits/erased.html",
            case=entry.case,
            seat=entry.participant,
            exhibit=shown,
            tombstone=erasure.of_exhibit(work, shown),
            record=service.record(work, shown),
        )
    return page, 410


@blueprint.get("/cases/<number>/exhibits/<int:exhibit>/receipt")
@allow(Permission.SEE_EXHIBIT)
def receipt(number: str, exhibit: int) -> ResponseReturnValue:
    """The receipt, made for printing."""
    with services().reading() as work:
        entry, shown = service.get(work, current_actor(), number, exhibit)
        return render_template(
            "exhibits/receipt.html", case=entry.case, exhibit=shown, statement=shown.statement["body"]
        )


@blueprint.get("/cases/<number>/exhibits/<int:exhibit>/proof")
@allow(Permission.SEE_EXHIBIT)
def proof(number: str, exhibit: int) -> ResponseReturnValue:
    """The proof file; WRONG_STATE while the exhibit is not anchored."""
    with services().work() as work:
        _entry, shown = service.get(work, current_actor(), number, exhibit)
        proofs.require_ready(shown.job)
        service.hand_out(work, current_actor(), number, exhibit, "proof")
    with services().reading() as work:
        text = proofs.build(work, service.get(work, current_actor(), number, exhibit)[1]).dump()
    answer = Response(text, mimetype=proofs.MEDIA_TYPE)
    answer.headers.set(
        "Content-Disposition", "attachment", filename=f"{shown.receipt_number}{proofs.EXTENSION}"
    )
    return answer


@blueprint.get("/cases/<number>/exhibits/<int:exhibit>/file")
@allow(Permission.SEE_EXHIBIT)
def original(number: str, exhibit: int) -> ResponseReturnValue:
    """The original as a download, whole or a range of it; never shown inside our pages."""
    with services().reading() as work:
        _entry, shown = service.get(work, current_actor(), number, exhibit)
    start, end = _range(shown.size)
    with services().work() as work:
        service.hand_out(work, current_actor(), number, exhibit)
    pieces = offload(service.pieces, services(), shown, start, end)
    answer = Response(_stream(pieces), mimetype="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=shown.file_name)
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Accept-Ranges"] = "bytes"
    answer.content_length = end - start
    if request.range is not None:
        answer.status_code = 206
        answer.headers["Content-Range"] = f"bytes {start}-{end - 1}/{shown.size}"
    return answer


def _range(size: int) -> tuple[int, int]:
    """The asked-for ``[start, end)``; the whole without a range. 416 for a range that the file does not have."""
    wanted = request.range
    if wanted is None:
        return 0, size
    found = wanted.range_for_length(size) if wanted.units == "bytes" else None
    if found is None:
        raise RequestedRangeNotSatisfiable(size)
    return found


def _stream(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Read and decrypt each piece beside the loop that serves the rooms."""
    while (piece := offload(next, pieces, None)) is not None:
        yield piece
