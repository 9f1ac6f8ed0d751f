"""The office registers on chain which keys of mediators and judges hold an office."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.domain.roles import Office
from app.services import officials
from app.web.access import allow, current_actor
from app.web.context import services

blueprint = Blueprint("officials", __name__)


@blueprint.get("/office/officials")
@allow(Permission.KEEP_OFFICIALS)
def page() -> ResponseReturnValue:
    """Keys of mediators and judges with what the chain says of them."""
    with services().reading() as work:
        signers = officials.signers(work, current_actor())
    found = officials.standing(services(), signers)
    with services().reading() as work:
        return render_template(
            "office/officials.html",
            rows=officials.listed(work, current_actor(), found),
            today=officials.today(work),
            until=date(officials.today(work).year + 1, 12, 31),
            reachable=None not in found.values(),
        )


@blueprint.post("/office/officials/<int:key_id>/grant")
@allow(Permission.KEEP_OFFICIALS)
def grant(key_id: int) -> ResponseReturnValue:
    """Give the office from one day to another."""
    first, last = _day("first"), _day("last")
    officials.grant(services(), current_actor(), key_id, _office(), first, last)
    flash(_("任职已在链上登记。"), "success")
    return redirect(url_for("officials.page"), 303)


@blueprint.post("/office/officials/<int:key_id>/revoke")
@allow(Permission.KEEP_OFFICIALS)
def revoke(key_id: int) -> ResponseReturnValue:
    """End the office now."""
    officials.revoke(services(), current_actor(), key_id, _office())
    flash(_("任职已在链上终止。此前的盖章和裁定不受影响。"), "success")
    return redirect(url_for("officials.page"), 303)


def _office() -> Office:
    value = request.form.get("office", "")
    if value not in {office.value for office in officials.ON_CHAIN}:
        raise DomainError(ErrorKind.INVALID_INPUT, "office", problem="unknown")
    return Office(value)


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError as error:
        raise DomainError(ErrorKind.INVALID_INPUT, name, problem="date") from error
