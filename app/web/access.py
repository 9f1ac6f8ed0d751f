"""Closed unless opened: every view declares its permission, and nothing runs before it is checked."""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, abort, current_app, g, request, session
from flask.typing import ResponseReturnValue
from limits import RateLimitItemPerMinute

from app.domain.errors import DomainError
from app.domain.permissions import OUTSIDE_CASES, Permission
from app.domain.roles import OUTSIDER, Actor
from app.services import access, accounts, audit
from app.web.context import services

View = TypeVar("View", bound=Callable[..., object])
OPEN_ENDPOINTS = frozenset({"static"})
TOKEN = accounts.BROWSER_KEY
RECORDED = RateLimitItemPerMinute(60)
"""How many refusals are written down for one account or address; each is a write to the disk."""


def allow(permission: Permission) -> Callable[[View], View]:
    """Declare what a view needs; a view without it is never served."""

    def declare(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return declare


def permission_of(app: Flask, endpoint: str) -> Permission | None:
    """The declared permission of an endpoint, or None."""
    return getattr(app.view_functions.get(endpoint), "permission", None)


def current_actor() -> Actor:
    """Who makes this request, as looked up at its beginning."""
    actor: Actor = g.get("actor", OUTSIDER)  # refused before the look-up: nobody yet
    return actor


def install(app: Flask) -> None:
    """Check every request before its view runs, and log each refusal."""

    @app.before_request
    def guard() -> ResponseReturnValue | None:
        with services().reading() as work:
            g.actor = accounts.actor_of(work, session.get(TOKEN)) or OUTSIDER
        if request.endpoint is None or request.endpoint in OPEN_ENDPOINTS:
            return None
        permission = permission_of(app, request.endpoint)
        if permission is None:
            abort(403)
        try:
            _check(g.actor, permission)
        except DomainError as refusal:
            log_refusal(g.actor, permission, refusal)
            raise
        return None


def _check(actor: Actor, permission: Permission) -> None:
    if permission in OUTSIDE_CASES:
        access.require(actor, permission)
        return
    number = (request.view_args or {}).get("number")
    if number is not None:
        with services().reading() as work:
            access.in_case(work, actor, number, permission)
    elif actor.account_id is None:
        access.require(actor, Permission.SEE_OWN_CASES)


def log_refusal(actor: Actor, permission: Permission, refusal: DomainError) -> None:
    """One line in the audit for a refused request, in a transaction of its own; of a flood only the beginning."""
    limiter = next(iter(current_app.extensions["limiter"])).limiter
    if not limiter.hit(RECORDED, "refusal", str(actor.account_id or request.remote_addr)):
        return
    with services().work() as work:
        audit.record(
            work, actor, permission.value, allowed=False, kind=refusal.kind.value, path=request.path[:200]
        )
