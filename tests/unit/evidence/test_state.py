"""Headers, accounts and entries: read strictly, put together from what nodes answer, never a crash.
Not here: the checks of a verdict (see tests/vectors) and real nodes (see tests/ledger)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.compile import ARTIFACTS
from evidence import state
from evidence.errors import MalformedInput, Tampered, Unavailable
from evidence.rlp import decode, encode
from evidence.signature import keccak
from evidence.state import read_account, read_entry, read_header, write_header
from evidence.state_reading import header_of
from evidence.strict import to_hex
from scripts.vector_parts import World

WORLD = World()
CLAIM = WORLD.state()
SEALS = [b"\x01" * 65, b"\x02" * 65]
MEMBERS = [b"\x0a" * 20, b"\x0b" * 20]


def test_the_slots_are_the_contracts() -> None:
    artifact = json.loads((ARTIFACTS / "EvidenceLedger.json").read_text("utf-8"))
    assert artifact["storageSlots"]["_entries"] == state.ENTRIES_SLOT
    assert artifact["storageSlots"]["_head"] == state.HEAD_SLOT


@given(st.binary(max_size=200))
def test_no_bytes_crash_a_reader(data: bytes) -> None:
    with pytest.raises(MalformedInput):
        read_header(data)
    for act in (
        lambda: read_account(keccak(data), WORLD.trust.evidence_ledger, [data]),
        lambda: read_entry(keccak(data), bytes(32), [data]),
    ):
        with pytest.raises((MalformedInput, Tampered)):
            act()


def test_every_bit_of_a_header_counts() -> None:
    good = read_header(CLAIM.header)
    for bit in range(len(CLAIM.header) * 8):
        changed = bytearray(CLAIM.header)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            assert read_header(bytes(changed)).hash != good.hash
        except MalformedInput:
            continue


def as_node(header: bytes, extra: bytes | None = None, hashed: bytes | None = None) -> dict[str, Any]:
    """The JSON that a node gives for a header; extra: another `extraData`; hashed: what its hash is made of."""
    names = [
        "parentHash",
        "sha3Uncles",
        "miner",
        "stateRoot",
        "transactionsRoot",
        "receiptsRoot",
        "logsBloom",
        "difficulty",
        "number",
        "gasLimit",
        "gasUsed",
        "timestamp",
        "extraData",
        "mixHash",
        "nonce",
        "baseFeePerGas",
        "withdrawalsRoot",
        "blobGasUsed",
        "excessBlobGas",
        "parentBeaconBlockRoot",
        "requestsHash",
    ]
    numbers = {7, 8, 9, 10, 11, 15, 17, 18}
    block: dict[str, Any] = {}
    for place, (name, value) in enumerate(zip(names, decode(header), strict=False)):
        assert isinstance(value, bytes)
        block[name] = hex(int.from_bytes(value, "big")) if place in numbers else to_hex(value)
    if extra is not None:
        block["extraData"] = to_hex(extra)
    return {**block, "hash": to_hex(keccak(hashed or header))}


@pytest.mark.parametrize(
    "later",
    [
        (),
        (b"\x07",),
        (b"", b"\x01" * 32),
        (b"", b"\x01" * 32, b"", b"\x02"),
        (b"", b"\x01" * 32, b"", b"", b"\x02" * 32),
        (b"", b"\x01" * 32, b"", b"", b"\x02" * 32, b"\x03" * 32),
    ],
)
def test_a_header_is_put_together_for_every_fork(later: tuple[bytes, ...]) -> None:
    header = write_header(300, 1_700_000_000, b"\x05" * 32, later_items=later)
    assert header_of(as_node(header)) == header


def header_with(extra: bytes) -> bytes:
    return write_header(7, 1_700_000_000, b"\x05" * 32, extra=extra)


@pytest.mark.parametrize(
    ("told", "hashed"),
    [
        ([bytes(32), MEMBERS, [], b"\x02", SEALS], [bytes(32), MEMBERS, [], b"", []]),
        (
            [bytes(32), MEMBERS, [MEMBERS[0], b"\xff"], b"", SEALS],
            [bytes(32), MEMBERS, [MEMBERS[0], b"\xff"], b"", []],
        ),
        ([bytes(32), MEMBERS, b"", b"\x02", SEALS], [bytes(32), MEMBERS, b""]),
    ],
    ids=["qbft", "qbft-vote", "ibft2"],
)
def test_besu_hashes_a_header_without_its_seals(told: list[Any], hashed: list[Any]) -> None:
    """Besu, QbftExtraDataCodec and IbftExtraDataCodec: round and seals are no part of the block's hash."""
    wanted = header_with(encode(hashed))
    block = as_node(wanted, extra=encode(told))
    assert header_of(block) == wanted
    assert read_header(wanted).hash == keccak(wanted)


def test_a_header_that_does_not_give_its_hash_is_refused() -> None:
    header = header_with(b"x")
    for block in (
        as_node(header, hashed=b"other"),
        as_node(header, extra=b"y"),
        as_node(header, extra=b"\xc5\x80"),
    ):
        with pytest.raises(Unavailable):
            header_of(block)
