"""What happened to a batch, entered in the custody record of each of its exhibits and told in their rooms.

A batch may hold ten thousand exhibits, and nobody else may write while one transaction does: so each transaction enters a
few, and how far that has come is kept with them. Whoever dies in between leaves nothing half done and nothing done twice.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, insert, select

from app.domain.audience import AudienceKind, EventKind
from app.models.exhibits import Batch, BatchNotice, CustodyRecord, Exhibit, LedgerJob
from app.models.room import Audience
from app.services import custody, room
from app.services.context import Services, Work
from evidence.custody import CustodyEntry, append_entry
from evidence.faults import reach

ANCHORED = "anchored"
ANCHORED_AGAIN = "anchored_again"
AT_ONCE = 200
"""Exhibits whose entries are written in one transaction: some twenty milliseconds in which nobody else writes."""


def anchored(work: Work, batch: Batch) -> None:
    """The chain holds a batch where its row says now: for every exhibit's record, and the first time for its room."""
    facts = {"transaction": batch.transaction_hash, "block": batch.block_number, "replays": batch.replays}
    begin(work, batch.number, ANCHORED if batch.replays == 0 else ANCHORED_AGAIN, **facts)


def begin(work: Work, batch: int, act: str, **facts: Any) -> None:
    """Note an act of the platform about a batch, in the transaction that records it.

    The first exhibits hear of it in the same transaction, the others by `go_on`.
    """
    notice = BatchNotice(batch_number=batch, act=act, details=facts, next_leaf=0)
    work.session.add(notice)
    work.session.flush()
    _tell(work, notice)


def waiting(work: Work) -> int:
    """How many notices still have exhibits that have not heard of them."""
    return work.session.scalar(select(func.count()).select_from(BatchNotice)) or 0


def go_on(services: Services) -> int:
    """Tell everybody who has not been told, a short transaction at a time; how many were told.

    Between two of them the database is left to others for as long as it was taken.
    """
    told = 0
    while True:
        with services.reading() as work:
            if not waiting(work):
                return told
        begun = time.monotonic()
        with services.work() as work:
            notice = work.session.scalar(select(BatchNotice).order_by(BatchNotice.id).limit(1))
            told += _tell(work, notice) if notice is not None else 0
            reach("anchoring.telling")
        reach("anchoring.told")
        time.sleep(time.monotonic() - begun)


def _tell(work: Work, notice: BatchNotice) -> int:
    """Tell the next few exhibits; the notice goes with the last one."""
    query = (
        select(LedgerJob.leaf_index, Exhibit.id, Exhibit.number, Exhibit.receipt_number, Exhibit.case_id)
        .join(Exhibit, LedgerJob.exhibit_id == Exhibit.id)
        .where(LedgerJob.batch_number == notice.batch_number, LedgerJob.leaf_index >= notice.next_leaf)
        .order_by(LedgerJob.leaf_index)
        .limit(AT_ONCE)
    )
    rows = work.session.execute(query).all()
    if rows:
        _enter(work, notice, rows)
        if notice.act == ANCHORED:
            _ring(work, notice.batch_number, rows)
    if len(rows) < AT_ONCE:
        work.session.delete(notice)
    else:
        notice.next_leaf = rows[-1].leaf_index + 1
    return len(rows)


def _enter(work: Work, notice: BatchNotice, rows: Sequence[Row[Any]]) -> None:
    """One custody entry for each exhibit, after its last."""
    placed = notice.act in (ANCHORED, ANCHORED_AGAIN)
    last, now, new = _last_entries(work, [row.id for row in rows]), work.now(), []
    for row in rows:
        own = {"leaf_index": row.leaf_index} if placed else {}
        entry = append_entry(
            last.get(row.id),
            act=notice.act,
            actor=custody.OPERATOR,
            at=now,
            details={"batch": notice.batch_number, **own, **notice.details},
        )
        new.append({"exhibit_id": row.id, "sequence": entry.sequence, "entry": entry.as_json()})
    work.session.execute(insert(CustodyRecord.__table__), new)  # type: ignore[arg-type]


def _last_entries(work: Work, exhibits: Sequence[int]) -> dict[int, CustodyEntry]:
    last = (
        select(CustodyRecord.exhibit_id, func.max(CustodyRecord.sequence).label("sequence"))
        .where(CustodyRecord.exhibit_id.in_(exhibits))
        .group_by(CustodyRecord.exhibit_id)
        .subquery()
    )
    query = select(CustodyRecord.exhibit_id, CustodyRecord.entry).join(
        last,
        (CustodyRecord.exhibit_id == last.c.exhibit_id) & (CustodyRecord.sequence == last.c.sequence),
    )
    return {exhibit: CustodyEntry.parse(entry, "custody") for exhibit, entry in work.session.execute(query)}


def _ring(work: Work, batch: int, rows: Sequence[Row[Any]]) -> None:
    """One event for each exhibit in the joint room of its case."""
    known: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        known[row.case_id].append({"exhibit": row.number, "receipt": row.receipt_number, "batch": batch})
    query = select(Audience).where(Audience.case_id.in_(known), Audience.kind == AudienceKind.JOINT)
    for audience in work.session.scalars(query).all():
        room.store_events(work, audience, EventKind.EXHIBIT_ANCHORED, known[audience.case_id])
