"""Merkle-Patricia proofs: what the builder proves holds, nothing else does, and known roots come out.
Not here: tries that a node built (see tests/ledger/test_state_proofs and tests/contracts/test_state)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import MalformedInput, Tampered
from evidence.rlp import decode, encode
from evidence.signature import keccak
from evidence.trie import EMPTY_ROOT, Trie, check_proof

CLOSE_KEYS = st.tuples(st.binary(max_size=4), st.integers(0, 31), st.binary(min_size=1, max_size=2)).map(
    lambda parts: (parts[0] + bytes(32))[: parts[1]] + (parts[2] + bytes(32))[: 32 - parts[1]]
)
"""Keys that often share much of their way, so that extensions and inline nodes occur."""
KEYS = st.one_of(st.binary(min_size=32, max_size=32), CLOSE_KEYS)
VALUES = st.dictionaries(KEYS, st.binary(min_size=1, max_size=40), min_size=1, max_size=30)


@settings(max_examples=300)
@given(VALUES)
def test_every_value_is_proven(values: dict[bytes, bytes]) -> None:
    trie = Trie(values)
    for key, value in values.items():
        assert check_proof(trie.root, key, trie.proof(key)) == value


@settings(max_examples=300)
@given(VALUES, KEYS)
def test_what_is_not_there_is_not_proven(values: dict[bytes, bytes], key: bytes) -> None:
    trie = Trie(values)
    if key not in values:
        with pytest.raises(Tampered):
            check_proof(trie.root, key, trie.proof(key))


@settings(max_examples=300)
@given(VALUES, st.data())
def test_any_change_of_the_nodes_fails(values: dict[bytes, bytes], draw: st.DataObject) -> None:
    key = draw.draw(st.sampled_from(sorted(values)))
    trie = Trie(values)
    nodes = list(trie.proof(key))
    place = draw.draw(st.integers(0, len(nodes) - 1))
    change = draw.draw(st.sampled_from(["flip", "cut", "add", "drop", "twice", "longer", "swap"]))
    at = draw.draw(st.integers(0, len(nodes[place]) - 1))
    if change == "flip":
        bit = draw.draw(st.integers(0, 7))
        nodes[place] = nodes[place][:at] + bytes([nodes[place][at] ^ 1 << bit]) + nodes[place][at + 1 :]
    elif change == "cut":
        nodes[place] = nodes[place][:at]
    elif change == "add":
        nodes.insert(at % (len(nodes) + 1), draw.draw(st.sampled_from([b"", b"\x80", *nodes])))
    elif change == "drop":
        del nodes[place]
    elif change == "twice":
        nodes.insert(place, nodes[place])
    elif change == "longer":
        nodes[place] += b"\x80"
    else:
        nodes = nodes[::-1] if len(nodes) > 1 else [*nodes, *nodes]
    with pytest.raises((Tampered, MalformedInput)):
        check_proof(trie.root, key, nodes)


@given(st.binary(min_size=32, max_size=32), st.lists(st.binary(max_size=60), max_size=5))
def test_no_bytes_crash(key: bytes, nodes: list[bytes]) -> None:
    root = keccak(nodes[0]) if nodes else bytes(32)
    with pytest.raises((Tampered, MalformedInput)):
        check_proof(root, key, nodes)


@pytest.mark.parametrize(
    ("values", "root"),
    [
        ({"A": "a" * 50}, "e9e2935138352776cad724d31c9fa5266a5c593bb97726dd2a908fe6d53284df"),
        (
            {"doe": "reindeer", "dog": "puppy", "dogglesworth": "cat"},
            "d4cd937e4a4368d7931a9cf51686b7e10abb3dce38a39000fd7902a092b64585",
        ),
        (
            {"do": "verb", "horse": "stallion", "doge": "coin", "dog": "puppy"},
            "29b235a58c3c25ab83010c327d5932bcf05324b7d6b1185e650798034783ca9d",
        ),
    ],
)
def test_roots_of_the_ethereum_tests(values: dict[str, str], root: str) -> None:
    """github.com/ethereum/tests, TrieTests/trieanyorder_secureTrie.json."""
    hashed = {keccak(key.encode()): value.encode() for key, value in values.items()}
    assert Trie(hashed).root.hex() == root


def test_the_empty_trie() -> None:
    assert Trie({}).root == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
    with pytest.raises(Tampered):
        check_proof(EMPTY_ROOT, bytes(32), [])
    with pytest.raises(MalformedInput):
        check_proof(EMPTY_ROOT, bytes(32), [encode(b"")])


def test_short_nodes_stand_inside_their_parents() -> None:
    values = {bytes(31) + bytes([number]): bytes([number]) for number in range(1, 30)}
    trie = Trie(values)
    nodes = trie.proof(bytes(31) + b"\x11")
    inner = decode(nodes[-1])
    assert any(isinstance(child, list) for child in inner)
    assert check_proof(trie.root, bytes(31) + b"\x11", nodes) == b"\x11"


def test_a_short_node_by_its_hash_is_refused() -> None:
    """It would be a second proof of the same value; a trie never refers to such a node so."""
    key = bytes(32)
    leaf = [b"\x20" + key[:2], b"\x01"]
    by_hash = encode([b"\x00" + key[:30], keccak(encode(leaf))])
    with pytest.raises(Tampered, match="inside its parent"):
        check_proof(keccak(by_hash), key, [by_hash, encode(leaf)])
    inside = encode([b"\x00" + key[:30], leaf])
    assert check_proof(keccak(inside), key, [inside]) == b"\x01"


def test_a_defect_is_named_by_its_node() -> None:
    values = {keccak(bytes([number])): bytes([number]) for number in range(1, 200)}
    trie, key = Trie(values), keccak(b"\x05")
    nodes = trie.proof(key)
    assert len(nodes) > 2
    with pytest.raises(Tampered) as caught:
        check_proof(trie.root, key, [*nodes[:2], nodes[2] + b"\x00", *nodes[3:]], where="state.account")
    assert caught.value.where == "state.account[2]"


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33)])
def test_other_keys_are_refused(key: bytes) -> None:
    for act in (lambda: Trie({key: b"x"}), lambda: check_proof(bytes(32), key, [])):
        with pytest.raises(MalformedInput):
            act()
    with pytest.raises(MalformedInput):
        Trie({bytes(32): b""})
