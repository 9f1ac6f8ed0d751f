"""Verification against ledgers that are away, behind, foreign, failing or lying, and by witnesses in and out of office."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from evidence.digest import digest_bytes
from evidence.errors import EvidenceError, Refused, Unavailable
from evidence.ledger import Office, TrustRoot
from evidence.proof import WitnessClaim
from evidence.signature import checksum_address, keccak
from evidence.strict import to_hex
from evidence.trust import TrustedWitness
from evidence.verdict import Answer
from evidence.verify import Verifier
from scripts.vector_parts import ANCHORED, FILE, PRESENT
from tests.anchored import (
    FAILED,
    PASSED,
    UNDETERMINED,
    Setting,
    answering,
    detail,
    make,
    not_passed,
)
from tests.signers import Signer, Wallet, device_key, passkey


@pytest.fixture(scope="module")
def setting() -> Setting:
    return make()


LEDGER = ("ledger.identity", "ledger.batch", "ledger.final", "time.block")
UNKNOWN = dict.fromkeys((*LEDGER, "block.known"), UNDETERMINED)


def test_without_a_reader_the_ledger_is_not_asked(setting: Setting) -> None:
    verdict = setting.verify(setting.proof(), reader=None)
    assert not_passed(verdict) == {"block.known": UNDETERMINED, "time.block": UNDETERMINED}
    assert detail(verdict, "block.known")["reason"] == "nobody_vouches"
    assert detail(verdict, "time.block")["reason"] == "offline"
    assert not any(check.code.startswith("ledger.") for check in verdict.checks)
    assert [verdict.status(a) for a in Answer] == [UNDETERMINED, UNDETERMINED, PASSED, PASSED]
    assert not verdict.missing(Answer.INTEGRITY)


def test_the_node_vouches_for_the_block(setting: Setting) -> None:
    facts = detail(setting.verify(setting.proof()), "block.known")
    assert facts["vouched_by"] == [{"by": "node"}]
    assert facts["remains"] == ["node_honest"]
    assert facts["block_hash"] == to_hex(setting.batch.block_hash)


def test_everything_is_proven_without_a_node_by_a_witness_of_the_trust_root() -> None:
    setting = make()
    signer, at = device_key(setting.trust), int(ANCHORED.timestamp())
    named = TrustedWitness("海河公证处", Office.NOTARY, signer.name, at, at + 6)
    proof = setting.proof(witnesses=(setting.witness(signer),))
    setting.trust = replace(setting.trust, witnesses=(named,))
    verdict = setting.verify(proof, reader=None)
    assert verdict.passed
    facts = detail(verdict, "block.known")
    assert facts["vouched_by"] == [{"by": "witness", "name": "海河公证处", "office": "notary"}]
    assert facts["remains"] == ["witness_honest"]
    assert detail(verdict, "witness.office")["by"] == "trust_root"
    for term in ((at - 10, at), (at + 1, at + 10), (at - 10, at + 5)):
        over = replace(named, valid_from=term[0], valid_until=term[1])
        setting.trust = replace(setting.trust, witnesses=(over,))
        assert set(not_passed(setting.verify(proof, reader=None))) == {
            "block.known",
            "time.block",
            "witness.office",
        }


def test_a_trusted_witness_needs_no_node_for_its_office() -> None:
    setting = make()
    signer, at = device_key(setting.trust), int(ANCHORED.timestamp())
    named = TrustedWitness("海河公证处", Office.NOTARY, signer.name, at, at + 6)
    setting.trust = replace(setting.trust, witnesses=(named,))
    assert setting.verify(setting.proof(witnesses=(setting.witness(signer),))).passed


def test_a_hash_that_is_brought_must_be_the_blocks(setting: Setting) -> None:
    digest, number = digest_bytes(FILE), setting.batch.block_number
    right = Verifier(setting.trust, at=PRESENT, block=(number, setting.batch.block_hash))
    assert right.verify(digest, setting.proof()).passed
    for reader in (None, setting.ledger):
        wrong = Verifier(setting.trust, reader, at=PRESENT, block=(number, b"\x01" * 32))
        found = wrong.verify(digest, setting.proof())
        assert not_passed(found) == {"block.known": FAILED, "time.block": FAILED}
        said = {"by": "given", "block_number": number, "block_hash": "0x" + "01" * 32}
        assert said in detail(found, "block.known")["contradicted_by"]


def test_a_node_that_is_away_is_no_sign_of_forgery() -> None:
    setting = make()
    proof = setting.proof()
    setting.ledger.down = True
    verdict = setting.verify(proof)
    assert not_passed(verdict) == UNKNOWN
    assert {detail(verdict, code)["reason"] for code in LEDGER} == {"unavailable"}


def test_a_node_that_is_away_does_not_hide_a_forgery() -> None:
    setting = make()
    forged = replace(
        setting.proof(), anchor=replace(setting.proof().anchor, contract=checksum_address("0x" + "66" * 20))
    )
    setting.ledger.down = True
    verdict = setting.verify(forged, FILE + b"x")
    assert verdict.overall is FAILED
    assert not_passed(verdict)["anchor.trusted"] is FAILED is not_passed(verdict)["file.sha256"]


def test_a_node_that_lost_its_tail_is_behind_not_false() -> None:
    setting = make()
    proof = setting.proof()
    setting.ledger.drop_tail(1)
    verdict = setting.verify(proof)
    unsure = ("ledger.batch", "ledger.final", "block.known", "time.block")
    assert not_passed(verdict) == dict.fromkeys(unsure, UNDETERMINED)
    assert detail(verdict, "ledger.batch")["reason"] == "not_there_yet"


def test_another_chain_id_is_another_ledger(setting: Setting) -> None:
    reader = answering(setting)
    reader.chain_id = 1
    verdict = setting.verify(setting.proof(), reader=reader)
    expected = dict.fromkeys(("ledger.identity", "ledger.batch", "time.block"), FAILED)
    assert not_passed(verdict) == expected | {"ledger.final": UNDETERMINED, "block.known": UNDETERMINED}
    assert detail(verdict, "ledger.batch")["reason"] == "other_ledger"


def test_other_code_at_the_trusted_address_is_another_ledger(setting: Setting) -> None:
    reader = answering(setting)
    reader.hashes = {setting.trust.evidence_ledger: to_hex(keccak(b"other code"))}
    verdict = setting.verify(setting.proof(), reader=reader)
    assert not_passed(verdict)["ledger.identity"] is FAILED
    assert verdict.status(Answer.INTEGRITY) is FAILED


def test_no_code_yet_means_a_node_that_is_behind(setting: Setting) -> None:
    reader = answering(setting)
    reader.hashes = {setting.trust.evidence_ledger: to_hex(keccak(b""))}
    verdict = setting.verify(setting.proof(), reader=reader)
    assert not_passed(verdict) == UNKNOWN
    assert detail(verdict, "ledger.identity")["reason"] == "not_there_yet"


def test_a_ledger_that_goes_on_without_the_batch_contradicts_the_proof(setting: Setting) -> None:
    reader = answering(setting)
    reader.hidden = True
    verdict = setting.verify(setting.proof(), reader=reader)
    assert not_passed(verdict) == {
        "ledger.batch": FAILED,
        "ledger.final": UNDETERMINED,
    }
    assert detail(verdict, "ledger.batch")["reason"] == "not_there"


@pytest.mark.parametrize("error", [Unavailable("gone"), Refused("odd", code="X")])
def test_a_node_that_fails_half_way_is_undetermined(setting: Setting, error: EvidenceError) -> None:
    reader = answering(setting)
    reader.failing = {"batch": error}
    assert not_passed(setting.verify(setting.proof(), reader=reader)) == UNKNOWN


def test_a_block_that_is_not_final_leaves_it_open() -> None:
    setting = make(finality_depth=3)
    verdict = setting.verify(setting.proof())
    assert not_passed(verdict) == {"ledger.final": UNDETERMINED}
    assert detail(verdict, "ledger.final")["reason"] == "not_final"
    setting.ledger.mine(3)
    assert setting.verify(setting.proof()).passed


@pytest.mark.parametrize("kind", [passkey, device_key, lambda _trust: Wallet()])
def test_a_witness_in_office_counts(kind: Callable[[TrustRoot], Signer]) -> None:
    setting = make()
    signer, at = kind(setting.trust), int(ANCHORED.timestamp())
    setting.ledger.grant_office(signer.name, Office.NOTARY, at - 10, at + 10)
    verdict = setting.verify(setting.proof(witnesses=(setting.witness(signer),)))
    assert verdict.passed
    assert {"witness.signature", "witness.office"} < {check.code for check in verdict.of(Answer.INTEGRITY)}


@pytest.mark.parametrize(
    ("office", "start", "end"),
    [
        (Office.NONE, 0, 0),
        (Office.MEDIATOR, -10, 10),
        (Office.COURT_WITNESS, 1, 10),
        (Office.COURT, -10, 10),
        (Office.NOTARY, -10, 0),
    ],
)
def test_a_witness_out_of_office_fails(office: Office, start: int, end: int) -> None:
    setting = make()
    signer, at = device_key(setting.trust), int(ANCHORED.timestamp())
    if office is not Office.NONE:
        setting.ledger.grant_office(signer.name, office, at + start, at + end)
    proof = setting.proof(witnesses=(setting.witness(signer),))
    assert not_passed(setting.verify(proof)) == {"witness.office": FAILED}
    assert not_passed(setting.verify(proof, reader=None))["witness.office"] is UNDETERMINED
    # A block time of the proof's own choosing does not help.
    lying = replace(proof, anchor=replace(proof.anchor, block_time=at + 5))
    assert not_passed(setting.verify(lying))["witness.office"] is FAILED


def test_a_witness_of_another_head_or_signer_fails(setting: Setting) -> None:
    signer, other = passkey(setting.trust), Wallet()
    claims = [
        setting.witness(signer, bytes(32)),
        WitnessClaim(other.name, setting.witness(signer).signature),
        WitnessClaim(b"\x33" * 84, b""),
        WitnessClaim(b"", b""),
        replace(setting.witness(signer), signature=setting.witness(signer).signature + bytes(32)),
    ]
    for claim in claims:
        assert not_passed(setting.verify(setting.proof(witnesses=(claim,)))) == {"witness.signature": FAILED}


def test_offices_are_read_only_from_the_trusted_register() -> None:
    setting = make()
    signer, at = passkey(setting.trust), int(ANCHORED.timestamp())
    setting.ledger.grant_office(signer.name, Office.COURT_WITNESS, at - 10, at + 10)
    proof = setting.proof(witnesses=(setting.witness(signer),))
    reader = answering(setting)
    reader.hashes = {setting.trust.officials: to_hex(keccak(b"other register"))}
    assert not_passed(setting.verify(proof, reader=reader)) == {"witness.office": FAILED}
    reader.hashes, reader.failing = None, {"holds_office": Unavailable("gone")}
    assert not_passed(setting.verify(proof, reader=reader)) == {"witness.office": UNDETERMINED}
    setting.trust.code_hashes.pop(setting.trust.officials)
    assert not_passed(setting.verify(proof)) == {"witness.office": UNDETERMINED}
