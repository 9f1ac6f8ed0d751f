"""Brings commitments onto the chain: record the batch, note the transaction, send, look up, record.

An item passes RECEIVED → BATCHED → SENT → MINED → FINAL → TOKEN. RECEIVED is a job without batch, BATCHED and SENT are
states of its batch, and so is FINAL (``ANCHORED``). MINED is never stored: it can be undone, so the chain is asked for it.
Every step may be repeated after a crash, by any worker: the ledger is looked at before anything is sent.
Timestamps over the batches' heads are in ``timestamps``.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from app.domain.errors import DomainError, ErrorKind
from app.domain.roles import SYSTEM
from app.models.exhibits import Batch, BatchState, LedgerJob
from app.services import alarms, audit, telling
from app.services.context import Services, Work
from evidence.errors import NotFound, Refused, Unavailable
from evidence.faults import reach
from evidence.ledger import AnchoredBatch
from evidence.merkle import GENESIS_HEAD, MerkleTree, next_head
from evidence.strict import to_hex

BATCH_LIMIT = 10_000
"""Most commitments in one batch: its transaction costs the same whatever their number, and its tree is built in no time."""
PATIENCE = 3.0
"""Seconds to wait for a block before going round again."""
MOVED = "EvidenceLedgerUnexpectedHead"

log = logging.getLogger(__name__)


def anchor_waiting(services: Services) -> int:
    """One round of the worker; the number of batches that are anchored afterwards and were not before.

    Raises the kernel's Unavailable while the node is away (nothing is lost, call again), and LEDGER_REFUSED
    when the chain holds another history than the database: a person has to look at that.
    """
    take_back_lost(services, services.ledger.head())
    anchored = _bring_all(services)
    _learn(services, services.ledger.head())
    if _record_next(services, services.ledger.head()):
        reach("anchoring.batched")
        anchored += _bring_all(services)
    return anchored


def _bring_all(services: Services) -> int:
    brought = 0
    for number in _unfinished(services):
        if not _bring(services, number):
            break
        brought += 1
    return brought


def _unfinished(services: Services) -> list[int]:
    with services.reading() as work:
        query = select(Batch.number).where(Batch.state != BatchState.ANCHORED).order_by(Batch.number)
        return list(work.session.scalars(query))


class _Overtaken(Exception):
    """Another worker has taken what this one was about to put into a batch."""


def _record_next(services: Services, chain: tuple[int, bytes]) -> bool:
    """Write down the next batch before anything is sent; False when nothing waits or one is under way."""
    with services.reading() as work:
        waiting = [] if _under_way(work) else _waiting(work, BATCH_LIMIT)
    if not waiting:
        return False
    tree = MerkleTree([commitment for _, commitment in waiting])
    try:
        with services.work() as work:
            _record(work, chain, tree, waiting[-1][0])
    except (IntegrityError, _Overtaken):
        log.info("another worker has recorded the next batch")
    return True


def _under_way(work: Work) -> bool:
    query = select(Batch.number).where(Batch.state != BatchState.ANCHORED).limit(1)
    return work.session.scalar(query) is not None


def _waiting(work: Work, limit: int) -> list[tuple[int, bytes]]:
    """Id and commitment of the items that wait next, in their order."""
    query = select(LedgerJob.id, LedgerJob.commitment).where(LedgerJob.batch_number.is_(None))
    return [(one, value) for one, value in work.session.execute(query.order_by(LedgerJob.id).limit(limit))]


def _record(work: Work, chain: tuple[int, bytes], tree: MerkleTree, last: int) -> None:
    """The batch of everything that waits up to the job ``last``: what the tree was made of, unless overtaken."""
    if _under_way(work):
        raise _Overtaken
    number, previous = _end(work)
    if chain[0] > number:
        number, previous = chain  # `_learn` has found that it goes on from where the database ends
    batch = Batch(
        number=number + 1,
        root=tree.root,
        size=tree.size,
        previous_head=previous,
        head=next_head(previous, tree.root, tree.size),
        state=BatchState.RECORDED,
        recorded_at=work.now(),
    )
    _write_down(work, batch, last, "record_batch")
    reach("anchoring.recording")


def _end(work: Work) -> tuple[int, bytes]:
    """Number and head of the last batch in the database."""
    last = work.session.scalar(select(Batch).order_by(Batch.number.desc()).limit(1))
    return (last.number, last.head) if last is not None else (0, GENESIS_HEAD)


def _learn(services: Services, chain: tuple[int, bytes]) -> None:
    """Where the chain holds more than the database, as after a restore of an older copy, say what.

    A batch of exactly the items that wait next is written down as what it is, so that nothing is anchored twice. Of any
    other the items are not here any more: an alarm says which batches those are, and new ones go on after the chain.
    LEDGER_REFUSED where the chain does not go on from where the database ends.
    """
    with services.reading() as work:
        number, head = _end(work)
    if chain[0] <= number:
        return
    unknown = services.ledger.batches(number + 1, chain[0])
    if [one.number for one in unknown] != list(range(number + 1, chain[0] + 1)):
        raise Unavailable(f"the node does not show batches {number + 1} to {chain[0]}")
    line = [head, *(one.head for one in unknown)]
    if [one.previous_head for one in unknown] != line[:-1] or line[-1] != chain[1]:
        raise _forked(services, number + 1, chain[0])
    with services.work() as work:
        if _end(work) != (number, head):
            return
        known = 0
        while known < len(unknown) and _recognise(work, unknown[known]):
            known += 1
        if rest := unknown[known:]:
            facts = {"first": rest[0].number, "last": rest[-1].number, "items": sum(one.size for one in rest)}
            ends = {"number": rest[0].number - 1, "head": to_hex(rest[0].previous_head)}
            alarms.sound(work, alarms.AHEAD, rest[0].number, rest[0].block_number, ends, facts)


def _recognise(work: Work, found: AnchoredBatch) -> bool:
    """Write down a batch of the chain whose items are those that wait next, in their order; False when they are not."""
    waiting = _waiting(work, min(found.size, BATCH_LIMIT + 1))
    if len(waiting) != found.size or MerkleTree([one for _, one in waiting]).root != found.root:
        return False
    batch = Batch(
        number=found.number,
        root=found.root,
        size=found.size,
        previous_head=found.previous_head,
        head=found.head,
        state=BatchState.SENT,
        transaction_hash=found.transaction,
        recorded_at=work.now(),
    )
    _write_down(work, batch, waiting[-1][0], "recognise_batch")
    return True


def _write_down(work: Work, batch: Batch, last: int, act: str) -> None:
    """The batch with the place of each item in it: of all that wait up to the job ``last``, in their order."""
    work.session.add(batch)
    work.session.flush()
    jobs = LedgerJob.__table__.c
    place = func.row_number().over(order_by=jobs.id) - 1
    ranks = (
        select(jobs.id, place.label("place")).where(jobs.batch_number.is_(None), jobs.id <= last).subquery()
    )
    changed = work.session.execute(
        update(LedgerJob.__table__)  # type: ignore[arg-type]
        .where(jobs.id == ranks.c.id)
        .values(batch_number=batch.number, leaf_index=ranks.c.place)
    )
    if changed.rowcount != batch.size:  # type: ignore[attr-defined]
        raise _Overtaken
    audit.record(work, SYSTEM, act, batch=batch.number, size=batch.size)


def _bring(services: Services, number: int) -> bool:
    """Bring one recorded batch onto the chain; False when it is not there yet."""
    with services.reading() as work:
        batch = work.session.get_one(Batch, number)
    if _found(services, batch):
        return True
    if batch.state is BatchState.SENT and batch.transaction_hash is not None:
        if not _decided(services, batch.transaction_hash, 0.0):
            return False
        if _found(services, batch):
            return True
    try:
        transaction = _send(services, batch)
    except Refused as refusal:
        if refusal.code != MOVED:
            raise
        log.info("the head has moved while batch %s was being sent; looking again", number)
        return False
    return _decided(services, transaction, PATIENCE) and _found(services, batch)


def _found(services: Services, batch: Batch) -> bool:
    """Whether the chain holds the batch, finally; recorded if so. LEDGER_REFUSED where another one stands."""
    number, head = services.ledger.head()
    if number < batch.number:
        if number != batch.number - 1 or head != batch.previous_head:
            raise _forked(services, batch.number, number)
        return False
    found = services.ledger.batch(batch.number)
    if found is None:
        return False
    if found.head != batch.head:
        raise _forked(services, batch.number, number)
    reach("anchoring.mined")
    if not services.ledger.is_final(found.block_number):
        return False
    reach("anchoring.final")
    _record_anchored(services, found)
    reach("anchoring.recorded")
    return True


def _forked(services: Services, recorded: int, on_chain: int) -> DomainError:
    """Nothing more is anchored: a person has to find out which history counts."""
    with services.work() as work:
        facts = {"batches_on_ledger": on_chain}
        alarms.sound(work, "broken", recorded, None, {"number": recorded}, facts)
    return DomainError(ErrorKind.LEDGER_REFUSED, batch=recorded, chain=on_chain)


def _decided(services: Services, transaction: str, patience: float) -> bool:
    """Wait up to ``patience`` seconds; True once it is known what became of a transaction, False while it is pending."""
    try:
        services.ledger.wait(transaction, patience)
    except Unavailable:
        log.info("transaction %s is not mined yet", transaction)
        return False
    except (Refused, NotFound) as error:
        log.warning("transaction %s came to nothing: %s", transaction, error)
    return True


def _send(services: Services, batch: Batch) -> str:
    """Sign, store the transaction's hash, then send: a crash in between is settled by looking it up."""
    prepared = services.ledger.prepare_anchor(batch.root, batch.size, batch.previous_head)
    reach("anchoring.signed")
    with services.work() as work:
        kept = work.session.get_one(Batch, batch.number)
        if kept.state is not BatchState.ANCHORED:
            kept.state, kept.transaction_hash = BatchState.SENT, prepared.transaction
    reach("anchoring.noted")
    sent = services.ledger.send(prepared.raw)
    reach("anchoring.sent")
    return sent


