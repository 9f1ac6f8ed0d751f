"""The proof file of one anchored statement: its strict form, read and written. It names no trust.
Not here: what the parts prove (see `verify`) and the format in words (see docs/proof-format.md)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from .custody import CustodyEntry
from .errors import MalformedInput, UnknownVersion
from .signature import checksum_address
from .statement import Statement, canonical_bytes
from .strict import Fields, load_json, to_hex

FORMAT = "hezheng-proof/1"
RENEWAL_FORMAT = "hezheng-renewal/1"
MEDIA_TYPE = "application/vnd.hezheng.proof+json"
EXTENSION = ".hezheng-proof.json"
MAX_BYTES = 4_000_000
MAX_PATH = 64
MAX_TOKENS = 16
MAX_CUSTODY = 10_000
MAX_WITNESSES = 64
MAX_TOKEN_BYTES = 65_536
MAX_CERTIFICATES = 16
MAX_CERTIFICATE_BYTES = 16_384
MAX_REVOCATIONS = 16
MAX_REVOCATION_BYTES = 262_144
MAX_RENEWALS = 16
MAX_HEADER_BYTES = 2_048
MAX_NODES = 64
MAX_NODE_BYTES = 1_024


@dataclass(frozen=True)
class Inclusion:
    """Where the commitment stands in the batch's tree: index from 0, size in leaves, path from the leaf upwards."""

    index: int
    size: int
    path: tuple[bytes, ...]


@dataclass(frozen=True)
class BatchClaim:
    """The batch that the proof names: number from 1; root, previous_head and head 32 bytes each."""

    number: int
    root: bytes
    previous_head: bytes
    head: bytes


@dataclass(frozen=True)
class AnchorClaim:
    """Where the batch was recorded. block_time: unix seconds, the operator's clock; hashes 32 bytes."""

    chain_id: int
    contract: str
    transaction: bytes
    block_number: int
    block_hash: bytes
    block_time: int


@dataclass(frozen=True)
class StateClaim:
    """Header of a block (RLP) with EIP-1186 proofs from its state root: RLP nodes from the root down.

    account: to the evidence ledger's account; storage: to the ledger's record of the batch's head.
    """

    header: bytes
    account: tuple[bytes, ...]
    storage: tuple[bytes, ...]

    def as_json(self) -> dict[str, Any]:
        """The member ``state`` of a proof file."""
        return {
            "header": to_hex(self.header),
            "account": [to_hex(node) for node in self.account],
            "storage": [to_hex(node) for node in self.storage],
        }

    @classmethod
    def parse(cls, value: object, where: str) -> StateClaim:
        """Inverse of `as_json`, strict about bounds; what the bytes prove is checked by `state`."""
        fields = Fields(value, where)
        claim = cls(
            header=fields.hex("header", max_size=MAX_HEADER_BYTES),
            account=_nodes(fields, "account"),
            storage=_nodes(fields, "storage"),
        )
        fields.done()
        return claim


class RevocationKind(StrEnum):
    """What a piece of revocation data is: a certificate list (RFC 5280) or an OCSP response (RFC 6960)."""

    CRL = "crl"
    OCSP = "ocsp"


@dataclass(frozen=True)
class RevocationClaim:
    """A certificate list or an OCSP response, DER."""

    kind: RevocationKind
    value: bytes


