"""RFC 3161 tokens over the heads of batches: asked for outside any transaction, verified before they are kept.

While an authority does not answer its token is still to come (待补) and is asked for again, ever less often. Which
lines of tokens are to be renewed is in ``renewals``.
"""

import base64
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from app.domain.roles import SYSTEM
from app.models.exhibits import Batch, TimestampToken
from app.network import Authority
from app.services import audit, proofs, renewals, telling
from app.services.context import Services, Work
from evidence.authority import Source, fetch_revocations, obtain
from evidence.errors import EvidenceError, Tampered, Unavailable
from evidence.faults import reach
from evidence.proof import MAX_REVOCATIONS, RevocationClaim, Stamp, TokenClaim, renewal_imprint
from evidence.revocation import standing
from evidence.time_checks import Line, examine_line, standings
from evidence.timestamp import Timestamp
from evidence.trust import TimestampAuthority

FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)
LONGEST_COMPLETION = timedelta(hours=6)
"""Between attempts at revocation data that nobody gives yet; the token itself is there already.

Authorities make new lists every few hours to days, and only one from after the token tells how its signer stood.
"""
TIMEOUT = 10.0
"""Seconds that an authority has for one answer."""
ROUND = 20

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Due:
    """A token that is wanted: over the batch's head, or over everything that its line has so far."""

    token_id: int
    batch: int
    head: bytes
    line: tuple[Stamp, ...]

    @property
    def imprint(self) -> bytes:
        """What the token has to be over, 32 bytes."""
        found = self.head
        for stamp in self.line:
            found = renewal_imprint(found, stamp)
        return found


def fetch_waiting(services: Services) -> int:
    """Note what is wanted and ask every authority at once; the number of tokens that arrived.

    Failures are noted and asked for again later.
    """
    begin(services)
    names = list(services.network.asked)
    if not names:
        return 0
    with ThreadPoolExecutor(len(names), thread_name_prefix="authority") as pool:
        return sum(pool.map(lambda name: fetch_from(services, name), names))


def fetch_from(services: Services, name: str) -> int:
    """Ask one authority for every token that is due from it; the number that arrived.

    After an outage the rest of the round waits: an authority that hangs is not asked twenty times in a row.
    """
    authority, url = services.network.asked[name]
    arrived = 0
    for due in _due(services, name, url):
        try:
            stamp, found = _ask(services, authority, url, due)
        except EvidenceError as error:
            log.warning("no timestamp over batch %s from %s: %s", due.batch, name, error)
            _postpone(services, due.token_id, error)
            if isinstance(error, Unavailable):
                break
            continue
        reach("timestamps.arrived")
        arrived += _keep(services, due, stamp, found)
        reach("timestamps.kept")
    return arrived


def begin(services: Services) -> None:
    """Note for every new batch that each authority's token is wanted, and which lines are to be renewed.

    An authority that is configured later does not stamp old batches: it can say nothing about their time. Requests
    follow an authority that moved.
    """
    asked = services.network.asked
    if not asked:
        return
    with services.reading() as work:
        if not (_unasked(work) or renewals.wanted(work) or _moved(work)):
            return
    with services.work() as work:
        for number in _unasked(work):
            for name, (_authority, url) in asked.items():
                work.session.add(_row(number, name, 0, url, work.now()))
        for last in renewals.wanted(work):
            url = renewals.renewing_url(work, last.line)
            work.session.add(_row(last.batch_number, last.line, last.generation + 1, url, work.now()))
        for row in _moved(work):
            row.authority_url = (
                asked[row.line][1] if row.line in asked else renewals.renewing_url(work, row.line)
            )


def _row(batch: int, line: str, generation: int, url: str, now: datetime) -> TimestampToken:
    return TimestampToken(
        batch_number=batch, line=line, generation=generation, authority_url=url, next_attempt_at=now
    )


def _unasked(work: Work) -> list[int]:
    """Batches with neither a token nor a request that a configured authority may still answer."""
    names = list(work.services.network.asked)
    served = select(TimestampToken.id).where(
        TimestampToken.batch_number == Batch.number,
        or_(TimestampToken.token.is_not(None), TimestampToken.line.in_(names)),
    )
    return list(work.session.scalars(select(Batch.number).where(~served.exists()).order_by(Batch.number)))


