"""An installation whose processes are killed: data folder, real node, worker, clients; and the count of what came of it.
Not here: what runs in the processes (see `processes`) and which faults there are (see `evidence.faults`)."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Event
from typing import Any

from alembic import command
from requests import Session
from requests.adapters import HTTPAdapter
from sqlalchemy import func, select

from app.commands.database import alembic_config
from app.models.exhibits import Batch, BatchState, Exhibit, LedgerJob, TimestampToken
from app.network import Authority, Network, read_network
from app.services import inventory, proofs, verification
from app.services.context import Services
from app.settings import read_settings
from app.wiring import build_services
from evidence.audit import Auditor, Silence
from evidence.audit_records import Report
from evidence.audit_sources import Inventory
from evidence.digest import digest_bytes
from evidence.merkle import MerkleTree
from evidence.verify import Answer, CheckStatus
from scripts.chain import anvil_command, free_port
from scripts.deploy import ensure_contracts
from scripts.keys import create_secrets
from tests import builders
from tests.anvil import _REFUSED_CONNECTIONS, rpc
from tests.databases import Databases
from tests.faults.processes import Journal, content, run_clients, run_flask

CHAIN_ID = 31_337
WITHIN = 60.0
"""Seconds that anything may take before a test gives up."""
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.faults.processes"])


def eventually(condition: Callable[[], object], within: float = WITHIN, every: float = 0.05) -> float:
    """Wait until something comes about; how many seconds that took. Fails when it does not."""
    turn, begun = Event(), time.monotonic()
    while not condition():
        assert time.monotonic() - begun < within, "waited in vain"
        turn.wait(every)
    return time.monotonic() - begun


@dataclass(frozen=True)
class Count:
    """What a test saw. injected: items that clients wanted to hand in; lost: receipts whose item is not there whole."""

    injected: int
    acknowledged: int
    lost: int
    doubled: int

    def require_nothing_lost(self) -> None:
        """Nothing lost, nothing doubled, and not for want of items."""
        assert self.acknowledged > 0
        assert (self.lost, self.doubled) == (0, 0), self


class Chain:
    """A node of its own on loopback with its state in a file, to be killed, stopped and started again."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.folder.mkdir(exist_ok=True)
        arguments = anvil_command(self.port, CHAIN_ID, self.folder / "state.json")
        self.process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
        with Session() as session:
            session.mount("http://", HTTPAdapter(max_retries=_REFUSED_CONNECTIONS))
            rpc(self.url, "eth_chainId", session=session)

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it: SIGTERM lets it save its state, SIGKILL does not."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
            self.process.wait(20)
            self.process = None


