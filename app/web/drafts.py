"""The draft without script: clauses and what was said about them, one element's form, the library, history, proposing.

The same for scripts is in ``draft_api``; rules are in the services.
"""

import secrets
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.agreement.changes import HEADER, flatten
from app.domain.agreement.kinds import KINDS
from app.domain.agreement.library import BY_KEY, entries_for
from app.domain.agreement.model import Agreement
from app.domain.agreement.render_english import render_english
from app.domain.agreement.wording import Words
from app.domain.errors import DomainError, ErrorKind, InvalidForm
from app.domain.permissions import Permission
from app.services import draft_pages, draft_reviews, draft_talk, drafts, settlement_pages
from app.services.draft_pages import DraftPage
from app.web import draft_forms
from app.web.access import allow, current_actor
from app.web.clause_words import FIELD_WORDS, KIND_WORDS
from app.web.context import services
from app.web.draft_words import hit_words
from app.web.errors import message_for, problem_texts

blueprint = Blueprint("drafts", __name__)
BASE = "/cases/<number>/draft"


@blueprint.get(BASE)
@allow(Permission.SEE_DRAFT)
def show(number: str) -> ResponseReturnValue:
    """The whole draft with what was said about it; before it is opened, how it will be."""
    with services().reading() as work:
        waiting = draft_pages.before(work, current_actor(), number)
        if waiting is not None:
            return render_template("drafts/before.html", case=waiting.entry.case, can_open=waiting.can_open)
    return _page(number, {}), 200


def _page(number: str, problems: dict[str, str]) -> str:
    with services().reading() as work:
        page = draft_pages.page(work, current_actor(), number)
        newest = page.newest
        return render_template(
            "drafts/show.html",
            page=page,
            case=page.case,
            agreement=page.review.agreement,
            entries=entries_for(page.case.right_kind),
            kinds=KIND_WORDS,
            library=BY_KEY,
            problems=problems,
            lacking=_lacking(page.review.agreement, page.review.missing),
            english=render_english(page.review.agreement, page.case.right_details),
            changes=settlement_pages.compare(newest.text, page.review.text) if newest else (),
            may=lambda name: page.may(Permission(name)),
            hit_words=hit_words,
            clause_lines=Words(page.review.agreement).clause,
            name_of=lambda ref: name_of(page.review.agreement, ref),
            operation_text=lambda proposal: operation_text(page.review.agreement, proposal.operation),
        )


def name_of(agreement: Agreement, ref: str | None) -> str:
    """What people call an element: 第 3 条 付款, 甲方, 争议事项与调解组织."""
    if ref is None:
        return _("全文")
    clause = agreement.clause(ref)
    if clause is not None:
        return _("第 %(at)s 条 %(kind)s", at=agreement.position(ref), kind=KIND_WORDS[clause.kind])
    if agreement.party(ref) is not None:
        return agreement.letter(ref)
    at = next((at for at, fact in enumerate(agreement.facts, 1) if fact.ref == ref), None)
    if at is not None:
        return _("事实 %(at)s", at=at)
    return _("争议事项与调解组织") if ref in (HEADER, "dispute") else _("已删除的内容（%(ref)s）", ref=ref)


def _lacking(agreement: Agreement, paths: dict[str, str]) -> list[tuple[str, str, str]]:
    """What still lacks as (element, its name, the field's name)."""
    found = []
    for path in paths:
        parts = path.split(".")
        ref = parts[1] if len(parts) > 2 else HEADER
        field = ".".join(parts[2:]) if len(parts) > 2 else path
        field = "representative.name" if field == "representative" else field
        if path == "clauses":
            found.append((HEADER, _("协议内容"), _("至少一条")))
        else:
            found.append((ref, name_of(agreement, ref), str(FIELD_WORDS[field])))
    return found


