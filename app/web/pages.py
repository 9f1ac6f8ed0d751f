"""Registers every area's blueprint; the list of what the site consists of."""

from flask import Flask
from flask_limiter import Limiter

from app.web import (
    cases,
    confirmations,
    court,
    demo,
    exhibits,
    intake,
    invitations,
    keys,
    notary,
    office,
    officials,
    room,
    settlements,
    sign_in,
    site,
    uploads,
    verify,
)

AREAS = (
    site,
    sign_in,
    intake,
    invitations,
    cases,
    office,
    room,
    keys,
    officials,
    settlements,
    confirmations,
    court,
    uploads,
    exhibits,
    notary,
    verify,
)
CODE_LIMIT = "20 per minute; 120 per hour"
CODE_ENDPOINTS = (
    "sign_in.send_code",
    "sign_in.enter",
    "invitations.join",
    "invitations.send_code",
    "intake.verify",
    "court.open_file",
)


def register(app: Flask, limiter: Limiter) -> None:
    """Register all areas; those where codes are tried are limited per address."""
    for area in AREAS:
        app.register_blueprint(area.blueprint)
    if app.extensions["hezheng"].settings.demo:
        app.register_blueprint(demo.blueprint)
    for endpoint in CODE_ENDPOINTS:
        app.view_functions[endpoint] = _limited(limiter, app.view_functions[endpoint])


def _limited(limiter: Limiter, view):  # type: ignore[no-untyped-def]
    limited = limiter.limit(CODE_LIMIT)(view)
    limited.permission = view.permission
    return limited
