"""Copies taken at random instants under load all open and hold every item that was acknowledged before they began.
Not here: what else a backup holds (see tests/scripts/test_backup.py)."""

import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from evidence.store import EncryptedFolder
from scripts.backup import DATABASE, DUMP, back_up
from tests.databases import Databases, postgres_program
from tests.faults.harness import Site, eventually
from tests.faults.processes import digest

pytestmark = pytest.mark.node
COPIES = 6
ITEMS = 60


def test_copies_at_random_instants_hold_every_receipt(
    site: Site, databases: Databases, tmp_path: Path
) -> None:
    worker, clients, turn = site.worker(), site.clients(ITEMS), Event()
    eventually(lambda: site.journal.read("receipt"))
    lost = held = 0
    for number in range(COPIES):
        turn.wait(random.uniform(0.0, 0.6))
        acknowledged = site.journal.read("receipt")
        back_up(site.folder, tmp_path / f"copy{number}", site.database)
        missing = missing_in(tmp_path / f"copy{number}", databases, acknowledged)
        lost += len(missing)
        held += len(acknowledged)
    clients.join(60)
    eventually(lambda: site.unfinished() == 0)
    site.stop(worker)
    print(f"\n{COPIES} copies under load: {held} receipts looked for in them, lost {lost}")
    assert lost == 0
    assert held > COPIES
    site.count("an installation that was copied under load").require_nothing_lost()


def missing_in(folder: Path, databases: Databases, acknowledged: dict[int, str]) -> list[str]:
    """Receipts whose item is not whole in a copy: row, custody, job, and the file with its digest."""
    key = bytes.fromhex((folder / "secrets" / "master.key").read_text().strip())
    store = EncryptedFolder(folder / "files", key)
    with opened(folder, databases) as database:
        query = (
            "SELECT receipt_number, sha256, store_address FROM exhibit JOIN ledger_job ON exhibit_id = exhibit.id"
            " WHERE exhibit.id IN (SELECT exhibit_id FROM custody_record)"
        )
        rows = {row[0]: (row[1], row[2]) for row in database.execute(text(query))}
    return [
        receipt
        for number, receipt in acknowledged.items()
        if receipt not in rows
        or rows[receipt][0] != digest(number)
        or store.check(rows[receipt][1]).sha256.hex() != digest(number)
    ]


@contextmanager
def opened(folder: Path, databases: Databases) -> Iterator[Connection]:
    """A copy's database, restored as docs/running.md says."""
    url = f"sqlite:///{folder / DATABASE}"
    if (folder / DUMP).exists():
        url = databases.new(folder)
        place = url.replace("postgresql+psycopg", "postgresql")
        restore = (postgres_program("pg_restore"), "--exit-on-error", "--no-owner", f"--dbname={place}")
        subprocess.run([*restore, str(folder / DUMP)], check=True)
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as database:
        if url.startswith("sqlite"):
            assert database.scalar(text("PRAGMA integrity_check")) == "ok"
        yield database
    databases.drop(url)