def _moved(work: Work) -> list[TimestampToken]:
    """Requests to an address that is no configured authority's any more."""
    asked = work.services.network.asked
    urls = [url for _authority, url in asked.values()]
    query = select(TimestampToken).where(
        TimestampToken.token.is_(None),
        TimestampToken.authority_url.not_in(urls),
        or_(TimestampToken.line.in_(list(asked)), TimestampToken.generation > 0),
    )
    return list(work.session.scalars(query))


def _due(services: Services, name: str, url: str) -> list[_Due]:
    """What one authority is to be asked for now: the first tokens of its own lines, renewals of any."""
    with services.reading() as work:
        query = (
            select(TimestampToken)
            .where(TimestampToken.token.is_(None), TimestampToken.next_attempt_at <= work.now())
            .where(TimestampToken.authority_url == url)
            .where(or_(TimestampToken.line == name, TimestampToken.generation > 0))
            .order_by(TimestampToken.next_attempt_at, TimestampToken.id)
            .limit(ROUND)
        )
        return [
            _Due(row.id, row.batch_number, row.batch.head, _line_before(row))
            for row in work.session.scalars(query)
        ]


def _line_before(row: TimestampToken) -> tuple[Stamp, ...]:
    """The tokens of a row's line before it."""
    return tuple(
        proofs.stamp(one, one.token)
        for one in row.batch.tokens
        if one.line == row.line and one.generation < row.generation and one.token is not None
    )


def _ask(services: Services, authority: Authority, url: str, due: _Due) -> tuple[Stamp, Timestamp]:
    """A token that holds in its line, with what revocation data can be had at once. Raises EvidenceError."""
    source, trusted = Source(url, TIMEOUT), services.trust.timestamp_authorities
    before = _examined(due, trusted).stamps[-1] if due.line else None
    if before is not None and before.lapses_at < services.clock():
        raise Tampered("the line has lapsed and cannot be renewed any more", code="lapsed")
    own = [one for one in trusted if one.anchor in authority.anchors]
    stamp, found = obtain(source, due.imprint, own, authority.policy)
    if before is not None and found.lapses_at - before.lapses_at < renewals.LEAST_GAIN:
        raise Tampered("the renewal would not last longer than what it renews", code="lapsed")
    line = _examined(replace(due, line=(*due.line, stamp)), trusted)
    return replace(stamp, revocations=_revocations(source, line)), found


def _examined(due: _Due, trusted: Sequence[TimestampAuthority]) -> Line:
    """A line, all of which holds. Raises MalformedInput or Tampered."""
    line = examine_line(TokenClaim(due.line[0], due.line[1:]), due.head, trusted)
    if line.refusal is not None:
        raise line.refusal
    return line


def _revocations(source: Source, line: Line) -> tuple[RevocationClaim, ...]:
    """What can be had now for a line's last token, and for those before it that lack some.

    Nothing while it cannot be had: the token is kept all the same.
    """
    lacking = [
        one for one, known in zip(line.stamps[:-1], standings(line), strict=False) if not known.complete
    ]
    claims: list[RevocationClaim] = []
    for found in (line.stamps[-1], *lacking):
        try:
            claims += [one for one in fetch_revocations(source, found) if one not in claims]
        except EvidenceError as error:
            log.info("no revocation data from %s: %s", source.url, error)
    return tuple(claims[:MAX_REVOCATIONS])


def _postpone(services: Services, token_id: int, error: EvidenceError) -> None:
    """Note a failure; the next attempt is later each time, and a renewal's goes to the next authority."""
    with services.work() as work:
        row = work.session.get_one(TimestampToken, token_id)
        longest = LONGEST_COMPLETION if row.token is not None else LONGEST_RETRY
        wait = min(FIRST_RETRY * 2 ** min(row.attempts, 20), longest)
        row.attempts += 1
        row.next_attempt_at = work.now() + wait
        row.failure = f"{type(error).__name__}: {error.message}"[:500]
        if row.token is None and row.generation > 0:
            row.authority_url = renewals.next_url(work, row.authority_url)


