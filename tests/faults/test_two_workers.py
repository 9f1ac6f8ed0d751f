"""Two workers at once: one acts, the other waits and takes over soon after the first died or was stopped.
Not here: the lease by itself (see tests/services/test_leases.py)."""

import os
import signal
import time

import pytest

from app.services import leases
from tests.faults.harness import Site, eventually

pytestmark = pytest.mark.node
TAKEN_OVER = 5.0
"""Seconds after which another worker has the lease, besides what two busy processors add."""


def holder(site: Site) -> str | None:
    with site.services.reading() as work:
        found = leases.holder(work)
    return None if found is None else found.name


def takes(site: Site) -> int:
    """How often a worker took the lease since the installation was made."""
    return (site.folder / "worker.log").read_text().count("lease taken")


def test_a_second_worker_waits_takes_over_and_gives_way(site: Site) -> None:
    """The second one dies at its first batch: it lives for as long as it does nothing."""
    first = site.worker()
    eventually(lambda: holder(site) is not None)
    own, taken = holder(site), takes(site)
    second = site.worker("anchoring.recording=kill@1")
    eventually(lambda: "another worker has the lease" in (site.folder / "worker.log").read_text())
    site.clients(24).join(60)
    eventually(lambda: site.unfinished() == 0)
    # a machine that is busy for four seconds may have handed it the lease
    assert second.is_alive() or takes(site) > taken

    site.pause(first)
    clients, begun = site.clients(8), time.monotonic()
    second.join(60)
    stopped = time.monotonic() - begun
    assert second.exitcode == -signal.SIGKILL
    assert takes(site) > taken
    assert first.pid is not None
    os.kill(first.pid, signal.SIGCONT)
    killed = eventually(lambda: holder(site) == own)
    clients.join(60)
    eventually(lambda: site.unfinished() == 0)
    print(f"\ntaken over {stopped:.1f} s after one was stopped, {killed:.1f} s after the other was killed")
    count = site.count("two workers at once, one stopped, then the other killed")
    assert count.acknowledged == count.injected == 32
    count.require_nothing_lost()
    assert leases.PATIENCE + leases.RENEW / 4 <= TAKEN_OVER


def test_a_worker_that_ends_in_order_gives_the_lease_back(site: Site) -> None:
    first = site.worker()
    eventually(lambda: holder(site) is not None)
    site.stop(first)
    assert first.exitcode == 0
    assert holder(site) is None
