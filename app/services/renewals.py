"""Lines of timestamp tokens over time: which are to be renewed and by whom, and what somebody should look after.
Not here: asking for tokens (see ``timestamps``)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from app.models.exhibits import Batch, TimestampToken
from app.services.context import Work
from evidence.proof import MAX_RENEWALS
from evidence.time_checks import FLAGGED_DAYS

RENEW_BEFORE = timedelta(days=FLAGGED_DAYS + 20)
"""A line is renewed this long before it lapses: before anybody's verifier points it out."""
URGENT = timedelta(days=30)
"""Up to then a renewal waits for the last token's revocation data, so that it covers that too."""
LEAST_GAIN = timedelta(days=1)
"""A renewal that lasts no longer than what it renews is none."""
SILENT_AFTER = timedelta(hours=1)
"""An authority that has not answered for so long is pointed out."""
MISSING_AFTER = timedelta(days=8)
"""Revocation data that could not be had for so long is pointed out: some authorities make their lists weekly."""


def wanted(work: Work) -> list[TimestampToken]:
    """The last tokens of lines that lapse soon, have not lapsed, and for which no renewal is asked yet."""
    soon, urgent = work.now() + RENEW_BEFORE, work.now() + URGENT
    query = select(TimestampToken).where(
        TimestampToken.token.is_not(None),
        TimestampToken.lapses_at > work.now(),
        TimestampToken.lapses_at <= soon,
        TimestampToken.generation < MAX_RENEWALS,
        or_(TimestampToken.revocation_complete, TimestampToken.lapses_at <= urgent),
        ~_followed(kept=False),
    )
    return list(work.session.scalars(query.order_by(TimestampToken.lapses_at, TimestampToken.id)))


def renewing_url(work: Work, line: str) -> str:
    """Who is asked first for a line's renewal: its own authority, or where that is gone the first one configured."""
    asked = work.services.network.asked
    return asked[line][1] if line in asked else next(iter(asked.values()))[1]


def next_url(work: Work, url: str) -> str:
    """Who is asked after somebody who could not renew."""
    urls = [one for _authority, one in work.services.network.asked.values()]
    return urls[(urls.index(url) + 1) % len(urls)] if url in urls else url


class Concern(StrEnum):
    """What is the matter with a line."""

    LAPSES_SOON = "lapses_soon"
    LAPSED = "lapsed"
    SILENT = "silent"
    REVOCATION_MISSING = "revocation_missing"


@dataclass(frozen=True)
class LineWarning:
    """Something about the lines of one name that somebody should look after.

    line: the authority with which they began; batches: how many; first_batch: the lowest number; at: when the
    first of them lapses or lapsed, or since when it waits; failure: what the last attempt of one of them met.
    """

    concern: Concern
    line: str
    batches: int
    first_batch: int
    at: datetime
    failure: str | None


def warnings(work: Work) -> list[LineWarning]:
    """Lines that lapse soon or have lapsed, authorities silent for long, revocation data that cannot be had."""
    now, last = work.now(), and_(TimestampToken.token.is_not(None), ~_followed(kept=True))
    soon = now + timedelta(days=FLAGGED_DAYS)
    lapse, since = TimestampToken.lapses_at, Batch.recorded_at
    waiting = and_(
        TimestampToken.token.is_(None),
        TimestampToken.generation == 0,
        TimestampToken.line.in_(list(work.services.network.asked)),
        since <= now - SILENT_AFTER,
    )
    missing = and_(
        last, ~TimestampToken.revocation_complete, TimestampToken.generated_at <= now - MISSING_AFTER
    )
    return [
        *_grouped(work, Concern.LAPSED, lapse, and_(last, lapse <= now)),
        *_grouped(work, Concern.LAPSES_SOON, lapse, and_(last, lapse > now, lapse <= soon)),
        *_grouped(work, Concern.SILENT, since, waiting),
        *_grouped(work, Concern.REVOCATION_MISSING, TimestampToken.generated_at, missing),
    ]


def _grouped(
    work: Work, concern: Concern, moment: ColumnElement[datetime], where: ColumnElement[bool]
) -> list[LineWarning]:
    query = (
        select(
            TimestampToken.line,
            func.count(TimestampToken.batch_number.distinct()),
            func.min(TimestampToken.batch_number),
            func.min(moment),
            func.max(TimestampToken.failure),
        )
        .join(Batch, Batch.number == TimestampToken.batch_number)
        .where(where)
        .group_by(TimestampToken.line)
        .order_by(TimestampToken.line)
    )
    return [LineWarning(concern, *found) for found in work.session.execute(query)]


def _followed(kept: bool) -> ColumnElement[bool]:
    """Does a token's line go on after it? kept: with a token that has arrived, not only with a request."""
    later = aliased(TimestampToken)
    query = select(later.id).where(
        later.batch_number == TimestampToken.batch_number,
        later.line == TimestampToken.line,
        later.generation > TimestampToken.generation,
    )
    return (query.where(later.token.is_not(None)) if kept else query).exists()
