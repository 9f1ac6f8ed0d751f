"""The guided intake: which right, what happened, who, and the code that verifies the claimant's contact."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from app.domain.contact import masked
from app.domain.errors import DomainError, ErrorKind, InvalidForm
from app.domain.permissions import Permission
from app.domain.rights import RIGHT_FIELDS, RightKind
from app.services import accounts, demo
from app.services import intake as service
from app.web.access import allow, current_actor
from app.web.context import services
from app.web.errors import message_for, problem_texts
from app.web.sign_in import keep_login

blueprint = Blueprint("intake", __name__)
DRAFT = "intake_draft"


@blueprint.get("/intake")
@allow(Permission.START_INTAKE)
def choose() -> ResponseReturnValue:
    """Which right the dispute is about."""
    return render_template("intake/choose.html", rights=list(RightKind))


@blueprint.get("/intake/<right>")
@allow(Permission.START_INTAKE)
def form(right: str) -> ResponseReturnValue:
    """The form with the fields that this right needs."""
    return _page(_right(right), {}, {}), 200


def _right(value: str) -> RightKind:
    try:
        return RightKind(value)
    except ValueError:
        raise NotFound from None


def _page(right: RightKind, values: dict[str, str], problems: dict[str, str]) -> str:
    contact = None
    if current_actor().account_id is not None:
        with services().reading() as work:
            contact = accounts.contact_of(work, current_actor())
            values = {"claimant_person": current_actor().name, **values}
    return render_template(
        "intake/form.html",
        right=right,
        fields=RIGHT_FIELDS[right],
        values=values,
        problems=problems,
        own_contact=contact,
    )


@blueprint.post("/intake/<right>")
@allow(Permission.START_INTAKE)
def submit(right: str) -> ResponseReturnValue:
    """Open the case at once for somebody signed in; otherwise keep the draft and ask for the code."""
    kind = _right(right)
    values = {name: value for name, value in request.form.items() if name != "csrf_token"}
    actor = current_actor()
    try:
        with services().work() as work:
            if actor.account_id is not None:
                case = service.submit_signed_in(work, actor, kind, values)
                return _done(case.number)
            token = service.keep_draft(work, actor, kind, values)
    except InvalidForm as error:
        flash(message_for(error), "danger")
        return _page(kind, values, problem_texts(error)), 422
    session[DRAFT] = token
    return redirect(url_for("intake.verify_form"), 303)


def _done(number: str) -> ResponseReturnValue:
    flash(_("申请已提交，邀请已发给对方。"), "success")
    return redirect(url_for("cases.show", number=number), 303)


@blueprint.get("/intake/verify")
@allow(Permission.START_INTAKE)
def verify_form() -> ResponseReturnValue:
    """Ask for the code that went to the claimant's contact."""
    if DRAFT not in session:
        return redirect(url_for("intake.choose"), 303)
    return _verify_page({}), 200


def _verify_page(problems: dict[str, str]) -> str:
    with services().reading() as work:
        kept = service.draft(work, session[DRAFT])
        contact = kept.form["claimant_contact"]
        shown = demo.last_code(work, contact)
        return render_template(
            "intake/verify.html",
            contact=masked(contact),
            right=kept.right_kind,
            problems=problems,
            demo_code=shown,
        )


@blueprint.post("/intake/verify")
@allow(Permission.START_INTAKE)
def verify() -> ResponseReturnValue:
    """With the right code the draft becomes a case and the claimant is signed in."""
    if DRAFT not in session:
        return redirect(url_for("intake.choose"), 303)
    with services().work() as work:
        result = service.submit_draft(work, session[DRAFT], request.form.get("code", ""))
    if isinstance(result, DomainError) and result.kind is ErrorKind.WRONG_STATE:
        return redirect(url_for("cases.own"), 303)  # pressed twice: the case is there already
    if isinstance(result, DomainError):
        return _verify_page({"code": message_for(result)}), 422
    case, token = result
    keep_login(token)
    return _done(case.number)


@blueprint.post("/intake/verify/again")
@allow(Permission.START_INTAKE)
def send_again() -> ResponseReturnValue:
    """Send a fresh code."""
    if DRAFT not in session:
        return redirect(url_for("intake.choose"), 303)
    with services().work() as work:
        accounts.send_code(work, service.draft(work, session[DRAFT]).form["claimant_contact"])
    flash(_("新的验证码已发送。"), "success")
    return redirect(url_for("intake.verify_form"), 303)