def _record_anchored(services: Services, found: AnchoredBatch) -> None:
    """Write down where the chain holds a batch; each exhibit's custody record and room hear of it once (`telling`)."""
    with services.work() as work:
        batch = work.session.get_one(Batch, found.number)
        if batch.state is BatchState.ANCHORED:
            return
        batch.state = BatchState.ANCHORED
        batch.transaction_hash = found.transaction
        batch.block_number = found.block_number
        batch.block_hash = f"0x{found.block_hash.hex()}"
        batch.block_time = datetime.fromtimestamp(found.block_time, UTC)
        batch.anchored_at = work.now()
        audit.record(work, SYSTEM, "anchor_batch", batch=batch.number, replays=batch.replays)
        telling.anchored(work, batch)


def take_back_lost(services: Services, chain: tuple[int, bytes]) -> list[int]:
    """Where the chain lost its newest batches, mark them to be anchored again, in their order, unchanged; their numbers.

    chain: number and head of its last batch. An alarm says which are lost until all are there again.
    """
    number, head = chain
    with services.reading() as work:
        same = work.session.get(Batch, number)
        last = work.session.scalar(select(func.max(Batch.number)).where(Batch.state == BatchState.ANCHORED))
    if same is not None and same.head != head:
        raise _forked(services, number, number)
    if last is None or last <= number:
        return []
    with services.work() as work:
        query = select(Batch).where(Batch.number > number, Batch.state == BatchState.ANCHORED)
        lost = list(work.session.scalars(query))
        if lost:
            first = {"number": lost[0].number, "head": to_hex(lost[0].head), "block_hash": lost[0].block_hash}
            ends = {"number": number, "head": to_hex(head)}
            alarms.sound(work, alarms.SHORTER, lost[0].number, lost[0].block_number, first, ends)
        take_back(work, lost)
        reach("anchoring.taking_back")
    log.warning("the chain ends at batch %s; %s batches are anchored again", number, len(lost))
    return [batch.number for batch in lost]


def take_back(work: Work, lost: Sequence[Batch]) -> None:
    """Mark batches that the chain does not hold where it did: they are looked for and, where missing, sent again."""
    for batch in lost:
        batch.state = BatchState.RECORDED
        batch.transaction_hash = batch.block_hash = None
        batch.block_number = batch.block_time = batch.anchored_at = batch.state_proof = None
        batch.replays += 1
    audit.record(work, SYSTEM, "replay_batches", batches=[batch.number for batch in lost])
