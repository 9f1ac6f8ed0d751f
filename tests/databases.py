"""The databases that tests run on: SQLite files, and databases of one PostgreSQL server that is started for the run.
Not here: what stands in them (see `builders`) and who chooses (see `conftest`)."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

KINDS = ("sqlite", "postgresql")
HASTE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
"""What a server need not do whose data nobody wants tomorrow; the commits themselves stay what they are."""


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
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, name: str = "postgres") -> str:
        """The address of one of its databases."""
        return f"postgresql+psycopg://hezheng@/{name}?host={self.folder}"

    def start(self) -> None:
        """Start it and wait until it answers; the first time with an empty cluster."""
        if not (self.folder / "db").exists():
            if os.geteuid() == 0:
                shutil.chown(self.folder, "nobody")
            cluster = ("--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
            self._run("initdb", "-D", str(self.folder / "db"), "-A", "trust", "-U", "hezheng", *cluster)
        given = (*self.options, "listen_addresses=", f"unix_socket_directories={self.folder}")
        options = " ".join(f"-c {option}" for option in given)
        self._run(*self._control, "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """End it without waiting for anybody."""
        self._run(*self._control, "-m", "immediate", "stop")

    @property
    def process(self) -> int:
        """The server's process id."""
        return int((self.folder / "db" / "postmaster.pid").read_text().splitlines()[0])

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
    def _control(self) -> tuple[str, ...]:
        return ("pg_ctl", "-D", str(self.folder / "db"), "-w")

    @contextmanager
    def _administration(self) -> Iterator[Connection]:
        engine = create_engine(self.url(), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            yield connection

    def _run(self, program: str, *arguments: str) -> None:
        """PostgreSQL refuses to run as root."""
        user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        subprocess.run(
            [postgres_program(program), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
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
