"""Anchoring on a real node: batches, a chain that lost its newest blocks, and proofs that hold afterwards.
Not here: crashes at each point (see test_anchoring, with the ledger in memory)."""

import dataclasses
import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.models.exhibits import Batch, Exhibit
from app.services import anchoring, inventory, proofs, state_proofs, verification
from evidence.__main__ import main
from evidence.digest import digest_file
from evidence.verify import Answer, CheckStatus
from tests import builders
from tests.anvil import Deployment, anvil_url, deployment, rpc
from tests.builders import FILES, submit

__all__ = ["anvil_url", "deployment"]

pytestmark = pytest.mark.node


@pytest.fixture
def on_node(services, deployment: Deployment):
    """Services whose ledger is the node, on the node's clock."""
    return dataclasses.replace(
        services,
        ledger=deployment.ledger(),
        trust=deployment.trust,
        clock=lambda: datetime.now(UTC),
    )


def anchor(services) -> None:
    """Go round as the worker does until nothing waits."""
    while anchoring.anchor_waiting(services):
        pass
    state_proofs.take_waiting(services)


def integrity(services, number: int, name: str) -> CheckStatus:
    with services.reading() as work:
        exhibit = work.session.scalars(select(Exhibit).where(Exhibit.number == number)).one()
        proof = proofs.build(work, exhibit)
    return verification.check(services, proof, digest_file(FILES / name)).status(Answer.INTEGRITY)


def test_batches_are_anchored_and_replayed_after_a_reorganisation(on_node, deployment):
    table = builders.set_table(on_node)
    submit(on_node, table.claimant, table.number, FILES / "gift-box-photo.jpg")
    anchor(on_node)
    before = rpc(deployment.url, "evm_snapshot")
    submit(on_node, table.claimant, table.number, FILES / "purchase-record.pdf")
    anchor(on_node)
    submit(on_node, table.respondent, table.number, FILES / "unboxing.mp4")
    anchor(on_node)
    with on_node.reading() as work:
        heads = list(work.session.scalars(select(Batch.head).order_by(Batch.number)))
    assert on_node.ledger.head() == (3, heads[-1])

    assert rpc(deployment.url, "evm_revert", before) is True
    assert on_node.ledger.head() == (1, heads[0])
    anchor(on_node)

    assert on_node.ledger.head() == (3, heads[-1])
    with on_node.reading() as work:
        batches = list(work.session.scalars(select(Batch).order_by(Batch.number)))
    assert [batch.head for batch in batches] == heads
    assert [batch.replays for batch in batches] == [0, 1, 1]
    for number, name in enumerate(("gift-box-photo.jpg", "purchase-record.pdf", "unboxing.mp4"), 1):
        assert integrity(on_node, number, name) is CheckStatus.PASSED
    assert integrity(on_node, 1, "unboxing.mp4") is CheckStatus.FAILED


def test_an_audit_walks_the_ledger_of_a_node(on_node, deployment, tmp_path, capsys):
    """The command line against a real node: state proofs, line of batches, and a chain that lost its last batch."""
    table = builders.set_table(on_node)
    submit(on_node, table.claimant, table.number, FILES / "gift-box-photo.jpg")
    anchor(on_node)
    before = rpc(deployment.url, "evm_snapshot")
    submit(on_node, table.claimant, table.number, FILES / "purchase-record.pdf")
    anchor(on_node)
    path, key, trust = (tmp_path / name for name in ("inventory.jsonl", "master.key", "own-trust.json"))
    inventory.write(on_node, path)
    key.write_text(on_node.secrets.master_key.hex())
    trust.write_text(on_node.trust.dump())

    def audit() -> dict[str, object]:
        arguments = ["--trust-root", str(trust), "--rpc", deployment.url, "--store", str(tmp_path / "files")]
        assert main(["audit", str(path), *arguments, "--master-key", str(key), "--json"]) == 2
        return json.loads(capsys.readouterr().out)

    whole = audit()
    assert whole["ledger"]["batches"] == 2
    assert {one["code"] for one in whole["findings"]} == {"time.token"}
    assert rpc(deployment.url, "evm_revert", before) is True
    lost = audit()
    assert lost["ledger"]["batches"] == 1
    assert {(one["code"], one["batch"]) for one in lost["findings"]} == {
        ("time.token", 1),
        ("time.token", 2),
        ("ledger.batch", 2),
    }
