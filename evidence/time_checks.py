"""The checks of the answer about time that rest on RFC 3161 tokens: each line of tokens, its revocations, its renewals.
Not here: one token's own rules (see `timestamp`), revocation data (see `revocation`), block time (see `ledger_look`)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .errors import MalformedInput, Tampered
from .proof import Proof, Stamp, TokenClaim, renewal_imprint
from .strict import instant_text, parse_instant
from .timestamp import Timestamp, check_follows, check_named, verify_token
from .trust import TimestampAuthority, TrustRoot
from .verdict import NOT_PROVIDED, Answer, Check, CheckStatus

if TYPE_CHECKING:
    from .revocation import Finding, Reader, Revoked, Standing

CLOCK_TOLERANCE = 60
"""Seconds by which token, block and receipt may differ before it is pointed out."""
FLAGGED_DAYS = 180
"""A line that lapses in fewer days than this is pointed out: it should be renewed."""
PASSED, FAILED, UNDETERMINED = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.UNDETERMINED
Refusal = MalformedInput | Tampered


@dataclass(frozen=True)
class Line:
    """A line of tokens as far as it holds. stamps: those that hold, in their order, up to the first that does not.

    refusal: why that one does not; None when all do. number: the line's place in the proof, from 0. read: how its
    revocation data is read, each piece once.
    """

    number: int
    claim: TokenClaim
    stamps: tuple[Timestamp, ...]
    refusal: Refusal | None
    read: Reader | None = None

    @property
    def first(self) -> Timestamp | None:
        """The token over the batch's head, if it holds."""
        return self.stamps[0] if self.stamps else None


def examine_lines(proof: Proof, trust: TrustRoot) -> tuple[Line, ...]:
    """Every line of a proof's tokens, each as far as it holds."""
    from .revocation import remembering

    read = remembering()
    return tuple(
        examine_line(claim, proof.batch.head, trust.timestamp_authorities, number, read)
        for number, claim in enumerate(proof.timestamps)
    )


def earliest_token(lines: Sequence[Line]) -> datetime | None:
    """The earliest genTime of first tokens that hold, revoked or not, without its accuracy; None when none holds."""
    return min((line.first.gen_time for line in lines if line.first is not None), default=None)


def time_checks(proof: Proof, lines: Sequence[Line], at: datetime, block: Check) -> Iterator[Check]:
    """Every check about time; at: the present time, aware; block: the check of the block's time, listed among them."""
    if not lines:
        yield Check(Answer.TIME, "time.token", UNDETERMINED, {"reason": NOT_PROVIDED})
    for line in lines:
        yield from line_checks(line, at)
    yield block
    earliest = earliest_token(lines)
    if earliest is not None:
        yield order_check(proof, earliest)
        yield _difference_check(proof, earliest)


def examine_line(
    claim: TokenClaim,
    imprint: bytes,
    authorities: Sequence[TimestampAuthority],
    number: int = 0,
    read: Reader | None = None,
) -> Line:
    """Check a line's tokens from the first on (§8, rules 1 to 7). imprint: that of the first token, the batch's head.

    read: how revocation data is read, where several lines share a memory.
    """
    from .revocation import remembering

    read = read or remembering()
    held: list[Timestamp] = []
    for stamp, before in zip(claim.stamps, (None, *claim.stamps), strict=False):
        try:
            found = _examine(stamp, imprint, authorities)
            if before is not None:
                check_follows(held[-1], found)
                _check_covered(found, held, before, read)
        except (MalformedInput, Tampered) as error:
            return Line(number, claim, tuple(held), error, read)
        held.append(found)
        imprint = renewal_imprint(imprint, stamp)
    return Line(number, claim, tuple(held), None, read)


def _examine(stamp: Stamp, imprint: bytes, authorities: Sequence[TimestampAuthority]) -> Timestamp:
    found = verify_token(stamp.token, imprint, authorities, certificates=stamp.certificates)
    check_named(found, stamp.authority)
    return found


def _check_covered(renewal: Timestamp, held: Sequence[Timestamp], before: Stamp, read: Reader) -> None:
    """A renewal is over the data of the entry before it: none of it was made later (rule 7). Raises Tampered."""
    from .revocation import made_at

    if any(made > renewal.gen_time for one in held for made in made_at(one.chain, before.revocations, read)):
        raise Tampered("the renewal is over data from after its own time", code="order")


def line_checks(line: Line, at: datetime) -> Iterator[Check]:
    """A line's token, and where that holds its revocations and renewals at the present time."""
    if line.first is None:
        yield _refused(line)
        return
    yield Check(Answer.TIME, "time.token", PASSED, _facts(line, line.first, at))
    yield _revocation_check(line)
    yield _renewal_check(line, at)


def _refused(line: Line) -> Check:
    detail = {"line": line.number, "authority": line.claim.first.authority, **_reason(line.refusal)}
    status = UNDETERMINED if detail["reason"] == "no_anchor" else FAILED
    return Check(Answer.TIME, "time.token", status, detail)


