"""The kernel and the contracts compute the same digests, heads, signers' hashes and inclusion answers."""

import secrets

import pytest

from evidence.artifacts import interface
from evidence.ethereum import EthereumLedger, Node, settlement_tuple
from evidence.merkle import GENESIS_HEAD, MerkleTree, next_head
from evidence.strict import to_hex
from evidence.typed_data import Confirmation, Witness
from tests.agreements import agreement
from tests.anvil import Deployment
from tests.signers import Wallet, device_key, passkey


def ask(deployment: Deployment, contract: str, address: str, function: str, *arguments: object) -> object:
    target = interface(contract)
    call = {"to": address, "data": to_hex(target.call(function, *arguments))}
    answer = Node(deployment.url).request("eth_call", call, "latest")
    return target.result(function, bytes.fromhex(answer[2:]))[0]


def test_consent_and_seal_digests_are_the_contracts(deployment: Deployment) -> None:
    trust = deployment.trust
    deal = agreement(trust, [passkey(trust), Wallet()], device_key(trust)).successor(version=7)
    call = settlement_tuple(deal.call)
    at = trust.settlement_ledger
    assert ask(deployment, "SettlementLedger", at, "consentDigest", call) == deal.consent_digest
    assert ask(deployment, "SettlementLedger", at, "sealDigest", call) == deal.seal_digest


@pytest.mark.parametrize("outcome", [1, 2])
def test_confirmation_digest_is_the_contracts(deployment: Deployment, outcome: int) -> None:
    trust, subject, ruling = deployment.trust, secrets.token_bytes(32), secrets.token_bytes(32)
    expected = Confirmation(subject, outcome, ruling).digest(trust.settlement_domain)
    at = trust.settlement_ledger
    assert ask(deployment, "SettlementLedger", at, "confirmationDigest", subject, outcome, ruling) == expected


def test_witness_digest_is_the_contracts(deployment: Deployment) -> None:
    trust, head, block_hash = deployment.trust, secrets.token_bytes(32), secrets.token_bytes(32)
    expected = Witness(42, head, 0, block_hash).digest(trust.evidence_domain)
    assert (
        ask(deployment, "EvidenceLedger", trust.evidence_ledger, "witnessDigest", 42, head, block_hash)
        == expected
    )


def test_head_chain_is_the_contracts(ledger: EthereumLedger) -> None:
    expected = GENESIS_HEAD
    for size in (1, 10_000, 2**40):
        root = secrets.token_bytes(32)
        ledger.wait(ledger.anchor(root, size, expected), 10)
        expected = next_head(expected, root, size)
        assert ledger.head()[1] == expected


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8, 21])
def test_every_inclusion_path_is_accepted_and_no_other(ledger: EthereumLedger, size: int) -> None:
    commitments = [secrets.token_bytes(32) for _ in range(size)]
    tree = MerkleTree(commitments)
    ledger.wait(ledger.anchor(tree.root, size, GENESIS_HEAD), 10)

    def included(commitment: bytes, index: int, path: list[bytes], claimed: int = size) -> bool:
        return ledger.verify_inclusion(GENESIS_HEAD, tree.root, claimed, commitment, index, path)

    for index, commitment in enumerate(commitments):
        path = tree.path(index)
        assert included(commitment, index, path)
        assert not included(secrets.token_bytes(32), index, path)
        assert not included(commitment, index, [*path, secrets.token_bytes(32)])
        assert not included(commitment, size, path)
        assert not included(commitment, index, path, size + 1)
        if path:
            assert not included(commitment, index, path[:-1])
            assert not included(commitment, (index + 1) % size, path)


def test_a_batch_that_was_never_anchored_includes_nothing(ledger: EthereumLedger) -> None:
    tree = MerkleTree([secrets.token_bytes(32) for _ in range(4)])
    path = tree.path(0)
    commitment = secrets.token_bytes(32)
    assert not ledger.verify_inclusion(GENESIS_HEAD, tree.root, 4, commitment, 0, path)
