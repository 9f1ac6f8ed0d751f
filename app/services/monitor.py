"""The platform's own watch over the chain: every recorded batch must be there as it was recorded. It repairs nothing.
Not here: how two sights of a ledger are compared (see `evidence.comparing`) and what alarms are (see `alarms`).

A witness does the same from outside, and nobody has to believe the platform about it; this one tells the office first.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from app.models.exhibits import Batch, BatchState
from app.services import alarms
from app.services.context import Services, Work
from evidence.comparing import Comparison, Diverged
from evidence.errors import Unavailable
from evidence.witness_state import Alarm, Sighting

NEWEST = 256
"""The newest batches are looked at in every poll."""
OLDER = 256
"""And so many older ones, in turn."""

log = logging.getLogger(__name__)


@dataclass
class Monitor:
    """The worker's duty of watching. It remembers which older batches come next, and nothing else."""

    _next: int = field(default=1, init=False)

    def look(self, services: Services) -> bool:
        """One poll; whether everything looked at is as it was recorded. An alarm names the first batch that is not.

        Raises Unavailable while the node does not answer sanely: that is no alarm.
        """
        if services.ledger.is_syncing():
            raise Unavailable("the node is still fetching the chain")
        try:
            self._compare(services)
        except Diverged:
            # once more with what is recorded by now: anchoring may have come in between
            return not _sound_if_diverged(services)
        _end_replayed(services)
        return True

    def _compare(self, services: Services) -> None:
        comparison = Comparison(services.ledger, services.trust, services.clock)
        comparison.identity()
        comparison.look_back(self._sightings(services))

    def _sightings(self, services: Services) -> list[Sighting]:
        with services.reading() as work:
            last = work.session.scalar(select(func.max(Batch.number))) or 0
            newest = sightings(work, max(1, last - NEWEST + 1), last)
            if self._next > last - NEWEST:
                self._next = 1
            older = sightings(work, self._next, min(self._next + OLDER - 1, last - NEWEST))
            self._next += OLDER
        return [*older, *newest]


def sightings(work: Work, first: int, last: int) -> list[Sighting]:
    """The batches numbered first to last that are recorded as final, in their order."""
    query = (
        select(Batch)
        .where(Batch.number >= first, Batch.number <= last, Batch.state == BatchState.ANCHORED)
        .order_by(Batch.number)
    )
    return [_sighting(batch) for batch in work.session.scalars(query)]


def _sighting(batch: Batch) -> Sighting:
    if batch.block_number is None or batch.block_hash is None or batch.block_time is None:
        raise AssertionError(f"batch {batch.number} is anchored without a block")
    block_hash = bytes.fromhex(batch.block_hash.removeprefix("0x"))
    return Sighting(
        batch.number, batch.head, batch.block_number, block_hash, int(batch.block_time.timestamp())
    )


def _sound_if_diverged(services: Services) -> bool:
    """Compare everything from the first batch on, and raise the alarm that names the first one that diverges."""
    alarm = first_divergence(services)
    if alarm is None:
        return False
    sound(services, alarm)
    return True


def sound(services: Services, alarm: Alarm) -> None:
    """Keep an alarm, unless the same one stands."""
    with services.work() as work:
        block = alarm.seen.get("block_number")
        alarms.sound(work, alarm.kind, alarm.number, block, alarm.seen, alarm.found)


def first_divergence(services: Services) -> Alarm | None:
    """The first batch that is not on the chain as it was recorded, of all; None when every one is.

    Raises Unavailable as `Monitor.look` does.
    """
    comparison = Comparison(services.ledger, services.trust, services.clock)
    try:
        comparison.identity()
        for chunk in _chunks(services):
            comparison.look_back(chunk)
    except Diverged as diverged:
        return diverged.alarm
    return None


def _chunks(services: Services) -> Iterator[Sequence[Sighting]]:
    last, first = 0, 1
    while True:
        with services.reading() as work:
            last = work.session.scalar(select(func.max(Batch.number))) or 0
            chunk = sightings(work, first, first + NEWEST - 1)
        yield chunk
        first += NEWEST
        if first > last:
            return


def _end_replayed(services: Services) -> None:
    """Lost batches that are all there again need nobody any more; what happened stays in the list and in custody."""
    with services.reading() as work:
        lost = [one for one in alarms.standing(work) if one.kind == alarms.SHORTER]
        open_batches = select(Batch.number).where(Batch.state != BatchState.ANCHORED, Batch.replays > 0)
        if not lost or work.session.scalar(open_batches.limit(1)) is not None:
            return
    with services.work() as work:
        alarms.end(work, alarms.REPLAYED, alarms.SHORTER)
