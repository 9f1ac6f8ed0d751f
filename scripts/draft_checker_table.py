#!/usr/bin/env python3
"""Measures the draft checker on the labelled clauses and writes the tables of docs/draft-checker.md.
Run as ``python -m scripts.draft_checker_table [--check]`` after a change of a rule; ``--check`` changes nothing."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from app.domain.agreement.kinds import Instalment
from app.domain.agreement.model import (
    Agent,
    Agreement,
    Clause,
    Fact,
    Organisation,
    Party,
    Representative,
    Track,
)
from app.domain.draft_checks import RULES, CaseFacts, Hit, check
from app.domain.rights import RightKind

ROOT = Path(__file__).resolve().parent.parent
CLAUSES = ROOT / "tests" / "unit" / "domain" / "draft_checks" / "clauses.json"
DOCUMENT = ROOT / "docs" / "draft-checker.md"
TODAY = date(2026, 11, 23)
PARTS = {
    "development": "0.963 / 0.994",
    "held-out": "0.963 / 0.990",
    "plain development": "",
    "plain held-out": "0.833 / 0.098",
    "later development": "",
    "later held-out": "0.733 / 0.282",
    "last": "0.850 / 0.708",
}
"""Parts of the labelled set with precision and recall of the first run, for both halves of a pair together."""
FORMAL = ("development", "held-out")
_PARTIES: tuple[dict[str, Any], ...] = (
    {
        "ref": "p1",
        "side": "claimant",
        "kind": "organisation",
        "name": "北京华彩文化传媒有限公司",
        "id_number": "91110108MA01ABCD1E",
        "address": "北京市海淀区中关村大街1号",
    },
    {
        "ref": "p2",
        "side": "respondent",
        "kind": "organisation",
        "name": "上海云帆网络科技有限公司",
        "id_number": "91310115MA1K3XYT7N",
        "address": "上海市浦东新区世纪大道100号",
    },
)


@dataclass(frozen=True)
class Label:
    """A hit that an item must have: the rule, and where, as far as the label says."""

    rule: str
    ref: str | None
    field: str | None


@dataclass(frozen=True)
class Item:
    """One labelled clause or small agreement. ``near`` are rules that it comes near and must not have."""

    id: str
    part: str
    note: str
    labels: tuple[Label, ...]
    near: tuple[str, ...]
    agreement: Agreement
    case: CaseFacts
    hits: tuple[Hit, ...]


@dataclass
class Measure:
    """Counts of (item, rule) pairs; ``placed`` of the right ones those at the labelled clause and field."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    placed: int = 0

    def precision(self, rule: str | None = None) -> float:
        """Right among found; 1 where nothing was found."""
        return _ratio(_count(self.right, rule), _count(self.wrong, rule))

    def recall(self, rule: str | None = None) -> float:
        """Right among labelled; 1 where nothing is labelled."""
        return _ratio(_count(self.right, rule), _count(self.missed, rule))


def _count(counted: Counter[str], rule: str | None) -> int:
    return counted.total() if rule is None else counted[rule]


def _ratio(right: int, not_right: int) -> float:
    return right / (right + not_right) if right + not_right else 1.0


@cache
def items() -> tuple[Item, ...]:
    """The labelled set with the checker's hits."""
    return tuple(_item(row) for row in json.loads(CLAUSES.read_text("utf-8")))


def _item(row: Mapping[str, Any]) -> Item:
    known = row.get("case", {})
    expires = known.get("right_expires")
    right = RightKind(known.get("right", "trademark"))
    case = CaseFacts(TODAY, right, date.fromisoformat(expires) if expires else None)
    agreement = agreement_of(row)
    labels = tuple(Label(**label) for label in row["labels"])
    near = tuple(row.get("near", ()))
    return Item(row["id"], row["part"], row["note"], labels, near, agreement, case, check(agreement, case))


def agreement_of(row: Mapping[str, Any]) -> Agreement:
    """The agreement that a row describes: a text alone, or clauses, with parties changed or added."""
    texts = [Clause("c1", "other", {"text": row["text"]})] if "text" in row else []
    clauses = [Clause(one["ref"], one["kind"], _fields(one["fields"])) for one in row.get("clauses", ())]
    return Agreement(
        track=Track(row.get("track", "people")),
        title="调解协议书",
        number="HZ2026-00001",
        dispute="双方因商标使用发生争议。",
        organisation=Organisation("北京知识产权纠纷人民调解委员会"),
        mediators=("陈调解",),
        parties=tuple(_parties(row)),
        facts=tuple(Fact(f"f{number}", text) for number, text in enumerate(row.get("facts", ()), 1)),
        clauses=(*texts, *clauses),
    )


