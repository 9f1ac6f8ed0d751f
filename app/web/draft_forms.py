"""One element of a draft as a form without script, and back: which fields, their values, what was changed.

What values may be is decided where the change is applied (``app.domain.agreement``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from app.domain.agreement.changes import HEADER, flatten, plain
from app.domain.agreement.kinds import (
    CLAUSE_REF,
    KINDS,
    LONG,
    MOST_INSTALMENTS,
    PARTY_REF,
    FieldSpec,
    FieldType,
    KindSpec,
)
from app.domain.agreement.model import Agreement, Track
from app.web.clause_words import CHOICE_WORDS, FIELD_WORDS, KIND_WORDS, field_as_json

EXTRA_ROWS = 2
_LINE, _TEXT, _CHOICE = FieldType.LINE, FieldType.TEXT, FieldType.CHOICE
_HEADER = (
    FieldSpec("track", _CHOICE, True, tuple(track.value for track in Track)),
    FieldSpec("title", _LINE, True, limit=60),
    FieldSpec("dispute", _TEXT, True, limit=LONG),
    FieldSpec("organisation.name", _LINE, True),
    FieldSpec("organisation.number", _LINE, limit=60),
    FieldSpec("mediators", _TEXT, True),
)
_PARTY = (
    FieldSpec("kind", _CHOICE, True, ("person", "organisation")),
    FieldSpec("name", _LINE, True),
    FieldSpec("id_number", _LINE, limit=60),
    FieldSpec("address", _LINE),
    FieldSpec("contact", _LINE),
    FieldSpec("representative.name", _LINE),
    FieldSpec("representative.position", _LINE, limit=60),
    FieldSpec("agent.name", _LINE),
    FieldSpec("agent.authority", _CHOICE, False, ("general", "special")),
    FieldSpec("agent.scope", _LINE),
)
_FACT = (FieldSpec("text", _TEXT, True, limit=LONG),)


@dataclass(frozen=True)
class FormField:
    """One field on the page; ``options`` are (value, words); ``value`` is text, a list of texts, or rows."""

    name: str
    type: str
    label: str
    required: bool
    limit: int
    options: tuple[tuple[str, str], ...]
    value: Any


def elements_as_json() -> dict[str, list[dict[str, object]]]:
    """Fields of header, party and fact with their words, for scripts; ``agent.name`` is ``name`` inside ``agent``."""
    kinds = (KindSpec("header", _HEADER), KindSpec("party", _PARTY), KindSpec("fact", _FACT))
    return {kind.kind: [field_as_json(kind, spec) for spec in kind.fields] for kind in kinds}


def specs_of(agreement: Agreement, ref: str) -> tuple[FieldSpec, ...]:
    """The fields of an element."""
    if ref == HEADER:
        return _HEADER
    if PARTY_REF.fullmatch(ref):
        return _PARTY
    clause = agreement.clause(ref)
    return KINDS[clause.kind].fields if clause is not None else _FACT


def values_of(agreement: Agreement, ref: str) -> dict[str, Any]:
    """An element's values as its form shows them; KeyError for one that is not there."""
    element = plain(flatten(agreement)[ref])
    return {spec.name: _shown(spec, _inside(element, spec.name)) for spec in specs_of(agreement, ref)}


def _inside(element: Mapping[str, Any], name: str) -> Any:
    outer, _dot, inner = name.partition(".")
    value = element.get(outer)
    return value.get(inner) if inner and isinstance(value, Mapping) else (None if inner else value)


def _shown(spec: FieldSpec, value: Any) -> Any:
    if spec.name == "mediators":
        return "\n".join(value or [])
    if spec.type is FieldType.PARTIES:
        return list(value or [])
    if spec.type is FieldType.INSTALMENTS:
        return [(part["amount"], part["due"]) for part in value or []]
    if spec.type is FieldType.FLAG:
        return "yes" if value else ""
    return "" if value is None else str(value)


def read_form(form: MultiDict[str, str], agreement: Agreement, ref: str) -> dict[str, Any]:
    """What the form holds, in the shape of ``values_of``."""
    read: dict[str, Any] = {}
    for spec in specs_of(agreement, ref):
        name = f"f-{spec.name}"
        if spec.type is FieldType.PARTIES:
            read[spec.name] = form.getlist(name)
        elif spec.type is FieldType.INSTALMENTS:
            read[spec.name] = _rows(form, name)
        else:
            read[spec.name] = form.get(name, "").replace("\r\n", "\n")
    return read


