"""What a court refuses, looked for while an agreement is drafted; each finding names its article. Pure."""

import re
from dataclasses import dataclass

_RIGHTS = (
    "(?:专利权|专利|商标专用权|商标权|商标|著作权|版权|商业秘密|技术秘密|植物新品种权|品种权"
    "|布图设计专有权|域名|知识产权)"
)


@dataclass(frozen=True)
class DraftRule:
    """A refused wording: ``code`` is the form problem, ``source`` the article, ``since`` its date."""

    code: str
    pattern: re.Pattern[str]
    source: str
    since: str


RULES: tuple[DraftRule, ...] = (
    DraftRule(
        "court_adjudicates",
        re.compile(
            r"(?:违约|违反|不履行|未履行|逾期|争议)[^。；\n]{0,30}法院"
            r"[^。；\n]{0,12}(?:裁判|判决|裁决|判令|作出裁定|另行裁)"
        ),
        "最高人民法院关于人民法院民事调解工作若干问题的规定 8",
        "2021-01-01",
    ),
    DraftRule(
        "ownership",
        re.compile(
            rf"(?:确认|认定|约定)[^。；\n]{{0,24}}{_RIGHTS}[^。；\n]{{0,12}}(?:归|属于|有效|无效|为[^。；\n]{{0,16}}所有)"
            rf"|{_RIGHTS}[^。；\n转让]{{0,8}}(?:归属于|归[^。；\n]{{1,16}}所有|属于[^。；\n]{{1,16}}所有)"
        ),
        "民诉法解释 355（五）",
        "2022-04-10",
    ),
)


@dataclass(frozen=True)
class Finding:
    """A refused wording as found, with its article."""

    code: str
    excerpt: str
    source: str


def check_wording(text: str) -> list[Finding]:
    """Every refused wording in one text, in the order of the rules."""
    found = ((rule, match) for rule in RULES for match in rule.pattern.finditer(text))
    return [Finding(rule.code, match.group(0), rule.source) for rule, match in found]
