"""Batches and heads: what every ledger records, answers and refuses."""

import secrets
import time

import pytest

from evidence.errors import NotFound, Refused
from evidence.ledger import LedgerReader, LedgerWriter
from evidence.merkle import GENESIS_HEAD, next_head
from evidence.signature import verify_signature, wallet_signer
from evidence.typed_data import Attestation


def anchor(ledger: LedgerWriter, size: int = 3) -> bytes:
    root, previous = secrets.token_bytes(32), ledger.head()[1]
    ledger.wait(ledger.anchor(root, size, previous), 10)
    return root


def code(caught: pytest.ExceptionInfo[Refused]) -> str | None:
    return caught.value.code


def test_is_a_ledger(ledger: LedgerWriter) -> None:
    assert isinstance(ledger, LedgerReader)
    assert isinstance(ledger, LedgerWriter)


def test_identity_is_what_the_trust_root_says(ledger: LedgerWriter) -> None:
    identity = ledger.identity()
    assert identity.chain_id == ledger.trust.chain_id
    assert dict(identity.code_hashes) == ledger.trust.code_hashes


def test_before_the_first_batch(ledger: LedgerWriter) -> None:
    assert ledger.head() == (0, GENESIS_HEAD)
    assert ledger.batch(1) is None
    assert ledger.batch(0) is None


def test_batches_are_linked_and_told_back(ledger: LedgerWriter) -> None:
    head = GENESIS_HEAD
    for number in (1, 2, 3):
        root = anchor(ledger, size=number * 10)
        batch = ledger.batch(number)
        assert batch is not None
        expected = next_head(head, root, number * 10)
        assert (batch.number, batch.root, batch.size) == (number, root, number * 10)
        assert (batch.previous_head, batch.head) == (head, expected)
        assert ledger.head() == (number, expected)
        assert len(batch.block_hash) == 32
        assert len(bytes.fromhex(batch.transaction[2:])) == 32
        assert abs(batch.block_time - time.time()) < 60
        assert ledger.is_final(batch.block_number)
        assert not ledger.is_final(batch.block_number + 1_000)
        head = expected


def test_several_batches_are_told_at_once(ledger: LedgerWriter) -> None:
    for _ in range(4):
        anchor(ledger)
    each = [ledger.batch(number) for number in (1, 2, 3, 4)]
    assert ledger.batches(1, 4) == each
    assert ledger.batches(2, 9) == each[1:]
    assert ledger.batches(3, 2) == ledger.batches(5, 9) == []
    assert each[2] is not None
    assert ledger.batches(1, 4, each[2].block_number) == each[2:]
    numbers = [batch.block_number for batch in each if batch is not None]
    hashes = [batch.block_hash for batch in each if batch is not None]
    assert ledger.block_hashes([*numbers, 2**40]) == [*hashes, None]


def test_a_repeated_or_out_of_order_batch_is_refused(ledger: LedgerWriter) -> None:
    root = anchor(ledger)
    for previous in (GENESIS_HEAD, secrets.token_bytes(32)):
        with pytest.raises(Refused) as caught:
            ledger.anchor(root, 3, previous)
        assert code(caught) == "EvidenceLedgerUnexpectedHead"
    assert ledger.head()[0] == 1


def test_an_empty_batch_is_refused(ledger: LedgerWriter) -> None:
    with pytest.raises(Refused) as caught:
        ledger.anchor(bytes(32), 1, GENESIS_HEAD)
    assert code(caught) == "EvidenceLedgerEmptyRoot"
    with pytest.raises(Refused) as caught:
        ledger.anchor(secrets.token_bytes(32), 0, GENESIS_HEAD)
    assert code(caught) == "EvidenceLedgerEmptyBatch"


def test_a_prepared_transaction_is_known_before_it_is_sent(ledger: LedgerWriter) -> None:
    root = secrets.token_bytes(32)
    prepared = ledger.prepare_anchor(root, 5, GENESIS_HEAD)
    assert ledger.head()[0] == 0
    with pytest.raises(NotFound):
        ledger.wait(prepared.transaction, 0)
    assert ledger.send(prepared.raw) == prepared.transaction
    assert ledger.send(prepared.raw) == prepared.transaction
    ledger.wait(prepared.transaction, 10)
    batch = ledger.batch(1)
    assert batch is not None
    assert (batch.transaction, batch.root) == (prepared.transaction, root)
    assert ledger.head()[0] == 1


def test_two_preparations_cannot_both_be_anchored(ledger: LedgerWriter) -> None:
    first = ledger.prepare_anchor(secrets.token_bytes(32), 1, GENESIS_HEAD)
    ledger.send(first.raw)
    ledger.wait(first.transaction, 10)
    with pytest.raises(Refused):
        ledger.prepare_anchor(secrets.token_bytes(32), 1, GENESIS_HEAD)
    assert ledger.head()[0] == 1


def test_waiting_for_nothing(ledger: LedgerWriter) -> None:
    with pytest.raises(NotFound):
        ledger.wait("0x" + secrets.token_hex(32), 0)


def test_attestation_is_by_the_operator(ledger: LedgerWriter) -> None:
    commitment, subject = secrets.token_bytes(32), secrets.token_bytes(32)
    signature = ledger.attest(commitment, subject)
    digest = Attestation(commitment, subject).digest(ledger.trust.evidence_domain)
    operator = wallet_signer(ledger.trust.operator)
    assert verify_signature(operator, digest, signature, ledger.trust.verifiers)
