"""Fixtures of the contract tests: a node, and contracts that are new for each test."""

import pytest

from evidence.ethereum import EthereumLedger
from tests.anvil import Deployment, anvil_url, deployment

__all__ = ["anvil_url", "deployment"]


@pytest.fixture
def ledger(deployment: Deployment) -> EthereumLedger:
    """A ledger that holds every key."""
    return deployment.ledger()
