"""`kill -9` at every named point of an item's way, with items in flight: none lost, none anchored twice, quick recovery.
Not here: faults that are no deaths. FAULT_REPEATS says how often each point is tried (1)."""

import os
import signal

import pytest

from tests.faults.harness import Site

pytestmark = pytest.mark.node

REPEATS = int(os.environ.get("FAULT_REPEATS", "1"))
RECOVERY = 5.0
RECEIVING = (
    "store.write",
    "store.fsync",
    "store.placed",
    "receipts.filed",
    "receipts.registering",
    "receipts.registered",
)
ANCHORING = (
    "anchoring.recording",
    "anchoring.batched",
    "anchoring.signed",
    "anchoring.noted",
    "anchoring.sent",
    "anchoring.mined",
    "anchoring.final",
    "anchoring.recorded",
    "state_proofs.taken",
    "state_proofs.kept",
    "timestamps.arrived",
    "timestamps.keeping",
    "timestamps.kept",
)


def test_clients_and_their_server_are_killed_while_receiving(site: Site) -> None:
    for _ in range(REPEATS):
        for point in RECEIVING:
            killed = site.clients(8, f"{point}=kill@4")
            killed.join(60)
            assert killed.exitcode == -signal.SIGKILL, point
    last = site.clients_again()
    last.join(60)
    assert last.exitcode == 0
    site.settle()
    count = site.count(f"kill -9 at {len(RECEIVING)} points of receiving, {REPEATS} times each")
    assert count.acknowledged == count.injected == 8 * len(RECEIVING) * REPEATS
    count.require_nothing_lost()


def test_worker_is_killed_at_every_point_while_files_come_in(site: Site) -> None:
    took: dict[str, float] = {}
    for _ in range(REPEATS):
        for point in ANCHORING:
            clients = site.clients(8)
            killed = site.worker(f"{point}=kill@1")
            killed.join(60)
            assert killed.exitcode == -signal.SIGKILL, point
            clients.join(60)
            assert clients.exitcode == 0
            took[point] = max(took.get(point, 0.0), site.settle())
    print({point: round(seconds, 1) for point, seconds in took.items()})
    count = site.count(f"kill -9 of the worker at {len(ANCHORING)} points, {REPEATS} times each")
    assert count.acknowledged == count.injected == 8 * len(ANCHORING) * REPEATS
    count.require_nothing_lost()
    assert max(took.values()) <= RECOVERY
