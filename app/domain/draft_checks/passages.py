"""The texts of an agreement as the rules read them: folded, cut into sentences, with the way back to each character.

Folding is for reading only: full-width letters and digits become plain, blanks and hidden characters fall out.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.agreement.kinds import KINDS, FieldType
from app.domain.agreement.model import Agreement, Clause
from app.domain.draft_checks.model import Found

_FOLDED = str.maketrans(
    {
        chr(code): chr(code - 0xFEE0)
        for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
    }
    | dict(zip("％（）：﹪￥", "%():%¥", strict=True))
)
_DROPPED = re.compile(
    r"[ \t\u3000\u00a0]|[^\n\u0021-\u007e\u00a1-\u02ff\u0370-\u052f\u3001-\u30ff\u4e00-\u9fff\uff01-\uff5e]"
)
_ENDS = re.compile(r"[。；！？;!?\n]")
_QUOTED = frozenset({("apology", "text"), ("no_admission", "except")})
"""Fields whose text is only quoted or states something: no duty is in them."""
_SENTENCE = 1000
"""Longer sentences are read in pieces of this length, so that time grows with the length of the text only."""


@dataclass(frozen=True)
class Sentence:
    """A sentence of a passage; ``start`` counts folded characters."""

    start: int
    text: str


@dataclass(frozen=True)
class Passage:
    """One text of the agreement: of a clause's field, of an agreed fact, or the description of the dispute.

    ``free`` is a text that stands alone as a clause, so that it must itself say who, what and by when.
    """

    ref: str
    field: str | None
    kind: str
    text: str
    folded: str
    places: tuple[int, ...] | None
    sentences: tuple[Sentence, ...]
    duty: bool
    free: bool

    def found(self, start: int, end: int, sentence: Sentence | None = None, **values: str) -> Found:
        """A finding at these folded characters, told in characters of the text itself."""
        first, last = self._place(start), self._place(max(start, end - 1)) + 1
        return Found(
            self.ref,
            self.field,
            first,
            last,
            self.text[first:last],
            -1 if sentence is None else sentence.start,
            values,
        )

    def whole(self, **values: str) -> Found:
        """A finding about the whole text."""
        return Found(self.ref, self.field, 0, len(self.text), self.text, values=values)

    def _place(self, at: int) -> int:
        return at if self.places is None else self.places[at]


def passages(agreement: Agreement) -> tuple[Passage, ...]:
    """Every text of the agreement, in its order."""
    return tuple(_passages(agreement))


def _passages(agreement: Agreement) -> Iterator[Passage]:
    if agreement.dispute:
        yield read("dispute", None, "dispute", agreement.dispute, duty=False)
    for fact in agreement.facts:
        yield read(fact.ref, "text", "fact", fact.text, duty=False)
    for clause in agreement.clauses:
        for name, text in texts(clause):
            duty = (clause.kind, name) not in _QUOTED
            yield read(
                clause.ref, name, clause.kind, text, duty, free=clause.kind == "other" and name == "text"
            )


def texts(clause: Clause) -> Iterator[tuple[str, str]]:
    """The clause's texts by field."""
    for spec in KINDS[clause.kind].fields:
        value = clause.fields.get(spec.name)
        if spec.type in (FieldType.TEXT, FieldType.LINE) and isinstance(value, str):
            yield spec.name, value


def read(ref: str, field: str | None, kind: str, text: str, duty: bool = True, free: bool = False) -> Passage:
    """One text made ready for the rules."""
    folded, places = fold(text)
    return Passage(ref, field, kind, text, folded, places, tuple(_sentences(folded)), duty, free)


def fold(text: str) -> tuple[str, tuple[int, ...] | None]:
    """The folded text and where each of its characters stands in the text; None if each stands at its own place."""
    plain = text.translate(_FOLDED)
    if not _DROPPED.search(plain):
        return plain, None
    dropped = {char for char in set(plain) if _falls_out(char)}
    kept = [at for at, char in enumerate(plain) if char not in dropped]
    return "".join(plain[at] for at in kept), tuple(kept)


def _falls_out(char: str) -> bool:
    if not _DROPPED.match(char):
        return False
    return char in " \t\u3000\u00a0" or unicodedata.category(char) in ("Cc", "Cf", "Zs", "Mn")


def _sentences(folded: str) -> Iterator[Sentence]:
    start = 0
    for end in [*(match.start() for match in _ENDS.finditer(folded)), len(folded)]:
        for at in range(start, end, _SENTENCE):
            yield Sentence(at, folded[at : min(end, at + _SENTENCE)])
        start = end + 1
