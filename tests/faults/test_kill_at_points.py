"""`kill -9` at every named point of an item's way, with items in flight: none lost, none anchored twice, quick recovery.
Not here: faults that are no deaths. FAULT_REPEATS says how often each point is tried (1)."""

import os
import secrets
import signal
import time

import pytest
from sqlalchemy import func, select

from app.models.exhibits import Batch, WitnessSignature
from evidence.records import Office
from evidence.signature import address_of, sign_digest, wallet_signer
from evidence.typed_data import Witness
from tests.anvil import rpc
from tests.faults.harness import Site, eventually
from tests.faults.rounds import finish, receive

pytestmark = pytest.mark.node
YEAR = 365 * 24 * 3600

REPEATS = int(os.environ.get("FAULT_REPEATS", "1"))
RECOVERY = 5.0
"""Seconds from the start of the next worker until everything is final and stamped, on a machine without other work."""
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
    assert max(took.values()) <= RECOVERY * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


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
    for _ in range(REPEATS):
        receive(site, 4)
        finish(site)
        rpc(site.chain.url, "anvil_rollback", 1)
        killed_at(site, "anchoring.taking_back")
        worker = site.worker()
        eventually(lambda: last_batch(site).replays == 1 and site.unfinished() == 0)
        site.stop(worker)
    for point in ("witnesses.read", "witnesses.kept"):
        co_sign(site, last_batch(site).number)
        killed_at(site, point)
    worker = site.worker()
    eventually(lambda: co_signatures(site) == 2)
    site.stop(worker)
    count = site.count(f"kill -9 while taking back and collecting, {REPEATS} times")
    assert count.acknowledged == count.injected == 4 * REPEATS
    count.require_nothing_lost()
