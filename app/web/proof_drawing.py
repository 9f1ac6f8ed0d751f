"""A drawing of the proof: file → statement → leaf → root → head → block, then tokens and witnesses, each with its result.
Made from verdict, proof and trust root alone; asks nobody and decides nothing. Not here: its markup (see the templates)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from app.web.labels import label_of
from app.web.verdicts import reason_text, show_check, status_over, zones
from evidence.merkle import leaf_hash
from evidence.proof import Proof, TokenClaim
from evidence.records import Office
from evidence.strict import to_hex
from evidence.trust import TrustRoot
from evidence.verdict import Check, CheckStatus, Verdict

PASSED = CheckStatus.PASSED
PLACES: dict[str, tuple[str, ...]] = {
    "file": ("file.",),
    "statement": ("submitter.stated", "origin.", "custody."),
    "leaf": ("submitter.attested",),
    "root": ("batch.inclusion",),
    "head": ("batch.head",),
    "block": ("anchor.", "state.", "ledger.", "block.", "time.block"),
    "token": ("time.token", "time.revocation", "time.renewal"),
    "witness": ("witness.",),
    "clocks": ("time.order", "time.difference"),
}
"""Beginnings of the codes of the checks that each step, or end, of the drawing rests on. Every check has one place."""
STEPS = ("file", "statement", "leaf", "root", "head", "block")


@dataclass(frozen=True)
class Step:
    """One step: what it is, its mark, one plain sentence, its hashes (name, hexadecimal), and its checks as shown."""

    key: str
    title: str
    status: str
    meaning: str
    hashes: tuple[tuple[str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    checks: tuple[dict[str, Any], ...] = ()
    trial: bool = False
    """Whether it rests on a part that is for trials only."""


@dataclass(frozen=True)
class Surroundings:
    """What the operator states about those outside.

    trial: names of authorities and witnesses that are for trials; interests: by signer.
    """

    trial: frozenset[str] = frozenset()
    interests: Mapping[bytes, str] = field(default_factory=dict)


NOBODY = Surroundings()


@dataclass(frozen=True)
class Drawing:
    """The steps in their order, and the ends that the last one branches into."""

    steps: tuple[Step, ...]
    ends: tuple[Step, ...] = field(default=())


def draw(verdict: Verdict, proof: Proof, trust: TrustRoot, around: Surroundings = NOBODY) -> Drawing:
    """Every check of the verdict stands at exactly one step or end."""
    placed: dict[str, list[Check]] = {key: [] for key in PLACES}
    for check in verdict.checks:
        placed[place_of(check.code)].append(check)
    steps = tuple(_step(key, placed[key], proof) for key in STEPS)
    ends = (
        *_token_ends(placed["token"], proof, around),
        *_witness_ends(placed["witness"], trust, around),
        *_clock_end(placed["clocks"]),
    )
    return Drawing(steps, ends)


def place_of(code: str) -> str:
    """The step or end that a check belongs to; what is newer than this drawing stands at the block."""
    return next((key for key, begins in PLACES.items() if code.startswith(begins)), "block")


def _step(key: str, checks: Sequence[Check], proof: Proof) -> Step:
    status = status_over(checks)
    title, hashes, texts = _STEPS[key](proof, checks)
    return Step(
        key,
        title,
        status,
        texts.get(status) or texts["undetermined"],
        hashes,
        checks=tuple(show_check(check) for check in checks),
    )


Texts = dict[str, str]
Parts = tuple[str, tuple[tuple[str, str], ...], Texts]


def _hex(value: bytes) -> str:
    return to_hex(value)


def _file(proof: Proof, _checks: Sequence[Check]) -> Parts:
    digest = proof.statement.digest
    texts = {
        "passed": _("所选文件与接收时逐字节相同：SHA-256、SM3 和大小都一致。"),
        "failed": _(
            "所选文件不是接收时的那些字节。常见原因：重新保存、压缩、经聊天软件转发，或者是另一个版本。"
        ),
        "missing": _("没有提供原文件，这一步没有核对。"),
        "undetermined": _("这一步没有核对完。"),
    }
    return _("文件"), (("SHA-256", _hex(digest.sha256)), ("SM3", _hex(digest.sm3))), texts


def _statement(proof: Proof, _checks: Sequence[Check]) -> Parts:
    texts = {
        "passed": _("陈述写明了文件的摘要、提交人和来源；保管记录从接收起逐条相连。"),
        "failed": _("保管记录不连续，或者与陈述不相符。"),
        "missing": _("陈述中的来源没有全部说明，或者没有附保管记录。"),
        "undetermined": _("陈述中有一项尚不能确定。"),
    }
    return _("陈述"), ((_("承诺值"), _hex(proof.statement.commitment())),), texts


def _leaf(proof: Proof, _checks: Sequence[Check]) -> Parts:
    place = {"place": proof.inclusion.index + 1, "size": proof.inclusion.size}
    texts = {
        "passed": _(
            "承诺值由陈述算出，平台运营方在接收时签过名；它是本批 %(size)s 片叶子中的第 %(place)s 片。",
            **place,
        ),
        "failed": _("运营方的接收签名与这份陈述不符：陈述改动过，或者不是由本平台接收的。"),
        "undetermined": _("这一步没有核对完。"),
    }
    return _("叶子"), ((_("叶子"), _hex(leaf_hash(proof.statement.commitment()))),), texts


def _root(proof: Proof, _checks: Sequence[Check]) -> Parts:
    texts = {
        "passed": _("从叶子经 %(count)s 步计算，得到的正是本批次的根。", count=len(proof.inclusion.path))
        if proof.inclusion.path
        else _("本批只有这一件，它的叶子就是本批次的根。"),
        "failed": _("从叶子算不出本批次的根：这份陈述不在这一批中。"),
        "undetermined": _("这一步没有核对完。"),
    }
    return _("批次根"), ((_("批次根"), _hex(proof.batch.root)),), texts


def _head(proof: Proof, _checks: Sequence[Check]) -> Parts:
    texts = {
        "passed": _(
            "第 %(number)s 批的链头由上一链头、批次根和件数算出，因此也代表此前的所有批次。",
            number=proof.batch.number,
        ),
        "failed": _("链头不是由上一链头、批次根和件数算出的。"),
        "undetermined": _("这一步没有核对完。"),
    }
    hashes = ((_("链头"), _hex(proof.batch.head)), (_("上一链头"), _hex(proof.batch.previous_head)))
    return _("链头"), hashes, texts


def _block(proof: Proof, checks: Sequence[Check]) -> Parts:
    number = proof.anchor.block_number
    reasons = [_open_reason(check) for check in checks if check.status is CheckStatus.UNDETERMINED]
    reason = next((one for one in reasons if one), _("没有人答复"))
    texts = {
        "passed": _(
            "受信任的合约在区块 %(number)s 记录了这个链头。区块时间是平台运营方的时钟。", number=number
        ),
        "failed": _("受信任的合约没有这样记录，或者区块不是所说的那一个。请看逐项检查。"),
        "missing": _("证明文件没有带齐这一步所需的内容。"),
        "undetermined": _(
            "区块 %(number)s 尚有一项不能确认：%(reason)s。这不表示文件有问题。", number=number, reason=reason
        ),
    }
    hashes = ((_("区块哈希"), _hex(proof.anchor.block_hash)), (_("交易"), _hex(proof.anchor.transaction)))
    return _("区块"), hashes, texts


def _open_reason(check: Check) -> str:
    away = check.detail.get("reason") == "unavailable"
    return _("暂时连接不到链上节点") if away else reason_text(check)


_STEPS: dict[str, Callable[[Proof, Sequence[Check]], Parts]] = {
    "file": _file,
    "statement": _statement,
    "leaf": _leaf,
    "root": _root,
    "head": _head,
    "block": _block,
}


def by_line(checks: Iterable[Check]) -> dict[int, list[Check]]:
    """Checks of tokens by the line that they are about, from 0."""
    found: dict[int, list[Check]] = {}
    for check in checks:
        found.setdefault(int(check.detail.get("line", 0)), []).append(check)
    return found


def _token_ends(checks: Sequence[Check], proof: Proof, around: Surroundings) -> Iterator[Step]:
    if not proof.timestamps:
        yield Step(
            "token",
            _("可信时间戳"),
            status_over(checks) if checks else "missing",
            _("时间戳待补：还没有取得，平台会自动再次请求。这不表示文件有问题。"),
            checks=tuple(show_check(check) for check in checks),
        )
        return
    for line, found in sorted(by_line(checks).items()):
        claim = proof.timestamps[line] if 0 <= line < len(proof.timestamps) else None
        yield _token_end(found, claim, around)


def _token_end(checks: Sequence[Check], claim: TokenClaim | None, around: Surroundings) -> Step:
    status = status_over(checks)
    token = next((check for check in checks if check.code == "time.token"), None)
    said = token.detail if token is not None else {}
    name = str(said.get("authority") or (claim.first.authority if claim is not None else _("可信时间戳")))
    return Step(
        "token",
        name,
        status,
        _token_meaning(status, checks, said),
        facts=tuple(_token_facts(checks, said, claim)),
        checks=tuple(show_check(check) for check in checks),
        trial=name in around.trial,
    )


def _token_meaning(status: str, checks: Sequence[Check], said: dict[str, Any]) -> str:
    open_reason = next((text for check in checks if (text := reason_text(check))), _("请看逐项检查"))
    if "not_later_than" not in said or status == "failed":
        return _("这个时间戳没有通过核验：%(reason)s。", reason=open_reason)
    text = _("文件不晚于 %(time)s存在。", time=zones(said["not_later_than"]))
    return text if status == "passed" else text + _("尚有一项不能确定：%(reason)s。", reason=open_reason)


def _token_facts(
    checks: Sequence[Check], said: dict[str, Any], claim: TokenClaim | None
) -> Iterator[tuple[str, str]]:
    if "not_later_than" in said:
        yield _("精度"), accuracy_text(said.get("accuracy_ms"))
    if said.get("serial"):
        yield _("序列号"), str(said["serial"])
    if said.get("policy"):
        yield _("策略"), str(said["policy"])
    renewed = [one.authority for one in claim.renewals] if claim is not None else []
    if renewed:
        yield _("续期"), _("%(count)s 次：%(names)s", count=len(renewed), names=_("、").join(renewed))
    until = next((c.detail["lapses_at"] for c in checks if c.detail.get("lapses_at")), None)
    until = until or said.get("lapses_at") or said.get("certificate_expires")
    if until:
        yield _("有效至"), zones(str(until))


def accuracy_text(milliseconds: int | None) -> str:
    """How exact a token says that it is."""
    if milliseconds is None:
        return _("令牌未说明")
    return _("± %(count)s 秒", count=f"{milliseconds / 1000:g}")


def _witness_ends(checks: Sequence[Check], trust: TrustRoot, around: Surroundings) -> Iterator[Step]:
    if not checks:
        yield Step(
            "witness", _("外部见证"), "missing", _("还没有法院、公证机构或者行业协会共同签署这个链头。")
        )
    groups: list[list[Check]] = []
    for check in checks:
        if check.code == "witness.signature" or not groups:
            groups.append([])
        groups[-1].append(check)
    for group in groups:
        yield _witness_end(group, trust, around)


def _witness_end(checks: Sequence[Check], trust: TrustRoot, around: Surroundings) -> Step:
    signer = str(checks[0].detail.get("signer", ""))
    known = next((one for one in trust.witnesses if to_hex(one.signer) == signer), None)
    status = status_over(checks)
    reason = next((text for check in checks if (text := reason_text(check))), _("请看逐项检查"))
    texts = {
        "passed": _("用自己的节点看到这个链头和区块，并共同签署。"),
        "failed": _("共同签署没有通过核验：签名不符，或者没有见证资格。"),
    }
    facts = []
    if known is not None:
        facts.append((_("见证身份"), label_of("witness_office", office_word(known.office))))
        if interest := around.interests.get(known.signer):
            facts.append((_("利害关系"), interest))
    return Step(
        "witness",
        known.name if known is not None else _("见证人（信任根未列名）"),
        status,
        texts.get(status) or _("签名有效，见证资格尚不能确定：%(reason)s。", reason=reason),
        hashes=((_("签名者"), signer),) if signer else (),
        facts=tuple(facts),
        checks=tuple(show_check(check) for check in checks),
        trial=known is not None and known.name in around.trial,
    )


def office_word(office: Office) -> str:
    """court, notary or association."""
    return office.name.lower().removesuffix("_witness")


def _clock_end(checks: Sequence[Check]) -> Iterator[Step]:
    if not checks:
        return
    difference = next((check.detail for check in checks if check.code == "time.difference"), {})
    seconds, flagged = difference.get("seconds"), bool(difference.get("flagged"))
    status = status_over(checks)
    if status == "failed":
        meaning = _("接收时间晚于时间戳，先后不相符。请平台运营方说明其时钟。")
    elif flagged:
        meaning = difference_advice(int(seconds or 0))
    else:
        meaning = _("接收、上链与时间戳先后相符；时间戳与区块相差 %(count)s 秒。", count=seconds)
    yield Step(
        "clocks",
        _("各时钟之间"),
        "flagged" if flagged and status == "passed" else status,
        meaning,
        checks=tuple(show_check(check) for check in checks),
    )


def difference_advice(seconds: int) -> str:
    """What a difference beyond the tolerance means, and what to do."""
    return _(
        "时间戳与区块时间相差 %(count)s 秒，超过 60 秒。请以外部时间戳为准，并要求平台运营方说明其节点时钟。",
        count=seconds,
    )
