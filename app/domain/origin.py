"""What a submitter states about a file before it is chained (在线诉讼规则 11–13, 18), checked; pure.

What the statement then looks like is the kernel's matter (``evidence.statement``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from app.domain.errors import InvalidForm

BEIJING = timezone(timedelta(hours=8))
LIMITS = {"made_by": 200, "device": 200, "method": 500, "compared_by": 200, "proves": 1000}
REQUIRED = ("made_by", "made_at", "method", "proves")


@dataclass(frozen=True)
class Origin:
    """The answers. ``form``: ``original`` or ``copy``; times: ISO 8601 with offset; None: not stated."""

    form: str
    made_by: str
    made_at: str
    device: str | None
    method: str
    compared_by: str | None
    compared_at: str | None
    proves: str

    def as_json(self) -> dict[str, str | None]:
        """The fields of ``evidence.statement.origin_json``."""
        return dict(vars(self))


def check_origin(raw: Mapping[str, object], now: datetime) -> Origin:
    """The checked answers; InvalidForm names every field at fault.

    Times come as ``2026-02-26`` or ``2026-02-26T14:05``; without an offset they are taken as Beijing time.
    ``now`` is an aware time: nothing can have been made or compared after it.
    """
    values = {name: str(raw.get(name) or "").strip() for name in (*LIMITS, "form", "made_at", "compared_at")}
    problems = {name: "missing" for name in REQUIRED if not values[name]}
    problems |= {name: "too_long" for name, limit in LIMITS.items() if len(values[name]) > limit}
    if values["form"] not in ("original", "copy"):
        problems["form"] = "missing"
    if values["form"] != "copy":
        values["compared_by"] = values["compared_at"] = ""
    if bool(values["compared_by"]) != bool(values["compared_at"]):
        problems["compared_at" if values["compared_by"] else "compared_by"] = "missing"
    times: dict[str, str | None] = {"made_at": None, "compared_at": None}
    for name in times:
        if values[name] and name not in problems:
            times[name], problem = _time(values[name], now)
            problems |= {name: problem} if problem else {}
    if problems:
        raise InvalidForm(problems)
    return Origin(
        form=values["form"],
        made_by=values["made_by"],
        made_at=times["made_at"] or "",
        device=values["device"] or None,
        method=values["method"],
        compared_by=values["compared_by"] or None,
        compared_at=times["compared_at"],
        proves=values["proves"],
    )


def _time(text: str, now: datetime) -> tuple[str | None, str | None]:
    """The time with its offset, or what is wrong with it."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None, "unknown"
    aware = time if time.tzinfo is not None else time.replace(tzinfo=BEIJING)
    if aware > now + timedelta(minutes=10):
        return None, "future"
    if len(text) == 10:
        return text, None
    return aware.isoformat(timespec="minutes"), None
