"""The TypeScript verifier against the vectors, against thousands of changed proofs, and against the Python verifier.
Each run draws other changes; a failure names its seed, and ``HEZHENG_MUTATIONS`` sets how many are made."""

from __future__ import annotations

import base64
import json
import os
import random
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evidence.digest import digest_bytes
from evidence.errors import MalformedInput
from evidence.proof import Proof
from evidence.strict import instant_text
from evidence.trust import TrustRoot
from evidence.verdict import Verdict
from evidence.verify import Verifier
from scripts.vector_parts import FILE, RecordedLedger
from tests.unit.evidence.test_mutations import KINDS, PROOF, TEXT, TREE, WORLD, places, twist
from tests.unit.frontend.node_verifier import NodeVerifier

VECTORS = sorted((Path(__file__).resolve().parents[2] / "vectors").glob("*/*.json"))
RANK = ["PASSED", "UNDETERMINED", "FAILED"]
COUNT = int(os.environ.get("HEZHENG_MUTATIONS", "2000"))
AT = datetime(2026, 6, 1, tzinfo=UTC)
WORDED_DIFFERENTLY = ("message", "where", "reason")
"""Facts that each verifier words in its own way, where it refuses something that cannot be read."""


def asked(proof: str | bytes) -> dict[str, Any]:
    """The question about a proof of the honest world."""
    data = proof.encode() if isinstance(proof, str) else proof
    return {
        "file": base64.b64encode(FILE).decode(),
        "trust": WORLD.trust.as_json(),
        "at": instant_text(AT),
        "block": None,
        "ledger": WORLD.ledger().as_json(),
        "proof": None,
        "proof_base64": base64.b64encode(data).decode(),
    }


def not_passed(answer: dict[str, Any]) -> dict[str, str]:
    worst: dict[str, str] = {}
    for check in answer["checks"]:
        if check["status"] != "PASSED":
            worst[check["code"]] = max(check["status"], worst.get(check["code"], "PASSED"), key=RANK.index)
    return worst


