"""The open front: home, language, trust root; and the style page in demo mode."""

from flask import Blueprint, abort, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.domain.permissions import Permission
from app.domain.rights import RightKind
from app.web.access import allow
from app.web.context import came_from, services

blueprint = Blueprint("site", __name__)
LANGUAGES = ("zh", "en")


@blueprint.get("/")
@allow(Permission.SEE_PUBLIC_PAGES)
def home() -> ResponseReturnValue:
    """What this is and the doors into it."""
    return render_template("site/home.html", rights=list(RightKind))


@blueprint.post("/language/<language>")
@allow(Permission.SEE_PUBLIC_PAGES)
def set_language(language: str) -> ResponseReturnValue:
    """Remember the reader's language and go back to the same page."""
    if language not in LANGUAGES:
        abort(404)
    session["language"] = language
    return redirect(came_from() or url_for("site.home"), 303)


@blueprint.post("/invited")
@allow(Permission.SEE_PUBLIC_PAGES)
def invited() -> ResponseReturnValue:
    """Somebody who types the last part of the invitation link, or pastes all of it."""
    token = request.form.get("code", "").strip().rstrip("/").rsplit("/", 1)[-1]
    return redirect(url_for("invitations.show", token=token or "-"), 303)


@blueprint.get("/health")
@allow(Permission.SEE_PUBLIC_PAGES)
def health() -> ResponseReturnValue:
    """Whether this process serves and reaches its database; for supervisors."""
    with services().reading():
        return {"ready": True}


@blueprint.get("/design")
@allow(Permission.SEE_PUBLIC_PAGES)
def design() -> ResponseReturnValue:
    """The design system on one page; only where the installation is a demonstration."""
    if not current_app.extensions["hezheng"].settings.demo:
        abort(404)
    return render_template("site/design.html", sample_time=services().clock())
