"""One batch of many exhibits: its custody entries and room events are written in several transactions, between which the
worker is killed. Not here: how entries are chained (see tests/services/test_telling.py)."""

import os
import signal
from collections import Counter

import pytest
from sqlalchemy import func, insert, select

from app.domain.audience import AudienceKind, EventKind
from app.models.exhibits import Batch, CustodyRecord, Exhibit, LedgerJob
from app.models.room import Audience, CaseEvent
from app.services import custody, telling
from evidence.custody import CustodyEntry, append_entry, check_custody
from tests.faults.harness import Site, eventually
from tests.faults.rounds import receive

pytestmark = pytest.mark.node

EXHIBITS = 3 * telling.AT_ONCE + 50
KILLS = (
    "anchoring.recorded=kill@1",
    "anchoring.telling=kill@1",
    "anchoring.told=kill@1",
    "anchoring.telling=kill@2",
)


def multiply(site: Site) -> None:
    """Further exhibits that differ from the one there is in number and commitment, each with a job and a first entry."""
    with site.services.work() as work:
        model = dict(work.session.execute(select(Exhibit.__table__)).mappings().one())
        received = append_entry(None, act="received", actor="a", at=work.now()).as_json()
        ids = range(model["id"] + 1, model["id"] + EXHIBITS)
        exhibits, jobs, entries = [], [], []
        for number in ids:
            commitment = os.urandom(32)
            named = {"id": number, "number": number, "receipt_number": f"copy {number}"}
            exhibits.append(model | named | {"commitment": commitment})
            jobs.append({"commitment": commitment, "exhibit_id": number, "created_at": work.now()})
            entries.append({"exhibit_id": number, "sequence": 1, "entry": received})
        for table, rows in ((Exhibit, exhibits), (LedgerJob, jobs), (CustodyRecord, entries)):
            work.session.execute(insert(table.__table__), rows)


def to_be_told(site: Site) -> int:
    with site.services.reading() as work:
        return telling.waiting(work)


def test_a_worker_that_is_killed_while_it_tells_many_exhibits(site: Site) -> None:
    receive(site, 1)
    multiply(site)
    for plan in KILLS:
        killed = site.worker(plan)
        killed.join(60)
        assert killed.exitcode == -signal.SIGKILL, plan
    assert to_be_told(site) > 0
    worker = site.worker()
    eventually(lambda: site.unfinished() == 0 and to_be_told(site) == 0)
    site.stop(worker)

    with site.services.reading() as work:
        batches = list(work.session.scalars(select(Batch.size).order_by(Batch.number)))
        acts: Counter[tuple[str, ...]] = Counter()
        for exhibit in work.session.scalars(select(Exhibit)):
            record: list[CustodyEntry] = custody.entries(work, exhibit)
            check_custody(record)
            acts[tuple(sorted(one.act for one in record))] += 1
        rung = Counter(
            event.payload["exhibit"]
            for event in work.session.scalars(select(CaseEvent))
            if event.kind is EventKind.EXHIBIT_ANCHORED
        )
        last = work.session.scalars(select(Audience).where(Audience.kind == AudienceKind.JOINT)).one()
        events = work.session.scalar(
            select(func.count()).select_from(CaseEvent).where(CaseEvent.audience_id == last.id)
        )
    print(f"\n{len(KILLS)} kills in one batch of {batches}: {dict(acts)}, {len(rung)} told in the room")
    assert batches[-1] == EXHIBITS
    assert acts == {("anchored", "received", "timestamped"): EXHIBITS}
    assert set(rung.values()) == {1} and len(rung) == EXHIBITS
    assert last.last_sequence == events
