"""What an audit reads and what it finds: items of a source, findings, the report.
Not here: how items are read (see `audit_sources`), how they are checked (see `audit`), words for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .verdict import CheckStatus

FORMAT = "hezheng-audit/1"

Read = Callable[[], Iterator[bytes]]
"""Opens a file and gives its bytes in pieces; EvidenceError or OSError when it cannot."""


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be. code: a stable name; FAILED, or UNDETERMINED where nobody can say.

    items: names of what is concerned; batch: number of the batch concerned, where it is about one.
    """

    code: str
    status: CheckStatus
    items: tuple[str, ...] = ()
    batch: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """{"code", "status", "items", "batch", "detail"}."""
        return {
            "code": self.code,
            "status": self.status.value,
            "items": list(self.items),
            "batch": self.batch,
            "detail": dict(self.detail),
        }


@dataclass(frozen=True)
class Item:
    """One thing that a source lists: what it says of it, its proof file's text, and a way to its bytes.

    statement: the JSON object as the source keeps it, or None; proof: None where the source has none; read: None where
    the source has no file for it (`absence` says why); place: batch and leaf that the source names, so that a proof is
    expected; size: bytes, for progress; address: where in a store.
    """

    name: str
    statement: object
    proof: bytes | str | None
    read: Read | None
    place: tuple[int, int | None] | None
    size: int = 0
    absence: Finding | None = None
    address: str | None = None


class Source(Protocol):
    """A case package or an inventory. complete: it claims to list everything that the ledger has."""

    name: str
    complete: bool

    def measure(self) -> tuple[int, int]:
        """How many items and bytes it says to have."""

    def items(self) -> Iterator[Item | Finding]:
        """Every item in its order; a finding where a place cannot be read."""

    def leftovers(self, failed: frozenset[str]) -> Iterator[Finding]:
        """What nobody claims, once every item was read. failed: names of items that are known to be wrong."""


@dataclass(frozen=True)
class SourceFacts:
    """What was read of one source: items, those anchored with a proof, bytes."""

    name: str
    complete: bool
    items: int
    anchored: int
    size: int


@dataclass(frozen=True)
class LedgerFacts:
    """What the ledger said. asked: a node was given; batches and head: None when it gave no usable answer."""

    asked: bool
    batches: int | None = None
    head: bytes | None = None


@dataclass(frozen=True)
class Report:
    """Everything that an audit saw. at: RFC 3339, the auditor's clock; seconds: how long it took."""

    at: str
    trust: str
    sources: tuple[SourceFacts, ...]
    ledger: LedgerFacts
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def outcome(self) -> CheckStatus:
        """FAILED if any finding failed, else UNDETERMINED if there is one (or nothing was there), else PASSED."""
        statuses = {finding.status for finding in self.findings}
        for status in (CheckStatus.FAILED, CheckStatus.UNDETERMINED):
            if status in statuses:
                return status
        return CheckStatus.PASSED if any(one.items for one in self.sources) else CheckStatus.UNDETERMINED

    def as_json(self) -> dict[str, Any]:
        """The report as a JSON object, format ``hezheng-audit/1``."""
        return {
            "format": FORMAT,
            "at": self.at,
            "seconds": round(self.seconds, 1),
            "trust": self.trust,
            "outcome": self.outcome.value,
            "sources": [vars(one) for one in self.sources],
            "ledger": {
                "asked": self.ledger.asked,
                "batches": self.ledger.batches,
                "head": None if self.ledger.head is None else "0x" + self.ledger.head.hex(),
            },
            "findings": [finding.as_json() for finding in self.findings],
        }
