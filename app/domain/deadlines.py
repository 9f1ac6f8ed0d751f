"""Dates that follow from a settlement, each with its article. The full table of clocks is not here yet."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
CONFIRMATION_DAYS = 30


@dataclass(frozen=True)
class Deadline:
    """The last day, in Beijing time, and where the rule stands."""

    last_day: date
    days: int
    source: str


def confirmation_deadline(effective_at: datetime) -> Deadline:
    """Last day to apply jointly for confirmation: 30 days, the first day not counted (民诉法 85, 205).

    A last day on a statutory holiday moves on; that table is kept elsewhere, so the screen says so.
    """
    start = effective_at.astimezone(BEIJING).date()
    last = start + timedelta(days=CONFIRMATION_DAYS)
    return Deadline(last, CONFIRMATION_DAYS, "民诉法 205；民诉法 85；人民调解法 33")
