"""Whole proof files with anything in any place (hypothesis): refused by its place or answered, and nothing else passes.
The thousands of smaller changes are in `test_mutations`; the shape of each member in its own module's tests."""

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.evidence.test_mutations import (
    PLACES,
    TEXT,
    TREE,
    VERIFIERS,
    is_shorter,
    passes,
    says_the_same,
)

ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=80)
    | st.binary(max_size=40).map(lambda data: "0x" + data.hex()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
"""Any JSON value, among them what JSON as courts know it has not: NaN, half characters, endless integers."""


def with_values(values: dict[tuple[Any, ...], Any]) -> bytes:
    """The honest proof with other values in these places; of two that lie inside each other the inner one is lost."""
    tree = copy.deepcopy(TREE)
    for (*parents, key), value in sorted(values.items(), key=lambda item: -len(item[0])):
        node = tree
        for parent in parents:
            node = node[parent]
        node[key] = value
    return json.dumps(tree).encode("utf-8", "surrogatepass")


def is_right(data: bytes) -> None:
    """Nothing but MalformedInput with a place may stop a reader, and what passes says the same or less."""
    for verifier in VERIFIERS:
        if passes(data, verifier=verifier):
            assert says_the_same(data) or is_shorter(data, verifier)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(PLACES), ANY, min_size=1, max_size=3))
def test_anything_in_any_place_is_refused_or_answered(values: dict[tuple[Any, ...], Any]) -> None:
    is_right(with_values(values))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([place for place in PLACES if not isinstance(place[-1], int)]), st.text(max_size=30), ANY
)
def test_an_unknown_member_is_refused(place: tuple[Any, ...], name: str, value: Any) -> None:
    *parents, _ = place
    tree = copy.deepcopy(TREE)
    node = tree
    for parent in parents:
        node = node[parent]
    if name in node or "details" in parents:
        return
    node[name] = value
    assert not passes(json.dumps(tree).encode("utf-8", "surrogatepass"))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(TEXT)), st.integers(0, 200), st.binary(max_size=200))
def test_any_bytes_in_any_place_are_refused_or_answered(at: int, taken: int, put: bytes) -> None:
    is_right(TEXT[:at] + put + TEXT[at + taken :])
