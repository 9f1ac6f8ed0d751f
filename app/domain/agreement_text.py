"""Templates of settlements: the duties each begins with, and how terms become the text to sign. Pure.

The text is Chinese: it is the document itself, whatever language the screen has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.domain.agreement import canonical
from app.domain.agreement_form import BLANK, Duty, Licence, Terms
from app.domain.money import words
from app.domain.rights import RightKind


@dataclass(frozen=True)
class Template:
    """One template. ``recital`` has slots from the case; ``duties`` are (who, kind, what) to begin with."""

    key: str
    rights: frozenset[RightKind]
    recital: str
    duties: tuple[tuple[str, str, str], ...]
    clauses: tuple[str, ...] = ()
    licence: bool = False


_CEASE_MARK = "停止在商品、包装、店铺页面及广告宣传中使用与甲方注册商标相同或者近似的标识"
_BREACH_FREE = "本协议的签署不构成任何一方对对方指控事实的承认，本协议另有明确记载的事实除外。"

TEMPLATES: dict[str, Template] = {
    template.key: template
    for template in (
        Template(
            "trademark",
            frozenset({RightKind.TRADEMARK}),
            "甲方系第{registration_number}号“{mark}”注册商标（核定使用类别：{goods_class}）的注册人。甲方认为乙方的下列使用"
            "侵害其注册商标专用权：{accused_use}",
            (
                ("respondent", "cease", _CEASE_MARK),
                ("respondent", "destroy", "自行销毁带有上述标识的库存商品、包装及宣传材料"),
                ("respondent", "pay", "赔偿甲方经济损失及合理开支"),
            ),
            ("乙方不再申请注册与甲方上述注册商标相同或者近似的商标、字号、域名。", _BREACH_FREE),
        ),
        Template(
            "copyright",
            frozenset({RightKind.COPYRIGHT}),
            "甲方主张其对作品《{work_title}》（{work_type}）享有著作权。双方因乙方的下列使用发生争议：{accused_use}",
            (
                ("claimant", "licence", "许可乙方按照本协议约定的方式和范围使用上述作品"),
                ("respondent", "pay", "支付本协议签署之前使用作品的费用及甲方合理开支"),
                ("respondent", "pay", "支付许可使用费"),
            ),
            ("乙方使用作品时应当以适当方式注明作者姓名和作品名称。", _BREACH_FREE),
            licence=True,
        ),
        Template(
            "patent",
            frozenset({RightKind.PATENT}),
            "甲方系“{patent_name}”（{patent_type}，专利号：{patent_number}）的专利权人。"
            "双方因乙方的下列产品或者方法发生争议：{accused_product}",
            (
                (
                    "respondent",
                    "cease",
                    "停止制造、使用、许诺销售、销售、进口上述争议产品或者使用上述争议方法",
                ),
                ("respondent", "destroy", "自行销毁专用于制造上述争议产品的模具及库存的上述产品半成品"),
                ("respondent", "pay", "向甲方支付补偿款"),
            ),
            (_BREACH_FREE,),
            licence=True,
        ),
        Template(
            "general",
            frozenset(RightKind),
            "双方因下列事项发生争议：{title}",
            (("respondent", "other", ""), ("respondent", "pay", "")),
            (_BREACH_FREE,),
            licence=True,
        ),
    )
}

_NAMES = {"claimant": "甲方", "respondent": "乙方", "both": "双方"}
_OTHERS = {"claimant": "乙方", "respondent": "甲方"}
_LICENCES = {"exclusive": "独占许可", "sole": "排他许可", "ordinary": "普通许可"}
_COSTS = {
    "free": "本次调解不收取费用；双方为调解支出的费用各自承担。",
    "claimant": "本次调解的费用由甲方承担。",
    "respondent": "本次调解的费用由乙方承担。",
    "shared": "本次调解的费用由双方各承担一半。",
}
_NUMBERS = "一二三四五六七八九十"


@dataclass(frozen=True)
class PartyLine:
    """A party as the agreement names it."""

    side: str
    name: str
    id_number: str
    address: str
    person: str


@dataclass(frozen=True)
class Heading:
    """What stands above the terms."""

    case_number: str
    parties: tuple[PartyLine, ...]
    mediator: str
    organisation: str


def suggested(right: RightKind) -> str:
    """The template that fits a right best."""
    return next(key for key, template in TEMPLATES.items() if right in template.rights)


def starting_form(template: Template, title: str, details: Mapping[str, str]) -> dict[str, str]:
    """Form fields to begin with, filled from the case; a slot that the case lacks is shown as （待填）."""
    slots = _Slots({name: _slot(name, value) for name, value in {**details, "title": title}.items()})
    form = {"recital": _end(template.recital.format_map(slots)), "costs": "free"}
    for number, (who, kind, what) in enumerate(template.duties):
        form |= {f"duty-{number}-who": who, f"duty-{number}-kind": kind, f"duty-{number}-what": what}
    form["confidential"] = "yes"
    form["breach"] = "乙方逾期付款的，按照未付金额每日万分之五向甲方支付违约金。"
    return form


def _slot(name: str, value: str) -> str:
    """A value without the words that the template puts around it: 第…号 and a closing full stop."""
    plain = value.strip().rstrip("。")
    return plain.removeprefix("第").removesuffix("号").strip() if name.endswith("number") else plain


class _Slots(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return BLANK


def render(terms: Terms, heading: Heading) -> str:
    """The agreement's text in canonical form (UTF-8 text, NFC, line feeds)."""
    parts = ["调解协议书", f"编号：{heading.case_number}", "", *_party_lines(heading), ""]
    sections = [
        ("争议事项", [terms.recital]),
        ("协议内容", _numbered([_duty_text(duty) for duty in terms.duties])),
        ("许可使用", [_licence_text(terms.licence)] if terms.licence else []),
        ("费用", [_COSTS[terms.costs]]),
        ("保密", [_CONFIDENTIAL] if terms.confidential else []),
        ("违约责任", [terms.breach or "一方不履行本协议的，应当依法承担违约责任。"]),
        (
            "其他约定",
            _numbered([*TEMPLATES[terms.template].clauses, *([terms.other] if terms.other else [])]),
        ),
        ("生效与后续", _numbered(list(_CLOSING))),
    ]
    present = [(title, lines) for title, lines in sections if lines]
    for number, (title, lines) in zip(_NUMBERS, present, strict=False):
        parts += [f"{number}、{title}", *lines, ""]
    return canonical("\n".join(parts)).decode("utf-8")


