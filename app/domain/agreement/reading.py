"""Reads the terms of an agreement from JSON, strictly or as people typed them; every problem by its path.

What still lacks in a draft, or what a court would refuse, is no matter of reading.
"""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from app.domain.agreement.kinds import (
    CLAUSE_REF,
    FACT_REF,
    KINDS,
    LONG,
    MOST_PARTIES,
    PARTY_REF,
    SHORT,
    BadValue,
    Fields,
    FieldType,
    Value,
    read_text,
    read_value,
    value_as_json,
)
from app.domain.agreement.model import (
    FORMAT,
    MOST_BYTES,
    MOST_CLAUSES,
    MOST_FACTS,
    MOST_MEDIATORS,
    Agent,
    Agreement,
    Clause,
    Fact,
    Organisation,
    Party,
    Representative,
    Track,
    size,
)
from app.domain.errors import InvalidForm

MOST_PROBLEMS = 100
Item = TypeVar("Item", Party, Fact, Clause)
_LIBRARY = re.compile(r"[a-z_]{1,30}\.[a-z0-9_]{1,40}", re.ASCII)


def parse(value: object) -> Agreement:
    """The agreement that JSON holds; InvalidForm names every problem by path (``clauses.c3.amount``).

    Nothing is put right on the way: text that is not clean, an unknown field or a ref used twice is a problem.
    """
    return _Reading(strict=True).agreement(value)


def adopt(value: object) -> Agreement:
    """As ``parse``, for what people typed: text is cleaned, amounts and dates are put into their canonical form."""
    return _Reading(strict=False).agreement(value)


def adopt_clause(value: object) -> Clause:
    """One clause as people typed it (with any ref); InvalidForm names its problems by field."""
    reading = _Reading(strict=False)
    clause = reading.clause(value, "clause")
    reading.done()
    if clause is None:
        raise InvalidForm({"clause": "type"})
    return clause


