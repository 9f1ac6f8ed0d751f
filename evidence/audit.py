"""Re-verifies every item of case packages and inventories from bytes to chain and says exactly what is wrong.
Not here: where items come from (see `audit_sources`), the command line (see `audit_command`), the report's words."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from .audit_ledger import LedgerAudit
from .audit_records import Finding, Item, Report, Source, SourceFacts
from .batch_verifier import BatchVerifier
from .digest import DigestStream, FileDigest
from .errors import EvidenceError, MalformedInput, NotFound, Tampered
from .proof import Proof
from .protocols import LedgerReader
from .statement import Statement
from .strict import instant_text, to_hex
from .trust import TrustRoot
from .verdict import Answer, Check, CheckStatus

PASSED, FAILED, UNDETERMINED = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.UNDETERMINED
THREADS = 4
AHEAD = 4
"""Files per thread that are read before their turn."""
NAMED = 20
"""Items that a finding about a whole batch names."""
FILE_CODES = {"file.size": "size", "file.sha256": "sha256", "file.sm3": "sm3"}
STATED_ONCE = frozenset(("origin.stated", "origin.compared", "origin.document"))
"""What was said, or not said, when the file was handed in; no keeping of ours can change it."""
ONLY_A_NODE = frozenset(("block.known", "time.block", "witness.office"))
"""Open without a node, or where it lacks the batch; then another finding says so."""
OF_A_BATCH = ("batch.head", "anchor.", "state.", "block.", "ledger.", "witness.", "time.")
"""Checks whose facts every item of a batch shares."""


_Group = tuple[str, CheckStatus, int, str]
"""Code, status, batch and reason that findings about one batch share."""


class Progress(Protocol):
    """Hears how far an audit has come."""

    def begin(self, items: int, size: int) -> None:
        """So many items and bytes lie ahead."""

    def walked(self, done: int, count: int) -> None:
        """Batches of the ledger that were walked."""

    def read(self, size: int) -> None:
        """Bytes that were read since the last call; may come from any thread."""

    def checked(self) -> None:
        """One more item is done."""


@dataclass
class _Seen:
    """What one source gave so far."""

    items: int = 0
    anchored: int = 0
    size: int = 0
    failed: set[str] = field(default_factory=set)
    commitments: dict[bytes, str] = field(default_factory=dict)


class Auditor:
    """One audit. reader: the ledger, None to work without a node; at: the present time (None: the clock)."""

    def __init__(
        self,
        trust: TrustRoot,
        reader: LedgerReader | None,
        progress: Progress,
        *,
        threads: int = THREADS,
        at: datetime | None = None,
    ) -> None:
        self._trust = trust
        self._ledger = LedgerAudit(trust, reader)
        self._progress = progress
        self._threads = threads
        self._at = at or datetime.now(UTC)
        self._findings: list[Finding] = []
        self._shared: dict[_Group, list[str]] = {}
        self._details: dict[_Group, dict[str, Any]] = {}

    def run(self, sources: Iterable[Source]) -> Report:
        """Audit all sources; one bad item never stops the rest."""
        listed = list(sources)
        begun = time.monotonic()
        sizes = [source.measure() for source in listed]
        self._progress.begin(sum(items for items, _ in sizes), sum(size for _, size in sizes))
        self._findings += self._ledger.walk(self._progress.walked)
        self._verifier = BatchVerifier(self._trust, self._ledger.reader, self._at)
        facts = [self._source(source) for source in listed]
        self._findings += self._grouped()
        self._findings += self._ledger.compare(complete=any(one.complete for one in listed))
        return Report(
            at=instant_text(self._at.replace(microsecond=0)),
            trust=self._trust.name,
            sources=tuple(facts),
            ledger=self._ledger.facts,
            findings=tuple(self._findings),
            seconds=time.monotonic() - begun,
        )

    def _source(self, source: Source) -> SourceFacts:
        seen = _Seen()
        with ThreadPoolExecutor(self._threads) as pool:
            for item, digest in self._read_ahead(source, pool, seen):
                findings = list(self._item(item, digest, seen))
                if any(finding.status is FAILED for finding in findings):
                    seen.failed.add(item.name)
                self._findings += findings
                seen.items += 1
                seen.size += item.size
                self._progress.checked()
        self._findings += source.leftovers(frozenset(seen.failed))
        return SourceFacts(source.name, source.complete, seen.items, seen.anchored, seen.size)

    def _read_ahead(
        self, source: Source, pool: ThreadPoolExecutor, seen: _Seen
    ) -> Iterator[tuple[Item, FileDigest | Finding | None]]:
        """Items in their order with the digests of their bytes; files are read by a few threads, a few ahead."""
        waiting: deque[tuple[Item, Future[FileDigest | Finding | None]]] = deque()
        for one in source.items():
            if isinstance(one, Finding):
                self._findings.append(one)
                seen.failed.update(one.items)
                continue
            waiting.append((one, pool.submit(self._digest, one)))
            if len(waiting) > self._threads * AHEAD:
                item, future = waiting.popleft()
                yield item, future.result()
        while waiting:
            item, future = waiting.popleft()
            yield item, future.result()

    def _digest(self, item: Item) -> FileDigest | Finding | None:
        """Both digests of an item's bytes; a finding when they cannot be had."""
        if item.read is None:
            return item.absence
        stream = DigestStream()
        try:
            for piece in item.read():
                stream.update(piece)
                self._progress.read(len(piece))
        except NotFound as error:
            if error.code == "StoreErased":
                return Finding("file.erased", UNDETERMINED, (item.name,))
            return Finding("file.missing", FAILED, (item.name,))
        except (Tampered, MalformedInput) as error:
            detail = {"where": error.where, "message": error.message}
            return Finding("file.damaged", FAILED, (item.name,), detail=detail)
        except (EvidenceError, OSError) as error:
            return Finding("file.unreadable", UNDETERMINED, (item.name,), detail={"message": str(error)})
        return stream.finish()

    def _item(self, item: Item, digest: FileDigest | Finding | None, seen: _Seen) -> Iterator[Finding]:
        if isinstance(digest, Finding):
            yield digest
            if digest.code == "file.erased" and item.statement is None and item.proof is None:
                if item.place is not None:  # its commitment stays on the ledger and belongs to nobody
                    self._ledger.expect(item.place)
                return
        found = None if isinstance(digest, Finding) else digest
        statement = None
        try:
            statement = None if item.statement is None else Statement.parse(item.statement)
        except MalformedInput as error:
            yield _malformed("statement.malformed", item, error)
        proof = None
        try:
            proof = None if item.proof is None else Proof.parse(item.proof)
        except MalformedInput as error:
            yield _malformed("proof.malformed", item, error)
        stated = (statement, None if proof is None else proof.statement)
        commitments = [one.commitment() for one in stated if one is not None]
        if proof is not None:
            seen.anchored += 1
            if len(set(commitments)) > 1:
                yield Finding("statement.other", FAILED, (item.name,))
            yield from self._proof(item, found, proof)
        else:
            yield from _unproven(item, found, statement)
        if item.place is not None:
            self._ledger.expect(item.place)
        for commitment in commitments[-1:]:
            first = seen.commitments.setdefault(commitment, item.name)
            if first != item.name:
                yield Finding("item.twice", FAILED, (first, item.name))

    def _proof(self, item: Item, digest: FileDigest | None, proof: Proof) -> Iterator[Finding]:
        verdict = self._verifier.verify(digest, proof)
        bad = [check for check in verdict.checks if check.status is not PASSED]
        if not {"batch.inclusion", "batch.head"} & {check.code for check in bad}:
            self._ledger.account(proof)
        yield from _differences(item, bad)
        for check in bad:
            if check.code in FILE_CODES or (check.status is UNDETERMINED and self._explained(check, bad)):
                continue
            if check.code.startswith(OF_A_BATCH):
                self._share(check, proof.batch.number, item.name)
            else:
                yield Finding(check.code, check.status, (item.name,), proof.batch.number, check.detail)

    def _explained(self, check: Check, others: list[Check]) -> bool:
        """Is this open check said already, by another finding or by the submitter's silence?"""
        if check.code in STATED_ONCE:
            return True
        if check.code not in ONLY_A_NODE and not check.code.startswith("ledger."):
            return False
        if self._ledger.reader is None:
            return True
        absent = any(one.code == "ledger.batch" and one.status is UNDETERMINED for one in others)
        return absent and check.code != "ledger.batch"

    def _share(self, check: Check, batch: int, name: str) -> None:
        """Put a finding about a batch together with the same of its other items."""
        key = (check.code, check.status, batch, str(check.detail.get("reason", "")))
        self._details.setdefault(key, check.detail)
        self._shared.setdefault(key, []).append(name)

    def _grouped(self) -> Iterator[Finding]:
        for key, names in self._shared.items():
            code, status, batch, _reason = key
            unique = list(dict.fromkeys(names))
            detail = dict(self._details[key])
            if len(unique) > NAMED:
                detail["count"] = len(unique)
            yield Finding(code, status, tuple(unique[:NAMED]), batch, detail)


