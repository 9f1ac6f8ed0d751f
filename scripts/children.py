"""One long-running child process: started, watched, restarted with growing pauses, stopped in time.
Not here: which processes there are and in which order (see `supervisor`)."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 30.0
"""Seconds before a child that ended is started again; doubled each time it ends soon after its start."""
HEALTHY_AFTER = 10.0
"""Seconds after which a child that runs is taken for well: when it ends then, something came upon it."""
LOG_LIMIT = 10 * 1024 * 1024
PR_SET_PDEATHSIG = 1


class StartFailed(Exception):
    """A child ended, or did not answer, before it was ready."""


@dataclass
class Child:
    """A program with its environment and log. stop_timeout: seconds between SIGTERM and SIGKILL.

    before: runs before every start, for example to mend a file that the program reads.
    """

    name: str
    command: list[str]
    log: Path
    environment: Mapping[str, str]
    stop_timeout: float
    pass_fds: tuple[int, ...] = ()
    before: Callable[[], None] | None = None
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    _pause: float = FIRST_PAUSE
    _started: float = field(default=0.0)
    _next_start: float = field(default=0.0)

    def start(self) -> None:
        """Start the program in a session of its own, so that Ctrl-C reaches only the supervisor."""
        if self.before is not None:
            self.before()
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_name(self.log.name + ".1"))
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(self.environment),
                start_new_session=True,
                pass_fds=self.pass_fds,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        self._started = time.monotonic()

    def alive(self) -> bool:
        """Is it running?"""
        return self.process is not None and self.process.poll() is None

    def wait_ready(self, ready: Callable[[], bool], timeout: float) -> None:
        """Return once `ready` says so; StartFailed when the program ends or timeout seconds pass before."""
        deadline = time.monotonic() + timeout
        while not ready():
            if not self.alive():
                raise StartFailed(f"{self.name} ended at once; see {self.log}")
            if time.monotonic() > deadline:
                raise StartFailed(f"{self.name} did not answer within {timeout:.0f} s; see {self.log}")
            time.sleep(0.1)

    def tend(self) -> str | None:
        """Start again when it has ended and its pause is over. A line to tell when something happened."""
        if self.process is None:
            return None
        now = time.monotonic()
        if self.alive():
            if now - self._started > HEALTHY_AFTER:
                self._pause = FIRST_PAUSE
            return None
        if self._next_start == 0.0:
            self._next_start = now + self._pause
            told = f"{self.name} ended ({self.process.returncode}); starting again in {self._pause:g} s"
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
            return told
        if now < self._next_start:
            return None
        self._next_start = 0.0
        self.restarts += 1
        self.start()
        return f"{self.name} started again"

    def ask_to_stop(self) -> None:
        """SIGTERM without waiting: so that several end at the same time."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """SIGTERM, then SIGKILL when it takes longer than stop_timeout."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(self.stop_timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _die_with_parent() -> None:
    """Linux: let the kernel send SIGTERM when the supervisor is gone, however it ended."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
