"""The clause library: entries for a right, an entry as a clause of a case, agreements to begin with. Pure.

The entries themselves are data in ``library_entries``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.domain.agreement.kinds import KINDS, FieldType, Value, read_value
from app.domain.agreement.library_entries import ENTRIES, Entry
from app.domain.agreement.model import BLANK, Agreement, Clause, Party
from app.domain.rights import RightKind

BY_KEY: dict[str, Entry] = {entry.key: entry for entry in ENTRIES}


@dataclass(frozen=True)
class Start:
    """What an agreement about a right begins with: the dispute's words and the entries in order."""

    dispute: str
    entries: tuple[str, ...]


_END = ("general.breach_rate", "general.no_admission", "general.costs_free", "general.confidentiality")
STARTS: dict[RightKind, Start] = {
    RightKind.TRADEMARK: Start(
        "甲方系第{registration_number}号“{mark}”注册商标（核定使用类别：{goods_class}）的注册人。"
        "双方因乙方的下列使用发生争议：{accused_use}",
        (
            "trademark.cease",
            "trademark.destroy",
            "general.compensation",
            "trademark.no_register",
            *_END,
        ),
    ),
    RightKind.COPYRIGHT: Start(
        "甲方主张其对作品《{work_title}》（{work_type}）享有著作权。双方因乙方的下列使用发生争议：{accused_use}",
        (
            "copyright.past_use",
            "copyright.licence",
            "copyright.attribution",
            *_END,
        ),
    ),
    RightKind.PATENT: Start(
        "甲方系“{patent_name}”（{patent_type}，专利号：{patent_number}）的专利权人。"
        "双方因乙方的下列产品或者方法发生争议：{accused_product}",
        ("patent.cease", "patent.destroy", "general.compensation", *_END),
    ),
    RightKind.PLANT_VARIETY: Start(
        "甲方系植物新品种“{variety_name}”（{species}，品种权号：{variety_right_number}）的品种权人。"
        "双方因乙方的下列繁殖材料或者收获材料发生争议：{accused_material}",
        ("plant_variety.cease", "plant_variety.disposal", "plant_variety.payment", *_END),
    ),
    RightKind.TRADE_SECRET: Start(
        "甲方主张其享有商业秘密（{secret_kind}）。双方因乙方的下列行为发生争议：{accused_use}",
        (
            "trade_secret.cease",
            "trade_secret.return",
            "general.compensation",
            "trade_secret.confidentiality",
            "general.breach_sum",
            "general.no_admission",
            "general.costs_free",
        ),
    ),
    RightKind.LAYOUT_DESIGN: Start(
        "甲方系布图设计“{design_name}”（登记号：{registration_number}）的权利人。"
        "双方因乙方的下列芯片或者产品发生争议：{accused_chip}",
        ("layout_design.cease", "layout_design.destroy_masks", "general.compensation", *_END),
    ),
    RightKind.DOMAIN_NAME: Start(
        "甲方主张其对“{own_sign}”享有在先权益。双方因乙方对域名 {domain} 的注册和下列使用发生争议：{accused_use}",
        ("domain_name.stop_use", "domain_name.transfer", "trademark.no_register", *_END),
    ),
    RightKind.UNFAIR_COMPETITION: Start(
        "双方因乙方的下列行为（{conduct_kind}）发生争议：{accused_use}",
        ("unfair_competition.cease", "general.compensation", "unfair_competition.no_disparagement", *_END),
    ),
}
"""What an agreement begins with, by right; everything in it can be changed."""


def entries_for(right: RightKind) -> tuple[Entry, ...]:
    """The entries that fit a right, its own before the general ones."""
    return tuple(entry for entry in ENTRIES if right in entry.rights)


def clause_of(entry: Entry, ref: str, parties: tuple[Party, ...], details: Mapping[str, str]) -> Clause:
    """The entry as a clause: parties by their side, slots from the case, （待填） where the case says nothing."""
    fields: dict[str, Value] = {}
    for spec in KINDS[entry.kind].fields:
        given = entry.fields.get(spec.name)
        if spec.type in (FieldType.PARTY, FieldType.PARTIES) and given is not None:
            refs = tuple(party.ref for party in parties if given in ("all", party.side))
            given = (refs[0] if refs else None) if spec.type is FieldType.PARTY else list(refs)
        elif isinstance(given, str):
            given = fill(given, details)
        read = read_value(spec, given)
        if read is not None:
            fields[spec.name] = read
    return Clause(ref, entry.kind, fields, entry.key)


def fill(text: str, details: Mapping[str, str]) -> str:
    """The text with its slots filled from the case's details of the right."""
    slots = _Slots({name: _slot(name, value) for name, value in details.items() if value.strip()})
    return text.format_map(slots)


def started(empty: Agreement, right: RightKind, details: Mapping[str, str]) -> Agreement:
    """An agreement with its parties, begun with what fits the right."""
    start = STARTS[right]
    clauses = tuple(
        clause_of(BY_KEY[key], f"c{at}", empty.parties, details) for at, key in enumerate(start.entries, 1)
    )
    return replace(empty, dispute=fill(start.dispute, details), clauses=clauses)


def _slot(name: str, value: str) -> str:
    """A value without the words that the text puts around it: 第…号 and a closing full stop."""
    plain = value.strip().rstrip("。")
    return plain.removeprefix("第").removesuffix("号").strip() if name.endswith("number") else plain


class _Slots(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return BLANK