def _fields(given: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in given.items():
        if name == "instalments":
            made[name] = tuple(Instalment(**part) for part in value)
        else:
            made[name] = tuple(value) if isinstance(value, list) else value
    return made


def _parties(row: Mapping[str, Any]) -> Iterable[Party]:
    more = [{"ref": f"p{number}", **one} for number, one in enumerate(row.get("parties_extra", ()), 3)]
    for party in (*_PARTIES, *more):
        made = {**party, **row.get("parties_change", {}).get(party["ref"], {})}
        for name, kind in (("agent", Agent), ("representative", Representative)):
            if made.get(name):
                made[name] = kind(**made[name])
        yield Party(**made)


def measure(chosen: Iterable[Item]) -> Measure:
    """The checker's hits against the labels."""
    made = Measure()
    for item in chosen:
        found, wanted = {hit.rule for hit in item.hits}, {label.rule for label in item.labels}
        made.right.update(found & wanted)
        made.wrong.update(found - wanted)
        made.missed.update(wanted - found)
        made.placed += sum(
            is_placed(item.hits, [one for one in item.labels if one.rule == rule]) for rule in found & wanted
        )
    return made


def is_placed(hits: Iterable[Hit], labels: list[Label]) -> bool:
    """Whether for every label there is a hit at its clause and field."""
    at = {(hit.rule, hit.ref, hit.field) for hit in hits} | {(hit.rule, hit.ref, None) for hit in hits}
    return all((label.rule, label.ref, label.field) in at for label in labels)


def tables() -> dict[str, str]:
    """The tables of the document by their marks."""
    all_items = items()
    return {"parts": _parts(all_items), "rules": _rules(all_items)}


def _parts(all_items: tuple[Item, ...]) -> str:
    lines = [
        "| part | items | without a fault | labels | found | in the right place | first run: precision / recall "
        "| precision now | recall now |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for part, first in PARTS.items():
        chosen = [item for item in all_items if item.part == part]
        made = measure(chosen)
        right, labels = made.right.total(), made.right.total() + made.missed.total()
        good = sum(not item.labels for item in chosen)
        lines.append(
            f"| {part} | {len(chosen)} | {good} | {labels} | {right} | {made.placed} | {first} | {made.precision():.3f} "
            f"| {made.recall():.3f} |"
        )
    return "\n".join(lines)


def _rules(all_items: tuple[Item, ...]) -> str:
    formal = [item for item in all_items if item.part in FORMAL]
    made, others = measure(formal), measure(item for item in all_items if item.part not in FORMAL)
    lines = [
        "| rule | weight | source | number certain | faulty | near misses | precision | recall | in other words |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for rule in RULES:
        faulty = made.right[rule.code] + made.missed[rule.code]
        near = sum(rule.code in item.near for item in formal)
        said = others.right[rule.code] + others.missed[rule.code]
        found = f"{others.right[rule.code]} of {said}" if said else ""
        lines.append(
            f"| `{rule.code}` | {rule.severity.value} | {rule.source} | {'yes' if rule.certain else 'no'} | {faulty} "
            f"| {near} | {made.precision(rule.code):.2f} | {made.recall(rule.code):.2f} | {found} |"
        )
    return "\n".join(lines)


def build(document: str) -> str:
    """The document with its tables drawn anew; ValueError where a table has no place in it."""
    for mark, table in tables().items():
        pattern = re.compile(rf"(<!-- {mark} -->\n).*?(\n<!-- end -->)", re.DOTALL)
        document, count = pattern.subn(
            lambda match, table=table: match.group(1) + table + match.group(2), document
        )
        if count != 1:
            raise ValueError(f"no place for the table {mark}")
    return document


def main() -> int:
    """Write the tables and print the figures, or compare with ``--check``; 1 when they differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing")
    document = DOCUMENT.read_text("utf-8")
    made = build(document)
    if parser.parse_args().check:
        return 0 if made == document else 1
    DOCUMENT.write_text(made, "utf-8")
    sys.stdout.write(tables()["parts"] + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
