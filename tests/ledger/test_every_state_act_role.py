"""Every state of a settlement × every act × every role of a signer, put to the contracts and to the rules in Python.
Not here: single rules in words (see test_settlements), and the bytes of signatures (see tests/contracts)."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from typing import Protocol

import pytest

from app.domain.errors import DomainError
from app.domain.lifecycle import CaseState, SettlementState, require_move
from app.domain.permissions import Permission, may
from app.domain.roles import Role
from app.models.cases import Case
from app.models.settlements import Settlement
from app.services.settlements import can_draft
from evidence.errors import Refused
from evidence.ledger import ZERO, LedgerWriter, MemoryLedger, Office
from evidence.typed_data import OUTCOME_CONFIRMED, OUTCOME_REFUSED
from tests.agreements import Agreement, agreement
from tests.anvil import deploy_contracts
from tests.signers import Signer, Wallet, device_key, passkey

YEAR = 365 * 24 * 3600
STATES = ("none", "sealed", "superseded", "confirmed", "refused")
OFFICES = {
    "mediator": Office.MEDIATOR,
    "second mediator": Office.MEDIATOR,
    "court": Office.COURT,
    "notary": Office.NOTARY,
    "association": Office.ASSOCIATION,
    "court's witness": Office.COURT_WITNESS,
}
AWAY = tuple(
    f"{when} {office}" for office in ("mediator", "court") for when in ("former", "coming", "dismissed")
)
ROLES = (*OFFICES, *AWAY, "party", "second party", "nobody")


@dataclass
class World:
    """One ledger with the same people as every other: kinds of keys by place, offices, and agreements in any state."""

    ledger: LedgerWriter
    people: dict[str, Signer] = field(default_factory=dict)
    kept: dict[str, Agreement] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kinds = (partial(passkey, self.ledger.trust), partial(device_key, self.ledger.trust), Wallet)
        self.people = {name: kinds[place % len(kinds)]() for place, name in enumerate(ROLES)}
        now = int(time.time())
        for name, office in OFFICES.items():
            self._grant(name, office, now - YEAR, now + YEAR)
        for name in AWAY:
            when, office = name.split(" ")[0], Office[name.split(" ")[1].upper()]
            start, end = {"former": (-YEAR, -60), "coming": (YEAR, 2 * YEAR), "dismissed": (-YEAR, YEAR)}[
                when
            ]
            self._grant(name, office, now + start, now + end)
            if when == "dismissed":
                self.done(self.ledger.revoke_office(self.people[name].name, office))

    def _grant(self, name: str, office: Office, start: int, end: int) -> None:
        self.done(self.ledger.grant_office(self.people[name].name, office, start, end))

    def done(self, transaction: str) -> None:
        """Wait for a transaction that has to succeed."""
        self.ledger.wait(transaction, 10)

    def drawn_up(self, mediator: str = "mediator") -> Agreement:
        """A new agreement of the two parties and a third."""
        parties = [self.people["party"], self.people["second party"], Wallet()]
        return agreement(self.ledger.trust, parties, self.people[mediator])

    def in_state(self, state: str) -> Agreement:
        """An agreement that the ledger has in this state; the same one until an act has moved it."""
        if state not in self.kept:
            self.kept[state] = self._brought_to(state)
        return self.kept[state]

    def _brought_to(self, state: str) -> Agreement:
        deal = self.drawn_up()
        if state == "none":
            return deal
        self.done(self.seal(deal))
        if state == "superseded":
            self.done(self.seal(deal.successor()))
        elif state != "sealed":
            outcome = OUTCOME_CONFIRMED if state == "confirmed" else OUTCOME_REFUSED
            self.done(self.decide(deal, outcome, "court", "court"))
        return deal

    def seal(self, deal: Agreement, *, consents: list[bytes] | None = None, seal: bytes | None = None) -> str:
        """Seal; signatures are everybody's own unless given."""
        return self.ledger.seal(deal.call, consents or deal.consents(), deal.seal() if seal is None else seal)

    def decide(self, deal: Agreement, outcome: int, named: str, signing: str) -> str:
        """One is named as the court, and one signs."""
        ruling = secrets.token_bytes(32)
        signature = deal.confirmation(self.people[signing], outcome, ruling)
        return self.ledger.decide(deal.call.agreement, outcome, ruling, self.people[named].name, signature)


