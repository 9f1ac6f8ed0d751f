"""``flask worker``: anchors what waits, fetches timestamps, watches the chain, sends messages, forgets abandoned uploads.

Each duty has its own pace and backs off on its own when the node, an authority or the mail server is away.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import click
from flask import current_app
from flask.cli import with_appcontext

from app.domain.errors import DomainError
from app.services import (
    anchoring,
    erasure,
    leases,
    messages,
    monitor,
    relays,
    state_proofs,
    sweeping,
    telling,
    timestamps,
    uploads,
    witnesses,
)
from app.services.context import DatabaseAway, DatabaseTrouble, Services
from evidence.errors import EvidenceError

POLL = 0.5
"""Seconds between looks for something to anchor; with the block time this bounds receipt-to-anchored."""
LONGEST_PAUSE = 5.0
"""Seconds between attempts while the other side is away: recovery takes no longer once it is back."""
GOODBYE = 8.0
"""Seconds that duties under way have to finish when the worker is stopped."""

log = logging.getLogger(__name__)


@dataclass
class Duty:
    """One thing to do every ``pace`` seconds; after a failure the pause doubles up to ``longest``."""

    name: str
    act: Callable[[Services], object]
    pace: float
    longest: float = LONGEST_PAUSE
    _next: float = field(default=0.0, init=False)
    _failures: int = field(default=0, init=False)

    def run(self, services: Services, now: float) -> None:
        """Do it if it is due at ``now`` (monotonic seconds); the errors that duties may raise are logged."""
        if now < self._next:
            return
        try:
            self.act(services)
        except (EvidenceError, DomainError, OSError, *DatabaseAway) as error:
            self._failures += 1
            pause = min(self.pace * 2**self._failures, self.longest)
            log.warning("%s: %s (attempt %s, next in %.1f s)", self.name, error, self._failures, pause)
        else:
            if self._failures:
                log.info("%s: working again after %s failures", self.name, self._failures)
            self._failures, pause = 0, self.pace
        self._next = time.monotonic() + pause


def duties(services: Services) -> list[Duty]:
    """What the worker does, the most urgent first. Each timestamp authority is asked by a duty of its own."""
    return [
        Duty("anchoring", anchoring.anchor_waiting, POLL),
        Duty("custody entries", telling.go_on, POLL),
        Duty("state proofs", state_proofs.take_waiting, POLL),
        Duty("timestamps", timestamps.begin, POLL),
        *(
            Duty(f"timestamps of {name}", partial(timestamps.fetch_from, name=name), POLL)
            for name in services.network.asked
        ),
        Duty("revocations", timestamps.complete_revocations, POLL),
        Duty("witnesses", witnesses.Collector().collect, 2.0),
        Duty("monitor", monitor.Monitor().look, 2.0),
        Duty("relays", relays.relay_waiting, 2.0),
        Duty("papers", _papers(), 2.0, 60.0),
        Duty("messages", messages.send_waiting, 2.0, 60.0),
        Duty("erasures", erasure.carry_out_waiting, 60.0, 600.0),
        Duty("abandoned uploads", uploads.abandon_old, 3600.0, 3600.0),
        Duty("leftovers", sweeping.sweep, 86400.0, 3600.0),
    ]


def _papers() -> Callable[[Services], object]:
    # reading and writing signed PDFs is much to load: only for this duty
    from app.services.seals import Sealer

    return Sealer().seal_waiting


def work(services: Services, stop: threading.Event, held: Callable[[], bool] = lambda: True) -> bool:
    """Let every duty go round in a thread of its own until ``stop`` is set; False when one of them died.

    An authority that hangs must not hold up anchoring, so no duty waits for another. held: whether this worker has the
    lease; without it duties rest.
    """
    died: list[str] = []
    threads = [
        threading.Thread(
            target=_go_round, args=(duty, services, stop, held, died), name=duty.name, daemon=True
        )
        for duty in duties(services)
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    deadline = time.monotonic() + GOODBYE
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return not died


def _go_round(
    duty: Duty, services: Services, stop: threading.Event, held: Callable[[], bool], died: list[str]
) -> None:
    finished = False
    try:
        while not stop.is_set():
            if held():
                duty.run(services, time.monotonic())
            stop.wait(POLL / 2)
        finished = True
    finally:
        if not finished:
            died.append(duty.name)
            stop.set()


def _keep_lease(lease: leases.Lease, services: Services, stop: threading.Event) -> None:
    """Renew, take or wait for the lease until ``stop`` is set, then give it back. A database that is away ends it."""
    had = None
    try:
        while not stop.is_set():
            try:
                has = lease.keep(services)
            except DatabaseTrouble as error:
                log.warning("the lease could not be renewed: %s", error)
                has = lease.held()
            if has != had:
                log.info("lease taken" if has else "another worker has the lease; waiting")
                had = has
            stop.wait(leases.RENEW if has else leases.RENEW / 4)
    finally:
        stop.set()


def _log_with_times() -> None:
    """Every line of the worker's log with its time in UTC."""
    handler = logging.StreamHandler()
    form = logging.Formatter("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
    form.converter = time.gmtime
    handler.setFormatter(form)
    logging.basicConfig(level=logging.INFO, handlers=[handler])


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Anchor, timestamp and send what waits, until SIGTERM or Ctrl-C; fails when a duty breaks for good.

    One worker acts at a time; a second one waits until the first has ended or has been silent for four seconds.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    _log_with_times()
    services: Services = current_app.extensions["hezheng"]
    with leases.identity(services.settings.data_dir) as name:
        log.info("worker started: %s", name)
        lease = leases.Lease(name)
        keeper = threading.Thread(target=_keep_lease, args=(lease, services, stop), name="lease", daemon=True)
        keeper.start()
        whole = work(services, stop, lease.held)
        keeper.join()
        lease.give_back(services)
    log.info("worker stopped")
    if not whole:
        raise SystemExit(1)
