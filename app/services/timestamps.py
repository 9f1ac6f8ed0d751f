"""RFC 3161 tokens over the heads of batches: asked for outside any transaction, verified before they are kept.

While an authority does not answer its token is still to come (待补) and is asked for again, ever less often.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select

from app.domain.roles import SYSTEM
from app.models.exhibits import Batch, LedgerJob, TimestampToken
from app.services import audit, custody
from app.services.context import Services, Work
from evidence.errors import EvidenceError
from evidence.timestamp import Timestamp, TimestampRequest, fetch_token, verify_token

FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)
TIMEOUT = 10.0
"""Seconds that an authority has for its answer."""
ROUND = 20

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Due:
    token_id: int
    batch: int
    url: str
    head: bytes


def fetch_waiting(services: Services) -> int:
    """Ask for every token that is due; the number that arrived. Failures are noted and asked for again later."""
    _begin(services)
    arrived = 0
    for due in _due(services):
        try:
            request = TimestampRequest.create(due.head)
            token = fetch_token(due.url, request, TIMEOUT)
            timestamp = verify_token(token, due.head, services.trust.tsa_anchors, request.nonce)
        except EvidenceError as error:
            log.warning("no timestamp over batch %s from %s: %s", due.batch, due.url, error)
            _postpone(services, due, error)
            continue
        _keep(services, due, token, timestamp)
        arrived += 1
    return arrived


def _begin(services: Services) -> None:
    """Note for every new batch that each authority's token is wanted. A recorded batch's head never changes.

    An authority that is configured later does not stamp old batches: it can say nothing about their time.
    """
    if not services.network.authorities:
        return
    with services.reading() as work:
        if not _unasked(work):
            return
    with services.work() as work:
        for number in _unasked(work):
            for authority in services.network.authorities:
                work.session.add(
                    TimestampToken(
                        batch_number=number,
                        line=authority.name,
                        authority_url=authority.url,
                        next_attempt_at=work.now(),
                    )
                )


def _unasked(work: Work) -> list[int]:
    """Batches with neither a token nor a request that a configured authority may still answer."""
    urls = [authority.url for authority in work.services.network.authorities]
    served = select(TimestampToken.id).where(
        TimestampToken.batch_number == Batch.number,
        or_(TimestampToken.token.is_not(None), TimestampToken.authority_url.in_(urls)),
    )
    return list(work.session.scalars(select(Batch.number).where(~served.exists()).order_by(Batch.number)))


def _due(services: Services) -> list[_Due]:
    with services.reading() as work:
        query = (
            select(TimestampToken)
            .where(TimestampToken.token.is_(None), TimestampToken.next_attempt_at <= work.now())
            .where(TimestampToken.line.in_([one.name for one in services.network.authorities]))
            .order_by(TimestampToken.next_attempt_at)
            .limit(ROUND)
        )
        return [
            _Due(row.id, row.batch_number, row.authority_url, row.batch.head)
            for row in work.session.scalars(query)
        ]


def _postpone(services: Services, due: _Due, error: EvidenceError) -> None:
    with services.work() as work:
        row = work.session.get_one(TimestampToken, due.token_id)
        wait = min(FIRST_RETRY * 2 ** min(row.attempts, 20), LONGEST_RETRY)
        row.attempts += 1
        row.next_attempt_at = work.now() + wait
        row.failure = f"{type(error).__name__}: {error.message}"[:500]


def _keep(services: Services, due: _Due, token: bytes, timestamp: Timestamp) -> None:
    """Store a verified token once; every exhibit of the batch gets a custody entry."""
    with services.work() as work:
        row = work.session.get_one(TimestampToken, due.token_id)
        if row.token is not None:
            return
        row.token = token
        row.generated_at = timestamp.gen_time
        row.authority = timestamp.tsa_name[:200]
        row.serial = f"{timestamp.serial:x}"[:80]
        row.policy = timestamp.policy
        row.attempts += 1
        row.failure = None
        audit.record(work, SYSTEM, "keep_timestamp", batch=due.batch)
        for job in work.session.scalars(select(LedgerJob).where(LedgerJob.batch_number == due.batch)):
            if job.exhibit is not None:
                custody.add(
                    work,
                    job.exhibit,
                    "timestamped",
                    batch=due.batch,
                    authority=row.authority,
                    serial=row.serial,
                )
