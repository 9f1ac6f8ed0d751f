"""State proofs from a real node: every fork's header, history that it no longer keeps, and a restart.
Not here: what both ledgers do (see test_state_proofs)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evidence.errors import Unavailable
from evidence.ethereum import Node
from scripts.chain import free_port
from tests.anvil import Deployment, deploy_contracts, rpc, running_anvil
from tests.ledger.test_state_proofs import anchor, entry_of, read

pytestmark = pytest.mark.node


@pytest.mark.parametrize("hardfork", ["cancun", "prague", "osaka"])
def test_headers_of_every_fork_are_put_together(hardfork: str) -> None:
    with running_anvil(hardfork=hardfork) as url:
        ledger = deploy_contracts(url).ledger()
        batch = anchor(ledger, 1)
        block = rpc(url, "eth_getBlockByNumber", hex(batch.block_number), False)
        assert isinstance(block, dict)
        assert ("requestsHash" in block) == (hardfork != "cancun")
        header, entry = read(ledger.state_proof(batch.head, batch.block_number), ledger.trust, batch)
        assert header.hash == batch.block_hash
        assert entry == entry_of(batch)


def test_what_a_node_has_forgotten_is_proven_by_a_later_block(tmp_path: Path) -> None:
    state, port = tmp_path / "state.json", free_port()
    with running_anvil(port, 4242, state) as url:
        ledger = deploy_contracts(url).ledger()
        batches = [anchor(ledger, number) for number in range(1, 25)]
        assert ledger.state_proof(batches[0].head, batches[0].block_number) is None
        assert ledger.state_proof(batches[-1].head, batches[-1].block_number) is not None
        _, entry = read(ledger.state_proof(batches[0].head), ledger.trust, batches[0])
        assert entry == entry_of(batches[0])
    with running_anvil(port, 4242, state):
        assert ledger.state_proof(batches[-2].head, batches[-2].block_number) is None
        for batch in batches:
            _, entry = read(ledger.state_proof(batch.head), ledger.trust, batch)
            assert entry == entry_of(batch)


def test_a_node_that_is_away_is_not_a_node_that_forgot(deployment: Deployment) -> None:
    ledger = deployment.ledger()
    batch = anchor(ledger, 1)
    ledger._node = Node(f"http://127.0.0.1:{free_port()}")
    for number in (None, batch.block_number):
        with pytest.raises(Unavailable):
            ledger.state_proof(batch.head, number)


def _no_account_root(answers: list[Any]) -> None:
    answers[1]["accountProof"] = answers[1]["accountProof"][1:]


def _other_time(answers: list[Any]) -> None:
    answers[0]["timestamp"] = "0x1"


def _other_entry(answers: list[Any]) -> None:
    node = answers[1]["storageProof"][0]["proof"][-1]
    answers[1]["storageProof"][0]["proof"][-1] = node[:-2] + ("00" if node[-2:] != "00" else "01")


def _no_storage(answers: list[Any]) -> None:
    answers[1]["storageProof"] = []


def _text(answers: list[Any]) -> None:
    answers[1] = "proof"


def _no_state_root(answers: list[Any]) -> None:
    del answers[0]["stateRoot"]


def _long_node(answers: list[Any]) -> None:
    answers[1]["accountProof"].append("0x" + "00" * 2_000)


@pytest.mark.parametrize(
    "lie", [_no_account_root, _other_time, _other_entry, _no_storage, _text, _no_state_root, _long_node]
)
def test_what_does_not_add_up_is_not_passed_on(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, lie: Any
) -> None:
    ledger = deployment.ledger()
    batch = anchor(ledger, 1)
    honest = ledger._node.batch

    def lying(calls: Any) -> list[Any]:
        answers = honest(calls)
        lie(answers)
        return answers

    monkeypatch.setattr(ledger._node, "batch", lying)
    with pytest.raises(Unavailable):
        ledger.state_proof(batch.head, batch.block_number)


def test_another_block_than_asked_is_not_passed_on(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = deployment.ledger()
    first, second = anchor(ledger, 1), anchor(ledger, 2)
    honest = ledger._node.batch
    later = honest(
        [
            ("eth_getBlockByNumber", (hex(second.block_number), False)),
            *[("eth_chainId", ())],
        ]
    )[0]
    number = hex(second.block_number)

    def moved(calls: Any) -> list[Any]:
        asked = [
            (method, [*parameters[:-1], number] if "Proof" in method else parameters)
            for method, parameters in calls
        ]
        return [later, honest(asked)[1]]

    monkeypatch.setattr(ledger._node, "batch", moved)
    with pytest.raises(Unavailable, match="another block"):
        ledger.state_proof(first.head, first.block_number)
