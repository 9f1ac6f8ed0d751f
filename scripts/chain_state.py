"""The chain node's state file and its last good copy.
Not here: the node, which writes the file in place every second: whoever kills it can leave half a file behind."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

COPY_INTERVAL = 5.0


class ChainState:
    """state.json in a folder, and state.previous.json beside it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "state.json"
        self._copy = folder / "state.previous.json"
        self._copied_size = -1
        self._next_copy = 0.0

    def mend(self) -> bool:
        """Before the node starts: put the last good copy in the place of a file that does not read.

        True when that was done; the unreadable file is kept beside it.
        """
        content = self.file.read_bytes() if self.file.exists() else b""
        if _reads(content):
            self._replace_copy(content)
            return False
        if content:
            self.file.replace(self.file.with_name(f"state.unreadable-{int(time.time())}.json"))
        if not self._copy.exists():
            return bool(content)
        shutil.copy2(self._copy, self.file)
        return True

    def keep_copy(self) -> None:
        """While the node runs: now and then copy the file, if it grew and is whole just now."""
        now = time.monotonic()
        if now < self._next_copy or not self.file.exists():
            return
        self._next_copy = now + COPY_INTERVAL
        if self.file.stat().st_size == self._copied_size:
            return
        content = self.file.read_bytes()
        if _reads(content):
            self._replace_copy(content)

    def _replace_copy(self, content: bytes) -> None:
        new = self._copy.with_name(self._copy.name + ".new")
        new.write_bytes(content)
        new.replace(self._copy)
        self._copied_size = len(content)


def _reads(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True
