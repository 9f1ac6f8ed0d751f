"""Custody entries and room events of a batch in several transactions: whoever dies in between, none is lost or doubled.
Not here: kills of a real worker with thousands of exhibits (see tests/faults/test_large_batches.py)."""

import pytest
from sqlalchemy import func, select

from app.domain.audience import AudienceKind, EventKind
from app.models.exhibits import Batch, BatchNotice, CustodyRecord, Exhibit, LedgerJob
from app.models.room import Audience, CaseEvent
from app.services import anchoring, custody, ledger_status, room, telling
from evidence import faults
from evidence.custody import check_custody
from evidence.errors import Unavailable
from evidence.faults import Fault
from tests.builders import FILES, set_table, submit

NAMES = ("gift-box-photo.jpg", "purchase-record.pdf", "unboxing.mp4")


@pytest.fixture(autouse=True)
def two_at_once(monkeypatch):
    monkeypatch.setattr(telling, "AT_ONCE", 2)


@pytest.fixture
def five(services, table):
    """Five exhibits in two cases, anchored in one batch together with something that is no exhibit."""
    other = set_table(services)
    for name in NAMES:
        submit(services, table.claimant, table.number, FILES / name)
    with services.work() as work:
        work.session.add(LedgerJob(commitment=bytes(32), created_at=work.now()))
    for name in NAMES[:2]:
        submit(services, other.claimant, other.number, FILES / name)
    return 5


@pytest.fixture
def no_faults():
    yield
    faults.arm({})


def records(services):
    with services.reading() as work:
        found = {}
        for exhibit in work.session.scalars(select(Exhibit).order_by(Exhibit.id)):
            record = custody.entries(work, exhibit)
            check_custody(record)
            leaves = [one.details["leaf_index"] for one in record if one.act.startswith("anchored")]
            assert leaves == [exhibit.job.leaf_index] * len(leaves)
            found[exhibit.id] = [one.act for one in record]
        return list(found.values())


def rung(services):
    """Exhibit numbers by audience, and that events are numbered without a gap."""
    found = {}
    with services.reading() as work:
        for audience in work.session.scalars(select(Audience).where(Audience.kind == AudienceKind.JOINT)):
            query = select(CaseEvent).where(CaseEvent.audience_id == audience.id).order_by(CaseEvent.sequence)
            events = list(work.session.scalars(query))
            assert [one.sequence for one in events] == list(range(1, audience.last_sequence + 1))
            found[audience.id] = [
                one.payload["exhibit"] for one in events if one.kind is EventKind.EXHIBIT_ANCHORED
            ]
    return list(found.values())


def open_notices(services):
    with services.reading() as work:
        return telling.waiting(work)


def test_the_first_are_told_with_the_record_and_the_rest_afterwards(services, five):
    anchoring.anchor_waiting(services)
    assert [len(one) for one in records(services)] == [2, 2, 1, 1, 1]
    assert ledger_status.look(services).telling == open_notices(services) == 1
    assert telling.go_on(services) == 3
    assert records(services) == [["received", "anchored"]] * five
    assert rung(services) == [[1, 2, 3], [1, 2]]
    assert open_notices(services) == 0
    assert telling.go_on(services) == 0


@pytest.mark.parametrize("point", ["anchoring.telling", "anchoring.told"])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_crash_between_two_transactions_neither_loses_nor_doubles(services, five, no_faults, point, nth):
    anchoring.anchor_waiting(services)
    faults.arm({point: Fault("raise", nth=nth)})
    with pytest.raises(Unavailable):
        telling.go_on(services)
    faults.arm({})
    telling.go_on(services)
    assert records(services) == [["received", "anchored"]] * five
    assert rung(services) == [[1, 2, 3], [1, 2]]


def test_a_batch_that_is_lost_while_it_is_told_is_told_twice_in_order(services, five):
    """What is noted stays as it was when it happened, whatever becomes of the batch meanwhile."""
    anchoring.anchor_waiting(services)
    services.ledger.drop_tail(1)
    anchoring.anchor_waiting(services)
    assert open_notices(services) == 2
    telling.go_on(services)
    assert records(services) == [["received", "anchored", "anchored_again"]] * five
    assert rung(services) == [[1, 2, 3], [1, 2]]
    with services.reading() as work:
        replays = work.session.scalars(select(CustodyRecord.entry).where(CustodyRecord.sequence == 2))
        assert {one["details"]["replays"] for one in replays} == {0}
        assert work.session.get_one(Batch, 1).replays == 1
        assert work.session.scalar(select(func.count()).select_from(BatchNotice)) == 0


def test_custody_entries_that_come_in_between_are_followed(services, five, table):
    anchoring.anchor_waiting(services)
    with services.work() as work:
        last = work.session.scalars(select(Exhibit).order_by(Exhibit.id.desc()).limit(1)).one()
        custody.add(work, last, "viewed")
    telling.go_on(services)
    assert records(services)[-1] == ["received", "viewed", "anchored"]


def test_many_events_are_numbered_after_what_the_room_has(services, table):
    exhibit_case = submit(services, table.claimant, table.number, FILES / NAMES[0]).case_id
    with services.work() as work:
        audience = work.session.scalars(
            select(Audience).where(Audience.case_id == exhibit_case, Audience.kind == AudienceKind.JOINT)
        ).one()
        room.store_event(work, audience, EventKind.EXHIBIT_ANCHORED, None, {"exhibit": 7})
        room.store_events(work, audience, EventKind.EXHIBIT_ANCHORED, [{"exhibit": 8}, {"exhibit": 9}])
        room.store_event(work, audience, EventKind.EXHIBIT_ANCHORED, None, {"exhibit": 10})
    assert rung(services) == [[7, 8, 9, 10]]
