"""RLP, Ethereum's serialisation of nested lists of byte strings: strict both ways, whatever bytes arrive.
Not here: what headers, nodes and accounts are made of (see `trie` and `state`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Union

from .errors import MalformedInput

Item = Union[bytes, "list[Item]"]
"""A byte string, or a list of items."""

_STRING, _LONG_STRING, _LIST, _LONG_LIST = 0x80, 0xB7, 0xC0, 0xF7
_SHORT = 55
MAX_DEPTH = 16
"""Lists inside lists that are read; no header, node or account comes near."""


def encode(item: bytes | Sequence[object]) -> bytes:
    """The one canonical encoding (Ethereum yellow paper, appendix B), of items that are not nested without end."""
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < _STRING else _head(_STRING, len(item)) + item
    body = b"".join(encode(part) for part in item)  # type: ignore[arg-type]
    return _head(_LIST, len(body)) + body


def encode_integer(value: int) -> bytes:
    """A non-negative integer as the byte string that stands for it, not yet encoded: big-endian, no leading zeros."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _head(kind: int, length: int) -> bytes:
    if length <= _SHORT:
        return bytes([kind + length])
    size = encode_integer(length)
    return bytes([kind + _SHORT + len(size)]) + size


def decode(data: bytes, *, where: str | None = None) -> Item:
    """The item that these bytes are, all of them. Raises MalformedInput where they are not the canonical encoding.

    No recursion: hostile nesting costs no stack, and more than MAX_DEPTH is refused.
    """
    top: list[Item] = []
    open_lists: list[tuple[list[Item], int]] = [(top, len(data))]
    at = 0
    while open_lists:
        current, end = open_lists[-1]
        if at == end:
            open_lists.pop()
            continue
        if current is top and top:
            raise MalformedInput("bytes after the RLP item", where=where)
        is_list, start, stop = _span(data, at, end, where)
        if is_list:
            inner: list[Item] = []
            current.append(inner)
            open_lists.append((inner, stop))
            if len(open_lists) > MAX_DEPTH + 1:
                raise MalformedInput(f"RLP nested deeper than {MAX_DEPTH}", where=where)
            at = start
        else:
            current.append(data[start:stop])
            at = stop
    if not top:
        raise MalformedInput("no RLP item", where=where)
    return top[0]


def _span(data: bytes, at: int, end: int, where: str | None) -> tuple[bool, int, int]:
    """Is the item at `at` a list, and from where to where does its content go? It must end by `end`."""
    first = data[at]
    if first < _STRING:
        return False, at, at + 1
    is_list = first >= _LIST
    length = first - (_LIST if is_list else _STRING)
    start = at + 1
    if length > _SHORT:
        width = length - _SHORT
        start += width
        size = data[at + 1 : min(start, end)]
        length = int.from_bytes(size, "big")
        if len(size) < width or size[0] == 0 or length <= _SHORT:
            raise MalformedInput("not the shortest RLP length", where=where)
    if start + length > end:
        raise MalformedInput("RLP ends too early", where=where)
    if not is_list and length == 1 and data[start] < _STRING:
        raise MalformedInput("not the shortest RLP form of a byte", where=where)
    return is_list, start, start + length


def strings(item: Item, *, where: str | None = None) -> list[bytes]:
    """The items of a list of byte strings; MalformedInput for anything else."""
    if isinstance(item, bytes):
        raise MalformedInput("not an RLP list", where=where)
    found = [part for part in item if isinstance(part, bytes)]
    if len(found) != len(item):
        raise MalformedInput("a list where bytes are expected", where=where)
    return found


def integer(value: bytes, *, max_size: int = 8, where: str | None = None) -> int:
    """The integer that a byte string stands for; MalformedInput with leading zeros or beyond max_size bytes."""
    if len(value) > max_size or value[:1] == b"\x00":
        raise MalformedInput("not an RLP integer", where=where)
    return int.from_bytes(value, "big")
