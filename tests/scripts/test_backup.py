"""A backup taken while somebody writes opens, and holds what was there when it began."""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from scripts.backup import DUMP, back_up, main
from tests.databases import PostgresServer, postgres_program


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for name in ("files/objects", "secrets", "chain", "logs"):
        (folder / name).mkdir(parents=True)
    (folder / "files" / "objects" / "one").write_bytes(b"sealed")
    (folder / "secrets" / "master.key").write_text("key")
    (folder / "secrets" / "master.key").chmod(0o600)
    (folder / "trust.json").write_text("{}")
    with closing(sqlite3.connect(folder / "hezheng.sqlite3")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE item (name TEXT)")
        database.execute("INSERT INTO item VALUES ('one')")
        database.commit()
    return folder


def test_a_copy_opens_while_somebody_writes(data: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(data / "hezheng.sqlite3")) as writer:
        writer.execute("INSERT INTO item VALUES ('not committed')")
        back_up(data, tmp_path / "copy")
    with closing(sqlite3.connect(tmp_path / "copy" / "hezheng.sqlite3")) as copy:
        assert copy.execute("SELECT name FROM item").fetchall() == [("one",)]
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert (tmp_path / "copy" / "files" / "objects" / "one").read_bytes() == b"sealed"
    assert (tmp_path / "copy" / "secrets" / "master.key").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "copy" / "logs").exists()


def test_nothing_is_overwritten_and_nothing_is_made_up(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(data), str(tmp_path / "copy")]) == 0
    assert "hezheng.sqlite3" in capsys.readouterr().out
    assert main([str(data), str(tmp_path / "copy")]) == 1
    assert main([str(tmp_path), str(tmp_path / "other")]) == 1
    assert not (tmp_path / "other").exists()
    assert main([]) == 64


@pytest.fixture
def elsewhere(data: Path, postgres: PostgresServer, tmp_path: Path) -> Iterator[str]:
    """A PostgreSQL database in the place of the data folder's."""
    (data / "hezheng.sqlite3").unlink()
    url = postgres.new(tmp_path)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE item (name TEXT)"))
        connection.execute(text("INSERT INTO item VALUES ('one')"))
    engine.dispose()
    yield url
    postgres.drop(url)


def test_a_dump_of_postgresql_is_restored_to_what_was_committed(
    data: Path, elsewhere: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    engine = create_engine(elsewhere)
    with engine.connect() as writer:
        writer.execute(text("INSERT INTO item VALUES ('not committed')"))
        assert back_up(data, tmp_path / "copy", elsewhere)[0] == DUMP
    engine.dispose()
    restored = postgres.new(tmp_path)
    place = restored.replace("postgresql+psycopg", "postgresql")
    dump = str(tmp_path / "copy" / DUMP)
    subprocess.run([postgres_program("pg_restore"), "--exit-on-error", f"--dbname={place}", dump], check=True)
    engine = create_engine(restored)
    with engine.connect() as copy:
        assert copy.scalars(text("SELECT name FROM item")).all() == ["one"]
    engine.dispose()
    postgres.drop(restored)
    assert (tmp_path / "copy" / "files" / "objects" / "one").read_bytes() == b"sealed"
    assert not (tmp_path / "copy" / "hezheng.sqlite3").exists()


def test_a_dump_that_fails_leaves_nothing_and_says_why(
    data: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HEZHENG_DATABASE_URL", f"postgresql+psycopg://:secret@/nobody?host={tmp_path}")
    assert main([str(data), str(tmp_path / "copy")]) == 1
    told = capfd.readouterr().err
    assert "pg_dump" in told and "secret" not in told
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize(
    "address", ["postgresql+psycopg://me:p%40ss@x/db", "postgresql://me@x/db?password=p%40ss"]
)
def test_a_password_in_the_address_is_in_no_list_of_processes(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    ran: list[tuple[list[str], str]] = []

    def run(arguments: list[str], *, env: dict[str, str], **_: object) -> subprocess.CompletedProcess[str]:
        ran.append((arguments, env["PGPASSWORD"]))
        return subprocess.CompletedProcess(arguments, 0)

    monkeypatch.setattr(subprocess, "run", run)
    back_up(data, tmp_path / "copy", address)
    ((arguments, password),) = ran
    assert (password, arguments[-1]) == ("p@ss", "--dbname=postgresql://me@x/db")
