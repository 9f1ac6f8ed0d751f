"""A proof anchored on a ledger in memory, and ways to ask what a verdict says about it.
Not here: expectations (see tests/unit/evidence/test_verify*.py)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from evidence.digest import digest_bytes
from evidence.errors import EvidenceError
from evidence.ledger import MemoryLedger, Office, TrustRoot
from evidence.merkle import GENESIS_HEAD, MerkleTree
from evidence.proof import AnchorClaim, BatchClaim, Inclusion, Proof, TokenClaim, WitnessClaim
from evidence.records import AnchoredBatch, LedgerIdentity
from evidence.statement import Statement, subject_of
from evidence.strict import unhex
from evidence.trust import TimestampAuthority
from evidence.typed_data import Witness
from evidence.verdict import CheckStatus, Verdict
from evidence.verify import Verifier
from scripts.vector_keys import FixedAuthority
from scripts.vector_parts import ANCHORED, FILE, OPERATOR_KEY, PRESENT, STAMPED, World, exhibit
from tests.signers import Signer

PASSED, FAILED, UNDETERMINED = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.UNDETERMINED
AUTHORITY = FixedAuthority("Vector Time Authority")


@dataclass
class Setting:
    """A ledger in memory with two batches, and everything that an honest proof is made of."""

    ledger: MemoryLedger
    trust: TrustRoot
    statement: Statement
    tree: MerkleTree
    batch: AnchoredBatch

    def witness(self, signer: Signer, head: bytes | None = None) -> WitnessClaim:
        batch = self.batch
        message = Witness(batch.number, head or batch.head, batch.block_number, batch.block_hash)
        return WitnessClaim(signer.name, signer.sign(message.digest(self.trust.evidence_domain)))

    def proof(self, **changes: object) -> Proof:
        batch = self.batch
        attested = self.ledger.attest(self.statement.commitment(), subject_of(self.statement.submitter))
        honest = Proof(
            statement=self.statement,
            inclusion=Inclusion(1, self.tree.size, tuple(self.tree.path(1))),
            batch=BatchClaim(batch.number, batch.root, batch.previous_head, batch.head),
            anchor=AnchorClaim(
                self.trust.chain_id,
                self.trust.evidence_ledger,
                unhex(batch.transaction, where="transaction"),
                batch.block_number,
                batch.block_hash,
                batch.block_time,
            ),
            attestation=attested,
            state=self.ledger.state_proof(batch.head, batch.block_number),
            timestamps=(TokenClaim(AUTHORITY.stamp(batch.head, STAMPED)),),
            custody=World(self.statement).custody(),
        )
        return replace(honest, **changes)

    def verify(self, proof: Proof, file: bytes | None = FILE, reader: object = "ledger") -> Verdict:
        used = self.ledger if reader == "ledger" else reader
        digest = None if file is None else digest_bytes(file)
        return Verifier(self.trust, used, at=PRESENT).verify(digest, proof)


def make(statement: Statement | None = None, finality_depth: int = 0) -> Setting:
    ledger = MemoryLedger(
        operator_key=OPERATOR_KEY, clock=lambda: int(ANCHORED.timestamp()), finality_depth=finality_depth
    )
    ledger.anchor(bytes(31) + b"\x01", 3, GENESIS_HEAD)
    statement = statement or exhibit()
    tree = MerkleTree([bytes([n]) * 32 if n != 1 else statement.commitment() for n in range(4)])
    ledger.anchor(tree.root, tree.size, ledger.head()[1])
    batch = ledger.batch(2)
    assert batch is not None
    return Setting(
        ledger,
        replace(ledger.trust, timestamp_authorities=(TimestampAuthority("Vector", AUTHORITY.anchor),)),
        statement,
        tree,
        batch,
    )


def not_passed(verdict: Verdict) -> dict[str, CheckStatus]:
    """Every check that did not pass; a verdict that lists a check twice keeps the worse."""
    found: dict[str, CheckStatus] = {}
    for check in verdict.checks:
        if check.status is not PASSED and found.get(check.code) is not FAILED:
            found[check.code] = check.status
    return found


def detail(verdict: Verdict, code: str) -> dict[str, object]:
    return next(check.detail for check in verdict.checks if check.code == code)


class Answering(MemoryLedger):
    """A ledger in memory whose answers can be replaced."""

    chain_id: int | None = None
    hashes: dict[str, str] | None = None
    failing: dict[str, EvidenceError] | None = None
    hidden = False

    def identity(self) -> LedgerIdentity:
        """As recorded, or as replaced."""
        honest = super().identity()
        hashes = {**honest.code_hashes, **(self.hashes or {})}
        return LedgerIdentity(self.chain_id or honest.chain_id, hashes)

    def batch(self, number: int) -> AnchoredBatch | None:
        """As recorded, hidden or failing."""
        self._fail("batch")
        return None if self.hidden else super().batch(number)

    def holds_office(self, signer: bytes, office: Office, at: int) -> bool:
        """As recorded or failing."""
        self._fail("holds_office")
        return super().holds_office(signer, office, at)

    def _fail(self, name: str) -> None:
        if self.failing and name in self.failing:
            raise self.failing[name]


def answering(setting: Setting) -> Answering:
    reader = Answering(operator_key=OPERATOR_KEY)
    reader.__dict__.update(setting.ledger.__dict__)
    return reader
