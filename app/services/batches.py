"""Batches as a notary sees them: found by whatever is at hand, lines of tokens checked now, co-signatures, downloads.
Times and their differences are in ``times``; asking for tokens is in ``timestamps``."""

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from sqlalchemy import ColumnElement, or_, select

from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.domain.roles import Actor
from app.models.exhibits import Batch, Exhibit, LedgerJob, TimestampToken, WitnessSignature
from app.services import access, audit, proofs, times
from app.services.aside import offload
from app.services.context import Services, Work
from evidence.errors import Unavailable
from evidence.proof import TokenClaim, renewal_imprint
from evidence.records import AnchoredBatch
from evidence.strict import to_hex
from evidence.time_checks import FLAGGED_DAYS, examine_line, line_checks
from evidence.timestamp import Timestamp
from evidence.trust import TrustRoot
from evidence.verdict import Check, CheckStatus

PAGE = 50
"""Batches on one page of the list."""


@dataclass(frozen=True)
class TokenFile:
    """A token of a line that can be downloaded. imprint: what it is over, 32 bytes; timestamp: None where it does not
    hold; revocations: kinds of the revocation data kept with it, in their order."""

    row: TimestampToken
    imprint: bytes
    timestamp: Timestamp | None
    revocations: tuple[str, ...]


@dataclass(frozen=True)
class LineCheck:
    """One authority's line over a batch, with what checking it now gave; no checks while its token is to come."""

    name: str
    waiting: TimestampToken | None
    """The request that is to be answered: for the first token, or for a renewal."""
    tokens: tuple[TokenFile, ...]
    checks: tuple[Check, ...]

    @property
    def lapses_at(self) -> datetime | None:
        """When the line stops standing on its own, by its last token that holds."""
        held = [one.timestamp for one in self.tokens if one.timestamp is not None]
        return held[-1].lapses_at if held else None

    def lapses_soon(self, now: datetime) -> bool:
        """Whether the line should be renewed by now."""
        until = self.lapses_at
        return until is not None and (until - now).days < FLAGGED_DAYS


@dataclass(frozen=True)
class Listed:
    """A batch in the list: its times and its lines."""

    batch: Batch
    moments: list[times.Moment]
    lines: list[LineCheck]

    def lapses_soon(self, now: datetime) -> bool:
        """Whether one of its lines should be renewed by now."""
        return any(line.lapses_soon(now) for line in self.lines)


@dataclass(frozen=True)
class CoSignature:
    """A witness's co-signature as it is shown. name: as the trust root names the signer; office: its word or None.

    same_block: whether it is over the block that the batch now has.
    """

    row: WitnessSignature
    name: str
    office: str | None
    same_block: bool


@dataclass(frozen=True)
class BatchCheck:
    """A batch, its lines checked, its co-signatures, and whether the chain holds it as recorded (``on_chain``)."""

    batch: Batch
    moments: list[times.Moment]
    lines: list[LineCheck]
    witnesses: list[CoSignature]
    on_chain: CheckStatus
    chain_block_time: datetime | None


def listing(work: Work, actor: Actor, before: int | None = None) -> tuple[list[Listed], int | None]:
    """A page of batches, and the number below which older ones follow (None: there are none).

    On the first page those with a line about to lapse come first, the nearest end first; then the newest. before:
    batches below this number, for the later pages. Every token is checked, so a page is kept short.
    """
    access.require(actor, Permission.SEE_BATCHES)
    trust, now = work.services.trust, work.now()
    query = select(Batch).order_by(Batch.number.desc()).limit(PAGE)
    newest = work.session.scalars(query if before is None else query.where(Batch.number < before)).all()
    batches = [*(_near_their_end(work, now) if before is None else ()), *newest]
    shown = list(dict.fromkeys(batches))
    found = [
        Listed(batch, times.moments(batch, trust), lines)
        for batch, lines in zip(shown, _checked_lines(shown, trust, now), strict=True)
    ]
    soon = [one for one in found if before is None and one.lapses_soon(now)]
    soon.sort(key=lambda one: min(line.lapses_at for line in one.lines if line.lapses_at is not None))
    older = newest[-1].number if newest and newest[-1].number > 1 else None
    return soon + [one for one in found if one not in soon and one.batch in newest], older


