"""The trust root that a verifier brings: which chain, contracts, code, operator and authorities to believe.
Not here: anything that a proof file says about itself; a proof names no trust."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import MalformedInput, NotFound, UnknownVersion
from .signature import SignatureVerifiers, checksum_address
from .strict import Fields, load_json
from .typed_data import TypedDomain, evidence_domain, settlement_domain

FORMAT = "hezheng-trust/1"
MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class TrustRoot:
    """What a verifier believes before it reads any proof.

    Addresses are EIP-55 text (normalised here from any case); chain_id is the EIP-155 number.
    code_hashes: address → 0x text of keccak-256 of the runtime code; must cover the evidence ledger.
    operator: the address whose Attestation signatures count. tsa_anchors: one PEM root certificate each.
    """

    name: str
    chain_id: int
    evidence_ledger: str
    settlement_ledger: str
    officials: str
    code_hashes: dict[str, str]
    operator: str
    passkey_verifier: str
    device_verifier: str
    tsa_anchors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for key in _ADDRESSES:
            object.__setattr__(self, key, checksum_address(getattr(self, key)))
        hashes = {checksum_address(address): value.lower() for address, value in self.code_hashes.items()}
        object.__setattr__(self, "code_hashes", hashes)
        object.__setattr__(self, "tsa_anchors", tuple(self.tsa_anchors))
        if self.evidence_ledger not in hashes:
            raise MalformedInput("no code hash for the evidence ledger", where="trust.code_hashes")

    @property
    def evidence_domain(self) -> TypedDomain:
        """EIP-712 domain of Attestation and Witness."""
        return evidence_domain(self.chain_id, self.evidence_ledger)

    @property
    def settlement_domain(self) -> TypedDomain:
        """EIP-712 domain of Consent, Seal and Confirmation."""
        return settlement_domain(self.chain_id, self.settlement_ledger)

    @property
    def verifiers(self) -> SignatureVerifiers:
        """The verifier contracts that signers of this deployment may name."""
        return SignatureVerifiers(self.passkey_verifier, self.device_verifier)

    def as_json(self) -> dict[str, Any]:
        """The trust file as a JSON object, format ``hezheng-trust/1``."""
        return {
            "format": FORMAT,
            "name": self.name,
            "chain_id": self.chain_id,
            **{key: getattr(self, key) for key in _ADDRESSES},
            "code_hashes": dict(sorted(self.code_hashes.items())),
            "tsa_anchors": list(self.tsa_anchors),
        }

    def dump(self) -> str:
        """The trust file's text: indented JSON with a final newline."""
        return json.dumps(self.as_json(), ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def load(cls, path: Path) -> TrustRoot:
        """Read a trust file from disk. Raises NotFound when it is missing, else as `parse`."""
        try:
            return cls.parse(path.read_bytes())
        except FileNotFoundError as error:
            raise NotFound("no trust file", where=str(path)) from error

    @classmethod
    def parse(cls, data: bytes | str) -> TrustRoot:
        """Read a trust file strictly. Raises MalformedInput or UnknownVersion, naming the place."""
        fields = Fields(load_json(data, where="trust", max_bytes=MAX_BYTES), "trust")
        if (version := fields.text("format")) != FORMAT:
            raise UnknownVersion(f"format {version[:40]!r} is not {FORMAT}", where="trust.format")
        hashes = fields.object("code_hashes")
        anchors = fields.array("tsa_anchors", max_items=64)
        root = cls(
            name=fields.text("name", max_length=200, min_length=1),
            chain_id=fields.integer("chain_id", low=1),
            code_hashes={
                address: "0x" + hashes.hex(address, size=32).hex() for address in list(hashes.keys())
            },
            tsa_anchors=tuple(_pem(anchor, n) for n, anchor in enumerate(anchors)),
            **{key: _address(fields, key) for key in _ADDRESSES},
        )
        fields.done()
        return root


_ADDRESSES = (
    "evidence_ledger",
    "settlement_ledger",
    "officials",
    "operator",
    "passkey_verifier",
    "device_verifier",
)


def _address(fields: Fields, key: str) -> str:
    text = fields.text(key, max_length=42)
    try:
        return checksum_address(text)
    except MalformedInput as error:
        raise MalformedInput(error.message, where=fields.path(key)) from error


def _pem(value: object, number: int) -> str:
    from cryptography import x509

    where = f"trust.tsa_anchors[{number}]"
    if not isinstance(value, str) or value.count("-----BEGIN") != 1 or len(value) > 16_384:
        raise MalformedInput("not one PEM certificate", where=where)
    try:
        x509.load_pem_x509_certificate(value.encode())
    except ValueError as error:
        raise MalformedInput("not a PEM certificate", where=where) from error
    return value