class Act(Protocol):
    """An act on an agreement by somebody in a role; the transaction, or Refused."""

    def __call__(self, world: World, deal: Agreement, role: str) -> str:
        """Try it."""


def _named_mediator(world: World, deal: Agreement, role: str, *, later: bool) -> str:
    person = world.people[role]
    text = deal.successor(mediator=person.name) if later else deal
    named = replace(text, mediator=person, call=replace(text.call, mediator=person.name))
    return world.seal(named)


def _seal_by(world: World, deal: Agreement, role: str, *, later: bool) -> str:
    text = deal.successor() if later else deal
    return world.seal(text, seal=world.people[role].sign(text.seal_digest))


def _consent_by(world: World, deal: Agreement, role: str, *, later: bool) -> str:
    text = deal.successor() if later else deal
    return world.seal(text, consents=[world.people[role].sign(text.consent_digest), *text.consents()[1:]])


def _party(world: World, deal: Agreement, role: str) -> str:
    """A later text in which somebody stands in the first party's place."""
    parties = (world.people[role], *deal.parties[1:])
    text = deal.successor(parties=tuple(party.name for party in parties))
    return world.seal(replace(text, parties=parties))


def _decision(world: World, deal: Agreement, role: str, *, outcome: int, named: str | None = None) -> str:
    return world.decide(deal, outcome, named or role, role)


ACTS: dict[str, Act] = {
    "seal, as the mediator named": partial(_named_mediator, later=False),
    "seal, in the mediator's place": partial(_seal_by, later=False),
    "seal, in the first party's place": partial(_consent_by, later=False),
    "supersede, as the mediator named": partial(_named_mediator, later=True),
    "supersede, in the mediator's place": partial(_seal_by, later=True),
    "supersede, in the first party's place": partial(_consent_by, later=True),
    "supersede, as the first party": _party,
    "confirm": partial(_decision, outcome=OUTCOME_CONFIRMED),
    "confirm, in the court's place": partial(_decision, outcome=OUTCOME_CONFIRMED, named="court"),
    "refuse": partial(_decision, outcome=OUTCOME_REFUSED),
    "refuse, in the court's place": partial(_decision, outcome=OUTCOME_REFUSED, named="court"),
}

MEDIATORS = frozenset({"mediator", "second mediator"})
TAKEN_OF: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "seal, as the mediator named": (frozenset({"none"}), MEDIATORS),
    "seal, in the mediator's place": (frozenset({"none"}), frozenset({"mediator"})),
    "seal, in the first party's place": (frozenset({"none"}), frozenset({"party"})),
    "supersede, as the mediator named": (frozenset({"sealed", "refused"}), MEDIATORS),
    "supersede, in the mediator's place": (frozenset({"sealed", "refused"}), frozenset({"mediator"})),
    "supersede, in the first party's place": (frozenset({"sealed", "refused"}), frozenset({"party"})),
    "supersede, as the first party": (frozenset({"sealed", "refused"}), frozenset({"party"})),
    **{
        f"{act}{place}": (frozenset({"sealed"}), frozenset({"court"}))
        for act in ("confirm", "refuse")
        for place in ("", ", in the court's place")
    },
}
"""Act → in which states and by whom it is taken; everything else is refused."""


