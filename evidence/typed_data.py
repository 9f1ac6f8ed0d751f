"""EIP-712 shapes that people and the operator sign: Consent, Seal, Confirmation, Preservation, Witness, Attestation.
Not here: keys and signatures (see `signature`). The contracts compute the same digests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, ClassVar

from .errors import MalformedInput
from .signature import abi_bytes, address_bytes, checksum_address, keccak

SETTLEMENT_DOMAIN = "Hezheng SettlementLedger"
EVIDENCE_DOMAIN = "Hezheng EvidenceLedger"
DOMAIN_VERSION = "1"

OUTCOME_CONFIRMED = 1
"""The court ruled the agreement valid (裁定有效)."""
OUTCOME_REFUSED = 2
"""The court dismissed the application (驳回)."""

_DOMAIN_FIELDS = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
)


@dataclass(frozen=True)
class TypedDomain:
    """EIP-712 domain: name and version of the contract, chain id, and its address (0x text or 20 bytes)."""

    name: str
    version: str
    chain_id: int
    contract: str | bytes

    def separator(self) -> bytes:
        """hashStruct(EIP712Domain), 32 bytes."""
        return _separator(self)

    def as_json(self) -> dict[str, Any]:
        """The `domain` member of an ``eth_signTypedData_v4`` request."""
        return {
            "name": self.name,
            "version": self.version,
            "chainId": self.chain_id,
            "verifyingContract": checksum_address(self.contract),
        }


@lru_cache(maxsize=64)
def _separator(domain: TypedDomain) -> bytes:
    return keccak(
        keccak(_encode_type("EIP712Domain", _DOMAIN_FIELDS))
        + keccak(domain.name.encode())
        + keccak(domain.version.encode())
        + _encode_value("uint256", domain.chain_id)
        + bytes(12)
        + address_bytes(domain.contract)
    )


def settlement_domain(chain_id: int, contract: str | bytes) -> TypedDomain:
    """Domain of Consent, Seal and Confirmation."""
    return TypedDomain(SETTLEMENT_DOMAIN, DOMAIN_VERSION, chain_id, contract)


def evidence_domain(chain_id: int, contract: str | bytes) -> TypedDomain:
    """Domain of Witness and Attestation."""
    return TypedDomain(EVIDENCE_DOMAIN, DOMAIN_VERSION, chain_id, contract)


def signers_hash(parties: Sequence[bytes], mediator: bytes) -> bytes:
    """keccak256(abi.encode(bytes[] parties, bytes mediator)): the signers of an agreement, in their order."""
    tails = [abi_bytes(party) for party in parties]
    offset = 32 * len(tails)
    offsets = b""
    for tail in tails:
        offsets += offset.to_bytes(32, "big")
        offset += len(tail)
    array = len(tails).to_bytes(32, "big") + offsets + b"".join(tails)
    head = (64).to_bytes(32, "big") + (64 + len(array)).to_bytes(32, "big")
    return keccak(head + array + abi_bytes(mediator))


def _encode_type(name: str, members: Sequence[tuple[str, str]]) -> bytes:
    return f"{name}({','.join(f'{kind} {member}' for member, kind in members)})".encode("ascii")


def _encode_value(kind: str, value: bytes | int) -> bytes:
    if kind == "bytes32" and isinstance(value, bytes) and len(value) == 32:
        return value
    if kind.startswith("uint") and isinstance(value, int) and 0 <= value < 2 ** int(kind[4:]):
        return value.to_bytes(32, "big")
    raise MalformedInput(f"not a {kind}")


@lru_cache(maxsize=64)
def _type_hash(name: str, members: tuple[tuple[str, str], ...]) -> bytes:
    return keccak(_encode_type(name, members))


@dataclass(frozen=True)
class TypedMessage:
    """One EIP-712 message. Subclasses are frozen dataclasses whose fields follow `MEMBERS` in order."""

    MEMBERS: ClassVar[tuple[tuple[str, str], ...]] = ()

    @classmethod
    def type_hash(cls) -> bytes:
        """keccak256 of the encoded type, 32 bytes: equals the contract's constant."""
        return _type_hash(cls.__name__, cls.MEMBERS)

    def _values(self) -> list[bytes | int]:
        return [getattr(self, field.name) for field in fields(self)]

    def struct_hash(self) -> bytes:
        """hashStruct(message), 32 bytes. Raises MalformedInput when a field does not fit its type."""
        pairs = zip(self.MEMBERS, self._values(), strict=True)
        return keccak(self.type_hash() + b"".join(_encode_value(kind, value) for (_, kind), value in pairs))

    def digest(self, domain: TypedDomain) -> bytes:
        """keccak256(0x1901 ‖ domain separator ‖ struct hash): the 32 bytes that are signed."""
        return keccak(b"\x19\x01" + domain.separator() + self.struct_hash())

    def as_json(self, domain: TypedDomain) -> dict[str, Any]:
        """The whole ``eth_signTypedData_v4`` request; bytes32 values are 0x text."""
        pairs = zip(self.MEMBERS, self._values(), strict=True)
        message = {
            name: "0x" + value.hex() if isinstance(value, bytes) else value for (name, _), value in pairs
        }
        types = {"EIP712Domain": _DOMAIN_FIELDS, type(self).__name__: self.MEMBERS}
        return {
            "types": {key: [{"name": n, "type": t} for n, t in members] for key, members in types.items()},
            "primaryType": type(self).__name__,
            "domain": domain.as_json(),
            "message": message,
        }


