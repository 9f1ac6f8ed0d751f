"""Every socket event with what it needs and how often it may come; the rest is refused. No code that acts."""

from app.domain.permissions import Permission
from realtime.limits import Rate

PERMISSIONS: dict[str, Permission] = {
    "enter": Permission.ENTER_ROOM,
    "missed": Permission.ENTER_ROOM,
    "say": Permission.ENTER_ROOM,
    "move": Permission.ENTER_ROOM,
    "devices": Permission.ENTER_ROOM,
    "signal": Permission.ENTER_ROOM,
    "open_caucus": Permission.OPEN_CAUCUS,
    "drafting": Permission.WRITE_IN_DRAFT,
}
"""Checked in the case itself, afresh for each event."""

ORDINARY = Rate(per_second=5, burst=40)
RECORDED = Rate(per_second=0.5, burst=60)
"""How many refusals of one account are written down; each is a write to the disk, and somebody may want many."""
RATES = {
    "say": Rate(per_second=4, burst=20),
    "signal": Rate(per_second=60, burst=600),
}
