"""Replaying on purpose: what the chain lost or holds elsewhere now is looked for and, where missing, anchored again.
Not here: the replay that the worker begins by itself when the chain is shorter (see `anchoring`)."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select

from app.models.exhibits import Batch, BatchState
from app.services import anchoring, monitor, telling
from app.services.context import Services
from evidence.witness_state import Sighting

CHUNK = 256


@dataclass(frozen=True)
class Plan:
    """Numbers of batches. lost: gone from the chain; moved: there, in another block than recorded; begun: not final yet."""

    lost: tuple[int, ...]
    moved: tuple[int, ...]
    begun: tuple[int, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """All that there is to do."""
        return tuple(sorted({*self.lost, *self.moved, *self.begun}))


def plan(services: Services) -> Plan:
    """What a replay would do now. Asks the node: Unavailable."""
    chain, lost, moved = services.ledger.head()[0], [], []
    with services.reading() as work:
        last = work.session.scalar(select(func.max(Batch.number))) or 0
        unfinished = select(Batch.number).where(Batch.state != BatchState.ANCHORED).order_by(Batch.number)
        begun = tuple(work.session.scalars(unfinished))
        recorded = [monitor.sightings(work, first, first + CHUNK - 1) for first in range(1, last + 1, CHUNK)]
    for seen in filter(None, recorded):
        there = {one.number: one for one in services.ledger.batches(seen[0].number, seen[-1].number)}
        lost += [one.number for one in seen if one.number > chain]
        moved += [
            one.number
            for one in seen
            if one.number in there
            and there[one.number].head == one.head
            and Sighting.of(there[one.number]) != one
        ]
    return Plan(tuple(lost), tuple(moved), begun)


def mark(services: Services, agreed: Plan) -> None:
    """Take back what the plan names; from then on it is brought by whichever worker has the lease."""
    with services.work() as work:
        query = select(Batch).where(
            Batch.number.in_([*agreed.lost, *agreed.moved]), Batch.state == BatchState.ANCHORED
        )
        anchoring.take_back(work, list(work.session.scalars(query.order_by(Batch.number))))


def left(services: Services, agreed: Plan) -> int:
    """How many batches of a plan are not final on the chain yet."""
    with services.reading() as work:
        query = (
            select(func.count())
            .select_from(Batch)
            .where(Batch.number.in_(agreed.numbers), Batch.state != BatchState.ANCHORED)
        )
        return work.session.scalar(query) or 0


def bring(services: Services, may_act: Callable[[], bool]) -> None:
    """One step towards it: by this process if it may act, else by the worker that has the lease."""
    if may_act():
        anchoring.anchor_waiting(services)
        telling.go_on(services)