@dataclass
class Site:
    """One installation: data folder, chain, one open case, and the clients' journal."""

    folder: Path
    chain: Chain
    case: str
    token: str
    database: str
    environment: dict[str, str]
    children: list[ForkServerProcess] = field(default_factory=list)
    missing: dict[int, str] = field(default_factory=dict)
    """Item → receipt of what the last `count` did not find."""
    _services: Services | None = None
    _next: int = 0

    @property
    def journal(self) -> Journal:
        """What the clients noted."""
        return Journal(self.folder / "journal")

    @property
    def services(self) -> Services:
        """The same services that the processes have, in this process, without faults."""
        if self._services is None:
            self._services = build_services(read_settings(self.environment))
        return self._services

    def reopen(self) -> None:
        """Let go of the database; the next look at it opens it anew."""
        if self._services is not None:
            self._services.sessions.kw["bind"].dispose()
            self._services = None

    def worker(self, faults: str = "", **settings: str) -> ForkServerProcess:
        """Start a worker process; faults as in `evidence.faults.read_plan`."""
        given = {**self.environment, **settings, "HEZHENG_FAULTS": faults}
        return self._start(run_flask, given, str(self.folder / "worker.log"), "worker")

    def clients(self, count: int, faults: str = "", threads: int = 3) -> ForkServerProcess:
        """Start a process that hands in so many further items; those that were begun before are gone on with."""
        self.further(count)
        return self.clients_again(faults, threads)

    def further(self, count: int) -> range:
        """Numbers of further items."""
        self._next += count
        return range(self._next - count, self._next)

    def clients_again(self, faults: str = "", threads: int = 3) -> ForkServerProcess:
        """The same once more for whatever has no receipt yet."""
        given = {**self.environment, "HEZHENG_FAULTS": faults}
        journal = str(self.folder / "journal")
        where = (given, str(self.folder / "clients.log"), journal, self.case, self.token)
        return self._start(run_clients, *where, 0, self._next, threads)

    def _start(self, target: Callable[..., None], *arguments: Any) -> ForkServerProcess:
        process = FORKS.Process(target=target, args=arguments, daemon=True)
        process.start()
        self.children.append(process)
        return process

    def stop(self, process: ForkServerProcess, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal and wait for the end."""
        assert process.pid is not None
        if process.is_alive():
            os.kill(process.pid, signal.SIGCONT)
            os.kill(process.pid, number)
        process.join(20)
        assert not process.is_alive()

    def pause(self, process: ForkServerProcess) -> None:
        """SIGSTOP while the process does not hold the database's only writing lock, which would stop everybody."""
        assert process.pid is not None
        with self.services.work():
            os.kill(process.pid, signal.SIGSTOP)

    def waiting(self) -> int:
        """Items that are not final."""
        with self.services.reading() as work:
            query = (
                select(func.count())
                .select_from(LedgerJob)
                .outerjoin(Batch, LedgerJob.batch_number == Batch.number)
                .where(LedgerJob.batch_number.is_(None) | (Batch.state != BatchState.ANCHORED))
            )
            return work.session.scalar(query) or 0

    def jobs(self) -> int:
        """Items that were ever registered."""
        with self.services.reading() as work:
            return work.session.scalar(select(func.count()).select_from(LedgerJob)) or 0

    def unfinished(self) -> int:
        """Items not final, batches without state proof or without token."""
        with self.services.reading() as work:
            stamped = select(TimestampToken.id).where(
                TimestampToken.batch_number == Batch.number, TimestampToken.token.is_not(None)
            )
            missing = select(func.count()).select_from(Batch)
            bare = work.session.scalar(missing.where(Batch.state_proof.is_(None) | ~stamped.exists()))
        return self.waiting() + (bare or 0)

    def settle(self, end: signal.Signals = signal.SIGKILL) -> float:
        """A worker until everything is final, proved and stamped; the seconds from its start until then."""
        begun = time.monotonic()
        worker = self.worker()
        eventually(lambda: self.unfinished() == 0)
        took = time.monotonic() - begun
        self.stop(worker, end)
        return took

    def restore_contracts(self, perhaps: bool = False) -> None:
        """Put the same contracts at the same addresses again, as the next start of the platform does.

        perhaps: only if they are gone.
        """
        network = read_network(self.folder / "network.json")
        made = ensure_contracts(self.chain.url, self.folder / "secrets", self.folder / "trust.json", network)
        assert made == "restored" or (perhaps and made == "kept")

    def audit(self, path: Path) -> Report:
        """As `flask ledger audit`: from the bytes."""
        inventory.write(self.services, path)
        auditor = Auditor(self.services.trust, self.services.ledger, Silence(), at=self.services.clock())
        return auditor.run([Inventory(path, self.services.store)])

    def count(self, say: str, beside: Collection[str] = ()) -> Count:
        """Look for every receipt that clients were given, from the bytes to the chain; printed.

        beside: codes of findings that say something else than that an item is gone.
        """
        wanted, given = self.journal.read("wants"), self.journal.read("receipt")
        report = self.audit(self.folder / "inventory.jsonl")
        grave = [
            one for one in report.findings if one.status is CheckStatus.FAILED and one.code not in beside
        ]
        failed = {name for one in grave for name in one.items}
        lines = [json.loads(line) for line in (self.folder / "inventory.jsonl").read_text().splitlines()[1:]]
        known = {line["name"] for line in lines}
        self.missing = {
            number: receipt
            for number, receipt in given.items()
            if receipt not in known or receipt in failed or not self._holds(number, receipt)
        }
        count = Count(len(wanted), len(given), len(self.missing), self.doubled())
        others = [one for one in grave if not one.items]
        codes = sorted({one.code for one in report.findings})
        print(f"\n{say}: {count}; audit of {len(known)} items: {len(report.findings)} findings {codes}")
        assert not others, others
        return count

    def _holds(self, number: int, receipt: str) -> bool:
        with self.services.reading() as work:
            exhibit = work.session.scalar(select(Exhibit).where(Exhibit.receipt_number == receipt))
            if exhibit is None or not proofs.is_ready(exhibit.job):
                return False
            proof = proofs.build(work, exhibit)
        verdict = verification.check(self.services, proof, digest_bytes(content(number)))
        return verdict.status(Answer.INTEGRITY) is CheckStatus.PASSED

    def doubled(self) -> int:
        """Leaves on the chain beyond one for each item, and items beyond one for each file; every root recomputed."""
        ledger = self.services.ledger
        on_chain = ledger.batches(1, ledger.head()[0])
        with self.services.reading() as work:
            for batch in on_chain:
                kept = work.session.get_one(Batch, batch.number)
                assert MerkleTree([job.commitment for job in kept.jobs]).root == batch.root
            files = work.session.execute(
                select(func.count(Exhibit.id), func.count(Exhibit.sha256.distinct()))
            )
            exhibits, different = files.one()
        return sum(batch.size for batch in on_chain) - self.jobs() + exhibits - different


def write_network(folder: Path, *authorities: Authority) -> None:
    """A network file with these authorities."""
    entries = [
        {"name": one.name, "url": one.url, "policy": one.policy, "anchors": list(one.anchors), "trial": True}
        for one in authorities
    ]
    text = {"format": "hezheng-network/1", "nodes": [], "timestamp_authorities": entries, "witnesses": []}
    (folder / "network.json").write_text(json.dumps(text))


def build(folder: Path, authority: Authority, databases: Databases) -> Site:
    """Secrets, database at the newest schema, contracts on a node of its own, and a case whose room is open."""
    folder.mkdir(parents=True)
    create_secrets(folder / "secrets")
    write_network(folder, authority)
    chain = Chain(folder / "chain")
    chain.start()
    network: Network = read_network(folder / "network.json")
    ensure_contracts(chain.url, folder / "secrets", folder / "trust.json", network)
    database = databases.new(folder)
    command.upgrade(alembic_config(database), "head")
    site = Site(folder, chain, "", "", database, _environment(folder, chain, database))
    table = builders.set_table(site.services)
    site.case, site.token = table.number, table.claimant.token
    return site


def _environment(folder: Path, chain: Chain, database: str) -> dict[str, str]:
    return {
        "HEZHENG_DATABASE_URL": database,
        "HEZHENG_DATA_DIR": str(folder),
        "HEZHENG_RPC_URL": chain.url,
        "HEZHENG_TRUST_FILE": str(folder / "trust.json"),
        "HEZHENG_PUBLIC_URL": "http://localhost:8480",
        "HEZHENG_DEMO": "1",
    }


@contextmanager
def copied(original: Site, folder: Path, databases: Databases) -> Iterator[Site]:
    """A copy of an installation that rests, with a node of its own that goes on from the same state."""
    shutil.copytree(original.folder, folder)
    database = databases.new(folder, like=original.database)
    chain = Chain(folder / "chain")
    chain.start()
    environment = _environment(folder, chain, database)
    site = Site(folder, chain, original.case, original.token, database, environment)
    try:
        yield site
    finally:
        for process in site.children:
            if process.is_alive():
                site.stop(process, signal.SIGKILL)
        site.reopen()
        chain.end(signal.SIGKILL)
        databases.drop(database)
