"""One worker at a time: its lease in the database, renewed while it lives, taken over soon after it died.
Not here: what the worker does (see `app.commands.worker`).

Every step of anchoring may be repeated by any worker, so a moment with two of them does no harm; the lease spares chain,
authorities and mail servers from being asked twice.
"""

import fcntl
import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from app.models.operations import WorkerLease
from app.services.context import Services, Work

NAME = "worker"
PATIENCE = 4.0
"""Seconds without a renewal after which a lease is nobody's any more."""
RENEW = 1.0
"""Seconds between renewals."""


@dataclass(frozen=True)
class Holder:
    """Who has the lease, for people; times: aware UTC."""

    name: str
    taken_at: datetime
    renewed_at: datetime


@dataclass
class Lease:
    """This process's claim on the lease; `keep` is called about once a second, `held` whenever something is to be done.

    me: what this process is called in the table. All waiting is measured by this machine's monotonic clock.
    """

    me: str
    patience: float = PATIENCE
    _held_until: float = field(default=float("-inf"), init=False)
    _watched: tuple[str | None, int] | None = field(default=None, init=False)
    _watched_since: float = field(default=0.0, init=False)

    def held(self) -> bool:
        """Whether this process may act now."""
        return time.monotonic() < self._held_until

    def keep(self, services: Services) -> bool:
        """Renew the lease, take it if it is free, or watch whoever has it; whether it is held now.

        Raises what the database raises; the lease then ends by itself.
        """
        asked = time.monotonic()
        with services.work() as work:
            mine = self._renew_or_take(work, asked)
        self._held_until = asked + self.patience if mine else float("-inf")
        return mine

    def give_back(self, services: Services) -> None:
        """Let the next one begin at once."""
        self._held_until = float("-inf")
        with services.work() as work:
            row = work.session.get(WorkerLease, NAME)
            if row is not None and row.holder == self.me:
                row.holder = None

    def _renew_or_take(self, work: Work, asked: float) -> bool:
        row = work.session.get(WorkerLease, NAME)
        if row is None:
            now = work.now()
            work.session.add(WorkerLease(name=NAME, holder=self.me, renewals=1, taken_at=now, renewed_at=now))
            return True
        if row.holder not in (self.me, None) and not self._stood_still(row, asked):
            return False
        if row.holder != self.me or not self.held():
            row.holder, row.taken_at = self.me, work.now()
        row.renewals += 1
        row.renewed_at = work.now()
        return True

    def _stood_still(self, row: WorkerLease, asked: float) -> bool:
        seen = (row.holder, row.renewals)
        if seen != self._watched:
            self._watched, self._watched_since = seen, asked
        return asked - self._watched_since >= self.patience


def holder(work: Work) -> Holder | None:
    """Who has, or last had, the lease; None when it was given back or never taken."""
    row = work.session.get(WorkerLease, NAME)
    if row is None or row.holder is None:
        return None
    return Holder(row.holder, row.taken_at, row.renewed_at)


@contextmanager
def identity(folder: Path) -> Iterator[str]:
    """What this process is called, as long as it holds a lock on the data folder's ``worker.lock``.

    A process that gets the lock is known by the name in that file: its predecessor under the same name is dead, and the
    lease is taken over without waiting. Who does not get it has a name of its own and waits.
    """
    descriptor = os.open(folder / "worker.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        yield _fresh()
        return
    try:
        name = os.pread(descriptor, 80, 0).decode("ascii", "replace").strip()
        if not name:
            name = _fresh()
            os.pwrite(descriptor, name.encode("ascii"), 0)
        yield name
    finally:
        os.close(descriptor)


def _fresh() -> str:
    host = socket.gethostname().encode("ascii", "replace").decode()[:40]
    return f"{host} {secrets.token_hex(8)}"
