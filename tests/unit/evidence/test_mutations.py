"""Thousands of changed proofs: none crashes the reader, and none that says something else passes.
Each run draws other changes; a failure names its seed, and ``HEZHENG_MUTATIONS`` sets how many are made."""

from __future__ import annotations

import copy
import json
import multiprocessing
import os
import random
import secrets
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from evidence.digest import FileDigest, digest_bytes
from evidence.errors import MalformedInput
from evidence.proof import Proof, TokenClaim
from evidence.verify import Verifier
from scripts.vector_parts import FILE, PRESENT, World

WORLD = World()
PROOF = WORLD.proof()
TEXT = PROOF.dump().encode()
TREE = PROOF.as_json()
DIGEST = digest_bytes(FILE)
VERIFIERS = (
    Verifier(WORLD.trust, WORLD.ledger(), at=PRESENT),
    Verifier(WORLD.naming(), at=PRESENT),
)
"""With a node; and without one, where trusted witnesses vouch for the block."""
PIECE = 2_000
"""Changes that one process makes at a time."""
COUNT = int(os.environ.get("HEZHENG_MUTATIONS", "2400"))


def passes(data: bytes, digest: FileDigest = DIGEST, verifier: Verifier = VERIFIERS[0]) -> bool:
    """Is it readable, and do all four answers pass? Whatever is raised but MalformedInput is a crash."""
    try:
        proof = Proof.parse(data)
    except MalformedInput as error:
        if not (error.where or "").startswith("proof"):
            raise
        return False
    verdict = verifier.verify(digest, proof)
    json.dumps(verdict.as_json())
    return verdict.passed


def says_the_same(data: bytes) -> bool:
    return Proof.parse(data).dump() == PROOF.dump()


def flip_bit(rng: random.Random) -> bytes:
    changed = bytearray(TEXT)
    bit = rng.randrange(len(changed) * 8)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def change_bytes(rng: random.Random) -> bytes:
    at, length = rng.randrange(len(TEXT)), rng.randrange(1, 40)
    other = TEXT[(start := rng.randrange(len(TEXT))) : start + length]
    filler = rng.choice([b"", rng.randbytes(length), b" " * length, b'"', b"0", other])
    return TEXT[:at] + filler + TEXT[at + rng.choice([0, length]) :]


def cut(rng: random.Random) -> bytes:
    return TEXT[: rng.randrange(len(TEXT))]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in the tree."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    for key, item in items:
        found += places(item, (*path, key))
    return found


PLACES = places(TREE)
STRANGE: list[Any] = [
    None, True, False, 0, 1, -1, 2**53 - 1, 2**53, 2**64, 10**400, 0.5, "", " ", "0x", "0x00", "0x" + "00" * 32,
    "0x" + "ff" * 20, "\x00", "\ud800", "é" * 3_000, [], {}, [[]], [None], {"": None}, {"format": "x"}, "1", "null",
    "2026-03-02T01:30:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "hezheng-proof/1", "copy", "ruling",
]  # fmt: skip


def twist(rng: random.Random, value: Any) -> Any:
    """Another value, often one that still has the right form."""
    if isinstance(value, bool) or rng.random() < 0.3:
        return rng.choice(STRANGE)
    if isinstance(value, int):
        return value + rng.choice([-1, 1, 60, -3_600, 2**32])
    if isinstance(value, str) and value:
        at = rng.randrange(len(value))
        digit = rng.choice("0123456789abcdefABCDEF+/=京")
        return rng.choice([value[:at] + digit + value[at + 1 :], value[:at], value + digit, value.upper()])
    if isinstance(value, list) and value:
        shuffled = value[::-1] if len(value) > 1 else value * 2
        return rng.choice([shuffled, [*value, value[0]], value[1:]])
    return rng.choice(STRANGE)


def change_value(rng: random.Random) -> bytes:
    tree = copy.deepcopy(TREE)
    *parents, key = rng.choice(PLACES)
    node = tree
    for parent in parents:
        node = node[parent]
    if isinstance(node, dict) and rng.random() < 0.1:
        node[f"{key}{rng.choice(['', '2', ' '])}"] = node.pop(key)
    node[key] = twist(rng, node.get(key) if isinstance(node, dict) else node[key])
    return json.dumps(tree).encode()


def swap_values(rng: random.Random) -> bytes:
    tree = copy.deepcopy(TREE)
    nodes = []
    for _ in range(2):
        *parents, key = rng.choice([p for p in PLACES if len(p) == rng.choice([2, 3])] or PLACES)
        node = tree
        for parent in parents:
            node = node[parent]
        nodes.append((node, key))
    (one, a), (two, b) = nodes
    one[a], two[b] = two[b], one[a]
    try:
        return json.dumps(tree).encode()
    except ValueError:  # one of the two holds the other
        return b"{}"


