"""Merkle-Patricia tries as Ethereum keeps state in them: proofs of what a trie holds, checked and made.
Not here: what stands in the leaves (see `state`). Keys are 32 bytes, as in state and storage; proofs of absence are none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .errors import MalformedInput, Tampered
from .rlp import Item, decode, encode
from .signature import keccak

KEY_SIZE = 32
_HASH_SIZE = 32
_BRANCH, _PAIR = 17, 2

EMPTY_ROOT = keccak(encode(b""))
"""Root of a trie that holds nothing."""


def _nibbles(data: bytes) -> bytes:
    return bytes(half for byte in data for half in (byte >> 4, byte & 15))


def _pack(path: bytes, leaf: bool) -> bytes:
    """Hex-prefix encoding of nibbles (yellow paper, appendix C)."""
    flag = (2 if leaf else 0) + (len(path) & 1)
    whole = bytes([flag]) + (b"" if len(path) & 1 else b"\x00") + path
    return bytes(whole[i] << 4 | whole[i + 1] for i in range(0, len(whole), 2))


def _unpack(data: Item, where: str) -> tuple[bytes, bool]:
    """Nibbles of a hex-prefix encoding, and whether they end in a leaf."""
    if not isinstance(data, bytes) or not data:
        raise MalformedInput("no path in a node", where=where)
    flag, *path = _nibbles(data)
    if flag > 3 or (not flag & 1 and path[0]):
        raise MalformedInput("not a canonical path", where=where)
    return bytes(path if flag & 1 else path[1:]), flag >= 2


def check_proof(root: bytes, key: bytes, nodes: Sequence[bytes], *, where: str = "nodes") -> bytes:
    """The value under a key of 32 bytes (already hashed) in the trie with this root, as the RLP nodes prove it.

    nodes: from the root down, each used, in order. Raises MalformedInput for bytes that are no node and Tampered
    for nodes that lead elsewhere or nowhere; both name the node.
    """
    if len(key) != KEY_SIZE:
        raise MalformedInput("a key is 32 bytes", where=where)
    path = _nibbles(key)
    listed = enumerate(nodes)
    node = _next_listed(listed, root, where)
    depth = 0
    while True:
        here, node_here = node
        step = _step(node_here, path[depth:], here)
        depth += step.length
        if step.value is not None:
            if next(listed, None) is not None:
                raise Tampered("more nodes than the path needs", where=where)
            return step.value
        node = (here, step.child)
        if isinstance(step.child, bytes):
            node = _next_listed(listed, step.child, where)


class _Step:
    """What a node says about the rest of a path: so many nibbles on, a value or the reference to a child."""

    __slots__ = ("child", "length", "value")

    def __init__(self, length: int, child: Item = b"", value: bytes | None = None) -> None:
        self.length, self.child, self.value = length, child, value


def _next_listed(listed: Iterator[tuple[int, bytes]], wanted: bytes, where: str) -> tuple[str, Item]:
    number, node = next(listed, (None, b""))
    if number is None:
        raise Tampered("a node is missing", where=where)
    here = f"{where}[{number}]"
    if keccak(node) != wanted:
        raise Tampered("not the node that is referred to", where=here)
    if number and len(node) < _HASH_SIZE:
        raise Tampered("a short node stands inside its parent", where=here)
    return here, decode(node, where=here)


def _step(node: Item, rest: bytes, where: str) -> _Step:
    if isinstance(node, bytes) or len(node) not in (_BRANCH, _PAIR):
        raise MalformedInput("not a node", where=where)
    if len(node) == _BRANCH:
        if not rest:
            raise Tampered("the path ends in a branch", where=where)
        return _Step(1, _reference(node[rest[0]], where))
    path, is_leaf = _unpack(node[0], where)
    if is_leaf:
        value = node[1]
        if not isinstance(value, bytes) or not value:
            raise MalformedInput("no value in a leaf", where=where)
        if path != rest:
            raise Tampered("the leaf is that of another key", where=where)
        return _Step(len(path), value=value)
    if not path:
        raise MalformedInput("an extension by nothing", where=where)
    if rest[: len(path)] != path:
        raise Tampered("the path leads elsewhere", where=where)
    return _Step(len(path), _reference(node[1], where))


def _reference(child: Item, where: str) -> Item:
    """A child by its hash, or the child itself where it is shorter than a hash."""
    if child == b"":
        raise Tampered("the trie holds nothing there", where=where)
    if isinstance(child, bytes):
        if len(child) != _HASH_SIZE:
            raise MalformedInput("not a hash", where=where)
    elif len(encode(child)) >= _HASH_SIZE:
        raise MalformedInput("a long node inside its parent", where=where)
    return child


class Trie:
    """A trie over given values, built at once: its root and proofs. For few and for tests; a node keeps its own.

    values: keys of 32 bytes (already hashed) to values that are not empty.
    """

    def __init__(self, values: Mapping[bytes, bytes]) -> None:
        if any(len(key) != KEY_SIZE or not value for key, value in values.items()):
            raise MalformedInput("a key is 32 bytes and a value is not empty")
        entries = sorted((_nibbles(key), value) for key, value in values.items())
        self._nodes: dict[bytes, bytes] = {}
        top = encode(_build(entries, 0, self._nodes)) if entries else encode(b"")
        self.root = keccak(top)
        self._nodes[self.root] = top

    def proof(self, key: bytes) -> tuple[bytes, ...]:
        """The nodes that lead to a key, from the root down, as far as there is a way (EIP-1186)."""
        rest, node, found = _nibbles(key), decode(self._nodes[self.root]), [self._nodes[self.root]]
        while True:
            try:
                step = _step(node, rest, "trie")
            except Tampered:
                return tuple(found)
            if step.value is not None:
                return tuple(found)
            rest = rest[step.length :]
            if isinstance(step.child, bytes):
                found.append(self._nodes[step.child])
            node = decode(self._nodes[step.child]) if isinstance(step.child, bytes) else step.child


_Entries = Sequence[tuple[bytes, bytes]]


def _build(entries: _Entries, depth: int, nodes: dict[bytes, bytes]) -> list[Item]:
    """The node over sorted entries that agree in their first `depth` nibbles; at most 64 levels."""
    first, last = entries[0][0], entries[-1][0]
    if len(entries) == 1:
        return [_pack(first[depth:], leaf=True), entries[0][1]]
    same = depth
    while first[same] == last[same]:
        same += 1
    if same > depth:
        return [_pack(first[depth:same], leaf=False), _kept(_build(entries, same, nodes), nodes)]
    children: list[Item] = []
    start = 0
    for nibble in range(16):
        stop = start
        while stop < len(entries) and entries[stop][0][depth] == nibble:
            stop += 1
        inside = entries[start:stop]
        children.append(_kept(_build(inside, depth + 1, nodes), nodes) if inside else b"")
        start = stop
    return [*children, b""]


def _kept(node: list[Item], nodes: dict[bytes, bytes]) -> Item:
    """The reference to a node: itself where it is short, else its hash."""
    data = encode(node)
    if len(data) < _HASH_SIZE:
        return node
    nodes[keccak(data)] = data
    return keccak(data)
