"""Two workers at once: one acts, the other waits and takes over soon after the first died or was stopped.
Not here: the lease by itself (see tests/services/test_leases.py)."""

import os
import signal
import time
from multiprocessing.context import ForkServerProcess

import pytest

from app.services import leases
from tests.faults.harness import Site, eventually

pytestmark = pytest.mark.node
TAKEN_OVER = 5.0
SLACK = 1.0
"""Seconds that two busy processors may add to the waiting itself."""


def holder(site: Site) -> str | None:
    with site.services.reading() as work:
        found = leases.holder(work)
    return None if found is None else found.name


def taken_over_after(site: Site, victim: ForkServerProcess, number: signal.Signals) -> float:
    """Send the signal; how many seconds later another worker has the lease."""
    before, begun = holder(site), time.monotonic()
    assert victim.pid is not None
    os.kill(victim.pid, number)
    eventually(lambda: holder(site) != before)
    return time.monotonic() - begun


def test_a_second_worker_waits_and_takes_over(site: Site) -> None:
    first = site.worker()
    eventually(lambda: holder(site) is not None)
    own = holder(site)
    second = site.worker()
    clients = site.clients(24)
    eventually(lambda: "another worker has the lease" in (site.folder / "worker.log").read_text())
    assert holder(site) == own
    stopped = taken_over_after(site, first, signal.SIGSTOP)
    assert first.pid is not None
    os.kill(first.pid, signal.SIGCONT)
    killed = taken_over_after(site, second, signal.SIGKILL)
    clients.join(60)
    eventually(lambda: site.unfinished() == 0)
    print(
        f"\ntaken over {stopped:.1f} s after the first was stopped, {killed:.1f} s after the second was killed"
    )
    count = site.count("two workers at once, one stopped, then the other killed")
    assert count.acknowledged == 24
    count.require_nothing_lost()
    assert max(stopped, killed) <= TAKEN_OVER + SLACK


def test_a_worker_that_ends_in_order_gives_the_lease_back(site: Site) -> None:
    first = site.worker()
    eventually(lambda: holder(site) is not None)
    site.stop(first)
    assert first.exitcode == 0
    assert holder(site) is None