def is_shorter(data: bytes, verifier: Verifier) -> bool:
    """Does it only leave out or repeat list entries: witnesses, tokens, what goes with them, the end of the custody?

    Such a file says less and nothing else; see "What a proof cannot show" in docs/proof-format.md. Without a node the
    transaction is only a hint where to look (section 6.1).
    """
    proof = Proof.parse(data)
    free: dict[str, Any] = {"custody": 0, "witnesses": 0, "timestamps": 0}
    if verifier is VERIFIERS[1]:
        anchor = replace(PROOF.anchor, transaction=proof.anchor.transaction)
        if anchor == proof.anchor:
            free["anchor"] = 0
    kept = len(proof.custody)
    return (
        0 < kept <= len(PROOF.custody)
        and proof.custody == PROOF.custody[:kept]
        and set(proof.witnesses) <= set(PROOF.witnesses)
        and set(map(said_by, proof.timestamps)) == set(map(said_by, PROOF.timestamps))
        and {**proof.as_json(), **free} == {**TREE, **free}
    )


def said_by(line: TokenClaim) -> tuple[object, ...]:
    """A line of tokens, each with the certificates and revocation data beside it however often they are there."""
    return tuple(
        (stamp.authority, stamp.token, frozenset(stamp.certificates), frozenset(stamp.revocations))
        for stamp in line.stamps
    )


KINDS: dict[Callable[[random.Random], bytes], float] = {
    flip_bit: 0.35,
    change_bytes: 0.15,
    cut: 0.05,
    change_value: 0.4,
    swap_values: 0.05,
}


def attempt(kind: str, seed: int, count: int) -> tuple[int, int, list[str]]:
    """So many changes of one kind: how many were of form only, how many left something out, and what else passed."""
    rng = random.Random(seed)
    change = next(one for one in KINDS if one.__name__ == kind)
    same, shorter, wrong = 0, 0, []
    for number in range(count):
        data, verifier = change(rng), VERIFIERS[number % 2]
        try:
            if not passes(data, verifier=verifier):
                continue
        except Exception as error:
            raise AssertionError(f"seed {seed}, change {number}: {data[:200]!r}") from error
        if says_the_same(data):
            same += 1
        elif is_shorter(data, verifier):
            shorter += 1
        else:
            wrong.append(f"seed {seed}, change {number}: {data[:200]!r}")
    return same, shorter, wrong


def attempts(kind: str, count: int) -> list[tuple[int, int, list[str]]]:
    """All of a kind's changes, spread over the processors when they are many."""
    pieces = [min(PIECE, count - start) for start in range(0, count, PIECE)]
    seeds = [secrets.randbits(32) for _ in pieces]
    if len(pieces) == 1:
        return [attempt(kind, seeds[0], pieces[0])]
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("fork")) as pool:
        return list(pool.map(attempt, [kind] * len(pieces), seeds, pieces))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_changed_proof_passes_or_crashes(kind: Callable[[random.Random], bytes]) -> None:
    count = round(COUNT * KINDS[kind])
    found = attempts(kind.__name__, count)
    assert [line for _, _, wrong in found for line in wrong] == []
    same, shorter = (sum(one[place] for one in found) for place in (0, 1))
    print(f"{kind.__name__}: {count} changes, {same} of form only, {shorter} shorter")


def test_the_original_passes_and_form_does_not_matter() -> None:
    assert all(passes(TEXT, verifier=verifier) for verifier in VERIFIERS)
    for text in (json.dumps(TREE), json.dumps(TREE, indent=7, ensure_ascii=False), f" {TEXT.decode()} \n"):
        assert passes(text.encode()) and says_the_same(text.encode())
    lower = TEXT.replace(PROOF.anchor.contract.encode(), PROOF.anchor.contract.lower().encode())
    assert lower != TEXT and passes(lower) and says_the_same(lower)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_every_value_matters(place: tuple[Any, ...]) -> None:
    tree = copy.deepcopy(TREE)
    *parents, key = place
    node = tree
    for parent in parents:
        node = node[parent]
    value = node[key]
    if isinstance(value, bool):
        node[key] = not value
    elif isinstance(value, int):
        node[key] = value + 1
    elif isinstance(value, str):
        node[key] = value[:-1] + ("1" if value[-1:] != "1" else "2")
    else:
        del node[key]
    data = json.dumps(tree).encode()
    for verifier in VERIFIERS:
        assert not passes(data, verifier=verifier) or is_shorter(data, verifier)


def test_no_changed_file_passes() -> None:
    rng = random.Random(secrets.randbits(32))
    for _ in range(50):
        changed = bytearray(FILE)
        bit = rng.randrange(len(FILE) * 8)
        changed[bit // 8] ^= 1 << bit % 8
        assert not passes(TEXT, digest_bytes(bytes(changed)))
