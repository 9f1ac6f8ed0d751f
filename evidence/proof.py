"""The proof file of one anchored statement: its strict form, read and written. It names no trust.
Not here: what the parts prove (see `verify`) and the format in words (see docs/proof-format.md)."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from .custody import CustodyEntry
from .errors import MalformedInput, UnknownVersion
from .signature import checksum_address
from .statement import Statement
from .strict import Fields, load_json, to_hex

FORMAT = "hezheng-proof/1"
MEDIA_TYPE = "application/vnd.hezheng.proof+json"
EXTENSION = ".hezheng-proof.json"
MAX_BYTES = 4_000_000
MAX_PATH = 64
MAX_TOKENS = 16
MAX_CUSTODY = 10_000
MAX_WITNESSES = 64
MAX_TOKEN_BYTES = 65_536


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
class TokenClaim:
    """An RFC 3161 token (DER) over the batch's head, with the authority's name as the operator calls it."""

    authority: str
    token: bytes


@dataclass(frozen=True)
class WitnessClaim:
    """A co-signature over (number, head): signer in ERC-7913 form, signature as that signer's kind makes it."""

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
            "attestation": to_hex(self.attestation),
            "timestamps": [
                {"authority": one.authority, "token": base64.b64encode(one.token).decode("ascii")}
                for one in self.timestamps
            ],
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
        if (version := fields.text("format")) != FORMAT:
            raise UnknownVersion(f"format {version[:40]!r} is not {FORMAT}", where="proof.format")
        proof = cls(
            statement=Statement.parse(fields.take("statement"), "proof.statement"),
            inclusion=_inclusion(fields.object("inclusion")),
            batch=_batch(fields.object("batch")),
            anchor=_anchor(fields.object("anchor")),
            attestation=fields.hex("attestation", size=65),
            timestamps=_tokens(fields),
            witnesses=_witnesses(fields),
            custody=tuple(
                CustodyEntry.parse(entry, f"proof.custody[{n}]")
                for n, entry in enumerate(fields.array("custody", max_items=MAX_CUSTODY))
            ),
        )
        fields.done()
        return proof


def _inclusion(fields: Fields) -> Inclusion:
    steps = Fields(
        {str(n): s for n, s in enumerate(fields.array("path", max_items=MAX_PATH))}, "proof.inclusion.path"
    )
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


def _tokens(fields: Fields) -> tuple[TokenClaim, ...]:
    found = []
    for number, value in enumerate(fields.array("timestamps", max_items=MAX_TOKENS)):
        entry = Fields(value, f"proof.timestamps[{number}]")
        found.append(
            TokenClaim(
                authority=entry.text("authority", max_length=300),
                token=entry.base64("token", max_size=MAX_TOKEN_BYTES),
            )
        )
        entry.done()
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
