"""The words of an exhibit's certificate, in the reader's language. Facts come from ``app.services.certificates``.

Only what may be said is said, and beside each answer what it does not prove. A certificate of this platform is no
notarial deed and no court's finding.
"""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import segno
from flask_babel import force_locale
from flask_babel import gettext as _

from app.documents.agreement_pdf import Attachment
from app.documents.certificate_pdf import (
    AnswerLine,
    CertificatePaper,
    CheckLine,
    CustodyLine,
    Fact,
    TimeLine,
)
from app.services.certificates import CLOCK_TOLERANCE, Certified
from app.services.exhibits import CustodyStep
from app.services.proofs import EXTENSION, MEDIA_TYPE
from app.web.certificate_chain import believed, chain_facts, nodes, witness_times, witnesses
from app.web.certificate_text import breakable
from app.web.display import file_size, groups_of_four
from app.web.labels import label_of
from app.web.six_questions import six_questions, stated_time
from app.web.verdicts import present

BEIJING = ZoneInfo("Asia/Shanghai")
LANGUAGES = ("zh", "en")
SHOWN_CUSTODY = 300
"""Custody entries that are printed; of a longer record the first and the last half, all of it is in the proof file."""
TRUST_NAME = "hezheng-trust.json"


def certificate_paper(found: Certified, language: str) -> CertificatePaper:
    """The paper in one language; statements stay as they were stated. Needs an application context."""
    with force_locale(language):
        return _paper(found, language)


def proof_name(found: Certified) -> str:
    """Name of the proof file that is attached."""
    return f"{found.exhibit.receipt_number}{EXTENSION}"


def verify_link(found: Certified) -> str:
    """The public page with the file's digests behind ``#``, where no server sees them."""
    exhibit = found.exhibit
    return f"{found.public_url}/verify#sha256={exhibit.sha256}&sm3={exhibit.sm3}&size={exhibit.size}"


def _paper(found: Certified, language: str) -> CertificatePaper:
    shown = present(found.verdict) or {}
    body = found.proof.statement.body
    link = verify_link(found)
    return CertificatePaper(
        language=language,
        title=_("存证证明"),
        subtitle=_("电子数据的存证、时间与保管情况（可以离线核验）"),
        number=found.number,
        issuer=_("和证 Hezheng 在线调解与存证平台"),
        trial=_trial(found) if found.trial else None,
        facts=_facts(found, body),
        digests=[
            ("SHA-256", groups_of_four(found.exhibit.sha256)),
            (_("SM3（GB/T 32905-2016）"), groups_of_four(found.exhibit.sm3)),
        ],
        answers=[_answer(one) for one in shown["list"]],
        checks=[
            CheckLine(str(one["title"]), str(check["text"]), check["status"], _status(check["status"]))
            for one in shown["list"]
            for check in one["checks"]
        ],
        times=_times(found, body),
        time_notes=_time_notes(found),
        origin=_origin(body["origin"]),
        custody=_custody(found.record),
        custody_note=_custody_note(found),
        six=six_questions(body, len(found.record), shown),
        chain=chain_facts(found),
        nodes=nodes(found),
        witnesses=witnesses(found),
        believe=believed(found),
        ways=_ways(),
        address=f"{found.public_url}/verify",
        link=link,
        qr=_qr(link),
        commands=_commands(found),
        words=_words(),
        as_of=found.as_of,
        attachments=_attachments(found),
    )


def _qr(link: str) -> str:
    picture: str = segno.make(link, error="m", micro=False).svg_inline(border=2, dark="#1c2733")
    return picture.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _trial(found: Certified) -> str:
    names = [one.name for one in found.network.authorities if one.trial]
    text = _("本件由演示或者试用环境出具，不得作为正式存证使用。")
    if names:
        text += _(
            "时间戳由试用机构（%(names)s）作出，它与平台在同一台机器上运行，对外不证明时间。",
            names=_("、").join(names),
        )
    if watching := [one.name for one in found.network.witnesses if one.trial]:
        text += _("%(names)s由平台自己运行，不具有独立性。", names=_("、").join(watching))
    return text


