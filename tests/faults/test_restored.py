"""A database restored from an older copy beside today's chain: said clearly, nothing lost, nothing on a wrong head.
Not here: making copies (see `test_copies`)."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from app.domain.errors import DomainError, ErrorKind
from app.models.exhibits import Batch
from app.services import alarms, anchoring, monitor
from scripts.backup import DATABASE, back_up
from tests.faults.harness import Site
from tests.faults.rounds import finish, receive

pytestmark = [pytest.mark.node, pytest.mark.databases("sqlite")]


def restore(site: Site, copy: Path) -> None:
    """Put the copy's database in the place of the site's."""
    site.reopen()
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (site.folder / name).unlink(missing_ok=True)
    shutil.copy2(copy / DATABASE, site.folder / DATABASE)


def test_the_chain_holds_what_the_database_does_not_know(site: Site, tmp_path: Path) -> None:
    receive(site, 2)
    finish(site)
    back_up(site.folder, tmp_path / "copy")
    for _ in range(2):
        receive(site, 3)
        finish(site)
    before = site.services.ledger.head()
    restore(site, tmp_path / "copy")

    anchoring.anchor_waiting(site.services)
    with site.services.reading() as work:
        (alarm,) = alarms.standing(work)
        last = work.session.scalars(select(Batch.number).order_by(Batch.number.desc())).first()
    assert alarm.kind == alarms.AHEAD
    assert alarm.batch_number == (last or 0) + 1
    assert (alarm.found["last"], alarm.found["items"]) == (before[0], 6)
    assert site.services.ledger.head() == before

    receive(site, 1)
    finish(site)
    with site.services.reading() as work:
        newest = work.session.scalars(select(Batch).order_by(Batch.number.desc())).first()
        assert newest is not None
        assert (newest.number, newest.previous_head) == (before[0] + 1, before[1])
        assert len(alarms.latest(work)) == 1
    assert monitor.first_divergence(site.services) is None
    report = site.audit(tmp_path / "inventory.jsonl")
    unclaimed = [one.code for one in report.findings]
    print(
        f"\nrestored: {alarm.kind} from batch {alarm.batch_number}, {alarm.found}; audit: {sorted(set(unclaimed))}"
    )
    assert any(one.batch == alarm.batch_number for one in report.findings)
    assert any(code.startswith("store") for code in unclaimed)


def test_items_whose_batch_was_forgotten_are_recognised_and_not_anchored_again(
    site: Site, tmp_path: Path
) -> None:
    receive(site, 3)
    back_up(site.folder, tmp_path / "copy")
    finish(site)
    head = site.services.ledger.head()
    restore(site, tmp_path / "copy")

    finish(site)
    assert site.services.ledger.head() == head
    with site.services.reading() as work:
        assert alarms.latest(work) == []
    count = site.count("a copy from before the batch was written down")
    assert count.acknowledged == 3
    count.require_nothing_lost()


def test_another_history_is_refused(site: Site, tmp_path: Path) -> None:
    """The restored database has a batch of its own where the chain has another."""
    receive(site, 1)
    finish(site)
    copy = tmp_path / "copy"
    back_up(site.folder, copy)
    receive(site, 1)
    finish(site)
    restore(site, copy)
    with site.services.work() as work:
        last = work.session.scalars(select(Batch).order_by(Batch.number.desc())).first()
        assert last is not None
        last.head = bytes(31) + b"\x01"
    receive(site, 1)
    before = site.services.ledger.head()
    with pytest.raises(DomainError) as caught:
        anchoring.anchor_waiting(site.services)
    assert caught.value.kind is ErrorKind.LEDGER_REFUSED
    assert site.services.ledger.head() == before
    with site.services.reading() as work:
        assert [one.kind for one in alarms.standing(work)] == ["broken"]
