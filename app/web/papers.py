"""Papers to take along: an exhibit's certificate, and the case package with everything that a reader may see.

What they state is gathered in ``app.services``; the words are in ``certificate_words`` and ``package_words``.
"""

from flask import Blueprint, Response, request, session
from flask.typing import ResponseReturnValue

from app.documents import certificate_pdf
from app.domain.permissions import Permission
from app.services import certificates
from app.services import exhibits as exhibit_service
from app.services.proofs import require_ready
from app.web.access import allow, current_actor
from app.web.certificate_words import LANGUAGES, certificate_paper
from app.web.context import offload, services

blueprint = Blueprint("papers", __name__)

REREAD_LIMIT = 32 * 1024 * 1024
"""Up to this size the original is read again for a certificate; larger ones when asked (``?reread=1``)."""


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
