"""What the draft checker speaks of: rules, wordings, hits, what it knows of the case. Finding hits is in ``engine``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made
from datetime import date
from enum import StrEnum

from app.domain.rights import RightKind


class Severity(StrEnum):
    """How much a hit weighs: a court would probably refuse, somebody should look, good to know."""

    REFUSE = "refuse"
    WARN = "warn"
    HINT = "hint"


@dataclass(frozen=True)
class CaseFacts:
    """What the case knows beside the agreement: ``today`` in Beijing, the right, its last day if known."""

    today: date
    right: RightKind | None = None
    right_expires: date | None = None


@dataclass(frozen=True)
class Wording:
    """A wording that a rule looks for, inside one sentence.

    ``unless`` anywhere in the sentence, or ``before`` in what stands before the match, make it harmless. A passage without
    one of the words of ``needs`` is not searched.
    """

    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    before: re.Pattern[str] | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One rule as data. A hit of ``yields_to`` in the same sentence says the same better and hides this one.

    ``certain`` is False where number or text of the article must still be compared with the source. ``duties_only`` leaves
    out agreed facts, the description of the dispute and texts that are only quoted. ``tracks`` limits it to tracks.
    """

    code: str
    severity: Severity
    source: str
    since: date
    wordings: tuple[Wording, ...] = ()
    predicate: str = ""
    certain: bool = True
    duties_only: bool = False
    tracks: frozenset[str] = frozenset()
    yields_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hit:
    """A finding: where (``ref`` of a clause, party or fact, ``dispute``, or None for the whole; ``start`` and ``end`` are
    characters of the field's text, both 0 where it is not about words), and why. ``values`` fill the explanation."""

    rule: str
    severity: Severity
    ref: str | None
    field: str | None
    start: int
    end: int
    excerpt: str
    source: str
    since: date
    certain: bool
    values: Mapping[str, str] = made(default_factory=dict)

    @property
    def clause(self) -> str | None:
        """The clause's ref, or None where the hit is about something else."""
        return self.ref if self.ref and re.fullmatch(r"c\d+", self.ref) else None


@dataclass(frozen=True)
class Found:
    """A finding before its rule's data are added; ``sentence`` tells apart sentences of one field, -1 without words."""

    ref: str | None
    field: str | None
    start: int = 0
    end: int = 0
    excerpt: str = ""
    sentence: int = -1
    values: Mapping[str, str] = made(default_factory=dict)


def wording(pattern: str, unless: str = "", before: str = "", needs: str = "") -> Wording:
    """A wording from its regular expressions; ``needs`` is a list of words divided by blanks."""
    return Wording(
        re.compile(pattern),
        re.compile(unless) if unless else None,
        re.compile(before) if before else None,
        tuple(needs.split()),
    )
