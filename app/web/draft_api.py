"""The draft as JSON for scripts: state, changes, history, proposals, remarks, checks (docs/drafting.md).

Everything a change needs comes in the body and goes to a service; the page without script is in ``drafts``.
"""

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.domain.agreement.library import entries_for
from app.domain.agreement.render import render
from app.domain.agreement.render_english import english_clause, render_english
from app.domain.agreement.wording import Words
from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.services import draft_pages, draft_reviews, draft_talk, drafts
from app.web.access import allow, current_actor
from app.web.clause_words import kinds_as_json
from app.web.context import services
from app.web.draft_forms import elements_as_json
from app.web.draft_words import hit_words

blueprint = Blueprint("draft_api", __name__)
BASE = "/api/cases/<number>/draft"


@blueprint.get(BASE)
@allow(Permission.SEE_DRAFT)
def state(number: str) -> ResponseReturnValue:
    """The whole draft with comments, proposals and checks; 404 before it is opened."""
    with services().reading() as work:
        page = draft_pages.page(work, current_actor(), number)
        body = page.as_json()
    for sent, one in zip(body["hits"], page.review.hits, strict=True):
        sent |= vars(hit_words(one.hit))
    return jsonify(body | _reading(page))


def _reading(page: draft_pages.DraftPage) -> dict[str, Any]:
    """How the draft reads: each clause's lines in Chinese and English, and the whole English reading version."""
    agreement, details = page.review.agreement, page.case.right_details
    words = Words(agreement)
    return {
        "lines": {
            clause.ref: {"zh": words.clause(clause), "en": english_clause(agreement, clause, details)}
            for clause in agreement.clauses
        },
        "english": render_english(agreement, details),
    }


@blueprint.post(BASE)
@allow(Permission.DRAFT_SETTLEMENT)
def open_draft(number: str) -> ResponseReturnValue:
    """Open the draft; the same answer if it is open already."""
    with services().work() as work:
        draft = drafts.open_draft(work, current_actor(), number)
        return jsonify(revision=draft.revision), 201


@blueprint.get(f"{BASE}/kinds")
@allow(Permission.SEE_DRAFT)
def kinds(number: str) -> ResponseReturnValue:
    """Every kind of clause with its fields, those of header, party and fact, and the library's entries for this right."""
    with services().reading() as work:
        right = drafts.look(work, current_actor(), number).entry.case.right_kind
    entries = [
        {
            "key": entry.key,
            "kind": entry.kind,
            "title": {"zh": entry.title, "en": entry.title_en},
            "use": {"zh": entry.use, "en": entry.use_en},
            "article": entry.article,
        }
        for entry in entries_for(right)
    ]
    return jsonify(kinds=kinds_as_json(), elements=elements_as_json(), library=entries)


@blueprint.get(f"{BASE}/changes")
@allow(Permission.SEE_DRAFT)
def changes(number: str) -> ResponseReturnValue:
    """``?after=N``: changes above a revision in order, at most 200; ``more`` says whether to ask again."""
    with services().reading() as work:
        found = drafts.changes_after(work, current_actor(), number, _query("after"))
        sent = [draft_pages.change_as_json(change) for change in found]
    return jsonify(changes=sent, more=len(sent) == drafts.PAGE)


@blueprint.post(f"{BASE}/changes")
@allow(Permission.WRITE_IN_DRAFT)
def change(number: str) -> ResponseReturnValue:
    """``{client_id, base, operation, note?}``: 201 with the change, 202 with the proposal it became, 200 if nothing
    differed, 409 ``conflict`` with both texts."""
    body = _body()
    given = drafts.Given(
        _int(body, "base"), _text(body, "client_id"), _object(body, "operation"), _text(body, "note", "")
    )
    with services().work() as work:
        made = drafts.change(work, current_actor(), number, given)
        answer: dict[str, Any] = {"revision": made.draft.revision}
        if made.change is not None:
            return jsonify(answer | {"change": draft_pages.change_as_json(made.change)}), 201
        if made.proposal is not None:
            return jsonify(answer | {"proposal": draft_pages.proposal_as_json(made.proposal)}), 202
        return jsonify(answer), 200


@blueprint.get(f"{BASE}/revisions/<int:revision>")
@allow(Permission.SEE_DRAFT)
def at_revision(number: str, revision: int) -> ResponseReturnValue:
    """The terms and their text as they were."""
    with services().reading() as work:
        agreement = drafts.shown_at(work, current_actor(), number, revision)
    return jsonify(revision=revision, agreement=agreement.as_json(), text=render(agreement))


@blueprint.get(f"{BASE}/comparison")
@allow(Permission.SEE_DRAFT)
def comparison(number: str) -> ResponseReturnValue:
    """``?before=N&after=M``: what differs by element, field and character."""
    with services().reading() as work:
        found = drafts.differences(work, current_actor(), number, _query("before"), _query("after"))
    return jsonify(differences=[one.as_json() for one in found])


