"""A case's own pages: list, overview, consents; the mediator's queue, acceptance, disclosure."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.consent_texts import CONSENT_TEXTS
from app.domain.errors import DomainError, ErrorKind
from app.domain.lifecycle import ConsentStage
from app.domain.permissions import Permission
from app.domain.rights import RIGHT_FIELDS
from app.services import cases as service
from app.services import consents as consent_service
from app.services import packages, preservation, signing
from app.web.access import allow, current_actor
from app.web.context import services

blueprint = Blueprint("cases", __name__)


@blueprint.get("/cases")
@allow(Permission.SEE_OWN_CASES)
def own() -> ResponseReturnValue:
    """The cases in which I have a seat."""
    with services().reading() as work:
        return render_template("cases/own.html", cases=service.own(work, current_actor()))


@blueprint.get("/queue")
@allow(Permission.ACCEPT_CASE)
def queue() -> ResponseReturnValue:
    """Cases that wait for a mediator, and my own."""
    with services().reading() as work:
        return render_template(
            "cases/queue.html",
            waiting=service.queue(work, current_actor()),
            own=service.own(work, current_actor()),
            missing=consent_service.missing,
        )


@blueprint.get("/cases/<number>")
@allow(Permission.SEE_CASE)
def show(number: str) -> ResponseReturnValue:
    """Where the case stands and what I can do next."""
    with services().reading() as work:
        entry = service.see(work, current_actor(), number)
        return render_template(
            "cases/show.html",
            case=entry.case,
            entry=entry,
            seat=entry.participant,
            fields=RIGHT_FIELDS[entry.case.right_kind],
            missing=consent_service.missing(entry.case),
            given=consent_service.current(entry.participant) if entry.participant else {},
            mediator=service.mediator_of(entry.case),
            can=lambda name: entry.may(Permission(name)),
            package_size=packages.estimate(work, current_actor(), number)
            if entry.may(Permission.SEE_EXHIBIT)
            else None,
        )


@blueprint.get("/cases/<number>/consents")
@allow(Permission.GIVE_CONSENT)
def consents(number: str) -> ResponseReturnValue:
    """Every stage with its text, to be answered yes or no."""
    with services().reading() as work:
        entry = service.see(work, current_actor(), number)
        return render_template(
            "cases/consents.html",
            case=entry.case,
            seat=entry.seat,
            texts=CONSENT_TEXTS,
            given=consent_service.current(entry.seat),
            history=entry.seat.consents,
            request_to_sign=preservation.request_for(work, current_actor(), number),
        )


@blueprint.post("/cases/<number>/consents")
@allow(Permission.GIVE_CONSENT)
def give_consents(number: str) -> ResponseReturnValue:
    """Record the answers."""
    answers = {
        stage: request.form[stage.value] == "yes" for stage in ConsentStage if request.form.get(stage.value)
    }
    with services().work() as work:
        consent_service.give(work, current_actor(), number, answers)
    flash(_("您的答复已记录，随时可以更改。"), "success")
    if answers.get(ConsentStage.PRESERVATION):
        return redirect(url_for("cases.consents", number=number, _anchor="sign"), 303)
    return redirect(url_for("cases.show", number=number), 303)


@blueprint.post("/cases/<number>/preservation")
@allow(Permission.GIVE_CONSENT)
def sign_preservation(number: str) -> ResponseReturnValue:
    """A party's signature under the agreement on preservation, as JSON."""
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise DomainError(ErrorKind.INVALID_INPUT)
    with services().work() as work:
        preservation.sign(work, current_actor(), number, signing.parse_submission(given))
    flash(_("您已签署电子数据保全方式约定。"), "success")
    return jsonify(location=url_for("cases.show", number=number))


@blueprint.post("/cases/<number>/accept")
@allow(Permission.ACCEPT_CASE)
def accept(number: str) -> ResponseReturnValue:
    """A mediator takes the case."""
    with services().work() as work:
        service.accept(work, current_actor(), number)
    flash(_("您已受理本案。请先作出披露，再开启调解室。"), "success")
    return redirect(url_for("cases.show", number=number), 303)


@blueprint.post("/cases/<number>/open-room")
@allow(Permission.OPEN_CAUCUS)
def open_room(number: str) -> ResponseReturnValue:
    """Disclose and open the room."""
    with services().work() as work:
        service.open_room(work, current_actor(), number, request.form.get("disclosure", ""))
    flash(_("调解室已开启，已通知双方。"), "success")
    return redirect(url_for("room.show", number=number), 303)