def _near_their_end(work: Work, now: datetime) -> Sequence[Batch]:
    """Batches with a token whose end is near, whether it was renewed or not."""
    query = (
        select(Batch)
        .join(TimestampToken)
        .where(TimestampToken.lapses_at < now + timedelta(days=FLAGGED_DAYS))
        .order_by(TimestampToken.lapses_at)
        .limit(PAGE)
    )
    return work.session.scalars(query).unique().all()


def find(work: Work, actor: Actor, text: str) -> int | None:
    """The batch that a text leads to: its number, root, head or previous head, transaction or block hash, or the
    commitment or digest of something in it. None when there is none; the search is logged."""
    access.require(actor, Permission.SEE_BATCHES)
    wanted = re.sub(r"[\s ]", "", text).lower().removeprefix("0x")
    number = _find(work, wanted)
    audit.record(work, actor, "find_batch", found=number)
    return number


def _find(work: Work, wanted: str) -> int | None:
    if re.fullmatch(r"\d{1,9}", wanted):
        row = work.session.get(Batch, int(wanted))
        return row.number if row is not None else None
    if not re.fullmatch(r"[0-9a-f]{64}", wanted):
        return None
    value = bytes.fromhex(wanted)
    own: ColumnElement[bool] = or_(
        Batch.head == value,
        Batch.root == value,
        Batch.transaction_hash == f"0x{wanted}",
        Batch.block_hash == f"0x{wanted}",
    )
    for query in (
        select(Batch.number).where(own),
        select(LedgerJob.batch_number).where(LedgerJob.commitment == value),
        select(LedgerJob.batch_number)
        .join(Exhibit, LedgerJob.exhibit_id == Exhibit.id)
        .where(or_(Exhibit.sha256 == wanted, Exhibit.sm3 == wanted)),
        select(Batch.number).where(Batch.previous_head == value),
    ):
        found = work.session.scalars(query.limit(1)).first()
        if found is not None:
            return found
    return None


def look(services: Services, actor: Actor, number: int) -> BatchCheck:
    """One batch, checked against the chain and the authorities' roots now; the look is logged."""
    with services.work() as work:
        batch = _get(work, actor, number)
        audit.record(work, actor, "view_batch", batch=number)
        now = work.now()
        moments = times.moments(batch, services.trust)
        witnesses = list(_witnesses(batch, services.trust))
    (lines,) = _checked_lines([batch], services.trust, now)
    status, time = CheckStatus.UNDETERMINED, None
    try:
        found = services.ledger.batch(number)
        if found is not None:
            status = CheckStatus.PASSED if _same(found, batch) else CheckStatus.FAILED
            time = datetime.fromtimestamp(found.block_time, UTC)
    except Unavailable:
        time = None
    return BatchCheck(batch, moments, lines, witnesses, status, time)


def _same(found: AnchoredBatch, batch: Batch) -> bool:
    recorded = (found.root, found.size, found.previous_head, found.head)
    block = batch.block_hash is None or to_hex(found.block_hash) == batch.block_hash.lower()
    return block and recorded == (batch.root, batch.size, batch.previous_head, batch.head)


def _witnesses(batch: Batch, trust: TrustRoot) -> Iterator[CoSignature]:
    for row in batch.witnesses:
        known = next((one for one in trust.witnesses if one.signer == row.signer), None)
        office = known.office.name.lower().removesuffix("_witness") if known is not None else None
        yield CoSignature(row, times.witness_name(row, trust), office, row.block_hash == batch.block_hash)


def _checked_lines(batches: Sequence[Batch], trust: TrustRoot, now: datetime) -> list[list[LineCheck]]:
    """The lines of each batch, checked beside the rooms: a page of them is seconds of signatures."""
    for batch in batches:
        _ = batch.tokens  # from the database here, not there
    return offload(lambda: [check_lines(batch, trust, now) for batch in batches])


