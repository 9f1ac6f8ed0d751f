"""How facts look on a page: the day in Beijing, digests in groups, sizes, the names of built files.

Filters and globals for templates and their macros only; no rules and no texts live here.
"""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, url_for

from app.domain.agreement.render import outline
from app.web.time_axis import axis

BEIJING = ZoneInfo("Asia/Shanghai")


def beijing_date(at: datetime) -> str:
    """The day in Beijing, ``2025-11-23``; ``at`` must be aware."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d")


def hex_text(value: bytes | str) -> str:
    """Lower-case hexadecimal without ``0x``, from bytes or from a hexadecimal text."""
    return value.hex() if isinstance(value, bytes) else value.removeprefix("0x").lower()


def groups_of_four_list(value: str) -> list[str]:
    """A hexadecimal text cut into groups of four."""
    return [value[at : at + 4] for at in range(0, len(value), 4)]


def groups_of_four(value: str) -> str:
    """A hexadecimal text as groups of four with spaces between."""
    return " ".join(groups_of_four_list(value))


def file_size(size: int) -> str:
    """A number of bytes in units of 1024: ``512 B``, ``3.4 MB``."""
    amount = float(size)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1024 or unit == "GB":
            return f"{size} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    raise AssertionError("every size has a unit")


def asset_urls(folder: Path) -> Callable[[str], str]:
    """A function from a logical name (``site.js``) to the URL of the built file; KeyError when it was not built.

    The manifest is read again whenever it changed, so that a rebuild needs no restart.
    """
    state: tuple[int, dict[str, str]] = (0, {})

    def asset(name: str) -> str:
        nonlocal state
        manifest = folder / "build" / "manifest.json"
        changed = manifest.stat().st_mtime_ns
        if state[0] != changed:
            state = (changed, json.loads(manifest.read_text("utf-8")))
        return url_for("static", filename=f"build/{state[1][name]}")

    return asset


def install(app: Flask) -> None:
    """Give templates the filters of this module and the global ``asset``."""
    app.add_template_filter(outline, "agreement_lines")
    for filter_ in (beijing_date, hex_text, groups_of_four, groups_of_four_list, file_size):
        app.add_template_filter(filter_)
    app.add_template_global(axis, "time_axis")
    app.add_template_global(asset_urls(Path(app.static_folder or "static")), "asset")