def outline(text: str) -> list[tuple[str, str]]:
    """The text's lines for the eye: ``title``, ``heading`` or ``line`` with each; empty lines left out."""
    lines = [line for line in text.splitlines() if line]
    return [(_kind(number, line), line) for number, line in enumerate(lines)]


def _kind(number: int, line: str) -> str:
    if number == 0:
        return "title"
    return "heading" if line[0] in _NUMBERS and line[1:2] == "、" else "line"


_CONFIDENTIAL = (
    "双方对本协议内容及调解中知悉的对方商业秘密、个人信息负有保密义务；为申请司法确认、强制执行，或者依照法律规定、"
    "有权机关要求披露的除外。"
)
_CLOSING = (
    "本协议由双方自愿达成，内容不违反法律、行政法规的强制性规定，不损害国家利益、社会公共利益或者他人合法权益。",
    "本协议以电子签名方式签署。各方以仅由本人控制的签名钥匙对本协议全文的摘要签名，签名及调解员的盖章记录于区块链。"
    "本协议自双方当事人及调解员完成签署、盖章之日起生效；法律另有规定的，依照其规定。",
    "双方可以自本协议生效之日起三十日内，共同向有管辖权的人民法院申请司法确认。经确认有效后，一方拒绝履行或者未全部履行的，"
    "对方可以向人民法院申请强制执行。",
)


def _party_lines(heading: Heading) -> list[str]:
    lines = []
    for party in heading.parties:
        role = "甲方（申请人）" if party.side == "claimant" else "乙方（被申请人）"
        lines.append(f"{role}：{party.name}")
        if party.id_number:
            lines.append(f"统一社会信用代码或者证件号码：{party.id_number}")
        if party.address:
            lines.append(f"住所地：{party.address}")
        if party.person and party.person != party.name:
            lines.append(f"签署人：{party.person}")
    return [*lines, f"调解员：{heading.mediator}（{heading.organisation}）"]


def _numbered(lines: list[str]) -> list[str]:
    return [f"{number}. {line}" for number, line in enumerate(lines, 1)]


def _duty_text(duty: Duty) -> str:
    who, when = _NAMES[duty.who], f"{_long_day(duty.due)}前（含当日）"
    what = duty.what.rstrip("。；;，,")
    if duty.kind == "pay":
        amount = Decimal(duty.amount.replace(",", ""))
        return (
            f"{who}应于{when}{_lead(what)}向{_OTHERS[duty.who]}支付人民币 {duty.amount} 元"
            f"（大写：人民币{words(amount)}）。支付方式：{_end(duty.manner)}"
        )
    return f"{who}应于{when}{what}。履行方式：{_end(duty.manner)}"


def _lead(what: str) -> str:
    return f"{what}，" if what else ""


def _end(text: str) -> str:
    return text if text.endswith(("。", "！", "？")) else f"{text}。"


def _long_day(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.year}年{day.month}月{day.day}日"


def _licence_text(licence: Licence) -> str:
    return (
        f"许可种类：{_LICENCES[licence.kind]}。许可标的：{_end(licence.subject)}使用方式和范围：{_end(licence.scope)}"
        f"地域：{_end(licence.territory)}期限：自{_long_day(licence.start)}起至{_long_day(licence.end)}止。"
        "许可费按照前述付款约定支付。"
    )
