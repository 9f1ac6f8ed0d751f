"""RLP: the one encoding of every item, and no other bytes. The `rlp` package, another implementation, agrees.
Not here: what the items mean (see test_state)."""

from __future__ import annotations

from contextlib import suppress

import pytest
import rlp
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import MalformedInput
from evidence.rlp import MAX_DEPTH, Item, decode, encode, encode_integer, integer, strings

ITEMS: st.SearchStrategy[Item] = st.recursive(
    st.binary(max_size=80), lambda inner: st.lists(inner, max_size=6), max_leaves=20
)


@given(ITEMS)
def test_every_item_comes_back_and_others_write_the_same(item: Item) -> None:
    data = encode(item)
    assert data == rlp.encode(item)
    assert decode(data) == item


@given(st.binary(max_size=100))
def test_bytes_are_the_canonical_form_of_an_item_or_refused(data: bytes) -> None:
    try:
        item = decode(data)
    except MalformedInput:
        with pytest.raises(rlp.DecodingError):
            rlp.decode(data, strict=True)
        return
    assert encode(item) == data


@given(ITEMS, st.data())
def test_a_changed_byte_is_another_item_or_none(item: Item, draw: st.DataObject) -> None:
    data = bytearray(encode(item))
    data[draw.draw(st.integers(0, len(data) - 1))] ^= draw.draw(st.integers(1, 255))
    with suppress(MalformedInput):
        assert decode(bytes(data)) != item


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "no RLP item"),
        ("8080", "bytes after"),
        ("8100", "shortest RLP form"),
        ("817f", "shortest RLP form"),
        ("b801ff", "shortest RLP length"),
        ("b90038" + "00" * 56, "shortest RLP length"),
        ("f801c0", "shortest RLP length"),
        ("b8", "shortest RLP length"),
        ("83aabb", "too early"),
        ("c483aabb", "too early"),
        ("c283aabbcc", "too early"),
        ("bfffffffffffffffff", "too early"),
        ("ffffffffffffffffff", "too early"),
    ],
)
def test_what_is_not_canonical_is_refused_with_its_place(data: str, message: str) -> None:
    with pytest.raises(MalformedInput, match=message) as caught:
        decode(bytes.fromhex(data), where="here")
    assert caught.value.where == "here"


def test_nesting_costs_no_stack() -> None:
    deep = encode(b"")
    for _ in range(MAX_DEPTH):
        deep = encode([decode(deep)])
    assert encode(decode(deep)) == deep
    for data in (encode([decode(deep)]), b"\xc1" * 100_000 + b"\xc0"):
        with pytest.raises(MalformedInput):
            decode(data)


@given(st.integers(0, 2**64 - 1))
def test_integers(value: int) -> None:
    assert integer(encode_integer(value)) == value


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x01", b"\x01" * 9])
def test_integers_have_no_leading_zeros_and_an_end(data: bytes) -> None:
    with pytest.raises(MalformedInput):
        integer(data)


def test_a_list_of_byte_strings_holds_nothing_else() -> None:
    assert strings([b"a", b""]) == [b"a", b""]
    for wrong in (b"a", [b"a", []]):
        with pytest.raises(MalformedInput):
            strings(wrong)
