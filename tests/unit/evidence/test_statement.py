"""Statements: one canonical form, an opaque commitment, and nothing accepted that the format does not name."""

from __future__ import annotations

import copy
import json
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from evidence.digest import digest_bytes
from evidence.errors import MalformedInput, UnknownVersion
from evidence.statement import (
    Statement,
    StatementKind,
    canonical_bytes,
    document_body,
    subject_of,
    submitter_json,
)
from evidence.strict import load_json
from scripts.vector_parts import RECEIVED, exhibit

SUBMITTER = submitter_json(account="a-1", role="mediator", identity_method="one_time_code")


def document(kind: StatementKind = StatementKind.SETTLEMENT, **details: Any) -> Statement:
    body = document_body(
        case_ref="和证调（2026）0001",
        title="调解协议",
        media_type="application/pdf",
        digest=digest_bytes(b"%PDF-1.7"),
        submitter=SUBMITTER,
        received_at=RECEIVED,
        details=details,
    )
    return Statement(kind, body, bytes(range(32)))


def test_the_commitment_is_that_of_the_canonical_bytes() -> None:
    statement = exhibit()
    text = statement.canonical()
    assert json.loads(text) == statement.as_json()
    assert text.startswith(b'{"body":{"case_ref":"')
    assert b": " not in text and b"\\u" not in text
    assert statement.commitment() == sha256(text).digest()


@pytest.mark.parametrize("kind", [kind for kind in StatementKind if kind is not StatementKind.EXHIBIT])
def test_documents_survive_the_round_trip(kind: StatementKind) -> None:
    statement = document(kind, version=3, terms={"sums": [120_000, None, True, "元"]})
    again = Statement.parse(load_json(json.dumps(statement.as_json()), where="x", max_bytes=10_000))
    assert again == statement and again.commitment() == statement.commitment()


@given(st.data())
def test_neither_key_order_nor_escapes_matter(data: st.DataObject) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shuffled(value[key]) for key in data.draw(st.permutations(list(value)))}
        return value

    statement = exhibit()
    text = json.dumps(shuffled(statement.as_json()), ensure_ascii=data.draw(st.booleans()), indent=3)
    assert (
        Statement.parse(load_json(text, where="x", max_bytes=20_000)).commitment() == statement.commitment()
    )


def test_a_new_salt_gives_a_new_commitment() -> None:
    one, two = (Statement.create(StatementKind.EXHIBIT, exhibit().body) for _ in range(2))
    assert one.salt != two.salt and one.body == two.body
    assert one.commitment() != two.commitment()


def test_canonical_bytes_are_those_of_rfc_8785() -> None:
    value = {
        "\u20ac": "Euro",
        "\r": 1,
        "\U0001f600": '\u0000\n"\\/',
        "1": [],
        "\u0080": -9_007_199_254_740_991,
    }
    expected = '{"\\r":1,"1":[],"\u0080":-9007199254740991,"\u20ac":"Euro","\U0001f600":"\\u0000\\n\\"\\\\/"}'.encode()
    assert canonical_bytes(value) == expected
    for bad in (2**53, {"a": "\ud800"}, float("nan")):
        with pytest.raises(MalformedInput):
            canonical_bytes(bad)


def test_the_subject_stands_for_the_submitter_alone() -> None:
    assert subject_of(SUBMITTER) == subject_of(dict(reversed(SUBMITTER.items())))
    assert subject_of(SUBMITTER) != subject_of(SUBMITTER | {"account": "a-2"})


