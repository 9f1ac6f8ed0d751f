"""What acts cost, bounded so that a change which makes them dearer is noticed."""

import secrets
import time

from evidence.ethereum import EthereumLedger
from evidence.merkle import GENESIS_HEAD, next_head
from evidence.records import Office
from evidence.typed_data import Witness
from tests.agreements import agreement
from tests.anvil import Deployment, deploy_contracts, rpc, running_anvil
from tests.signers import Wallet, passkey


def gas(deployment: Deployment, ledger: EthereumLedger, transaction: str) -> int:
    ledger.wait(transaction, 10)
    receipt = rpc(deployment.url, "eth_getTransactionReceipt", transaction)
    assert isinstance(receipt, dict)
    return int(receipt["gasUsed"], 16)


def test_a_batch_of_ten_thousand_costs_under_seven_gas_an_item(
    deployment: Deployment, ledger: EthereumLedger
) -> None:
    first = secrets.token_bytes(32)
    ledger.wait(ledger.anchor(first, 10_000, GENESIS_HEAD), 10)
    head = next_head(GENESIS_HEAD, first, 10_000)
    used = gas(deployment, ledger, ledger.anchor(secrets.token_bytes(32), 10_000, head))
    assert used / 10_000 <= 7


def sealing_gas(deployment: Deployment) -> int:
    """Gas of sealing an agreement that two parties and the mediator signed with passkeys."""
    ledger = deployment.ledger()
    mediator, now = passkey(ledger.trust), int(time.time())
    ledger.wait(ledger.grant_office(mediator.name, Office.MEDIATOR, now - 60, now + 600), 10)
    deal = agreement(ledger.trust, [passkey(ledger.trust), passkey(ledger.trust)], mediator)
    return gas(deployment, ledger, ledger.seal(deal.call, deal.consents(), deal.seal()))


def test_sealing_with_three_passkeys_is_bounded(deployment: Deployment) -> None:
    assert sealing_gas(deployment) <= 400_000


def test_sealing_works_where_the_chain_lacks_the_curve_precompile() -> None:
    with running_anvil(hardfork="cancun") as url:
        assert 600_000 < sealing_gas(deploy_contracts(url)) < 2_000_000


def test_witnessing_is_bounded_and_does_not_grow_with_the_batch(
    deployment: Deployment, ledger: EthereumLedger
) -> None:
    witness, now = Wallet(), int(time.time())
    ledger.wait(ledger.grant_office(witness.name, Office.COURT_WITNESS, now - 60, now + 600), 10)
    for size in (1, 10_000):
        ledger.wait(ledger.anchor(secrets.token_bytes(32), size, ledger.head()[1]), 10)
        batch = ledger.batch(ledger.head()[0])
        assert batch is not None
        message = Witness(batch.number, batch.head, batch.block_number, batch.block_hash)
        signature = witness.sign(message.digest(ledger.trust.evidence_domain))
        sent = ledger.witness(batch.number, batch.head, batch.block_hash, witness.name, signature)
        assert gas(deployment, ledger, sent) <= 90_000
