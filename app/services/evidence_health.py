"""How anchoring stands, for the office: what waits, what lapses, who keeps silent. From the tables alone; asks nobody.
Not here: the node (see ``chain_facts``) and a single batch (see ``batches``)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.domain.permissions import Permission
from app.domain.roles import Actor
from app.models.exhibits import Batch, BatchState, LedgerJob, TimestampToken
from app.models.operations import LedgerAlarm
from app.services import access, alarms, leases, renewals, witnesses
from app.services.context import Work


@dataclass(frozen=True)
class EvidenceHealth:
    """Counts and names for one card. head_number: the newest anchored batch, None before the first.

    waiting: items received but not on the chain yet, the oldest since waiting_since; tokens_due: tokens still to come;
    warnings: what somebody should look after among the lines of tokens; silent: witnesses who do not keep up. alarms:
    contradictions between records and chain that nobody has ended; replayed: batches that had to be anchored again;
    worker: who has the lease, None when nobody works.
    """

    head_number: int | None
    head: bytes | None
    anchored_at: datetime | None
    waiting: int
    waiting_since: datetime | None
    tokens_due: int
    warnings: tuple[renewals.LineWarning, ...]
    silent: tuple[str, ...]
    witnesses: int
    alarms: tuple[LedgerAlarm, ...]
    replayed: int
    worker: leases.Holder | None

    @property
    def troubled(self) -> bool:
        """Whether anything asks for attention."""
        return bool(self.warnings or self.silent or self.alarms)


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
        warnings=tuple(renewals.warnings(work)),
        silent=tuple(one.name for one in standings if one.silent_since is not None),
        witnesses=len(standings),
        alarms=tuple(alarms.standing(work)),
        replayed=work.session.scalar(select(func.count()).select_from(Batch).where(Batch.replays > 0)) or 0,
        worker=leases.holder(work),
    )
