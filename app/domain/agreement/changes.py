"""Changes to a draft: read from JSON, applied, kept as patches that can be undone, compared for conflicts. Pure.

A draft is seen as flat elements: ``header``, one per party (``p1``), fact (``f1``) and clause (``c1``), and three orders.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.domain.agreement.kinds import CLAUSE_REF, FACT_REF, KINDS, PARTY_REF
from app.domain.agreement.model import FORMAT, Agreement
from app.domain.agreement.reading import adopt
from app.domain.errors import DomainError, ErrorKind, InvalidForm

HEADER = "header"
HEADER_FIELDS = ("track", "title", "dispute", "organisation", "mediators")
PARTY_FIELDS = ("kind", "name", "id_number", "address", "contact", "representative", "agent")
LISTS = ("parties", "facts", "clauses")
Flat = dict[str, Any]
Patch = dict[str, list[Any]]
"""``{key: [before, after]}`` of every element that differs; None where there is none."""


class Op(StrEnum):
    """What a change does."""

    EDIT = "edit"
    """``target``, ``set``: fields of the header, a party, a fact or a clause; null empties a field."""
    ADD = "add"
    """``clause`` or ``fact`` (without ref), ``after``: ref to stand behind, null for the beginning, absent for the end."""
    REMOVE = "remove"
    """``target``: a clause or fact."""
    MOVE = "move"
    """``target``, ``after``."""
    RESTORE = "restore"
    """``revision``: everything as it was then."""


_KEYS = {
    Op.EDIT: {"op", "target", "set"},
    Op.ADD: {"op", "clause", "fact", "after"},
    Op.REMOVE: {"op", "target"},
    Op.MOVE: {"op", "target", "after"},
    Op.RESTORE: {"op", "revision"},
}


@dataclass(frozen=True)
class Numbers:
    """The highest numbers that clauses and facts of this draft ever had; refs are not used twice."""

    clauses: int = 0
    facts: int = 0


@dataclass(frozen=True)
class Applied:
    """A draft after a change; ``target`` is the element that was meant (a new one's ref), None for all of it."""

    agreement: Agreement
    numbers: Numbers
    target: str | None


def read_op(given: object) -> dict[str, Any]:
    """A change as JSON holds it, its form checked; InvalidForm otherwise. Values are checked when it is applied."""
    if not isinstance(given, Mapping) or given.get("op") not in tuple(Op):
        raise InvalidForm({"op": "unknown"})
    op = Op(given["op"])
    extra = set(given) - _KEYS[op]
    if extra:
        raise InvalidForm({"op": "unknown"})
    if op in (Op.EDIT, Op.REMOVE, Op.MOVE) and not isinstance(given.get("target"), str):
        raise InvalidForm({"target": "missing"})
    if op is Op.EDIT and not (isinstance(given.get("set"), Mapping) and given["set"]):
        raise InvalidForm({"set": "missing"})
    if op is Op.ADD and ("clause" in given) == ("fact" in given):
        raise InvalidForm({"clause": "missing"})
    if op is Op.RESTORE and (not isinstance(given.get("revision"), int) or given["revision"] is True):
        raise InvalidForm({"revision": "missing"})
    if not isinstance(given.get("after"), str | None):
        raise InvalidForm({"after": "unknown"})
    return dict(given)


def apply(agreement: Agreement, numbers: Numbers, op: Mapping[str, Any]) -> Applied:
    """The draft after a change (not for ``restore``); NOT_FOUND for an element that is not there, InvalidForm."""
    flat = flatten(agreement)
    kind = Op(op["op"])
    if kind is Op.EDIT:
        _edit(flat, op["target"], op["set"])
        return Applied(adopt(unflatten(flat)), numbers, op["target"])
    if kind is Op.ADD:
        return _add(flat, numbers, op)
    name = _list_of(op["target"])
    if op["target"] not in flat[name]:
        raise DomainError(ErrorKind.NOT_FOUND, "target")
    order = [ref for ref in flat[name] if ref != op["target"]]
    if kind is Op.MOVE:
        _insert(order, op["target"], op)
    else:
        del flat[op["target"]]
    return Applied(adopt(unflatten(flat | {name: order})), numbers, op["target"])


def _edit(flat: Flat, target: str, given: Mapping[str, Any]) -> None:
    if target not in flat or target in LISTS:
        raise DomainError(ErrorKind.NOT_FOUND, "target")
    element = dict(flat[target])
    allowed = _editable(target, element)
    unknown = sorted(str(name)[:40] for name in set(given) - set(allowed))
    if unknown:
        raise InvalidForm({f"{target}.{name}": "unknown" for name in unknown})
    if CLAUSE_REF.fullmatch(target):
        element["fields"] = {**element["fields"], **given}
    else:
        element |= given
    flat[target] = element


def _editable(target: str, element: Mapping[str, Any]) -> tuple[str, ...]:
    if target == HEADER:
        return HEADER_FIELDS
    if PARTY_REF.fullmatch(target):
        return PARTY_FIELDS
    if FACT_REF.fullmatch(target):
        return ("text",)
    return tuple(spec.name for spec in KINDS[element["kind"]].fields)


def _add(flat: Flat, numbers: Numbers, op: Mapping[str, Any]) -> Applied:
    name = "clauses" if "clause" in op else "facts"
    given = op["clause"] if name == "clauses" else op["fact"]
    if not isinstance(given, Mapping):
        raise InvalidForm({name.removesuffix("s"): "type"})
    if name == "clauses":
        numbers = Numbers(numbers.clauses + 1, numbers.facts)
        ref = f"c{numbers.clauses}"
        element: dict[str, Any] = {"fields": {}, "library": None, **given, "ref": ref}
    else:
        numbers = Numbers(numbers.clauses, numbers.facts + 1)
        ref = f"f{numbers.facts}"
        element = {**given, "ref": ref}
    order = list(flat[name])
    _insert(order, ref, op)
    made = unflatten(flat | {name: order, ref: element})
    return Applied(adopt(made), numbers, ref)


def _insert(order: list[str], ref: str, op: Mapping[str, Any]) -> None:
    """Behind ``after``; where that has gone meanwhile, at the end."""
    after = op.get("after")
    if "after" in op and after is None:
        order.insert(0, ref)
    else:
        order.insert(order.index(after) + 1 if after in order else len(order), ref)


def _list_of(target: str) -> str:
    if CLAUSE_REF.fullmatch(target):
        return "clauses"
    if FACT_REF.fullmatch(target):
        return "facts"
    raise DomainError(ErrorKind.NOT_FOUND, "target")


def flatten(agreement: Agreement) -> Flat:
    """The draft as flat elements in JSON, with their orders under ``parties``, ``facts`` and ``clauses``."""
    whole = agreement.as_json()
    elements = {element["ref"]: element for name in LISTS for element in whole[name]}
    orders = {name: [element["ref"] for element in whole[name]] for name in LISTS}
    header = {name: value for name, value in whole.items() if name not in (*LISTS, "format", "language")}
    return {HEADER: header, **elements, **orders}


def unflatten(flat: Mapping[str, Any]) -> dict[str, Any]:
    """The agreement's JSON from flat elements."""
    lists = {name: [flat[ref] for ref in flat[name]] for name in LISTS}
    return {"format": FORMAT, "language": "zh", **flat[HEADER], **lists}


def patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> Patch:
    """What differs between two flat drafts."""
    keys = dict.fromkeys([*before, *after])
    return {key: [before.get(key), after.get(key)] for key in keys if before.get(key) != after.get(key)}


def undo(flat: Mapping[str, Any], done: Patch) -> Flat:
    """The flat draft before a patch."""
    restored = {**flat, **{key: before for key, (before, _after) in done.items()}}
    return {key: value for key, value in restored.items() if value is not None}


def touched(done: Patch) -> list[str]:
    """What a patch changed: ``c3.amount`` for a field, ``c3`` for an element that came or went, ``clauses`` for an order."""
    names: list[str] = []
    for key, (before, after) in done.items():
        if key in LISTS or before is None or after is None:
            names.append(key)
            continue
        old, new = plain(before), plain(after)
        names += [f"{key}.{name}" for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]
    return names


def plain(element: Mapping[str, Any]) -> dict[str, Any]:
    """An element with the fields of its clause beside its kind."""
    return {
        **{name: value for name, value in element.items() if name != "fields"},
        **element.get("fields", {}),
    }


def clashes(op: Mapping[str, Any], since: Collection[str]) -> list[str]:
    """Of what was touched since the change's base, that which the change touches too: refs and ``ref.field``."""
    kind = Op(op["op"])
    if kind is Op.RESTORE:
        return sorted(since)
    if kind is Op.ADD:
        return []
    target = op["target"]
    if kind is Op.MOVE:
        return [target] if target in since else []
    if kind is Op.REMOVE:
        return [name for name in since if name == target or name.startswith(f"{target}.")]
    wanted = {target, *(f"{target}.{name}" for name in op["set"])}
    return [name for name in since if name in wanted]
