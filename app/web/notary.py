"""The notary's view of anchoring: batches with every time, line of tokens and co-signature; what can be checked elsewhere."""

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.permissions import Permission
from app.services import batches as service
from app.services import chain_facts, renewals
from app.services import witnesses as outside
from app.web.access import allow, current_actor
from app.web.context import services
from app.web.settlements import download
from app.web.verdicts import show_check, status_over

blueprint = Blueprint("notary", __name__)


@blueprint.get("/notary/batches")
@allow(Permission.SEE_BATCHES)
def batches() -> ResponseReturnValue:
    """Batches whose tokens lapse soon first, then the newest; their tokens checked now."""
    before = request.args.get("before", type=int)
    with services().reading() as work:
        rows, older = service.listing(work, current_actor(), before)
        return render_template(
            "notary/batches.html",
            rows=rows,
            older=older,
            warnings=renewals.warnings(work),
            now=work.now(),
            search=request.args.get("q", ""),
            line_status=line_status,
        )


@blueprint.get("/notary/find")
@allow(Permission.SEE_BATCHES)
def find() -> ResponseReturnValue:
    """From a root, head, transaction, block hash, digest or number to its batch."""
    text = request.args.get("q", "").strip()
    if not text:
        return redirect(url_for("notary.batches"))
    with services().work() as work:
        number = service.find(work, current_actor(), text)
    if number is not None:
        return redirect(url_for("notary.batch", batch=number))
    flash(_("没有找到与之相符的批次。请粘贴完整的 64 位十六进制数值，或者批次编号。"), "warning")
    return redirect(url_for("notary.batches", q=text[:200]))


def line_status(line: service.LineCheck) -> str:
    """The mark of a line of tokens."""
    return status_over(line.checks) if line.checks else "undetermined"


@blueprint.get("/notary/batches/<int:batch>")
@allow(Permission.SEE_BATCHES)
def batch(batch: int) -> ResponseReturnValue:
    """One batch, checked against the chain and the authorities."""
    look = service.look(services(), current_actor(), batch)
    chain = chain_facts.look(services())
    with services().reading() as work:
        standings, now = outside.standing(work), work.now()
    return render_template(
        "notary/batch.html",
        look=look,
        batch=look.batch,
        moments=look.moments,
        chain=chain,
        witnesses=standings,
        now=now,
        line_status=line_status,
        show_check=show_check,
    )


@blueprint.post("/notary/batches/<int:batch>/ask")
@allow(Permission.ASK_FOR_TIMESTAMPS)
def ask(batch: int) -> ResponseReturnValue:
    """Ask the authorities once more now for what the batch waits for."""
    with services().work() as work:
        service.ask_now(work, current_actor(), batch)
    flash(_("已排到最前面，几秒内再次请求；请稍后刷新本页。"), "success")
    return redirect(url_for("notary.batch", batch=batch), 303)


@blueprint.get("/notary/batches/<int:batch>/tokens/<int:token>")
@allow(Permission.SEE_BATCHES)
def token(batch: int, token: int) -> ResponseReturnValue:
    """A token as the authority gave it (DER), for checking with other tools."""
    with services().work() as work:
        found = service.token(work, current_actor(), batch, token)
    return download(found.content, found.name, "application/cms")


@blueprint.get("/notary/batches/<int:batch>/tokens/<int:token>/certificates")
@allow(Permission.SEE_BATCHES)
def certificates(batch: int, token: int) -> ResponseReturnValue:
    """Certificates kept with a token (PEM), for OpenSSL's ``-untrusted``."""
    with services().work() as work:
        found = service.certificates(work, current_actor(), batch, token)
    return download(found.content, found.name, "application/x-pem-file")


@blueprint.get("/notary/batches/<int:batch>/tokens/<int:token>/revocations/<int:place>")
@allow(Permission.SEE_BATCHES)
def revocation(batch: int, token: int, place: int) -> ResponseReturnValue:
    """One certificate list or OCSP response kept with a token (DER); ``place`` from 1."""
    with services().work() as work:
        found = service.revocation(work, current_actor(), batch, token, place - 1)
    return download(found.content, found.name, "application/octet-stream")


@blueprint.get("/notary/batches/<int:batch>/witnesses.json")
@allow(Permission.SEE_BATCHES)
def co_signatures(batch: int) -> ResponseReturnValue:
    """What the witnesses signed about a batch, with their signatures."""
    with services().work() as work:
        answer = jsonify(service.co_signatures(work, current_actor(), batch))
    answer.headers.set("Content-Disposition", "attachment", filename=f"batch-{batch}-witnesses.json")
    return answer


@blueprint.get("/notary/authorities.pem")
@allow(Permission.SEE_BATCHES)
def authorities() -> ResponseReturnValue:
    """Root certificates of the timestamp authorities that the trust root names (PEM)."""
    answer = Response("".join(services().trust.tsa_anchors), mimetype="application/x-pem-file")
    answer.headers.set("Content-Disposition", "attachment", filename="tsa-roots.pem")
    return answer
