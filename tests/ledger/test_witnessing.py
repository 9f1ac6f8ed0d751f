"""Co-signatures by outside officials: what every ledger takes, tells back and refuses."""

import secrets
from dataclasses import replace

import pytest

from evidence.errors import Refused
from evidence.ledger import AnchoredBatch, LedgerWriter, Office
from evidence.merkle import GENESIS_HEAD
from evidence.typed_data import Witness
from tests.ledger.conftest import Appoint
from tests.signers import Signer, Wallet, passkey


@pytest.fixture
def batch(ledger: LedgerWriter) -> AnchoredBatch:
    """The newest of two batches."""
    for _ in range(2):
        ledger.wait(ledger.anchor(secrets.token_bytes(32), 3, ledger.head()[1]), 10)
    found = ledger.batch(2)
    assert found is not None
    return found


def signature(ledger: LedgerWriter, batch: AnchoredBatch, signer: Signer) -> bytes:
    message = Witness(batch.number, batch.head, batch.block_number, batch.block_hash)
    return signer.sign(message.digest(ledger.trust.evidence_domain))


def refusal(ledger: LedgerWriter, batch: AnchoredBatch, signer: bytes, signed: bytes) -> str | None:
    with pytest.raises(Refused) as caught:
        ledger.witness(batch.number, batch.head, batch.block_hash, signer, signed)
    assert ledger.witness_events(0) == []
    return caught.value.code


@pytest.mark.parametrize("office", [Office.COURT_WITNESS, Office.NOTARY, Office.ASSOCIATION])
def test_an_outside_official_witnesses_a_head_once(
    ledger: LedgerWriter, appoint: Appoint, batch: AnchoredBatch, office: Office
) -> None:
    signer = appoint(office)
    signed = signature(ledger, batch, signer)
    assert ledger.witnessed(batch.head, signer.name) is None
    said = (batch.number, batch.head, batch.block_hash, signer.name, signed)
    transaction = ledger.witness(*said)
    ledger.wait(transaction, 10)
    (event,) = ledger.witness_events(0)
    assert (event.number, event.head, event.block_hash, event.signer, event.signature) == said
    assert event.transaction == transaction
    assert event.recorded_block > batch.block_number
    assert event.recorded_time == ledger.witnessed(batch.head, signer.name)
    with pytest.raises(Refused) as caught:
        ledger.witness(*said)
    assert caught.value.code == "EvidenceLedgerAlreadyWitnessed"


def test_a_wallet_can_witness(ledger: LedgerWriter, batch: AnchoredBatch) -> None:
    wallet = Wallet()
    ledger.wait(ledger.grant_office(wallet.name, Office.COURT_WITNESS, 1, 2**40), 10)
    signed = signature(ledger, batch, wallet)
    ledger.wait(ledger.witness(batch.number, batch.head, batch.block_hash, wallet.name, signed), 10)
    assert ledger.witness_events(0)[0].signer == wallet.name


def test_events_are_told_from_a_block_on(
    ledger: LedgerWriter, appoint: Appoint, batch: AnchoredBatch
) -> None:
    signers = [appoint(Office.NOTARY), appoint(Office.ASSOCIATION)]
    for signer in signers:
        signed = signature(ledger, batch, signer)
        ledger.wait(ledger.witness(batch.number, batch.head, batch.block_hash, signer.name, signed), 10)
    first, second = ledger.witness_events(0)
    assert [first.signer, second.signer] == [signer.name for signer in signers]
    assert ledger.witness_events(first.recorded_block) == [first, second]
    assert ledger.witness_events(second.recorded_block) == [second]
    assert ledger.witness_events(second.recorded_block + 1) == []


@pytest.mark.parametrize("office", [Office.MEDIATOR, Office.COURT])
def test_other_offices_witness_nothing(
    ledger: LedgerWriter, appoint: Appoint, batch: AnchoredBatch, office: Office
) -> None:
    signer = appoint(office)
    signed = signature(ledger, batch, signer)
    assert refusal(ledger, batch, signer.name, signed) == "EvidenceLedgerNotAWitness"


def test_nobody_witnesses_without_an_office_or_after_its_term(
    ledger: LedgerWriter, appoint: Appoint, batch: AnchoredBatch
) -> None:
    over, coming = appoint(Office.NOTARY, end=-60), appoint(Office.NOTARY, start=600)
    revoked = appoint(Office.COURT_WITNESS)
    ledger.wait(ledger.revoke_office(revoked.name, Office.COURT_WITNESS), 10)
    for outsider in (passkey(ledger.trust), over, coming, revoked):
        signed = signature(ledger, batch, outsider)
        assert refusal(ledger, batch, outsider.name, signed) == "EvidenceLedgerNotAWitness"


def test_another_block_hash_is_refused_although_it_is_signed(
    ledger: LedgerWriter, appoint: Appoint, batch: AnchoredBatch
) -> None:
    signer, elsewhere = appoint(Office.NOTARY), replace(batch, block_hash=secrets.token_bytes(32))
    signed = signature(ledger, elsewhere, signer)
    assert refusal(ledger, elsewhere, signer.name, signed) == "EvidenceLedgerUnexpectedBlock"


def test_a_signature_over_anything_else_is_refused(
    ledger: LedgerWriter, appoint: Appoint, batch: AnchoredBatch
) -> None:
    signer, another = appoint(Office.COURT_WITNESS), appoint(Office.COURT_WITNESS)
    first = ledger.batch(1)
    assert first is not None
    wrong = [
        signature(ledger, batch, another),
        signature(ledger, first, signer),
        signature(ledger, replace(batch, block_hash=first.block_hash), signer),
        signature(ledger, replace(batch, block_number=first.block_number), signer),
        b"",
    ]
    for signed in wrong:
        assert refusal(ledger, batch, signer.name, signed) == "EvidenceLedgerBadSignature"


def test_a_head_that_is_not_there_cannot_be_witnessed(
    ledger: LedgerWriter, appoint: Appoint, batch: AnchoredBatch
) -> None:
    court = appoint(Office.COURT_WITNESS)
    for number, head in ((3, batch.head), (2, secrets.token_bytes(32)), (0, GENESIS_HEAD), (1, batch.head)):
        claim = replace(batch, number=number, head=head)
        signed = signature(ledger, claim, court)
        assert refusal(ledger, claim, court.name, signed) == "EvidenceLedgerUnexpectedHead"
