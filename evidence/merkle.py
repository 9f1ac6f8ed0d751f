"""RFC 9162 §2.1 SHA-256 trees over the commitments of one batch, inclusion paths, and the chain of heads.
Not here: what a commitment stands for (see `statement`) and where heads are recorded (see `ledger`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from operator import add

from .errors import MalformedInput

HASH_SIZE = 32
MAX_SIZE = 2**64 - 1
GENESIS_HEAD = bytes(HASH_SIZE)
"""The head before the first batch: 32 zero bytes."""


def leaf_hash(commitment: bytes) -> bytes:
    """SHA-256(0x00 ‖ commitment) of 32 bytes (RFC 9162 §2.1.1)."""
    return sha256(b"\x00" + commitment).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right) (RFC 9162 §2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


class MerkleTree:
    """The tree over a batch's commitments, in the batch's order. All levels are built at once and kept.

    commitments: one or more values of 32 bytes; MalformedInput otherwise.

    A level with an odd number of nodes lifts its last node unchanged, which gives exactly the RFC 9162 split
    at the largest power of two below the size.
    """

    def __init__(self, commitments: Iterable[bytes]) -> None:
        items = list(commitments)
        if not items:
            raise MalformedInput("a tree needs at least one commitment")
        if any(len(item) != HASH_SIZE for item in items):
            raise MalformedInput("a commitment is not 32 bytes")
        level = _digests(b"\x00", items)
        self._levels = [level]
        while len(level) > 1:
            pairs = iter(level)
            above = _digests(b"\x01", map(add, pairs, pairs))
            if len(level) & 1:
                above.append(level[-1])
            self._levels.append(above)
            level = above

    @property
    def root(self) -> bytes:
        """The tree's root, 32 bytes."""
        return self._levels[-1][0]

    @property
    def size(self) -> int:
        """How many commitments the tree holds."""
        return len(self._levels[0])

    def path(self, index: int) -> list[bytes]:
        """The inclusion path of the leaf at `index`, from the leaf upwards (RFC 9162 §2.1.3.1)."""
        if not 0 <= index < self.size:
            raise MalformedInput(f"no leaf {index} in a tree of {self.size}")
        path = []
        for level in self._levels:
            sibling = index ^ 1
            if sibling < len(level):
                path.append(level[sibling])
            index >>= 1
        return path

    def paths(self) -> list[tuple[bytes, ...]]:
        """The inclusion paths of all leaves, in their order: what `path` gives for each, many times faster."""
        levels = self._levels[:-1]
        paths: list[tuple[bytes, ...]] = [()]
        if len(levels) & 1:
            paths = _below(paths, levels.pop())
        while levels:
            paths = _two_below(paths, levels.pop(), levels.pop())
        return paths


def _digests(prefix: bytes, contents: Iterable[bytes]) -> list[bytes]:
    """SHA-256 of the prefix and each content: a copy of the state after the prefix costs less than a new state."""
    copy, found = sha256(prefix).copy, []
    for content in contents:
        state = copy()
        state.update(content)
        found.append(state.digest())
    return found


def _below(paths: Sequence[tuple[bytes, ...]], level: Sequence[bytes]) -> list[tuple[bytes, ...]]:
    """The paths of a level's nodes, from those of the level above."""
    found: list[tuple[bytes, ...]] = []
    nodes = iter(level)
    for rest, left, right in zip(paths, nodes, nodes, strict=False):
        found += ((right, *rest), (left, *rest))
    if len(level) & 1:
        found.append(paths[-1])
    return found


def _two_below(
    paths: Sequence[tuple[bytes, ...]], upper: Sequence[bytes], lower: Sequence[bytes]
) -> list[tuple[bytes, ...]]:
    """The paths of `lower`'s nodes, from those of the level above `upper`; no paths are made for the level between."""
    found: list[tuple[bytes, ...]] = []
    above, below = iter(upper), iter(lower)
    whole = len(lower) // 4
    for rest, x, y, a, b, c, d in zip(paths[:whole], above, above, below, below, below, below, strict=False):
        found += ((b, y, *rest), (a, y, *rest), (d, x, *rest), (c, x, *rest))
    if len(lower) % 4:
        found += _below(_below(paths[whole:], upper[2 * whole :]), lower[4 * whole :])
    return found


def root_from_path(commitment: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that an inclusion path leads to (RFC 9162 §2.1.3.2); compare it with the recorded one.

    commitment: 32 bytes; index: position of the leaf; size: leaves in the tree; path: 32-byte hashes from the
    leaf upwards. Raises MalformedInput when the path cannot belong to that index and size.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise MalformedInput(f"no leaf {index} in a tree of {size}")
    if len(commitment) != HASH_SIZE or any(len(step) != HASH_SIZE for step in path):
        raise MalformedInput("a hash is not 32 bytes")
    node, last = index, size - 1
    value = leaf_hash(commitment)
    for step in path:
        if last == 0:
            raise MalformedInput("path too long for the tree")
        if node & 1 or node == last:
            value = node_hash(step, value)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            value = node_hash(value, step)
        node >>= 1
        last >>= 1
    if last:
        raise MalformedInput("path too short for the tree")
    return value


def next_head(previous: bytes, root: bytes, size: int) -> bytes:
    """SHA-256(0x02 ‖ previous head ‖ root ‖ size as 8 bytes big-endian): one head stands for all before."""
    if len(previous) != HASH_SIZE or len(root) != HASH_SIZE:
        raise MalformedInput("a hash is not 32 bytes")
    if not 0 < size <= MAX_SIZE:
        raise MalformedInput(f"a batch of {size}")
    return sha256(b"\x02" + previous + root + size.to_bytes(8, "big")).digest()
