"""Demo links; registered only where the installation is a demonstration."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from app.domain.permissions import Permission
from app.services import demo
from app.web.access import allow
from app.web.context import services
from app.web.sign_in import keep_login

blueprint = Blueprint("demo", __name__)

_START = {
    "claimant": "cases.own",
    "respondent": "cases.own",
    "mediator": "cases.queue",
    "judge": "cases.own",
    "notary": "cases.own",
    "office": "office.board",
}


@blueprint.get("/demo/<key>/<token>")
@allow(Permission.USE_DEMO_LINK)
def enter(key: str, token: str) -> ResponseReturnValue:
    """Sign in as an invented person of the demonstration."""
    with services().work() as work:
        keep_login(demo.sign_in(work, key, token))
    return redirect(url_for(_START[key]), 303)