def operation_text(agreement: Agreement, operation: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What a proposal would change, as (name, now, then)."""
    ref = str(operation.get("target"))
    if operation["op"] == "edit":
        now = flatten(agreement).get(ref, {})
        values = {**now, **now.get("fields", {})}
        return [
            (
                _field_words(name),
                draft_forms.shown_value(agreement, ref, name, values.get(name)),
                draft_forms.shown_value(agreement, ref, name, value),
            )
            for name, value in operation["set"].items()
        ]
    if operation["op"] == "add" and "clause" in operation:
        clause = operation["clause"]
        fields = clause.get("fields", {})
        words = [
            f"{_field_words(name)}：{draft_forms.shown_value(agreement, ref, name, value)}"
            for name, value in fields.items()
        ]
        return [(_("新增一条"), "", "；".join([str(KIND_WORDS[clause["kind"]]), *words]))]
    if operation["op"] == "add":
        return [(_("新增一项事实"), "", str(operation["fact"].get("text", "")))]
    words = {
        "remove": _("删去"),
        "move": _("移动位置"),
        "restore": _("恢复到第 %(revision)s 次修改", revision=operation.get("revision")),
    }
    return [(words[operation["op"]], "", "")]


def _field_words(name: str) -> str:
    groups = {
        "organisation": "organisation.name",
        "representative": "representative.name",
        "agent": "agent.name",
    }
    return str(FIELD_WORDS.get(groups.get(name, name), name))


@blueprint.post(f"{BASE}/open")
@allow(Permission.DRAFT_SETTLEMENT)
def open_draft(number: str) -> ResponseReturnValue:
    """Begin with what fits the right in dispute."""
    with services().work() as work:
        drafts.open_draft(work, current_actor(), number)
    return redirect(url_for("drafts.show", number=number), 303)


@blueprint.get(f"{BASE}/<ref>")
@allow(Permission.WRITE_IN_DRAFT)
def edit(number: str, ref: str) -> ResponseReturnValue:
    """The form of one element."""
    with services().reading() as work:
        page = draft_pages.page(work, current_actor(), number)
        return _form(page, ref, page.found.draft.revision), 200


def _form(
    page: DraftPage,
    ref: str,
    base: int,
    values: dict[str, Any] | None = None,
    problems: dict[str, str] | None = None,
    both: dict[str, Any] | None = None,
) -> str:
    agreement = page.review.agreement
    if ref not in flatten(agreement) or ref in ("parties", "facts", "clauses"):
        raise DomainError(ErrorKind.NOT_FOUND)
    clause = agreement.clause(ref)
    entry = BY_KEY.get(clause.library or "") if clause is not None else None
    return render_template(
        "drafts/edit.html",
        page=page,
        case=page.case,
        ref=ref,
        base=base,
        title=name_of(agreement, ref),
        entry=entry,
        fields=draft_forms.fields_of(agreement, ref, values or draft_forms.values_of(agreement, ref)),
        problems={f"f-{name}": text for name, text in (problems or {}).items()},
        both=[
            (
                _field_words(name.partition(".")[2]),
                draft_forms.shown_value(agreement, ref, name.partition(".")[2], one["theirs"]),
                draft_forms.shown_value(agreement, ref, name.partition(".")[2], one["yours"]),
                one["by"],
            )
            for name, one in (both or {}).items()
        ],
        hits=[
            one
            for one in page.review.hits
            if one.hit.ref == ref or (ref == HEADER and one.hit.ref == "dispute")
        ],
        note=request.form.get("note", ""),
        may=lambda name: page.may(Permission(name)),
        hit_words=hit_words,
        name_of=lambda of: name_of(agreement, of),
    )


@blueprint.post(f"{BASE}/<ref>")
@allow(Permission.WRITE_IN_DRAFT)
def save(number: str, ref: str) -> ResponseReturnValue:
    """Save what was changed in the form; what somebody else changed meanwhile is shown beside it."""
    base = _number("base")
    with services().reading() as work:
        now = draft_pages.page(work, current_actor(), number)
        seen = drafts.at_revision(work, now.found.draft, min(base, now.found.draft.revision))
        if ref not in flatten(seen):
            raise DomainError(ErrorKind.NOT_FOUND)
        values = draft_forms.read_form(request.form, seen, ref)
        given = draft_forms.changed(values, draft_forms.values_of(seen, ref))
    if not given:
        flash(_("没有改动。"), "success")
        return redirect(url_for("drafts.show", number=number), 303)
    try:
        return _change(number, {"op": "edit", "target": ref, "set": given}, base)
    except InvalidForm as error:
        problems = {
            name.split(".", 2)[-1] if "." in name else name: text
            for name, text in problem_texts(error).items()
        }
        return _again(number, ref, base, values, problems), 422
    except DomainError as error:
        if error.kind is not ErrorKind.CONFLICT:
            raise
        flash(message_for(error), "danger")
        both = error.detail.get("both")
        return _again(number, ref, _revision(error), values, {}, both if isinstance(both, dict) else {}), 409


def _revision(error: DomainError) -> int:
    return int(str(error.detail["revision"]))


def _again(
    number: str,
    ref: str,
    base: int,
    values: dict[str, Any],
    problems: dict[str, str],
    both: dict[str, Any] | None = None,
) -> str:
    with services().reading() as work:
        page = draft_pages.page(work, current_actor(), number)
        return _form(page, ref, base, values, problems, both)


def _change(number: str, operation: dict[str, Any], base: int) -> ResponseReturnValue:
    note = request.form.get("note", "")
    client_id = request.form.get("client_id", "") or secrets.token_hex(16)
    with services().work() as work:
        made = drafts.change(work, current_actor(), number, drafts.Given(base, client_id, operation, note))
        target = made.change.target if made.change is not None else None
        proposed = made.proposal is not None
    flash(_("您的建议已提出，等待调解员处理。") if proposed else _("草案已保存。"), "success")
    return redirect(url_for("drafts.show", number=number, _anchor=target), 303)


@blueprint.post(f"{BASE}/add")
@allow(Permission.WRITE_IN_DRAFT)
def add(number: str) -> ResponseReturnValue:
    """Add a clause from the library or an empty one of a kind, or a fact."""
    library, kind, text = (request.form.get(name, "") for name in ("library", "kind", "fact"))
    if library in BY_KEY:
        operation: dict[str, Any] = {"op": "add", "clause": {"library": library}}
    elif kind in KINDS:
        operation = {"op": "add", "clause": {"kind": kind, "fields": {}}}
    elif text.strip():
        operation = {"op": "add", "fact": {"text": text}}
    else:
        raise DomainError(ErrorKind.INVALID_INPUT, "library", problem="missing")
    return _change(number, operation, _number("base"))


@blueprint.post(f"{BASE}/<ref>/remove")
@allow(Permission.WRITE_IN_DRAFT)
def remove(number: str, ref: str) -> ResponseReturnValue:
    """Take a clause or fact out; it stays in the history."""
    return _change(number, {"op": "remove", "target": ref}, _number("base"))


@blueprint.post(f"{BASE}/<ref>/move")
@allow(Permission.WRITE_IN_DRAFT)
def move(number: str, ref: str) -> ResponseReturnValue:
    """One place up."""
    with services().reading() as work:
        agreement = drafts.look(work, current_actor(), number).agreement
    order = [clause.ref for clause in agreement.clauses]
    at = order.index(ref) if ref in order else 0
    after = order[at - 2] if at >= 2 else None
    return _change(number, {"op": "move", "target": ref, "after": after}, _number("base"))


@blueprint.post(f"{BASE}/comments")
@allow(Permission.WRITE_IN_DRAFT)
def comment(number: str) -> ResponseReturnValue:
    """A remark or a reply."""
    reply = request.form.get("reply_to", "")
    remark = draft_talk.Remark(
        request.form.get("text", ""),
        request.form.get("client_id", "") or secrets.token_hex(16),
        request.form.get("target") or None,
        int(reply) if reply.isascii() and reply.isdigit() and len(reply) < 12 else None,
    )
    with services().work() as work:
        made = draft_talk.comment(work, current_actor(), number, remark)
        target = made.target
    return redirect(url_for("drafts.show", number=number, _anchor=target or "talk"), 303)


@blueprint.post(f"{BASE}/comments/<int:comment>/resolution")
@allow(Permission.WRITE_IN_DRAFT)
def resolve(number: str, comment: int) -> ResponseReturnValue:
    """Settled, or open again."""
    with services().work() as work:
        draft_talk.resolve(work, current_actor(), number, comment, request.form.get("resolved") == "yes")
    return redirect(url_for("drafts.show", number=number, _anchor="talk"), 303)


@blueprint.post(f"{BASE}/proposals/<int:proposal>/decision")
@allow(Permission.DRAFT_SETTLEMENT)
def decide(number: str, proposal: int) -> ResponseReturnValue:
    """Accept or reject; over later changes only when that is asked for."""
    accept = request.form.get("action") in ("accept", "over")
    with services().work() as work:
        over = (
            drafts.look(work, current_actor(), number).draft.revision
            if request.form.get("action") == "over"
            else None
        )
        decision = draft_talk.Decision(accept, request.form.get("reason", ""), over)
        made = draft_talk.decide(work, current_actor(), number, proposal, decision)
        outdated = made.state.value == "outdated"
    flash(
        _("建议所改的内容已不在草案中，没有改动。") if outdated else _("建议已处理。"),
        "warning" if outdated else "success",
    )
    return redirect(url_for("drafts.show", number=number, _anchor="proposals"), 303)


@blueprint.post(f"{BASE}/proposals/<int:proposal>/withdrawal")
@allow(Permission.WRITE_IN_DRAFT)
def withdraw(number: str, proposal: int) -> ResponseReturnValue:
    """Its author takes a proposal back."""
    with services().work() as work:
        draft_talk.withdraw(work, current_actor(), number, proposal)
    return redirect(url_for("drafts.show", number=number, _anchor="proposals"), 303)


@blueprint.post(f"{BASE}/editing")
@allow(Permission.DRAFT_SETTLEMENT)
def editing(number: str) -> ResponseReturnValue:
    """Give the pen to everybody, or take it back."""
    with services().work() as work:
        drafts.set_open_editing(work, current_actor(), number, request.form.get("open") == "yes")
    return redirect(url_for("drafts.show", number=number), 303)


@blueprint.post(f"{BASE}/overrides")
@allow(Permission.DRAFT_SETTLEMENT)
def override(number: str) -> ResponseReturnValue:
    """The mediator's written reason to keep what a check found."""
    ref = request.form.get("ref") or None
    try:
        with services().work() as work:
            draft_reviews.override(
                work,
                current_actor(),
                number,
                request.form.get("rule", ""),
                ref,
                request.form.get("reason", ""),
            )
    except DomainError as error:
        if error.field != "reason":
            raise
        return _page(number, problem_texts(error)), 422
    flash(_("理由已记录，并将随协议提交法院。"), "success")
    return redirect(url_for("drafts.show", number=number, _anchor="checks"), 303)


@blueprint.post(f"{BASE}/versions")
@allow(Permission.DRAFT_SETTLEMENT)
def propose(number: str) -> ResponseReturnValue:
    """Freeze exactly the revision that was on the page as a version to sign."""
    try:
        with services().work() as work:
            in_order = request.form.get("in_order") == "yes"
            draft_reviews.propose(work, current_actor(), number, _number("revision"), in_order)
    except DomainError as error:
        if error.kind not in (ErrorKind.CONFLICT, ErrorKind.DRAFT_REFUSED) and not isinstance(
            error, InvalidForm
        ):
            raise
        moved = error.kind is ErrorKind.CONFLICT
        flash(
            _("草案刚刚又有修改，没有提出。请看过新的内容后再提出。") if moved else message_for(error),
            "danger",
        )
        return redirect(url_for("drafts.show", number=number, _anchor="checks"), 303)
    flash(_("协议已提出，已通知双方阅读和签署。"), "success")
    return redirect(url_for("settlements.show", number=number), 303)


@blueprint.get(f"{BASE}/history")
@allow(Permission.SEE_DRAFT)
def history(number: str) -> ResponseReturnValue:
    """Every change, the newest first; two revisions side by side."""
    with services().reading() as work:
        found = drafts.look(work, current_actor(), number)
        newest = found.draft.revision
        before, after = _within("before", max(newest - 1, 0), newest), _within("after", newest, newest)
        agreement = drafts.at_revision(work, found.draft, after)
        differences = drafts.differences(work, current_actor(), number, before, after)
        return render_template(
            "drafts/history.html",
            case=found.entry.case,
            draft=found.draft,
            changes=drafts.latest_changes(work, found.draft),
            before=before,
            after=after,
            may_write=found.may_write,
            differences=[one for one in differences if one.kind != "same"],
            name_of=lambda ref: name_of(agreement, ref),
            field_words=_field_words,
            shown=lambda ref, name, value: draft_forms.shown_value(agreement, ref, name, value),
        )


@blueprint.post(f"{BASE}/restore")
@allow(Permission.WRITE_IN_DRAFT)
def restore(number: str) -> ResponseReturnValue:
    """Everything as it was at an earlier revision, as a new change."""
    return _change(number, {"op": "restore", "revision": _number("to")}, _number("base"))


def _number(name: str) -> int:
    text = request.form.get(name, "")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise DomainError(ErrorKind.INVALID_INPUT, name, problem="unknown")
    return int(text)


def _within(name: str, default: int, most: int) -> int:
    text = request.args.get(name, "")
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 10 else default
