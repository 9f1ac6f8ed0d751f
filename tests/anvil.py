"""A real chain node for tests: started on a free loopback port, stopped at the end, with contracts on it.
Not here: what the contracts must do (see tests/contracts and tests/ledger)."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from requests import Session
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from evidence.deployment import deploy
from evidence.ethereum import EthereumLedger
from evidence.signature import address_of
from evidence.trust import TrustRoot
from scripts.chain import anvil_command, free_port

STOP_TIMEOUT = 20
_REFUSED_CONNECTIONS = Retry(total=None, connect=12, backoff_factor=0.05, backoff_max=1.0)


@contextmanager
def running_anvil(
    port: int | None = None, chain_id: int = 31_337, state: Path | None = None, hardfork: str | None = None
) -> Iterator[str]:
    """Start a node, wait until it answers, give its URL, and stop it with time to save its state."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    command = anvil_command(port, chain_id, state) + (["--hardfork", hardfork] if hardfork else [])
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        with Session() as session:
            session.mount("http://", HTTPAdapter(max_retries=_REFUSED_CONNECTIONS))
            rpc(url, "eth_chainId", session=session)
        yield url
    finally:
        process.terminate()
        process.wait(STOP_TIMEOUT)


def rpc(url: str, method: str, *parameters: object, session: Session | None = None) -> object:
    """One JSON-RPC call, past the ledger: for what only a test asks of a node."""
    with session or Session() as sender:
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        answer = sender.post(url, json=request, timeout=10).json()
    assert "error" not in answer, answer
    return answer["result"]


@dataclass(frozen=True)
class Deployment:
    """Contracts on a running node, with the keys that govern them."""

    url: str
    trust: TrustRoot
    operator_key: bytes
    relay_key: bytes
    admin_key: bytes

    def ledger(self, **changes: object) -> EthereumLedger:
        """A ledger with all keys; changes override constructor arguments."""
        keys = {"operator_key": self.operator_key, "relay_key": self.relay_key, "admin_key": self.admin_key}
        return EthereumLedger(self.url, self.trust, **{**keys, **changes})


def deploy_contracts(url: str) -> Deployment:
    """Fresh contracts under fresh keys."""
    operator, relay, admin = (secrets.token_bytes(32) for _ in range(3))
    trust = deploy(url, admin, address_of(operator), name="test chain")
    return Deployment(url, trust, operator, relay, admin)


@pytest.fixture(scope="session")
def anvil_url() -> Iterator[str]:
    """URL of the node that the tests of one run share."""
    with running_anvil() as url:
        yield url


@pytest.fixture
def deployment(anvil_url: str) -> Deployment:
    """Fresh contracts on the shared node."""
    return deploy_contracts(anvil_url)
