"""The databases that tests run on: SQLite files, and databases of one PostgreSQL server that is started for the run.
Not here: what stands in them (see `builders`) and who chooses (see `conftest`)."""

from __future__ import annotations

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Protocol

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

KINDS = ("sqlite", "postgresql")
HASTE = ("fsync=off", "full_page_writes=off", "autovacuum=off")
"""What a server need not do whose machine keeps running. What it has acknowledged survives its own crash all the same."""

START_TIMEOUT = 60.0
LIBC = ctypes.CDLL(None)
PARENT_DEATH_SIGNAL = 1


class Databases(Protocol):
    """Gives databases away, fresh or as copies of one that was prepared."""

    def new(self, folder: Path, like: str | None = None) -> str:
        """The address of a new database: empty, or a copy of the one at the address ``like``, which nobody has open.

        folder: where one that is a file is put, as ``hezheng.sqlite3``.
        """

    def drop(self, url: str) -> None:
        """Take one away, whoever has it open."""


class SqliteFiles:
    """Databases that are files."""

    def new(self, folder: Path, like: str | None = None) -> str:
        """As `Databases`."""
        path = folder / "hezheng.sqlite3"
        if like is not None:
            shutil.copyfile(like.removeprefix("sqlite:///"), path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        """Left to whoever removes the folder."""


@dataclass
class PostgresServer:
    """A server of our own on a socket in its folder; ``start`` after ``kill`` recovers as after a crash."""

    folder: Path
    options: tuple[str, ...] = HASTE
    process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, name: str = "postgres") -> str:
        """The address of one of its databases."""
        return f"postgresql+psycopg://hezheng@/{name}?host={self.folder}"

    def start(self) -> None:
        """Start it and wait until it answers; the first time with an empty cluster."""
        data = self.folder / "db"
        if not data.exists():
            if os.geteuid() == 0:
                shutil.chown(self.folder, "nobody")
            options = ("-A", "trust", "-U", "hezheng", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
            self._popen("initdb", "-D", str(data), *options).wait(60)
        given = (*self.options, "listen_addresses=", f"unix_socket_directories={self.folder}")
        self.process = self._popen("postgres", "-D", str(data), *(f"-c{option}" for option in given))
        deadline, turn = time.monotonic() + START_TIMEOUT, Event()
        while not self._answers():
            assert time.monotonic() < deadline and self.process.poll() is None, self._log.read_text()
            turn.wait(0.05)

    def stop(self, number: signal.Signals = signal.SIGQUIT) -> None:
        """End it without waiting for anybody; SIGKILL as a machine that loses its power."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(20)
            self.process = None

    def new(self, folder: Path, like: str | None = None) -> str:
        """As `Databases`."""
        name = f"test_{next(self._numbers)}"
        template = f" TEMPLATE {_name(like)}" if like else ""
        with self._administration() as connection:
            connection.execute(text(f"CREATE DATABASE {name}{template}"))
        return self.url(name)

    def drop(self, url: str) -> None:
        """As `Databases`."""
        with self._administration() as connection:
            connection.execute(text(f"DROP DATABASE {_name(url)} WITH (FORCE)"))

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _answers(self) -> bool:
        try:
            with self._administration():
                return True
        except OperationalError:
            return False

    @contextmanager
    def _administration(self) -> Iterator[Connection]:
        engine = create_engine(self.url(), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            yield connection

    def _popen(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        """PostgreSQL refuses to run as root; it ends with this process, however that ends."""
        nobody = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []} if nobody else {}
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [postgres_program(program), *arguments],
                stdout=log,
                stderr=log,
                cwd="/",
                preexec_fn=lambda: LIBC.prctl(PARENT_DEATH_SIGNAL, signal.SIGQUIT),
                **as_user,
            )


def _name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def postgres_program(name: str) -> str:
    """Where a program of PostgreSQL's lies: Debian keeps the server's apart from the others. FileNotFoundError."""
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    found = shutil.which(name) or (str(beside[-1]) if beside else None)
    if found is None:
        raise FileNotFoundError(f"{name}: install PostgreSQL (Debian: postgresql)")
    return found


@contextmanager
def postgres_server(options: tuple[str, ...] = HASTE) -> Iterator[PostgresServer]:
    """A server with an empty cluster, removed with all its databases at the end."""
    with tempfile.TemporaryDirectory(prefix="hezheng-pg-") as name:
        server = PostgresServer(Path(name), options)
        server.start()
        try:
            yield server
        finally:
            server.stop()
