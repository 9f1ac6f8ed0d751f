"""How anchoring stands, for the office: what waits, what lapses, who keeps silent. From the tables alone; asks nobody.
Not here: the node (see ``chain_facts``) and a single batch (see ``batches``)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.domain.permissions import Permission
from app.domain.roles import Actor
from app.models.exhibits import Batch, BatchState, LedgerJob, TimestampToken
from app.services import access, witnesses
from app.services.context import Work
from evidence.time_checks import FLAGGED_DAYS


@dataclass(frozen=True)
class EvidenceHealth:
    """Counts and names for one card. head_number: the newest anchored batch, None before the first.

    waiting: items received but not on the chain yet, the oldest since waiting_since; tokens_due: tokens still to come;
    lapsing: lines of tokens that should be renewed, the nearest end first_lapse; silent: witnesses who do not keep up.
    """

    head_number: int | None
    head: bytes | None
    anchored_at: datetime | None
    waiting: int
    waiting_since: datetime | None
    tokens_due: int
    lapsing: int
    first_lapse: datetime | None
    silent: tuple[str, ...]
    witnesses: int

    @property
    def troubled(self) -> bool:
        """Whether anything asks for attention."""
        return bool(self.tokens_due or self.lapsing or self.silent)


def look(work: Work, actor: Actor) -> EvidenceHealth:
    """The state as the tables show it now."""
    access.require(actor, Permission.SEE_BOARD)
    last = work.session.scalar(
        select(Batch).where(Batch.state == BatchState.ANCHORED).order_by(Batch.number.desc()).limit(1)
    )
    waiting, since = work.session.execute(
        select(func.count(), func.min(LedgerJob.created_at))
        .select_from(LedgerJob)
        .outerjoin(Batch, LedgerJob.batch_number == Batch.number)
        .where((LedgerJob.batch_number.is_(None)) | (Batch.state != BatchState.ANCHORED))
    ).one()
    lapsing, first = _lapsing(work)
    standings = witnesses.standing(work)
    return EvidenceHealth(
        head_number=last.number if last is not None else None,
        head=last.head if last is not None else None,
        anchored_at=last.anchored_at if last is not None else None,
        waiting=waiting,
        waiting_since=since,
        tokens_due=work.session.scalar(
            select(func.count()).select_from(TimestampToken).where(TimestampToken.token.is_(None))
        )
        or 0,
        lapsing=lapsing,
        first_lapse=first,
        silent=tuple(one.name for one in standings if one.silent_since is not None),
        witnesses=len(standings),
    )


def _lapsing(work: Work) -> tuple[int, datetime | None]:
    """Lines whose last token lapses within the time in which it should be renewed; how many, and the nearest end."""
    last = (
        select(
            TimestampToken.batch_number,
            TimestampToken.line,
            func.max(TimestampToken.generation).label("generation"),
        )
        .where(TimestampToken.token.is_not(None))
        .group_by(TimestampToken.batch_number, TimestampToken.line)
        .subquery()
    )
    count, first = work.session.execute(
        select(func.count(), func.min(TimestampToken.lapses_at))
        .join(
            last,
            (TimestampToken.batch_number == last.c.batch_number)
            & (TimestampToken.line == last.c.line)
            & (TimestampToken.generation == last.c.generation),
        )
        .where(TimestampToken.lapses_at < work.now() + timedelta(days=FLAGGED_DAYS))
    ).one()
    return count, first