def _facts(found: Certified, body: dict[str, Any]) -> list[Fact]:
    exhibit, person = found.exhibit, found.submitter
    return [
        Fact(
            _("出具平台"),
            f"{found.trust.name}　{found.public_url}",
            _("由平台按公开的规则自动出具；任何人可以自行核验。"),
        ),
        Fact(_("调解组织"), breakable(found.organisation) or _("未载明")),
        Fact(_("案件编号"), found.case.number),
        Fact(_("证据名称"), breakable(exhibit.file_name)),
        Fact(_("证据编号与回执"), f"{exhibit.number}　·　{exhibit.receipt_number}"),
        Fact(
            _("内容类型与大小"),
            _(
                "%(type)s，%(size)s 字节（%(short)s）",
                type=exhibit.media_type,
                size=exhibit.size,
                short=file_size(exhibit.size),
            ),
            _("类型由平台根据内容识别，不取自文件名。"),
        ),
        Fact(
            _("提交人"),
            _(
                "%(name)s（%(role)s）",
                name=breakable(person.person_name),
                role=f"{label_of('side', person.side)} · {breakable(person.party_name)}",
            ),
            _(
                "账号 %(account)s；身份核验方式：%(method)s",
                account=body["submitter"]["account"],
                method=_method(body["submitter"]["identity_method"]),
            ),
        ),
        Fact(_("商业秘密"), _("是，只供指定的人查看") if exhibit.secret else _("否")),
        Fact(
            _("记录截至"),
            _both(found.as_of),
            _("此后的保管记录不在本件之内。") + _read_again(found),
        ),
    ]


def _read_again(found: Certified) -> str:
    if found.read_again:
        return _("出具时重新读取了原文件并计算两种摘要。")
    return _("出具时没有重新读取原文件：完整性须由持有原文件的人核对。")


def _method(value: str) -> str:
    try:
        return label_of("identity_method", value)
    except KeyError:
        return value


def _answer(one: dict[str, Any]) -> AnswerLine:
    return AnswerLine(
        str(one["title"]), one["status"], _status(one["status"]), str(one["text"]), _not_shown(one["name"])
    )


def _status(status: str) -> str:
    return {
        "passed": _("通过"),
        "failed": _("未通过"),
        "missing": _("未提供"),
        "undetermined": _("待定"),
    }[status]


def _not_shown(answer: str) -> str:
    return {
        "integrity": _("上链之前文件是否真实、完整；文件内容是否属实。"),
        "time": _("文件在某个时间之前还不存在；接收时间和区块时间是平台运营方的时钟，不是外部证明。"),
        "submitter": _("账号的持有人就是所写的人；只说明平台如何核验过身份。"),
        "origin": _("所述来源属实；平台没有核实提交人的陈述。"),
    }[answer]


def _times(found: Certified, body: dict[str, Any]) -> list[TimeLine]:
    stated = stated_time(body["origin"]["made_at"])
    lines = [
        TimeLine(_("制作（陈述）"), stated or _("未陈述"), "—", _("提交人陈述，平台未核实")),
        _time(_("平台接收"), found.exhibit.received_at, _("平台运营方服务器时钟")),
        _time(_("区块"), found.batch.block_time, _("平台运营方节点时钟，不是外部时间")),
    ]
    lines += [_token_time(found, row) for row in found.batch.tokens]
    if not found.batch.tokens:
        lines.append(TimeLine(_("时间戳"), _("待补"), _("待补"), _("没有取得外部时间戳")))
    return lines + [
        _time(_("见证"), at, _("见证签名写入的区块，平台运营方节点时钟")) for at in witness_times(found)
    ]


def _time(name: str, at: datetime | None, source: str, flag: str = "") -> TimeLine:
    if at is None:
        return TimeLine(name, _("未提供"), _("未提供"), source, flag)
    return TimeLine(name, shown(at.astimezone(BEIJING)), shown(at.astimezone(UTC)), source, flag)


