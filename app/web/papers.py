"""Papers to take along: an exhibit's certificate, and the case package with everything that a reader may see.

What they state is gathered in ``app.services``; the words are in ``certificate_words`` and ``package_words``.
"""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

from flask import Blueprint, Response, current_app, request, session
from flask.typing import ResponseReturnValue

from app.documents import agreement_pdf, certificate_pdf, zip_stream
from app.domain.permissions import Permission
from app.services import certificates, packages
from app.services import exhibits as exhibit_service
from app.services.package_files import Package, Spool
from app.services.proofs import require_ready
from app.web.access import allow, current_actor
from app.web.certificate_words import LANGUAGES, certificate_paper
from app.web.context import offload, services

blueprint = Blueprint("papers", __name__)
log = logging.getLogger(__name__)

REREAD_LIMIT = 32 * 1024 * 1024
"""Up to this size the original is read again for a certificate; larger ones when asked (``?reread=1``)."""
OFFLINE_PAGE = "offline-verify.html"


def paper_language() -> str:
    """``?lang=zh`` or ``en``, else the language of the session."""
    wanted = request.args.get("lang", "")
    return wanted if wanted in LANGUAGES else session.get("language", "zh")


@blueprint.get("/cases/<number>/exhibits/<int:exhibit>/certificate.pdf")
@allow(Permission.SEE_EXHIBIT)
def certificate(number: str, exhibit: int) -> ResponseReturnValue:
    """The certificate as PDF/A-3, proof file and trust root inside; WRONG_STATE while not anchored.

    It shows the records before this hand-out, which is recorded once the paper is made.
    """
    actor = current_actor()
    with services().reading() as work:
        _entry, seen = exhibit_service.get(work, actor, number, exhibit)
        require_ready(seen.job)
    again = seen.size <= REREAD_LIMIT or request.args.get("reread") == "1"
    digest = offload(exhibit_service.reread, services(), seen) if again else None
    found = certificates.certify(services(), actor, number, exhibit, digest)
    content = offload(certificate_pdf.render, certificate_paper(found, paper_language()))
    with services().work() as work:
        exhibit_service.hand_out(work, actor, number, exhibit, "certificate")
    answer = Response(content, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{found.number}.pdf")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.get("/cases/<number>/package.zip")
@allow(Permission.SEE_EXHIBIT)
def package(number: str) -> ResponseReturnValue:
    """Everything of the case that the reader may see, as a ZIP; the hand-out is on record before the first byte.

    All but the originals is made beforehand, beside the loop that serves the rooms, so that the length is known.
    """
    actor, spool = current_actor(), Spool()
    made = False
    try:
        taken = packages.take(services(), actor, number)
        entries = _fill(Package(services(), taken, spool))
        packages.note(services(), actor, number, taken)
        made = True
    finally:
        if not made:
            spool.close()
    answer = Response(_stream(entries, spool), mimetype="application/zip")
    answer.call_on_close(spool.close)
    answer.content_length = zip_stream.length(entries)
    answer.headers.set("Content-Disposition", "attachment", filename=f"{number}.zip")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _fill(package: Package) -> list[zip_stream.ZipEntry]:
    for one in package.taken.exhibits:
        readable = offload(packages.readable, services(), one.exhibit)
        package.add_exhibit(one, _certificate(one), readable=readable)
    for document in package.taken.documents:
        pdf = document.sealed
        if pdf is None and document.paper is not None:
            pdf = offload(agreement_pdf.render, document.paper)
        package.add_document(document, pdf)
    return package.finish(_offline_page())


def _certificate(one: packages.TakenExhibit) -> bytes | None:
    """The certificate of what was taken; the original is read again where that is quick."""
    if one.certified is None:
        return None
    again = one.exhibit.size <= REREAD_LIMIT
    digest = offload(exhibit_service.reread, services(), one.exhibit) if again else None
    found = certificates.conclude(services(), one.certified, digest)
    return offload(certificate_pdf.render, certificate_paper(found, paper_language()))


def _offline_page() -> bytes | None:
    """The built offline page, where the front end has one."""
    folder = Path(current_app.static_folder or "static") / "build"
    name = json.loads((folder / "manifest.json").read_text("utf-8")).get(OFFLINE_PAGE)
    return (folder / name).read_bytes() if name is not None else None


def _stream(entries: list[zip_stream.ZipEntry], spool: Spool) -> Iterator[bytes]:
    """Read, decrypt and check each piece in a native thread; an original that breaks off ends the download."""
    pieces = zip_stream.stream(entries)
    whole = False
    try:
        while (piece := offload(next, pieces, None)) is not None:
            yield piece
        whole = True
    finally:
        spool.close()
        if not whole:
            log.warning("a case package was cut off")
