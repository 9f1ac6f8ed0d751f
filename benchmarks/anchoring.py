"""Bringing items onto a local chain: items a second, gas an item, and how long from receipt to anchored.
The peer is the same contract with one item a transaction. The chain is anvil on this machine."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from eth_account import Account
from sqlalchemy import func, insert, select

from app.models.exhibits import Batch, CustodyRecord, Exhibit, LedgerJob
from app.services import anchoring, telling
from app.services.context import Services
from benchmarks.measure import Line, Setting, alternate, medians, percentile, seconds
from evidence.artifacts import interface
from evidence.custody import append_entry
from evidence.ethereum import EthereumLedger, Node
from evidence.merkle import MerkleTree, next_head
from evidence.strict import to_hex
from scripts.chain import anvil_command, free_port
from tests import builders
from tests.anvil import Deployment, deploy_contracts, rpc, running_anvil

BLOCK_TIME = 1.0
"""Seconds between blocks in the measurement of receipt to anchored."""
WORKER_POLL = 0.25
"""How often the worker looks (see app.commands.worker)."""


def row(setting: Setting) -> list[Line]:
    """A batch of 10,000 with all its proofs in one transaction, beside one item a transaction."""
    size, singles, batches = setting.pick(10_000, 200), setting.pick(200, 5), setting.pick(10, 1)
    with running_anvil() as url:
        deployment = deploy_contracts(url)
        ledger = deployment.ledger()
        used: dict[str, list[int]] = {"ours": [], "one a transaction": []}

        def batch() -> float:
            took, gas = zip(*(_timed_batch(deployment, ledger, size) for _ in range(batches)), strict=True)
            used["ours"].append(round(median(gas)))
            return size * batches / sum(took)

        def one_each() -> float:
            took, gas = _one_a_transaction(deployment, singles)
            used["one a transaction"].append(gas)
            return singles / took

        _timed_batch(deployment, ledger, 1)
        figures = alternate(setting, {"ours": batch, "one a transaction": one_each})
    middle = medians(figures)
    gas, single = median(used["ours"]) / size, median(used["one a transaction"])
    ratio = middle["ours"] / middle["one a transaction"]
    what = f"anchoring {size:,} items"
    return [
        Line(
            f"{what}, tree and all proofs included",
            f"{middle['ours']:,.0f} items/s",
            "one item a transaction",
            f"{middle['one a transaction']:,.0f} items/s",
            ratio,
            "≥ 25 ×",
            ratio >= 25,
            figures,
        ),
        Line(
            f"{what}, gas an item",
            f"{gas:.2f} gas",
            "one item a transaction",
            f"{single:,.0f} gas",
            gas / single,
            "≤ 7 gas at 10,000",
            None if setting.quick else gas <= 7,
        ),
    ]


def _timed_batch(deployment: Deployment, ledger: EthereumLedger, size: int) -> tuple[float, int]:
    """Seconds from commitments to the mined batch, proofs made; and the transaction's gas."""
    commitments = [os.urandom(32) for _ in range(size)]
    sent: list[str] = []

    def act() -> None:
        tree = MerkleTree(commitments)
        tree.paths()
        sent.append(ledger.anchor(tree.root, size, ledger.head()[1]))
        ledger.wait(sent[0], 30)

    took = seconds(act)
    return took, gas_of(deployment.url, sent[0])


def _one_a_transaction(deployment: Deployment, count: int) -> tuple[float, int]:
    """Seconds and gas of an item where each has its own transaction: signed, sent, no waiting until the last."""
    ledger, node = deployment.ledger(), Node(deployment.url)
    contract, previous = deployment.trust.evidence_ledger, ledger.head()[1]
    address = deployment.trust.operator
    fields = {"type": 2, "chainId": 31_337, "gas": 200_000, "maxFeePerGas": 0, "maxPriorityFeePerGas": 0}
    start = time.perf_counter()
    nonce = int(node.request("eth_getTransactionCount", address, "latest"), 16)
    for number in range(nonce, nonce + count):
        root = MerkleTree([os.urandom(32)]).root
        data = interface("EvidenceLedger").call("anchor", root, 1, previous)
        changing = {"nonce": number, "to": contract, "value": 0, "data": data}
        signed = Account.sign_transaction(fields | changing, deployment.operator_key)
        sent = node.request("eth_sendRawTransaction", to_hex(bytes(signed.raw_transaction)))
        previous = next_head(previous, root, 1)
    ledger.wait(sent, 30)
    took = time.perf_counter() - start
    if ledger.head()[1] != previous:
        raise RuntimeError("an item was not anchored")
    return took, gas_of(deployment.url, sent)


def gas_of(url: str, transaction: str) -> int:
    """What a mined transaction used."""
    receipt = rpc(url, "eth_getTransactionReceipt", transaction)
    assert isinstance(receipt, dict)
    return int(receipt["gasUsed"], 16)