def _token_time(found: Certified, row: Any) -> TimeLine:
    name = _("时间戳") if row.generation == 0 else _("时间戳续期 %(count)s", count=row.generation)
    if row.generated_at is None:
        return TimeLine(
            name, _("待补"), _("待补"), _("%(name)s 尚未答复，平台会重试", name=breakable(row.line))
        )
    accuracy = (
        _("精度未声明")
        if row.accuracy_ms is None
        else _("精度 ±%(seconds)s 秒", seconds=f"{row.accuracy_ms / 1000:g}")
    )
    source = _(
        "时间戳机构 %(name)s，%(accuracy)s", name=breakable(row.authority or row.line), accuracy=accuracy
    )
    flag = _difference(found, row.generated_at) if row.generation == 0 else ""
    return _time(name, row.generated_at, source, flag)


def _difference(found: Certified, at: datetime) -> str:
    if found.batch.block_time is None:
        return ""
    seconds = round((at - found.batch.block_time).total_seconds())
    if abs(seconds) <= CLOCK_TOLERANCE:
        return ""
    return _("与区块时间相差 %(count)s 秒，超过 %(limit)s 秒，请留意", count=seconds, limit=CLOCK_TOLERANCE)


def _time_notes(found: Certified) -> list[str]:
    notes = [_("北京时间为 UTC+8。除时间戳外，各时间都来自平台运营方自己的时钟。")]
    if any(row.generated_at is None for row in found.batch.tokens) or not found.batch.tokens:
        notes.append(_("待补：机构暂时没有答复，取得后会写入以后的证明文件，不影响已有的内容。"))
    return notes


def _origin(origin: dict[str, Any]) -> list[Fact]:
    unstated = _("未陈述")
    names = [
        (_("证明什么"), origin["proves"]),
        (_("原件或复制件"), _("原件") if origin["form"] == "original" else _("复制件")),
        (_("制作人"), origin["made_by"]),
        (_("制作时间"), stated_time(origin["made_at"])),
        (_("设备"), origin["device"]),
        (_("取得方式"), origin["method"]),
    ]
    if origin["form"] == "copy":
        names += [
            (_("与原件核对的人"), origin["compared_by"]),
            (_("核对时间"), stated_time(origin["compared_at"])),
        ]
    return [Fact(name, breakable(value) if value else unstated) for name, value in names]


def _custody(record: tuple[CustodyStep, ...]) -> list[CustodyLine]:
    if len(record) <= SHOWN_CUSTODY:
        return [_custody_line(step) for step in record]
    half = SHOWN_CUSTODY // 2
    gap = CustodyLine("…", _("其余 %(count)s 条见证明文件", count=len(record) - 2 * half), "", "", "", "")
    first, last = record[:half], record[-half:]
    return [*(_custody_line(step) for step in first), gap, *(_custody_line(step) for step in last)]


def _custody_line(step: CustodyStep) -> CustodyLine:
    entry = step.entry
    return CustodyLine(
        number=str(entry.sequence),
        act=_act(entry.act),
        who=_who(step),
        beijing=shown(step.at.astimezone(BEIJING)),
        utc=shown(step.at.astimezone(UTC)),
        digest=entry.digest.hex()[:12],
    )


def _act(act: str) -> str:
    try:
        return label_of("custody_act", act)
    except KeyError:
        return act


def _who(step: CustodyStep) -> str:
    if step.seat is not None:
        return _(
            "%(name)s（%(role)s）",
            name=breakable(step.seat.person_name),
            role=label_of("side", step.seat.side),
        )
    if step.account is not None:
        return breakable(f"{step.account.name} {step.account.unit}".strip())
    return _("平台")


def _custody_note(found: Certified) -> str:
    return _(
        "共 %(count)s 条，逐条以 SHA-256 相连（ISO/IEC 27037）；时间为平台运营方服务器时钟；末列为摘要的前 12 位。"
        "记录本身不能显示末尾是否有条目被略去：须与较早的副本比较。",
        count=len(found.record),
    )


