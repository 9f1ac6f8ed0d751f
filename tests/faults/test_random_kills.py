"""Random kills and stops of clients, worker and chain while files come in; then everything is found from the bytes.
Not here: kills at chosen points (see `test_kill_at_points`). FAULT_SECONDS says how long (10), FAULT_SEED repeats a run."""

import os
import random
import signal
import time
from threading import Event

import pytest

from scripts.chain_state import ChainState
from tests.faults.harness import Site

pytestmark = pytest.mark.node
SECONDS = float(os.environ.get("FAULT_SECONDS", "10"))
ITEMS = int(6 * SECONDS)


class Storm:
    """Kills, stops and starts again, in an order that only the seed decides."""

    def __init__(self, site: Site, seed: int) -> None:
        self.site = site
        self.dice = random.Random(seed)
        self.state = ChainState(site.chain.folder)
        self.processes = {"worker": site.worker(), "clients": site.clients(ITEMS)}
        self.done: dict[str, int] = {}

    def strike(self) -> None:
        """One blow, and what a supervisor does after it."""
        blow = self.dice.choice(
            ("kill worker", "kill clients", "stop worker", "stop clients", "kill chain", "stop chain")
        )
        self.done[blow] = self.done.get(blow, 0) + 1
        act, victim = blow.split()
        if victim == "chain":
            self._chain(act)
        elif act == "kill":
            self.site.stop(self.processes[victim], signal.SIGKILL)
            start = self.site.worker if victim == "worker" else self.site.clients_again
            self.processes[victim] = start()
        else:
            self._pause(self.processes[victim].pid)
        self.state.keep_copy()

    def _chain(self, act: str) -> None:
        chain = self.site.chain
        assert chain.process is not None
        if act == "stop":
            self._pause(chain.process.pid)
            return
        chain.end(signal.SIGKILL)
        self.state.mend()
        chain.start()
        self.site.restore_contracts(perhaps=True)

    def _pause(self, pid: int | None) -> None:
        if pid is None:
            return
        try:
            os.kill(pid, signal.SIGSTOP)
            Event().wait(self.dice.uniform(0.1, 0.8))
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            return


def test_random_kills_and_stops_under_load(site: Site) -> None:
    seed = int(os.environ.get("FAULT_SEED", "0")) or random.randrange(1, 2**31)
    storm, until = Storm(site, seed), time.monotonic() + SECONDS
    while time.monotonic() < until:
        Event().wait(storm.dice.uniform(0.1, 0.9))
        storm.strike()
    site.stop(storm.processes["worker"], signal.SIGKILL)
    site.stop(storm.processes["clients"], signal.SIGKILL)
    last = site.clients_again()
    last.join(120)
    assert last.exitcode == 0
    took = site.settle()
    print(f"\nseed {seed}, {SECONDS:.0f} s, blows {storm.done}, settled in {took:.1f} s")
    count = site.count("random kills and stops under load")
    assert count.acknowledged == count.injected == ITEMS
    count.require_nothing_lost()
