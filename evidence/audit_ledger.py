"""The ledger's side of an audit: its whole line of batches walked once, its answers remembered, compared with proofs.
Not here: the checks of one proof (see `verify`) and the files (see `audit`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from .audit_records import Finding, LedgerFacts
from .errors import EvidenceError
from .merkle import GENESIS_HEAD, next_head
from .proof import Proof, StateClaim
from .protocols import LedgerReader
from .records import (
    AnchoredBatch,
    LedgerIdentity,
    Office,
    OfficeQuestion,
    ProofQuestions,
    SealedSettlement,
)
from .strict import to_hex
from .trust import TrustRoot
from .verdict import CheckStatus

FAILED, UNDETERMINED = CheckStatus.FAILED, CheckStatus.UNDETERMINED
LISTED = 50
"""Leaves that a finding names one by one."""
Answer = TypeVar("Answer")


class RememberingReader:
    """Asks each question once: an audit sees one state of the ledger, and a node that is away is not waited for again."""

    def __init__(self, reader: LedgerReader) -> None:
        self._reader = reader
        self._answers: dict[tuple[object, ...], object] = {}

    def _once(self, ask: Callable[..., Answer], *arguments: object) -> Answer:
        key = (ask.__name__, *arguments)
        if key not in self._answers:
            try:
                self._answers[key] = ask(*arguments)
            except EvidenceError as error:
                self._answers[key] = error
        answer: Any = self._answers[key]
        if isinstance(answer, EvidenceError):
            raise answer
        found: Answer = answer
        return found

    def identity(self) -> LedgerIdentity:
        """As the reader says, once."""
        return self._once(self._reader.identity)

    def head(self) -> tuple[int, bytes]:
        """As the reader says, once."""
        return self._once(self._reader.head)

    def batch(self, number: int) -> AnchoredBatch | None:
        """As the reader says, once for each number."""
        return self._once(self._reader.batch, number)

    def settlement(self, agreement: bytes) -> SealedSettlement | None:
        """As the reader says, once for each agreement."""
        return self._once(self._reader.settlement, agreement)

    def holds_office(self, signer: bytes, office: Office, at: int) -> bool:
        """As the reader says, once for each question."""
        return self._once(self._reader.holds_office, signer, office, at)

    def offices_held(self, questions: Sequence[OfficeQuestion]) -> list[bool]:
        """As the reader says, once for these questions."""
        return self._once(self._reader.offices_held, tuple(questions))

    def ahead(self, questions: ProofQuestions) -> RememberingReader:
        """Nothing is asked ahead: what many proofs share is asked once."""
        return self

    def is_final(self, block_number: int) -> bool:
        """As the reader says, once for each block."""
        return self._once(self._reader.is_final, block_number)

    def block_hash(self, number: int) -> bytes | None:
        """As the reader says, once for each block."""
        return self._once(self._reader.block_hash, number)

    def state_proof(self, head: bytes, block_number: int | None = None) -> StateClaim | None:
        """As the reader says, once for each question."""
        return self._once(self._reader.state_proof, head, block_number)


class LedgerAudit:
    """Walks the ledger, remembers which leaves proofs account for, and says what is left over.

    `reader` is None when no usable node was given: then what only a node can say is one finding, not one per item.
    """

    def __init__(self, trust: TrustRoot, reader: LedgerReader | None) -> None:
        self._trust = trust
        self.reader: RememberingReader | None = None if reader is None else RememberingReader(reader)
        self.facts = LedgerFacts(asked=reader is not None)
        self._recorded: dict[int, AnchoredBatch] = {}
        self._claimed: dict[int, set[tuple[bytes, int, bytes, bytes]]] = defaultdict(set)
        self._leaves: dict[int, set[int]] = defaultdict(set)

    def walk(self, step: Callable[[int, int], None]) -> Iterator[Finding]:
        """Every batch from 1 to the head: each follows the one before. step: called with done and all batches."""
        if self.reader is None:
            yield Finding("ledger.not_asked", UNDETERMINED)
            return
        try:
            wrong = self._identity()
            if wrong is None:
                yield from self._line(step)
        except EvidenceError as error:
            wrong = Finding("ledger.unavailable", UNDETERMINED, detail={"message": error.message})
        if wrong is not None:
            self.reader = None
            yield wrong

    def _identity(self) -> Finding | None:
        """Why this node's answers do not count, if they do not."""
        assert self.reader is not None  # noqa: S101  (walk asks only with one)
        found = self.reader.identity()
        contract = self._trust.evidence_ledger
        code = found.code_hashes.get(contract)
        if (found.chain_id, code) == (self._trust.chain_id, self._trust.code_hashes[contract]):
            return None
        detail = {
            "chain_id": found.chain_id,
            "expected_chain_id": self._trust.chain_id,
            "code_hash": code,
            "expected_code_hash": self._trust.code_hashes[contract],
        }
        return Finding("ledger.identity", FAILED, detail=detail)

    def _line(self, step: Callable[[int, int], None]) -> Iterator[Finding]:
        assert self.reader is not None  # noqa: S101  (walk asks only with one)
        count, last = self.reader.head()
        self.facts = LedgerFacts(True, count, last)
        previous = GENESIS_HEAD
        for number in range(1, count + 1):
            batch = self.reader.batch(number)
            if batch is None:
                yield Finding("ledger.gap", FAILED, batch=number)
                return
            self._recorded[number] = batch
            follows = next_head(previous, batch.root, batch.size)
            if batch.previous_head != previous or batch.head != follows:
                yield Finding("ledger.line", FAILED, batch=number, detail={"expected": to_hex(follows)})
            previous = batch.head
            step(number, count)
        if previous != last:
            yield Finding(
                "ledger.head", FAILED, detail={"expected": to_hex(previous), "actual": to_hex(last)}
            )

    def account(self, proof: Proof) -> None:
        """A proof whose path and head hold accounts for its leaf."""
        batch, size = proof.batch, proof.inclusion.size
        self._claimed[batch.number].add((batch.root, size, batch.previous_head, batch.head))
        self._leaves[batch.number].add(proof.inclusion.index)

    def expect(self, place: tuple[int, int | None]) -> None:
        """A leaf that a source says to be an item's, though its proof is not at hand or does not hold."""
        number, index = place
        if index is not None:
            self._leaves[number].add(index)

    def compare(self, *, complete: bool) -> Iterator[Finding]:
        """Batches of the ledger that no item is in, leaves that no item accounts for, proofs that contradict each other.

        complete: the sources claim to list everything; else what is left over belongs to others.
        """
        for number, claims in sorted(self._claimed.items()):
            if len(claims) > 1:
                yield Finding("batch.contradiction", FAILED, batch=number)
            following = {claim[2] for claim in self._claimed.get(number + 1, ())}
            if following and not following & {claim[3] for claim in claims}:
                yield Finding("batch.line", FAILED, batch=number + 1)
        if not complete:
            return
        last = max([0, *self._claimed, *self._leaves, *self._recorded])
        for number in range(1, last + 1):
            yield from self._leftover(number)

    def _leftover(self, number: int) -> Iterator[Finding]:
        known = self._leaves.get(number, set())
        size = self._size(number)
        if not known:
            yield Finding("batch.unknown", FAILED, batch=number, detail={"size": size})
        elif size is not None and (lacking := sorted(set(range(size)) - known)):
            detail = {"leaves": lacking[:LISTED], "count": len(lacking), "size": size}
            yield Finding("batch.leaf_unknown", FAILED, batch=number, detail=detail)

    def _size(self, number: int) -> int | None:
        """Leaves of a batch: the ledger's word, else that of the proofs where they agree."""
        if number in self._recorded:
            return self._recorded[number].size
        sizes = {claim[1] for claim in self._claimed.get(number, ())}
        return sizes.pop() if len(sizes) == 1 else None
