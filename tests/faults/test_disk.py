"""A disk that fails or is full: no receipt after it, and the item goes through once the disk is well again.
Not here: the store by itself (see tests/unit/evidence/test_store.py)."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, select, text

from app.models.exhibits import Exhibit
from evidence.faults import arm, read_plan
from tests import builders
from tests.faults.harness import Site
from tests.faults.processes import hand_in
from tests.faults.rounds import finish, receive

pytestmark = [pytest.mark.node, pytest.mark.databases("sqlite")]


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    arm({})


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_no_receipt_after_a_write_or_fsync_that_failed(site: Site, error: str) -> None:
    person, begun = builders.signed_in(site.services, site.token), {}
    for point in ("store.write", "store.fsync"):
        (number,) = site.further(1)
        site.journal.note("wants", number)
        arm(read_plan(f"{point}={error}@1"))
        assert not hand_in(site.services, person, site.case, site.journal, number, begun)
        assert number not in site.journal.read("receipt")
        arm({})
        assert hand_in(site.services, person, site.case, site.journal, number, begun)
    finish(site)
    count = site.count(f"{error} at write and fsync of the store")
    assert count.acknowledged == 2
    count.require_nothing_lost()


@pytest.mark.parametrize("name", ["pwrite", "fsync"])
def test_system_calls_that_fail_at_any_time(site: Site, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The very calls fail at their first, second, … time, until one item passes untouched."""
    person, begun, refused = builders.signed_in(site.services, site.token), {}, 0
    (number,) = site.further(1)
    site.journal.note("wants", number)
    whole = getattr(os, name)
    for nth in range(1, 30):
        left = [nth]

        def failing(*arguments: object, left: list[int] = left) -> object:
            left[0] -= 1
            if left[0] == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return whole(*arguments)

        with monkeypatch.context() as broken:
            broken.setattr(os, name, failing)
            if hand_in(site.services, person, site.case, site.journal, number, begun):
                break
        refused += 1
    assert refused >= 1
    finish(site)
    count = site.count(f"{name} failing {refused} times at different places")
    assert count.acknowledged == 1
    count.require_nothing_lost()


def test_a_receipt_comes_after_everything_is_durable(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes, name and row are on the disk one after the other, so that a failing power supply loses no receipt."""
    told: list[tuple[str, int]] = []

    def note(name: str, inode: Callable[..., int]) -> None:
        call = getattr(os, name)

        def noting(*arguments: object) -> object:
            told.append((name, inode(*arguments)))
            return call(*arguments)

        monkeypatch.setattr(os, name, noting)

    def of_descriptor(descriptor: int, *_others: object) -> int:
        return os.fstat(descriptor).st_ino

    note("pwrite", of_descriptor)
    note("fsync", of_descriptor)
    note("link", lambda _source, target: Path(target).parent.stat().st_ino)
    engine = site.services.sessions.kw["bind"]
    event.listen(engine, "commit", lambda _connection: told.append(("commit", 0)))
    assert receive(site, 1) == 1

    with site.services.reading() as work:
        assert work.session.scalar(text("PRAGMA synchronous")) == 2, "a commit is on the disk"
        address = work.session.scalars(select(Exhibit.store_address).order_by(Exhibit.id.desc())).first()
    (path,) = (site.folder / "files" / "objects").glob(f"*/{address}")
    file, folder = path.stat().st_ino, path.parent.stat().st_ino
    wanted = [("pwrite", file), ("fsync", file), ("link", folder), ("fsync", folder), ("commit", 0)]
    last = [max(place for place, one in enumerate(told) if one == each) for each in wanted]
    assert last == sorted(last), told


def test_a_database_that_cannot_be_written_gives_no_receipt(site: Site) -> None:
    """Its page limit is reached, as on a full disk."""
    with site.services.sessions() as session:
        connection = session.connection().connection
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")
        session.rollback()
    given = receive(site, 12)
    assert given < 12
    before = len(site.journal.read("receipt"))
    site.reopen()
    assert given == before
    finish(site)
    site.clients_again().join(60)
    finish(site)
    count = site.count(f"a full database, {given} of 12 receipts before it was full")
    assert count.acknowledged == 12
    count.require_nothing_lost()
