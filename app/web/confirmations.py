"""The parties' page of judicial confirmation: why this court, who has joined, and the decision."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.permissions import Permission
from app.services import access, confirmations, settlements
from app.services.settlement_pages import deadline_of
from app.web.access import allow, current_actor
from app.web.context import services

blueprint = Blueprint("confirmations", __name__)


@blueprint.get("/cases/<number>/confirmation")
@allow(Permission.SEE_CASE)
def show(number: str) -> ResponseReturnValue:
    """Where the joint application stands."""
    with services().reading() as work:
        entry = access.in_case(work, current_actor(), number, Permission.SEE_CASE)
        made = confirmations.of_case(work, entry.case)
        settlement = settlements.in_force(work, entry.case)
        if made is not None and settlement is not None and made.settlement_id != settlement.id:
            made = None
        return render_template(
            "confirmations/show.html",
            case=entry.case,
            seat=entry.participant,
            settlement=settlement,
            confirmation=made,
            route=confirmations.route_of(work, entry.case),
            waiting=confirmations.waiting_for(entry.case, made),
            deadline=deadline_of(settlement) if settlement else None,
            may_apply=entry.may(Permission.APPLY_FOR_CONFIRMATION),
        )


@blueprint.post("/cases/<number>/confirmation")
@allow(Permission.APPLY_FOR_CONFIRMATION)
def join(number: str) -> ResponseReturnValue:
    """Join the application."""
    with services().work() as work:
        confirmations.join(work, current_actor(), number, request.form.get("court") or None)
    flash(_("您已申请司法确认。双方都申请后即提交法院。"), "success")
    return redirect(url_for("confirmations.show", number=number), 303)
