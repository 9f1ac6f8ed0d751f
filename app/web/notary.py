"""The notary's view of anchoring: batches with block time and token time side by side, tokens to download."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from app.domain.permissions import Permission
from app.services import batches as service
from app.web.access import allow, current_actor
from app.web.context import services

blueprint = Blueprint("notary", __name__)


@blueprint.get("/notary/batches")
@allow(Permission.SEE_BATCHES)
def batches() -> ResponseReturnValue:
    """The newest batches, their tokens checked now."""
    with services().reading() as work:
        return render_template("notary/batches.html", rows=service.listing(work, current_actor()))


@blueprint.get("/notary/batches/<int:batch>")
@allow(Permission.SEE_BATCHES)
def batch(batch: int) -> ResponseReturnValue:
    """One batch, checked against the chain and the authorities."""
    look = service.look(services(), current_actor(), batch)
    return render_template(
        "notary/batch.html", look=look, batch=look.batch, trust=services().trust, tolerance=service.TOLERANCE
    )


@blueprint.get("/notary/batches/<int:batch>/tokens/<int:token>")
@allow(Permission.SEE_BATCHES)
def token(batch: int, token: int) -> ResponseReturnValue:
    """A token as the authority gave it (DER), for checking with other tools."""
    with services().work() as work:
        _batch, der = service.token(work, current_actor(), batch, token)
    answer = Response(der, mimetype="application/timestamp-reply")
    answer.headers.set("Content-Disposition", "attachment", filename=f"batch-{batch}-{token}.tst")
    return answer


@blueprint.get("/notary/authorities.pem")
@allow(Permission.SEE_BATCHES)
def authorities() -> ResponseReturnValue:
    """Root certificates of the timestamp authorities that the trust root names (PEM)."""
    answer = Response("".join(services().trust.tsa_anchors), mimetype="application/x-pem-file")
    answer.headers.set("Content-Disposition", "attachment", filename="tsa-roots.pem")
    return answer
