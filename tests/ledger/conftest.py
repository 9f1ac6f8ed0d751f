"""The same ledger tests over the memory ledger and over contracts on a node.
Not here: what only a node can do (see tests/ledger/test_node.py and tests/contracts)."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from evidence.ethereum import EthereumLedger
from evidence.ledger import LedgerWriter, MemoryLedger, Office
from tests.anvil import Deployment, anvil_url, deployment
from tests.signers import Signer, passkey

__all__ = ["anvil_url", "deployment"]

YEAR = 365 * 24 * 3600

Appoint = Callable[..., Signer]


@pytest.fixture(params=["memory", pytest.param("node", marks=pytest.mark.node)])
def ledger(request: pytest.FixtureRequest) -> LedgerWriter:
    """Each ledger in turn, holding every key."""
    if request.param == "memory":
        return MemoryLedger()
    deployment: Deployment = request.getfixturevalue("deployment")
    return deployment.ledger()


@pytest.fixture
def node_ledger(deployment: Deployment) -> EthereumLedger:
    """The ledger on the node alone."""
    return deployment.ledger()


@pytest.fixture
def appoint(ledger: LedgerWriter) -> Appoint:
    """Give an office to a new passkey, by default from a year ago for two years."""

    def act(office: Office, start: int = -YEAR, end: int = YEAR) -> Signer:
        signer, now = passkey(ledger.trust), int(time.time())
        ledger.wait(ledger.grant_office(signer.name, office, now + start, now + end), 10)
        return signer

    return act
