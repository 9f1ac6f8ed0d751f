"""Verifies a proof against the trust root that the verifier brings: every check is made and listed.
Not here: the proof's form (see `proof`); nothing here changes anything or asks anybody but the given reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from .custody import check_custody, opens_for
from .digest import FileDigest, PartialDigest
from .errors import MalformedInput, Tampered
from .ledger_look import LedgerLook
from .merkle import next_head, root_from_path
from .proof import Proof, WitnessClaim
from .protocols import LedgerReader
from .records import witness_word
from .signature import is_canonical, verify_signature
from .state_checks import StateLook, block_known_check, block_time_check
from .statement import SourceForm, StatementKind, subject_of
from .strict import to_hex
from .time_checks import Line, earliest_token, examine_lines, time_checks
from .trust import TrustedWitness, TrustRoot
from .typed_data import Attestation, Witness
from .verdict import NOT_PROVIDED, Answer, Check, CheckStatus, Verdict

__all__ = ["Answer", "Check", "CheckStatus", "Verdict", "Verifier"]

LIKELY_CAUSES = ["re_saved", "compressed", "forwarded", "other_version", "other_file"]
PASSED, FAILED, UNDETERMINED = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.UNDETERMINED
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ORIGIN_QUESTIONS = ("made_by", "made_at", "device", "method", "proves")


@dataclass(frozen=True)
class Seen:
    """A co-signature: whether it holds, and whom the trust root names for it."""

    signer: bytes
    signed: bool
    named: TrustedWitness | None


@dataclass(frozen=True)
class Examined:
    """What can be found out about a proof without asking anybody: its lines of tokens, co-signatures and state."""

    proof: Proof
    lines: Sequence[Line]
    seen: Sequence[Seen]
    state: StateLook


class Verifier:
    """Brings its own trust root, and a way to read the ledger if it has one (None: work offline).

    at: the present time (aware), by which tokens have lapsed or not; None: the clock. block: number and hash (32 bytes)
    of a block that the verifier knows from elsewhere.
    """

    def __init__(
        self,
        trust: TrustRoot,
        reader: LedgerReader | None = None,
        *,
        at: datetime | None = None,
        block: tuple[int, bytes] | None = None,
    ) -> None:
        self._trust = trust
        self._reader = reader
        self._at = at
        self._block = block

    def verify(self, digest: FileDigest | PartialDigest | None, proof: Proof) -> Verdict:
        """All checks over a file's digests, or those that are known, and a proof; None when the file is not at hand."""
        examined = self.examine(proof)
        return self.judge(digest, examined, self.look(examined))

    def examine(self, proof: Proof) -> Examined:
        """First step of `verify`: tokens, co-signatures and state. Computing only."""
        lines = examine_lines(proof, self._trust)
        return Examined(proof, lines, self._seen_witnesses(proof, lines), StateLook(self._trust, proof))

    def look(self, examined: Examined) -> LedgerLook:
        """Second step: what the reader says. The only one that waits for anybody."""
        unnamed = [one.signer for one in examined.seen if one.signed and one.named is None]
        blocks = (examined.state.block_number,)
        return LedgerLook(self._reader, self._trust, examined.proof, blocks=blocks, witnesses=unnamed)

    def judge(
        self, digest: FileDigest | PartialDigest | None, examined: Examined, ledger: LedgerLook
    ) -> Verdict:
        """Last step: every check. Computing only."""
        proof, lines, seen, state = examined.proof, examined.lines, examined.seen, examined.state
        vouching = [one.named for one in seen if one.named is not None]
        known = block_known_check(state, self._block, ledger, vouching)
        checks = [
            *_file_checks(digest, proof.statement.digest),
            *_tree_checks(proof),
            _anchor_check(proof, self._trust),
            *state.checks,
            known,
            *ledger.integrity_checks(),
            *_witness_checks(seen, ledger),
            *time_checks(proof, lines, self._at or datetime.now(UTC), block_time_check(state, known, ledger)),
            *self._submitter_checks(proof),
            *_origin_checks(proof),
        ]
        return Verdict(tuple(checks))

    def _seen_witnesses(self, proof: Proof, lines: Sequence[Line]) -> list[Seen]:
        """A witness is named by a term that covers the block's time and, where a token holds, the earliest token's.

        The block's time alone is the operator's clock: it could be set back into a term that is long over.
        """
        moments, stamped = [proof.anchor.block_time], earliest_token(lines)
        if stamped is not None:
            moments.append((stamped - EPOCH) // timedelta(seconds=1))
        found = []
        for claim in proof.witnesses:
            signed = self._witness_signed(proof, claim)
            named = self._trust.witness(claim.signer, *moments) if signed else None
            found.append(Seen(claim.signer, signed, named))
        return found

    def _witness_signed(self, proof: Proof, claim: WitnessClaim) -> bool:
        batch, anchor = proof.batch, proof.anchor
        message = Witness(batch.number, batch.head, anchor.block_number, anchor.block_hash)
        digest = message.digest(self._trust.evidence_domain)
        exact = is_canonical(claim.signer, claim.signature, self._trust.verifiers)
        return exact and _signed(claim.signer, digest, claim.signature, self._trust)

    def _submitter_checks(self, proof: Proof) -> Iterator[Check]:
        submitter = proof.statement.submitter
        yield Check(Answer.SUBMITTER, "submitter.stated", PASSED, dict(submitter))
        attestation = Attestation(proof.statement.commitment(), subject_of(submitter))
        digest = attestation.digest(self._trust.evidence_domain)
        operator = bytes.fromhex(self._trust.operator[2:])
        good = _signed(operator, digest, proof.attestation, self._trust)
        detail = {"operator": self._trust.operator}
        yield Check(Answer.SUBMITTER, "submitter.attested", PASSED if good else FAILED, detail)


def _witness_checks(seen: Sequence[Seen], ledger: LedgerLook) -> Iterator[Check]:
    for one in seen:
        detail: dict[str, Any] = {"signer": to_hex(one.signer)}
        yield Check(Answer.INTEGRITY, "witness.signature", PASSED if one.signed else FAILED, detail)
        if not one.signed:
            continue
        if one.named is None:
            yield ledger.witness_office_check(one.signer, detail)
            continue
        office = witness_word(one.named.office)
        detail = {**detail, "name": one.named.name, "office": office, "by": "trust_root"}
        yield Check(Answer.INTEGRITY, "witness.office", PASSED, detail)


def _signed(signer: bytes, digest: bytes, signature: bytes, trust: TrustRoot) -> bool:
    try:
        return verify_signature(signer, digest, signature, trust.verifiers)
    except MalformedInput:
        return False


def _file_checks(digest: FileDigest | PartialDigest | None, claimed: FileDigest) -> Iterator[Check]:
    pairs = (("size", "file.size"), ("sha256", "file.sha256"), ("sm3", "file.sm3"))
    for name, code in pairs:
        expected, found = _shown(getattr(claimed, name)), getattr(digest, name, None)
        if found is None:
            yield Check(Answer.INTEGRITY, code, UNDETERMINED, {"reason": NOT_PROVIDED, "expected": expected})
            continue
        actual = _shown(found)
        detail: dict[str, Any] = {"expected": expected, "actual": actual}
        if expected != actual:
            detail["likely_causes"] = LIKELY_CAUSES
        yield Check(Answer.INTEGRITY, code, PASSED if expected == actual else FAILED, detail)


def _shown(value: bytes | int) -> str | int:
    return to_hex(value) if isinstance(value, bytes) else value


def _tree_checks(proof: Proof) -> Iterator[Check]:
    commitment = proof.statement.commitment()
    detail: dict[str, Any] = {"commitment": to_hex(commitment), "root": to_hex(proof.batch.root)}
    try:
        root = root_from_path(commitment, proof.inclusion.index, proof.inclusion.size, proof.inclusion.path)
        status = PASSED if root == proof.batch.root else FAILED
    except MalformedInput as error:
        status, detail["message"] = FAILED, error.message
    yield Check(Answer.INTEGRITY, "batch.inclusion", status, detail)
    head = next_head(proof.batch.previous_head, proof.batch.root, proof.inclusion.size)
    detail = {"head": to_hex(proof.batch.head), "number": proof.batch.number}
    yield Check(Answer.INTEGRITY, "batch.head", PASSED if head == proof.batch.head else FAILED, detail)


def _anchor_check(proof: Proof, trust: TrustRoot) -> Check:
    """Are chain and contract of the proof the trusted ones?"""
    anchor = proof.anchor
    detail = {
        "chain_id": anchor.chain_id,
        "contract": anchor.contract,
        "expected_chain_id": trust.chain_id,
        "expected_contract": trust.evidence_ledger,
    }
    same = (anchor.chain_id, anchor.contract) == (trust.chain_id, trust.evidence_ledger)
    return Check(Answer.INTEGRITY, "anchor.trusted", PASSED if same else FAILED, detail)


def _origin_checks(proof: Proof) -> Iterator[Check]:
    body = proof.statement.body
    if proof.statement.kind is StatementKind.EXHIBIT:
        yield from _stated_origin(body["origin"])
    else:
        yield Check(
            Answer.ORIGIN,
            "origin.document",
            PASSED,
            {"title": body["title"], "kind": proof.statement.kind.value},
        )
    if not proof.custody:
        yield Check(Answer.ORIGIN, "custody.chain", UNDETERMINED, {"reason": NOT_PROVIDED})
        return
    try:
        check_custody(proof.custody)
        yield Check(Answer.ORIGIN, "custody.chain", PASSED, {"entries": len(proof.custody)})
    except (Tampered, MalformedInput) as error:
        yield Check(Answer.ORIGIN, "custody.chain", FAILED, {"where": error.where, "message": error.message})
    opens = opens_for(proof.custody[0], proof.statement)
    yield Check(Answer.ORIGIN, "custody.first", PASSED if opens else FAILED, {"act": proof.custody[0].act})


def _stated_origin(origin: dict[str, Any]) -> Iterator[Check]:
    stated = {key: origin[key] for key in ORIGIN_QUESTIONS}
    unanswered = [key for key, value in stated.items() if not value]
    detail: dict[str, Any] = {**stated, "form": origin["form"], "note": "stated_not_verified"}
    if unanswered:
        detail |= {"reason": NOT_PROVIDED, "unanswered": unanswered}
    yield Check(Answer.ORIGIN, "origin.stated", UNDETERMINED if unanswered else PASSED, detail)
    if origin["form"] == SourceForm.COPY:
        compared = {"compared_by": origin["compared_by"], "compared_at": origin["compared_at"]}
        complete = all(compared.values())
        reason = {} if complete else {"reason": NOT_PROVIDED}
        status = PASSED if complete else UNDETERMINED
        yield Check(Answer.ORIGIN, "origin.compared", status, {**compared, **reason})
