"""A time axis for pages: where each moment stands between the first and the last, with marks that say how far apart.
Logarithmic, because seconds and years stand on one axis. Not here: the moments (see the service) and the markup."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log1p

from flask_babel import lazy_gettext as _l

LEFT, RIGHT = 4.0, 96.0
"""The axis leaves a margin, percent of the width."""
_MARKS = (
    (1, _l("1 秒")),
    (10, _l("10 秒")),
    (60, _l("1 分钟")),
    (3_600, _l("1 小时")),
    (86_400, _l("1 天")),
    (30 * 86_400, _l("30 天")),
    (365 * 86_400, _l("1 年")),
    (3_650 * 86_400, _l("10 年")),
)


@dataclass(frozen=True)
class Tick:
    """A mark on the axis: its place in percent of the width, and the time since the first moment in words."""

    x: float
    text: str


@dataclass(frozen=True)
class Axis:
    """Places of the moments that have a time, in their order, in percent of the width; and the ticks."""

    places: tuple[float, ...]
    ticks: tuple[Tick, ...]


def axis(times: Sequence[datetime]) -> Axis | None:
    """An axis over aware times; None where there are fewer than two to compare."""
    if len(times) < 2:
        return None
    first = min(times)
    seconds = [(time - first).total_seconds() for time in times]
    span = max(seconds)
    if span <= 0:
        return Axis(tuple(LEFT for _ in times), ())
    ticks = [Tick(_place(mark, span), str(text)) for mark, text in _MARKS if mark <= span]
    return Axis(tuple(_place(one, span) for one in seconds), tuple(_spread(ticks)))


def _place(seconds: float, span: float) -> float:
    return round(LEFT + (RIGHT - LEFT) * log1p(seconds) / log1p(span), 2)


def _spread(ticks: list[Tick], apart: float = 14.0) -> list[Tick]:
    """Without ticks so close together that their words would run into each other; the later one stays."""
    kept: list[Tick] = []
    for tick in reversed(ticks):
        if not kept or kept[-1].x - tick.x >= apart:
            kept.append(tick)
    return kept[::-1]
