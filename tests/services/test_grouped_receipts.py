"""Receipts asked for at the same time: one transaction for all, each with its own number or its own refusal.
Not here: one receipt alone (see `test_uploads`) and processes that are killed (see tests/faults)."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from app.domain.errors import DomainError, ErrorKind
from app.models.cases import Audit
from app.models.exhibits import Exhibit, LedgerJob, Upload, UploadState
from app.models.room import Audience, CaseEvent
from app.services import custody, receipts, registering, uploads
from app.services.context import DatabaseTrouble
from app.services.queues import Ticket
from evidence import faults
from evidence.custody import check_custody, opens_for
from evidence.errors import MalformedInput, Unavailable
from evidence.statement import Statement
from tests.builders import ORIGIN, build_test_services, digests

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def disarmed():
    yield
    faults.arm({})


def text(number):
    return f"第 {number} 件\n".encode() * 40


def arrived(services, table, number, who=None, sent=None, name=None):
    """An upload whose bytes (or so many of them) are all there."""
    content = text(number)
    form = {**ORIGIN, "case": table.number, "file_name": name or f"{number}.txt", "claimed_type": ""}
    actor = (who or table.claimant).actor
    with services.work() as work:
        upload = uploads.create(work, actor, form, len(content))
    uploads.receive(services, actor, upload, 0, content[:sent])
    return upload


def wish(table, upload, number, who=None):
    claimed = receipts._claimed(**digests(text(number)))
    return Ticket(receipts._Wish((who or table.claimant).actor, upload.id, claimed))


def serve(services, *tickets):
    """As the queue does for a group of exactly these."""
    receipts._serve(services, list(tickets), uploads.directly)
    assert all(ticket.settled for ticket in tickets)


def given(*tickets):
    return [
        ticket.value.number if ticket.error is None else getattr(ticket.error, "kind", type(ticket.error))
        for ticket in tickets
    ]


def require_whole(services, table, count):
    """So many exhibits, numbered without gaps in room, case and custody, every one with its job and its bytes."""
    with services.reading() as work:
        exhibits = work.session.scalars(select(Exhibit).order_by(Exhibit.id)).all()
        assert sorted(one.number for one in exhibits) == list(range(1, count + 1))
        assert {one.case.last_exhibit_number for one in exhibits} == {count}
        for one in exhibits:
            record = custody.entries(work, one)
            check_custody(record)
            assert opens_for(record[0], Statement.parse(one.statement))
            assert one.job is not None and one.job.commitment == one.commitment
            assert services.store.check(one.store_address).sha256.hex() == one.sha256
        rooms = work.session.scalars(select(Audience)).all()
        for room in rooms:
            numbers = work.session.scalars(
                select(CaseEvent.sequence).where(CaseEvent.audience_id == room.id).order_by(CaseEvent.id)
            ).all()
            assert list(numbers) == list(range(1, room.last_sequence + 1))
        told = work.session.scalars(select(CaseEvent).where(CaseEvent.kind == "exhibit_received")).all()
        assert sorted(one.payload["exhibit"] for one in told) == list(range(1, count + 1))
        noted = select(func.count()).select_from(Audit).where(Audit.act == "submit_exhibit")
        assert work.session.scalar(noted) == count
        assert work.session.scalar(select(func.count()).select_from(LedgerJob)) == count + _agreements(work)
        finished = select(func.count()).select_from(Upload).where(Upload.state == UploadState.FINISHED)
        assert work.session.scalar(finished) == count
    assert list(services.store.addresses()) == sorted(one.store_address for one in exhibits)


def _agreements(work):
    return work.session.scalar(
        select(func.count()).select_from(LedgerJob).where(LedgerJob.exhibit_id.is_(None))
    )


def commits(services):
    """Counts transactions that write; read `len` of it."""
    engine, seen = services.sessions.kw["bind"], []
    event.listen(
        engine,
        "commit",
        lambda connection: seen.append(1) if connection.get_execution_options().get("writes") else None,
    )
    return seen


def test_a_group_is_one_transaction_in_the_order_in_which_it_came(services, table):
    people = [table.claimant, table.respondent] * 4
    group = [wish(table, arrived(services, table, n, who), n, who) for n, who in enumerate(people)]
    seen = commits(services)
    serve(services, *group)
    assert given(*group) == list(range(1, 9))
    assert len(seen) == 1
    require_whole(services, table, 8)


def test_what_is_wrong_with_one_is_no_trouble_of_its_neighbours(services, table):
    kept = [arrived(services, table, n) for n in range(6)]
    short = arrived(services, table, 6, sent=100)
    false = arrived(services, table, 7, name="照片.jpg", sent=50)
    uploads.append(services, false, 50, text(7)[50:])
    first = receipts.finish(services, table.claimant.actor, kept[0].id, **digests(text(0)))
    group = [
        wish(table, kept[0], 0),
        wish(table, kept[1], 1),
        wish(table, kept[2], 99),
        wish(table, kept[3], 3, table.respondent),
        wish(table, short, 6),
        wish(table, false, 7),
        wish(table, kept[4], 4),
        wish(table, kept[4], 4),
        wish(table, kept[5], 5),
    ]
    serve(services, *group)
    assert given(*group) == [
        1,
        2,
        ErrorKind.DIGEST_DIFFERS,
        ErrorKind.NOT_FOUND,
        ErrorKind.UPLOAD_BROKEN,
        ErrorKind.FILE_TYPE_CLAIM,
        3,
        3,
        4,
    ]
    assert group[0].value.id == first.id and group[6].value.id == group[7].value.id
    require_whole(services, table, 4)
    with services.reading() as work:
        assert work.session.get_one(Upload, false.id).state is UploadState.ABANDONED
        assert work.session.get_one(Upload, kept[2].id).state is UploadState.RECEIVING


def test_an_upload_that_comes_to_the_transaction_twice_is_written_once(services, table):
    one, other = (wish(table, arrived(services, table, n), n) for n in (0, 1))
    with services.reading() as work:
        rows = registering.standing(work, [(t.wish.actor, t.wish.upload_id) for t in (one, other)])
    first, second = receipts._file_all(services, [(one.wish, rows[0]), (other.wish, rows[1])])
    with services.work() as work:
        made = registering.register(work, [first, second, first])
    with services.work() as work:
        again = registering.register(work, [second])
    assert [exhibit.number for exhibit in (*made, *again)] == [1, 2, 1, 2]
    require_whole(services, table, 2)


def test_one_that_cannot_be_stated_uses_up_no_number(services, table):
    kept = [arrived(services, table, n) for n in range(3)]
    with services.work() as work:
        bad = work.session.get_one(Upload, kept[1].id)
        bad.details = {**bad.details, "origin": {**bad.details["origin"], "proves": "长" * 3_000}}
    group = [wish(table, upload, n) for n, upload in enumerate(kept)]
    serve(services, *group)
    assert given(*group) == [1, MalformedInput, 2]


def test_what_nobody_foresaw_about_one_is_its_own_trouble(services, table, monkeypatch):
    kept = [arrived(services, table, n) for n in range(3)]
    with services.work() as work:
        bad = work.session.get_one(Upload, kept[1].id)
        bad.details = {"secret": False, "viewers": []}
    claim = uploads.require_claim

    def surprised(name, head):
        return 1 // 0 if name == "2.txt" else claim(name, head)

    monkeypatch.setattr(uploads, "require_claim", surprised)
    group = [wish(table, upload, n) for n, upload in enumerate(kept)]
    serve(services, *group)
    assert given(*group) == [1, KeyError, ErrorKind.STORE_UNAVAILABLE]


def test_one_that_the_database_refuses_is_refused_alone(services, table):
    kept = [arrived(services, table, n) for n in range(4)]
    with services.work() as work:
        bad = work.session.get_one(Upload, kept[2].id)
        bad.details = {**bad.details, "viewers": [999_999]}
    group = [wish(table, upload, n) for n, upload in enumerate(kept)]
    serve(services, *group)
    assert given(*group)[:2] == [1, 2] and given(*group)[3] == 3
    assert isinstance(group[2].error, DatabaseTrouble)


def test_a_transaction_that_fails_gives_nobody_a_receipt(services, table):
    kept = [arrived(services, table, n) for n in range(3)]
    faults.arm(faults.read_plan("receipts.registering=raise@2"))
    group = [wish(table, upload, n) for n, upload in enumerate(kept)]
    with pytest.raises(Unavailable):
        serve(services, *group)
    with services.reading() as work:
        assert work.session.scalar(select(func.count()).select_from(Exhibit)) == 0
    faults.arm({})
    again = [wish(table, upload, n) for n, upload in enumerate(kept)]
    serve(services, *again)
    assert given(*again) == [1, 2, 3]
    require_whole(services, table, 3)


@pytest.mark.parametrize(
    ("plan", "others"), [("store.fsync=EIO@2", 2), ("store.placed=EIO@2", 2), ("receipts.filed=raise@2", 2)]
)
def test_a_disk_that_fails_one_fails_it_alone(services, table, plan, others):
    kept = [arrived(services, table, n) for n in range(3)]
    faults.arm(faults.read_plan(plan))
    group = [wish(table, upload, n) for n, upload in enumerate(kept)]
    serve(services, *group)
    assert sorted(ticket.value.number for ticket in group if ticket.error is None) == [1, 2]
    with services.reading() as work:
        assert work.session.scalar(select(func.count()).select_from(Exhibit)) == others


def together(acts):
    """Run all of them, each in a thread of its own, at the same instant."""
    begin = threading.Barrier(len(acts))
    results = [None] * len(acts)

    def run(place, act):
        begin.wait()
        try:
            results[place] = act()
        except DomainError as refusal:
            results[place] = refusal

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_many_who_finish_at_once_and_twice_get_one_receipt_each(services, table):
    people = [table.claimant, table.respondent] * 12
    begun = [(n, who, arrived(services, table, n, who)) for n, who in enumerate(people)]
    acts = [
        lambda n=n, who=who, upload=upload: receipts.finish(
            services, who.actor, upload.id, **digests(text(n))
        )
        for n, who, upload in begun * 2
    ]
    found = together(acts)
    assert [one.id for one in found[:24]] == [one.id for one in found[24:]]
    assert [one.sha256 for one in found[:24]] == [digests(text(n))["sha256"] for n in range(24)]
    require_whole(services, table, 24)


def test_two_servers_share_a_case(services, table, tmp_path, clock):
    url = str(services.settings.database_url)
    other = build_test_services(tmp_path, clock, ledger=services.ledger, database=url)
    servers = [services, other] * 6
    begun = [(n, server, arrived(server, table, n)) for n, server in enumerate(servers)]
    found = together(
        [
            lambda n=n, server=server, upload=upload: receipts.finish(
                server, table.claimant.actor, upload.id, **digests(text(n))
            )
            for n, server, upload in begun
        ]
    )
    other.sessions.kw["bind"].dispose()
    assert len({one.id for one in found}) == 12
    require_whole(services, table, 12)


def test_the_same_upload_at_two_servers_becomes_one_exhibit(services, table, tmp_path, clock):
    url = str(services.settings.database_url)
    other = build_test_services(tmp_path, clock, ledger=services.ledger, database=url)
    upload = arrived(services, table, 1)
    for server in (services, other, services):
        act = lambda server=server: receipts.finish(  # noqa: E731
            server, table.claimant.actor, upload.id, **digests(text(1))
        )
        (found,) = together([act])
        assert found.number == 1
    other.sessions.kw["bind"].dispose()
    require_whole(services, table, 1)
    assert services.store.staged() == []


GREENLETS = """
from gevent import monkey
monkey.patch_all()
import gevent, sys
from pathlib import Path
from app.services import receipts
from app.services.aside import offload
from tests import builders
from tests.services.test_grouped_receipts import arrived, require_whole, text
folder = Path(sys.argv[1])
services = builders.build_test_services(folder, builders.Clock())
table = builders.set_table(services)
ready = [(n, arrived(services, table, n)) for n in range(16)]
def finish(n, upload):
    claimed = builders.digests(text(n))
    return receipts.finish(services, table.claimant.actor, upload.id, run=offload, **claimed).number
turns = []
def other():
    while len(turns) < 5:
        turns.append(1)
        gevent.sleep(0.001)
waiting = [gevent.spawn(finish, *one) for one in ready]
gevent.spawn(other)
gevent.joinall(waiting, timeout=60, raise_error=True)
assert sorted(one.value for one in waiting) == list(range(1, 17))
assert len(turns) > 1  # others go on meanwhile
require_whole(services, table, 16)
print("whole")
"""


def test_greenlets_share_groups_as_threads_do(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", GREENLETS, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.stdout, done.returncode) == ("whole\n", 0), done.stderr
