"""State proofs: taken soon after anchoring, kept once, dropped with a lost batch, and enough to verify without a node.
Not here: what a proof proves (see tests/unit/evidence and tests/vectors)."""

import dataclasses

import pytest
from sqlalchemy import select, update

from app.models.exhibits import Batch, Exhibit
from app.services import anchoring, proofs, state_proofs
from evidence.errors import Unavailable
from evidence.proof import StateClaim
from evidence.state import read_header
from evidence.verify import CheckStatus, Verifier
from tests.anvil import Deployment, anvil_url, deployment
from tests.builders import FILES, submit

__all__ = ["anvil_url", "deployment"]

NAMES = ("gift-box-photo.jpg", "purchase-record.pdf", "unboxing.mp4")


def anchor(services, table, *names):
    """Each file in a batch of its own."""
    for name in names or NAMES:
        submit(services, table.claimant, table.number, FILES / name)
        anchoring.anchor_waiting(services)


def batches(services):
    with services.reading() as work:
        return list(work.session.scalars(select(Batch).order_by(Batch.number)))


def statuses(services, number=1, block=None):
    """What a verifier without a node finds about an exhibit's proof file, by check."""
    with services.reading() as work:
        exhibit = work.session.scalars(select(Exhibit).where(Exhibit.number == number)).one()
        proof = proofs.build(work, exhibit)
    verdict = Verifier(services.trust, block=block).verify(None, proof)
    return {check.code: check.status for check in verdict.checks}


def header(batch):
    return read_header(StateClaim.parse(batch.state_proof, "state").header)


def require_proven(services):
    for number, batch in enumerate(batches(services), start=1):
        found = statuses(services, number, (batch.block_number, bytes.fromhex(batch.block_hash[2:])))
        passed = ("state.header", "state.account", "state.entry", "block.known", "time.block")
        assert {found[code] for code in passed} == {CheckStatus.PASSED}


def test_every_anchored_batch_gets_its_proof_once(services, table):
    assert state_proofs.take_waiting(services) == 0
    anchor(services, table)
    assert statuses(services)["state.header"] is CheckStatus.UNDETERMINED
    assert state_proofs.take_waiting(services) == 3
    assert [header(batch).number for batch in batches(services)] == [
        batch.block_number for batch in batches(services)
    ]
    require_proven(services)
    services.ledger.down = True
    assert state_proofs.take_waiting(services) == 0


def test_a_batch_that_is_not_final_has_none_yet(services, table):
    services.ledger.finality_depth = 2
    anchor(services, table, NAMES[0])
    assert state_proofs.take_waiting(services) == 0
    services.ledger.mine(2)
    anchoring.anchor_waiting(services)
    assert state_proofs.take_waiting(services) == 1
    require_proven(services)


def test_a_forgotten_state_is_replaced_by_a_later_one(services, table):
    anchor(services, table)
    services.ledger.mine(5)
    services.ledger.pruned_below = 8
    assert state_proofs.take_waiting(services) == 3
    for number, batch in enumerate(batches(services), start=1):
        assert header(batch).number == 8 > batch.block_number
        found = statuses(services, number, (8, header(batch).hash))
        assert {found[code] for code in ("state.header", "state.entry", "block.known")} == {
            CheckStatus.PASSED
        }
        assert found["time.block"] is CheckStatus.UNDETERMINED


def test_a_node_that_is_away_or_has_nothing_is_asked_again(services, table):
    anchor(services, table)
    services.ledger.down = True
    with pytest.raises(Unavailable):
        state_proofs.take_waiting(services)
    services.ledger.down = False
    services.ledger.pruned_below = 100
    with pytest.raises(Unavailable, match="batches 3 to 1"):
        state_proofs.take_waiting(services)
    assert all(batch.state_proof is None for batch in batches(services))
    services.ledger.pruned_below = 0
    assert state_proofs.take_waiting(services) == 3


def test_a_lost_batch_loses_its_proof_and_gets_another(services, table, clock):
    anchor(services, table)
    state_proofs.take_waiting(services)
    kept = [batch.state_proof for batch in batches(services)]
    services.ledger.drop_tail(2)
    clock.advance(minutes=1)
    anchoring.anchor_waiting(services)
    after = [batch.state_proof for batch in batches(services)]
    assert after == [kept[0], None, None]
    assert state_proofs.take_waiting(services) == 2
    require_proven(services)
    again = [batch.state_proof for batch in batches(services)]
    assert [one != other for one, other in zip(kept, again, strict=True)] == [False, True, True]


def test_a_proof_of_another_block_than_recorded_is_not_kept(services, table):
    anchor(services, table, NAMES[0])
    with services.work() as work:
        work.session.execute(update(Batch).values(block_hash="0x" + "11" * 32))
    with pytest.raises(Unavailable):
        state_proofs.take_waiting(services)
    assert batches(services)[0].state_proof is None


def test_a_batch_taken_back_meanwhile_keeps_nothing(services, table, monkeypatch):
    anchor(services, table, NAMES[0])
    ask = services.ledger.state_proof

    def meanwhile(head, block_number=None):
        claim = ask(head, block_number)
        services.ledger.drop_tail(1)
        monkeypatch.undo()
        services.ledger.mine()
        anchoring.anchor_waiting(services)
        return claim

    monkeypatch.setattr(services.ledger, "state_proof", meanwhile)
    assert state_proofs.take_waiting(services) == 0
    assert batches(services)[0].state_proof is None
    assert state_proofs.take_waiting(services) == 1
    require_proven(services)


@pytest.mark.node
def test_proofs_from_a_real_node_hold_without_it(services, table, deployment: Deployment):
    on_node = dataclasses.replace(services, ledger=deployment.ledger(), trust=deployment.trust)
    anchor(on_node, table)
    assert state_proofs.take_waiting(on_node) == 3
    require_proven(on_node)
