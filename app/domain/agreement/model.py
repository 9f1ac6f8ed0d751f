"""The machine-readable terms of an agreement, format ``hezheng-agreement/1``. Reading them is in ``reading``; no wording.

A draft may be incomplete; what still lacks is told by ``missing``.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.domain.agreement.kinds import KINDS, Fields, Instalment, value_as_json

FORMAT = "hezheng-agreement/1"
MOST_CLAUSES = 60
MOST_FACTS = 60
MOST_MEDIATORS = 5
MOST_BYTES = 60_000
"""The terms stand in the statement that is signed, which may have 65,536 bytes with everything beside them."""
BLANK = "（待填）"
"""What the text shows where something is still to be filled; an agreement must not keep it."""
LETTERS = "甲乙丙丁戊己庚辛壬癸子丑"


class Track(StrEnum):
    """By which road the mediation came: people's, trade, administrative, before filing, after filing, commercial."""

    PEOPLE = "people"
    INDUSTRY = "industry"
    ADMINISTRATIVE = "administrative"
    DELEGATED = "delegated"
    ENTRUSTED = "entrusted"
    COMMERCIAL = "commercial"


@dataclass(frozen=True)
class Organisation:
    """The organisation that mediates; ``number`` is its registration or credit code, empty where not known."""

    name: str
    number: str = ""


@dataclass(frozen=True)
class Representative:
    """Who stands for an organisation by law (法定代表人, 负责人)."""

    name: str
    position: str = ""


@dataclass(frozen=True)
class Agent:
    """Who acts by written authority; settling needs ``special`` authority (民诉法 62), ``scope`` names the powers."""

    name: str
    authority: str
    scope: str = ""


@dataclass(frozen=True)
class Party:
    """One party: ``side`` is claimant or respondent, ``kind`` person or organisation."""

    ref: str
    side: str
    kind: str
    name: str
    id_number: str = ""
    address: str = ""
    contact: str = ""
    representative: Representative | None = None
    agent: Agent | None = None


@dataclass(frozen=True)
class Fact:
    """A fact that all parties agree on."""

    ref: str
    text: str


@dataclass(frozen=True)
class Clause:
    """One clause; ``fields`` holds only filled fields, see ``KINDS``; ``library`` is the entry it began with."""

    ref: str
    kind: str
    fields: Fields = field(default_factory=dict)
    library: str | None = None

    def missing(self) -> tuple[str, ...]:
        """Fields that must still be filled."""
        return KINDS[self.kind].missing(self.fields)

    def instalments(self) -> tuple[Instalment, ...]:
        """The parts of a payment; empty where it is paid at once."""
        parts = self.fields.get("instalments", ())
        return (
            tuple(part for part in parts if isinstance(part, Instalment)) if isinstance(parts, tuple) else ()
        )

    def refs(self, name: str) -> tuple[str, ...]:
        """The refs that a field of parties holds; empty where it is not filled."""
        value = self.fields.get(name, ())
        if isinstance(value, str):
            return (value,)
        return tuple(ref for ref in value if isinstance(ref, str)) if isinstance(value, tuple) else ()

    def as_json(self) -> dict[str, Any]:
        """As the terms carry it, fields in the order of the kind."""
        names = [spec.name for spec in KINDS[self.kind].fields if spec.name in self.fields]
        return {
            "ref": self.ref,
            "kind": self.kind,
            "fields": {name: value_as_json(self.fields[name]) for name in names},
            "library": self.library,
        }


@dataclass(frozen=True)
class Agreement:
    """The whole agreement. ``dispute`` says what the parties disagree about, without judging it."""

    track: Track
    title: str
    number: str
    dispute: str
    organisation: Organisation
    mediators: tuple[str, ...]
    parties: tuple[Party, ...]
    facts: tuple[Fact, ...] = ()
    clauses: tuple[Clause, ...] = ()

    def clause(self, ref: str) -> Clause | None:
        """The clause of this ref, or None."""
        return next((one for one in self.clauses if one.ref == ref), None)

    def party(self, ref: str) -> Party | None:
        """The party of this ref, or None."""
        return next((one for one in self.parties if one.ref == ref), None)

    def position(self, ref: str) -> int | None:
        """The number that the text gives a clause, from 1; None for one that is not there."""
        return next((at for at, one in enumerate(self.clauses, 1) if one.ref == ref), None)

    def letter(self, ref: str) -> str:
        """What the text calls a party: 甲方, 乙方 … by the order of the parties."""
        at = next((at for at, one in enumerate(self.parties) if one.ref == ref), None)
        return BLANK if at is None else f"{LETTERS[at]}方"

    def as_json(self) -> dict[str, Any]:
        """The terms as JSON; ``parse`` gives the same agreement back."""
        return {
            "format": FORMAT,
            "track": self.track.value,
            "title": self.title,
            "number": self.number,
            "dispute": self.dispute,
            "organisation": dict(vars(self.organisation)),
            "mediators": list(self.mediators),
            "parties": [_party_as_json(party) for party in self.parties],
            "facts": [dict(vars(fact)) for fact in self.facts],
            "clauses": [clause.as_json() for clause in self.clauses],
            "language": "zh",
        }


def _party_as_json(party: Party) -> dict[str, Any]:
    return {
        **vars(party),
        "representative": dict(vars(party.representative)) if party.representative else None,
        "agent": dict(vars(party.agent)) if party.agent else None,
    }


def missing(agreement: Agreement) -> dict[str, str]:
    """What must still be filled before anybody can sign: ``missing`` or ``blank`` by path (paths as in ``parse``)."""
    return dict.fromkeys(_blanks(agreement), "blank") | dict.fromkeys(_empty(agreement), "missing")


def _blanks(agreement: Agreement) -> Iterator[str]:
    """Texts in which a blank of the library was left."""
    if BLANK in agreement.dispute:
        yield "dispute"
    yield from (f"facts.{fact.ref}.text" for fact in agreement.facts if BLANK in fact.text)
    for clause in agreement.clauses:
        for name, value in clause.fields.items():
            if isinstance(value, str) and BLANK in value:
                yield f"clauses.{clause.ref}.{name}"


def _empty(agreement: Agreement) -> Iterator[str]:
    if not agreement.dispute:
        yield "dispute"
    if not agreement.mediators:
        yield "mediators"
    if not agreement.clauses:
        yield "clauses"
    for party in agreement.parties:
        if party.agent is not None and party.agent.authority == "special" and not party.agent.scope:
            yield f"parties.{party.ref}.agent.scope"
        if party.kind == "organisation" and party.representative is None and party.agent is None:
            yield f"parties.{party.ref}.representative"
        if party.kind == "organisation" and party.representative and not party.representative.position:
            yield f"parties.{party.ref}.representative.position"
    for clause in agreement.clauses:
        yield from (f"clauses.{clause.ref}.{name}" for name in clause.missing())
        if any(not (part.amount and part.due) for part in clause.instalments()):
            yield f"clauses.{clause.ref}.instalments"


def size(agreement: Agreement) -> int:
    """Bytes of the terms as JSON."""
    return len(json.dumps(agreement.as_json(), ensure_ascii=False, separators=(",", ":")).encode("utf-8"))


def clause_digest(clause: Clause) -> str:
    """SHA-256 (hexadecimal) of a clause's JSON; an override of a check holds for this very clause."""
    text = json.dumps(clause.as_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