@blueprint.post(f"{BASE}/editing")
@allow(Permission.DRAFT_SETTLEMENT)
def editing(number: str) -> ResponseReturnValue:
    """``{open}``: let parties change the draft themselves, or only propose."""
    value = _body().get("open")
    if not isinstance(value, bool):
        raise DomainError(ErrorKind.INVALID_INPUT, "open")
    with services().work() as work:
        drafts.set_open_editing(work, current_actor(), number, value)
    return jsonify(open_editing=value)


@blueprint.post(f"{BASE}/proposals/<int:proposal>/decision")
@allow(Permission.DRAFT_SETTLEMENT)
def decide(number: str, proposal: int) -> ResponseReturnValue:
    """``{accept, reason?, base?}``: accept or reject with a reason; ``base`` accepts over later changes."""
    body = _body()
    accept, base = body.get("accept"), body.get("base")
    if not isinstance(accept, bool) or not (base is None or type(base) is int):
        raise DomainError(ErrorKind.INVALID_INPUT, "accept")
    decision = draft_talk.Decision(accept, _text(body, "reason", ""), base)
    with services().work() as work:
        made = draft_talk.decide(work, current_actor(), number, proposal, decision)
        return jsonify(proposal=draft_pages.proposal_as_json(made))


@blueprint.post(f"{BASE}/proposals/<int:proposal>/withdrawal")
@allow(Permission.WRITE_IN_DRAFT)
def withdraw(number: str, proposal: int) -> ResponseReturnValue:
    """Its author takes a proposal back."""
    with services().work() as work:
        made = draft_talk.withdraw(work, current_actor(), number, proposal)
        return jsonify(proposal=draft_pages.proposal_as_json(made))


@blueprint.post(f"{BASE}/comments")
@allow(Permission.WRITE_IN_DRAFT)
def comment(number: str) -> ResponseReturnValue:
    """``{client_id, text, target?, reply_to?}``."""
    body = _body()
    target, reply = body.get("target"), body.get("reply_to")
    if not isinstance(target, str | None) or not (reply is None or type(reply) is int):
        raise DomainError(ErrorKind.INVALID_INPUT, "target")
    remark = draft_talk.Remark(_text(body, "text"), _text(body, "client_id"), target, reply)
    with services().work() as work:
        made = draft_talk.comment(work, current_actor(), number, remark)
        return jsonify(comment=draft_pages.comment_as_json(made)), 201


@blueprint.post(f"{BASE}/comments/<int:comment>/resolution")
@allow(Permission.WRITE_IN_DRAFT)
def resolve(number: str, comment: int) -> ResponseReturnValue:
    """``{resolved}``: settled, or open again."""
    value = _body().get("resolved")
    if not isinstance(value, bool):
        raise DomainError(ErrorKind.INVALID_INPUT, "resolved")
    with services().work() as work:
        made = draft_talk.resolve(work, current_actor(), number, comment, value)
        return jsonify(comment=draft_pages.comment_as_json(made))


@blueprint.post(f"{BASE}/overrides")
@allow(Permission.DRAFT_SETTLEMENT)
def override(number: str) -> ResponseReturnValue:
    """``{rule, ref, reason}``: keep what a check found."""
    body = _body()
    ref = body.get("ref")
    if not isinstance(ref, str | None):
        raise DomainError(ErrorKind.INVALID_INPUT, "ref")
    with services().work() as work:
        draft_reviews.override(work, current_actor(), number, _text(body, "rule"), ref, _text(body, "reason"))
    return jsonify(), 201


@blueprint.post(f"{BASE}/versions")
@allow(Permission.DRAFT_SETTLEMENT)
def propose(number: str) -> ResponseReturnValue:
    """``{revision, in_order?}``: freeze exactly this revision as a version to sign; in order: one after the other."""
    body = _body()
    with services().work() as work:
        made = draft_reviews.propose(
            work, current_actor(), number, _int(body, "revision"), body.get("in_order") is True
        )
        return jsonify(version=made.version), 201


def _body() -> dict[str, Any]:
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise DomainError(ErrorKind.INVALID_INPUT)
    return given


def _text(body: dict[str, Any], name: str, default: str | None = None) -> str:
    value = body.get(name, default)
    if not isinstance(value, str):
        raise DomainError(ErrorKind.INVALID_INPUT, name)
    return value


def _int(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    if type(value) is not int or not 0 <= value < 2**31:
        raise DomainError(ErrorKind.INVALID_INPUT, name)
    return value


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise DomainError(ErrorKind.INVALID_INPUT, name)
    return value


def _query(name: str) -> int:
    text = request.args.get(name, "")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise DomainError(ErrorKind.INVALID_INPUT, name)
    return int(text)
