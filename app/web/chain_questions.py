"""Public facts of the chain as JSON, for whoever verifies in a browser: nothing of a statement is asked or told."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.services import chain_questions
from app.web.access import allow
from app.web.context import services

blueprint = Blueprint("chain_questions", __name__, url_prefix="/verify/ledger")
MAX_DIGITS = 16


@blueprint.get("/identity")
@allow(Permission.VERIFY_PUBLICLY)
def identity() -> ResponseReturnValue:
    """``{"chain_id", "code_hashes", "batches"}``."""
    return jsonify(chain_questions.identity(services()))


@blueprint.get("/batches/<int:which>")
@allow(Permission.VERIFY_PUBLICLY)
def batch(which: int) -> ResponseReturnValue:
    """``{"batch": as recorded or null, "final"}``."""
    return jsonify(chain_questions.batch(services(), which))


@blueprint.get("/blocks/<int:which>")
@allow(Permission.VERIFY_PUBLICLY)
def block(which: int) -> ResponseReturnValue:
    """``{"hash": 0x text or null}``."""
    return jsonify(chain_questions.block_hash(services(), which))


@blueprint.get("/offices")
@allow(Permission.VERIFY_PUBLICLY)
def offices() -> ResponseReturnValue:
    """``?signer=0x…&at=unix seconds`` → ``{"offices": numbers of the witness offices held then}``."""
    at = request.args.get("at", "")
    if not (at.isascii() and at.isdigit() and len(at) <= MAX_DIGITS):
        raise DomainError(ErrorKind.INVALID_INPUT, "at")
    return jsonify(chain_questions.witness_offices(services(), request.args.get("signer", ""), int(at)))
