"""Proofs as they are handed out, checked: the right file, another file, another chain, a node that is away."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.domain.errors import DomainError, ErrorKind
from app.models.exhibits import Exhibit
from app.services import anchoring, proofs, state_proofs, verification
from evidence.digest import digest_bytes, digest_file
from evidence.proof import Proof
from evidence.verify import Answer, CheckStatus
from tests.builders import FILES, submit

PHOTO = FILES / "gift-box-photo.jpg"
PASSED, FAILED, UNDETERMINED = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.UNDETERMINED


@pytest.fixture
def proof(services, table) -> Proof:
    """The proof of the photo, which shares its batch with two other files."""
    exhibit = submit(services, table.claimant, table.number, PHOTO)
    for name in ("purchase-record.pdf", "unboxing.mp4"):
        submit(services, table.respondent, table.number, FILES / name)
    anchoring.anchor_waiting(services)
    state_proofs.take_waiting(services)
    with services.reading() as work:
        return proofs.build(work, work.session.get_one(Exhibit, exhibit.id))


def answers(services, proof, digest):
    verdict = verification.check(services, proof, digest)
    assert verdict.checks
    return {answer.value: verdict.status(answer) for answer in Answer}


def test_the_right_file_passes_and_without_a_token_time_is_not_provided(services, proof):
    read_again = verification.read_proof(proof.dump())
    assert read_again == proof
    assert answers(services, proof, digest_file(PHOTO)) == {
        "integrity": PASSED,
        "time": UNDETERMINED,
        "submitter": PASSED,
        "origin": PASSED,
    }
    assert verification.check(services, proof, digest_file(PHOTO)).missing(Answer.TIME)


def test_one_changed_byte_fails_integrity_and_nothing_else(services, proof):
    content = bytearray(PHOTO.read_bytes())
    content[40_000] ^= 1
    result = answers(services, proof, digest_bytes(bytes(content)))
    assert (result["integrity"], result["submitter"], result["origin"]) == (FAILED, PASSED, PASSED)


def test_the_proof_of_another_file_fails(services, proof):
    assert answers(services, proof, digest_file(FILES / "unboxing.mp4"))["integrity"] is FAILED


def test_a_node_that_is_away_leaves_it_open(services, proof):
    services.ledger.down = True
    result = answers(services, proof, digest_file(PHOTO))
    assert (result["integrity"], result["time"], result["submitter"]) == (UNDETERMINED, UNDETERMINED, PASSED)


def test_a_proof_that_names_another_contract_fails(services, proof):
    elsewhere = replace(proof, anchor=replace(proof.anchor, contract=services.trust.settlement_ledger))
    assert answers(services, elsewhere, digest_file(PHOTO))["integrity"] is FAILED


def test_a_node_with_other_code_fails(services, proof):
    other = {services.trust.evidence_ledger: "0x" + "11" * 32}
    trusting = replace(
        services, trust=replace(services.trust, code_hashes=services.trust.code_hashes | other)
    )
    assert answers(trusting, proof, digest_file(PHOTO))["integrity"] is FAILED


def test_a_statement_with_another_submitter_fails(services, proof):
    raw = json.loads(proof.dump())
    raw["statement"]["body"]["submitter"]["role"] = "respondent"
    changed = verification.read_proof(json.dumps(raw))
    result = answers(services, changed, digest_file(PHOTO))
    assert (result["integrity"], result["submitter"]) == (FAILED, FAILED)


@pytest.mark.parametrize(
    "text", ["", "   ", "{}", "[]", "not json", '{"format": "hezheng-proof/9"}', "\ud800"]
)
def test_what_is_no_proof_is_refused_with_its_place(text):
    with pytest.raises(DomainError) as caught:
        verification.read_proof(text)
    assert caught.value.kind is ErrorKind.PROOF_MALFORMED
    assert str(caught.value.detail["where"]).startswith("proof")


def test_there_is_no_proof_before_the_anchor(services, table):
    exhibit = submit(services, table.claimant, table.number, PHOTO)
    assert verification.check_exhibit(services, exhibit.id, None) is None
    with services.reading() as work, pytest.raises(DomainError) as caught:
        proofs.build(work, work.session.scalars(select(Exhibit)).one())
    assert caught.value.kind is ErrorKind.WRONG_STATE


@pytest.mark.parametrize(
    "raw", [[], {}, {"sha256": "00", "sm3": "00", "size": 1}, {"size": True}, {"size": -1}]
)
def test_digests_that_are_none_are_refused(raw):
    with pytest.raises(DomainError) as caught:
        verification.read_digest(raw)
    assert caught.value.kind is ErrorKind.INVALID_INPUT
