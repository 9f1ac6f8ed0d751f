"""The vectors that fail: other files, places and ledgers, and files that are no proof.
Not here: honest proofs (see `make_vectors`), and what has a file of its own: tokens, states, witnesses, records, bounds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from evidence.strict import to_hex
from scripts.vector_bounds import out_of_bounds
from scripts.vector_form import (
    FAILED,
    FILE_CHECKS,
    UNDETERMINED,
    Case,
    Vector,
)
from scripts.vector_parts import FILE, LOOK_ALIKE, exhibit, word
from scripts.vector_records import wrong_records
from scripts.vector_states import wrong_states
from scripts.vector_tokens import invalid_tokens
from scripts.vector_witnesses import wrong_witnesses


def invalid() -> Iterator[Vector]:
    """Proofs that fail, and files that are no proof."""
    case = Case()
    yield from wrong_files(case)
    yield from wrong_places(case)
    yield from wrong_ledgers(case)
    yield from wrong_states(case)
    yield from invalid_tokens(case)
    yield from wrong_witnesses(case)
    yield from wrong_records(case)
    yield from malformed(case)
    yield from out_of_bounds(case)


def wrong_files(case: Case) -> Iterator[Vector]:
    """Another file, or another statement."""
    changed = bytearray(FILE)
    changed[7] ^= 1
    digests = {"file.sha256": FAILED, "file.sm3": FAILED}
    yield case.vector("file-changed", "One bit of the file is changed.", digests, file=bytes(changed))
    everything = dict.fromkeys(FILE_CHECKS, FAILED)
    yield case.vector("file-longer", "A line was added.", everything, file=FILE + b"\n")
    yield case.vector("file-empty", "The file is empty.", everything, file=b"")
    other = Case(statement=exhibit(b"another file", word("another salt")))
    yield other.vector("other-proof", "An honest proof of another file.", everything)
    altered = exhibit(made_by="王磊")
    broken = dict.fromkeys(("batch.inclusion", "submitter.attested", "custody.first"), FAILED)
    yield case.vector(
        "statement-changed", "Another maker is stated.", broken, replace(case.honest, statement=altered)
    )
    salted = exhibit(salt=word("another salt"))
    yield case.vector("salt-changed", "Another salt.", broken, replace(case.honest, statement=salted))


def wrong_places(case: Case) -> Iterator[Vector]:
    """Tree, batch and anchor."""
    honest = case.honest
    place, batch, anchor = honest.inclusion, honest.batch, honest.anchor
    inclusion = {"batch.inclusion": FAILED}
    for name, about, changes in (
        ("index-other", "Another place in the tree.", {"index": 3}),
        ("path-too-long", "A path with one step more.", {"path": (*place.path, bytes(32))}),
        ("path-too-short", "A path with one step less.", {"path": place.path[:-1]}),
        ("path-reversed", "The path from the root downwards.", {"path": place.path[::-1]}),
    ):
        yield case.vector(name, about, inclusion, replace(honest, inclusion=replace(place, **changes)))
    bound = {"batch.head": FAILED, "ledger.batch": FAILED}
    recorded = {"state.entry": FAILED, "time.block": FAILED}
    yield case.vector(
        "size-other",
        "A size that fits the path but not the head.",
        {**bound, **recorded},
        replace(honest, inclusion=replace(place, size=7)),
    )
    lie = replace(batch, previous_head=word("previous"))
    yield case.vector("previous-head-other", "Another head before.", bound, replace(honest, batch=lie))
    numbered = {"ledger.batch": FAILED, **recorded}
    yield case.vector(
        "number-other", "Another batch's number.", numbered, replace(honest, batch=replace(batch, number=1))
    )
    foreign = {"anchor.trusted": FAILED}
    for name, about, changes in (
        ("contract-look-alike", "A look-alike contract.", {"contract": LOOK_ALIKE}),
        ("chain-other", "Another chain.", {"chain_id": 1}),
    ):
        yield case.vector(name, about, foreign, replace(honest, anchor=replace(anchor, **changes)))
    moved = replace(honest, anchor=replace(anchor, transaction=word("elsewhere")))
    yield case.vector("transaction-other", "Another transaction.", {"time.block": FAILED}, moved)
    earlier = replace(honest, anchor=replace(anchor, block_time=anchor.block_time - 86_400))
    yield case.vector(
        "block-time-other", "An earlier block time.", {"state.header": FAILED, **recorded}, earlier
    )
    hashed = replace(honest, anchor=replace(anchor, block_hash=word("elsewhere")))
    wrong = {"state.header": FAILED, "time.block": FAILED}
    yield case.vector("block-hash-other", "Another block hash.", wrong, hashed)


def wrong_ledgers(case: Case) -> Iterator[Vector]:
    """A node that is not of the trusted ledger, or a ledger that says something else."""
    world = case.world
    strange = {
        **dict.fromkeys(("ledger.identity", "ledger.batch", "time.block"), FAILED),
        "ledger.final": UNDETERMINED,
        "block.known": UNDETERMINED,
    }
    yield case.vector(
        "node-other-chain", "A node of another chain.", strange, ledger=world.ledger(chain_id=5)
    )
    codes = {**world.trust.code_hashes, world.trust.evidence_ledger: to_hex(word("other code"))}
    yield case.vector(
        "node-other-code", "Other code at the address.", strange, ledger=world.ledger(code_hashes=codes)
    )
    third = replace(world.batch, number=3, previous_head=world.batch.head, head=word("third"))
    gap = world.ledger(batches=(world.batches[0], third))
    absent = {"ledger.batch": FAILED, "ledger.final": UNDETERMINED}
    yield case.vector("batch-missing", "The ledger went on without the batch.", absent, ledger=gap)
    other = replace(world.batch, root=word("other root"))
    rewritten = world.ledger(batches=(world.batches[0], other))
    yield case.vector(
        "ledger-rewritten", "Another root is recorded.", {"ledger.batch": FAILED}, ledger=rewritten
    )
    elsewhere = replace(world.batch, block_hash=word("other block"))
    unknown = {"block.known": FAILED, "time.block": FAILED}
    told = world.ledger(batches=(world.batches[0], elsewhere))
    later = replace(case.honest, state=world.state(later=5))
    only = {"block.known": UNDETERMINED, "time.block": FAILED}
    yield case.vector(
        "node-other-block-later",
        "A later header; the node has another block for the batch, and does not know the later one.",
        only,
        later,
        ledger=told,
    )
    far = word("other block")
    for name, about, changes in (
        ("other-time", "No state; the node has another time for the block.", {"block_time": 1}),
        ("other-number", "No state; the node has another block's number.", {"block_number": 11}),
        ("other-transaction", "No state; the node has another transaction.", {"transaction": to_hex(far)}),
    ):
        said = world.ledger(batches=(world.batches[0], replace(world.batch, **changes)))
        found = {"state.header": UNDETERMINED, "time.block": FAILED}
        if "block_number" in changes:
            found["block.known"] = UNDETERMINED
        yield case.vector(f"node-{name}", about, found, replace(case.honest, state=None), ledger=said)
    yield case.vector(
        "node-other-block",
        "The node knows another block of that number.",
        unknown,
        ledger=told,
    )


def malformed(case: Case) -> Iterator[Vector]:
    """Files that are no proof; the place where each is refused."""
    text = case.honest.dump()
    root, salt = to_hex(case.honest.batch.root), to_hex(case.honest.statement.salt)
    for name, about, where, proof in (
        ("empty", "No bytes.", "proof", ""),
        ("truncated", "Cut in the middle.", "proof", text[: len(text) // 2]),
        ("not-an-object", "A list.", "proof", f"[{text}]"),
        ("version-unknown", "A later version.", "proof.format", text.replace("hezheng-proof/1", "hezheng-proof/2")),
        (
            "statement-version-unknown",
            "A later version of the statement.",
            "proof.statement.format",
            text.replace("hezheng-statement/1", "hezheng-statement/2"),
        ),
        ("key-unknown", "A key that the format does not name.", "proof.batch", text.replace('"root"', '"x": 1, "root"')),
        ("key-twice", "The same key twice.", "proof", text.replace('"index"', '"size": 5, "index"')),
        ("key-missing", "No salt.", "proof.statement.salt", text.replace(f'"salt": "{salt}",', "")),
        ("fraction", "A number that is no integer.", "proof", text.replace('"index": 2', '"index": 2.0')),
        ("half-character", "Half a surrogate pair.", "proof", text.replace("手机", "\\ud800")),
        ("hash-short", "31 bytes.", "proof.batch.root", text.replace(root, root[:-2])),
        ("hash-upper-case", "Upper-case digits.", "proof.batch.root", text.replace(root, "0x" + root[2:].upper())),
        ("index-too-large", "An index beyond the tree.", "proof.inclusion.index", text.replace('"index": 2', '"index": 5')),
    ):  # fmt: skip
        if proof == text:
            raise AssertionError(f"{name} changes nothing")
        yield case.vector(f"malformed-{name}", about, proof=proof, malformed=where)
    yield from malformed_members(case)


ABSENT = object()


def malformed_members(case: Case) -> Iterator[Vector]:
    """One member of the proof file at a time that is not there, of another kind or beyond its bound."""
    node, der = "0x" + "80" * 32, "AAAA"
    revocation = {"kind": "crl", "value": der}
    stamp = {"authority": "x", "token": der, "certificates": [], "revocations": []}
    first, witness = ("timestamps", 0), {"signer": "0x" + "33" * 20, "signature": "0x"}
    for name, about, path, value in (
        ("state-missing", "No state, not even null.", ("state",), ABSENT),
        ("state-list", "A list.", ("state",), []),
        ("state-header-missing", "A state without a header.", ("state", "header"), ABSENT),
        ("state-header-long", "A header of 2,049 bytes.", ("state", "header"), "0x" + "00" * 2_049),
        ("state-header-text", "A header that is no hexadecimal.", ("state", "header"), "header"),
        ("state-account-many", "65 nodes.", ("state", "account"), [node] * 65),
        ("state-storage-many", "65 nodes.", ("state", "storage"), [node] * 65),
        ("state-node-long", "A node of 1,025 bytes.", ("state", "storage", 0), "0x" + "00" * 1_025),
        ("state-node-number", "A node that is a number.", ("state", "account", 0), 7),
        ("state-key-unknown", "A member that the format does not name.", ("state", "code"), "0x"),
        ("renewals-missing", "A line without its renewals.", (*first, "renewals"), ABSENT),
        ("renewals-many", "17 renewals.", (*first, "renewals"), [stamp] * 17),
        ("renewal-renewed", "A renewal with renewals of its own.", (*first, "renewals"), [{**stamp, "renewals": []}]),
        ("certificates-many", "17 certificates.", (*first, "certificates"), [der] * 17),
        ("certificate-text", "A certificate that is no base64.", (*first, "certificates"), ["-----BEGIN"]),
        ("certificate-loose", "Base64 that is not canonical.", (*first, "certificates"), ["AAB="]),
        ("certificate-long", "A certificate of 16,386 bytes.", (*first, "certificates"), ["AAAA" * 5_462]),
        ("revocations-many", "17 pieces of revocation data.", (*first, "revocations"), [revocation] * 17),
        ("revocation-kind", "Neither a list nor a response.", (*first, "revocations"), [{**revocation, "kind": "ocps"}]),
        ("revocation-text", "A list in hexadecimal.", (*first, "revocations"), [{**revocation, "value": "0x3082"}]),
        ("token-missing", "A line without its token.", (*first, "token"), ABSENT),
        ("timestamps-many", "17 lines.", ("timestamps",), [{**stamp, "renewals": []}] * 17),
        ("witnesses-many", "65 witnesses.", ("witnesses",), [witness] * 65),
        ("witness-key-unknown", "A witness with a name.", ("witnesses",), [{**witness, "name": "x"}]),
    ):  # fmt: skip
        tree = case.honest.as_json()
        *parents, key = path
        held: Any = tree
        for parent in parents:
            held = held[parent]
        held[key] = value
        if value is ABSENT:
            del held[key]
        where = PLACES[name]
        yield case.vector(
            f"malformed-{name}", about, proof=json.dumps(tree, ensure_ascii=False), malformed=where
        )


PLACES = {
    "state-missing": "proof.state",
    "state-list": "proof.state",
    "state-header-missing": "proof.state.header",
    "state-header-long": "proof.state.header",
    "state-header-text": "proof.state.header",
    "state-account-many": "proof.state.account",
    "state-storage-many": "proof.state.storage",
    "state-node-long": "proof.state.storage[0]",
    "state-node-number": "proof.state.account[0]",
    "state-key-unknown": "proof.state",
    "renewals-missing": "proof.timestamps[0].renewals",
    "renewals-many": "proof.timestamps[0].renewals",
    "renewal-renewed": "proof.timestamps[0].renewals[0]",
    "certificates-many": "proof.timestamps[0].certificates",
    "certificate-text": "proof.timestamps[0].certificates[0]",
    "certificate-loose": "proof.timestamps[0].certificates[0]",
    "certificate-long": "proof.timestamps[0].certificates[0]",
    "revocations-many": "proof.timestamps[0].revocations",
    "revocation-kind": "proof.timestamps[0].revocations[0].kind",
    "revocation-text": "proof.timestamps[0].revocations[0].value",
    "token-missing": "proof.timestamps[0].token",
    "timestamps-many": "proof.timestamps",
    "witnesses-many": "proof.witnesses",
    "witness-key-unknown": "proof.witnesses[0]",
}
"""Where each of them is refused."""
