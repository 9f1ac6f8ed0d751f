"""The verifier for many proofs gives what the verifier for one gives, for every vector."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.batch_verifier import BatchVerifier
from evidence.digest import digest_bytes
from evidence.errors import MalformedInput
from evidence.proof import Proof
from evidence.statement import Statement
from evidence.strict import instant_text, parse_instant
from evidence.trust import TrustRoot
from evidence.verify import Verifier
from scripts.vector_parts import PRESENT, RecordedLedger, World

VECTORS = sorted((Path(__file__).parents[2] / "vectors").glob("*/*.json"))


def outcome(verdict) -> list[str]:
    return sorted(json.dumps(check.as_json(), sort_keys=True) for check in verdict.checks)


def another(proof: Proof) -> Proof:
    """A proof that shares the batch and nothing else: another statement, place and custody record."""
    body = {**proof.statement.body, "case_ref": "another", "received_at": "2020-01-01T00:00:00Z"}
    statement = Statement(proof.statement.kind, body, bytes(32))
    return replace(proof, statement=statement, custody=(), attestation=bytes(65))


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_is_remembered_changes_no_outcome(path):
    vector = json.loads(path.read_text())
    try:
        trust, proof = TrustRoot.parse(json.dumps(vector["trust"])), Proof.parse(vector["proof"])
    except MalformedInput:
        return
    ledger = None if vector["ledger"] is None else RecordedLedger.parse(vector["ledger"])
    digest = None if vector["file"] is None else digest_bytes(base64.b64decode(vector["file"]))
    at = parse_instant(vector["at"], where="at")
    expected = outcome(Verifier(trust, ledger, at=at).verify(digest, proof))
    many = BatchVerifier(trust, ledger, at)
    many.verify(None, another(proof))
    assert outcome(many.verify(digest, proof)) == expected
    other = outcome(Verifier(trust, ledger, at=at).verify(digest, another(proof)))
    assert outcome(many.verify(digest, another(proof))) == other


def test_each_difference_of_the_shared_parts_is_another_batch():
    world = World()
    many = BatchVerifier(world.trust, world.ledger(), PRESENT)
    many.verify(None, world.proof())
    for changed in (
        {"timestamps": ()},
        {"witnesses": ()},
        {"state": None},
        {"state": replace(world.state(), header=b"\xc0")},
        {"batch": replace(world.proof().batch, number=9)},
        {"anchor": replace(world.proof().anchor, block_number=9)},
        {"inclusion": replace(world.proof().inclusion, size=9)},
    ):
        proof = replace(world.proof(), **changed)
        expected = outcome(Verifier(world.trust, world.ledger(), at=PRESENT).verify(None, proof))
        assert outcome(many.verify(None, proof)) == expected


def test_the_order_of_receipt_and_token_is_looked_at_for_each():
    world = World()
    many = BatchVerifier(world.trust, world.ledger(), PRESENT)
    many.verify(None, world.proof())
    body = {**world.statement.body, "received_at": instant_text(PRESENT + timedelta(days=900))}
    late = replace(world.proof(), statement=replace(world.statement, body=body))
    statuses = {check.code: check.status.value for check in many.verify(None, late).checks}
    assert statuses["time.order"] == "FAILED"
