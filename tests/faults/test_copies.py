"""Copies taken at random instants under load all open and hold every item that was acknowledged before they began.
Not here: what else a backup holds (see tests/scripts/test_backup.py)."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from evidence.store import EncryptedFolder
from scripts.backup import DATABASE, back_up
from tests.faults.harness import Site, eventually
from tests.faults.processes import digest

pytestmark = pytest.mark.node
COPIES = 6
ITEMS = 60


def test_copies_at_random_instants_hold_every_receipt(site: Site, tmp_path: Path) -> None:
    worker, clients, turn = site.worker(), site.clients(ITEMS), Event()
    eventually(lambda: site.journal.read("receipt"))
    lost = held = 0
    for number in range(COPIES):
        turn.wait(random.uniform(0.0, 0.6))
        acknowledged = site.journal.read("receipt")
        back_up(site.folder, tmp_path / f"copy{number}")
        missing = missing_in(tmp_path / f"copy{number}", acknowledged)
        lost += len(missing)
        held += len(acknowledged)
    clients.join(60)
    eventually(lambda: site.unfinished() == 0)
    site.stop(worker)
    print(f"\n{COPIES} copies under load: {held} receipts looked for in them, lost {lost}")
    assert lost == 0
    assert held > COPIES
    site.count("an installation that was copied under load").require_nothing_lost()


def missing_in(folder: Path, acknowledged: dict[int, str]) -> list[str]:
    """Receipts whose item is not whole in a copy: row, custody, job, and the file with its digest."""
    key = bytes.fromhex((folder / "secrets" / "master.key").read_text().strip())
    store = EncryptedFolder(folder / "files", key)
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        query = (
            "SELECT receipt_number, sha256, store_address FROM exhibit JOIN ledger_job ON exhibit_id = exhibit.id"
            " WHERE exhibit.id IN (SELECT exhibit_id FROM custody_record)"
        )
        rows = {receipt: (sha256, address) for receipt, sha256, address in database.execute(query)}
    return [
        receipt
        for number, receipt in acknowledged.items()
        if receipt not in rows
        or rows[receipt][0] != digest(number)
        or store.check(rows[receipt][1]).sha256.hex() != digest(number)
    ]
