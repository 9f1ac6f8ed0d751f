"""The office's page of retention: what is due, the rules, legal holds, and erasures with their second person."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.services import erasure
from app.services import retention as service
from app.web.access import allow, current_actor
from app.web.context import offload, services
from app.web.errors import STATUS, message_for, problem_texts

blueprint = Blueprint("retention", __name__)

ABOUT_FIELD = {ErrorKind.NOT_FOUND: "number", ErrorKind.LEGAL_HOLD: "number"}
"""Under which field of its form a refusal stands that names none; the others are about the exhibit."""


@blueprint.get("/office/retention")
@allow(Permission.KEEP_RETENTION)
def page() -> ResponseReturnValue:
    """Everything about how long cases are kept."""
    return _page()


def _page(form: str = "", problems: dict[str, str] | None = None) -> str:
    """The page; form: the one (``ask``, ``rule``, ``hold``) that was refused and stands open with what was written."""
    with services().reading() as work:
        rules, holds = service.rules(work, current_actor()), service.holds(work, current_actor())
        return render_template(
            "office/retention.html",
            rules=rules,
            replaced=service.replaced(rules),
            holds=holds,
            held={hold.case_id for hold in holds},
            form=form,
            written=request.form if form else {},
            problems=problems or {},
            erasures=erasure.listed(work, current_actor()),
            due=service.due(work),
            unruled=[one for one in service.closed_cases(work) if one.rule is None],
            today=work.now().astimezone(service.BEIJING).date(),
            own=current_actor().account_id,
        )


def _shown_again(
    form: str,
) -> Callable[[Callable[[], ResponseReturnValue]], Callable[[], ResponseReturnValue]]:
    """A refused form comes back as it was written, each problem at its field."""

    def around(view: Callable[[], ResponseReturnValue]) -> Callable[[], ResponseReturnValue]:
        @wraps(view)
        def answer(*arguments: Any) -> ResponseReturnValue:
            try:
                return view(*arguments)
            except DomainError as error:
                if error.kind is ErrorKind.NOT_ALLOWED:
                    raise
                return _page(form, _problems(error)), STATUS[error.kind]

        return answer

    return around


def _problems(error: DomainError) -> dict[str, str]:
    """Field name to sentence."""
    if error.kind is ErrorKind.NOT_FOUND:
        return {"number": _("没有这个编号的案件，或者案件中没有这个序号的证据。")}
    if error.kind is ErrorKind.WRONG_STATE:
        return {"exhibit": _("这件证据已有删除申请，见上。")}
    if error.detail.get("problem") == "number":
        return {str(error.field): _("请填写整数；年数为 1 至 100。")}
    return problem_texts(error) or {ABOUT_FIELD.get(error.kind, "exhibit"): message_for(error)}


@blueprint.post("/office/retention/rules")
@allow(Permission.KEEP_RETENTION)
@_shown_again("rule")
def set_rule() -> ResponseReturnValue:
    """A new period, for one case or for all."""
    form = request.form
    with services().work() as work:
        service.set_rule(
            work,
            current_actor(),
            _number("years"),
            _day("valid_from"),
            form.get("source", ""),
            form.get("number", ""),
        )
    flash(_("保管期限已登记。此前的期限仍留在记录中。"), "success")
    return _back()


@blueprint.post("/office/retention/holds")
@allow(Permission.KEEP_RETENTION)
@_shown_again("hold")
def hold() -> ResponseReturnValue:
    """Forbid erasures in a case."""
    with services().work() as work:
        service.hold(work, current_actor(), request.form.get("number", ""), request.form.get("reason", ""))
    flash(_("已登记。解除之前，本案的证据不能删除。"), "success")
    return _back()


@blueprint.post("/office/retention/holds/<int:hold_id>/lift")
@allow(Permission.KEEP_RETENTION)
def lift(hold_id: int) -> ResponseReturnValue:
    """Allow them again."""
    with services().work() as work:
        service.lift(work, current_actor(), hold_id)
    flash(_("已解除。"), "success")
    return _back()


@blueprint.post("/office/erasures")
@allow(Permission.KEEP_RETENTION)
@_shown_again("ask")
def ask() -> ResponseReturnValue:
    """Ask that an exhibit be erased."""
    form = request.form
    with services().work() as work:
        erasure.request(
            work,
            current_actor(),
            form.get("number", ""),
            _number("exhibit"),
            form.get("reason", ""),
            form.get("legal_basis", ""),
        )
    flash(_("删除申请已登记，须由另一位工作人员确认。现在还没有删除任何内容。"), "success")
    return _back()


@blueprint.post("/office/erasures/<int:erasure_id>/confirm")
@allow(Permission.KEEP_RETENTION)
def confirm(erasure_id: int) -> ResponseReturnValue:
    """The second person confirms: the file is destroyed now."""
    offload(erasure.confirm, services(), current_actor(), erasure_id)
    flash(_("文件的密钥、内容和陈述已销毁，只留下删除记录和链上承诺。备份中的副本须另行销毁。"), "success")
    return _back()


@blueprint.post("/office/erasures/<int:erasure_id>/withdraw")
@allow(Permission.KEEP_RETENTION)
def withdraw(erasure_id: int) -> ResponseReturnValue:
    """Take the request back."""
    with services().work() as work:
        erasure.withdraw(work, current_actor(), erasure_id)
    flash(_("删除申请已撤回，没有删除任何内容。"), "success")
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(url_for("retention.page"), 303)


def _number(name: str) -> int:
    text = request.form.get(name, "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise DomainError(ErrorKind.INVALID_INPUT, name, problem="number")
    return int(text)


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError as error:
        raise DomainError(ErrorKind.INVALID_INPUT, name, problem="date") from error
