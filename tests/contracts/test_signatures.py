"""Which signatures seal an agreement on chain, by kind of signer, and every way in which they fail."""

import random
import secrets
import time

import pytest

from evidence.artifacts import interface
from evidence.errors import Refused
from evidence.ethereum import EthereumLedger, Node, settlement_tuple
from evidence.records import Office
from evidence.signature import (
    P256_ORDER,
    decode_passkey_signature,
    encode_passkey_signature,
    passkey_signer,
    verify_signature,
)
from evidence.strict import to_hex
from tests.agreements import Agreement, agreement
from tests.anvil import Deployment
from tests.signers import USER_PRESENT, Passkey, Signer, Wallet, device_key, passkey

YEAR = 365 * 24 * 3600


@pytest.fixture
def mediator(ledger: EthereumLedger) -> Signer:
    signer = passkey(ledger.trust)
    now = int(time.time())
    ledger.wait(ledger.grant_office(signer.name, Office.MEDIATOR, now - YEAR, now + YEAR), 10)
    return signer


@pytest.fixture
def deal(ledger: EthereumLedger, mediator: Signer) -> Agreement:
    return agreement(ledger.trust, [passkey(ledger.trust), passkey(ledger.trust)], mediator)


def refused(ledger: EthereumLedger, deal: Agreement, first_consent: bytes) -> str | None:
    with pytest.raises(Refused) as caught:
        ledger.seal(deal.call, [first_consent, *deal.consents()[1:]], deal.seal())
    digest, signer = deal.consent_digest, deal.parties[0].name
    assert not verify_signature(signer, digest, first_consent, ledger.trust.verifiers)
    return caught.value.code


@pytest.mark.parametrize("kind", [passkey, device_key, lambda _trust: Wallet()])
def test_every_kind_of_signer_can_consent(ledger: EthereumLedger, mediator: Signer, kind) -> None:
    deal = agreement(ledger.trust, [kind(ledger.trust), kind(ledger.trust)], mediator)
    for party, consent in zip(deal.parties, deal.consents(), strict=True):
        assert verify_signature(party.name, deal.consent_digest, consent, ledger.trust.verifiers)
    ledger.wait(ledger.seal(deal.call, deal.consents(), deal.seal()), 10)
    assert ledger.settlement(deal.call.agreement) is not None


def test_another_persons_signature_is_no_consent(ledger: EthereumLedger, deal: Agreement) -> None:
    stranger = passkey(ledger.trust)
    assert refused(ledger, deal, stranger.sign(deal.consent_digest)) == "SettlementLedgerBadConsent"


def test_a_consent_to_another_agreement_cannot_be_replayed(ledger: EthereumLedger, deal: Agreement) -> None:
    other = agreement(ledger.trust, deal.parties, deal.mediator)
    assert refused(ledger, deal, other.consents()[0]) == "SettlementLedgerBadConsent"


def test_a_consent_to_an_earlier_version_is_stale(ledger: EthereumLedger, deal: Agreement) -> None:
    newer = deal.successor(agreement=deal.call.agreement, supersedes=bytes(32))
    assert refused(ledger, newer, deal.consents()[0]) == "SettlementLedgerBadConsent"


def test_a_seal_is_no_consent_and_a_consent_no_seal(ledger: EthereumLedger, deal: Agreement) -> None:
    sealed_by_party = deal.parties[0].sign(deal.seal_digest)
    assert refused(ledger, deal, sealed_by_party) == "SettlementLedgerBadConsent"
    with pytest.raises(Refused) as caught:
        ledger.seal(deal.call, deal.consents(), deal.mediator.sign(deal.consent_digest))
    assert caught.value.code == "SettlementLedgerBadSeal"


def test_a_passkey_without_user_verification_is_refused(ledger: EthereumLedger, deal: Agreement) -> None:
    party = deal.parties[0]
    assert isinstance(party, Passkey)
    party.flags = USER_PRESENT
    assert refused(ledger, deal, party.sign(deal.consent_digest)) == "SettlementLedgerBadConsent"


def test_a_registration_is_no_assertion(ledger: EthereumLedger, deal: Agreement) -> None:
    party = deal.parties[0]
    assert isinstance(party, Passkey)
    made = encode_passkey_signature(*party.assertion(deal.consent_digest, kind="webauthn.create"))
    assert refused(ledger, deal, made) == "SettlementLedgerBadConsent"


