"""Strict JSON: what is refused, with the place; and trust roots, which are read in the same way.
Not here: statements, custody records and proofs (they have tests of their own)."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import MalformedInput, NotFound, UnknownVersion
from evidence.ledger import MemoryLedger
from evidence.strict import Fields, instant_text, load_json, parse_instant, to_hex, unhex
from evidence.trust import TrustRoot
from scripts.vector_parts import World

ROOT = Path(__file__).resolve().parents[3]
WITNESS = {"name": "x", "office": "court", "signer": "0x33", "valid_from": 5, "valid_until": 6}


def load(data: bytes | str) -> dict[str, Any]:
    return load_json(data, where="proof", max_bytes=1_000, max_depth=4)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "proof: empty"),
        (b" \n", "proof: empty"),
        (b"[]", "not a JSON object"),
        (b'{"a":1,"a":2}', "key 'a' appears twice"),
        (b'{"a":NaN}', "not an integer"),
        (b'{"a":1.0}', "not an integer"),
        (b'{"a":1e3}', "not an integer"),
        (b'{"a":"\xff"}', "not UTF-8 at byte 6"),
        (b'\xef\xbb\xbf{"a":1}', "not JSON"),
        (b'{"a":1', "line 1 column"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b'{"a":[[[[[1]]]]]}', "nested deeper than 4"),
        (b"{" + b'"a":{' * 100 + b"}" * 101, "nested deeper than 4"),
        (b'{"a":"' + b"x" * 1_000 + b'"}', "longer than 1000 bytes"),
    ],
)
def test_json_that_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(MalformedInput, match=message):
        load(data)


@pytest.mark.parametrize("text", [b"[", b'{"a":', b'[{"a":', b'["\\"[",'])
def test_bottomless_json_is_refused_before_it_is_parsed(text: bytes) -> None:
    """The parser recurses in C; a library may have raised the limit that would stop it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)
    try:
        with pytest.raises(MalformedInput, match="nested deeper"):
            load_json(b'{"a":' + text * 400_000, where="proof", max_bytes=4_000_000)
    finally:
        sys.setrecursionlimit(before)


@pytest.mark.parametrize("text", [b'{"a":"[[[[[[[["}', b'{"a":"\\"[[[[[[[["}', b'{"\\\\":"[{[{[{[{"}'])
def test_brackets_inside_strings_do_not_count(text: bytes) -> None:
    assert load(text) == json.loads(text)


