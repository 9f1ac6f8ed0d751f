"""A backup taken while somebody writes opens, and holds what was there when it began."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from scripts.backup import back_up, main


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