def _malformed(code: str, item: Item, error: MalformedInput) -> Finding:
    return Finding(code, FAILED, (item.name,), detail={"where": error.where, "message": error.message})


def _differences(item: Item, checks: Iterable[Check]) -> Iterator[Finding]:
    """One finding for all that differs between file and statement."""
    differs = {FILE_CODES[c.code]: c.detail for c in checks if c.code in FILE_CODES and c.status is FAILED}
    if differs:
        detail: dict[str, Any] = {"differs": list(differs)}
        for name, facts in differs.items():
            detail[f"expected_{name}"] = facts.get("expected")
            detail[f"actual_{name}"] = facts.get("actual")
        yield Finding("file.differs", FAILED, (item.name,), detail=detail)


def _unproven(item: Item, digest: FileDigest | None, statement: Statement | None) -> Iterator[Finding]:
    """An item without a usable proof: not anchored yet, or its proof is missing; its bytes are compared all the same."""
    if item.proof is None:
        if item.place is None:
            yield Finding("item.unanchored", UNDETERMINED, (item.name,))
        else:
            yield Finding("proof.missing", FAILED, (item.name,), item.place[0] or None)
    if statement is None:
        if item.statement is None and item.proof is None:
            yield Finding("statement.missing", FAILED, (item.name,))
        return
    if digest is not None and digest != statement.digest:
        checks = [
            Check(
                answer=Answer.INTEGRITY,
                code=code,
                status=PASSED if getattr(digest, name) == getattr(statement.digest, name) else FAILED,
                detail={
                    "expected": _shown(getattr(statement.digest, name)),
                    "actual": _shown(getattr(digest, name)),
                },
            )
            for code, name in FILE_CODES.items()
        ]
        yield from _differences(item, checks)


def _shown(value: bytes | int) -> str | int:
    return to_hex(value) if isinstance(value, bytes) else value


class Silence:
    """Progress that nobody watches."""

    def begin(self, items: int, size: int) -> None:
        """Nothing."""

    def walked(self, done: int, count: int) -> None:
        """Nothing."""

    def read(self, size: int) -> None:
        """Nothing."""

    def checked(self) -> None:
        """Nothing."""
