"""A verdict in words: the four answers with their sentences and every check by name. Decides nothing.

Only what may be said is said: unchanged since chaining, not later than, submitted by an account; never "genuine".
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from app.web.labels import LABELS
from evidence.verdict import Answer, Check, CheckStatus, Verdict

BEIJING = ZoneInfo("Asia/Shanghai")
Shown = dict[str, Any]


def present(verdict: Verdict | None) -> Shown | None:
    """``answers``: by name, each with title, status (passed, failed, missing, undetermined), text and checks."""
    if verdict is None:
        return None
    answers = {
        answer.value: {
            "name": answer.value,
            "title": LABELS["answer"][answer.value],
            "status": status_of(verdict, answer),
            "text": _TEXTS[answer](verdict),
            "checks": [_check(check) for check in verdict.of(answer)],
        }
        for answer in Answer
    }
    return {"answers": answers, "list": list(answers.values())}


def status_of(verdict: Verdict, answer: Answer) -> str:
    """The mark of one answer; ``missing`` where it is open only because something was not provided."""
    return "missing" if verdict.missing(answer) else verdict.status(answer).value.lower()


def _check(check: Check) -> Shown:
    missing = check.status is CheckStatus.UNDETERMINED and check.detail.get("reason") == "not_provided"
    return {
        "code": check.code,
        "status": "missing" if missing else check.status.value.lower(),
        "text": LABELS["check"][check.code],
        "detail": _detail(check),
    }


def _detail(check: Check) -> str:
    """The facts of a check in one line."""
    facts = check.detail
    reason = facts.get("reason")
    if reason in LABELS["check_reason"] and check.status is not CheckStatus.PASSED:
        return str(LABELS["check_reason"][reason])
    if check.code == "time.token" and check.status is CheckStatus.PASSED:
        return _(
            "%(time)s，%(authority)s，序列号 %(serial)s", time=zones(facts["not_later_than"]), **_named(facts)
        )
    if check.code == "time.block":
        return _(
            "区块 %(number)s，%(time)s（平台运营方节点时钟）",
            number=facts["block_number"],
            time=zones(facts["block_time"]),
        )
    if check.code == "time.difference":
        text = _("时间戳与区块相差 %(count)s 秒", count=facts["seconds"])
        return text + (_("，超过 %(limit)s 秒，请留意", limit=facts["tolerance"]) if facts["flagged"] else "")
    if "expected" in facts:
        if facts.get("actual") in (None, facts["expected"]):
            return str(facts["expected"])
        return _(
            "陈述为 %(expected)s，所选文件为 %(actual)s", **{k: facts[k] for k in ("expected", "actual")}
        )
    return ""


def _named(facts: Shown) -> Shown:
    return {"authority": facts["authority"], "serial": facts["serial"]}


def zones(text: str) -> str:
    """A UTC time of a check in both zones."""
    time = datetime.fromisoformat(text)
    beijing = time.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    return _("%(beijing)s 北京时间（%(utc)s UTC）", beijing=beijing, utc=time.strftime("%Y-%m-%d %H:%M:%S"))


def _integrity(verdict: Verdict) -> str:
    failed = {check.code for check in verdict.of(Answer.INTEGRITY) if check.status is CheckStatus.FAILED}
    if any(code.startswith("file.") for code in failed):
        return _("所选文件与陈述的摘要不一致。常见原因：重新保存、压缩、经聊天软件转发，或者选错了文件。")
    if failed & {"anchor.trusted", "ledger.identity"}:
        return _("证明文件指向的链或者合约不是受信任的那一个。")
    if failed:
        return _("证明文件与链上记录不一致。")
    open_codes = {c.code for c in verdict.of(Answer.INTEGRITY) if c.status is CheckStatus.UNDETERMINED}
    if not open_codes:
        return _("上链后内容未变。")
    if open_codes & {"ledger.identity", "ledger.batch"}:
        return _("暂时无法查询链上记录，尚不能回答。这不表示文件有问题。")
    return _("没有提供原文件，只核对了证明文件与链上记录。")


def _time(verdict: Verdict) -> str:
    checks = verdict.of(Answer.TIME)
    tokens = [check for check in checks if check.code == "time.token"]
    good = [check for check in tokens if check.status is CheckStatus.PASSED]
    if any(check.status is CheckStatus.FAILED for check in checks):
        return _("时间方面有检查未通过，请看逐项检查。")
    if not good:
        return _("时间戳待补：时间戳机构尚未答复。区块时间是平台运营方的时钟，单独不足以证明时间。")
    first = min(good, key=lambda check: str(check.detail["not_later_than"]))
    return _(
        "不晚于 %(time)s 存在（时间戳机构 %(authority)s）。",
        time=zones(first.detail["not_later_than"]),
        authority=first.detail["authority"],
    )


def _submitter(verdict: Verdict) -> str:
    if verdict.status(Answer.SUBMITTER) is not CheckStatus.PASSED:
        return _("运营方的接收签名与陈述不一致。")
    facts = next(c.detail for c in verdict.of(Answer.SUBMITTER) if c.code == "submitter.stated")
    method = LABELS["identity_method"].get(facts["identity_method"], facts["identity_method"])
    return _("由账号 %(account)s（核验方式：%(method)s）提交。", account=facts["account"][:8], method=method)


def _origin(verdict: Verdict) -> str:
    status = verdict.status(Answer.ORIGIN)
    if status is CheckStatus.FAILED:
        return _("保管记录不连续，请看逐项检查。")
    if status is CheckStatus.UNDETERMINED:
        return _("上链之前的来源没有全部说明。")
    return _("提交时已说明来源，保管记录连续。所述内容由提交人负责，平台未核实。")


_TEXTS: dict[Answer, Callable[[Verdict], str]] = {
    Answer.INTEGRITY: _integrity,
    Answer.TIME: _time,
    Answer.SUBMITTER: _submitter,
    Answer.ORIGIN: _origin,
}
