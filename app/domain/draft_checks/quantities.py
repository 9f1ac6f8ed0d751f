"""Reads amounts, dates and shares out of Chinese text. No judgement on them.

Works on folded text (see ``passages``): plain digits, no blanks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

_VALUES = {
    char: value for row in ("零壹贰叁肆伍陆柒捌玖", "〇一二三四五六七八九") for value, char in enumerate(row)
}
_VALUES |= {"两": 2, "O": 0}
_PLACES = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}
_GROUPS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_NUMERAL = "零壹贰叁肆伍陆柒捌玖〇一二三四五六七八九两拾十佰百仟千万萬亿億"
FIGURE = r"(?:人民币|RMB|¥)?(?<![\d.])(\d[\d,]{0,20}(?:\.\d{1,4})?)(万亿|[百千万亿])?(?:元|圆)"
_MONEY = ("元", "圆", "人民币", "¥", "RMB")
_BARE = r"(?:人民币|RMB|¥):?(\d[\d,]{0,20}(?:\.\d{1,4})?)(万亿|[百千万亿])?(?![\d年个日,.%])"
_FIGURE = re.compile(f"{FIGURE}|{_BARE}")
_UNITS = {"": 1, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8, "万亿": 10**12}
_WORDS = re.compile(
    rf"(?:人民币)?([{_NUMERAL}]{{1,40}})[元圆](?:([{_NUMERAL}])角)?(?:零?([{_NUMERAL}])分)?整?正?"
)
_DAY_DIGITS = "零〇一二三四五六七八九"
_DATE = re.compile(
    rf"([\d{_DAY_DIGITS}]{{4}})年([\d一二三四五六七八九十]{{1,3}})月(?:([\d一二三四五六七八九十]{{1,3}})[日号]?)?"
    r"|(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)"
)
_SHARE = re.compile(
    rf"(\d{{1,6}}(?:\.\d{{1,4}})?)%|百分之([{_NUMERAL}]{{1,8}}|\d{{1,6}}(?:\.\d{{1,4}})?)"
    r"|([一二三四五六七八九])成(?![立果员功本为品交年份])"
)


@dataclass(frozen=True)
class Amount:
    """An amount in yuan as it stands in a text; ``worded`` if it is written in Chinese numerals."""

    value: Decimal
    start: int
    end: int
    worded: bool


@dataclass(frozen=True)
class Day:
    """A date as it stands in a text; ``day`` is None where the calendar has no such day, ``exact`` without a day False."""

    day: date | None
    start: int
    end: int
    exact: bool


@dataclass(frozen=True)
class Share:
    """A percentage as it stands in a text."""

    value: Decimal
    start: int
    end: int


def numeral(text: str) -> int | None:
    """The whole number that Chinese numerals write, capital or plain; None if they write none."""
    total = section = digit = 0
    seen = False
    for char in text:
        if char in _VALUES:
            digit, seen = _VALUES[char], True
        elif char in _PLACES:
            section += (digit or 1) * _PLACES[char]
            digit, seen = 0, True
        else:
            total = _grouped(total, section + digit, _GROUPS[char])
            section = digit = 0
    return total + section + digit if seen else None


def _grouped(total: int, part: int, group: int) -> int:
    """万亿: a group after a group multiplies what stands before it."""
    if part == 0:
        return total * group
    return total + part * group


@lru_cache(maxsize=1024)
def amounts(text: str) -> tuple[Amount, ...]:
    """Every amount in the order of the text; the figures of ``30%`` or of a date are none."""
    if not any(mark in text for mark in _MONEY):
        return ()
    found = [_figure(match) for match in _FIGURE.finditer(text)]
    found += [amount for match in _WORDS.finditer(text) if (amount := _worded(match)) is not None]
    return tuple(sorted(found, key=lambda amount: amount.start))


def _figure(match: re.Match[str]) -> Amount:
    digits, unit = match.group(1) or match.group(3), match.group(2) or match.group(4) or ""
    value = Decimal(digits.replace(",", "").rstrip(".") or "0") * _UNITS[unit]
    return Amount(value, match.start(), match.end(), worded=False)


def _worded(match: re.Match[str]) -> Amount | None:
    whole = numeral(match.group(1))
    if whole is None:
        return None
    jiao, fen = (numeral(part) or 0 if part else 0 for part in match.group(2, 3))
    value = Decimal(whole) + Decimal(jiao) / 10 + Decimal(fen) / 100
    return Amount(value, match.start(), match.end(), worded=True)


@lru_cache(maxsize=1024)
def days(text: str) -> tuple[Day, ...]:
    """Every date in the order of the text; without a day the first of the month stands for it."""
    return tuple(_days(text))


def _days(text: str) -> Iterator[Day]:
    for match in _DATE.finditer(text):
        year, month, number = (
            part or "" for part in (match.group(1, 2, 3) if match.group(1) else match.group(4, 5, 6))
        )
        yield Day(
            _day(_year(year), _count(month), _count(number or "1")),
            match.start(),
            match.end(),
            exact=bool(number),
        )


def _year(text: str) -> int:
    return int("".join(str(_VALUES.get(char, char)) for char in text))


def _count(text: str) -> int:
    return int(text) if text.isascii() else numeral(text) or 0


def _day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def shares(text: str) -> tuple[Share, ...]:
    """Every percentage in the order of the text."""
    return tuple(Share(_share(match), match.start(), match.end()) for match in _SHARE.finditer(text))


def _share(match: re.Match[str]) -> Decimal:
    if match.group(3):
        return Decimal((numeral(match.group(3)) or 0) * 10)
    text = match.group(1) or match.group(2)
    return Decimal(text) if text[0].isdigit() else Decimal(numeral(text) or 0)
