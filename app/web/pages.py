"""Registers every area's blueprint; the list of what the site consists of."""

from flask import Flask
from flask_limiter import Limiter

from app.web import (
    cases,
    chain_questions,
    confirmations,
    court,
    demo,
    draft_api,
    drafts,
    exhibits,
    intake,
    invitations,
    keys,
    notary,
    office,
    officials,
    papers,
    retention,
    room,
    settlements,
    sign_in,
    signing_desk,
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
    retention,
    settlements,
    signing_desk,
    drafts,
    draft_api,
    confirmations,
    court,
    uploads,
    exhibits,
    papers,
    notary,
    verify,
    chain_questions,
)
CODE_LIMIT = "20 per minute; 120 per hour"
VERIFY_LIMIT = "20 per minute"
"""Each check reads a file of up to 4 MB, which may be made to take seconds, and asks the node up to two hundred times.
The page itself checks in the browser; this is for browsers that cannot, and for programs."""
CHAIN_LIMIT = "240 per minute"
"""A verification in a browser asks four questions, and one more for each witness whom nobody vouches for."""
DRAFT_LIMIT = "600 per minute"
"""Everybody who writes in a draft asks for it again after each act of the others; several may share an address."""
HISTORY_LIMIT = "60 per minute"
"""An earlier state is made of every change since."""
CERTIFICATE_LIMIT = "30 per minute"
PACKAGE_LIMIT = "10 per minute"
"""Each certificate is a second of work; a package is one for every exhibit, and lies on the disk until it is sent."""
CHAIN_ENDPOINTS = ("identity", "batch", "block", "offices")
HISTORY_ENDPOINTS = ("drafts.history", "draft_api.at_revision", "draft_api.comparison")
CODE_ENDPOINTS = (
    "sign_in.send_code",
    "sign_in.enter",
    "invitations.join",
    "invitations.send_code",
    "intake.submit",
    "intake.verify",
    "intake.send_again",
    "court.open_file",
    "signing_desk.go_on",
)


def register(app: Flask, limiter: Limiter) -> None:
    """Register all areas; where codes are tried or much work is made, addresses are limited."""
    for area in AREAS:
        app.register_blueprint(area.blueprint)
    if app.extensions["hezheng"].settings.demo:
        app.register_blueprint(demo.blueprint)
    limits = dict.fromkeys(CODE_ENDPOINTS, CODE_LIMIT) | {"verify.check": VERIFY_LIMIT}
    limits |= {"papers.certificate": CERTIFICATE_LIMIT, "papers.package": PACKAGE_LIMIT}
    limits |= {"settlements.pdf": CERTIFICATE_LIMIT, "signing_desk.hand_over": CODE_LIMIT}
    limits |= {f"chain_questions.{name}": CHAIN_LIMIT for name in CHAIN_ENDPOINTS}
    limits |= {f"draft_api.{name}": DRAFT_LIMIT for name in ("state", "change", "comment")}
    limits |= dict.fromkeys(HISTORY_ENDPOINTS, HISTORY_LIMIT)
    for endpoint, limit in limits.items():
        # the limiter keeps the view's attributes, its declared permission among them
        app.view_functions[endpoint] = limiter.limit(limit)(app.view_functions[endpoint])