def _told(world: World, state: str, act: str, role: str) -> tuple[str, ...]:
    """What a ledger made of one attempt: the name of its refusal, or what it holds afterwards."""
    deal = world.in_state(state)
    before = world.ledger.settlement(deal.call.agreement)
    try:
        transaction = ACTS[act](world, deal, role)
        world.done(transaction)
    except Refused as refusal:
        assert world.ledger.settlement(deal.call.agreement) == before
        return ("refused", str(refusal.code))
    del world.kept[state]
    after = world.ledger.settlement(deal.call.agreement)
    assert after is not None
    assert before is None or replace(after, outcome=0, ruling=ZERO, superseded_by=ZERO) == replace(
        before, outcome=0, ruling=ZERO, superseded_by=ZERO
    )
    marks = (after.supersedes, after.superseded_by, after.ruling)
    return ("taken", str(after.version), str(after.outcome), *("set" if one != ZERO else "" for one in marks))


@pytest.fixture(scope="module")
def worlds(anvil_url: str) -> tuple[World, World]:
    """The contracts on a node and the memory ledger, with the same people on both."""
    return World(deploy_contracts(anvil_url).ledger()), World(MemoryLedger())


@pytest.mark.node
@pytest.mark.parametrize("state", STATES)
def test_contract_and_memory_ledger_say_the_same(worlds: tuple[World, World], state: str) -> None:
    differences = {}
    for act, role in product(ACTS, ROLES):
        on_chain, in_memory = (_told(world, state, act, role) for world in worlds)
        states, roles = TAKEN_OF[act]
        expected = "taken" if state in states and role in roles else "refused"
        if on_chain != in_memory or on_chain[0] != expected:
            differences[act, role] = (on_chain, in_memory, expected)
    assert differences == {}


HATS: dict[str, frozenset[Role]] = {
    "mediator": frozenset({Role.MEDIATOR, Role.CASE_MEDIATOR}),
    "second mediator": frozenset({Role.MEDIATOR}),
    "court": frozenset({Role.JUDGE, Role.CASE_JUDGE}),
    "notary": frozenset({Role.NOTARY}),
    "party": frozenset({Role.CLAIMANT}),
    "second party": frozenset({Role.RESPONDENT}),
}
"""A role on the ledger → roles on the platform; all others have an account and nothing more."""

PLATFORM_STATE: dict[str, tuple[CaseState, SettlementState]] = {
    "none": (CaseState.IN_MEDIATION, SettlementState.PROPOSED),
    "sealed": (CaseState.SETTLED, SettlementState.SEALED),
    "confirmed": (CaseState.CONFIRMED, SettlementState.SEALED),
    "refused": (CaseState.CONFIRMATION_REFUSED, SettlementState.SEALED),
}
"""State on the ledger → case and newest version. On the platform a superseded version is never the newest."""


def _may_draft(state: str) -> bool:
    case, newest = PLATFORM_STATE[state]
    return can_draft(Case(state=case), Settlement(state=newest))


def _may_decide(state: str, outcome: CaseState) -> bool:
    try:
        require_move(PLATFORM_STATE[state][0], CaseState.CONFIRMATION_REQUESTED)
        require_move(CaseState.CONFIRMATION_REQUESTED, outcome)
    except DomainError:
        return False
    return True


DECISIONS = {"confirm": CaseState.CONFIRMED, "refuse": CaseState.CONFIRMATION_REFUSED}


@pytest.mark.parametrize("role", [one for one in ROLES if one != "second party"])
@pytest.mark.parametrize("state", PLATFORM_STATE)
def test_the_platform_lets_do_what_the_ledger_takes(state: str, role: str) -> None:
    """A text is sealed, or where one is sealed already a later one in its stead; the second party has a place of its own."""

    def taken(act: str) -> bool:
        states, roles = TAKEN_OF[act]
        return state in states and role in roles

    text = "seal" if state == "none" else "supersede"
    hats = HATS.get(role, frozenset({Role.SIGNED_IN}))
    assert taken(f"{text}, in the mediator's place") == (
        may(hats, Permission.SEAL_SETTLEMENT) and _may_draft(state)
    )
    assert taken(f"{text}, in the first party's place") == (
        may(hats, Permission.SIGN_SETTLEMENT) and _may_draft(state)
    )
    for act, outcome in DECISIONS.items():
        assert taken(act) == (may(hats, Permission.DECIDE_CONFIRMATION) and _may_decide(state, outcome))
