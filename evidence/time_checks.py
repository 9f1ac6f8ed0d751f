"""The checks of the answer about time that rest on RFC 3161 tokens.
Not here: one token's own rules (see `timestamp`) and block time (see `ledger_look`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from .errors import MalformedInput, Tampered
from .proof import Proof
from .strict import instant_text, parse_instant
from .timestamp import Timestamp, verify_token
from .trust import TrustRoot
from .verdict import NOT_PROVIDED, Answer, Check, CheckStatus

CLOCK_TOLERANCE = 60
"""Seconds by which token, block and receipt may differ before it is pointed out."""
MAX_AUTHORITY = 200
"""Characters of an authority's name that a proof file keeps."""
PASSED, FAILED, UNDETERMINED = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.UNDETERMINED


def time_checks(proof: Proof, trust: TrustRoot, at: datetime, block: Check) -> Iterator[Check]:
    """Every check about time; at: the present time, aware; block: the check of the block's time, listed among them."""
    stamps = [_token(proof, trust, number) for number in range(len(proof.timestamps))]
    if not stamps:
        yield Check(Answer.TIME, "time.token", UNDETERMINED, {"reason": NOT_PROVIDED})
    yield from (check for check, _ in stamps)
    yield block
    earliest = min((stamp.gen_time for _, stamp in stamps if stamp is not None), default=None)
    if earliest is not None:
        yield _order_check(proof, earliest)
        yield _difference_check(proof, earliest)


def _token(proof: Proof, trust: TrustRoot, number: int) -> tuple[Check, Timestamp | None]:
    claim = proof.timestamps[number].first
    try:
        stamp = verify_token(claim.token, proof.batch.head, trust.tsa_anchors)
    except (MalformedInput, Tampered) as error:
        detail = {"authority": claim.authority, "reason": error.code or "token", "message": error.message}
        status = UNDETERMINED if error.code == "no_anchor" else FAILED
        return Check(Answer.TIME, "time.token", status, detail), None
    if claim.authority != stamp.tsa_name[:MAX_AUTHORITY]:
        detail = {**_stamp_facts(stamp), "reason": "authority_name"}
        return Check(Answer.TIME, "time.token", FAILED, detail), None
    return Check(Answer.TIME, "time.token", PASSED, _stamp_facts(stamp)), stamp


def _stamp_facts(stamp: Timestamp) -> dict[str, Any]:
    return {
        "not_later_than": instant_text(stamp.gen_time),
        "authority": stamp.tsa_name,
        "policy": stamp.policy,
        "serial": str(stamp.serial),
        "accuracy_ms": None if stamp.accuracy is None else round(stamp.accuracy * 1000),
        "certificate_expires": instant_text(stamp.certificate_expires),
    }


def _order_check(proof: Proof, earliest: datetime) -> Check:
    received = parse_instant(proof.statement.received_at, where="proof.statement.body.received_at")
    late = (received - earliest).total_seconds() > CLOCK_TOLERANCE
    detail = {"received_at": instant_text(received), "earliest_token": instant_text(earliest)}
    return Check(Answer.TIME, "time.order", FAILED if late else PASSED, detail)


def _difference_check(proof: Proof, earliest: datetime) -> Check:
    seconds = round(earliest.timestamp() - proof.anchor.block_time)
    flagged = abs(seconds) > CLOCK_TOLERANCE
    detail = {"seconds": seconds, "tolerance": CLOCK_TOLERANCE, "flagged": flagged}
    return Check(Answer.TIME, "time.difference", PASSED, detail)
