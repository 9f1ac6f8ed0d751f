"""The office's board over all cases, its outbox and the access log."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.domain.permissions import Permission
from app.services import audit, cases, evidence_health, messages
from app.web.access import allow, current_actor
from app.web.context import services
from app.web.invitations import qr_code

blueprint = Blueprint("office", __name__)


@blueprint.get("/office/board")
@allow(Permission.SEE_BOARD)
def board() -> ResponseReturnValue:
    """All cases over all tracks."""
    search = request.args.get("q", "")
    with services().reading() as work:
        return render_template(
            "office/board.html",
            cases=cases.board(work, current_actor(), search),
            search=search,
            health=evidence_health.look(work, current_actor()),
        )


@blueprint.get("/office/outbox")
@allow(Permission.SEE_OUTBOX)
def outbox() -> ResponseReturnValue:
    """Messages to people, with their links as QR codes."""
    with services().reading() as work:
        return render_template(
            "office/outbox.html",
            messages=messages.outbox(work, current_actor()),
            body_of=lambda message: messages.body_for_office(work, message),
            qr_code=qr_code,
        )


@blueprint.get("/office/log")
@allow(Permission.SEE_ACCESS_LOG)
def log() -> ResponseReturnValue:
    """Who did or tried what."""
    with services().reading() as work:
        return render_template("office/log.html", lines=audit.latest(work))
