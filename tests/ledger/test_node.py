"""What only a node can do: be away, be another chain, restart, refuse a key, revert after mining."""

import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.artifacts import interface
from evidence.deployment import deploy
from evidence.errors import MalformedInput, NotFound, Refused, Unavailable
from evidence.ethereum import EthereumLedger, Node, load_key, settlement_tuple
from evidence.ledger import Office
from evidence.merkle import GENESIS_HEAD
from evidence.sending import SendingAccount
from evidence.signature import address_of
from scripts.chain import free_port
from scripts.keys import write_keystore
from tests.agreements import agreement
from tests.anvil import Deployment, deploy_contracts, rpc, running_anvil
from tests.signers import Wallet

pytestmark = pytest.mark.node


def test_a_node_that_is_away_is_unavailable(deployment: Deployment) -> None:
    away = replace(deployment, url=f"http://127.0.0.1:{free_port()}").ledger()
    questions = [
        away.identity,
        away.head,
        lambda: away.batch(1),
        lambda: away.batches(1, 3),
        lambda: away.block_hashes([1]),
        lambda: away.witnessed(bytes(32), bytes(20)),
        lambda: away.witness_events(0),
        away.is_syncing,
        lambda: away.settlement(bytes(32)),
        lambda: away.is_final(1),
        lambda: away.anchor(secrets.token_bytes(32), 1, GENESIS_HEAD),
        lambda: away.wait("0x" + "00" * 32, 0),
    ]
    for question in questions:
        with pytest.raises(Unavailable):
            question()


def test_a_chain_without_the_contracts_is_seen_in_the_identity(deployment: Deployment) -> None:
    with running_anvil(chain_id=99) as url:
        other = replace(deployment, url=url).ledger()
        identity = other.identity()
        assert identity.chain_id == 99
        assert not set(identity.code_hashes.values()) & set(deployment.trust.code_hashes.values())
        with pytest.raises(Unavailable):
            other.head()


@pytest.mark.parametrize(
    "logs", [None, "0x", [None], [{}], [{"topics": [], "data": "0x", "blockNumber": "0x1"}]]
)
def test_nonsense_instead_of_events_is_unavailable(
    node_ledger: EthereumLedger, monkeypatch: pytest.MonkeyPatch, logs: object
) -> None:
    monkeypatch.setattr(node_ledger._node, "request", lambda *_question: logs)
    for question in (lambda: node_ledger.batches(1, 3), lambda: node_ledger.witness_events(0)):
        with pytest.raises(Unavailable):
            question()


def test_acts_without_their_key_are_refused(deployment: Deployment) -> None:
    reader = EthereumLedger(deployment.url, deployment.trust)
    acts = [
        lambda: reader.anchor(secrets.token_bytes(32), 1, GENESIS_HEAD),
        lambda: reader.attest(bytes(32), bytes(32)),
        lambda: reader.grant_office(bytes(20), 1, 1, 2),
        lambda: reader.decide(bytes(32), 1, bytes(32), bytes(20), b""),
    ]
    for act in acts:
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.code == "NoKey"


def test_a_foreign_operator_key_is_not_taken(deployment: Deployment) -> None:
    with pytest.raises(MalformedInput):
        deployment.ledger(operator_key=secrets.token_bytes(32))


def test_only_the_operator_anchors_and_only_the_admin_appoints(deployment: Deployment) -> None:
    stranger = secrets.token_bytes(32)
    trust = replace(deployment.trust, operator=address_of(stranger))
    ledger = EthereumLedger(deployment.url, trust, operator_key=stranger, admin_key=stranger)
    with pytest.raises(Refused) as caught:
        ledger.anchor(secrets.token_bytes(32), 1, GENESIS_HEAD)
    assert caught.value.code == "AccessControlUnauthorizedAccount"
    with pytest.raises(Refused) as caught:
        ledger.grant_office(bytes(20), 1, 1, 2)
    assert caught.value.code == "AccessControlUnauthorizedAccount"


def test_a_transaction_that_reverts_when_mined_is_refused_by_name(deployment: Deployment) -> None:
    ledger, mediator = deployment.ledger(), Wallet()
    ledger.wait(ledger.grant_office(mediator.name, Office.MEDIATOR, 1, 2**40), 10)
    deal = agreement(deployment.trust, [Wallet(), Wallet()], mediator)
    data = interface("SettlementLedger").call(
        "seal", settlement_tuple(deal.call), deal.consents(), deal.seal()
    )
    payers = [
        SendingAccount(Node(deployment.url), secrets.token_bytes(32), deployment.trust.chain_id)
        for _ in range(2)
    ]
    first, second = (payer.prepare(deployment.trust.settlement_ledger, data) for payer in payers)
    for one in (first, second):
        ledger.send(one.raw)
    ledger.wait(first.transaction, 10)
    with pytest.raises(Refused) as caught:
        ledger.wait(second.transaction, 10)
    assert caught.value.code == "SettlementLedgerAlreadySealed"


def test_a_transaction_that_is_not_mined_yet_is_unavailable(deployment: Deployment) -> None:
    ledger = deployment.ledger()
    rpc(deployment.url, "evm_setAutomine", False)
    try:
        waiting = ledger.anchor(secrets.token_bytes(32), 1, GENESIS_HEAD)
        with pytest.raises(Unavailable):
            ledger.wait(waiting, 0)
        rpc(deployment.url, "evm_mine")
    finally:
        rpc(deployment.url, "evm_setAutomine", True)
    ledger.wait(waiting, 10)


def test_everything_is_still_there_after_a_restart(tmp_path: Path) -> None:
    state, port = tmp_path / "state.json", free_port()
    with running_anvil(port, 4242, state) as url:
        deployment = deploy_contracts(url)
        ledger = deployment.ledger()
        for _ in range(3):
            ledger.wait(ledger.anchor(secrets.token_bytes(32), 2, ledger.head()[1]), 10)
        before = [ledger.batch(number) for number in (1, 2, 3)]
    with running_anvil(port, 4242, state):
        again = deployment.ledger()
        assert again.identity().code_hashes == deployment.trust.code_hashes
        assert [again.batch(number) for number in (1, 2, 3)] == before
        again.wait(again.anchor(secrets.token_bytes(32), 2, again.head()[1]), 10)
        assert again.head()[0] == 4


def test_a_chain_that_lost_everything_gets_the_same_contracts_again() -> None:
    admin, operator = secrets.token_bytes(32), address_of(secrets.token_bytes(32))
    roots = []
    for _ in range(2):
        with running_anvil(chain_id=4243) as url:
            roots.append(deploy(url, admin, operator, name="same"))
    assert roots[0] == roots[1]


def test_keystores_open_with_their_password_only(tmp_path: Path) -> None:
    key, path = secrets.token_bytes(32), tmp_path / "operator.json"
    write_keystore(path, key, "secret")
    assert path.stat().st_mode & 0o777 == 0o600
    assert key.hex() not in path.read_text()
    assert load_key(path, "secret") == key
    with pytest.raises(MalformedInput):
        load_key(path, "wrong")
    with pytest.raises(NotFound):
        load_key(tmp_path / "absent.json", "secret")
