"""A history that was rewritten on purpose: within one poll an alarm names the first batch and block that diverge.
Not here: what outside witnesses do about it (see tests/witness)."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.models.exhibits import Batch
from app.services import alarms, monitor
from evidence.signature import keccak
from evidence.state import entry_slot
from evidence.strict import to_hex
from tests.anvil import rpc
from tests.faults.harness import Site
from tests.faults.rounds import finish, receive

pytestmark = [pytest.mark.node, pytest.mark.databases("sqlite")]
ROOT = to_hex(keccak(b"other"))


def heads(site: Site) -> list[bytes]:
    with site.services.reading() as work:
        return list(work.session.scalars(select(Batch.head).order_by(Batch.number)))


def other_code(site: Site) -> None:
    rpc(site.chain.url, "anvil_setCode", site.services.trust.evidence_ledger, "0x00")


def other_entry(site: Site) -> None:
    slot = to_hex(entry_slot(heads(site)[1]))
    rpc(site.chain.url, "anvil_setStorageAt", site.services.trust.evidence_ledger, slot, "0x" + "11" * 32)


def other_roots(site: Site) -> None:
    """Back before the second batch, and other batches in the place of those that were there."""
    lost = len(heads(site)) - 1
    with site.services.reading() as work:
        block = work.session.scalars(select(Batch.block_number).where(Batch.number == 2)).one()
    tip = int(str(rpc(site.chain.url, "eth_blockNumber")), 16)
    rpc(site.chain.url, "anvil_rollback", tip - block + 1)
    for number in range(lost):
        ledger = site.services.ledger
        ledger.wait(ledger.anchor(bytes([number + 1]) * 32, 1, ledger.head()[1]), 10)


def same_batches_in_other_blocks(site: Site) -> None:
    """Every batch once more, root for root, in blocks that were made anew."""
    with site.services.reading() as work:
        batches = [(one.root, one.size, one.block_number) for one in work.session.scalars(select(Batch))]
    tip = int(str(rpc(site.chain.url, "eth_blockNumber")), 16)
    rpc(site.chain.url, "anvil_rollback", tip - batches[1][2] + 1)
    rpc(site.chain.url, "evm_mine")
    for root, size, _block in batches[1:]:
        ledger = site.services.ledger
        ledger.wait(ledger.anchor(root, size, ledger.head()[1]), 10)


def other_state(site: Site) -> None:
    """The whole state of another chain, with the same contracts and none of the batches."""
    site.chain.end()
    (site.folder / "chain" / "state.json").unlink()
    site.chain.start()
    site.restore_contracts()
    for number in range(5):
        ledger = site.services.ledger
        ledger.wait(ledger.anchor(bytes([number + 1]) * 32, 1, ledger.head()[1]), 10)


@pytest.mark.parametrize(
    ("rewrite", "kind", "first"),
    [
        (other_code, "code", None),
        (other_entry, "missing", 2),
        (other_roots, "rewritten", 2),
        (same_batches_in_other_blocks, "moved", 2),
        (other_state, "rewritten", 1),
    ],
)
def test_an_alarm_within_one_poll_names_the_first(
    site: Site, rewrite: Callable[[Site], None], kind: str, first: int | None
) -> None:
    for _ in range(3):
        receive(site, 1)
        finish(site)
    watch = monitor.Monitor()
    assert watch.look(site.services)
    with site.services.reading() as work:
        blocks = dict(work.session.execute(select(Batch.number, Batch.block_number)).all())

    rewrite(site)

    assert not watch.look(site.services)
    assert not watch.look(site.services)
    with site.services.reading() as work:
        (alarm,) = alarms.standing(work)
        assert (alarm.kind, alarm.batch_number, alarm.block_number) == (kind, first, blocks.get(first))
    print(f"\n{rewrite.__name__}: {alarm.kind}, batch {alarm.batch_number}, block {alarm.block_number}")
    with site.services.work() as work:
        alarms.end(work, "looked into")
    assert not watch.look(site.services)
    with site.services.reading() as work:
        assert len(alarms.standing(work)) == 1