def check_lines(batch: Batch, trust: TrustRoot, now: datetime) -> list[LineCheck]:
    """Every line of a batch, its tokens verified against the trust root's authorities at this time (aware)."""
    found = []
    for name, group in groupby(batch.tokens, key=lambda row: row.line):
        rows = list(group)
        kept = [(row, row.token) for row in rows if row.token is not None]
        waiting = next((row for row in rows if row.token is None), None)
        if not kept:
            found.append(LineCheck(name, waiting, (), ()))
            continue
        stamps = [proofs.stamp(row, token) for row, token in kept]
        line = examine_line(TokenClaim(stamps[0], tuple(stamps[1:])), batch.head, trust.timestamp_authorities)
        files, imprint = [], batch.head
        for place, (row, _token) in enumerate(kept):
            timestamp = line.stamps[place] if place < len(line.stamps) else None
            kinds = tuple(one["kind"] for one in row.revocations)
            files.append(TokenFile(row, imprint, timestamp, kinds))
            imprint = renewal_imprint(imprint, stamps[place])
        found.append(LineCheck(name, waiting, tuple(files), tuple(line_checks(line, now))))
    return found


def ask_now(work: Work, actor: Actor, number: int) -> int:
    """Have the tokens and renewals that a batch waits for asked for at once, not after their pause; how many."""
    access.require(actor, Permission.ASK_FOR_TIMESTAMPS)
    waiting = [row for row in _get(work, actor, number).tokens if row.token is None]
    for row in waiting:
        row.next_attempt_at = work.now()
    audit.record(work, actor, "ask_timestamp", batch=number, tokens=len(waiting))
    return len(waiting)


@dataclass(frozen=True)
class Download:
    """Bytes to hand out, and the name to save them under."""

    content: bytes
    name: str


def token(work: Work, actor: Actor, number: int, token_id: int) -> Download:
    """A token's DER; NOT_FOUND while it is still to come."""
    row = _row(work, actor, number, token_id, "download_token")
    return Download(row.token or b"", f"batch-{number}-{token_id}.tst")


def certificates(work: Work, actor: Actor, number: int, token_id: int) -> Download:
    """The certificates between token and anchor that are kept with it, as PEM; empty where the token holds them all."""
    row = _row(work, actor, number, token_id, "download_token")
    text = "".join(_pem(one) for one in row.certificates)
    return Download(text.encode(), f"batch-{number}-{token_id}-chain.pem")


def revocation(work: Work, actor: Actor, number: int, token_id: int, place: int) -> Download:
    """One piece of revocation data, DER, by its place from 0; NOT_FOUND where there is none."""
    row = _row(work, actor, number, token_id, "download_token")
    if not 0 <= place < len(row.revocations):
        raise DomainError(ErrorKind.NOT_FOUND)
    found = row.revocations[place]
    return Download(
        base64.b64decode(found["value"]), f"batch-{number}-{token_id}-{place + 1}.{found['kind']}"
    )


def co_signatures(work: Work, actor: Actor, number: int) -> dict[str, object]:
    """What the witnesses signed about a batch, and their signatures, as a JSON object."""
    batch = _get(work, actor, number)
    audit.record(work, actor, "download_co_signatures", batch=number)
    trust = work.services.trust
    return {
        "chain_id": trust.chain_id,
        "contract": trust.evidence_ledger,
        "number": batch.number,
        "head": to_hex(batch.head),
        "block_number": batch.block_number,
        "block_hash": batch.block_hash,
        "witnesses": [
            {
                "name": one.name,
                "signer": to_hex(one.row.signer),
                "signature": to_hex(one.row.signature),
                "block_hash": one.row.block_hash,
                "transaction": one.row.transaction_hash,
            }
            for one in _witnesses(batch, trust)
        ],
    }


def _row(work: Work, actor: Actor, number: int, token_id: int, act: str) -> TimestampToken:
    _get(work, actor, number)
    row = work.session.get(TimestampToken, token_id)
    if row is None or row.batch_number != number or row.token is None:
        raise DomainError(ErrorKind.NOT_FOUND)
    audit.record(work, actor, act, batch=number)
    return row


def _pem(value: str) -> str:
    lines = re.findall(".{1,64}", value)
    return "\n".join(("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""))


def _get(work: Work, actor: Actor, number: int) -> Batch:
    access.require(actor, Permission.SEE_BATCHES)
    batch = work.session.get(Batch, number)
    if batch is None:
        raise DomainError(ErrorKind.NOT_FOUND)
    return batch
