"""The hash-chained custody record of one exhibit (ISO/IEC 27037: who, what, when, why).
Not here: who is allowed to act, and proof of time (the entries carry the operator's clock)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from .errors import MalformedInput, Tampered
from .statement import Statement, canonical_bytes, check_json
from .strict import Fields, instant_text, to_hex

FORMAT = "hezheng-custody/1"
NO_ENTRY = bytes(32)
RECEIVED = "received"
"""Act of the first entry of every record."""


@dataclass(frozen=True)
class CustodyEntry:
    """One act. sequence: from 1; at: RFC 3339 UTC, operator's clock; previous: the digest before, or zeros.

    digest: SHA-256 of the RFC 8785 bytes of {"format", "sequence", "act", "actor", "at", "reason", "details",
    "previous"}, 32 bytes.
    """

    sequence: int
    act: str
    actor: str
    at: str
    reason: str
    details: dict[str, Any]
    previous: bytes
    digest: bytes

    def computed_digest(self) -> bytes:
        """What `digest` has to be."""
        content = {"format": FORMAT, **self.as_json()}
        del content["digest"]
        return sha256(canonical_bytes(content)).digest()

    def as_json(self) -> dict[str, Any]:
        """The entry as it stands in a proof file."""
        return {
            "sequence": self.sequence,
            "act": self.act,
            "actor": self.actor,
            "at": self.at,
            "reason": self.reason,
            "details": self.details,
            "previous": to_hex(self.previous),
            "digest": to_hex(self.digest),
        }

    @classmethod
    def parse(cls, value: object, where: str) -> CustodyEntry:
        """Read one entry strictly; the digests are checked by `check_custody`."""
        fields = Fields(value, where)
        details = fields.take("details")
        Fields(details, f"{where}.details")
        check_json(details, f"{where}.details")
        entry = cls(
            sequence=fields.integer("sequence", low=1),
            act=fields.text("act", max_length=100, min_length=1),
            actor=fields.text("actor", max_length=200, min_length=1),
            at=fields.instant("at"),
            reason=fields.text("reason", max_length=1_000),
            details=details,
            previous=fields.hex("previous", size=32),
            digest=fields.hex("digest", size=32),
        )
        fields.done()
        return entry


def append_entry(
    previous: CustodyEntry | None,
    *,
    act: str,
    actor: str,
    at: datetime | str,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> CustodyEntry:
    """The entry that follows `previous` (None for the first). at: aware datetime or RFC 3339 text in Z."""
    draft = CustodyEntry(
        sequence=previous.sequence + 1 if previous else 1,
        act=act,
        actor=actor,
        at=at if isinstance(at, str) else instant_text(at),
        reason=reason,
        details=dict(details or {}),
        previous=previous.digest if previous else NO_ENTRY,
        digest=NO_ENTRY,
    )
    checked = CustodyEntry.parse(draft.as_json(), "custody entry")
    return replace(checked, digest=checked.computed_digest())


def received_entry(statement: Statement, reason: str = "") -> CustodyEntry:
    """The first entry of a record: received from the submitter, bound to the statement's commitment."""
    return append_entry(
        None,
        act=RECEIVED,
        actor=statement.submitter["account"],
        at=statement.received_at,
        reason=reason,
        details={"commitment": to_hex(statement.commitment())},
    )


def check_custody(entries: Sequence[CustodyEntry]) -> None:
    """Does each entry follow the one before? Tampered names the first that does not."""
    if not entries:
        raise MalformedInput("no entries", where="custody")
    previous = NO_ENTRY
    for number, entry in enumerate(entries):
        where = f"custody[{number}]"
        if entry.sequence != number + 1:
            raise Tampered(f"sequence {entry.sequence} instead of {number + 1}", where=where)
        if entry.previous != previous:
            raise Tampered("does not follow the entry before it", where=where)
        if entry.computed_digest() != entry.digest:
            raise Tampered("its digest does not match its content", where=where)
        previous = entry.digest


def opens_for(entry: CustodyEntry, statement: Statement) -> bool:
    """Is this the first entry that the statement calls for: same act, account, time and commitment?"""
    return (
        entry.act == RECEIVED
        and entry.actor == statement.submitter["account"]
        and entry.at == statement.received_at
        and entry.details.get("commitment") == to_hex(statement.commitment())
    )
