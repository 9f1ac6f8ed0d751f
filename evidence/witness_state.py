"""What a witness remembers between rounds and over crashes: heads seen, what it signed, its alarm. One locked file.
Not here: what it does with them (see `witness`)."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .errors import MalformedInput, Refused, UnknownVersion
from .records import AnchoredBatch
from .strict import Fields, load_json, to_hex

FORMAT = "hezheng-witness/1"
MAX_BYTES = 4_000_000
WINDOW = 64
"""How many of the newest batches are remembered and looked at again in every round."""
MOST_UNSENT = 1_024
MOST_HISTORY = 1_000


@dataclass(frozen=True)
class Sighting:
    """A batch as the node showed it, and its block. block_time: unix seconds; hashes: 32 bytes."""

    number: int
    head: bytes
    block_number: int
    block_hash: bytes
    block_time: int

    @classmethod
    def of(cls, batch: AnchoredBatch) -> Sighting:
        """What is remembered of a batch."""
        return cls(batch.number, batch.head, batch.block_number, batch.block_hash, batch.block_time)

    def as_json(self) -> dict[str, Any]:
        """As it stands in the state file and in an alarm."""
        return {
            "number": self.number,
            "head": to_hex(self.head),
            "block_number": self.block_number,
            "block_hash": to_hex(self.block_hash),
            "block_time": self.block_time,
        }

    @classmethod
    def read(cls, fields: Fields) -> Sighting:
        """Take the members of a sighting."""
        return cls(
            fields.integer("number", low=1),
            fields.hex("head", size=32),
            fields.integer("block_number"),
            fields.hex("block_hash", size=32),
            fields.integer("block_time"),
        )


@dataclass(frozen=True)
class Signed:
    """A co-signature that is written down, with what it is over."""

    sighting: Sighting
    signature: bytes

    def as_json(self) -> dict[str, Any]:
        """As it stands in the state file."""
        return {**self.sighting.as_json(), "signature": to_hex(self.signature)}


@dataclass(frozen=True)
class Alarm:
    """Why a witness stopped signing. kind: a stable word (docs/running.md lists them); at: RFC 3339 text, UTC.

    number: the first batch that diverges, None where chain or code is another; perhaps_earlier: older batches than
    those remembered may diverge too. seen and found: what was remembered, and what the node shows now.
    """

    kind: str
    at: str
    number: int | None = None
    perhaps_earlier: bool = False
    seen: dict[str, Any] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As it stands in the state file, in the log and on the alarm program's standard input."""
        return {
            "kind": self.kind,
            "at": self.at,
            "number": self.number,
            "perhaps_earlier": self.perhaps_earlier,
            "seen": self.seen,
            "found": self.found,
        }

    @classmethod
    def read(cls, fields: Fields) -> Alarm:
        """Take the members of an alarm."""
        number = fields.take("number")
        if number is not None and (not isinstance(number, int) or isinstance(number, bool)):
            raise MalformedInput("neither an integer nor null", where=fields.path("number"))
        alarm = cls(
            fields.text("kind", max_length=40, min_length=1),
            fields.instant("at"),
            number,
            fields.boolean("perhaps_earlier"),
            _facts(fields, "seen"),
            _facts(fields, "found"),
        )
        fields.done()
        return alarm


@dataclass(frozen=True)
class Acknowledged:
    """An alarm that a person looked into. at: RFC 3339 text, UTC; reason: that person's words."""

    at: str
    reason: str
    alarm: Alarm

    def as_json(self) -> dict[str, Any]:
        """As it stands in the state file."""
        return {"at": self.at, "reason": self.reason, "alarm": self.alarm.as_json()}


