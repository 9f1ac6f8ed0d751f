"""Clocks that jump an hour and run backwards: the order of things comes from the log, and nothing waits for a clock.
Not here: tokens and blocks that differ (see tests/vectors, time.difference)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.models.exhibits import Batch, CustodyRecord, Exhibit, LedgerJob
from app.services import custody, leases
from evidence.custody import check_custody
from tests.faults.harness import Site, eventually
from tests.faults.rounds import finish, receive

pytestmark = [pytest.mark.node, pytest.mark.databases("sqlite")]
JUMPS = (0, 3600, -3600, 7200, -1)


def at(site: Site, seconds: int) -> None:
    """Let the site's clock go wrong by so much from now on."""
    site._services = replace(site.services, clock=lambda: datetime.now(UTC) + timedelta(seconds=seconds))


def test_order_comes_from_the_log(site: Site) -> None:
    for jump in JUMPS:
        at(site, jump)
        receive(site, 2)
        finish(site)
    at(site, 0)
    with site.services.reading() as work:
        received = list(work.session.scalars(select(Exhibit.received_at).order_by(Exhibit.number)))
        assert received != sorted(received)
        places = work.session.execute(
            select(LedgerJob.batch_number, LedgerJob.leaf_index)
            .join(Exhibit, Exhibit.id == LedgerJob.exhibit_id)
            .order_by(Exhibit.number)
        ).all()
        assert places == sorted(places)
        batches = list(work.session.scalars(select(Batch).order_by(Batch.number)))
        assert [one.previous_head for one in batches[1:]] == [one.head for one in batches[:-1]]
        for exhibit in work.session.scalars(select(Exhibit)):
            check_custody(custody.entries(work, exhibit))
        assert work.session.scalar(select(CustodyRecord.id).limit(1)) is not None
    # an item whose statement says that it came after its own token is there whole, and its verdict points the clock out
    count = site.count(f"clocks that were off by {JUMPS} seconds", beside={"time.order"})
    assert count.acknowledged == 2 * len(JUMPS)
    count.require_nothing_lost()


def test_a_lease_does_not_depend_on_any_clock_of_the_wall(site: Site) -> None:
    first, second = leases.Lease("first", patience=0.2), leases.Lease("second", patience=0.2)
    at(site, 7200)
    eventually(lambda: first.keep(site.services))  # whoever had it before is gone
    at(site, -7200)
    assert not second.keep(site.services)
    assert first.keep(site.services)
    assert first.held()
    assert not second.keep(site.services)
