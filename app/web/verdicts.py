"""A verdict in words: the four answers with their sentences and every check by name. Decides nothing.

Only what may be said is said: unchanged since chaining, not later than, submitted by an account; never "genuine".
Names of checks and reasons are the kernel's own (``evidence.words``), so that paper, command and page say the same.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import get_locale
from flask_babel import gettext as _

from app.domain.evidence_rules import CITATION, SOURCE, SOURCE_ENGLISH, EvidenceRule, rules_for
from app.web.labels import LABELS
from evidence import words
from evidence.verdict import NOT_PROVIDED, Answer, Check, CheckStatus, Verdict

BEIJING = ZoneInfo("Asia/Shanghai")
Shown = dict[str, Any]
PASSED, FAILED, UNDETERMINED = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.UNDETERMINED


def language() -> str:
    """``zh`` or ``en``: the reader's language, as the kernel's words know it."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh"


def present(verdict: Verdict | None, on: date | None = None) -> Shown | None:
    """``answers``: by name, each with title, status (passed, failed, missing, undetermined), text, checks and rules.

    on: the day whose rules stand beside the answers; None: today.
    """
    if verdict is None:
        return None
    day = on or datetime.now(BEIJING).date()
    answers = {
        answer.value: {
            "name": answer.value,
            "title": LABELS["answer"][answer.value],
            "status": status_of(verdict, answer),
            "text": _TEXTS[answer](verdict),
            "checks": [show_check(check) for check in verdict.of(answer)],
            "rules": [_rule(rule, answer.value) for rule in rules_for(answer.value, day)],
        }
        for answer in Answer
    }
    return {"answers": answers, "list": list(answers.values())}


def status_of(verdict: Verdict, answer: Answer) -> str:
    """The mark of one answer; ``missing`` where it is open only because something was not provided."""
    return "missing" if verdict.missing(answer) else verdict.status(answer).value.lower()


def status_over(checks: Iterable[Check]) -> str:
    """The mark of some checks together: the worst of them; ``missing`` as with an answer."""
    marks = {check_status(check) for check in checks}
    return next((mark for mark in ("failed", "undetermined", "missing") if mark in marks), "passed")


def check_status(check: Check) -> str:
    """The mark of one check."""
    missing = check.status is UNDETERMINED and check.detail.get("reason") == NOT_PROVIDED
    return "missing" if missing else check.status.value.lower()


def show_check(check: Check) -> Shown:
    """One check with its mark, what it asks, and its facts in one line."""
    return {
        "code": check.code,
        "status": check_status(check),
        "text": words.check_text(check.code, language()),
        "detail": _detail(check),
    }


def reason_text(check: Check) -> str:
    """Why a check did not pass, as a phrase; empty where it says nothing, or passed."""
    reason = check.detail.get("reason")
    if not isinstance(reason, str) or check.status is PASSED:
        return ""
    return words.pick(words.REASONS.get(reason, (reason, reason)), language())


def cause_text(code: str) -> str:
    """A likely cause of a mismatch in words."""
    return words.pick(words.REASONS[code], language())


def rules_of_today() -> list[Shown]:
    """The rules on chained evidence that are in force today, in their order."""
    day = datetime.now(BEIJING).date()
    found = {rule.article: rule for answer in Answer for rule in rules_for(answer.value, day)}
    return [_rule(found[article]) for article in sorted(found)]


def rules_beside_answers() -> dict[str, list[Shown]]:
    """For each answer by name, the rules that stand beside it today; for pages that verify in the browser."""
    day = datetime.now(BEIJING).date()
    return {one.value: [_rule(rule, one.value) for rule in rules_for(one.value, day)] for one in Answer}


def _rule(rule: EvidenceRule, answer: str = "") -> Shown:
    english = language() == "en"
    source = f"{SOURCE_ENGLISH}, art. {rule.article}" if english else rule.source
    return {
        "article": rule.article,
        "source": source,
        "citation": CITATION,
        "full_source": f"《{SOURCE}》",
        "title": rule.title_english if english else rule.title,
        "gist": rule.gist_for(answer)[english],
    }


def _detail(check: Check) -> str:
    facts = check.detail
    if reason := reason_text(check):
        named = facts.get("authority") if check.code.startswith("time.") else None
        return _("%(name)s：%(reason)s", name=named, reason=reason) if named else reason
    if check.code in _DETAILS:
        return _DETAILS[check.code](check)
    if "expected" in facts:
        if facts.get("actual") in (None, facts["expected"]):
            return str(facts["expected"])
        return _(
            "陈述为 %(expected)s，所选文件为 %(actual)s", **{k: facts[k] for k in ("expected", "actual")}
        )
    return ""


def _token_detail(check: Check) -> str:
    facts = check.detail
    if check.status is not PASSED:
        return str(facts.get("message", ""))
    named = {"authority": facts["authority"], "serial": facts["serial"]}
    return _("%(time)s，%(authority)s，序列号 %(serial)s", time=zones(facts["not_later_than"]), **named)


