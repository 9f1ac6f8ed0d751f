"""The court's pages: opening a case by number and code, its file, and the ruling."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.services import (
    chain_facts,
    confirmations,
    court,
    packages,
    relays,
    settlement_pages,
    signing,
    verification,
    witnesses,
)
from app.services.proofs import EXTENSION, MEDIA_TYPE
from app.web import ledger_words
from app.web.access import allow, current_actor
from app.web.context import services
from app.web.errors import message_for
from app.web.labels import label_of
from app.web.proof_parts import proof_parts
from app.web.settlements import download
from app.web.verdicts import cause_text, rules_of_today

blueprint = Blueprint("court", __name__)


@blueprint.get("/court")
@allow(Permission.OPEN_COURT_FILE)
def start() -> ResponseReturnValue:
    """Ask for number and code; list the files opened before."""
    return _start({}, request.args.get("number", "")), 200


def _start(problems: dict[str, str], number: str) -> str:
    with services().reading() as work:
        return render_template(
            "court/start.html",
            opened=confirmations.opened(work, current_actor()),
            number=number,
            problems=problems,
        )


@blueprint.post("/court")
@allow(Permission.OPEN_COURT_FILE)
def open_file() -> ResponseReturnValue:
    """Open a file with number and code; a wrong attempt counts."""
    number = request.form.get("number", "")
    with services().work() as work:
        result = confirmations.open_file(work, current_actor(), number, request.form.get("code", ""))
    if isinstance(result, DomainError):
        problem = message_for(result)
        if result.kind is ErrorKind.CODE_WRONG:
            problem = _("案件编号或查阅码不正确，请核对法院收到的通知。")
        return _start({"code": problem}, number), 422
    return redirect(url_for("court.file", number=result), 303)


@blueprint.get("/court/<number>")
@allow(Permission.SEE_COURT_FILE)
def file(number: str) -> ResponseReturnValue:
    """The court's file."""
    facts = settlement_pages.facts_for_court(services(), current_actor(), number)
    examined = court.verdicts(services(), current_actor(), number)
    chain = chain_facts.look(services())
    with services().work() as work:
        found = court.look(work, current_actor(), number)
        return render_template(
            "court/file.html",
            file=found,
            case=found.case,
            settlement=found.settlement,
            confirmation=found.confirmation,
            lines=found.lines,
            facts=facts,
            proofs={key: proof_parts(one, services()) for key, one in examined.items()},
            chain=chain,
            witnesses=witnesses.standing(work),
            rules=rules_of_today(),
            refusal=ledger_words.refusal_text(found.confirmation.refusal),
            package_size=packages.estimate(work, current_actor(), number),
        )


@blueprint.get("/court/<number>/agreement/text")
@allow(Permission.SEE_COURT_FILE)
def text(number: str) -> ResponseReturnValue:
    """The exact bytes of the agreement's text."""
    with services().work() as work:
        content = court.agreement_text(work, current_actor(), number)
    return download(content, f"{number}.txt", "text/plain; charset=utf-8")


@blueprint.get("/court/<number>/agreement/proof")
@allow(Permission.SEE_COURT_FILE)
def proof(number: str) -> ResponseReturnValue:
    """The agreement's proof file."""
    content = court.agreement_proof(services(), current_actor(), number).dump()
    return download(content.encode(), f"{number}{EXTENSION}", MEDIA_TYPE)


@blueprint.post("/court/<number>/match")
@allow(Permission.SEE_COURT_FILE)
def match(number: str) -> ResponseReturnValue:
    """Which exhibit of this case a dropped file is, as a part of a page; only its digests are sent."""
    given = _json()
    digest = verification.read_digest(given.get("digest"))
    if digest is None:
        raise DomainError(ErrorKind.INVALID_INPUT, "original", problem="missing")
    name, meant = str(given.get("file_name", "")), given.get("meant")
    found = court.match(
        services(), current_actor(), number, digest, name, meant if isinstance(meant, int) else None
    )
    return render_template(
        "court/_match.html",
        found=found if isinstance(found, court.Match) else None,
        missed=found if isinstance(found, court.Mismatch) else None,
        meant=meant if isinstance(meant, int) else None,
        causes=[cause_text(code) for code in found.causes] if isinstance(found, court.Mismatch) else [],
        number=number,
        digest=digest,
        judge=True,
        **proof_parts(found.examined if isinstance(found, court.Match) else None, services()),
    )


def _json() -> dict[str, object]:
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise DomainError(ErrorKind.INVALID_INPUT)
    return given


@blueprint.post("/court/<number>/ruling")
@allow(Permission.DECIDE_CONFIRMATION)
def prepare(number: str) -> ResponseReturnValue:
    """Prepare exactly what the judge's passkey will sign, as JSON."""
    given = _json()
    with services().work() as work:
        prepared = confirmations.prepare(
            work,
            current_actor(),
            number,
            str(given.get("outcome", "")),
            str(given.get("ground", "")),
            str(given.get("ruling_number", "")),
        )
        return jsonify(
            commitment=prepared.commitment,
            request=prepared.request,
            summary=_(
                "%(outcome)s，裁定书案号：%(number)s。签署后写入链上并告知双方，不能撤回。",
                outcome=label_of("outcome", given.get("outcome")),
                number=str(given.get("ruling_number", "")).strip(),
            ),
        )


@blueprint.post("/court/<number>/decision")
@allow(Permission.DECIDE_CONFIRMATION)
def decide(number: str) -> ResponseReturnValue:
    """Record the signed ruling, then carry it to the chain."""
    given = _json()
    with services().work() as work:
        confirmation_id = confirmations.decide(
            work, current_actor(), number, str(given.get("commitment", "")), signing.parse_submission(given)
        )
    _tell(relays.relay_decision(services(), confirmation_id), number)
    return jsonify(location=url_for("court.file", number=number))


@blueprint.post("/court/<number>/relay")
@allow(Permission.DECIDE_CONFIRMATION)
def relay(number: str) -> ResponseReturnValue:
    """Carry a waiting decision to the chain once more."""
    _tell(relays.retry_decision(services(), current_actor(), number), number)
    return redirect(url_for("court.file", number=number), 303)


def _tell(result: relays.Relay, number: str) -> None:
    with services().reading() as work:
        refusal = confirmations.refusal_of(work, current_actor(), number)
    ledger_words.tell(result, _("裁定已签署并记录在链上，已告知双方。"), refusal)
    if result is not relays.Relay.DONE:
        flash(_("裁定的签名已经保存。"), "info")
