"""Which court confirms an agreement: a dated table for Beijing, each rule with its source. Pure.

A first aid for the applicants: the court itself examines its jurisdiction (民诉法 205; 民诉法解释 355).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.rights import RightKind

IP_COURT = "北京知识产权法院"
INTERNET_COURT = "北京互联网法院"
BASIC_COURTS: dict[str, tuple[str, ...]] = {
    "北京市东城区人民法院": ("东城", "通州", "顺义", "怀柔", "平谷", "密云"),
    "北京市西城区人民法院": ("西城", "大兴"),
    "北京市朝阳区人民法院": ("朝阳",),
    "北京市海淀区人民法院": ("海淀",),
    "北京市丰台区人民法院": ("丰台", "房山"),
    "北京市石景山区人民法院": ("石景山", "门头沟", "昌平", "延庆"),
}
"""Basic courts that hear IP cases of first instance, with the districts they cover (法〔2022〕109号)."""


@dataclass(frozen=True)
class CourtRule:
    """One line of the table: for which right and circumstance, which court, from when to when, why."""

    key: str
    rights: frozenset[RightKind]
    court: str | None
    """None: a designated basic court of the district."""
    reason: str
    source: str
    since: date
    until: date | None = None
    certain: bool = True
    """False where the text of the rule leaves room; the screen says so."""


_MEDIATED = "民诉法 205（二）"
RULES: tuple[CourtRule, ...] = (
    CourtRule(
        "technical",
        frozenset({RightKind.PATENT, RightKind.PLANT_VARIETY, RightKind.LAYOUT_DESIGN}),
        IP_COURT,
        "专利、植物新品种、集成电路布图设计纠纷由北京知识产权法院管辖，"
        "调解协议的司法确认向相应的中级人民法院申请。",
        f"{_MEDIATED}；关于北京、上海、广州知识产权法院案件管辖的规定 1",
        date(2014, 11, 3),
    ),
    CourtRule(
        "technical_secret",
        frozenset({RightKind.TRADE_SECRET}),
        IP_COURT,
        "技术秘密纠纷由北京知识产权法院管辖。",
        f"{_MEDIATED}；关于北京、上海、广州知识产权法院案件管辖的规定 1",
        date(2014, 11, 3),
    ),
    CourtRule(
        "software",
        frozenset({RightKind.COPYRIGHT}),
        IP_COURT,
        "计算机软件纠纷由北京知识产权法院管辖。",
        f"{_MEDIATED}；关于北京、上海、广州知识产权法院案件管辖的规定 1",
        date(2014, 11, 3),
    ),
    CourtRule(
        "domain_name",
        frozenset({RightKind.DOMAIN_NAME}),
        INTERNET_COURT,
        "互联网域名权属、侵权纠纷由北京互联网法院集中管辖。",
        "民诉法 205；最高人民法院关于互联网法院案件管辖的规定（2025-11-01 起施行）",
        date(2025, 11, 1),
    ),
    CourtRule(
        "online_competition",
        frozenset({RightKind.UNFAIR_COMPETITION}),
        INTERNET_COURT,
        "网络不正当竞争纠纷由北京互联网法院集中管辖。",
        "民诉法 205；最高人民法院关于互联网法院案件管辖的规定（2025-11-01 起施行）",
        date(2025, 11, 1),
    ),
    CourtRule(
        "online_copyright",
        frozenset({RightKind.COPYRIGHT}),
        INTERNET_COURT,
        "在互联网上发表或者传播的作品的著作权纠纷由北京互联网法院管辖。",
        "最高人民法院关于互联网法院审理案件若干问题的规定 2",
        date(2018, 9, 7),
        date(2025, 11, 1),
    ),
    CourtRule(
        "basic",
        frozenset(RightKind),
        None,
        "由当事人住所地、标的物所在地或者调解组织所在地"
        "有知识产权管辖权的基层人民法院确认。"
        "2025 年 11 月 1 日起，网络著作权纠纷不再由互联网法院管辖。"
        "涉及驰名商标认定的，由北京知识产权法院管辖。",
        "民诉法 205（二）；法〔2022〕109号",
        date(2022, 5, 1),
        certain=False,
    ),
)


@dataclass(frozen=True)
class Route:
    """The court that the table names, and the others that may come into question."""

    court: str
    reason: str
    source: str
    certain: bool
    candidates: tuple[str, ...]


def route(right: RightKind, details: Mapping[str, str], addresses: tuple[str, ...], on: date) -> Route:
    """The court for a case on a day; ``addresses``: the parties' domiciles, the applicant's first."""
    rule = next(
        rule
        for rule in RULES
        if right in rule.rights
        and rule.since <= on
        and (rule.until is None or on < rule.until)
        and _applies(rule.key, details)
    )
    if rule.court is not None:
        return Route(rule.court, rule.reason, rule.source, rule.certain, (rule.court,))
    near = tuple(dict.fromkeys(court for address in addresses for court in _of_address(address)))
    candidates = near or tuple(BASIC_COURTS)
    return Route(candidates[0], rule.reason, rule.source, len(near) == 1, candidates)


def _applies(key: str, details: Mapping[str, str]) -> bool:
    if key == "technical_secret":
        return "技术" in details.get("secret_kind", "")
    if key == "software":
        return "软件" in details.get("work_type", "")
    if key == "online_copyright":
        return details.get("online_use", "").strip() not in ("", "否", "无")
    if key == "online_competition":
        return "网" in details.get("conduct_kind", "") + details.get("accused_use", "")
    return True


def _of_address(address: str) -> tuple[str, ...]:
    if "北京" not in address and "区" not in address:
        return ()
    found = (court for court, names in BASIC_COURTS.items() if any(name in address for name in names))
    return tuple(found)