def _line_detail(check: Check) -> str:
    """A line's revocation or renewal: its authority, and until when it stands."""
    facts = check.detail
    name, until = facts.get("authority", ""), facts.get("lapses_at")
    if until:
        return _("%(authority)s，有效至 %(time)s", authority=name, time=zones(until))
    return str(name)


def _block_detail(check: Check) -> str:
    return _(
        "区块 %(number)s，%(time)s（平台运营方节点时钟）",
        number=check.detail["block_number"],
        time=zones(check.detail["block_time"]),
    )


def _difference_detail(check: Check) -> str:
    facts = check.detail
    text = _("时间戳与区块相差 %(count)s 秒", count=facts["seconds"])
    return text + (_("，超过 %(limit)s 秒，请留意", limit=facts["tolerance"]) if facts["flagged"] else "")


def _witness_detail(check: Check) -> str:
    facts = check.detail
    return str(facts.get("name") or _short(str(facts.get("signer", ""))))


def vouchers(check: Check) -> list[str]:
    """Who vouches for the block's hash, by name: witnesses as the trust root names them."""
    found = check.detail.get("vouched_by") or ()
    return [str(one.get("name") or words.pick(words.VALUES[one["by"]], language())) for one in found]


_DETAILS: dict[str, Callable[[Check], str]] = {
    "time.token": _token_detail,
    "time.revocation": _line_detail,
    "time.renewal": _line_detail,
    "time.block": _block_detail,
    "time.difference": _difference_detail,
    "witness.signature": _witness_detail,
    "witness.office": _witness_detail,
    "block.known": lambda check: _("由%(names)s作证", names=_("、").join(vouchers(check))),
}


def _short(value: str) -> str:
    return value if len(value) <= 22 else f"{value[:12]}…{value[-8:]}"


def zones(text: str) -> str:
    """A UTC time of a check in both zones."""
    time = datetime.fromisoformat(text)
    beijing = time.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    return _("%(beijing)s 北京时间（%(utc)s UTC）", beijing=beijing, utc=time.strftime("%Y-%m-%d %H:%M:%S"))


def _integrity(verdict: Verdict) -> str:
    failed = {check.code for check in verdict.of(Answer.INTEGRITY) if check.status is FAILED}
    if any(code.startswith("file.") for code in failed):
        return _(
            "所选文件与陈述的摘要不一致。常见原因：重新保存、压缩、经聊天软件转发、另一个版本，或者选错了文件。"
        )
    if failed & {"anchor.trusted", "ledger.identity"}:
        return _("证明文件指向的链或者合约不是受信任的那一个。")
    if failed and failed <= {"witness.signature", "witness.office"}:
        return _("有见证人的共同签署没有通过核验，请看逐项检查。")
    if failed:
        return _("证明文件与链上记录不一致。")
    open_codes = {check.code for check in verdict.of(Answer.INTEGRITY) if check.status is UNDETERMINED}
    if not open_codes:
        return _("上链后内容未变。")
    if open_codes & {"ledger.identity", "ledger.batch"}:
        return _("暂时无法查询链上记录，尚不能回答。这不表示文件有问题。")
    if any(code.startswith("file.") for code in open_codes):
        return _("没有提供原文件，只核对了证明文件与链上记录。")
    return _("文件与证明一致，尚有一项未能确认，请看逐项检查。这不表示文件有问题。")


def _time(verdict: Verdict) -> str:
    checks = verdict.of(Answer.TIME)
    good = [check for check in checks if check.code == "time.token" and check.status is PASSED]
    if any(check.status is FAILED for check in checks):
        return _("时间方面有检查未通过，请看逐项检查。")
    if not good:
        return _("时间戳待补：时间戳机构尚未答复。区块时间是平台运营方的时钟，单独不足以证明时间。")
    first = min(good, key=lambda check: str(check.detail["not_later_than"]))
    return _(
        "不晚于 %(time)s存在（时间戳机构 %(authority)s）。",
        time=zones(first.detail["not_later_than"]),
        authority=first.detail["authority"],
    )


def _submitter(verdict: Verdict) -> str:
    if verdict.status(Answer.SUBMITTER) is not PASSED:
        return _("运营方的接收签名与陈述不一致。")
    facts = next(c.detail for c in verdict.of(Answer.SUBMITTER) if c.code == "submitter.stated")
    method = LABELS["identity_method"].get(facts["identity_method"], facts["identity_method"])
    return _("由账号 %(account)s（核验方式：%(method)s）提交。", account=facts["account"][:8], method=method)


def _origin(verdict: Verdict) -> str:
    status = verdict.status(Answer.ORIGIN)
    if status is FAILED:
        return _("保管记录不连续，请看逐项检查。")
    if status is UNDETERMINED:
        return _("上链之前的来源没有全部说明。")
    return _("提交时已说明来源，保管记录连续。所述内容由提交人负责，平台未核实。")


_TEXTS: dict[Answer, Callable[[Verdict], str]] = {
    Answer.INTEGRITY: _integrity,
    Answer.TIME: _time,
    Answer.SUBMITTER: _submitter,
    Answer.ORIGIN: _origin,
}