def _reason(refusal: Refusal | None) -> dict[str, Any]:
    if refusal is None:
        return {}
    return {"reason": refusal.code or "token", "message": refusal.message}


def _facts(line: Line, stamp: Timestamp, at: datetime) -> dict[str, Any]:
    return {
        "line": line.number,
        "not_later_than": instant_text(stamp.not_later_than),
        "gen_time": instant_text(stamp.gen_time),
        "accuracy_ms": stamp.accuracy_ms,
        "authority": stamp.authority,
        "certificate_name": stamp.tsa_name,
        "policy": stamp.policy,
        "serial": hex(stamp.serial),
        "certificate_expires": instant_text(stamp.certificate_expires),
        "renewals": len(line.claim.renewals),
        **_lapse(line.stamps[-1], at),
    }


def _lapse(last: Timestamp, at: datetime) -> dict[str, Any]:
    """When a line lapses, by its last token that holds."""
    days = (last.lapses_at - at).days
    return {"lapses_at": instant_text(last.lapses_at), "days_left": days, "flagged": days < FLAGGED_DAYS}


def _revocation_check(line: Line) -> Check:
    """Is revocation known for every token that holds, and does none invalidate one (§8)?"""
    found = standings(line)
    sources = [_source(one) for each in found for one in each.findings]
    detail = {"line": line.number, "authority": line.stamps[0].authority, "sources": sources}
    if harm := harmful_revocation(line.stamps, found):
        facts = {"revoked_at": instant_text(harm.at), "revocation_reason": harm.reason}
        return Check(Answer.TIME, "time.revocation", FAILED, {**detail, "reason": "revoked", **facts})
    if not all(one.complete for one in found):
        awaited = all(one.complete or one.early for one in found)
        reason = {"reason": "revocation_too_early" if awaited else "revocation_unknown"}
        return Check(Answer.TIME, "time.revocation", UNDETERMINED, {**detail, **reason})
    return Check(Answer.TIME, "time.revocation", PASSED, detail)


def standings(line: Line) -> list[Standing]:
    """What is known of every token that holds: by the data of its own entry and of the later ones that hold."""
    from .revocation import standing

    read = line.read
    held = line.claim.stamps[: len(line.stamps)]
    return [
        standing(
            stamp.chain, [one for entry in held[place:] for one in entry.revocations], stamp.gen_time, read
        )
        for place, stamp in enumerate(line.stamps)
    ]


def _source(finding: Finding) -> dict[str, Any]:
    following = finding.next_update
    return {
        "kind": finding.kind.value,
        "this_update": instant_text(finding.this_update),
        "next_update": None if following is None else instant_text(following),
    }


def harmful_revocation(stamps: Sequence[Timestamp], found: Sequence[Standing]) -> Revoked | None:
    """The revocation that invalidates a token of the line, the last token's first; None when none does.

    A later token that is itself not invalidated, and from before the revocation, saves what it covers.
    """
    worst: Revoked | None = None
    saving: list[datetime] = []
    for stamp, one in reversed(list(zip(stamps, found, strict=True))):
        harm = [
            threat
            for threat in one.threats(stamp.gen_time)
            if not any(moment < threat.doubtful_from for moment in saving)
        ]
        if harm:
            worst = worst or harm[0]
        else:
            saving.append(stamp.gen_time)
    return worst


def _renewal_check(line: Line, at: datetime) -> Check:
    last = line.stamps[-1]
    detail = {
        "line": line.number,
        "authority": line.stamps[0].authority,
        "renewals": len(line.claim.renewals),
        "renewed_at": [instant_text(one.gen_time) for one in line.stamps[1:]],
        "renewed_by": [one.authority for one in line.stamps[1:]],
        **_lapse(last, at),
    }
    if line.refusal is not None:
        facts = {**_reason(line.refusal), "renewal": len(line.stamps)}
        return Check(Answer.TIME, "time.renewal", FAILED, {**detail, **facts})
    if at > last.lapses_at:
        return Check(Answer.TIME, "time.renewal", UNDETERMINED, {**detail, "reason": "lapsed"})
    return Check(Answer.TIME, "time.renewal", PASSED, detail)


def order_check(proof: Proof, earliest: datetime) -> Check:
    """Was the file received before (or within the tolerance after) the earliest token that holds?"""
    received = parse_instant(proof.statement.received_at, where="proof.statement.body.received_at")
    late = (received - earliest).total_seconds() > CLOCK_TOLERANCE
    detail = {"received_at": instant_text(received), "earliest_token": instant_text(earliest)}
    return Check(Answer.TIME, "time.order", FAILED if late else PASSED, detail)


def _difference_check(proof: Proof, earliest: datetime) -> Check:
    seconds = math.floor(earliest.timestamp() - proof.anchor.block_time + 0.5)
    flagged = abs(seconds) > CLOCK_TOLERANCE
    detail = {"seconds": seconds, "tolerance": CLOCK_TOLERANCE, "flagged": flagged}
    return Check(Answer.TIME, "time.difference", PASSED, detail)
