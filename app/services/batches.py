"""Batches as a notary sees them: what was anchored when, by whose clock, and what the tokens say when checked now."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.domain.roles import Actor
from app.models.exhibits import Batch, TimestampToken
from app.services import access, audit
from app.services.context import Services, Work
from evidence.errors import EvidenceError, Unavailable
from evidence.timestamp import Timestamp, verify_token
from evidence.verdict import CheckStatus

TOLERANCE = 60
"""Seconds by which token and block may differ before it is pointed out."""


@dataclass(frozen=True)
class TokenCheck:
    """A token with what checking it against the trust root gave; ``timestamp`` is None where it did not hold."""

    row: TimestampToken
    status: CheckStatus
    timestamp: Timestamp | None
    problem: str | None
    difference: int | None
    """Token minus block, seconds."""

    @property
    def flagged(self) -> bool:
        """Whether the two clocks differ beyond the tolerance."""
        return self.difference is not None and abs(self.difference) > TOLERANCE


@dataclass(frozen=True)
class BatchCheck:
    """A batch, its tokens checked, and whether the chain holds it as recorded (``on_chain``)."""

    batch: Batch
    tokens: list[TokenCheck]
    on_chain: CheckStatus
    chain_block_time: datetime | None


def listing(work: Work, actor: Actor, limit: int = 200) -> list[tuple[Batch, list[TokenCheck]]]:
    """The newest batches first, with their tokens checked."""
    access.require(actor, Permission.SEE_BATCHES)
    query = select(Batch).order_by(Batch.number.desc()).limit(limit)
    return [(batch, check_tokens(work.services, batch)) for batch in work.session.scalars(query)]


def look(services: Services, actor: Actor, number: int) -> BatchCheck:
    """One batch, checked against the chain and the authorities' roots now; the look is logged."""
    with services.work() as work:
        batch = _get(work, actor, number)
        audit.record(work, actor, "view_batch", batch=number)
        tokens = check_tokens(services, batch)
    status = CheckStatus.UNDETERMINED
    time = None
    try:
        found = services.ledger.batch(number)
        if found is not None:
            same = (found.root, found.size, found.head) == (batch.root, batch.size, batch.head)
            status = CheckStatus.PASSED if same else CheckStatus.FAILED
            time = datetime.fromtimestamp(found.block_time, UTC)
    except Unavailable:
        time = None
    return BatchCheck(batch, tokens, status, time)


def token(work: Work, actor: Actor, number: int, token_id: int) -> tuple[Batch, bytes]:
    """A token's DER for downloading; NOT_FOUND while it is still to come."""
    batch = _get(work, actor, number)
    row = work.session.get(TimestampToken, token_id)
    if row is None or row.batch_number != number or row.token is None:
        raise DomainError(ErrorKind.NOT_FOUND)
    audit.record(work, actor, "download_token", batch=number)
    return batch, row.token


def _get(work: Work, actor: Actor, number: int) -> Batch:
    access.require(actor, Permission.SEE_BATCHES)
    batch = work.session.get(Batch, number)
    if batch is None:
        raise DomainError(ErrorKind.NOT_FOUND)
    return batch


def check_tokens(services: Services, batch: Batch) -> list[TokenCheck]:
    """Every token of a batch, verified against the trust root's authorities; one that is to come is undetermined."""
    return [_check_token(services, batch, row) for row in batch.tokens]


def _check_token(services: Services, batch: Batch, row: TimestampToken) -> TokenCheck:
    if row.token is None:
        return TokenCheck(row, CheckStatus.UNDETERMINED, None, row.failure, None)
    try:
        timestamp = verify_token(row.token, batch.head, services.trust.tsa_anchors)
    except EvidenceError as error:
        return TokenCheck(row, CheckStatus.FAILED, None, error.message, None)
    difference = None
    if batch.block_time is not None:
        difference = round((timestamp.gen_time - batch.block_time).total_seconds())
    return TokenCheck(row, CheckStatus.PASSED, timestamp, None, difference)
