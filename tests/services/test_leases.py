"""The worker's lease: one holder, renewals, takeover after silence, and a successor of the same name at once.
Not here: worker processes that are killed (see tests/faults/test_two_workers.py)."""

from pathlib import Path

import pytest

from app.services import leases
from app.services.context import Services
from app.services.leases import Lease


@pytest.fixture
def monotonic(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Monotonic seconds, set by the test."""
    time = {"now": 100.0}
    monkeypatch.setattr(leases.time, "monotonic", lambda: time["now"])
    return time


def holder(services: Services) -> str | None:
    with services.reading() as work:
        found = leases.holder(work)
    return None if found is None else found.name


def test_one_holds_and_the_other_waits(services: Services, monotonic: dict[str, float]) -> None:
    first, second = Lease("first"), Lease("second")
    assert first.keep(services)
    for _ in range(20):
        monotonic["now"] += 1.0
        assert not second.keep(services)
        assert first.keep(services)
    assert (first.held(), second.held(), holder(services)) == (True, False, "first")


def test_who_stays_silent_loses_it_and_knows(services: Services, monotonic: dict[str, float]) -> None:
    first, second = Lease("first"), Lease("second")
    first.keep(services)
    assert not second.keep(services)
    monotonic["now"] += leases.PATIENCE - 0.1
    assert first.held()
    assert not second.keep(services)
    monotonic["now"] += 0.1
    assert not first.held()
    assert second.keep(services)
    assert not first.keep(services)
    assert holder(services) == "second"


def test_given_back_it_is_free_at_once(services: Services, monotonic: dict[str, float]) -> None:
    first, second = Lease("first"), Lease("second")
    first.keep(services)
    second.give_back(services)
    assert holder(services) == "first"
    first.give_back(services)
    assert (first.held(), holder(services)) == (False, None)
    assert second.keep(services)


def test_a_successor_in_the_same_folder_has_the_same_name(services: Services, tmp_path: Path) -> None:
    with leases.identity(tmp_path) as first:
        assert Lease(first).keep(services)
        with leases.identity(tmp_path) as beside:
            assert beside != first
            assert not Lease(beside).keep(services)
    with leases.identity(tmp_path) as successor:
        assert successor == first
        assert Lease(successor).keep(services)
