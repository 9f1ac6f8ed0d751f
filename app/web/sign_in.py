"""Signing in with a one-time code to the own contact, and out."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.contact import masked
from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.services import accounts, demo
from app.services.context import Work
from app.web.access import TOKEN, allow, current_actor
from app.web.context import local_path, services
from app.web.errors import message_for, problem_texts

blueprint = Blueprint("sign_in", __name__)


def keep_login(token: str) -> None:
    """Put a fresh login into the browser's session, keeping nothing of an earlier one but the language."""
    language = session.get("language", "zh")
    session.clear()
    session.update({TOKEN: token, "language": language})


@blueprint.get("/sign-in")
@allow(Permission.SIGN_IN)
def form() -> ResponseReturnValue:
    """Ask for the contact."""
    return render_template("sign_in/form.html", target=request.args.get("next", ""), problems={}, contact="")


@blueprint.post("/sign-in/code")
@allow(Permission.SIGN_IN)
def send_code() -> ResponseReturnValue:
    """Send a code where the contact is known; say the same where it is not, so that nobody can probe contacts."""
    contact = request.form.get("contact", "")
    target = local_path(request.form.get("next"), url_for("cases.own"))
    try:
        with services().work() as work:
            accounts.send_code(work, contact, known=accounts.find(work, contact) is not None)
    except DomainError as error:
        if error.kind is not ErrorKind.INVALID_INPUT:
            raise
        return render_template(
            "sign_in/form.html", target=target, problems=problem_texts(error), contact=contact
        ), 422
    session["signing_in"] = {"contact": contact, "next": target}
    return redirect(url_for("sign_in.enter_form"), 303)


@blueprint.get("/sign-in/code")
@allow(Permission.SIGN_IN)
def enter_form() -> ResponseReturnValue:
    """Ask for the code."""
    pending = session.get("signing_in")
    if not pending:
        return redirect(url_for("sign_in.form"), 303)
    return _code_page(pending, {}), 200


def _contact(work: Work, pending: dict[str, Any]) -> str:
    """As it was typed, or of the account that a link for the phone named."""
    if "account" in pending:
        return accounts.contact_of_account(work, pending["account"])
    return str(pending["contact"])


def _code_page(pending: dict[str, Any], problems: dict[str, str]) -> str:
    with services().reading() as work:
        contact = _contact(work, pending)
        shown = demo.last_code(work, contact)
    return render_template("sign_in/code.html", contact=masked(contact), problems=problems, demo_code=shown)


@blueprint.post("/sign-in/enter")
@allow(Permission.SIGN_IN)
def enter() -> ResponseReturnValue:
    """Check the code and sign in."""
    pending = session.get("signing_in")
    if not pending:
        return redirect(url_for("sign_in.form"), 303)
    with services().work() as work:
        contact = _contact(work, pending)
        refusal = accounts.check_code(work, contact, request.form.get("code", ""))
        account = accounts.find(work, contact)
        if refusal is None and account is not None:
            keep_login(accounts.open_session(work, account, "one_time_code"))
            return redirect(pending["next"], 303)
    refusal = refusal or DomainError(ErrorKind.CODE_EXPIRED, "code")
    return _code_page(pending, {"code": message_for(refusal)}), 422


@blueprint.post("/sign-out")
@allow(Permission.SIGN_OUT)
def sign_out() -> ResponseReturnValue:
    """End the session here and on the server."""
    with services().work() as work:
        accounts.close_session(work, current_actor())
    language = session.get("language", "zh")
    session.clear()
    session["language"] = language
    flash(_("您已退出。"), "success")
    return redirect(url_for("site.home"), 303)
