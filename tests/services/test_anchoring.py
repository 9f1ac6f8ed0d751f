"""Anchoring with a ledger in memory: a crash at each named point, a lost tail, two workers, a node away.
Not here: anchoring on a real node (see tests/ledger)."""

import pytest
from sqlalchemy import select

from app.domain.audience import EventKind
from app.domain.errors import DomainError, ErrorKind
from app.models.exhibits import Batch, BatchState, Exhibit, LedgerJob
from app.models.room import CaseEvent
from app.services import anchoring, custody, telling
from evidence.custody import check_custody
from evidence.errors import Unavailable
from evidence.merkle import MerkleTree, root_from_path
from tests.builders import FILES, restarted, submit


class Crash(BaseException):
    """The process dies here."""


def hand_in(services, table, *names):
    for name in names or ("gift-box-photo.jpg", "purchase-record.pdf", "unboxing.mp4"):
        submit(services, table.claimant, table.number, FILES / name)


def batches(services):
    with services.reading() as work:
        return list(work.session.scalars(select(Batch).order_by(Batch.number)))


def acts(services, number=1):
    with services.reading() as work:
        exhibit = work.session.scalars(select(Exhibit).where(Exhibit.number == number)).one()
        record = custody.entries(work, exhibit)
    check_custody(record)
    return [entry.act for entry in record]


def told(services):
    with services.reading() as work:
        query = select(CaseEvent).where(CaseEvent.kind == EventKind.EXHIBIT_ANCHORED)
        return [event.payload["exhibit"] for event in work.session.scalars(query)]


def require_whole(services, exhibits):
    """Every commitment leads to a root that the ledger holds, none is anchored twice, all exhibits among them."""
    seen = []
    with services.reading() as work:
        jobs = list(work.session.scalars(select(LedgerJob).order_by(LedgerJob.id)))
        for batch in work.session.scalars(select(Batch).order_by(Batch.number)):
            tree = MerkleTree([job.commitment for job in batch.jobs])
            found = services.ledger.batch(batch.number)
            assert (found.root, found.head, found.size) == (tree.root, batch.head, len(batch.jobs))
            assert batch.state is BatchState.ANCHORED
            for job in batch.jobs:
                path = tree.path(job.leaf_index)
                assert root_from_path(job.commitment, job.leaf_index, tree.size, path) == found.root
                seen.append(job.commitment)
    assert sorted(seen) == sorted(job.commitment for job in jobs)
    assert len(seen) == len(set(seen))
    assert sum(job.exhibit_id is not None for job in jobs) == exhibits
    assert services.ledger.head()[0] == len(batches(services))


def test_waiting_exhibits_go_into_one_batch_and_everybody_hears_of_it(services, table):
    hand_in(services, table)

    assert anchoring.anchor_waiting(services) == 1
    assert anchoring.anchor_waiting(services) == 0

    require_whole(services, 3)
    assert acts(services) == ["received", "anchored"]
    assert told(services) == [1, 2, 3]
    hand_in(services, table, "shop-page.png")
    assert anchoring.anchor_waiting(services) == 1
    require_whole(services, 4)


def test_nothing_waiting_sends_nothing(services):
    assert anchoring.anchor_waiting(services) == 0
    assert services.ledger.head()[0] == 0


@pytest.mark.parametrize(
    ("part", "name", "before"),
    [
        ("anchoring", "_bring_all", False),
        ("ledger", "prepare_anchor", False),
        ("ledger", "prepare_anchor", True),
        ("ledger", "send", False),
        ("ledger", "send", True),
        ("ledger", "wait", False),
        ("ledger", "wait", True),
        ("anchoring", "_record_anchored", False),
        ("telling", "anchored", True),
    ],
)
def test_a_crash_at_any_point_neither_loses_nor_doubles(services, table, monkeypatch, part, name, before):
    hand_in(services, table)
    owner = {"ledger": services.ledger, "anchoring": anchoring, "telling": telling}[part]
    whole = getattr(owner, name)
    calls = []

    def dies(*arguments):
        calls.append(name)
        if name == "_bring_all" and len(calls) == 1:
            return whole(*arguments)
        if before:
            whole(*arguments)
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(owner, name, dies)
        with pytest.raises(Crash):
            anchoring.anchor_waiting(services)

    anchoring.anchor_waiting(services)
    require_whole(services, 3)
    assert acts(services) == ["received", "anchored"]
    assert told(services) == [1, 2, 3]


def test_a_transaction_that_stays_pending_is_waited_for_and_not_sent_again(services, table):
    services.ledger.automine = False
    hand_in(services, table)

    assert anchoring.anchor_waiting(services) == 0
    assert [batch.state for batch in batches(services)] == [BatchState.SENT]
    sent = batches(services)[0].transaction_hash
    assert anchoring.anchor_waiting(services) == 0
    assert batches(services)[0].transaction_hash == sent

    services.ledger.mine()
    assert anchoring.anchor_waiting(services) == 1
    require_whole(services, 3)
    assert batches(services)[0].transaction_hash == sent


def test_a_block_that_is_not_final_is_not_reported(services, table):
    services.ledger.finality_depth = 2
    hand_in(services, table)

    assert anchoring.anchor_waiting(services) == 0
    assert told(services) == []
    services.ledger.mine(2)
    assert anchoring.anchor_waiting(services) == 1
    require_whole(services, 3)


def test_a_chain_that_lost_its_tail_gets_the_same_batches_again(services, table):
    for name in ("gift-box-photo.jpg", "purchase-record.pdf", "unboxing.mp4"):
        hand_in(services, table, name)
        anchoring.anchor_waiting(services)
    heads = [batch.head for batch in batches(services)]
    services.ledger.drop_tail(2)

    assert anchoring.anchor_waiting(services) == 2

    require_whole(services, 3)
    assert [batch.head for batch in batches(services)] == heads
    assert [batch.replays for batch in batches(services)] == [0, 1, 1]
    assert acts(services, 1) == ["received", "anchored"]
    assert acts(services, 3) == ["received", "anchored", "anchored_again"]
    assert told(services) == [1, 2, 3]


def test_a_chain_with_another_history_stops_the_worker(services, table):
    services.ledger.anchor(b"\x01" * 32, 1, bytes(32))
    hand_in(services, table)
    anchoring.anchor_waiting(services)
    assert [batch.number for batch in batches(services)] == [2]

    services.ledger.drop_tail(2)
    services.ledger.anchor(b"\x02" * 32, 1, bytes(32))
    with pytest.raises(DomainError) as caught:
        anchoring.anchor_waiting(services)
    assert caught.value.kind is ErrorKind.LEDGER_REFUSED


def test_a_node_that_is_away_loses_nothing(services, table):
    hand_in(services, table)
    services.ledger.down = True
    with pytest.raises(Unavailable):
        anchoring.anchor_waiting(services)
    services.ledger.down = False

    assert anchoring.anchor_waiting(services) == 1
    require_whole(services, 3)


def test_two_workers_at_once_anchor_each_batch_once(services, table, monkeypatch):
    hand_in(services, table)
    other = restarted(services)
    send = services.ledger.send
    rounds = []

    def meanwhile(raw):
        monkeypatch.undo()
        rounds.append(anchoring.anchor_waiting(other))
        return send(raw)

    monkeypatch.setattr(services.ledger, "send", meanwhile)
    anchoring.anchor_waiting(services)
    assert rounds == [1]
    anchoring.anchor_waiting(services)
    require_whole(services, 3)
    assert told(services) == [1, 2, 3]
    other.sessions.kw["bind"].dispose()