BAD: list[tuple[str, str, Any]] = [
    ("format", "statement.format", "hezheng-statement/2"),
    ("format", "statement.format", 1),
    ("kind", "statement.kind", "testament"),
    ("salt", "statement.salt", "0x" + "00" * 31),
    ("salt", "statement.salt", "0x" + "AA" * 32),
    ("body", "statement.body", []),
    ("extra", "statement", 1),
    ("body.extra", "statement.body", 1),
    ("body.secret", "statement.body.secret", 0),
    ("body.number", "statement.body.number", ""),
    ("body.case_ref", "statement.body.case_ref", "x" * 201),
    ("body.received_at", "statement.body.received_at", "2026-03-02T09:30:00+08:00"),
    ("body.received_at", "statement.body.received_at", "2026-02-30T00:00:00Z"),
    ("body.received_at", "statement.body.received_at", "２０２６-03-02T09:30:00Z"),
    ("body.digest.size", "statement.body.digest.size", 1.5),
    ("body.digest.size", "statement.body.digest.size", 2**53),
    ("body.digest.md5", "statement.body.digest", "00"),
    ("body.submitter.name", "statement.body.submitter", "李晴"),
    ("body.submitter.role", "statement.body.submitter.role", None),
    ("body.origin.form", "statement.body.origin.form", "scan"),
    ("body.origin.made_by", "statement.body.origin.made_by", 7),
    ("body.origin.place", "statement.body.origin", "北京"),
]


@pytest.mark.parametrize(("place", "where", "value"), BAD)
def test_what_the_format_does_not_name_is_refused_by_place(place: str, where: str, value: Any) -> None:
    tree = copy.deepcopy(exhibit().as_json())
    *parents, key = place.split(".")
    node = tree
    for parent in parents:
        node = node[parent]
    node[key] = value
    with pytest.raises(MalformedInput) as caught:
        Statement.parse(tree)
    assert caught.value.where == where
    assert isinstance(caught.value, UnknownVersion) == (value == "hezheng-statement/2")


def leaves(value: dict[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [(*path, key) for key in value]
    for key, item in value.items():
        if isinstance(item, dict):
            found += leaves(item, (*path, key))
    return found


@pytest.mark.parametrize("path", leaves(exhibit().as_json()), ids=".".join)
def test_a_missing_key_is_named(path: tuple[str, ...]) -> None:
    tree = copy.deepcopy(exhibit().as_json())
    node = tree
    for key in path[:-1]:
        node = node[key]
    del node[path[-1]]
    with pytest.raises(MalformedInput, match="missing") as caught:
        Statement.parse(tree)
    assert caught.value.where == "statement." + ".".join(path)


def nested(depth: int) -> dict[str, Any]:
    return {"a": nested(depth - 1)} if depth else {}


@pytest.mark.parametrize(
    "details", [{"sum": 0.5}, {"sum": 2**53}, {"sum": -(2**53)}, {"deep": nested(9)}, {1: 2}, {"x": b""}]
)
def test_free_details_hold_only_what_rfc_8785_carries_exactly(details: dict[Any, Any]) -> None:
    with pytest.raises(MalformedInput, match="details"):
        Statement.parse(document().as_json() | {"body": document().body | {"details": details}})


def test_a_statement_is_bounded() -> None:
    with pytest.raises(MalformedInput, match="longer than 65536 bytes"):
        Statement.parse(document(text="字" * 30_000).as_json())


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**54), 2**54)
    | st.floats()
    | st.text()
    | st.characters(categories=["Cs"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=2).map(tuple)
        | st.dictionaries(st.text(max_size=4) | st.sampled_from(["a", "b", "\ue000", "\U00010000"]), inner)
        | st.dictionaries(st.integers(0, 3), inner, min_size=1, max_size=2)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_plain_values_are_written_as_the_library_writes_them(value: Any) -> None:
    try:
        expected = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        with pytest.raises(MalformedInput):
            canonical_bytes(value)
    else:
        assert canonical_bytes(value) == expected


def test_every_character_is_escaped_as_the_library_escapes_it() -> None:
    text = "".join(map(chr, [*range(0x300), 0x2028, 0x2029, 0xFFFE, 0xFFFF, 0x10FFFF]))
    assert canonical_bytes({"text": text}) == rfc8785.dumps({"text": text})
