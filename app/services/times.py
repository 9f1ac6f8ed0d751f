"""How each time about a batch, or about an exhibit in it, was obtained: whose clock, how exact, how far from the block.
Reads rows only. Not here: whether a token holds (see ``batches`` and the kernel) and how times are drawn."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.models.exhibits import Batch, TimestampToken, WitnessSignature
from evidence.strict import to_hex
from evidence.trust import TrustRoot

TOLERANCE = 60
"""Seconds by which a time may differ from the block's before it is pointed out."""


class Clock(StrEnum):
    """Whose clock a time comes from."""

    SERVER = "server"
    NODE = "node"
    AUTHORITY = "authority"


class Event(StrEnum):
    """What happened at a time."""

    RECEIVED = "received"
    ANCHORED = "anchored"
    STAMPED = "stamped"
    RENEWED = "renewed"
    WITNESSED = "witnessed"


@dataclass(frozen=True)
class Moment:
    """One time. at: None while it is still to come (待补); difference: seconds after the block's time.

    name: the authority, or the witnesses whose co-signatures one block took in; accuracy_ms: as the token states it;
    compared: whether a difference from the block means anything (a renewal comes years later by design).
    """

    event: Event
    clock: Clock
    at: datetime | None
    name: str = ""
    accuracy_ms: int | None = None
    difference: int | None = None
    compared: bool = False
    token_id: int | None = None

    @property
    def flagged(self) -> bool:
        """Whether this clock and the block's differ beyond the tolerance."""
        return self.compared and self.difference is not None and abs(self.difference) > TOLERANCE


def moments(batch: Batch | None, trust: TrustRoot, received_at: datetime | None = None) -> list[Moment]:
    """Every time, the earliest first and what is still to come last; of a batch that is not anchored what there is."""
    found = [] if received_at is None else [Moment(Event.RECEIVED, Clock.SERVER, received_at)]
    if batch is not None:
        found += [Moment(Event.ANCHORED, Clock.NODE, batch.block_time), *_outside(batch, trust)]
    block_time = batch.block_time if batch is not None else None
    placed = [_against(one, block_time) for one in found]
    return sorted(
        placed, key=lambda one: (one.at is None, one.at or datetime.max, list(Event).index(one.event))
    )


def _outside(batch: Batch, trust: TrustRoot) -> Iterator[Moment]:
    yield from (_stamped(row) for row in batch.tokens)
    signed = [one for one in batch.witnesses if one.block_hash == batch.block_hash]
    for at in sorted({one.recorded_time for one in signed}):
        names = [witness_name(one, trust) for one in signed if one.recorded_time == at]
        yield Moment(Event.WITNESSED, Clock.NODE, at, "、".join(names))


def _stamped(row: TimestampToken) -> Moment:
    return Moment(
        Event.RENEWED if row.generation else Event.STAMPED,
        Clock.AUTHORITY,
        row.generated_at,
        row.authority or row.line,
        row.accuracy_ms,
        compared=row.generation == 0,
        token_id=row.id,
    )


def witness_name(signature: WitnessSignature, trust: TrustRoot) -> str:
    """The witness by the name in the trust root; empty where it names no such signer."""
    moment = int(signature.recorded_time.timestamp())
    found = trust.witness(signature.signer, moment) or next(
        (one for one in trust.witnesses if one.signer == signature.signer), None
    )
    return found.name if found is not None else to_hex(signature.signer)[:18] + "…"


def _against(moment: Moment, block_time: datetime | None) -> Moment:
    if moment.at is None or block_time is None or moment.event is Event.ANCHORED:
        return moment
    difference = round((moment.at - block_time).total_seconds())
    compared = moment.compared or moment.event is Event.RECEIVED
    return Moment(
        moment.event,
        moment.clock,
        moment.at,
        moment.name,
        moment.accuracy_ms,
        difference,
        compared,
        moment.token_id,
    )