def _keep(services: Services, due: _Due, stamp: Stamp, found: Timestamp) -> bool:
    """Store a verified token once; every exhibit of the batch gets a custody entry.

    Not where the line changed meanwhile: a renewal is over its very bytes.
    """
    with services.work() as work:
        row = work.session.get_one(TimestampToken, due.token_id)
        if row.token is not None or _line_before(row) != due.line:
            return False
        row.token = stamp.token
        row.generated_at = found.gen_time
        row.authority = stamp.authority
        row.serial = f"{found.serial:x}"[:80]
        row.policy = found.policy[:80]
        row.certificates = [_text(one) for one in stamp.certificates]
        row.attempts, row.failure, row.next_attempt_at = 0, None, work.now()
        _note(row, stamp.revocations, found)
        audit.record(work, SYSTEM, "keep_timestamp", batch=due.batch)
        _enter(work, row)
        reach("timestamps.keeping")
        return True


def _note(row: TimestampToken, claims: Sequence[RevocationClaim], found: Timestamp) -> None:
    """What is known of a token besides its bytes."""
    row.accuracy_ms = found.accuracy_ms
    row.lapses_at = found.lapses_at
    row.revocations = [{"kind": one.kind.value, "value": _text(one.value)} for one in claims]
    row.revocation_complete = standing(found.chain, claims, found.gen_time).complete


def _text(der: bytes) -> str:
    return base64.b64encode(der).decode("ascii")


def _enter(work: Work, row: TimestampToken) -> None:
    act = "timestamped" if row.generation == 0 else "timestamp_renewed"
    telling.begin(work, row.batch_number, act, authority=row.authority, serial=row.serial)


def complete_revocations(services: Services) -> int:
    """Fetch revocation data for tokens that lack some; the number that are complete now.

    Asked again until there is data from after the token. A token that has been renewed is left as it is: the renewal
    is over its data too; what was missing about it goes into the last entry, which may tell of all before it.
    """
    completed = 0
    for due, url in _incomplete(services):
        try:
            line = _examined(due, services.trust.timestamp_authorities)
        except EvidenceError as error:
            _postpone(services, due.token_id, error)
            continue
        claims = _revocations(Source(url, TIMEOUT), line)
        completed += _complete(services, due, claims, line.stamps[-1])
    return completed


def _incomplete(services: Services) -> list[tuple[_Due, str]]:
    """Lines whose last token lacks data, with the address where that token came from."""
    with services.reading() as work:
        query = (
            select(TimestampToken)
            .where(TimestampToken.token.is_not(None), TimestampToken.revocation_complete.is_(False))
            .where(TimestampToken.next_attempt_at <= work.now(), ~_renewed())
            .order_by(TimestampToken.next_attempt_at, TimestampToken.id)
            .limit(ROUND)
        )
        return [
            (
                _Due(
                    row.id,
                    row.batch_number,
                    row.batch.head,
                    (*_line_before(row), proofs.stamp(row, row.token)),
                ),
                row.authority_url,
            )
            for row in work.session.scalars(query)
            if row.token is not None
        ]


def _renewed() -> ColumnElement[bool]:
    """Does a token's line have a later token?"""
    later = aliased(TimestampToken)
    same = and_(later.batch_number == TimestampToken.batch_number, later.line == TimestampToken.line)
    return (
        select(later.id)
        .where(same, later.generation > TimestampToken.generation, later.token.is_not(None))
        .exists()
    )


def _complete(services: Services, due: _Due, claims: Sequence[RevocationClaim], found: Timestamp) -> bool:
    if not standing(found.chain, claims, found.gen_time).complete:
        _postpone(services, due.token_id, Unavailable("revocation data is not complete"))
        return False
    with services.work() as work:
        row = work.session.get_one(TimestampToken, due.token_id)
        if work.session.scalar(select(_renewed()).where(TimestampToken.id == row.id)):
            return False
        _note(row, claims, found)
        row.attempts, row.failure = 0, None
        return True