@dataclass(frozen=True)
class WitnessState:
    """Everything that a witness remembers.

    seen: the newest batches without a gap, oldest first. signed_to: the highest number ever signed; no number up to it
    is signed again, so there can never be two signatures over different heads of one number. unsent: written down
    before they are sent. sent: seen on the chain, over batches in `seen`; to be sent again should the chain lose them.
    """

    chain_id: int
    evidence_ledger: str
    signer: bytes
    seen: tuple[Sighting, ...] = ()
    signed_to: int = 0
    unsent: tuple[Signed, ...] = ()
    sent: tuple[Signed, ...] = ()
    alarm: Alarm | None = None
    history: tuple[Acknowledged, ...] = ()

    @property
    def last(self) -> Sighting | None:
        """The newest batch seen."""
        return self.seen[-1] if self.seen else None

    def saw(self, sightings: list[Sighting]) -> WitnessState:
        """With further batches, and without those that are too old to be kept."""
        seen = (*self.seen, *sightings)[-WINDOW:]
        sent = tuple(one for one in self.sent if seen and one.sighting.number >= seen[0].number)
        return replace(self, seen=seen, sent=sent)

    def acknowledged(self, reason: str, at: str) -> WitnessState:
        """Without the alarm, which goes into the history. The chain is then followed anew from its first batch.

        What was signed stays signed. Refused when there is no alarm.
        """
        if self.alarm is None:
            raise Refused("there is no alarm")
        entry = Acknowledged(at, reason, self.alarm)
        history = (*self.history, entry)[-MOST_HISTORY:]
        return replace(self, alarm=None, seen=(), unsent=(), sent=(), history=history)

    def dump(self) -> str:
        """The state file's text."""
        value = {
            "format": FORMAT,
            "chain_id": self.chain_id,
            "evidence_ledger": self.evidence_ledger,
            "signer": to_hex(self.signer),
            "seen": [one.as_json() for one in self.seen],
            "signed_to": self.signed_to,
            "unsent": [one.as_json() for one in self.unsent],
            "sent": [one.as_json() for one in self.sent],
            "alarm": None if self.alarm is None else self.alarm.as_json(),
            "history": [one.as_json() for one in self.history],
        }
        return json.dumps(value, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def parse(cls, data: bytes | str) -> WitnessState:
        """Read a state file strictly. Raises MalformedInput or UnknownVersion, naming the place."""
        fields = Fields(load_json(data, where="state", max_bytes=MAX_BYTES), "state")
        if (version := fields.text("format")) != FORMAT:
            raise UnknownVersion(f"format {version[:40]!r} is not {FORMAT}", where="state.format")
        state = cls(
            chain_id=fields.integer("chain_id", low=1),
            evidence_ledger=fields.text("evidence_ledger", max_length=42),
            signer=fields.hex("signer", max_size=1_024),
            seen=tuple(_sighting(one) for one in _entries(fields, "seen", WINDOW)),
            signed_to=fields.integer("signed_to"),
            unsent=tuple(_signed(one) for one in _entries(fields, "unsent", MOST_UNSENT)),
            sent=tuple(_signed(one) for one in _entries(fields, "sent", WINDOW)),
            alarm=_alarm(fields),
            history=tuple(_acknowledged(one) for one in _entries(fields, "history", MOST_HISTORY)),
        )
        fields.done()
        if any(
            after.number != before.number + 1
            for before, after in zip(state.seen, state.seen[1:], strict=False)
        ):
            raise MalformedInput("not one batch after the other", where="state.seen")
        if any(one.sighting.number > state.signed_to for one in (*state.unsent, *state.sent)):
            raise MalformedInput("below a number that was signed", where="state.signed_to")
        if any(one.sighting not in state.seen for one in state.sent):
            raise MalformedInput("over another batch than those seen", where="state.sent")
        return state


def _entries(fields: Fields, key: str, most: int) -> list[Fields]:
    listed = fields.array(key, max_items=most)
    return [Fields(value, f"{fields.path(key)}[{number}]") for number, value in enumerate(listed)]


def _sighting(fields: Fields) -> Sighting:
    sighting = Sighting.read(fields)
    fields.done()
    return sighting


def _signed(fields: Fields) -> Signed:
    signed = Signed(Sighting.read(fields), fields.hex("signature", max_size=4_096))
    fields.done()
    return signed


def _alarm(fields: Fields) -> Alarm | None:
    value = fields.take("alarm")
    return None if value is None else Alarm.read(Fields(value, fields.path("alarm")))


def _acknowledged(fields: Fields) -> Acknowledged:
    entry = Acknowledged(
        fields.instant("at"), fields.text("reason", max_length=2_000), Alarm.read(fields.object("alarm"))
    )
    fields.done()
    return entry


def _facts(fields: Fields, key: str) -> dict[str, Any]:
    value = fields.take(key)
    if not isinstance(value, dict):
        raise MalformedInput("not an object", where=fields.path(key))
    return value


@dataclass(frozen=True)
class StateFile:
    """The file that holds a witness's state: replaced as a whole, on the disk before `save` returns."""

    path: Path

    def load(self) -> WitnessState | None:
        """The state; None where there is none yet. MalformedInput when the file is damaged."""
        try:
            return WitnessState.parse(self.path.read_bytes())
        except FileNotFoundError:
            return None

    def save(self, state: WitnessState) -> None:
        """Replace the file, so that a crash leaves either the old state or the new one. OSError when it cannot be."""
        from .sealed_file import sync_folder

        temporary = self.path.with_name(self.path.name + ".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(state.dump())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)
        sync_folder(self.path.parent)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the file alone. Refused with code ``Locked`` while another process does."""
        lock = self.path.with_name(self.path.name + ".lock")
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise Refused("another process uses this state file", code="Locked") from error
        try:
            yield
        finally:
            os.close(descriptor)