@dataclass(frozen=True)
class Stamp:
    """One RFC 3161 token (DER) with what is needed to check it later.

    authority: common name of the signer's certificate; certificates: X.509 DER beyond those in the token.
    """

    authority: str
    token: bytes
    certificates: tuple[bytes, ...] = ()
    revocations: tuple[RevocationClaim, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The entry as it stands in a proof file, and as it is hashed by a renewal."""
        return {
            "authority": self.authority,
            "token": _base64(self.token),
            "certificates": [_base64(one) for one in self.certificates],
            "revocations": [
                {"kind": one.kind.value, "value": _base64(one.value)} for one in self.revocations
            ],
        }


@dataclass(frozen=True)
class TokenClaim:
    """A line of tokens: the first over the batch's head, each renewal over everything before it."""

    first: Stamp
    renewals: tuple[Stamp, ...] = ()

    @property
    def stamps(self) -> tuple[Stamp, ...]:
        """First token and renewals, in their order."""
        return (self.first, *self.renewals)

    def as_json(self) -> dict[str, Any]:
        """The entry of ``timestamps`` in a proof file."""
        return {**self.first.as_json(), "renewals": [one.as_json() for one in self.renewals]}


def renewal_imprint(previous: bytes, stamp: Stamp) -> bytes:
    """What a renewal is asked for: SHA-256 over the imprint before and the token with all its data, 32 bytes."""
    content = {"format": RENEWAL_FORMAT, "imprint": to_hex(previous), "token": stamp.as_json()}
    return sha256(canonical_bytes(content)).digest()


@dataclass(frozen=True)
class WitnessClaim:
    """A co-signature over head and block: signer in ERC-7913 form, signature as that signer's kind makes it."""

    signer: bytes
    signature: bytes


@dataclass(frozen=True)
class Proof:
    """Everything but trust. attestation: the operator's 65-byte signature over commitment and submitter."""

    statement: Statement
    inclusion: Inclusion
    batch: BatchClaim
    anchor: AnchorClaim
    attestation: bytes
    state: StateClaim | None = None
    timestamps: tuple[TokenClaim, ...] = ()
    witnesses: tuple[WitnessClaim, ...] = ()
    custody: tuple[CustodyEntry, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The proof as a JSON object, format ``hezheng-proof/1``."""
        return {
            "format": FORMAT,
            "statement": self.statement.as_json(),
            "inclusion": {
                "index": self.inclusion.index,
                "size": self.inclusion.size,
                "path": [to_hex(step) for step in self.inclusion.path],
            },
            "batch": {
                "number": self.batch.number,
                "root": to_hex(self.batch.root),
                "previous_head": to_hex(self.batch.previous_head),
                "head": to_hex(self.batch.head),
            },
            "anchor": {
                "chain_id": self.anchor.chain_id,
                "contract": self.anchor.contract,
                "transaction": to_hex(self.anchor.transaction),
                "block_number": self.anchor.block_number,
                "block_hash": to_hex(self.anchor.block_hash),
                "block_time": self.anchor.block_time,
            },
            "state": self.state.as_json() if self.state else None,
            "attestation": to_hex(self.attestation),
            "timestamps": [one.as_json() for one in self.timestamps],
            "witnesses": [
                {"signer": to_hex(one.signer), "signature": to_hex(one.signature)} for one in self.witnesses
            ],
            "custody": [entry.as_json() for entry in self.custody],
        }

    def dump(self) -> str:
        """The proof file's text: indented JSON in UTF-8 with a final newline."""
        return json.dumps(self.as_json(), ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def parse(cls, data: bytes | str) -> Proof:
        """Read a proof file strictly. Raises MalformedInput or UnknownVersion, naming the place."""
        fields = Fields(load_json(data, where="proof", max_bytes=MAX_BYTES), "proof")
        version = fields.text("format")
        if version not in READERS:
            raise UnknownVersion(
                f"format {version[:40]!r} is not one of {', '.join(READERS)}", where="proof.format"
            )
        proof = READERS[version](fields)
        fields.done()
        return proof


def _read_1(fields: Fields) -> Proof:
    """``hezheng-proof/1``."""
    return Proof(
        statement=Statement.parse(fields.take("statement"), "proof.statement"),
        inclusion=_inclusion(fields.object("inclusion")),
        batch=_batch(fields.object("batch")),
        anchor=_anchor(fields.object("anchor")),
        state=_state(fields),
        attestation=fields.hex("attestation", size=65),
        timestamps=_tokens(fields),
        witnesses=_witnesses(fields),
        custody=tuple(
            CustodyEntry.parse(entry, f"proof.custody[{n}]")
            for n, entry in enumerate(fields.array("custody", max_items=MAX_CUSTODY))
        ),
    )


READERS: dict[str, Callable[[Fields], Proof]] = {FORMAT: _read_1}
"""A reader for every version that was ever issued; none is ever taken away."""


def _inclusion(fields: Fields) -> Inclusion:
    steps = _listed(fields, "path", MAX_PATH)
    inclusion = Inclusion(
        index=fields.integer("index"),
        size=fields.integer("size", low=1),
        path=tuple(steps.hex(key, size=32) for key in steps.keys()),  # noqa: SIM118  (not a mapping)
    )
    fields.done()
    if inclusion.index >= inclusion.size:
        raise MalformedInput("not below the size", where="proof.inclusion.index")
    return inclusion


def _batch(fields: Fields) -> BatchClaim:
    batch = BatchClaim(
        number=fields.integer("number", low=1),
        root=fields.hex("root", size=32),
        previous_head=fields.hex("previous_head", size=32),
        head=fields.hex("head", size=32),
    )
    fields.done()
    return batch


def _anchor(fields: Fields) -> AnchorClaim:
    text = fields.text("contract", max_length=42)
    try:
        contract = checksum_address(text)
    except MalformedInput as error:
        raise MalformedInput(error.message, where=fields.path("contract")) from error
    anchor = AnchorClaim(
        chain_id=fields.integer("chain_id", low=1),
        contract=contract,
        transaction=fields.hex("transaction", size=32),
        block_number=fields.integer("block_number"),
        block_hash=fields.hex("block_hash", size=32),
        block_time=fields.integer("block_time", high=253_402_300_799),
    )
    fields.done()
    return anchor


class _Entries(Fields):
    """The entries of a list, to be read by their place in it."""

    def path(self, key: str) -> str:
        """As ``proof.inclusion.path[0]``."""
        return f"{self.where}[{key}]"


def _listed(fields: Fields, key: str, max_items: int) -> _Entries:
    """The entries of a list, to be read by their place as text."""
    entries = fields.array(key, max_items=max_items)
    return _Entries({str(number): entry for number, entry in enumerate(entries)}, fields.path(key))


def _nodes(fields: Fields, key: str) -> tuple[bytes, ...]:
    nodes = _listed(fields, key, MAX_NODES)
    return tuple(nodes.hex(place, max_size=MAX_NODE_BYTES) for place in nodes.keys())  # noqa: SIM118  (not a mapping)


def _state(fields: Fields) -> StateClaim | None:
    value = fields.take("state")
    return None if value is None else StateClaim.parse(value, fields.path("state"))


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _stamp(entry: Fields) -> Stamp:
    certificates = _listed(entry, "certificates", MAX_CERTIFICATES)
    return Stamp(
        authority=entry.text("authority", max_length=300),
        token=entry.base64("token", max_size=MAX_TOKEN_BYTES),
        certificates=tuple(
            certificates.base64(place, max_size=MAX_CERTIFICATE_BYTES)
            for place in certificates.keys()  # noqa: SIM118  (not a mapping)
        ),
        revocations=tuple(
            _revocation(Fields(value, f"{entry.path('revocations')}[{number}]"))
            for number, value in enumerate(entry.array("revocations", max_items=MAX_REVOCATIONS))
        ),
    )


def _revocation(entry: Fields) -> RevocationClaim:
    text = entry.text("kind", max_length=10)
    if text not in tuple(RevocationKind):
        raise MalformedInput("neither crl nor ocsp", where=entry.path("kind"))
    claim = RevocationClaim(RevocationKind(text), entry.base64("value", max_size=MAX_REVOCATION_BYTES))
    entry.done()
    return claim


def _tokens(fields: Fields) -> tuple[TokenClaim, ...]:
    found = []
    for number, value in enumerate(fields.array("timestamps", max_items=MAX_TOKENS)):
        entry = Fields(value, f"proof.timestamps[{number}]")
        first = _stamp(entry)
        renewals = []
        for place, renewal in enumerate(entry.array("renewals", max_items=MAX_RENEWALS)):
            later = Fields(renewal, f"{entry.path('renewals')}[{place}]")
            renewals.append(_stamp(later))
            later.done()
        entry.done()
        found.append(TokenClaim(first, tuple(renewals)))
    return tuple(found)


def _witnesses(fields: Fields) -> tuple[WitnessClaim, ...]:
    found = []
    for number, value in enumerate(fields.array("witnesses", max_items=MAX_WITNESSES)):
        entry = Fields(value, f"proof.witnesses[{number}]")
        found.append(
            WitnessClaim(
                signer=entry.hex("signer", max_size=1_024),
                signature=entry.hex("signature", max_size=16_384),
            )
        )
        entry.done()
    return tuple(found)
