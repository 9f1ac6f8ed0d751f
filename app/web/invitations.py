"""The invited party's way in: short link, one-time code, answer."""

import segno
from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.contact import masked
from app.domain.errors import DomainError
from app.domain.permissions import Permission
from app.domain.roles import Side
from app.services import demo
from app.services import invitations as service
from app.web.access import allow, current_actor
from app.web.context import services
from app.web.errors import message_for
from app.web.sign_in import keep_login

blueprint = Blueprint("invitations", __name__)


def qr_code(text: str) -> str:
    """An SVG of a QR code as a data address for an image."""
    return segno.make(text, error="m").svg_data_uri(scale=4, border=2)


@blueprint.get("/i/<token>")
@allow(Permission.OPEN_INVITATION)
def show(token: str) -> ResponseReturnValue:
    """Who invites, about what, compulsory or not, what if ignored, whom to call."""
    return _page(token, {}, code_sent=session.get("code_sent_for") == token), 200


def _page(token: str, problems: dict[str, str], code_sent: bool) -> str:
    with services().reading() as work:
        invitation = service.find(work, token)
        participant = invitation.participant
        case = participant.case
        shown = demo.last_code(work, participant.contact) if code_sent else None
        return render_template(
            "invitations/show.html",
            token=token,
            case=case,
            participant=participant,
            inviter=next(p for p in case.participants if p.side is Side.CLAIMANT),
            expires_at=invitation.expires_at,
            contact=masked(participant.contact),
            phone=work.settings.office_phone,
            problems=problems,
            code_sent=code_sent,
            demo_code=shown,
        )


@blueprint.post("/i/<token>/code")
@allow(Permission.OPEN_INVITATION)
def send_code(token: str) -> ResponseReturnValue:
    """Send a one-time code to the invited contact; the page then shows where to enter it, after a reload too."""
    with services().work() as work:
        service.send_code(work, token)
    session["code_sent_for"] = token
    return redirect(url_for("invitations.show", token=token), 303)


@blueprint.post("/i/<token>/join")
@allow(Permission.OPEN_INVITATION)
def join(token: str) -> ResponseReturnValue:
    """With the right code: signed in, and on to the case."""
    with services().work() as work:
        result = service.join(work, token, request.form.get("code", ""))
        number = service.find(work, token).participant.case.number
    if isinstance(result, DomainError):
        return _page(token, {"code": message_for(result)}, code_sent=True), 422
    keep_login(result)
    return redirect(url_for("cases.show", number=number), 303)


@blueprint.post("/cases/<number>/answer")
@allow(Permission.ANSWER_INVITATION)
def answer(number: str) -> ResponseReturnValue:
    """Accept, or decline with a reason."""
    accept = request.form.get("answer") == "accept"
    with services().work() as work:
        service.answer(work, current_actor(), number, accept, request.form.get("reason", ""))
    if accept:
        flash(_("您已同意参加调解。请逐项确认下列事项。"), "success")
        return redirect(url_for("cases.consents", number=number), 303)
    flash(_("已记录您的答复，并告知申请人。"), "success")
    return redirect(url_for("cases.show", number=number), 303)


@blueprint.post("/cases/<number>/invite-again")
@allow(Permission.SEE_CASE)
def invite_again(number: str) -> ResponseReturnValue:
    """The claimant invites once more after a refusal."""
    with services().work() as work:
        service.send_again(work, current_actor(), number)
    flash(_("已再次邀请对方。"), "success")
    return redirect(url_for("cases.show", number=number), 303)
