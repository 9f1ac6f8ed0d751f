"""The settlement's pages: reading, signing, declining, sealing, earlier versions. Drafting: ``drafts``."""

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.documents import agreement_pdf
from app.domain.errors import DomainError, ErrorKind
from app.domain.identity import Document
from app.domain.permissions import Permission
from app.services import relays, settlement_pages, settlements, signing
from app.services.proofs import EXTENSION, MEDIA_TYPE
from app.web import ledger_words
from app.web.access import allow, current_actor
from app.web.context import offload, services

blueprint = Blueprint("settlements", __name__)
BASE = "/cases/<number>/settlement"


@blueprint.get(BASE)
@allow(Permission.SEE_SETTLEMENT)
def show(number: str) -> ResponseReturnValue:
    """The newest version, with what I can do about it."""
    return _page(number, None)


@blueprint.get(f"{BASE}/versions/<int:version>")
@allow(Permission.SEE_SETTLEMENT)
def version(number: str, version: int) -> ResponseReturnValue:
    """An earlier version with what was given to it."""
    return _page(number, version)


def _page(number: str, version: int | None) -> ResponseReturnValue:
    settlement_pages.mark_seen(services(), current_actor(), number, version)
    facts = settlement_pages.facts_of_page(services(), current_actor(), number, version)
    with services().reading() as work:
        page = settlement_pages.page(work, current_actor(), number, version)
        return render_template(
            "settlements/show.html",
            page=page,
            case=page.access.case,
            settlement=page.settlement,
            facts=facts,
            documents=[document.value for document in Document],
            printable=bool(agreement_pdf.fonts()),
            refusal=ledger_words.refusal_text(page.settlement.refusal) if page.settlement else None,
            may=lambda name: page.access.may(Permission(name)),
        )


@blueprint.get(f"{BASE}/versions/<int:version>/text")
@allow(Permission.SEE_SETTLEMENT)
def text(number: str, version: int) -> ResponseReturnValue:
    """The exact bytes that the digests are over."""
    with services().reading() as work:
        content = settlement_pages.text_bytes(work, current_actor(), number, version)
    return download(content, f"{number}-v{version}.txt", "text/plain; charset=utf-8")


@blueprint.get(f"{BASE}/versions/<int:version>/statement")
@allow(Permission.SEE_SETTLEMENT)
def statement(number: str, version: int) -> ResponseReturnValue:
    """The salted statement whose commitment is the agreement's name on chain, in canonical form."""
    with services().reading() as work:
        content = settlement_pages.statement_bytes(work, current_actor(), number, version)
    return download(content, f"{number}-v{version}-statement.json", "application/json")


@blueprint.get(f"{BASE}/versions/<int:version>/proof")
@allow(Permission.SEE_SETTLEMENT)
def proof(number: str, version: int) -> ResponseReturnValue:
    """The proof file of a sealed version, to be checked with its text."""
    text = settlement_pages.proof_of(services(), current_actor(), number, version).dump()
    return download(text.encode(), f"{number}-v{version}{EXTENSION}", MEDIA_TYPE)


@blueprint.get(f"{BASE}/versions/<int:version>/pdf")
@allow(Permission.SEE_SETTLEMENT)
def pdf(number: str, version: int) -> ResponseReturnValue:
    """A sealed version as PDF/A-3 with its exact text, statement and signatures attached.

    With the organisation's seal the PDF is the kept one, always the same bytes; before, a copy without it.
    """
    with services().reading() as work:
        paper = settlement_pages.paper(work, current_actor(), number, version)
        sealed = settlement_pages.sealed_pdf(work, current_actor(), number, version)
    content = sealed if sealed is not None else offload(agreement_pdf.render, paper)
    return download(content, f"{number}-v{version}.pdf", "application/pdf")


def download(content: bytes, name: str, media_type: str) -> Response:
    """Bytes as a file to keep, never shown inside our pages."""
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _given() -> tuple[int, signing.Submission]:
    given = request.get_json(silent=True)
    if not isinstance(given, dict) or not isinstance(given.get("version"), int):
        raise DomainError(ErrorKind.INVALID_INPUT)
    return given["version"], signing.parse_submission(given)


@blueprint.post(f"{BASE}/sign")
@allow(Permission.SIGN_SETTLEMENT)
def sign(number: str) -> ResponseReturnValue:
    """A party's signature, as JSON."""
    version, submission = _given()
    with services().work() as work:
        settlements.sign(work, current_actor(), number, version, submission)
    flash(_("您已签署，签名已核验并保存。"), "success")
    return jsonify(location=url_for("settlements.show", number=number))


@blueprint.post(f"{BASE}/decline")
@allow(Permission.SIGN_SETTLEMENT)
def decline(number: str) -> ResponseReturnValue:
    """Decline to sign, with a reason."""
    version = request.form.get("version", "")
    if not version.isascii() or not version.isdigit() or len(version) > 9:
        raise DomainError(ErrorKind.INVALID_INPUT, "version", problem="unknown")
    with services().work() as work:
        settlements.decline(work, current_actor(), number, int(version), request.form.get("reason", ""))
    flash(_("已记录您拒绝签署及理由，并已告知各方。"), "success")
    return redirect(url_for("settlements.show", number=number), 303)


@blueprint.post(f"{BASE}/seal")
@allow(Permission.SEAL_SETTLEMENT)
def seal(number: str) -> ResponseReturnValue:
    """The mediator's seal, as JSON; stored first, then carried to the chain."""
    version, submission = _given()
    with services().work() as work:
        settlement_id = settlements.seal(work, current_actor(), number, version, submission)
    _tell(relays.relay_seal(services(), settlement_id), number)
    return jsonify(location=url_for("settlements.show", number=number))


@blueprint.post(f"{BASE}/relay")
@allow(Permission.SEAL_SETTLEMENT)
def relay(number: str) -> ResponseReturnValue:
    """Carry a waiting seal to the chain once more."""
    _tell(relays.retry_seal(services(), current_actor(), number), number)
    return redirect(url_for("settlements.show", number=number), 303)


def _tell(result: relays.Relay, number: str) -> None:
    with services().reading() as work:
        made = settlement_pages.page(work, current_actor(), number).settlement
        refusal = made.refusal if made else None
    ledger_words.tell(result, _("协议已盖章，全部签名已在链上核验。"), refusal)