@pytest.mark.parametrize("text", [b'"', b'"\\', b'"\\"', b'\\"', b"[]", b'"",'])
def test_hostile_strings_take_no_time(text: bytes) -> None:
    """Millions of half-open strings are refused in one pass; a quadratic one would take hours."""
    with pytest.raises(MalformedInput):
        load_json(b'{"a":' + text * (3_000_000 // len(text)), where="proof", max_bytes=4_000_000)


@given(st.binary(max_size=80))
def test_noise_is_refused_or_read(data: bytes) -> None:
    try:
        assert isinstance(load(data), dict)
    except MalformedInput as error:
        named = str(error).startswith("proof: ")
    else:
        named = True
    assert named


@pytest.mark.parametrize("text", ["", "0X00", "0xAB", "0x0", "00", "0x0g", "0x ０", "0x00\n"])
def test_hexadecimal_is_lower_case_and_whole(text: str) -> None:
    with pytest.raises(MalformedInput):
        unhex(text, where="here")


@given(st.binary(max_size=40))
def test_hexadecimal_there_and_back(value: bytes) -> None:
    assert unhex(to_hex(value), where="here", size=len(value)) == value
    with pytest.raises(MalformedInput):
        unhex(to_hex(value), where="here", size=len(value) + 1)


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_there_and_back(moment: datetime) -> None:
    assert parse_instant(instant_text(moment), where="here") == moment


def test_times_without_a_zone_or_of_another_form_are_refused() -> None:
    with pytest.raises(MalformedInput):
        instant_text(datetime(2026, 3, 2))
    beijing = datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    assert instant_text(beijing) == "2026-03-02T01:30:00Z"
    for text in (
        "2026-03-02",
        "2026-03-02T01:30:00",
        "2026-03-02T01:30:00+08:00",
        "2026-02-30T01:30:00Z",
        "2026-03-02T25:30:00Z",
        "2026-03-02 01:30:00Z",
        "２026-03-02T01:30:00Z",
    ):
        with pytest.raises(MalformedInput):
            parse_instant(text, where="here")


@pytest.mark.parametrize(
    ("value", "read", "message"),
    [
        ({}, "text", "root.key: missing"),
        ({"key": 1}, "text", "root.key: not a string"),
        ({"key": True}, "integer", "root.key: not an integer"),
        ({"key": -1}, "integer", "root.key: not between"),
        ({"key": 1}, "boolean", "root.key: not true or false"),
        ({"key": {}}, "instant", "root.key: not a string"),
        ({"key": []}, "object", "root.key: not an object"),
    ],
)
def test_members_are_refused_with_their_place(value: dict[str, Any], read: str, message: str) -> None:
    with pytest.raises(MalformedInput, match=message):
        getattr(Fields(value, "root"), read)("key")


def test_leftover_members_are_refused() -> None:
    fields = Fields({"known": "a", "unknown": 1}, "root")
    fields.text("known")
    with pytest.raises(MalformedInput, match="root: unknown key 'unknown'"):
        fields.done()


@pytest.mark.parametrize("text", ["YQ", "YQ=", "YR==", "Y Q==", "YQ==\n", "é===", "____"])
def test_base64_has_one_form_only(text: str) -> None:
    with pytest.raises(MalformedInput):
        Fields({"key": text}, "root").base64("key", max_size=10)


def test_a_trust_root_there_and_back(tmp_path: Path) -> None:
    trust = MemoryLedger().trust
    path = tmp_path / "trust.json"
    path.write_text(trust.dump(), encoding="utf-8")
    assert TrustRoot.load(path) == TrustRoot.parse(trust.dump().lower()) == trust
    with pytest.raises(NotFound):
        TrustRoot.load(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"format": "hezheng-trust/2"}, "trust.format"),
        ({"chain_id": 0}, "trust.chain_id"),
        ({"operator": "0x00"}, "trust.operator"),
        ({"code_hashes": {}}, "trust.code_hashes"),
        (
            {
                "timestamp_authorities": [
                    {"name": "x", "policies": [], "anchor": "-----BEGIN CERTIFICATE-----\nx"}
                ]
            },
            "trust.timestamp_authorities[0].anchor",
        ),
        (
            {"timestamp_authorities": [{"name": "x", "policies": ["1"], "anchor": ""}]},
            "trust.timestamp_authorities[0].policies",
        ),
        ({"timestamp_authorities": [{"name": "x", "anchor": ""}]}, "trust.timestamp_authorities[0].policies"),
        ({"witnesses": [{**WITNESS, "office": "mediator"}]}, "trust.witnesses[0].office"),
        ({"witnesses": [{**WITNESS, "valid_until": 5}]}, "trust.witnesses[0].valid_until"),
        ({"witnesses": [{**WITNESS, "signer": "33"}]}, "trust.witnesses[0].signer"),
        ({"witnesses": [{**WITNESS, "url": ""}]}, "trust.witnesses[0]"),
        ({"witnesses": [WITNESS] * 257}, "trust.witnesses"),
        ({"tsa_anchors": []}, "trust"),
        ({"name": ""}, "trust.name"),
        ({"believe": "me"}, "trust"),
    ],
)
def test_a_broken_trust_root_is_refused_with_its_place(change: dict[str, Any], where: str) -> None:
    text = json.dumps(MemoryLedger().trust.as_json() | change)
    with pytest.raises(MalformedInput) as caught:
        TrustRoot.parse(text)
    assert str(caught.value.where).startswith(where)
    assert isinstance(caught.value, UnknownVersion) == (where == "trust.format")


def test_an_address_in_two_spellings_is_refused() -> None:
    tree = MemoryLedger().trust.as_json()
    address, value = next(iter(tree["code_hashes"].items()))
    tree["code_hashes"][address.lower()] = value
    with pytest.raises(MalformedInput, match="twice") as caught:
        TrustRoot.parse(json.dumps(tree))
    assert caught.value.where == "trust.code_hashes"


def test_an_anchor_that_no_library_reads_is_refused() -> None:
    tree = json.loads(World().trust.dump())
    one = tree["timestamp_authorities"][0]
    der = bytearray(ssl.PEM_cert_to_DER_cert(one["anchor"]))
    version = der.index(b"\xa0\x03\x02\x01\x02") + 4
    der[version] = 1
    one["anchor"] = ssl.DER_cert_to_PEM_cert(bytes(der))
    with pytest.raises(MalformedInput) as caught:
        TrustRoot.parse(json.dumps(tree))
    assert caught.value.where == "trust.timestamp_authorities[0].anchor"


def test_the_kernel_starts_without_chain_client_or_web() -> None:
    """The command line and the verifier load none of the heavy or foreign packages."""
    code = (
        "import sys, evidence.__main__, evidence.verify, evidence.store, evidence.ledger\n"
        "heavy = {'web3', 'eth_account', 'eth_abi', 'flask', 'sqlalchemy', 'werkzeug', 'gevent', 'requests'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_repeated_key_among_very_many_is_found_at_once() -> None:
    members = ",".join(f'"k{number}":0' for number in range(200_000))
    began = time.process_time()
    with pytest.raises(MalformedInput, match="'x' appears twice"):
        load_json(f'{{{members},"x":0,"x":0}}', where="proof", max_bytes=4_000_000)
    assert time.process_time() - began < 10