def _rows(form: MultiDict[str, str], name: str) -> list[tuple[str, str]]:
    rows = [
        (form.get(f"{name}-amount-{at}", "").strip(), form.get(f"{name}-due-{at}", "").strip())
        for at in range(MOST_INSTALMENTS)
    ]
    return [row for row in rows if any(row)]


def changed(values: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """What of the form differs from what its writer saw, as ``set`` of a change."""
    differing = [name for name, value in values.items() if value != before.get(name)]
    made: dict[str, Any] = {}
    for name in differing:
        outer, _dot, inner = name.partition(".")
        if inner:
            made[outer] = _group(values, outer)
        elif name == "mediators":
            made[name] = [line.strip() for line in values[name].split("\n") if line.strip()]
        elif name == "instalments":
            made[name] = [{"amount": amount, "due": due} for amount, due in values[name]]
        else:
            made[name] = values[name] or None
    return made


def _group(values: Mapping[str, Any], outer: str) -> dict[str, str] | None:
    """A representative, an agent or the organisation; None for one without a name."""
    inside = {name.partition(".")[2]: value for name, value in values.items() if name.startswith(f"{outer}.")}
    return inside if inside.get("name", "").strip() else None


def fields_of(agreement: Agreement, ref: str, values: Mapping[str, Any]) -> list[FormField]:
    """The form's fields with these values."""
    group = {HEADER: "header"}.get(ref, "party" if PARTY_REF.fullmatch(ref) else "")
    clause = agreement.clause(ref)
    kind = clause.kind if clause is not None else group
    return [
        FormField(
            name=f"f-{spec.name}",
            type=spec.type.value,
            label=str(FIELD_WORDS[spec.name]),
            required=spec.required,
            limit=spec.limit,
            options=_options(agreement, ref, kind, spec),
            value=_padded(values[spec.name]) if spec.type is FieldType.INSTALMENTS else values[spec.name],
        )
        for spec in specs_of(agreement, ref)
    ]


def _padded(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [*rows, *[("", "")] * EXTRA_ROWS][:MOST_INSTALMENTS]


def _options(agreement: Agreement, ref: str, kind: str, spec: FieldSpec) -> tuple[tuple[str, str], ...]:
    if spec.type is FieldType.CHOICE:
        words = CHOICE_WORDS[f"{kind}.{spec.name}"]
        return tuple((choice, str(words[choice])) for choice in spec.choices)
    if spec.type in (FieldType.PARTY, FieldType.PARTIES):
        return tuple(
            (party.ref, f"{agreement.letter(party.ref)} {party.name}") for party in agreement.parties
        )
    if spec.type is FieldType.CLAUSE:
        return tuple(
            (clause.ref, f"{at}. {KIND_WORDS[clause.kind]}")
            for at, clause in enumerate(agreement.clauses, 1)
            if clause.ref != ref
        )
    return ()


def shown_value(agreement: Agreement, ref: str, name: str, value: Any) -> str:
    """A value of a change as people read it: for conflicts and comparisons."""
    if value is None or value == "":
        return "—"
    if isinstance(value, list):
        return "；".join(shown_value(agreement, ref, name, part) for part in value)
    if isinstance(value, Mapping):
        return " ".join(str(part) for part in value.values() if part)
    if isinstance(value, str) and PARTY_REF.fullmatch(value) and agreement.party(value):
        return agreement.letter(value)
    if isinstance(value, str) and CLAUSE_REF.fullmatch(value) and agreement.position(value):
        return f"{agreement.position(value)}."
    spec = (
        next((one for one in specs_of(agreement, ref) if one.name == name), None)
        if _there(agreement, ref)
        else None
    )
    if spec is not None and spec.type is FieldType.CHOICE:
        return next(
            (
                words
                for choice, words in _options(agreement, ref, _kind(agreement, ref), spec)
                if choice == value
            ),
            value,
        )
    return "✓" if value is True else str(value)


def _there(agreement: Agreement, ref: str) -> bool:
    return ref in flatten(agreement)


def _kind(agreement: Agreement, ref: str) -> str:
    clause = agreement.clause(ref)
    return clause.kind if clause is not None else ("header" if ref == HEADER else "party")
