"""Brings commitments onto the chain: record the batch, note the transaction, send, look up, record.

An item passes RECEIVED → BATCHED → SENT → MINED → FINAL → TOKEN. RECEIVED is a job without batch, BATCHED and SENT are
states of its batch, and so is FINAL (``ANCHORED``). MINED is never stored: it can be undone, so the chain is asked for it.
Every step may be repeated after a crash, by any worker: the ledger is looked at before anything is sent.
Timestamps over the batches' heads are in ``timestamps``.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.domain.audience import EventKind
from app.domain.errors import DomainError, ErrorKind
from app.domain.roles import SYSTEM
from app.models.exhibits import Batch, BatchState, LedgerJob
from app.services import audit, custody, room
from app.services.context import Services, Work
from evidence.errors import NotFound, Refused, Unavailable
from evidence.faults import reach
from evidence.ledger import AnchoredBatch
from evidence.merkle import GENESIS_HEAD, MerkleTree, next_head

BATCH_LIMIT = 500
"""Most commitments in one batch: the custody entries of a batch are one transaction and must stay short."""
PATIENCE = 3.0
"""Seconds to wait for a block before going round again."""
MOVED = "EvidenceLedgerUnexpectedHead"

log = logging.getLogger(__name__)


def anchor_waiting(services: Services) -> int:
    """One round of the worker; the number of batches that are anchored afterwards and were not before.

    Raises the kernel's Unavailable while the node is away (nothing is lost, call again), and LEDGER_REFUSED
    when the chain holds another history than the database: a person has to look at that.
    """
    _take_back_lost(services, services.ledger.head())
    anchored = _bring_all(services)
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


def _record_next(services: Services, chain: tuple[int, bytes]) -> bool:
    """Write down the next batch before anything is sent; False when nothing waits or one is under way."""
    try:
        with services.work() as work:
            return _record(work, chain)
    except IntegrityError:
        log.info("another worker has recorded the next batch")
        return True


def _record(work: Work, chain: tuple[int, bytes]) -> bool:
    session = work.session
    if session.scalar(select(Batch.number).where(Batch.state != BatchState.ANCHORED).limit(1)) is not None:
        return False
    query = (
        select(LedgerJob).where(LedgerJob.batch_number.is_(None)).order_by(LedgerJob.id).limit(BATCH_LIMIT)
    )
    jobs = list(session.scalars(query))
    if not jobs:
        return False
    last = session.scalar(select(Batch).order_by(Batch.number.desc()).limit(1))
    number, previous = (last.number, last.head) if last is not None else (0, GENESIS_HEAD)
    if chain[0] > number:
        log.warning(
            "the chain knows batch %s, the database ends at %s; going on after the chain", chain[0], number
        )
        number, previous = chain
    tree = MerkleTree([job.commitment for job in jobs])
    session.add(
        Batch(
            number=number + 1,
            root=tree.root,
            size=tree.size,
            previous_head=previous,
            head=next_head(previous, tree.root, tree.size),
            state=BatchState.RECORDED,
            recorded_at=work.now(),
        )
    )
    session.flush()
    for index, job in enumerate(jobs):
        job.batch_number, job.leaf_index = number + 1, index
    audit.record(work, SYSTEM, "record_batch", batch=number + 1, size=tree.size)
    reach("anchoring.recording")
    return True


def _bring(services: Services, number: int) -> bool:
    """Bring one recorded batch onto the chain; False when it is not there yet."""
    with services.reading() as work:
        batch = work.session.get_one(Batch, number)
    if _found(services, batch):
        return True
    if batch.state is BatchState.SENT and batch.transaction_hash is not None:
        if not _decided(services, batch.transaction_hash):
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
    return _decided(services, transaction) and _found(services, batch)


def _found(services: Services, batch: Batch) -> bool:
    """Whether the chain holds the batch, finally; recorded if so. LEDGER_REFUSED where another one stands."""
    number, head = services.ledger.head()
    if number < batch.number:
        if number != batch.number - 1 or head != batch.previous_head:
            raise _forked(batch.number, number)
        return False
    found = services.ledger.batch(batch.number)
    if found is None:
        return False
    if found.head != batch.head:
        raise _forked(batch.number, number)
    reach("anchoring.mined")
    if not services.ledger.is_final(found.block_number):
        return False
    reach("anchoring.final")
    _record_anchored(services, found)
    reach("anchoring.recorded")
    return True


def _forked(recorded: int, on_chain: int) -> DomainError:
    log.error("batch %s does not follow what the chain holds (its last is %s)", recorded, on_chain)
    return DomainError(ErrorKind.LEDGER_REFUSED, batch=recorded, chain=on_chain)


def _decided(services: Services, transaction: str) -> bool:
    """Wait a little; True once it is known what became of a transaction, False while it is pending."""
    try:
        services.ledger.wait(transaction, PATIENCE)
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
    """Write down where the chain holds a batch; each exhibit's custody record and room hear of it once."""
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
        _tell(work, batch, batch.jobs)


def _tell(work: Work, batch: Batch, jobs: Sequence[LedgerJob]) -> None:
    for job in jobs:
        exhibit = job.exhibit
        if exhibit is None:
            continue
        custody.add(
            work,
            exhibit,
            "anchored" if batch.replays == 0 else "anchored_again",
            batch=batch.number,
            leaf_index=job.leaf_index,
            transaction=batch.transaction_hash,
            block=batch.block_number,
            replays=batch.replays,
        )
        if batch.replays == 0:
            known = {"exhibit": exhibit.number, "receipt": exhibit.receipt_number, "batch": batch.number}
            audience = room.joint_audience(work, exhibit.case)
            room.store_event(work, audience, EventKind.EXHIBIT_ANCHORED, None, known)


def _take_back_lost(services: Services, chain: tuple[int, bytes]) -> None:
    """Where the chain lost its newest batches, mark them to be anchored again, in their order, unchanged."""
    number, head = chain
    with services.reading() as work:
        same = work.session.get(Batch, number)
        last = work.session.scalar(select(func.max(Batch.number)).where(Batch.state == BatchState.ANCHORED))
    if same is not None and same.head != head:
        raise _forked(number, number)
    if last is None or last <= number:
        return
    with services.work() as work:
        query = select(Batch).where(Batch.number > number, Batch.state == BatchState.ANCHORED)
        lost = list(work.session.scalars(query))
        for batch in lost:
            batch.state = BatchState.RECORDED
            batch.transaction_hash = batch.block_hash = None
            batch.block_number = batch.block_time = batch.anchored_at = batch.state_proof = None
            batch.replays += 1
        audit.record(work, SYSTEM, "replay_batches", chain=number, lost=[batch.number for batch in lost])
        reach("anchoring.taking_back")
    log.warning("the chain ends at batch %s; %s batches are anchored again", number, len(lost))