def vector(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_outcome_is_the_stated_one(node: NodeVerifier, path: Path) -> None:
    one = vector(path)
    answer, expected = node.ask(**one, proof_base64=None), one["expected"]
    if "malformed" in expected:
        assert answer.get("malformed") == expected["malformed"]
        return
    assert "malformed" not in answer, answer
    assert (answer["answers"], not_passed(answer)) == (expected["answers"], expected["not_passed"])


def python_verdict(one: dict[str, Any]) -> Verdict:
    ledger = None if one["ledger"] is None else RecordedLedger.parse(one["ledger"])
    told = one["block"]
    block = None if told is None else (told["number"], bytes.fromhex(told["hash"][2:]))
    file = None if one["file"] is None else digest_bytes(base64.b64decode(one["file"]))
    trust = TrustRoot.parse(json.dumps(one["trust"]))
    at = datetime.fromisoformat(one["at"])
    return Verifier(trust, ledger, at=at, block=block).verify(file, Proof.parse(one["proof"]))


def comparable(checks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for check in checks:
        if check["status"] == "FAILED":
            check["detail"] = {k: v for k, v in check["detail"].items() if k not in WORDED_DIFFERENTLY}
    return checks


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_both_verifiers_list_the_same_checks_with_the_same_facts(node: NodeVerifier, path: Path) -> None:
    one = vector(path)
    if "malformed" in one["expected"]:
        return
    answer = node.ask(**one, proof_base64=None)
    assert comparable(answer["checks"]) == comparable(python_verdict(one).as_json()["checks"])


def test_the_honest_proof_passes_and_form_does_not_matter(node: NodeVerifier) -> None:
    for text in (TEXT.decode(), json.dumps(TREE), json.dumps(TREE, indent=7, ensure_ascii=False)):
        assert set(node.ask(**asked(text))["answers"].values()) == {"PASSED"}


def stated(proof: Proof) -> tuple[dict[str, Any], int, set[str], set[str]]:
    """What a proof says, without lists; then how long the custody record is, the witnesses, and the data of tokens.

    Entries of those lists can be taken out or doubled without a trace: "What a proof cannot show" in the format.
    """
    tree = json.loads(proof.dump())
    witnesses = {json.dumps(one) for one in tree.pop("witnesses")}
    data = {
        json.dumps(x) for one in tree["timestamps"] for x in one.pop("certificates") + one.pop("revocations")
    }
    tree["timestamps"] = sorted({json.dumps(one) for one in tree["timestamps"]})
    custody = tree.pop("custody")
    assert custody == json.loads(PROOF.dump())["custody"][: len(custody)]
    return tree, len(custody), witnesses, data


def says_no_more(data: bytes) -> bool:
    """Does it say what the honest proof says, or less?"""
    found, honest = stated(Proof.parse(data)), stated(PROOF)
    return found[0] == honest[0] and found[1] <= honest[1] and found[2] <= honest[2] and found[3] <= honest[3]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_changed_proof_passes_or_crashes(node: NodeVerifier, kind: Any) -> None:
    seed = secrets.randbits(32)
    rng = random.Random(seed)
    node.ask(**asked(TEXT))
    changed = [kind(rng) for _ in range(round(COUNT * KINDS[kind]))]
    for number, (data, answer) in enumerate(zip(changed, node.ask_about(changed), strict=True)):
        if "malformed" in answer or set(answer["answers"].values()) != {"PASSED"}:
            continue
        assert says_no_more(data), f"seed {seed}, change {number}: {data[:200]!r}"


def python_outcome(data: bytes) -> set[str] | None:
    """The codes that failed; None for a file that is refused."""
    try:
        proof = Proof.parse(data)
    except MalformedInput:
        return None
    verdict = Verifier(WORLD.trust, WORLD.ledger(), at=AT).verify(digest_bytes(FILE), proof)
    return {check.code for check in verdict.checks if check.status == "FAILED"}


def test_both_verifiers_decide_alike_on_changed_proofs(node: NodeVerifier) -> None:
    seed = secrets.randbits(32)
    rng = random.Random(seed)
    node.ask(**asked(TEXT))
    kinds = rng.choices(list(KINDS), list(KINDS.values()), k=max(500, COUNT // 10))
    changed = [kind(rng) for kind in kinds]
    refused = 0
    for number, (data, answer) in enumerate(zip(changed, node.ask_about(changed), strict=True)):
        found = None if "malformed" in answer else {c for c, s in not_passed(answer).items() if s == "FAILED"}
        refused += found is None
        assert found == python_outcome(data), f"seed {seed}, change {number}, {answer}"
    assert 0 < refused < len(changed)


def changed_vector(rng: random.Random, text: str) -> str:
    """A vector's proof with one value changed, or with one bit of a token, certificate, list or node flipped."""
    tree = json.loads(text)
    ways = places(tree)
    long = [way for way in ways if isinstance(value_at(tree, way), str) and len(value_at(tree, way)) > 200]
    *parents, key = rng.choice(long if long and rng.random() < 0.7 else ways)
    node = value_at(tree, tuple(parents))
    value = node[key]
    if isinstance(value, str) and len(value) > 200:
        raw = bytearray(bytes.fromhex(value[2:]) if value.startswith("0x") else base64.b64decode(value))
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
        node[key] = "0x" + raw.hex() if value.startswith("0x") else base64.b64encode(raw).decode()
    else:
        node[key] = twist(rng, value)
    return json.dumps(tree)


def value_at(tree: Any, way: tuple[Any, ...]) -> Any:
    for step in way:
        tree = tree[step]
    return tree


def test_both_verifiers_decide_alike_on_changed_vectors(node: NodeVerifier) -> None:
    seed = secrets.randbits(32)
    rng = random.Random(seed)
    valid = [vector(path) for path in VECTORS if path.parent.name == "valid"]
    for number in range(max(150, COUNT // 20)):
        one = rng.choice(valid)
        one = {**one, "proof": changed_vector(rng, one["proof"])}
        answer = node.ask(**one, proof_base64=None)
        try:
            found = {check.code for check in python_verdict(one).checks if check.status == "FAILED"}
        except MalformedInput:
            assert "malformed" in answer, f"seed {seed}, change {number}: {one['proof']}"
            continue
        assert "malformed" not in answer, f"seed {seed}, change {number}: {answer}"
        said = {code for code, status in not_passed(answer).items() if status == "FAILED"}
        assert said == found, f"seed {seed}, change {number}, {one['about']}: {one['proof']}"


def parse_place(node: NodeVerifier, data: bytes) -> str | None:
    place: str | None = node.ask(**asked(data)).get("malformed")
    return place


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"", "proof"),
        (b" \n", "proof"),
        (b"[]", "proof"),
        (b"null", "proof"),
        (b"\xef\xbb\xbf" + TEXT, "proof"),
        (TEXT[:-10], "proof"),
        (TEXT + b"{}", "proof"),
        (b"\xff" + TEXT, "proof"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "proof"),
        (b"[" * 1_000_000, "proof"),
        (b'{"format":"hezheng-proof/1","format":"hezheng-proof/1"}', "proof"),
        (b'{"a": 1.0}', "proof"),
        (b'{"a": 1e3}', "proof"),
        (b'{"a": NaN}', "proof"),
        (b'{"a": "\\ud800"}', "proof"),
        (b'{"a": "\x01"}', "proof"),
        (b'{"a": 01}', "proof"),
        (b'{"format":"hezheng-proof/2"}', "proof.format"),
        (b'{"format":"' + b"x" * 4_000_001 + b'"}', "proof"),
        (b'{"format":' + b"9" * 100_000 + b"}", "proof"),
        (b'{"format":"hezheng-proof/1"}', "proof.statement"),
    ],
    ids=range(21),
)
def test_what_is_not_of_the_shape_is_refused_by_its_place(
    node: NodeVerifier, data: bytes, place: str
) -> None:
    assert parse_place(node, data) == place
    with pytest.raises(MalformedInput) as refusal:
        Proof.parse(data)
    assert refusal.value.where == place


def test_a_place_inside_is_named(node: NodeVerifier) -> None:
    short = json.loads(TEXT)
    short["batch"]["root"] = short["batch"]["root"][:-2]
    assert parse_place(node, json.dumps(short).encode()) == "proof.batch.root"
    far = json.loads(TEXT)
    far["anchor"]["block_number"] = 2**53
    assert parse_place(node, json.dumps(far).encode()) == "proof.anchor.block_number"
    assert parse_place(node, TEXT) is None
    assert PROOF.batch.number == 2
