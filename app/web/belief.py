"""What is left to be believed once everything that can be computed has been: said plainly, with who stands for it.
From verdict, proof and trust root alone. Not here: the checks themselves."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _

from app.web.labels import LABELS
from app.web.verdicts import check_status, reason_text, vouchers
from evidence.proof import Proof
from evidence.strict import to_hex
from evidence.verdict import CheckStatus, Verdict


@dataclass(frozen=True)
class Belief:
    """One thing to be believed. status: the mark of the check about it, None where none is about it alone."""

    key: str
    title: str
    text: str
    status: str | None = None
    hash: tuple[str, str] | None = None


def believed(verdict: Verdict, proof: Proof) -> list[Belief]:
    """In the order in which somebody would ask: the block, the clocks, who submitted, what came before."""
    return [*_block(verdict, proof), *_time(verdict), _identity(proof), _before()]


def _block(verdict: Verdict, proof: Proof) -> Iterator[Belief]:
    check = next((one for one in verdict.checks if one.code == "block.known"), None)
    if check is None:
        return
    number = check.detail.get("block_number", proof.anchor.block_number)
    value = str(check.detail.get("block_hash") or to_hex(proof.anchor.block_hash))
    if check.status is CheckStatus.PASSED:
        names = _("、").join(vouchers(check)) or _("您带来的来源")
        text = _(
            "区块 %(number)s 的哈希是下面这一个，由以下各方作证：%(names)s。其余都是由它算出来的。",
            number=number,
            names=names,
        )
    elif check.status is CheckStatus.FAILED:
        text = _(
            "区块 %(number)s 的哈希与已知的不同。请向见证人、法院公告或者另一个节点索取这个区块的哈希再比对。",
            number=number,
        )
    else:
        text = _(
            "还没有您信任的一方为区块 %(number)s 的哈希作证（%(reason)s）。可以向见证人、法院公告或者另一个节点索取后比对。",
            number=number,
            reason=reason_text(check) or _("没有人答复"),
        )
    yield Belief("block", _("一个区块的哈希"), text, check_status(check), (_("区块哈希"), value))


def _time(verdict: Verdict) -> Iterator[Belief]:
    good = [one for one in verdict.checks if one.code == "time.token" and one.status is CheckStatus.PASSED]
    if good:
        names = _("、").join(dict.fromkeys(str(one.detail["authority"]) for one in good))
        text = _("时间戳机构（%(names)s）的时钟准确、私钥没有泄露。平台不能替它作证。", names=names)
    else:
        text = _("目前没有有效的外部时间戳；单凭平台运营方的时钟不足以证明时间。")
    yield Belief("time", _("时间戳机构的时钟"), text)


def _identity(proof: Proof) -> Belief:
    method = str(proof.statement.submitter["identity_method"])
    shown = LABELS["identity_method"].get(method, method)
    text = _("平台运营方确实按所写的方式核验过提交账号的持有人：%(method)s。", method=shown)
    return Belief("identity", _("提交人的身份核验"), text)


def _before() -> Belief:
    return Belief(
        "before",
        _("上链之前"),
        _("文件在接收之前是否真实、完整，来源的说明是否属实：证明对此不作回答，由提交一方举证。"),
    )
