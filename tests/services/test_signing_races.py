"""Signers, a withdrawal, a new version and two seals race for one agreement, again and again.
Not here: each act by itself (tests/services/test_settlements)."""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from app.domain.errors import DomainError, ErrorKind
from app.domain.lifecycle import SettlementState
from app.models.settlements import Settlement, SignatureAct
from app.services import relays, settlements
from app.services.context import Services, Work
from evidence.signature import verify_signature
from tests import builders, deals
from tests.deals import Deal

ROUNDS = int(os.environ.get("HEZHENG_RACES", "25"))
"""As many in an ordinary run; 10,000 takes a quarter of an hour: HEZHENG_RACES=10000 with --database=sqlite."""
IN_ONE_CASE = 50
EXPECTED = {ErrorKind.STALE_VERSION, ErrorKind.WRONG_STATE, ErrorKind.SIGNATURE_MISSING}


def test_sealed_only_if_every_party_signed_the_same_bytes(services, table) -> None:
    deal, chance, seen = deals.make_deal(services, table), random.Random(7), Counter[str]()
    revision = deal.draft()
    with ThreadPoolExecutor(6) as pool:
        for number in range(ROUNDS):
            if number and number % IN_ONE_CASE == 0:
                deal = deals.make_deal(services, builders.set_table(services, str(number)))
                revision = deal.draft()
            version = deal.propose_revision(revision)
            for side in ("claimant", "respondent"):
                deal.read(side, version)
            acts = prepared(deal, version, revision)
            chance.shuffle(acts)
            start = threading.Barrier(len(acts))
            results = list(pool.map(lambda act, start=start: attempt(start, act), acts))
            seen.update(results)
            seen[judged(services, deal)] += 1
    print(f"{ROUNDS} races: {dict(sorted(seen.items()))}")
    assert seen["sealed"] and seen["open"]


def prepared(deal: Deal, version: int, revision: int) -> list[Callable[[], object]]:
    """The acts of one race, signed beforehand over this version's bytes, so that only storing them races."""
    consent, seal = deal.consent_digest(), deal.seal_digest()
    signatures = {side: deals.submission(getattr(deal, side), consent) for side in ("claimant", "respondent")}
    seals = [deals.submission(deal.mediator, seal) for _ in range(2)]

    def decline() -> None:
        with deal.services.work() as work:
            settlements.decline(work, deal.table.respondent.actor, deal.number, version, "再考虑")

    def put_seal(made: object) -> None:
        # the second mediator waits for nobody: it may come before, between or after the signatures
        for _ in range(3):
            try:
                with deal.services.work() as work:
                    settlements.seal(work, deal.table.mediator.actor, deal.number, version, made)
                return
            except DomainError as refusal:
                if refusal.kind is not ErrorKind.SIGNATURE_MISSING:
                    raise

    acts: list[Callable[[], object]] = [
        lambda side=side: deal.submit(side, signatures[side], version, read=False) for side in signatures
    ]
    acts += [lambda made=made: put_seal(made) for made in seals]
    spoilers: list[Callable[[], object]] = [decline, lambda: deal.propose_revision(revision)]
    return acts + [one for one in spoilers if random.random() < 0.4]


def attempt(start: threading.Barrier, act: Callable[[], object]) -> str:
    """``done``, or by name the refusal that a lost race may meet; whatever else is raised fails the test."""
    start.wait()
    try:
        act()
    except DomainError as refusal:
        if refusal.kind not in EXPECTED:
            raise
        return refusal.kind.value
    return "done"


def judged(services: Services, deal: Deal) -> str:
    """What became of the race; whatever is sealed or on its way was signed by all, over its very bytes."""
    with services.reading() as work:
        every = settlements.versions(work, deal.current(work).case)
        waiting = [one.id for one in every if one.state is SettlementState.SEALING]
        open_ones = [
            one for one in every if one.state in (SettlementState.PROPOSED, SettlementState.DECLINED)
        ]
        assert len(waiting) + len(open_ones) <= 1
        for one in every[:2]:
            if one.seal_signature is not None:
                assert_signed_by_all(services, work, one)
            else:
                assert services.ledger.settlement(one.agreement) is None
    for settlement_id in waiting:
        assert relays.relay_seal(services, settlement_id) is relays.Relay.DONE
    return "sealed" if waiting else "open"


def assert_signed_by_all(services: Services, work: Work, settlement: Settlement) -> None:
    """Each signer's own key, over the digest that these bytes and no others have."""
    call, trust = settlements.call_of(settlement), services.trust
    consent = settlements.consent_of(call).digest(trust.settlement_domain)
    for signer in settlement.signers[:-1]:
        act = settlements.act_of(settlement, signer.participant_id, SignatureAct.SIGNED)
        assert act is not None
        assert act.digest == consent
        assert verify_signature(signer.key.signer, consent, act.signature, trust.verifiers)
    seal = settlements.seal_of(call).digest(trust.settlement_domain)
    assert verify_signature(
        settlement.signers[-1].key.signer, seal, settlement.seal_signature, trust.verifiers
    )
    assert settlement.state is not SettlementState.REVISED
