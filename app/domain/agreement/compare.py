"""What differs between two states of an agreement: clauses, fields, and the characters inside a field. Pure."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from itertools import accumulate, zip_longest
from typing import Any

from app.domain.agreement.model import Agreement

MOST_MARKED = 90_000
"""Where the lengths of two pieces multiply to more than this, marking them takes too long."""
MOST_STEPS = 500_000
"""Steps of one comparison, some twenty milliseconds; what is left then counts as replaced."""
_PASSAGE = re.compile(r"[^，。；：、\n]*[，。；：、\n]|[^，。；：、\n]+")


@dataclass(frozen=True)
class Mark:
    """A piece of a text: ``same``, ``added`` or ``removed``."""

    kind: str
    text: str

    def as_json(self) -> dict[str, str]:
        """As pages receive it."""
        return {"kind": self.kind, "text": self.text}


@dataclass(frozen=True)
class FieldChange:
    """One field that differs; ``before`` and ``after`` as JSON values, None where it was not filled."""

    name: str
    before: Any
    after: Any
    marks: tuple[Mark, ...] = ()
    """For texts: the pieces in order."""

    def as_json(self) -> dict[str, Any]:
        """As pages receive it."""
        return {
            "name": self.name,
            "before": self.before,
            "after": self.after,
            "marks": [mark.as_json() for mark in self.marks],
        }


@dataclass(frozen=True)
class Difference:
    """One element: ``ref`` (``header``, ``p1``, ``f1``, ``c1``), what happened to it, and which fields.

    ``kind`` is added, removed, changed, moved or same. A moved element may have changed fields too.
    """

    ref: str
    kind: str
    fields: tuple[FieldChange, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As pages receive it."""
        return {"ref": self.ref, "kind": self.kind, "fields": [one.as_json() for one in self.fields]}


def compare(before: Agreement, after: Agreement) -> tuple[Difference, ...]:
    """Every element of both, in the order of ``after``, what was removed where it stood before."""
    old, new = elements(before), elements(after)
    moved = _moved(list(old), list(new))
    order = _merged(list(old), list(new))
    return tuple(_difference(ref, old.get(ref), new.get(ref), ref in moved) for ref in order)


def elements(agreement: Agreement) -> dict[str, dict[str, Any]]:
    """The agreement as flat elements by ref, in order; fields of a clause lie beside its kind."""
    whole = agreement.as_json()
    lists = ("parties", "facts", "clauses")
    header = {name: value for name, value in whole.items() if name not in (*lists, "format", "language")}
    flat = {"header": header}
    for element in (one for name in lists for one in whole[name]):
        fields = element.get("fields", {})
        rest = {name: value for name, value in element.items() if name not in ("ref", "fields")}
        flat[element["ref"]] = {**rest, **fields}
    return flat


def marks(before: str, after: str) -> tuple[Mark, ...]:
    """The pieces of two texts, character by character where that takes no long time, else passage by passage."""
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    fine = len(old) * len(new) <= MOST_MARKED
    middle = _marks(old, new) if fine else _marks(_PASSAGE.findall(old), _PASSAGE.findall(new))
    pieces = [Mark("same", before[:start]), *middle, Mark("same", before[len(before) - end :])]
    return tuple(piece for piece in pieces if piece.text)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many pieces two texts have in common at their beginning."""
    length = min(len(one), len(other))
    return next((at for at in range(length) if one[at] != other[at]), length)


class _Bounded(SequenceMatcher[str]):
    """difflib's search for equal runs, which stops looking once few pieces repeated many times have taken too long."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        super().__init__(None, old, new, autojunk=False)
        known = Counter(new)
        self._before = list(accumulate((known[piece] + 1 for piece in old), initial=0))
        self._left = MOST_STEPS

    def find_longest_match(
        self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None
    ) -> Match:
        """As difflib's. It looks at each pair of equal pieces of its range once."""
        self._left -= self._before[-1 if ahi is None else ahi] - self._before[alo]
        return Match(alo, blo, 0) if self._left < 0 else super().find_longest_match(alo, ahi, blo, bhi)


def lines(before: str, after: str) -> list[Mark]:
    """Two texts line by line; what only their middles have is compared, in bounded time."""
    old, new = before.splitlines(), after.splitlines()
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    found = [Mark("same", line) for line in old[:start]]
    middle, other = old[start : len(old) - end], new[start : len(new) - end]
    for tag, a, b, c, d in _Bounded(middle, other).get_opcodes():
        if tag == "equal":
            found += [Mark("same", line) for line in middle[a:b]]
        else:
            found += [Mark("removed", line) for line in middle[a:b]]
            found += [Mark("added", line) for line in other[c:d]]
    return found + [Mark("same", line) for line in old[len(old) - end :]]


def _marks(old: Sequence[str], new: Sequence[str]) -> list[Mark]:
    if len(old) * len(new) > MOST_MARKED:
        return [Mark("removed", "".join(old)), Mark("added", "".join(new))]
    pieces: list[Mark] = []
    for tag, a, b, c, d in _Bounded(old, new).get_opcodes():
        if tag == "equal":
            pieces.append(Mark("same", "".join(old[a:b])))
        else:
            pieces += [Mark("removed", "".join(old[a:b])), Mark("added", "".join(new[c:d]))]
    return pieces


def _difference(
    ref: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, moved: bool
) -> Difference:
    fields = _fields(old or {}, new or {})
    if old is None:
        return Difference(ref, "added", fields)
    if new is None:
        return Difference(ref, "removed", fields)
    if moved:
        return Difference(ref, "moved", fields)
    return Difference(ref, "changed" if fields else "same", fields)


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    names = dict.fromkeys([*old, *new])
    changes = []
    for name in names:
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        texts = isinstance(before, str | None) and isinstance(after, str | None)
        changes.append(FieldChange(name, before, after, marks(before or "", after or "") if texts else ()))
    return tuple(changes)


def _moved(old: list[str], new: list[str]) -> set[str]:
    """Refs that both have but at another place among those that both have: the fewest that explain the order."""
    common = [ref for ref in new if ref in set(old)]
    before = [ref for ref in old if ref in set(new)]
    stays = {
        ref
        for block in SequenceMatcher(None, before, common, autojunk=False).get_matching_blocks()
        for ref in common[block.b : block.b + block.size]
    }
    return set(common) - stays


def _merged(old: list[str], new: list[str]) -> list[str]:
    """``new`` with what is only in ``old`` put behind what it stood behind."""
    order = list(new)
    for behind, ref in zip_longest([None, *old[:-1]], old):
        if ref is not None and ref not in order:
            order.insert(order.index(behind) + 1 if behind in order else 0, ref)
    return order
