"""Records that a ledger keeps and answers with: batches, sealed agreements, offices, a node's identity.
Not here: how they are read or written (see `ledger`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from .typed_data import signers_hash

ZERO = bytes(32)
"""Thirty-two zero bytes: "none" in every 32-byte field."""


@dataclass(frozen=True)
class PreparedTransaction:
    """A signed transaction that has not been sent. transaction: its 0x hash; raw: the bytes to send."""

    transaction: str
    raw: bytes


class Office(IntEnum):
    """Offices that a signer may hold on the chain; the numbers are the contract's.

    COURT decides on agreements with a judge's key; COURT_WITNESS, a machine of a court, co-signs heads only.
    """

    NONE = 0
    MEDIATOR = 1
    COURT = 2
    NOTARY = 3
    ASSOCIATION = 4
    COURT_WITNESS = 5


WITNESS_WORDS = {
    "court": Office.COURT_WITNESS,
    "notary": Office.NOTARY,
    "association": Office.ASSOCIATION,
}
"""The offices of witnesses by the words that files name them with."""

WITNESS_OFFICES = tuple(WITNESS_WORDS.values())
"""Who may co-sign a head."""


def witness_word(office: Office) -> str:
    """The word that files name a witness's office with. Raises KeyError for an office that witnesses nothing."""
    return {office: word for word, office in WITNESS_WORDS.items()}[office]


@dataclass(frozen=True)
class LedgerIdentity:
    """What a node claims to be. code_hashes: EIP-55 address → 0x keccak-256 of the code found there now."""

    chain_id: int
    code_hashes: Mapping[str, str]


OfficeQuestion = tuple[bytes, Office, int]
"""A signer in ERC-7913 form, an office, and a time in unix seconds: was it held then?"""


@dataclass(frozen=True)
class ProofQuestions:
    """What a check of one proof will ask: its batch by number and head (32 bytes), blocks by number, offices of witnesses."""

    number: int
    head: bytes
    blocks: tuple[int, ...] = ()
    offices: tuple[OfficeQuestion, ...] = ()


@dataclass(frozen=True)
class AnchoredBatch:
    """A batch as recorded on the chain: hashes of 32 bytes, transaction 0x text, block_time unix seconds.

    number: 1 for the first batch; previous_head: 32 zero bytes for it.
    """

    number: int
    root: bytes
    size: int
    previous_head: bytes
    head: bytes
    block_number: int
    block_hash: bytes
    block_time: int
    transaction: str


@dataclass(frozen=True)
class WitnessEvent:
    """A co-signature as the contract recorded it. recorded_block, recorded_time (unix seconds): of its own block.

    block_hash: of the block that took batch `number` in, as the witness saw it; transaction: 0x text.
    """

    number: int
    head: bytes
    block_hash: bytes
    signer: bytes
    signature: bytes
    transaction: str
    recorded_block: int
    recorded_time: int


@dataclass(frozen=True)
class SettlementCall:
    """What is sealed: agreement (commitment), case_ref, supersedes: 32 bytes; signers in ERC-7913 form."""

    agreement: bytes
    case_ref: bytes
    version: int
    supersedes: bytes
    parties: tuple[bytes, ...]
    mediator: bytes

    def signers(self) -> bytes:
        """The `signers` field of Consent and Seal, 32 bytes."""
        return signers_hash(self.parties, self.mediator)


@dataclass(frozen=True)
class SealedSettlement:
    """A sealed agreement as recorded. outcome: 0 none yet, 1 裁定有效, 2 驳回. Times are unix seconds (UTC).

    supersedes, ruling and superseded_by are 32 zero bytes when there is none.
    """

    agreement: bytes
    case_ref: bytes
    version: int
    supersedes: bytes
    signers: bytes
    sealed_block: int
    sealed_time: int
    outcome: int
    ruling: bytes
    superseded_by: bytes