def test_the_upper_half_of_s_is_refused(ledger: EthereumLedger, deal: Agreement) -> None:
    good = deal.parties[0].sign(deal.consent_digest)
    upper = P256_ORDER - decode_passkey_signature(good).s
    bad = good[:32] + upper.to_bytes(32, "big") + good[64:]
    assert refused(ledger, deal, bad) == "SettlementLedgerBadConsent"


@pytest.mark.parametrize("signature", [b"", bytes(64), bytes(65), bytes(192), b"\xff" * 600])
def test_nonsense_is_refused_and_never_a_crash(
    ledger: EthereumLedger, deal: Agreement, signature: bytes
) -> None:
    assert refused(ledger, deal, signature) == "SettlementLedgerBadConsent"


def test_a_verifier_of_ones_own_making_is_not_admitted(ledger: EthereumLedger, mediator: Signer) -> None:
    parties = [passkey(ledger.trust), Passkey(ledger.trust.officials)]
    deal = agreement(ledger.trust, parties, mediator)
    with pytest.raises(Refused) as caught:
        ledger.seal(deal.call, deal.consents(), deal.seal())
    assert caught.value.code == "SettlementLedgerUnknownVerifier"


def test_a_point_off_the_curve_verifies_nothing(ledger: EthereumLedger, mediator: Signer) -> None:
    class OffCurve(Passkey):
        @property
        def name(self) -> bytes:
            return passkey_signer(self.verifier, 1, 1)

    deal = agreement(ledger.trust, [OffCurve(ledger.trust.passkey_verifier), passkey(ledger.trust)], mediator)
    assert refused(ledger, deal, deal.consents()[0]) == "SettlementLedgerBadConsent"


def test_signatures_are_bound_to_this_contract(ledger: EthereumLedger, deal: Agreement) -> None:
    from dataclasses import replace

    elsewhere = replace(deal, trust=replace(ledger.trust, settlement_ledger="0x" + secrets.token_hex(20)))
    assert refused(ledger, deal, elsewhere.consents()[0]) == "SettlementLedgerBadConsent"


MUTATIONS = 150


def mutated(signature: bytes, chance: random.Random) -> bytes:
    """A signature changed in a bit, in a word (of the coding, near an edge), in its length, or not at all."""
    changed = bytearray(signature)
    way = chance.randrange(5)
    if way == 0:
        place = chance.randrange(len(changed) * 8)
        changed[place // 8] ^= 1 << place % 8
    if way in (1, 2):
        for _ in range(way):
            edge = chance.choice((0, 0x20, 0x80, 0xC0, len(changed), 2**64, 2**255, 2**256 - 200))
            word = (edge + chance.randrange(-40, 41)) % (2**256 - 100)
            at = 32 * chance.randrange(min(10, len(changed) // 32))
            changed[at : at + 32] = word.to_bytes(32, "big")
    if way == 3:
        return (bytes(changed) + bytes(64))[: chance.randrange(len(changed) + 64)]
    return bytes(changed)


def tried(node: Node, contract: str, data: bytes) -> str | None:
    """What the contract refuses it with, without a transaction; None when it takes it."""
    try:
        node.request("eth_call", {"to": contract, "data": to_hex(data)}, "latest")
    except Refused as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize("kind", [passkey, device_key, lambda _trust: Wallet()])
def test_contract_and_kernel_judge_alike(
    deployment: Deployment, ledger: EthereumLedger, mediator: Signer, kind
) -> None:
    deal = agreement(ledger.trust, [kind(ledger.trust), passkey(ledger.trust)], mediator)
    first, second = deal.consents()
    chance, node, seal = random.Random(1), Node(deployment.url), deal.seal()
    judged = set()
    for _ in range(MUTATIONS):
        signature = mutated(first, chance)
        expected = verify_signature(
            deal.parties[0].name, deal.consent_digest, signature, ledger.trust.verifiers
        )
        terms = settlement_tuple(deal.call)
        data = interface("SettlementLedger").call("seal", terms, [signature, second], seal)
        said = tried(node, ledger.trust.settlement_ledger, data)
        assert said == (None if expected else "SettlementLedgerBadConsent"), signature.hex()
        judged.add(expected)
    assert judged == {True, False}
