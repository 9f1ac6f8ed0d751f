"""Verifies a proof against the trust root that the verifier brings: every check is made and listed.
Not here: the proof's form (see `proof`); nothing here changes anything or asks anybody but the given reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from .custody import check_custody, opens_for
from .digest import FileDigest
from .errors import EvidenceError, MalformedInput, Tampered
from .merkle import next_head, root_from_path
from .proof import Proof
from .protocols import LedgerReader
from .records import WITNESS_OFFICES, AnchoredBatch
from .signature import is_canonical, keccak, verify_signature
from .statement import SourceForm, StatementKind, subject_of
from .strict import instant_text, parse_instant, to_hex
from .timestamp import Timestamp, verify_token
from .trust import TrustRoot
from .typed_data import Attestation, Witness
from .verdict import NOT_PROVIDED, Answer, Check, CheckStatus, Verdict

__all__ = ["Answer", "Check", "CheckStatus", "Verdict", "Verifier"]

CLOCK_TOLERANCE = 60
"""Seconds by which token, block and receipt may differ before it is pointed out."""
MAX_AUTHORITY = 200
"""Characters of an authority's name that a proof file keeps."""
NO_CODE = to_hex(keccak(b""))
"""Hash of the code of an address where nothing is deployed (yet)."""
LIKELY_CAUSES = ["re_saved", "compressed", "forwarded", "other_file"]
PASSED, FAILED, UNDETERMINED = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.UNDETERMINED
ORIGIN_QUESTIONS = ("made_by", "made_at", "device", "method", "proves")


class Verifier:
    """Brings its own trust root, and a way to read the ledger if it has one (None: work offline)."""

    def __init__(self, trust: TrustRoot, reader: LedgerReader | None = None) -> None:
        self._trust = trust
        self._reader = reader

    def verify(self, digest: FileDigest | None, proof: Proof) -> Verdict:
        """All checks over a file's digests and a proof; `digest` None when the file itself is not at hand."""
        ledger = _LedgerLook(self._reader, self._trust, proof)
        stamps = [self._token(proof, number) for number in range(len(proof.timestamps))]
        checks = [
            *_file_checks(digest, proof.statement.digest),
            *_tree_checks(proof),
            *ledger.integrity_checks(),
            *self._time_checks(proof, stamps, ledger),
            *self._witness_checks(proof, ledger),
            *self._submitter_checks(proof),
            *_origin_checks(proof),
        ]
        return Verdict(tuple(checks))

    def _token(self, proof: Proof, number: int) -> tuple[Check, Timestamp | None]:
        claim = proof.timestamps[number]
        try:
            stamp = verify_token(claim.token, proof.batch.head, self._trust.tsa_anchors)
        except (MalformedInput, Tampered) as error:
            detail = {"authority": claim.authority, "reason": error.code or "token", "message": error.message}
            status = UNDETERMINED if error.code == "no_anchor" else FAILED
            return Check(Answer.TIME, "time.token", status, detail), None
        if claim.authority != stamp.tsa_name[:MAX_AUTHORITY]:
            detail = {**_stamp_facts(stamp), "reason": "authority_name"}
            return Check(Answer.TIME, "time.token", FAILED, detail), None
        return Check(Answer.TIME, "time.token", PASSED, _stamp_facts(stamp)), stamp

    def _time_checks(
        self, proof: Proof, stamps: list[tuple[Check, Timestamp | None]], ledger: _LedgerLook
    ) -> Iterator[Check]:
        if not stamps:
            yield Check(Answer.TIME, "time.token", UNDETERMINED, {"reason": NOT_PROVIDED})
        yield from (check for check, _ in stamps)
        yield ledger.block_check()
        earliest = min((stamp.gen_time for _, stamp in stamps if stamp is not None), default=None)
        if earliest is not None:
            yield _order_check(proof, earliest)
            yield _difference_check(proof, earliest)

    def _witness_checks(self, proof: Proof, ledger: _LedgerLook) -> Iterator[Check]:
        digest = Witness(proof.batch.number, proof.batch.head).digest(self._trust.evidence_domain)
        for claim in proof.witnesses:
            detail: dict[str, Any] = {"signer": to_hex(claim.signer)}
            exact = is_canonical(claim.signer, claim.signature, self._trust.verifiers)
            if not exact or not _signed(claim.signer, digest, claim.signature, self._trust):
                yield Check(Answer.INTEGRITY, "witness.signature", FAILED, detail)
                continue
            yield Check(Answer.INTEGRITY, "witness.signature", PASSED, detail)
            yield ledger.witness_office_check(claim.signer, detail)

    def _submitter_checks(self, proof: Proof) -> Iterator[Check]:
        submitter = proof.statement.submitter
        yield Check(Answer.SUBMITTER, "submitter.stated", PASSED, dict(submitter))
        attestation = Attestation(proof.statement.commitment(), subject_of(submitter))
        digest = attestation.digest(self._trust.evidence_domain)
        operator = bytes.fromhex(self._trust.operator[2:])
        good = _signed(operator, digest, proof.attestation, self._trust)
        detail = {"operator": self._trust.operator}
        yield Check(Answer.SUBMITTER, "submitter.attested", PASSED if good else FAILED, detail)


