"""A chain that reorganises, drops, prices, keeps waiting, forgets or vanishes: nothing lost, nothing anchored twice.
Not here: a history that was rewritten on purpose (see `test_rewritten`)."""

import shutil
import signal

import pytest
from sqlalchemy import select

from app.models.exhibits import Batch, BatchState, Exhibit
from app.services import alarms, anchoring, custody, monitor
from evidence.errors import Unavailable
from tests.anvil import rpc
from tests.faults.harness import Site
from tests.faults.rounds import finish, go_round, receive

pytestmark = [pytest.mark.node, pytest.mark.databases("sqlite")]


def states(site: Site) -> list[BatchState]:
    with site.services.reading() as work:
        return list(work.session.scalars(select(Batch.state).order_by(Batch.number)))


def acts(site: Site, number: int) -> list[str]:
    with site.services.reading() as work:
        exhibit = work.session.scalars(select(Exhibit).where(Exhibit.number == number)).one()
        return [entry.act for entry in custody.entries(work, exhibit)]


def test_reorganisations_of_depth_1_to_12(site: Site) -> None:
    for depth in range(1, 13):
        receive(site, 1)
        finish(site)
        rpc(site.chain.url, "anvil_reorg", depth, [])
        go_round(site)
    finish(site)
    count = site.count("reorganisations of depth 1 to 12")
    assert count.acknowledged == 12
    count.require_nothing_lost()
    with site.services.reading() as work:
        assert max(work.session.scalars(select(Batch.replays))) >= 1
        assert {one.kind for one in alarms.latest(work)} == {alarms.SHORTER}
    assert "anchored_again" in acts(site, 12)
    assert monitor.first_divergence(site.services) is None


def test_pending_dropped_and_underpriced_transactions(site: Site) -> None:
    url = site.chain.url
    rpc(url, "evm_setAutomine", False)
    receive(site, 3)
    go_round(site)
    assert states(site)[-1] is BatchState.SENT
    with site.services.reading() as work:
        first = work.session.scalars(select(Batch.transaction_hash).order_by(Batch.number)).all()[-1]
    go_round(site)
    assert states(site)[-1] is BatchState.SENT
    with site.services.reading() as work:
        same = work.session.scalars(select(Batch.transaction_hash).order_by(Batch.number)).all()[-1]
    assert same == first, "nothing is sent again while it may still be mined"
    rpc(url, "anvil_dropTransaction", first)
    go_round(site)
    with site.services.reading() as work:
        again = work.session.scalars(select(Batch.transaction_hash).order_by(Batch.number)).all()[-1]
    assert again is not None
    rpc(url, "anvil_dropTransaction", again)
    rpc(url, "anvil_setNextBlockBaseFeePerGas", hex(10**9))
    rpc(url, "evm_mine")
    go_round(site)
    assert states(site)[-1] is not BatchState.ANCHORED
    rpc(url, "anvil_setNextBlockBaseFeePerGas", "0x0")
    rpc(url, "evm_mine")
    rpc(url, "evm_setAutomine", True)
    finish(site)
    count = site.count("pending, dropped and underpriced transactions")
    assert count.acknowledged == 3
    count.require_nothing_lost()


def test_a_chain_that_lost_its_newest_blocks_or_everything(site: Site) -> None:
    receive(site, 2)
    finish(site)
    site.chain.end()
    kept = (site.folder / "chain" / "state.json").read_bytes()
    site.chain.start()
    for _ in range(3):
        receive(site, 2)
        finish(site)
    site.chain.end(signal.SIGKILL)
    (site.folder / "chain" / "state.json").write_bytes(kept)
    site.chain.start()
    took = finish(site)
    count = site.count(f"a chain that lost three batches, replayed in {took:.1f} s")
    count.require_nothing_lost()

    site.chain.end(signal.SIGKILL)
    shutil.rmtree(site.folder / "chain")
    site.chain.start()
    assert not go_round(site)  # no contract there: said, nothing is given up
    site.restore_contracts()
    took = finish(site)
    count = site.count(f"a chain that lost everything, replayed in {took:.1f} s")
    assert count.acknowledged == 8
    count.require_nothing_lost()
    assert acts(site, 8).count("anchored_again") == 2
    monitor.Monitor().look(site.services)
    with site.services.reading() as work:
        assert [one.kind for one in alarms.latest(work)] == [alarms.SHORTER] * 2
        assert alarms.standing(work) == []


def test_a_node_that_stops_answering_and_comes_back(site: Site) -> None:
    receive(site, 2)
    site.chain.end()
    assert not go_round(site)
    with pytest.raises(Unavailable):
        monitor.Monitor().look(site.services)
    receive(site, 2)
    site.chain.start()
    finish(site)
    count = site.count("a node that vanished and came back")
    assert count.acknowledged == 4
    count.require_nothing_lost()
    assert anchoring.anchor_waiting(site.services) == 0
