"""The proof file: written and read back the same, and refused by place when anything else is in it."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from evidence.errors import MalformedInput, UnknownVersion
from evidence.proof import (
    MAX_BYTES,
    MAX_PATH,
    MAX_TOKENS,
    MAX_WITNESSES,
    Proof,
    RevocationClaim,
    RevocationKind,
    Stamp,
    StateClaim,
    TokenClaim,
)
from scripts.vector_parts import World

PROOF = World().proof()
TREE = PROOF.as_json()


def test_a_proof_survives_the_round_trip() -> None:
    text = PROOF.dump()
    assert Proof.parse(text) == Proof.parse(text.encode()) == PROOF
    assert Proof.parse(text).dump() == text
    assert text.endswith("}\n") and "\r" not in text and "李晴" in text


def test_formatting_and_key_order_do_not_matter() -> None:
    packed = json.dumps(dict(reversed(TREE.items())), ensure_ascii=True, separators=(",", ":"))
    assert Proof.parse(packed) == PROOF


def test_a_proof_may_lack_what_is_optional() -> None:
    bare = replace(PROOF, state=None, timestamps=(), witnesses=(), custody=())
    assert Proof.parse(bare.dump()) == bare


def test_a_proof_names_no_trust() -> None:
    text = PROOF.dump().lower()
    trust = World().trust
    assert trust.operator.lower() not in text and "certificate-----" not in text
    stateless = replace(PROOF, state=None).dump().lower()
    assert not any(value[2:] in stateless for value in trust.code_hashes.values())


def changed(place: str, value: object) -> str:
    tree = copy.deepcopy(TREE)
    *parents, key = place.split(".")
    node: Any = tree
    for parent in parents:
        node = node[int(parent)] if isinstance(node, list) else node[parent]
    node[int(key) if isinstance(node, list) else key] = value
    return json.dumps(tree)


HASH, SHORT = "0x" + "ab" * 32, "0x" + "ab" * 31
BAD: list[tuple[str, object, str]] = [
    ("format", "hezheng-proof/2", "proof.format"),
    ("format", None, "proof.format"),
    ("trust", {}, "proof"),
    ("statement", None, "proof.statement"),
    ("statement.format", "hezheng-statement/0", "proof.statement.format"),
    ("statement.salt", SHORT, "proof.statement.salt"),
    ("statement.body.digest.sha256", SHORT, "proof.statement.body.digest.sha256"),
    ("inclusion.index", -1, "proof.inclusion.index"),
    ("inclusion.index", 5, "proof.inclusion.index"),
    ("inclusion.index", True, "proof.inclusion.index"),
    ("inclusion.size", 0, "proof.inclusion.size"),
    ("inclusion.size", 2**53, "proof.inclusion.size"),
    ("inclusion.path", "0x", "proof.inclusion.path"),
    ("inclusion.path", [HASH] * (MAX_PATH + 1), "proof.inclusion.path"),
    ("inclusion.path.1", SHORT, "proof.inclusion.path[1]"),
    ("inclusion.path.0", 7, "proof.inclusion.path[0]"),
    ("inclusion.leaf", HASH, "proof.inclusion"),
    ("batch.number", 0, "proof.batch.number"),
    ("batch.root", HASH.upper(), "proof.batch.root"),
    ("batch.head", HASH + "ab", "proof.batch.head"),
    ("batch.size", 5, "proof.batch"),
    ("anchor.chain_id", 0, "proof.anchor.chain_id"),
    ("anchor.contract", "0x" + "ab" * 19, "proof.anchor.contract"),
    ("anchor.contract", "0x" + "ab" * 19 + " 1", "proof.anchor.contract"),
    ("anchor.block_time", 253_402_300_800, "proof.anchor.block_time"),
    ("anchor.node", "http://example.cn", "proof.anchor"),
    ("attestation", "0x" + "ab" * 64, "proof.attestation"),
    ("timestamps", [TREE["timestamps"][0]] * (MAX_TOKENS + 1), "proof.timestamps"),
    ("timestamps.0.token", "????", "proof.timestamps[0].token"),
    ("timestamps.0.token", "YR==", "proof.timestamps[0].token"),
    ("timestamps.0.token", "YQ=\n=", "proof.timestamps[0].token"),
    ("timestamps.0.token", "A" * 90_000, "proof.timestamps[0].token"),
    ("timestamps.0.authority", 1, "proof.timestamps[0].authority"),
    ("timestamps.0.time", "2026-03-02T01:30:09Z", "proof.timestamps[0]"),
    ("witnesses", [TREE["witnesses"][0]] * (MAX_WITNESSES + 1), "proof.witnesses"),
    ("witnesses.1.signer", "ab", "proof.witnesses[1].signer"),
    ("witnesses.0.office", 2, "proof.witnesses[0]"),
    ("custody", {}, "proof.custody"),
    ("custody.1", [], "proof.custody[1]"),
    ("custody.1.details", {"x": 0.5}, "proof"),
    ("custody.2.previous", SHORT, "proof.custody[2].previous"),
]


@pytest.mark.parametrize(("place", "value", "where"), BAD, ids=[f"{b[0]}={str(b[1])[:24]}" for b in BAD])
def test_what_the_format_does_not_name_is_refused_by_place(place: str, value: object, where: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        Proof.parse(changed(place, value))
    assert caught.value.where == where
    assert isinstance(caught.value, UnknownVersion) == (place.endswith("format") and value is not None)


@pytest.mark.parametrize("key", sorted(TREE))
def test_a_missing_part_is_named(key: str) -> None:
    with pytest.raises(MalformedInput, match="missing") as caught:
        Proof.parse(json.dumps({name: part for name, part in TREE.items() if name != key}))
    assert caught.value.where == f"proof.{key}"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{", "line 1 column 2"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8 at byte 0"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": 1e3}', "not an integer"),
        (b'{"a": 1, "a": 1}', "appears twice"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"\\udc00": 1}', "surrogate"),
        (b'{"a": ' + b"1" * 5_000 + b"}", "digit"),
        (b'{"a": ' + b"[" * 30 + b"]" * 30 + b"}", "nested deeper"),
        (b"[" * 200_000, "nested deeper"),
        (b" " * (MAX_BYTES + 1), "longer than"),
        (PROOF.dump().encode()[:-3], "not JSON"),
    ],
    ids=lambda value: repr(value[:16]),
)
def test_what_is_no_json_object_is_refused_with_a_reason(data: bytes, says: str) -> None:
    with pytest.raises(MalformedInput, match=says) as caught:
        Proof.parse(data)
    assert caught.value.where == "proof"


def test_the_largest_proof_is_read() -> None:
    stamp = Stamp(
        "A" * 300, bytes(65_536), (bytes(16_384),), (RevocationClaim(RevocationKind.CRL, bytes(262_144)),)
    )
    nodes = (bytes(1_024),) * 64
    tokens = (TokenClaim(stamp, (stamp,)), *(TokenClaim(Stamp("A", bytes(65_536))),) * (MAX_TOKENS - 1))
    large = replace(PROOF, state=StateClaim(bytes(2_048), nodes, nodes), timestamps=tokens)
    assert Proof.parse(large.dump()) == large
