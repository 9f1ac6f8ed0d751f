"""How the ledger stands, for the person on duty: items at each point of their way, chain head, what waits, who is behind.
Not here: the office's card, which asks no node (see `evidence_health`), and repairing (see `anchoring`)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select

from app.models.exhibits import Batch, BatchState, LedgerJob, TimestampToken
from app.models.operations import LedgerAlarm
from app.services import alarms, leases, renewals, telling, witnesses
from app.services.context import Services, Work
from evidence.errors import EvidenceError


class Stage(StrEnum):
    """Where an item is on its way. MINED is not stored: the chain is asked for it."""

    RECEIVED = "received"
    BATCHED = "batched"
    SENT = "sent"
    MINED = "mined"
    FINAL = "final"
    TOKEN = "token"  # noqa: S105  (a stage, not a password)


@dataclass(frozen=True)
class Status:
    """node: why the node could not be asked, None when it was; chain: number and head of its last batch.

    items: how many are at each stage; oldest: since when the oldest item waits for the chain; recorded: number of the
    last batch in the database; telling: acts about batches that are still to be entered in custody records.
    """

    node: str | None
    chain: tuple[int, bytes] | None
    recorded: int
    items: dict[Stage, int]
    oldest: datetime | None
    telling: int
    tokens_missing: int
    behind: tuple[witnesses.WitnessStanding, ...]
    warnings: tuple[renewals.LineWarning, ...]
    alarms: tuple[LedgerAlarm, ...]
    worker: leases.Holder | None

    @property
    def waiting(self) -> int:
        """Items that are not final."""
        return sum(count for stage, count in self.items.items() if stage not in (Stage.FINAL, Stage.TOKEN))

    @property
    def open(self) -> bool:
        """Whether something is still to come, or nobody could be asked."""
        silent = any(one.silent_since is not None for one in self.behind)
        return bool(
            self.node or self.waiting or self.telling or self.tokens_missing or silent or self.warnings
        )


def look(services: Services) -> Status:
    """The state now. Asks the node, outside any transaction; a node that is away is said, not raised."""
    chain, problem = None, None
    try:
        chain = services.ledger.head()
    except EvidenceError as error:
        problem = str(error)
    with services.reading() as work:
        return Status(
            node=problem,
            chain=chain,
            recorded=work.session.scalar(select(func.max(Batch.number))) or 0,
            items=_items(work, chain),
            oldest=_oldest(work),
            telling=telling.waiting(work),
            tokens_missing=work.session.scalar(
                select(func.count()).select_from(TimestampToken).where(TimestampToken.token.is_(None))
            )
            or 0,
            behind=tuple(one for one in witnesses.standing(work) if one.behind),
            warnings=tuple(renewals.warnings(work)),
            alarms=tuple(alarms.standing(work)),
            worker=leases.holder(work),
        )


def _items(work: Work, chain: tuple[int, bytes] | None) -> dict[Stage, int]:
    items = dict.fromkeys(Stage, 0)
    items[Stage.RECEIVED] = (
        work.session.scalar(
            select(func.count()).select_from(LedgerJob).where(LedgerJob.batch_number.is_(None))
        )
        or 0
    )
    token = select(TimestampToken.id).where(
        TimestampToken.batch_number == Batch.number, TimestampToken.token.is_not(None)
    )
    query = select(Batch.number, Batch.state, Batch.size, token.exists())
    for number, state, size, stamped in work.session.execute(query):
        items[_stage(number, state, stamped, chain)] += size
    return items


def _stage(number: int, state: BatchState, stamped: bool, chain: tuple[int, bytes] | None) -> Stage:
    if state is BatchState.ANCHORED:
        return Stage.TOKEN if stamped else Stage.FINAL
    if chain is not None and number <= chain[0]:
        return Stage.MINED
    return Stage.SENT if state is BatchState.SENT else Stage.BATCHED


def _oldest(work: Work) -> datetime | None:
    query = (
        select(func.min(LedgerJob.created_at))
        .outerjoin(Batch, LedgerJob.batch_number == Batch.number)
        .where(LedgerJob.batch_number.is_(None) | (Batch.state != BatchState.ANCHORED))
    )
    return work.session.scalar(query)
