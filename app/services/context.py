"""What every service is given: the shared parts (Services) and one unit of work (Work). No capability lives here."""

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError, TimeoutError
from sqlalchemy.orm import Session, sessionmaker

from app.network import Network
from app.services.queues import GroupQueue
from app.settings import Settings
from evidence.ledger import LedgerWriter, TrustRoot
from evidence.merkle import MerkleTree
from evidence.store import Store

WRITER_LOCK = 0x48655A68
"""The number under which writing transactions queue in PostgreSQL."""
WRITER_PATIENCE = 15
"""Seconds that a writer waits for its turn."""


DatabaseTrouble = SQLAlchemyError
"""What a session raises while its database is away or refuses; entrances know it by this name."""
DatabaseAway = (OperationalError, InterfaceError, TimeoutError)
"""Of these, what may be otherwise in a moment: a server that broke down, starts anew or is too busy."""


class Mailer(Protocol):
    """Sends one message to one recipient; raises OSError when it cannot."""

    def send(self, recipient: str, subject: str, body: str) -> None:
        """Send, or raise OSError."""


@dataclass(frozen=True)
class Secrets:
    """Keys that the application itself uses; loaded from files, never logged."""

    session_key: bytes
    """Signs the browser's cookie and hashes one-time codes."""
    master_key: bytes
    """Wraps the key of every stored file."""


class Trees:
    """The trees of the batches that proofs were last built from, by head: ten thousand leaves take 2 MB and 20 ms."""

    def __init__(self, limit: int = 8) -> None:
        self._limit = limit
        self._kept: OrderedDict[bytes, MerkleTree] = OrderedDict()
        self._lock = threading.Lock()

    def tree(self, head: bytes, build: Callable[[], MerkleTree]) -> MerkleTree:
        """The tree under a head, built if it is not at hand."""
        with self._lock:
            found = self._kept.get(head)
        if found is None:
            found = build()
        with self._lock:
            self._kept[head] = found
            self._kept.move_to_end(head)
            if len(self._kept) > self._limit:
                self._kept.popitem(last=False)
        return found


@dataclass(frozen=True)
class Services:
    """The shared parts of one process, built once by ``app.wiring``."""

    settings: Settings
    secrets: Secrets
    sessions: sessionmaker[Session]
    store: Store
    ledger: LedgerWriter
    trust: TrustRoot
    mailer: Mailer | None
    network: Network = field(default_factory=Network)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    wake: list[Callable[[], None]] = field(default_factory=list)
    """Called after each commit that stored room events, so that they are sent at once."""
    trees: Trees = field(default_factory=Trees)
    receipts: GroupQueue = field(default_factory=GroupQueue, init=False)
    """Complete uploads that wait to become exhibits, several in one transaction."""
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)
    """Held by this process's writer: the others wait here, not each with a connection that a reader could use."""

    @contextmanager
    def work(self) -> Iterator["Work"]:
        """One writing transaction: commit at the end, roll back on any error; notices go out after the commit.

        Never wait for a network or a file inside it: with SQLite there is one writer, and a greenlet that waits
        while it holds the lock stops the process.
        """
        work = Work(self.sessions(), self)
        if not self._turn.acquire(timeout=WRITER_PATIENCE):
            raise TimeoutError(f"no turn to write within {WRITER_PATIENCE} seconds")
        try:
            work.session.connection(execution_options={"writes": True})
            yield work
            work.session.commit()
        finally:
            work.session.close()
            self._turn.release()
        for notice in work.after_commit:
            notice()

    @contextmanager
    def reading(self) -> Iterator["Work"]:
        """One reading transaction: a steady view of the database, never committed."""
        work = Work(self.sessions(), self)
        try:
            yield work
        finally:
            work.session.close()


@dataclass
class Work:
    """One unit of work: the database session and what to do after its commit."""

    session: Session
    services: Services
    after_commit: list[Callable[[], None]] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        """How this installation runs."""
        return self.services.settings

    def now(self) -> datetime:
        """The server's clock, UTC, whole seconds (statements and receipts show seconds)."""
        return self.services.clock().astimezone(UTC).replace(microsecond=0)

    def wake_room(self) -> None:
        """Have the room hear of stored events once this work is committed."""
        for wake in self.services.wake:
            if wake not in self.after_commit:
                self.after_commit.append(wake)


def open_database(url: str) -> Engine:
    """An engine whose writers queue; SQLite with WAL, full synchronisation and foreign keys."""
    # errors are logged: without the parameters, which are people's words
    engine = create_engine(url, pool_pre_ping=True, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    elif engine.dialect.name == "postgresql":
        event.listen(engine, "begin", _begin_postgresql)
    return engine


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    """One writer at a time, and readers who see one state from their first look to their last, as with SQLite.

    What a writer has looked at (attempts, limits, a record's last entry) stays true until it has written.
    """
    if connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WRITER_PATIENCE}s'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={WRITER_PATIENCE}000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def read_secret(folder: Path, name: str, size: int) -> bytes:
    """A hexadecimal secret of ``size`` bytes from a file that only its owner may read; ValueError otherwise."""
    path = folder / name
    if path.stat().st_mode & 0o077:
        raise ValueError(f"{path} is readable by others; chmod 600")
    secret = bytes.fromhex(path.read_text().strip())
    if len(secret) != size:
        raise ValueError(f"{path} must hold {size} bytes in hexadecimal")
    return secret