def _signed(signer: bytes, digest: bytes, signature: bytes, trust: TrustRoot) -> bool:
    try:
        return verify_signature(signer, digest, signature, trust.verifiers)
    except MalformedInput:
        return False


def _file_checks(digest: FileDigest | None, claimed: FileDigest) -> Iterator[Check]:
    pairs = (("size", "file.size"), ("sha256", "file.sha256"), ("sm3", "file.sm3"))
    for name, code in pairs:
        expected = _shown(getattr(claimed, name))
        if digest is None:
            yield Check(Answer.INTEGRITY, code, UNDETERMINED, {"reason": NOT_PROVIDED, "expected": expected})
            continue
        actual = _shown(getattr(digest, name))
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


class _LedgerLook:
    """What the reader says about the proof's batch, asked once; a reader that is away is remembered as such."""

    def __init__(self, reader: LedgerReader | None, trust: TrustRoot, proof: Proof) -> None:
        self._reader, self._trust, self._proof = reader, trust, proof
        self._problem: dict[str, Any] | None = None
        self._batch: AnchoredBatch | None = None
        self._identity_status = UNDETERMINED
        self._identity_detail: dict[str, Any] = {}
        self._count = 0
        self._final = False
        self._officials_code = UNDETERMINED
        if reader is None:
            self._problem = {"reason": "offline"}
            return
        try:
            self._ask(reader)
        except EvidenceError as error:
            self._problem = {"reason": "unavailable", "message": error.message}

    def _ask(self, reader: LedgerReader) -> None:
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
        if identity.chain_id == self._trust.chain_id and found == NO_CODE:
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
        """Is the proof's contract the trusted one, is the node's, and does it hold exactly this batch?"""
        anchor = self._proof.anchor
        detail = {
            "chain_id": anchor.chain_id,
            "contract": anchor.contract,
            "expected_chain_id": self._trust.chain_id,
            "expected_contract": self._trust.evidence_ledger,
        }
        same = (anchor.chain_id, anchor.contract) == (self._trust.chain_id, self._trust.evidence_ledger)
        yield Check(Answer.INTEGRITY, "anchor.trusted", PASSED if same else FAILED, detail)
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

    def block_check(self) -> Check:
        """Do block and time of the proof agree with the ledger? The time is the operator's clock, not a proof."""
        anchor = self._proof.anchor
        detail: dict[str, Any] = {
            "block_number": anchor.block_number,
            "block_time": instant_text(datetime.fromtimestamp(anchor.block_time, UTC)),
            "clock": "operator",
        }
        if self._problem is not None:
            return Check(Answer.TIME, "time.block", UNDETERMINED, {**detail, **self._problem})
        if self._batch is None:
            status = FAILED if self._identity_status is FAILED else UNDETERMINED
            return Check(Answer.TIME, "time.block", status, {**detail, "reason": self._absence()})
        recorded = (
            self._batch.block_number,
            self._batch.block_hash,
            self._batch.block_time,
            self._batch.transaction.lower(),
        )
        claimed = (anchor.block_number, anchor.block_hash, anchor.block_time, to_hex(anchor.transaction))
        if recorded != claimed:
            detail["recorded_block_number"] = self._batch.block_number
        return Check(Answer.TIME, "time.block", PASSED if recorded == claimed else FAILED, detail)

    def witness_office_check(self, signer: bytes, detail: dict[str, Any]) -> Check:
        """Did the witness hold an office of a witness when the recorded block was made?"""
        code = "witness.office"
        if self._problem is not None or self._reader is None:
            return Check(Answer.INTEGRITY, code, UNDETERMINED, {**detail, **(self._problem or {})})
        if self._identity_status is FAILED or self._officials_code is FAILED:
            return Check(Answer.INTEGRITY, code, FAILED, {**detail, "reason": "other_ledger"})
        if self._batch is None or self._officials_code is UNDETERMINED:
            reason = self._absence() if self._batch is None else "no_code_hash"
            return Check(Answer.INTEGRITY, code, UNDETERMINED, {**detail, "reason": reason})
        at = self._batch.block_time
        try:
            held = any(self._reader.holds_office(signer, office, at) for office in WITNESS_OFFICES)
        except EvidenceError as error:
            return Check(Answer.INTEGRITY, code, UNDETERMINED, {**detail, "message": error.message})
        return Check(Answer.INTEGRITY, code, PASSED if held else FAILED, detail)


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