def _ways() -> list[str]:
    return [
        _(
            "扫码打开公开核验页：链接只带摘要，且写在 # 之后，不会发送到服务器；选择原文件即可比对，文件不上传。"
        ),
        _("离线核验页：一个网页文件，不联网，选择原文件、证明文件和信任根。可在公开核验页下载。"),
        _("命令行：见下。"),
        _("时间戳也可以用 OpenSSL 单独核验：见下。"),
    ]


def _commands(found: Certified) -> list[tuple[str, str]]:
    proof = proof_name(found)
    commands = [
        (
            _("取出本件所附的文件"),
            f"pdfdetach -saveall {found.number}.pdf",
        ),
        (
            _("核验四个回答（写上节点地址可以同时查询链）"),
            f"python -m evidence verify FILE {proof} --trust-root {TRUST_NAME} [--rpc URL]",
        ),
    ]
    if found.proof.timestamps:
        commands.append(
            (
                _("用 OpenSSL 核验第一个时间戳（摘要为本批次的链头）"),
                f"jq -r '.timestamps[0].token' {proof} | base64 -d > token.der\n"
                f"jq -r '.timestamp_authorities[].anchor' {TRUST_NAME} > anchors.pem\n"
                f"openssl ts -verify -digest {found.batch.head.hex()} \\\n"
                "    -in token.der -token_in -CAfile anchors.pem",
            )
        )
    return commands


def _attachments(found: Certified) -> list[Attachment]:
    return [
        Attachment(
            proof_name(found),
            found.text,
            MEDIA_TYPE,
            "data",
            _("证明文件：陈述、路径、批次、时间戳、见证与保管记录"),
        ),
        Attachment(
            TRUST_NAME,
            found.trust.dump(),
            "application/json",
            "supplement",
            _("信任根：请与从法院、公证机构或者行业协会取得的副本比较后再使用"),
        ),
    ]


def _words() -> dict[str, str | list[str]]:
    return {
        "number": _("证明编号"),
        "trial": _("试用"),
        "footer": _("本件可以离线核验，以所附证明文件为准"),
        "page": _("第 {page} 页 共 {pages} 页"),
        "digests": _("一、文件摘要"),
        "answers": _("二、四个回答"),
        "not_shown": _("不证明："),
        "checks": _("逐项检查"),
        "answer": _("回答"),
        "check": _("检查"),
        "result": _("结果"),
        "times": _("三、时间及其来源"),
        "times_head": [_("时间"), _("北京时间"), "UTC", _("来源与精度")],
        "origin": _("四、提交时对来源的陈述"),
        "origin_note": _("照录提交人的陈述，平台未核实（人民法院在线诉讼规则 18）。"),
        "custody": _("五、保管记录"),
        "custody_head": [_("序号"), _("行为"), _("行为人"), _("北京时间"), "UTC", _("摘要")],
        "six": _("六、六个问题（最高人民法院关于互联网法院审理案件若干问题的规定 11）"),
        "chain": _("七、链上事实"),
        "nodes": _("节点与运行者"),
        "nodes_head": [_("节点"), _("运行者"), _("角色"), _("与平台的利害关系（运营方陈述）")],
        "no_nodes": _("节点与运行者：运营方未提供。"),
        "witnesses": _("外部见证"),
        "witnesses_head": [_("见证人"), _("类别"), _("签名者"), _("依据")],
        "no_witnesses": _("外部见证：未提供。"),
        "believe": _("八、仍须相信的事"),
        "verify": _("九、怎样核验"),
        "qr": _("公开核验页"),
        "address": _("公开核验页地址"),
        "attached": _("本件内附的文件（PDF/A-3 附件）"),
        "attached_head": [_("文件"), _("内容")],
        "note": _(
            "本件由平台出具，不是法院、公证机构或者司法鉴定机构的文书，不对文件内容是否属实作出判断；是否采信由审理案件的法院决定。"
        ),
    }


def shown(at: datetime) -> str:
    """``YYYY-MM-DD HH:MM:SS`` in the zone of ``at``."""
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _both(at: datetime) -> str:
    return _(
        "%(beijing)s 北京时间（%(utc)s UTC）",
        beijing=shown(at.astimezone(BEIJING)),
        utc=shown(at.astimezone(UTC)),
    )
