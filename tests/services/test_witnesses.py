"""Co-signatures of outside witnesses: collected once from a ledger in memory, carried by proofs, their silence seen.
Not here: the witness itself (see tests/witness)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.commands import registry
from app.models.cases import Audit
from app.models.exhibits import Batch, Exhibit, WitnessSignature
from app.network import Network, OutsideWitness
from app.services import anchoring, custody, proofs, witnesses
from app.services.witnesses import SILENT_AFTER, Collector
from evidence.errors import NotFound, Refused, Unavailable
from evidence.ledger import Office
from evidence.merkle import MerkleTree
from evidence.typed_data import Witness
from tests.builders import FILES, restarted, submit
from tests.signers import Wallet, passkey

YEAR = 365 * 24 * 3600


@pytest.fixture
def court():
    """The key of a court's witness."""
    return Wallet()


@pytest.fixture
def services(services, clock, court):
    """Services whose network file names the court's witness, in office for a year on both sides of now."""
    now = int(clock().timestamp())
    one = OutsideWitness("某法院", Office.COURT_WITNESS, court.name, now - YEAR, now + YEAR, "无利害关系")
    named = replace(services, network=Network(witnesses=(one,)))
    witnesses.grant_offices(named)
    return named


def anchored(services, table, name="gift-box-photo.jpg"):
    submit(services, table.claimant, table.number, FILES / name)
    anchoring.anchor_waiting(services)
    return services.ledger.batch(services.ledger.head()[0])


def co_sign(services, batch, signer):
    message = Witness(batch.number, batch.head, batch.block_number, batch.block_hash)
    signature = signer.sign(message.digest(services.trust.evidence_domain))
    services.ledger.witness(batch.number, batch.head, batch.block_hash, signer.name, signature)
    return signature


def kept(services):
    with services.reading() as work:
        rows = work.session.scalars(select(WitnessSignature).order_by(WitnessSignature.id))
        return [(row.batch_number, row.signer, row.signature) for row in rows]


def proof(services):
    with services.reading() as work:
        return proofs.build(work, work.session.scalars(select(Exhibit)).first())


def state(services):
    with services.reading() as work:
        return witnesses.standing(work)[0]


def test_a_co_signature_is_kept_once_and_stands_in_the_proof(services, table, court):
    batch = anchored(services, table)
    assert proof(services).witnesses == ()
    signature = co_sign(services, batch, court)
    collector = Collector()
    assert [collector.collect(services), collector.collect(services), Collector().collect(services)] == [
        1,
        0,
        0,
    ]
    assert kept(services) == [(1, court.name, signature)]
    (claim,) = proof(services).witnesses
    assert (claim.signer, claim.signature) == (court.name, signature)


def test_one_audit_line_and_no_custody_entry_tell_of_it(services, table, court):
    batch = anchored(services, table)
    with services.reading() as work:
        before = custody.entries(work, work.session.scalars(select(Exhibit)).one())
    co_sign(services, batch, court)
    Collector().collect(services)
    with services.reading() as work:
        (line,) = work.session.scalars(select(Audit).where(Audit.act == "keep_witness"))
        assert custody.entries(work, work.session.scalars(select(Exhibit)).one()) == before
    assert line.detail == {"batch": 1, "signer": "0x" + court.name.hex()}


def test_several_witnesses_of_several_batches_are_kept(services, table, court, clock):
    notary, now = passkey(services.trust), int(clock().timestamp())
    services.ledger.grant_office(notary.name, Office.NOTARY, now - 10, now + 10)
    collector = Collector()
    for name in ("gift-box-photo.jpg", "purchase-record.pdf"):
        batch = anchored(services, table, name)
        for signer in (court, notary):
            co_sign(services, batch, signer)
        assert collector.collect(services) == 2
    expected = [(1, court.name), (1, notary.name), (2, court.name), (2, notary.name)]
    assert [(number, signer) for number, signer, _ in kept(services)] == expected


def test_a_co_signature_that_comes_before_its_batch_is_recorded_waits_for_it(services, table, court):
    submit(services, table.claimant, table.number, FILES / "gift-box-photo.jpg")
    with services.reading() as work:
        assert work.session.scalars(select(Batch)).all() == []
    anchoring._record_next(services, services.ledger.head())
    with services.reading() as work:
        recorded = work.session.get_one(Batch, 1)
    services.ledger.anchor(recorded.root, recorded.size, recorded.previous_head)
    co_sign(services, services.ledger.batch(1), court)
    collector = Collector()
    assert collector.collect(services) == 0
    anchoring.anchor_waiting(services)
    assert collector.collect(services) == 1


def test_batches_of_somebody_else_are_left_alone(services, table, court):
    root = MerkleTree([bytes(32)]).root
    services.ledger.anchor(root, 1, services.ledger.head()[1])
    co_sign(services, services.ledger.batch(1), court)
    collector = Collector()
    assert collector.collect(services) == 0
    batch = anchored(services, table)
    co_sign(services, batch, court)
    assert collector.collect(services) == 1
    assert [number for number, _, _ in kept(services)] == [2]


def test_what_does_not_hold_is_not_kept(services, table, court, monkeypatch):
    batch = anchored(services, table)
    co_sign(services, batch, court)
    (honest,) = services.ledger.witness_events(0)
    forged = [
        replace(honest, signature=Wallet().sign(bytes(32)), transaction="0x01"),
        replace(honest, signature=b"", transaction="0x02"),
        replace(honest, signer=bytes(30), transaction="0x03"),
        replace(honest, block_hash=bytes(32), transaction="0x04"),
        replace(honest, head=bytes(32), transaction="0x05"),
    ]
    monkeypatch.setattr(services.ledger, "witness_events", lambda _block: [*forged, honest])
    assert Collector().collect(services) == 1
    assert [signature for _, _, signature in kept(services)] == [honest.signature]


