"""The terms of a settlement, read from a form and checked; the canonical form of its text. Not signatures.

Every duty says who, what, how much, by when and how (民诉法解释 358: what is not clear is dismissed).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain.agreement.text import clean
from app.domain.draft_checks import check_wording
from app.domain.errors import InvalidForm
from app.domain.money import figures, parse_amount

DUTY_KINDS = ("cease", "destroy", "pay", "licence", "withdraw", "apologise", "other")
SIDES = ("claimant", "respondent", "both")
LICENCE_KINDS = ("exclusive", "sole", "ordinary")
COSTS = ("free", "claimant", "respondent", "shared")
MOST_DUTIES = 12
LONG, SHORT = 4000, 300
BLANK = "（待填）"
"""What a template shows where the case says nothing; an agreement must not keep it."""
_LICENCE_FIELDS = ("subject", "scope", "territory", "from", "until")


@dataclass(frozen=True)
class Duty:
    """One duty: ``amount`` is ``120,000.00`` yuan for payments, else empty; ``due`` is an ISO date."""

    who: str
    kind: str
    what: str
    amount: str
    due: str
    manner: str


@dataclass(frozen=True)
class Licence:
    """A licence: its kind (独占、排他、普通), subject, scope of use, territory and term (ISO dates)."""

    kind: str
    subject: str
    scope: str
    territory: str
    start: str
    end: str


@dataclass(frozen=True)
class Terms:
    """Checked terms of one version."""

    template: str
    recital: str
    duties: tuple[Duty, ...]
    licence: Licence | None
    costs: str
    confidential: bool
    breach: str
    other: str

    def as_json(self) -> dict[str, Any]:
        """Machine-readable terms for the statement."""
        return {
            "template": self.template,
            "recital": self.recital,
            "duties": [vars(duty) for duty in self.duties],
            "licence": vars(self.licence) if self.licence else None,
            "costs": self.costs,
            "confidential": self.confidential,
            "breach": self.breach,
            "other": self.other,
        }


def parse_terms(template: str, form: Mapping[str, str], today: date) -> Terms:
    """Terms from form fields (duties as ``duty-0-what`` …); InvalidForm names every problem by field.

    A duty without ``what`` is left out. ``today`` is the day in Beijing: nothing is due before it.
    """
    values = {name: clean(value) for name, value in form.items()}
    problems: dict[str, str] = {}
    numbers = [n for n in range(MOST_DUTIES) if values.get(f"duty-{n}-what")]
    duties = tuple(_duty(values, number, today, problems) for number in numbers)
    if not duties:
        problems["duty-0-what"] = "missing"
    licence = _licence(values, problems) if values.get("licence-scope") else None
    if values.get("costs") not in COSTS:
        problems["costs"] = "missing"
    _check_texts(values, numbers, problems)
    if problems:
        raise InvalidForm(problems)
    return Terms(
        template=template,
        recital=values["recital"],
        duties=duties,
        licence=licence,
        costs=values["costs"],
        confidential=values.get("confidential") == "yes",
        breach=values.get("breach", ""),
        other=values.get("other", ""),
    )


def to_form(terms: Mapping[str, Any]) -> dict[str, str]:
    """Form fields that give these machine-readable terms again; a revision starts from them."""
    form = {name: terms[name] for name in ("recital", "costs", "breach", "other")}
    form["confidential"] = "yes" if terms["confidential"] else ""
    for number, duty in enumerate(terms["duties"]):
        form |= {f"duty-{number}-{name}": value for name, value in duty.items()}
    if terms["licence"]:
        names = {"start": "from", "end": "until"}
        form |= {f"licence-{names.get(name, name)}": value for name, value in terms["licence"].items()}
    return form


def _duty(values: dict[str, str], number: int, today: date, problems: dict[str, str]) -> Duty:
    def value(name: str) -> str:
        return values.get(f"duty-{number}-{name}", "")

    def problem(name: str, code: str) -> None:
        problems[f"duty-{number}-{name}"] = code

    if value("who") not in SIDES:
        problem("who", "missing")
    if value("kind") not in DUTY_KINDS:
        problem("kind", "missing")
    amount = parse_amount(value("amount")) if value("amount") else None
    if value("kind") == "pay" and value("who") == "both":
        problem("who", "one_payer")
    if value("kind") == "pay" and amount is None:
        problem("amount", "amount")
    due = _day(value("due"))
    if due is None:
        problem("due", "date")
    elif due < today:
        problem("due", "past")
    if not value("manner"):
        problem("manner", "missing")
    paid = figures(amount) if amount is not None and value("kind") == "pay" else ""
    return Duty(value("who"), value("kind"), value("what"), paid, value("due"), value("manner"))


def _licence(values: dict[str, str], problems: dict[str, str]) -> Licence:
    if values.get("licence-kind") not in LICENCE_KINDS:
        problems["licence-kind"] = "missing"
    for name in _LICENCE_FIELDS:
        if not values.get(f"licence-{name}"):
            problems[f"licence-{name}"] = "missing"
    start, end = _day(values.get("licence-from", "")), _day(values.get("licence-until", ""))
    if start is None:
        problems["licence-from"] = "date"
    if end is None or (start is not None and end <= start):
        problems["licence-until"] = "date"
    fields = [values.get(f"licence-{name}", "") for name in ("kind", *_LICENCE_FIELDS)]
    return Licence(*fields)


def _check_texts(values: dict[str, str], numbers: list[int], problems: dict[str, str]) -> None:
    duties = [f"duty-{number}-{name}" for number in numbers for name in ("what", "manner")]
    texts = ["recital", "breach", "other", "licence-subject", "licence-scope", "licence-territory", *duties]
    if not values.get("recital"):
        problems["recital"] = "missing"
    for name in texts:
        value = values.get(name, "")
        limit = LONG if name in ("recital", "breach", "other") or name.endswith("what") else SHORT
        if len(value) > limit:
            problems[name] = "too_long"
        if BLANK in value:
            problems[name] = "blank"
        found = check_wording(value)
        if found:
            problems[name] = found[0].code


def _day(text: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
