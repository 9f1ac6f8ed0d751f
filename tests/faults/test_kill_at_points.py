"""`kill -9` at every named point of an item's way, with items in flight: none lost, none anchored twice, quick recovery.
Not here: faults that are no deaths. How to run many repeats is in docs/faults.md."""

import os
import secrets
import signal
import time

import pytest
from sqlalchemy import func, select

from app.models.exhibits import Batch, WitnessSignature
from evidence.faults import POINTS
from evidence.records import Office
from evidence.signature import address_of, sign_digest, wallet_signer
from evidence.typed_data import Witness
from tests.anvil import rpc
from tests.faults.harness import Site, eventually
from tests.faults.rounds import finish, receive
from tests.faults.test_large_batches import KILLS

pytestmark = pytest.mark.node
YEAR = 365 * 24 * 3600

REPEATS = int(os.environ.get("FAULT_REPEATS", "1"))
"""How often the process is killed at each point."""
ITEMS = int(os.environ.get("FAULT_ITEMS", "8"))
"""Files that are handed in around each kill."""
RECOVERY = float(os.environ.get("FAULT_RECOVERY", "inf"))
"""Most seconds from the start of the next process until everything is received, or final and stamped. Nothing timed gates
the tests, so a limit is for a run on a machine without other work."""
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
TAKING_BACK = "anchoring.taking_back"
COLLECTING = ("witnesses.read", "witnesses.kept")


def test_no_point_is_left_out() -> None:
    elsewhere = {plan.split("=")[0] for plan in KILLS}
    assert {*RECEIVING, *ANCHORING, TAKING_BACK, *COLLECTING} | elsewhere == set(POINTS)


class Table:
    """What came of the kills, a line for each point."""

    def __init__(self) -> None:
        self.items: dict[str, list[int]] = {}
        self.slowest: dict[str, float] = {}

    def note(self, point: str, items: range, seconds: float) -> None:
        """One kill more at this point, the items handed in around it, and how long the next process took."""
        self.items.setdefault(point, []).extend(items)
        self.slowest[point] = max(self.slowest.get(point, 0.0), seconds)

    def check(self, site: Site, say: str) -> None:
        """Count, print, and require that every item is there once."""
        count = site.count(say)
        given = site.journal.read("receipt")
        print(
            "| point | kills | injected | acknowledged | lost | slowest recovery |\n|---|---|---|---|---|---|"
        )
        for point, items in self.items.items():
            acknowledged = sum(one in given for one in items)
            lost = sum(one in site.missing for one in items)
            numbers = f"{REPEATS} | {len(items)} | {acknowledged} | {lost}"
            print(f"| `{point}` | {numbers} | {self.slowest[point]:.1f} s |")
        assert count.acknowledged == count.injected
        count.require_nothing_lost()
        assert max(self.slowest.values()) <= RECOVERY, self.slowest


def test_clients_and_their_server_are_killed_while_receiving(site: Site) -> None:
    table = Table()
    for turn in range(REPEATS):
        for point in RECEIVING:
            items = site.further(ITEMS)
            killed = site.clients_again(f"{point}=kill@{turn * 3 % ITEMS + 1}")
            killed.join(60)
            assert killed.exitcode == -signal.SIGKILL, point
            begun, after = time.monotonic(), site.clients_again()
            after.join(60)
            assert after.exitcode == 0
            table.note(point, items, time.monotonic() - begun)
    site.settle()
    table.check(site, f"kill -9 at {len(RECEIVING)} points of receiving, {REPEATS} times each")


def test_worker_is_killed_at_every_point_while_files_come_in(site: Site) -> None:
    table = Table()
    for _ in range(REPEATS):
        for point in ANCHORING:
            items = site.further(ITEMS)
            clients = site.clients_again()
            killed = site.worker(f"{point}=kill@1")
            killed.join(60)
            assert killed.exitcode == -signal.SIGKILL, point
            clients.join(60)
            assert clients.exitcode == 0
            table.note(point, items, site.settle())
    table.check(site, f"kill -9 of the worker at {len(ANCHORING)} points, {REPEATS} times each")


def killed_at(site: Site, point: str) -> None:
    killed = site.worker(f"{point}=kill@1")
    killed.join(60)
    assert killed.exitcode == -signal.SIGKILL, point


def co_sign(site: Site, number: int) -> None:
    """A court's witness signs a head, as `python -m evidence witness` does."""
    ledger, key, now = site.services.ledger, secrets.token_bytes(32), int(time.time())
    signer, batch = wallet_signer(address_of(key)), ledger.batch(number)
    assert batch is not None
    ledger.wait(ledger.grant_office(signer, Office.COURT_WITNESS, now - YEAR, now + YEAR), 10)
    message = Witness(batch.number, batch.head, batch.block_number, batch.block_hash)
    signature = sign_digest(key, message.digest(site.services.trust.evidence_domain))
    ledger.wait(ledger.witness(batch.number, batch.head, batch.block_hash, signer, signature), 10)


def co_signatures(site: Site) -> int:
    with site.services.reading() as work:
        return work.session.scalar(select(func.count()).select_from(WitnessSignature)) or 0


def last_batch(site: Site) -> Batch:
    with site.services.reading() as work:
        return work.session.scalars(select(Batch).order_by(Batch.number.desc()).limit(1)).one()


def test_worker_is_killed_while_it_takes_back_and_collects(site: Site) -> None:
    table = Table()
    for _ in range(REPEATS):
        items = site.further(0)
        items = range(items.start, items.start + 4)
        assert receive(site, 4) == 4
        finish(site)
        rpc(site.chain.url, "anvil_rollback", 1)
        killed_at(site, TAKING_BACK)
        begun, worker = time.monotonic(), site.worker()
        eventually(lambda: last_batch(site).replays == 1 and site.unfinished() == 0)
        table.note(TAKING_BACK, items, time.monotonic() - begun)
        site.stop(worker)
        for point in COLLECTING:
            collected = co_signatures(site)
            co_sign(site, last_batch(site).number)
            killed_at(site, point)
            begun, worker = time.monotonic(), site.worker()
            eventually(lambda before=collected: co_signatures(site) == before + 1)
            table.note(point, items, time.monotonic() - begun)
            site.stop(worker, signal.SIGKILL)
    table.check(site, f"kill -9 while taking back and collecting, {REPEATS} times each")