def worker_row(setting: Setting) -> list[Line]:
    """The worker with its database, until the last of the waiting items is anchored: bare ones, and exhibits.

    An exhibit has a custody entry and a room event on top, which the worker writes a few at a time.
    """
    size = setting.pick(10_000, 50)
    with running_anvil() as url:
        services = on_chain(setting.folder, deploy_contracts(url))
        table = builders.set_table(services)
        model = builders.submit(services, table.claimant, table.number, builders.FILES / "gift-box-photo.jpg")
        _work_off(services)
        before = _gas(services, url)
        sides = {
            "bare": lambda: size / _timed(services, lambda: add_jobs(services, size)),
            "exhibits": lambda: size / _timed(services, lambda: _add_exhibits(services, model.id, size)),
        }
        figures = alternate(setting, sides)
        gas = (_gas(services, url) - before) / (2 * size * setting.rounds)
    rates = medians(figures)
    limit = f"batches of at most {anchoring.BATCH_LIMIT:,}"
    return [
        Line(
            f"the worker anchors {size:,} waiting items ({limit})",
            f"{rates['bare']:,.0f} items/s, {gas:.2f} gas an item",
            goal="≤ 7 gas at 10,000",
            met=None if setting.quick else gas <= 7,
            rounds={"ours": figures["bare"]},
        ),
        Line(
            f"the same for {size:,} exhibits, each with custody entry and room event",
            f"{rates['exhibits']:,.0f} items/s",
            rounds={"ours": figures["exhibits"]},
        ),
    ]


def _gas(services: Services, url: str) -> int:
    with services.reading() as work:
        return sum(gas_of(url, str(sent)) for sent in work.session.scalars(select(Batch.transaction_hash)))


def _add_exhibits(services: Services, model: int, count: int) -> None:
    """Exhibits that differ from one that there is in number and commitment, each with its first entry and its job."""
    with services.work() as work:
        known = dict(
            work.session.execute(select(Exhibit.__table__).where(Exhibit.id == model)).mappings().one()
        )
        first = (work.session.scalar(select(func.max(Exhibit.id))) or 0) + 1
        received = append_entry(None, act="received", actor="a", at=work.now()).as_json()
        exhibits, entries, jobs = [], [], []
        for number in range(first, first + count):
            own = {"id": number, "number": number, "receipt_number": f"copy {number}"}
            commitment, now = os.urandom(32), work.now()
            exhibits.append(known | own | {"commitment": commitment})
            entries.append({"exhibit_id": number, "sequence": 1, "entry": received})
            jobs.append({"commitment": commitment, "exhibit_id": number, "created_at": now})
        for table, rows in ((Exhibit, exhibits), (CustodyRecord, entries), (LedgerJob, jobs)):
            work.session.execute(insert(table.__table__), rows)


def on_chain(folder: Path, deployment: Deployment) -> Services:
    """Services on a database in a folder, whose ledger is the node."""
    services = builders.build_test_services(folder, lambda: datetime.now(UTC))  # type: ignore[arg-type]
    return replace(services, ledger=deployment.ledger(), trust=deployment.trust)


def add_jobs(services: Services, count: int) -> None:
    """Commitments that wait for their batch, as other records than exhibits leave them."""
    with services.work() as work:
        now = work.now()
        work.session.bulk_insert_mappings(
            LedgerJob.__mapper__, [{"commitment": os.urandom(32), "created_at": now} for _ in range(count)]
        )


def _timed(services: Services, add: Callable[[], None]) -> float:
    """Seconds until the worker has done everything about what is added."""
    add()
    return seconds(lambda: _work_off(services))


def _work_off(services: Services) -> None:
    while anchoring.anchor_waiting(services):
        pass
    telling.go_on(services)


def latency_row(setting: Setting) -> list[Line]:
    """Items that arrive one by one while a block comes each second: from their commit to their batch's record."""
    count = setting.pick(400, 5)
    with _node_with_block_time() as url:
        services = on_chain(setting.folder, deploy_contracts(url))
        waits = _waits(services, count)
    p50, p99 = percentile(waits, 0.5), percentile(waits, 0.99)
    return [
        Line(
            f"receipt to anchored, {count} items at 25/s, a block each {BLOCK_TIME:.0f} s",
            f"p50 {p50:.2f} s, p99 {p99:.2f} s",
            "block time",
            f"{BLOCK_TIME:.2f} s",
            goal="p99 ≤ block time + 2 s",
            met=p99 <= BLOCK_TIME + 2,
            rounds={"ours": waits},
        )
    ]


@contextmanager
def _node_with_block_time() -> Iterator[str]:
    """A node that makes a block each second, whether or not a transaction waits."""
    import subprocess

    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [*anvil_command(port, 31_337), "--block-time", str(int(BLOCK_TIME))]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _until_it_answers(url)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _until_it_answers(url: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            rpc(url, "eth_chainId")
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the node did not start")


def _waits(services: Services, count: int) -> list[float]:
    """Seconds from each item's commit until its batch is recorded as anchored."""
    stop = threading.Event()

    def work_on() -> None:
        while not stop.is_set():
            done = anchoring.anchor_waiting(services)
            anchored_at.extend([time.perf_counter()] * done)
            stop.wait(WORKER_POLL)

    anchored_at: list[float] = []
    worker = threading.Thread(target=work_on)
    worker.start()
    created = []
    for _ in range(count):
        add_jobs(services, 1)
        created.append(time.perf_counter())
        time.sleep(0.04)
    sizes = _sizes_when_all_anchored(services, count)
    stop.set()
    worker.join()
    times = iter(created)
    return [at - next(times) for at, size in zip(anchored_at, sizes, strict=True) for _ in range(size)]


def _sizes_when_all_anchored(services: Services, count: int) -> list[int]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with services.reading() as work:
            query = select(Batch.size).where(Batch.anchored_at.is_not(None)).order_by(Batch.number)
            sizes = list(work.session.scalars(query))
        if sum(sizes) == count:
            return sizes
        time.sleep(0.05)
    raise RuntimeError("not everything was anchored")
