"""An authority and a node that lag, fail, lie or vanish: nothing false is recorded, and everything is made good afterwards.
Not here: each single lie (see tests/services/test_timestamps.py and tests/unit/evidence/test_odd_node.py)."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from app.domain.errors import DomainError
from app.models.exhibits import Batch, BatchState, TimestampToken
from app.services import anchoring, state_proofs, timestamps
from evidence.errors import EvidenceError, Unavailable
from evidence.records import AnchoredBatch
from tests.authorities import Desk
from tests.faults.harness import Site
from tests.faults.rounds import finish, receive

pytestmark = [pytest.mark.node, pytest.mark.databases("sqlite")]


def missing(site: Site) -> int:
    with site.services.reading() as work:
        return len(
            list(work.session.scalars(select(TimestampToken.id).where(TimestampToken.token.is_(None))))
        )


def ask_at_once(site: Site) -> None:
    """The next attempt is due now."""
    with site.services.work() as work:
        work.session.execute(update(TimestampToken).values(next_attempt_at=work.now()))


def test_an_authority_that_lies_fails_and_vanishes(site: Site, authority: Desk) -> None:
    faults = ("nonce", "imprint", "junk", "refuse", "error")
    for fault in faults:
        authority.fault = fault
        receive(site, 1)
        while anchoring.anchor_waiting(site.services):
            pass
        state_proofs.take_waiting(site.services)
        assert timestamps.fetch_waiting(site.services) == 0
    assert missing(site) == len(faults)
    authority.fault = None
    ask_at_once(site)
    finish(site)
    assert missing(site) == 0
    count = site.count(f"an authority with the faults {faults}")
    assert count.acknowledged == len(faults)
    count.require_nothing_lost()


Lie = Callable[[AnchoredBatch], AnchoredBatch | None]
LIES: dict[str, Lie] = {
    "another head": lambda found: replace(found, head=bytes(32)),
    "no batch": lambda _found: None,
}


@pytest.mark.parametrize("lie", sorted(LIES))
def test_a_node_that_lies_about_a_batch(site: Site, monkeypatch: pytest.MonkeyPatch, lie: str) -> None:
    receive(site, 2)
    honest = site.services.ledger.batch

    def lying(number: int) -> AnchoredBatch | None:
        found = honest(number)
        return None if found is None else LIES[lie](found)

    with monkeypatch.context() as node:
        node.setattr(site.services.ledger, "batch", lying)
        for _ in range(3):
            try:
                anchoring.anchor_waiting(site.services)
            except (DomainError, EvidenceError):
                continue
        with site.services.reading() as work:
            last = work.session.scalars(select(Batch).order_by(Batch.number.desc())).first()
            assert last is not None and last.state is not BatchState.ANCHORED
    finish(site)
    count = site.count(f"a node that tells of {lie}")
    assert count.acknowledged == 2
    count.require_nothing_lost()


def test_a_node_that_answers_after_it_was_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The transaction arrives, the answer does not: it is looked up, not sent twice. Its hash was stored before."""
    receive(site, 2)
    send, sent, noted = site.services.ledger.send, [], []

    def lagging(raw: bytes) -> str:
        with site.services.reading() as work:
            noted.extend(
                work.session.scalars(select(Batch.transaction_hash).where(Batch.state == BatchState.SENT))
            )
        sent.append(send(raw))
        raise Unavailable("timed out")

    with monkeypatch.context() as node:
        node.setattr(site.services.ledger, "send", lagging)
        with pytest.raises(Unavailable):
            anchoring.anchor_waiting(site.services)
    finish(site)
    assert len(sent) == 1
    assert noted == sent
    count = site.count("an answer that never came")
    assert count.acknowledged == 2
    count.require_nothing_lost()
