"""The trust root that a verifier brings: which chain, contracts, code, operator and authorities to believe.
Not here: anything that a proof file says about itself; a proof names no trust."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import MalformedInput, NotFound, UnknownVersion
from .records import WITNESS_WORDS, Office, witness_word
from .signature import SignatureVerifiers, checksum_address
from .strict import Fields, load_json, to_hex
from .typed_data import TypedDomain, evidence_domain, settlement_domain

FORMAT = "hezheng-trust/1"
MAX_BYTES = 1_000_000
MAX_AUTHORITIES = 64
MAX_POLICIES = 16
MAX_WITNESSES = 256

_OID = re.compile(r"[0-2](\.(0|[1-9]\d{0,38})){1,30}", re.ASCII)


@dataclass(frozen=True)
class TimestampAuthority:
    """A timestamp authority that is believed. anchor: one PEM certificate; policies: accepted OIDs, none: any."""

    name: str
    anchor: str
    policies: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrustedWitness:
    """An outside body whose co-signatures are believed, by the name under which the verifier knows it.

    signer: ERC-7913 bytes; valid_from (included) and valid_until (excluded): unix seconds.
    """

    name: str
    office: Office
    signer: bytes
    valid_from: int
    valid_until: int

    def covers(self, *moments: int) -> bool:
        """Did its term cover all of these times (unix seconds)?"""
        return all(self.valid_from <= moment < self.valid_until for moment in moments)


@dataclass(frozen=True)
class TrustRoot:
    """What a verifier believes before it reads any proof.

    Addresses are EIP-55 text (normalised here from any case); chain_id is the EIP-155 number.
    code_hashes: address → 0x text of keccak-256 of the runtime code; must cover the evidence ledger.
    operator: the address whose Attestation signatures count.
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
    timestamp_authorities: tuple[TimestampAuthority, ...] = ()
    witnesses: tuple[TrustedWitness, ...] = ()

    def __post_init__(self) -> None:
        for key in _ADDRESSES:
            object.__setattr__(self, key, checksum_address(getattr(self, key)))
        hashes = {checksum_address(address): value.lower() for address, value in self.code_hashes.items()}
        object.__setattr__(self, "code_hashes", hashes)
        object.__setattr__(self, "timestamp_authorities", tuple(self.timestamp_authorities))
        object.__setattr__(self, "witnesses", tuple(self.witnesses))
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
    def tsa_anchors(self) -> tuple[str, ...]:
        """The PEM certificates of all timestamp authorities."""
        return tuple(authority.anchor for authority in self.timestamp_authorities)

    def witness(self, signer: bytes, *moments: int) -> TrustedWitness | None:
        """The trusted witness with this signer and one term that covers all times (unix seconds), if there is one."""
        return next((one for one in self.witnesses if one.signer == signer and one.covers(*moments)), None)

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
            "timestamp_authorities": [
                {"name": one.name, "anchor": one.anchor, "policies": list(one.policies)}
                for one in self.timestamp_authorities
            ],
            "witnesses": [
                {
                    "name": one.name,
                    "office": witness_word(one.office),
                    "signer": to_hex(one.signer),
                    "valid_from": one.valid_from,
                    "valid_until": one.valid_until,
                }
                for one in self.witnesses
            ],
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
        hashes = _code_hashes(fields.object("code_hashes"))
        authorities = fields.array("timestamp_authorities", max_items=MAX_AUTHORITIES)
        witnesses = fields.array("witnesses", max_items=MAX_WITNESSES)
        root = cls(
            name=fields.text("name", max_length=200, min_length=1),
            chain_id=fields.integer("chain_id", low=1),
            code_hashes=hashes,
            timestamp_authorities=tuple(_authority(one, n) for n, one in enumerate(authorities)),
            witnesses=tuple(_witness(one, n) for n, one in enumerate(witnesses)),
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


def _code_hashes(fields: Fields) -> dict[str, str]:
    found: dict[str, str] = {}
    for key in fields.keys():  # noqa: SIM118  (not a mapping)
        value = to_hex(fields.hex(key, size=32))
        try:
            address = checksum_address(key)
        except MalformedInput as error:
            raise MalformedInput(error.message, where=fields.where) from error
        if address in found:
            raise MalformedInput(f"{address} appears twice", where=fields.where)
        found[address] = value
    return found


def _authority(value: object, number: int) -> TimestampAuthority:
    fields = Fields(value, f"trust.timestamp_authorities[{number}]")
    policies = fields.array("policies", max_items=MAX_POLICIES)
    for policy in policies:
        if not isinstance(policy, str) or not _OID.fullmatch(policy) or len(policy) > 200:
            raise MalformedInput("not an object identifier", where=fields.path("policies"))
    authority = TimestampAuthority(
        name=fields.text("name", max_length=200, min_length=1),
        anchor=check_pem(fields.take("anchor"), fields.path("anchor")),
        policies=tuple(policies),
    )
    fields.done()
    return authority


def _witness(value: object, number: int) -> TrustedWitness:
    fields = Fields(value, f"trust.witnesses[{number}]")
    office = fields.text("office", max_length=20)
    if office not in WITNESS_WORDS:
        raise MalformedInput("not court, notary or association", where=fields.path("office"))
    witness = TrustedWitness(
        name=fields.text("name", max_length=200, min_length=1),
        office=WITNESS_WORDS[office],
        signer=fields.hex("signer", max_size=1_024),
        valid_from=fields.integer("valid_from"),
        valid_until=fields.integer("valid_until"),
    )
    fields.done()
    if witness.valid_from >= witness.valid_until:
        raise MalformedInput("not after valid_from", where=fields.path("valid_until"))
    return witness


def check_pem(value: object, where: str) -> str:
    """One PEM certificate as text, or MalformedInput."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    from .certificates import load_certificate, reading

    if not isinstance(value, str) or value.count("-----BEGIN") != 1 or len(value) > 16_384:
        raise MalformedInput("not one PEM certificate", where=where)
    try:
        found = reading(lambda: x509.load_pem_x509_certificate(value.encode()), "a PEM certificate")
        load_certificate(found.public_bytes(Encoding.DER))
    except MalformedInput as error:
        raise MalformedInput(error.message, where=where) from error
    return value
