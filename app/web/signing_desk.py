"""What surrounds a signature on the pages: reading to the end, identity checks, and the way to the signer's phone."""

import segno
from flask import Blueprint, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.errors import DomainError, ErrorKind
from app.domain.identity import Document
from app.domain.permissions import Permission
from app.domain.signing import ReadingKind
from app.services import handovers, identity, readings, settlement_pages
from app.web.access import allow, current_actor
from app.web.context import services

blueprint = Blueprint("signing_desk", __name__)
BASE = "/cases/<number>/settlement"


def _version() -> int:
    given = request.get_json(silent=True)
    if not isinstance(given, dict) or not isinstance(given.get("version"), int):
        raise DomainError(ErrorKind.INVALID_INPUT, "version", problem="unknown")
    version: int = given["version"]
    return version


@blueprint.post(f"{BASE}/read")
@allow(Permission.SEE_SETTLEMENT)
def read(number: str) -> ResponseReturnValue:
    """``{version, how}``: the reader reached the end of the text."""
    version = _version()
    try:
        how = ReadingKind(str((request.get_json(silent=True) or {}).get("how")))
    except ValueError as unknown:
        raise DomainError(ErrorKind.INVALID_INPUT, "how", problem="unknown") from unknown
    with services().work() as work:
        readings.note(work, current_actor(), number, version, how)
    return "", 204


@blueprint.post(f"{BASE}/identity")
@allow(Permission.SEAL_SETTLEMENT)
def seen(number: str) -> ResponseReturnValue:
    """The mediator saw a party's document of identity."""
    try:
        participant, document = int(request.form["participant"]), Document(request.form.get("document", ""))
    except ValueError as unknown:
        raise DomainError(ErrorKind.INVALID_INPUT, "document", problem="missing") from unknown
    with services().work() as work:
        identity.note_seen(work, current_actor(), number, participant, document)
    flash(_("已记录：您核对了证件。24 小时内有效。"), "success")
    return redirect(url_for("settlements.show", number=number), 303)


@blueprint.post(f"{BASE}/handover")
@allow(Permission.SIGN_SETTLEMENT)
def hand_over(number: str) -> ResponseReturnValue:
    """``{version}``: a link to sign on another device, for five minutes, as text and as QR code (``data:`` address)."""
    with services().work() as work:
        made = handovers.make(work, current_actor(), number, _version())
    picture = segno.make(made.link, error="m", micro=False).svg_data_uri(border=2, dark="#1c2733", scale=5)
    return jsonify(link=made.link, picture=picture, expires=made.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"))


@blueprint.get(f"{BASE}/versions/<int:version>/mine")
@allow(Permission.SIGN_SETTLEMENT)
def mine(number: str, version: int) -> ResponseReturnValue:
    """Whether my signature on a version has arrived, for the page that waits for the phone."""
    with services().reading() as work:
        return jsonify(signed=settlement_pages.has_signed(work, current_actor(), number, version))


@blueprint.get("/s/<token>")
@allow(Permission.SIGN_IN)
def arrive(token: str) -> ResponseReturnValue:
    """The phone's first look; nothing happens before its button is pressed, so that no preview uses the link up."""
    return render_template("settlements/arrive.html", token=token)


@blueprint.post("/s/<token>")
@allow(Permission.SIGN_IN)
def go_on(token: str) -> ResponseReturnValue:
    """On to the agreement: at once for the account itself, else by a code to its own contact."""
    with services().work() as work:
        wanted = handovers.open_link(work, token, current_actor())
    target = url_for("settlements.show", number=wanted.number, _anchor="sign")
    if wanted.account_id is None:
        return redirect(target, 303)
    # never the contact: whoever holds the link can read the browser's cookie, which is signed but not encrypted
    session["signing_in"] = {"account": wanted.account_id, "next": target}
    return redirect(url_for("sign_in.enter_form"), 303)