def test_a_chain_that_lost_its_tail_is_read_anew(services, table, court):
    collector = Collector()
    for name in ("gift-box-photo.jpg", "purchase-record.pdf"):
        co_sign(services, anchored(services, table, name), court)
    assert collector.collect(services) == 2
    services.ledger.drop_tail(1)
    assert collector.collect(services) == 0
    anchoring.anchor_waiting(services)
    again = services.ledger.batch(2)
    co_sign(services, again, court)
    assert [collector.collect(services), Collector().collect(services)] == [1, 0]
    assert [number for number, _, _ in kept(services)] == [1, 2, 2]
    with services.reading() as work:
        exhibit = work.session.scalars(select(Exhibit).order_by(Exhibit.id.desc())).first()
        (claim,) = proofs.build(work, exhibit).witnesses
    message = Witness(2, again.head, again.block_number, again.block_hash)
    assert claim.signature == court.sign(message.digest(services.trust.evidence_domain))


def test_reading_goes_on_after_a_restart_of_the_worker(services, table, court):
    co_sign(services, anchored(services, table), court)
    Collector().collect(services)
    asked = []
    honest = services.ledger.witness_events
    services.ledger.witness_events = lambda block: asked.append(block) or honest(block)
    again = restarted(services)
    assert Collector().collect(again) == 0
    assert asked == [services.ledger.witness_events(0)[0].recorded_block, 0]
    again.sessions().get_bind().dispose()


def test_a_node_that_is_away_is_unavailable_and_nothing_is_lost(services, table, court):
    co_sign(services, anchored(services, table), court)
    services.ledger.down = True
    collector = Collector()
    with pytest.raises(Unavailable):
        collector.collect(services)
    services.ledger.down = False
    assert collector.collect(services) == 1


def test_standing_tells_the_last_co_signature_and_what_is_behind(services, table, court, clock):
    assert (state(services).last_batch, state(services).behind, state(services).silent_since) == (
        None,
        0,
        None,
    )
    first = anchored(services, table)
    clock.advance(seconds=5)
    co_sign(services, first, court)
    Collector().collect(services)
    found = state(services)
    assert (found.name, found.office, found.signer) == ("某法院", "court", court.name)
    assert (found.last_batch, found.last_head, found.last_at) == (1, first.head, clock())
    anchored(services, table, "purchase-record.pdf")
    assert (state(services).last_batch, state(services).behind) == (1, 1)


def test_a_witness_is_silent_once_a_head_has_waited_too_long(services, table, court, clock):
    batch = anchored(services, table)
    made = clock()
    clock.advance(seconds=SILENT_AFTER.total_seconds() - 1)
    anchored(services, table, "purchase-record.pdf")
    assert state(services).silent_since is None
    clock.advance(seconds=1)
    assert state(services).silent_since == made
    co_sign(services, batch, court)
    Collector().collect(services)
    assert (state(services).behind, state(services).silent_since) == (1, None)


def test_batches_outside_its_term_are_not_counted_against_a_witness(services, table, clock):
    (one,) = services.network.witnesses
    start = int((clock() + timedelta(hours=1)).timestamp())
    later = replace(services, network=Network(witnesses=(replace(one, valid_from=start),)))
    anchored(later, table)
    clock.advance(hours=2)
    assert (state(later).behind, state(later).silent_since) == (0, None)
    anchored(later, table, "purchase-record.pdf")
    assert state(later).behind == 1


def test_offices_are_granted_once_and_only_those_that_are_missing(services, court):
    assert witnesses.grant_offices(services) == []
    (one,) = services.network.witnesses
    assert witnesses.in_office(services, one)
    assert not services.ledger.holds_office(court.name, Office.COURT, one.valid_from)
    longer = replace(one, valid_until=one.valid_until + YEAR)
    renewed = replace(services, network=Network(witnesses=(longer,)))
    assert witnesses.grant_offices(renewed) == [longer]
    assert witnesses.grant_offices(renewed) == []


def test_an_office_that_was_revoked_is_over(services, table, court, clock):
    clock.advance(seconds=10)
    assert witnesses.revoke_office(services, "某法院").signer == court.name
    batch = anchored(services, table)
    with pytest.raises(Refused):
        co_sign(services, batch, court)
    with pytest.raises(NotFound):
        witnesses.revoke_office(services, "nobody")


def test_the_command_line_grants_lists_and_revokes(app, services, clock):
    app.extensions["hezheng"] = services
    registry.register(app)
    runner = app.test_cli_runner()
    assert "every witness holds its office" in runner.invoke(args=["witnesses", "grant"]).output
    assert "on chain: yes" in runner.invoke(args=["witnesses", "list"]).output
    clock.advance(seconds=10)
    assert runner.invoke(args=["witnesses", "revoke", "某法院"]).exit_code == 0
    assert "on chain: no" in runner.invoke(args=["witnesses", "list"]).output
    assert runner.invoke(args=["witnesses", "revoke", "nobody"]).exit_code == 1
    services.ledger.down = True
    assert runner.invoke(args=["witnesses", "grant"]).exit_code == 1
