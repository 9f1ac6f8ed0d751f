"""How far a long work has come: a bar on a terminal, a plain line now and then elsewhere.
Not here: what is counted (the caller says) and anything on standard output (this is for standard error)."""

from __future__ import annotations

import shutil
import threading
import time
from typing import TextIO

from .words import pick

REDRAW = 0.1
"""Seconds between two drawings of the bar."""
LINE_EVERY = 10.0
"""Seconds between two plain lines where there is no terminal."""
WIDTH = 24


class ProgressBar:
    """Bytes and items of an audit with the time left. Safe to be told from several threads."""

    def __init__(self, out: TextIO, language: str) -> None:
        self._out = out
        self._language = language
        self._terminal = out.isatty()
        self._lock = threading.Lock()
        self._items = self._size = self._done_items = self._done_size = 0
        self._begun = self._shown = time.monotonic()
        self._drawn = False

    def begin(self, items: int, size: int) -> None:
        """So many items and bytes lie ahead."""
        self._items, self._size = items, size
        self._begun = time.monotonic()

    def walked(self, done: int, count: int) -> None:
        """Batches of the ledger that were walked."""
        with self._lock:
            self._show(pick((f"账本 {done}/{count} 批", f"ledger {done}/{count} batches"), self._language))

    def read(self, size: int) -> None:
        """Bytes that were read since the last call."""
        with self._lock:
            self._done_size += size
            self._show(None)

    def checked(self) -> None:
        """One more item is done."""
        with self._lock:
            self._done_items += 1
            self._show(None)

    def finish(self) -> None:
        """Leave a clean line behind."""
        if self._terminal and self._drawn:
            self._out.write("\r\033[K")
            self._out.flush()

    def _show(self, text: str | None) -> None:
        now = time.monotonic()
        if now - self._shown < (REDRAW if self._terminal else LINE_EVERY):
            return
        self._shown, self._drawn = now, True
        line = text or self.line(now)
        if self._terminal:
            columns = shutil.get_terminal_size().columns
            self._out.write("\r\033[K" + line[: columns - 1])
        else:
            self._out.write(line + "\n")
        self._out.flush()

    def line(self, now: float) -> str:
        """The bar as text at a monotonic time."""
        share = self._share()
        filled = round(share * WIDTH)
        seconds = now - self._begun
        left = "" if share <= 0 else _duration(seconds / share - seconds)
        items = pick(
            (f"{self._done_items}/{self._items} 件", f"{self._done_items}/{self._items} items"),
            self._language,
        )
        size = f"{_size(self._done_size)}/{_size(self._size)}"
        rest = pick((f"剩余 {left}", f"{left} left"), self._language) if left else ""
        return f"{'█' * filled}{'·' * (WIDTH - filled)} {share:4.0%}  {items}  {size}  {rest}".rstrip()

    def _share(self) -> float:
        """Items and bytes count alike: many small files and one large one both move the bar."""
        parts = [
            min(done / whole, 1.0)
            for done, whole in ((self._done_items, self._items), (self._done_size, self._size))
            if whole
        ]
        return sum(parts) / len(parts) if parts else 0.0


def _size(count: int) -> str:
    amount = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.2f} TB"


def _duration(seconds: float) -> str:
    whole = max(0, round(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
