"""What the kernel asks of a ledger: the reader's questions and the writer's acts, as protocols.
Not here: who implements them (`ledger.MemoryLedger`, and the chain client in `ethereum`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from .proof import StateClaim
from .records import (
    AnchoredBatch,
    LedgerIdentity,
    Office,
    OfficeQuestion,
    PreparedTransaction,
    ProofQuestions,
    SealedSettlement,
    SettlementCall,
    WitnessEvent,
)


@runtime_checkable
class LedgerReader(Protocol):
    """Questions to the chain. Every method raises Unavailable when no sane answer can be had."""

    def identity(self) -> LedgerIdentity:
        """Chain id and code hashes, as the node reports them now."""

    def head(self) -> tuple[int, bytes]:
        """Number and head of the last batch; (0, 32 zero bytes) before the first."""

    def batch(self, number: int) -> AnchoredBatch | None:
        """One batch by its number (from 1); None when there is no such batch."""

    def settlement(self, agreement: bytes) -> SealedSettlement | None:
        """A sealed agreement by its commitment; None when it is not sealed."""

    def holds_office(self, signer: bytes, office: Office, at: int) -> bool:
        """Did the signer hold this office at a time in unix seconds?"""

    def offices_held(self, questions: Sequence[OfficeQuestion]) -> list[bool]:
        """As `holds_office` for several questions at once, in their order."""

    def ahead(self, questions: ProofQuestions) -> LedgerReader:
        """A reader for the check of one proof that may have asked all this together, now: the same answers, sooner."""

    def is_final(self, block_number: int) -> bool:
        """Is that block final by the ledger profile's rule?"""

    def block_hash(self, number: int) -> bytes | None:
        """Hash of the block of that number, 32 bytes; None when there is no such block."""

    def state_proof(self, head: bytes, block_number: int | None = None) -> StateClaim | None:
        """Header and Merkle-Patricia proofs for the ledger's entry of a head (EIP-1186), verified by whoever gives them.

        block_number: the block whose state it is; None: the last final one. None when that state is no longer kept or
        does not hold the head.
        """


@runtime_checkable
class LedgerFollower(LedgerReader, Protocol):
    """Questions of those who follow the ledger batch by batch: witnesses, and the platform that collects their word."""

    def batches(self, first: int, last: int, from_block: int = 0) -> list[AnchoredBatch]:
        """The batches numbered first to last (included) that the chain holds now, in their order.

        from_block: where the first of them was taken in at the earliest. One that is not there is left out.
        """

    def block_hashes(self, numbers: Sequence[int]) -> list[bytes | None]:
        """As `block_hash` for several blocks at once, in their order."""

    def witnessed(self, head: bytes, signer: bytes) -> int | None:
        """When this signer co-signed this head, unix seconds by the chain's clock; None when never."""

    def witness_events(self, from_block: int) -> list[WitnessEvent]:
        """Every co-signature that the chain took in at that block or later, the oldest first."""

    def is_syncing(self) -> bool:
        """Is the node still fetching the chain from others, so that what it lacks means nothing?"""


@runtime_checkable
class LedgerWriter(LedgerFollower, Protocol):
    """Acts on the chain. Each sends and returns the transaction's 0x hash without waiting.

    Refused: the contract says no (code: its custom error's name). Unavailable: perhaps sent, perhaps not.
    """

    def prepare_anchor(self, root: bytes, size: int, previous_head: bytes) -> PreparedTransaction:
        """Sign an anchoring transaction without sending it, so that its hash can be stored before `send`."""

    def send(self, raw: bytes) -> str:
        """Send a prepared transaction; its 0x hash. Sending the same bytes again is harmless."""

    def anchor(self, root: bytes, size: int, previous_head: bytes) -> str:
        """Record a batch after the given head. Refused when the head has moved."""

    def witness(self, number: int, head: bytes, block_hash: bytes, signer: bytes, signature: bytes) -> str:
        """Relay a co-signature over head and block by a court, notary or association."""

    def seal(self, call: SettlementCall, consents: Sequence[bytes], seal_signature: bytes) -> str:
        """Seal an agreement: one Consent signature per party, in order, and the mediator's Seal signature."""

    def decide(self, agreement: bytes, outcome: int, ruling: bytes, signer: bytes, signature: bytes) -> str:
        """Relay a court's Confirmation; outcome 1 confirms, 2 refuses."""

    def grant_office(self, signer: bytes, office: Office, valid_from: int, valid_until: int) -> str:
        """Give an office from valid_from (included) to valid_until (excluded), unix seconds."""

    def revoke_office(self, signer: bytes, office: Office) -> str:
        """Take an office away from now on."""

    def attest(self, commitment: bytes, subject: bytes) -> bytes:
        """The operator's Attestation signature, 65 bytes; sends nothing."""

    def wait(self, transaction: str, timeout: float) -> None:
        """Return once mined. Refused when it reverted, Unavailable when not mined within timeout seconds."""