class _Reading:
    """Reads one document and collects its problems."""

    def __init__(self, strict: bool) -> None:
        self._strict = strict
        self._problems: dict[str, str] = {}

    def done(self) -> None:
        """InvalidForm if there were problems."""
        if self._problems:
            raise InvalidForm(self._problems)

    def problem(self, path: str, code: str) -> None:
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.setdefault(path, code)

    def agreement(self, value: object) -> Agreement:
        """The whole agreement; InvalidForm."""
        given = self.mapping(value, "", set(_AGREEMENT))
        if given.get("format") != FORMAT:
            self.problem("format", "unknown")
        if given.get("language") != "zh":
            self.problem("language", "unknown")
        parties = self.items(given.get("parties"), "parties", MOST_PARTIES, self.party)
        made = Agreement(
            track=Track(self.choice(given.get("track"), "track", tuple(Track))),
            title=self.line(given.get("title"), "title", 60) or "调解协议书",
            number=self.line(given.get("number"), "number", 60),
            dispute=self.text(given.get("dispute"), "dispute"),
            organisation=self.organisation(given.get("organisation")),
            mediators=self.names(given.get("mediators")),
            parties=parties,
            facts=self.items(given.get("facts"), "facts", MOST_FACTS, self.fact),
            clauses=self.items(given.get("clauses"), "clauses", MOST_CLAUSES, self.clause),
        )
        self.whole(made)
        self.done()
        return made

    def whole(self, made: Agreement) -> None:
        """What only the whole document shows: size, refs that point to nobody."""
        if not made.parties:
            self.problem("parties", "missing")
        known = {party.ref for party in made.parties}
        for clause in made.clauses:
            for spec in KINDS[clause.kind].fields:
                if spec.type not in (FieldType.PARTY, FieldType.PARTIES):
                    continue
                if not set(clause.refs(spec.name)) <= known:
                    self.problem(f"clauses.{clause.ref}.{spec.name}", "reference")
        if not self._problems and size(made) > MOST_BYTES:
            self.problem("clauses", "too_large")

    def mapping(self, value: object, path: str, names: set[str]) -> Mapping[str, object]:
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            self.problem(path or "whole", "type")
            return {}
        for name in sorted(set(value) - names):
            self.problem(_join(path, _shown(name)), "unknown")
        return value

    def text(self, value: object, path: str, limit: int = LONG, one_line: bool = False) -> str:
        if value is None and not self._strict:
            return ""
        try:
            read = read_text(value, limit, one_line)
        except BadValue as error:
            self.problem(path, error.code)
            return ""
        if self._strict and read != value:
            self.problem(path, "hidden")
        return read

    def line(self, value: object, path: str, limit: int = SHORT) -> str:
        return self.text(value, path, limit, one_line=True)

    def name(self, value: object, path: str) -> str:
        read = self.line(value, path)
        if not read:
            self.problem(path, "missing")
        return read

    def choice(self, value: object, path: str, choices: tuple[str, ...]) -> str:
        if isinstance(value, str) and value in choices:
            return value
        self.problem(path, "unknown")
        return choices[0]

    def names(self, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or len(value) > MOST_MEDIATORS:
            self.problem("mediators", "too_many" if isinstance(value, list) else "type")
            return ()
        return tuple(self.name(one, f"mediators.{at}") for at, one in enumerate(value))

    def organisation(self, value: object) -> Organisation:
        given = self.mapping(value, "organisation", {"name", "number"})
        return Organisation(
            self.name(given.get("name"), "organisation.name"),
            self.line(given.get("number"), "organisation.number", 60),
        )

    def items(
        self, value: object, path: str, most: int, read: Callable[[object, str], Item | None]
    ) -> tuple[Item, ...]:
        if not isinstance(value, list):
            self.problem(path, "type")
            return ()
        if len(value) > most:
            self.problem(path, "too_many")
            return ()
        items = [read(item, _join(path, str(at))) for at, item in enumerate(value)]
        found = tuple(item for item in items if item is not None)
        for at, item in enumerate(found):
            if any(item.ref == other.ref for other in found[:at]):
                self.problem(_join(path, item.ref), "duplicate")
        return found

    def ref(self, value: object, path: str, pattern: re.Pattern[str]) -> str | None:
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        self.problem(_join(path, "ref"), "unknown")
        return None

    def party(self, value: object, place: str) -> Party | None:
        given = self.mapping(value, place, set(Party.__dataclass_fields__))
        ref = self.ref(given.get("ref"), place, PARTY_REF)
        if ref is None:
            return None
        path = f"parties.{ref}"
        return Party(
            ref=ref,
            side=self.choice(given.get("side"), f"{path}.side", ("claimant", "respondent")),
            kind=self.choice(given.get("kind"), f"{path}.kind", ("person", "organisation")),
            name=self.name(given.get("name"), f"{path}.name"),
            id_number=self.line(given.get("id_number"), f"{path}.id_number", 60),
            address=self.line(given.get("address"), f"{path}.address"),
            contact=self.line(given.get("contact"), f"{path}.contact"),
            representative=self.representative(given.get("representative"), f"{path}.representative"),
            agent=self.agent(given.get("agent"), f"{path}.agent"),
        )

    def representative(self, value: object, path: str) -> Representative | None:
        if value is None:
            return None
        given = self.mapping(value, path, {"name", "position"})
        return Representative(
            self.name(given.get("name"), f"{path}.name"),
            self.line(given.get("position"), f"{path}.position", 60),
        )

    def agent(self, value: object, path: str) -> Agent | None:
        if value is None:
            return None
        given = self.mapping(value, path, {"name", "authority", "scope"})
        return Agent(
            self.name(given.get("name"), f"{path}.name"),
            self.choice(given.get("authority"), f"{path}.authority", ("general", "special")),
            self.line(given.get("scope"), f"{path}.scope"),
        )

    def fact(self, value: object, place: str) -> Fact | None:
        given = self.mapping(value, place, {"ref", "text"})
        ref = self.ref(given.get("ref"), place, FACT_REF)
        if ref is None:
            return None
        text = self.text(given.get("text"), f"facts.{ref}.text")
        if not text:
            self.problem(f"facts.{ref}.text", "missing")
        return Fact(ref, text)

    def clause(self, value: object, place: str) -> Clause | None:
        given = self.mapping(value, place, {"ref", "kind", "fields", "library"})
        ref = self.ref(given.get("ref"), place, CLAUSE_REF)
        kind, library = given.get("kind"), given.get("library")
        if library is not None and not (isinstance(library, str) and _LIBRARY.fullmatch(library)):
            self.problem(_join(place, "library"), "unknown")
            library = None
        if not isinstance(kind, str) or kind not in KINDS:
            self.problem(_join(place, "kind"), "unknown")
            return None
        if ref is None:
            return None
        return Clause(ref, kind, self.fields(given.get("fields"), kind, f"clauses.{ref}"), library)

    def fields(self, value: object, kind: str, path: str) -> Fields:
        specs = {spec.name: spec for spec in KINDS[kind].fields}
        given = self.mapping(value, path, set(specs))
        made: dict[str, Value] = {}
        for name, spec in specs.items():
            if name not in given:
                continue
            try:
                read = read_value(spec, given[name])
            except BadValue as error:
                self.problem(_join(path, name), error.code)
                continue
            if self._strict and (read is None or not _same(value_as_json(read), given[name])):
                self.problem(_join(path, name), "hidden" if isinstance(given[name], str) else "type")
            if read is not None:
                made[name] = read
        return made


_AGREEMENT = (
    "format",
    "track",
    "title",
    "number",
    "dispute",
    "organisation",
    "mediators",
    "parties",
    "facts",
    "clauses",
    "language",
)


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(name: str) -> str:
    """A key that somebody else chose, short and plain enough to be shown as part of a path."""
    return "".join(char for char in name[:40] if char.isascii() and (char.isalnum() or char in "_-")) or "?"
