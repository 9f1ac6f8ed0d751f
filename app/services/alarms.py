"""Alarms about the ledger: raised once, standing until they end by themselves or a person has looked into them.
Not here: what is compared (see `monitor`) and the words (see `evidence.witness_words` and `app.web.labels`).

Besides the kinds that witnesses know there is ``ahead``: the chain holds batches that the database does not know, as
after a restore of an older copy.
"""

import logging
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.domain.roles import SYSTEM
from app.models.operations import LedgerAlarm
from app.services import audit
from app.services.context import Work

AHEAD = "ahead"
SHORTER = "shorter"
REPLAYED = "replayed"
"""Why an alarm about lost batches ends by itself."""

log = logging.getLogger(__name__)


def standing(work: Work) -> list[LedgerAlarm]:
    """Alarms that nobody has ended, the oldest first."""
    return list(
        work.session.scalars(
            select(LedgerAlarm).where(LedgerAlarm.ended_at.is_(None)).order_by(LedgerAlarm.id)
        )
    )


def latest(work: Work, count: int = 20) -> list[LedgerAlarm]:
    """The newest alarms, ended or not, the newest first."""
    return list(work.session.scalars(select(LedgerAlarm).order_by(LedgerAlarm.id.desc()).limit(count)))


def sound(
    work: Work,
    kind: str,
    number: int | None,
    block: int | None,
    recorded: Mapping[str, Any],
    found: Mapping[str, Any],
) -> bool:
    """Raise an alarm; False when the same one stands already. What was found at ``ahead`` is told once for good."""
    same = select(LedgerAlarm.id).where(
        LedgerAlarm.kind == kind,
        LedgerAlarm.batch_number.is_(None) if number is None else LedgerAlarm.batch_number == number,
    )
    if kind != AHEAD:
        same = same.where(LedgerAlarm.ended_at.is_(None))
    if work.session.scalar(same.limit(1)) is not None:
        return False
    work.session.add(
        LedgerAlarm(
            kind=kind,
            batch_number=number,
            block_number=block,
            recorded=dict(recorded),
            found=dict(found),
            raised_at=work.now(),
        )
    )
    audit.record(work, SYSTEM, "ledger_alarm", kind=kind, batch=number, block=block)
    log.error(
        "ALARM %s: first divergent batch %s, block %s; recorded %s, found %s",
        kind,
        number,
        block,
        dict(recorded),
        dict(found),
    )
    return True


def end(work: Work, because: str, kind: str | None = None) -> list[LedgerAlarm]:
    """End every standing alarm (of one kind), with the reason; those that ended."""
    ended = [one for one in standing(work) if kind in (None, one.kind)]
    for one in ended:
        one.ended_at, one.ended_because = work.now(), because
        audit.record(work, SYSTEM, "end_ledger_alarm", kind=one.kind, batch=one.batch_number, because=because)
    return ended