_AGREEMENT_MEMBERS = (
    ("agreement", "bytes32"),
    ("caseRef", "bytes32"),
    ("version", "uint32"),
    ("supersedes", "bytes32"),
    ("signers", "bytes32"),
)


@dataclass(frozen=True)
class Consent(TypedMessage):
    """A party consents to an agreement (its commitment); supersedes is zero bytes when it replaces none."""

    agreement: bytes
    case_ref: bytes
    version: int
    supersedes: bytes
    signers: bytes

    MEMBERS: ClassVar[tuple[tuple[str, str], ...]] = _AGREEMENT_MEMBERS


@dataclass(frozen=True)
class Seal(TypedMessage):
    """The mediator seals an agreement that every party has consented to. Fields as in Consent."""

    agreement: bytes
    case_ref: bytes
    version: int
    supersedes: bytes
    signers: bytes

    MEMBERS: ClassVar[tuple[tuple[str, str], ...]] = _AGREEMENT_MEMBERS


@dataclass(frozen=True)
class Confirmation(TypedMessage):
    """A court's decision on a sealed agreement: OUTCOME_CONFIRMED or OUTCOME_REFUSED, and its ruling."""

    agreement: bytes
    outcome: int
    ruling: bytes

    MEMBERS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("agreement", "bytes32"),
        ("outcome", "uint8"),
        ("ruling", "bytes32"),
    )


@dataclass(frozen=True)
class Preservation(TypedMessage):
    """A party agrees to how electronic data is preserved in a case. text: SHA-256 of the agreement's text.

    民事诉讼证据规定 94: data kept as the parties agreed. Signed like Consent, in the settlement domain; no contract reads it.
    """

    case_ref: bytes
    text: bytes

    MEMBERS: ClassVar[tuple[tuple[str, str], ...]] = (("caseRef", "bytes32"), ("text", "bytes32"))


@dataclass(frozen=True)
class Witness(TypedMessage):
    """A court, notary or association has seen on a node of its own that the block `blockHash` took in batch `number`.

    head: the ledger's head after the batch, which stands for all batches before; blockNumber: where it was taken in.
    """

    number: int
    head: bytes
    block_number: int
    block_hash: bytes

    MEMBERS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("number", "uint256"),
        ("head", "bytes32"),
        ("blockNumber", "uint256"),
        ("blockHash", "bytes32"),
    )


@dataclass(frozen=True)
class Attestation(TypedMessage):
    """The operator received this commitment from the subject (SHA-256 of the submitter's canonical JSON)."""

    commitment: bytes
    subject: bytes

    MEMBERS: ClassVar[tuple[tuple[str, str], ...]] = (("commitment", "bytes32"), ("subject", "bytes32"))
