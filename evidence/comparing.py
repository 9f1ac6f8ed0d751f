"""A ledger compared with what was seen of it before: chain, code, batches and blocks must be as they were.
Not here: who remembers and what follows (see `witness`, and the platform's own monitor)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from .errors import MalformedInput, Unavailable
from .protocols import LedgerFollower
from .records import AnchoredBatch
from .signature import keccak
from .strict import instant_text, to_hex
from .trust import TrustRoot
from .witness_state import Alarm, Sighting

NO_CODE = to_hex(keccak(b""))

Looked = TypeVar("Looked")


class Diverged(Exception):
    """What the node shows contradicts what was seen, the trust root or itself."""

    def __init__(self, alarm: Alarm) -> None:
        super().__init__(alarm.kind)
        self.alarm = alarm


def twice(look: Callable[[], Looked]) -> Looked:
    """Look again before an alarm is raised: between two questions a block may have come."""
    try:
        return look()
    except Diverged:
        return look()


class Comparison:
    """One node and the trust root. clock: the present time, aware, for alarms. Raises MalformedInput without code hashes."""

    def __init__(self, ledger: LedgerFollower, trust: TrustRoot, clock: Callable[[], datetime]) -> None:
        for name in ("evidence_ledger", "officials"):
            if getattr(trust, name) not in trust.code_hashes:
                raise MalformedInput(f"no code hash for {name}", where="trust.code_hashes")
        self._ledger, self._trust, self._clock = ledger, trust, clock

    def diverged(
        self, kind: str, number: int | None, seen: object, found: object, oldest: int = 1
    ) -> Diverged:
        """kind and number as in `Alarm`; seen and found: what can be shown of both; oldest: the first number remembered."""
        return Diverged(
            Alarm(
                kind,
                instant_text(self._clock().replace(microsecond=0)),
                number,
                number is not None and 1 < number <= oldest,
                _shown(seen),
                _shown(found),
            )
        )

    def identity(self, fresh: bool = False) -> None:
        """Chain id and code must be the trust root's. fresh: nothing was ever seen, so that no code means not yet."""
        identity = self._ledger.identity()
        if identity.chain_id != self._trust.chain_id:
            expected, found = {"chain_id": self._trust.chain_id}, {"chain_id": identity.chain_id}
            raise self.diverged("chain", None, expected, found)
        for address, code in self._trust.code_hashes.items():
            there = identity.code_hashes.get(address, NO_CODE)
            if there == code:
                continue
            if there == NO_CODE and fresh:
                raise Unavailable("the ledger is not deployed there yet")
            raise self.diverged("code", None, {address: code}, {address: there})

    def look_back(self, remembered: Sequence[Sighting], oldest: int = 1) -> int:
        """Every batch that is remembered, in rising order, must be as it was. The number of the ledger's last batch."""
        number, value = self._ledger.head()
        for sighting, batch, block_hash in self._look_at(remembered):
            if batch is None:
                kind = "shorter" if number < sighting.number else "missing"
                raise self.diverged(kind, sighting.number, sighting, {"batches_on_ledger": number}, oldest)
            if batch.head != sighting.head:
                raise self.diverged("rewritten", sighting.number, sighting, batch, oldest)
            if Sighting.of(batch) != sighting:
                raise self.diverged("moved", sighting.number, sighting, batch, oldest)
            if block_hash != sighting.block_hash:
                found = {"block_hash": None if block_hash is None else to_hex(block_hash)}
                raise self.diverged("moved", sighting.number, sighting, found, oldest)
        last = remembered[-1] if remembered else None
        if last is not None and (number < last.number or (number == last.number and value != last.head)):
            kind, first = ("shorter", number + 1) if number < last.number else ("rewritten", number)
            raise self.diverged(kind, first, last, {"number": number, "head": to_hex(value)}, oldest)
        return number

    def _look_at(
        self, sightings: Sequence[Sighting]
    ) -> Iterator[tuple[Sighting, AnchoredBatch | None, bytes | None]]:
        """What the node shows now under the same numbers, and the hash that it gives the same block."""
        found: dict[int, AnchoredBatch] = {}
        for run in _runs(sightings):
            first, last = run[0], run[-1]
            batches = self._ledger.batches(first.number, last.number, first.block_number)
            if len(batches) < len(run):  # perhaps in earlier blocks now
                batches = self._ledger.batches(first.number, last.number)
            found |= {batch.number: batch for batch in batches}
        hashes = self._ledger.block_hashes([one.block_number for one in sightings]) if sightings else []
        for one, block_hash in zip(sightings, hashes, strict=True):
            yield one, found.get(one.number), block_hash


def _runs(sightings: Sequence[Sighting]) -> list[list[Sighting]]:
    """The same, in runs of numbers without a gap."""
    runs: list[list[Sighting]] = []
    for one in sightings:
        if runs and runs[-1][-1].number + 1 == one.number:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _shown(value: object) -> dict[str, Any]:
    """What an alarm shows of a batch, a sighting, or anything that is JSON already."""
    if isinstance(value, AnchoredBatch):
        value = Sighting.of(value)
    return value.as_json() if isinstance(value, Sighting) else dict(cast(Mapping[str, Any], value))
