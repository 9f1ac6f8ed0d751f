"""Trees, paths and heads against a naive reading of RFC 9162, and every way in which a path can be wrong."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import MalformedInput
from evidence.merkle import GENESIS_HEAD, MerkleTree, leaf_hash, next_head, node_hash, root_from_path

LEAVES = [sha256(bytes([n])).digest() for n in range(70)]


def split(size: int) -> int:
    """The largest power of two below the size (RFC 9162 §2.1.1)."""
    return 1 << (size - 1).bit_length() - 1


def naive_root(items: list[bytes]) -> bytes:
    if len(items) == 1:
        return sha256(b"\x00" + items[0]).digest()
    at = split(len(items))
    return sha256(b"\x01" + naive_root(items[:at]) + naive_root(items[at:])).digest()


def naive_path(index: int, items: list[bytes]) -> list[bytes]:
    """PATH(m, D_n) of RFC 9162 §2.1.3.1, as written there."""
    if len(items) == 1:
        return []
    at = split(len(items))
    if index < at:
        return [*naive_path(index, items[:at]), naive_root(items[at:])]
    return [*naive_path(index - at, items[at:]), naive_root(items[:at])]


@pytest.mark.parametrize("size", range(1, 71))
def test_root_and_every_path_are_the_rfcs(size: int) -> None:
    items = LEAVES[:size]
    tree = MerkleTree(items)
    assert (tree.size, tree.root) == (size, naive_root(items))
    assert tree.paths() == [tuple(tree.path(index)) for index in range(size)]
    for index, item in enumerate(items):
        path = tree.path(index)
        assert path == naive_path(index, items)
        assert root_from_path(item, index, size, path) == tree.root


def leads_to(root: bytes, commitment: bytes, index: int, size: int, path: list[bytes]) -> bool:
    try:
        return root_from_path(commitment, index, size, path) == root
    except MalformedInput:
        return False


@pytest.mark.parametrize("size", range(2, 24))
def test_no_other_index_or_leaf_fits_a_path(size: int) -> None:
    tree = MerkleTree(LEAVES[:size])
    for index in range(size):
        path = tree.path(index)
        for other in range(size):
            if other != index:
                assert not leads_to(tree.root, LEAVES[index], other, size, path)
                assert not leads_to(tree.root, LEAVES[other], index, size, path)


@pytest.mark.parametrize("size", range(1, 40))
def test_a_path_too_long_too_short_or_swapped_is_refused(size: int) -> None:
    tree = MerkleTree(LEAVES[:size])
    for index in range(size):
        path = tree.path(index)
        assert not leads_to(tree.root, LEAVES[index], index, size, [*path, LEAVES[0]])
        assert not leads_to(tree.root, LEAVES[index], index, size, [LEAVES[0], *path])
        if path:
            assert not leads_to(tree.root, LEAVES[index], index, size, path[:-1])
            assert not leads_to(tree.root, LEAVES[index], index, size, path[1:])
        if len(path) > 1:
            assert not leads_to(tree.root, LEAVES[index], index, size, path[::-1])


@settings(deadline=None)
@given(data=st.data())
def test_a_flipped_bit_anywhere_in_the_path_gives_another_root(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 70))
    index = data.draw(st.integers(0, size - 1))
    tree = MerkleTree(LEAVES[:size])
    path = tree.path(index)
    step, bit = data.draw(st.integers(0, len(path) - 1)), data.draw(st.integers(0, 255))
    changed = bytearray(path[step])
    changed[bit // 8] ^= 1 << bit % 8
    path[step] = bytes(changed)
    assert root_from_path(LEAVES[index], index, size, path) != tree.root


@pytest.mark.parametrize(("index", "size"), [(-1, 4), (4, 4), (0, 0), (0, -1), (0, 2**64), (9, 4)])
def test_impossible_places_are_refused(index: int, size: int) -> None:
    with pytest.raises(MalformedInput):
        root_from_path(LEAVES[0], index, size, [])


def test_an_inner_node_cannot_pose_as_a_leaf() -> None:
    tree = MerkleTree(LEAVES[:4])
    left = node_hash(leaf_hash(LEAVES[0]), leaf_hash(LEAVES[1]))
    right = node_hash(leaf_hash(LEAVES[2]), leaf_hash(LEAVES[3]))
    assert tree.root == node_hash(left, right)
    assert root_from_path(left, 0, 2, [right]) != tree.root


def test_what_is_no_commitment_is_refused() -> None:
    for items in ([], [b"short"], [LEAVES[0], bytes(33)]):
        with pytest.raises(MalformedInput):
            MerkleTree(items)
    with pytest.raises(MalformedInput):
        root_from_path(bytes(31), 0, 1, [])
    with pytest.raises(MalformedInput):
        root_from_path(LEAVES[0], 0, 2, [bytes(31)])
    for index in (-1, 3):
        with pytest.raises(MalformedInput):
            MerkleTree(LEAVES[:3]).path(index)


def test_heads_bind_everything_before_them() -> None:
    root = LEAVES[0]
    first = next_head(GENESIS_HEAD, root, 5)
    assert first == sha256(b"\x02" + bytes(32) + root + bytes(7) + b"\x05").digest()
    assert len({first, next_head(first, root, 5), next_head(GENESIS_HEAD, root, 6)}) == 3
    for previous, value, size in [(b"", root, 1), (GENESIS_HEAD, b"", 1), (GENESIS_HEAD, root, 0)]:
        with pytest.raises(MalformedInput):
            next_head(previous, value, size)
    with pytest.raises(MalformedInput):
        next_head(GENESIS_HEAD, root, 2**64)
