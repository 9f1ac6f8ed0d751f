"""Public verification without login: the page and its offline twin, the check of digests and proof, the trust root."""

import json
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify, render_template, request, send_file
from flask.typing import ResponseReturnValue

from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.services import verification
from app.web.access import allow
from app.web.context import services
from app.web.errors import STATUS, message_for
from app.web.proof_parts import proof_parts
from app.web.verdicts import rules_beside_answers

blueprint = Blueprint("verify", __name__)

BODY_LIMIT = 5 * 1024 * 1024
"""A proof file of the largest size, inside a JSON body."""
OFFLINE_NAME = "hezheng-offline-verify.html"


@blueprint.url_value_preprocessor
def take_proofs(endpoint: str | None, _values: object) -> None:
    """Proof files may be larger than forms."""
    if endpoint == "verify.check":
        request.max_content_length = BODY_LIMIT


@blueprint.get("/verify")
@allow(Permission.VERIFY_PUBLICLY)
def page() -> ResponseReturnValue:
    """Choose a file and its proof; both are read and checked in the browser and never leave it."""
    return render_template(
        "verification/page.html",
        trust=services().trust,
        rules=rules_beside_answers(),
        offline_digest=sha256(_offline_page().read_bytes()).hexdigest(),
    )


def _offline_page() -> Path:
    """The built page, whose name carries a hash of its bytes."""
    folder = Path(current_app.static_folder or "") / "build"
    name: str = json.loads((folder / "manifest.json").read_text("utf-8"))["offline-verify.html"]
    return folder / name


@blueprint.get("/verify/offline.html")
@allow(Permission.VERIFY_PUBLICLY)
def offline() -> ResponseReturnValue:
    """The page that checks a proof without any server, to be kept and opened from a disk."""
    return send_file(_offline_page(), "text/html", as_attachment=True, download_name=OFFLINE_NAME)


@blueprint.post("/verify/check")
@allow(Permission.VERIFY_PUBLICLY)
def check() -> ResponseReturnValue:
    """``{"proof": text, "digest": {sha256, sm3, size}?}`` → the verdict, as JSON or as a part of a page."""
    html = request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    form = request.get_json(silent=True)
    try:
        if not isinstance(form, dict) or not isinstance(form.get("proof"), str):
            raise DomainError(ErrorKind.PROOF_MALFORMED, "proof", where="proof", problem="missing")
        proof = verification.read_proof(form["proof"])
        verdict = verification.check(services(), proof, verification.read_digest(form.get("digest")))
    except DomainError as refusal:
        if not html:
            raise
        where = refusal.detail.get("where")
        text = render_template("verification/_problem.html", message=message_for(refusal), where=where)
        return text, STATUS[refusal.kind]
    if not html:
        return jsonify(verdict.as_json())
    name = form.get("file_name")
    return render_template(
        "verification/_result.html",
        **proof_parts(verification.Examined(proof, verdict), services()),
        proof=proof,
        statement=proof.statement.body,
        received_at=datetime.fromisoformat(proof.statement.received_at),
        file_name=name if isinstance(name, str) else None,
    )


@blueprint.get("/trust.json")
@allow(Permission.VERIFY_PUBLICLY)
def trust() -> ResponseReturnValue:
    """The trust root of this installation, to be compared with the one obtained elsewhere."""
    answer = Response(services().trust.dump(), mimetype="application/json")
    answer.headers.set("Content-Disposition", "attachment", filename="hezheng-trust.json")
    return answer
