"""The vectors at the bounds of the format: what is just allowed, and what is one too many or of another form.
Not here: members that are missing or of another kind (see `vector_defects`)."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from evidence.custody import append_entry
from evidence.digest import digest_bytes
from evidence.proof import MAX_BYTES
from evidence.statement import (
    MAX_CANONICAL_BYTES,
    Statement,
    StatementKind,
    canonical_bytes,
    document_body,
    submitter_json,
)
from evidence.strict import MAX_SAFE_INTEGER
from scripts.vector_form import Case, Vector
from scripts.vector_parts import FILE, RECEIVED, exhibit, word

DEEPEST: dict[str, Any] = {"2": {"3": {"4": {"5": {"6": {"7": ["8"]}}}}}}
"""Details of eight levels: these six objects in the first one, a list, and the text in it."""
BODY = "proof.statement.body"


def minutes(details: dict[str, Any]) -> Statement:
    """Minutes with these details."""
    body = document_body(
        case_ref="和证调（2026）0001",
        title="调解笔录",
        media_type="application/pdf",
        digest=digest_bytes(FILE),
        submitter=submitter_json(account="a-11c0", role="mediator", identity_method="one_time_code"),
        received_at=RECEIVED,
        details=details,
    )
    return Statement(StatementKind.MINUTES, body, word("minutes salt"))


def filled(size: int) -> Statement:
    """Minutes whose canonical statement has so many bytes."""
    return minutes({"text": "x" * (size - len(canonical_bytes(minutes({"text": ""}).as_json())))})


def at_the_bounds(case: Case) -> Iterator[Vector]:
    """As long, deep and large as may be."""
    text = case.honest.dump()
    padded = text + " " * (MAX_BYTES - len(text.encode()))
    yield case.vector("bound-file-size", "A proof file of 4,000,000 bytes.", proof=padded)
    for name, about, statement in (
        ("statement-size", "A canonical statement of 65,536 bytes.", filled(MAX_CANONICAL_BYTES)),
        ("details-depth", "Details of eight levels, the text inside counted.", minutes({"1": DEEPEST["2"]})),
        ("integers", "The largest and the smallest integer.", minutes({"a": [MAX_SAFE_INTEGER, -MAX_SAFE_INTEGER]})),
        ("characters", "200 characters beyond the basic plane.", exhibit(case_ref="\U00020bb7" * 200)),
        ("empty", "Empty texts where no least length is named.", exhibit(compared_by="", compared_at="")),
        ("microseconds", "A time with six decimals.", exhibit(received_at="2026-03-02T01:30:00.000001Z")),
        ("leap-day", "A leap day.", exhibit(received_at="2024-02-29T23:59:59Z")),
    ):  # fmt: skip
        yield Case(statement=statement).vector(f"bound-{name}", about)
    zero = Case(statement=minutes({"a": 0}))
    signed = zero.honest.dump().replace('"a": 0', '"a": -0')
    yield zero.vector("bound-minus-zero", "-0 is the integer 0.", proof=signed)
    last = append_entry(case.honest.custody[-1], act="viewed", actor="a-11c0", at=RECEIVED, details=DEEPEST)
    deep = replace(case.honest, custody=(*case.honest.custody, last))
    yield case.vector("bound-custody-depth", "An entry with details of eight levels.", proof=deep)


def out_of_bounds(case: Case) -> Iterator[Vector]:
    """One too many, too deep, too large, or another form; the place where each is refused."""
    yield from _long_and_deep(case)
    yield from _numbers_and_times(case)
    yield from _texts(case)


def _refused(case: Case, name: str, about: str, where: str, proof: str) -> Vector:
    return case.vector(f"malformed-{name}", about, proof=proof, malformed=where)


def _long_and_deep(case: Case) -> Iterator[Vector]:
    text = case.honest.dump()
    padded = text + " " * (MAX_BYTES + 1 - len(text.encode()))
    yield _refused(case, "file-long", "A proof file of 4,000,001 bytes.", "proof", padded)
    long = _with(
        Case(statement=minutes({"text": ""})), ("statement",), filled(MAX_CANONICAL_BYTES + 1).as_json()
    )
    yield _refused(case, "statement-long", "A canonical statement of 65,537 bytes.", "proof.statement", long)
    document = Case(statement=minutes({}))
    details = ("statement", "body", "details")
    nine = _with(document, details, {"1": {"2": DEEPEST["2"]}})
    inside = f"{BODY}.details.1.2.3.4.5.6.7"
    yield _refused(document, "details-deep", "Details of nine levels.", f"{inside}[0]", nine)
    lists: Any = []
    for _ in range(19):
        lists = [lists]
    allowed = _with(document, details, {"a": lists})
    place = f"{BODY}.details.a" + "[0]" * 7
    yield _refused(document, "depth-24", "24 levels: JSON, but details too deep.", place, allowed)
    beyond = _with(document, details, {"a": [lists]})
    yield _refused(document, "depth-25", "25 levels.", "proof", beyond)
    entry = ("custody", 1, "details")
    deep = _with(case, entry, {"1": {"2": DEEPEST["2"]}})
    where = "proof.custody[1].details.1.2.3.4.5.6.7[0]"
    yield _refused(case, "custody-deep", "An entry with details of nine levels.", where, deep)


def _numbers_and_times(case: Case) -> Iterator[Vector]:
    received = ("statement", "body", "received_at")
    large = MAX_SAFE_INTEGER + 1
    for name, about, way, value in (
        ("number-large", "2^53.", ("anchor", "block_number"), large),
        ("number-negative", "A negative number.", ("anchor", "block_number"), -1),
        ("number-text", "A number as text.", ("anchor", "block_number"), "12"),
        ("number-truth", "A truth value for a number.", ("inclusion", "index"), False),
        ("chain-zero", "Chain 0.", ("anchor", "chain_id"), 0),
        ("time-large", "A block time beyond the year 9999.", ("anchor", "block_time"), 253_402_300_800),
        ("batch-zero", "Batch 0.", ("batch", "number"), 0),
        ("size-zero", "A tree without leaves.", ("inclusion", "size"), 0),
        ("sequence-zero", "An entry with number 0.", ("custody", 0, "sequence"), 0),
        ("path-many", "65 steps.", ("inclusion", "path"), ["0x" + "00" * 32] * 65),
        ("custody-many", "10,001 entries.", ("custody",), [0] * 10_001),
        ("signer-long", "A signer of 1,025 bytes.", ("witnesses", 0, "signer"), "0x" + "00" * 1_025),
        ("signature-long", "A signature of 16,385 bytes.", ("witnesses", 0, "signature"), "0x" + "00" * 16_385),
        ("attestation-short", "An attestation of 64 bytes.", ("attestation",), "0x" + "00" * 64),
        ("time-offset", "A time that does not end in Z.", received, "2026-03-02T01:30:00+00:00"),
        ("time-lower-case", "A time with a small letter.", received, "2026-03-02T01:30:00z"),
        ("time-decimals", "A time with seven decimals.", received, "2026-03-02T01:30:00.0000001Z"),
        ("time-no-day", "A day that does not exist.", received, "2026-02-29T01:30:00Z"),
        ("time-no-second", "A leap second.", received, "2026-06-30T23:59:60Z"),
        ("time-no-hour", "24 o'clock.", received, "2026-03-02T24:00:00Z"),
        ("address-short", "An address of 19 bytes.", ("anchor", "contract"), "0x" + "11" * 19),
    ):  # fmt: skip
        yield _refused(case, name, about, _place(way), _with(case, way, value))
    document = Case(statement=minutes({"a": [1]}))
    far = _with(document, ("statement", "body", "details"), {"a": [1, -large]})
    yield _refused(document, "details-number", "-2^53 in details.", f"{BODY}.details.a[1]", far)


def _texts(case: Case) -> Iterator[Vector]:
    body = ("statement", "body")
    for name, about, way, value in (
        ("case-empty", "No case.", (*body, "case_ref"), ""),
        ("case-long", "201 characters.", (*body, "case_ref"), "\U00020bb7" * 201),
        ("account-empty", "No account.", (*body, "submitter", "account"), ""),
        ("origin-long", "A statement of 2,001 characters.", (*body, "origin", "proves"), "x" * 2_001),
        ("form-other", "Neither original nor copy.", (*body, "origin", "form"), "photo"),
        ("kind-other", "A kind that the format does not name.", ("statement", "kind"), "letter"),
        ("secret-number", "A number for a truth value.", (*body, "secret"), 0),
        ("authority-long", "301 characters.", ("timestamps", 0, "authority"), "x" * 301),
        ("reason-long", "A reason of 1,001 characters.", ("custody", 0, "reason"), "x" * 1_001),
    ):  # fmt: skip
        yield _refused(case, name, about, _place(way), _with(case, way, value))
    text = case.honest.dump()
    for name, about, proof in (
        ("mark", "A byte-order mark.", "\ufeff" + text),
        ("more", "Text after the object.", text + "{}"),
        ("exponent", "A number with an exponent.", text.replace('"index": 2', '"index": 2e0')),
        ("no-number", "NaN.", text.replace('"index": 2', '"index": NaN')),
    ):
        yield _refused(case, name, about, "proof", proof)
    tree = {**case.honest.as_json(), "format": "hezheng-proof/2", "more": 1}
    del tree["batch"]
    about = "Another version with other members: the name is what is refused."
    yield _refused(case, "version-first", about, "proof.format", json.dumps(tree, ensure_ascii=False))


def _with(case: Case, way: tuple[str | int, ...], value: Any) -> str:
    """The honest proof's text with another value at that place."""
    tree = copy.deepcopy(case.honest.as_json())
    if way[0] == "witnesses":
        tree["witnesses"] = [{"signer": "0x", "signature": "0x"}]
    *parents, key = way
    held: Any = tree
    for parent in parents:
        held = held[parent]
    held[key] = value
    return json.dumps(tree, ensure_ascii=False)


def _place(way: tuple[str | int, ...]) -> str:
    return "proof" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in way)
