"""What a node says about a proof's batch, asked once and together, and the checks that follow from it.
Not here: checks that need no node (see `verify`, `state_checks`, `time_checks`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .errors import EvidenceError
from .proof import Proof
from .protocols import LedgerReader
from .records import WITNESS_OFFICES, AnchoredBatch, OfficeQuestion, ProofQuestions
from .signature import keccak
from .strict import to_hex
from .trust import TrustRoot
from .verdict import Answer, Check, CheckStatus

NO_CODE = to_hex(keccak(b""))
"""Hash of the code of an address where nothing is deployed (yet)."""
PASSED, FAILED, UNDETERMINED = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.UNDETERMINED


class LedgerLook:
    """What the reader says about the proof's batch, asked once; a reader that is away is remembered as such.

    blocks: numbers of blocks whose hashes will be wanted; witnesses: signers whose offices will. Nothing is asked after
    the beginning, so that the checks can be made wherever the reader cannot be used.
    """

    def __init__(
        self,
        reader: LedgerReader | None,
        trust: TrustRoot,
        proof: Proof,
        *,
        blocks: Sequence[int] = (),
        witnesses: Sequence[bytes] = (),
    ) -> None:
        self._asked, self._trust, self._proof = reader is not None, trust, proof
        self._problem: dict[str, Any] | None = None
        self._batch: AnchoredBatch | None = None
        self._identity_status = UNDETERMINED
        self._identity_detail: dict[str, Any] = {}
        self._count = 0
        self._final = False
        self._officials_code = UNDETERMINED
        self._blocks = tuple(dict.fromkeys(blocks))
        self._hashes: dict[int, bytes | None] = {}
        self._witnesses = tuple(dict.fromkeys(witnesses))
        self._in_office: dict[bytes, bool] | EvidenceError = {}
        if reader is None:
            self._problem = {"reason": "offline"}
            return
        try:
            self._ask(reader)
        except EvidenceError as error:
            self._problem = {"reason": "unavailable", "message": error.message}

    def _questions(self) -> ProofQuestions:
        claim, at = self._proof.batch, self._proof.anchor.block_time
        return ProofQuestions(claim.number, claim.head, self._blocks, self._office_questions(at))

    def _office_questions(self, at: int) -> tuple[OfficeQuestion, ...]:
        return tuple((signer, office, at) for signer in self._witnesses for office in WITNESS_OFFICES)

    def _ask(self, reader: LedgerReader) -> None:
        reader = reader.ahead(self._questions())
        identity = reader.identity()
        contract = self._trust.evidence_ledger
        found = identity.code_hashes.get(contract)
        self._identity_detail = {
            "chain_id": identity.chain_id,
            "expected_chain_id": self._trust.chain_id,
            "contract": contract,
            "code_hash": found,
            "expected_code_hash": self._trust.code_hashes[contract],
        }
        if identity.chain_id == self._trust.chain_id and found in (None, NO_CODE):
            self._identity_detail["reason"] = "not_there_yet"
            return
        same = identity.chain_id == self._trust.chain_id and found == self._trust.code_hashes[contract]
        self._identity_status = PASSED if same else FAILED
        if not same:
            return
        self._officials_code = self._code_of_officials(identity.code_hashes)
        self._count = reader.head()[0]
        self._batch = reader.batch(self._proof.batch.number)
        self._final = self._batch is not None and reader.is_final(self._batch.block_number)
        self._hashes = {number: _hash(reader, number) for number in self._blocks}
        if self._batch is not None and self._officials_code is PASSED:
            self._in_office = self._who_was_in_office(reader, self._batch.block_time)

    def _who_was_in_office(self, reader: LedgerReader, at: int) -> dict[bytes, bool] | EvidenceError:
        questions = self._office_questions(at)
        if not questions:
            return {}
        try:
            answers = reader.offices_held(questions)
        except EvidenceError as error:
            return error
        held = {signer for (signer, _, _), answer in zip(questions, answers, strict=True) if answer}
        return {signer: signer in held for signer in self._witnesses}

    def _code_of_officials(self, found: Mapping[str, str]) -> CheckStatus:
        """UNDETERMINED when the trust root does not say which code the register of offices has."""
        expected = self._trust.code_hashes.get(self._trust.officials)
        if expected is None:
            return UNDETERMINED
        return PASSED if found.get(self._trust.officials) == expected else FAILED

    def _absence(self) -> str:
        """Why there is no batch to look at."""
        if self._identity_status is FAILED:
            return "other_ledger"
        return "not_there_yet" if self._proof.batch.number > self._count else "not_there"

    def integrity_checks(self) -> Iterator[Check]:
        """Is the node of the trusted ledger, and does it hold exactly this batch? Nothing where no node is asked."""
        if not self._asked:
            return
        if self._problem is not None:
            for code in ("ledger.identity", "ledger.batch", "ledger.final"):
                yield Check(Answer.INTEGRITY, code, UNDETERMINED, dict(self._problem))
            return
        yield Check(Answer.INTEGRITY, "ledger.identity", self._identity_status, self._identity_detail)
        yield self._batch_check()
        final: dict[str, Any] = {"block_number": self._batch.block_number if self._batch else None}
        if not self._final:
            final["reason"] = "not_final" if self._batch else self._absence()
        yield Check(Answer.INTEGRITY, "ledger.final", PASSED if self._final else UNDETERMINED, final)

    def _batch_check(self) -> Check:
        claim, size = self._proof.batch, self._proof.inclusion.size
        detail: dict[str, Any] = {"number": claim.number, "batches_on_ledger": self._count}
        if self._batch is None:
            detail["reason"] = self._absence()
            status = UNDETERMINED if detail["reason"] == "not_there_yet" else FAILED
            return Check(Answer.INTEGRITY, "ledger.batch", status, detail)
        batch = self._batch
        recorded = (batch.number, batch.root, batch.size, batch.previous_head, batch.head)
        same = recorded == (claim.number, claim.root, size, claim.previous_head, claim.head)
        if not same:
            detail |= {"recorded_root": to_hex(self._batch.root), "recorded_head": to_hex(self._batch.head)}
        return Check(Answer.INTEGRITY, "ledger.batch", PASSED if same else FAILED, detail)

    def block_hash(self, number: int) -> bytes | None:
        """The hash that the node tells for one of `blocks`; None where it tells none or is not of the trusted ledger."""
        return self._hashes.get(number)

    def block_word(self) -> tuple[CheckStatus, dict[str, Any]]:
        """Are block and transaction of the proof those of the ledger's batch? UNDETERMINED where it cannot say."""
        if self._problem is not None:
            return UNDETERMINED, dict(self._problem)
        if self._batch is None:
            status = FAILED if self._identity_status is FAILED else UNDETERMINED
            return status, {"reason": self._absence()}
        anchor, batch = self._proof.anchor, self._batch
        recorded = (batch.block_number, batch.block_hash, batch.block_time, batch.transaction.lower())
        claimed = (anchor.block_number, anchor.block_hash, anchor.block_time, to_hex(anchor.transaction))
        if recorded != claimed:
            return FAILED, {"recorded_block_number": batch.block_number}
        return PASSED, {}

    def witness_office_check(self, signer: bytes, detail: dict[str, Any]) -> Check:
        """Did the witness, one of `witnesses`, hold an office of a witness when the recorded block was made?"""
        code = "witness.office"
        if self._problem is not None:
            return Check(Answer.INTEGRITY, code, UNDETERMINED, {**detail, **self._problem})
        if self._identity_status is FAILED or self._officials_code is FAILED:
            return Check(Answer.INTEGRITY, code, FAILED, {**detail, "reason": "other_ledger"})
        if self._batch is None or self._officials_code is UNDETERMINED:
            reason = self._absence() if self._batch is None else "no_code_hash"
            return Check(Answer.INTEGRITY, code, UNDETERMINED, {**detail, "reason": reason})
        if isinstance(self._in_office, EvidenceError):
            facts = {**detail, "message": self._in_office.message}
            return Check(Answer.INTEGRITY, code, UNDETERMINED, facts)
        held = self._in_office[signer]
        return Check(Answer.INTEGRITY, code, PASSED if held else FAILED, detail)


def _hash(reader: LedgerReader, number: int) -> bytes | None:
    try:
        return reader.block_hash(number)
    except EvidenceError:
        return None
