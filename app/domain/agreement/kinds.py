"""The kinds of clauses and their fields, as data, and how one field's value is read. No wording.

Every duty says who, what, how much, by when and how (民诉法解释 358: what is not clear is dismissed).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from app.domain.agreement.text import clean, clean_line
from app.domain.money import parse_amount

LONG, SHORT = 4000, 300
MOST_INSTALMENTS = 60
MOST_PARTIES = 12
EARLIEST, LATEST = date(1990, 1, 1), date(2199, 12, 31)
PARTY_REF = re.compile(r"p[1-9]\d{0,3}", re.ASCII)
CLAUSE_REF = re.compile(r"c[1-9]\d{0,3}", re.ASCII)
FACT_REF = re.compile(r"f[1-9]\d{0,3}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class FieldType(StrEnum):
    """What a field holds, and how JSON carries it (all texts are strings)."""

    LINE = "line"
    """One line of text."""
    TEXT = "text"
    """Text of several lines."""
    CHOICE = "choice"
    """One of ``choices``."""
    PARTY = "party"
    """Ref of one party."""
    PARTIES = "parties"
    """List of refs of parties, each once."""
    AMOUNT = "amount"
    """Yuan as ``60000.00``."""
    DATE = "date"
    """ISO date, a day in Beijing."""
    DAYS = "days"
    """Whole number of days, an integer."""
    RATE = "rate"
    """Ten-thousandths per day as a decimal (``5`` is 每日万分之五)."""
    INSTALMENTS = "instalments"
    """List of ``{"amount", "due"}``."""
    CLAUSE = "clause"
    """Ref of another clause."""
    FLAG = "flag"
    """True, or absent."""


@dataclass(frozen=True)
class FieldSpec:
    """One field of a clause; ``required`` is asked for when the agreement is proposed, not while it is drafted."""

    name: str
    type: FieldType
    required: bool = False
    choices: tuple[str, ...] = ()
    limit: int = SHORT


@dataclass(frozen=True)
class Instalment:
    """One part of a payment: ``amount`` as ``60000.00``, ``due`` as ISO date; either may still be empty."""

    amount: str = ""
    due: str = ""


Value = str | int | bool | tuple[str, ...] | tuple[Instalment, ...]
Fields = Mapping[str, Value]


@dataclass(frozen=True)
class KindSpec:
    """A kind of clause. Of each group in ``one_of`` at least one field must be filled."""

    kind: str
    fields: tuple[FieldSpec, ...]
    one_of: tuple[tuple[str, ...], ...] = ()

    def field(self, name: str) -> FieldSpec | None:
        """The field of this name, or None."""
        return next((spec for spec in self.fields if spec.name == name), None)

    def missing(self, fields: Fields) -> tuple[str, ...]:
        """Fields that must still be filled; of a group that is empty, its first."""
        empty = tuple(spec.name for spec in self.fields if spec.required and spec.name not in fields)
        return empty + tuple(group[0] for group in self.one_of if not any(name in fields for name in group))


def _who(name: str = "who") -> FieldSpec:
    return FieldSpec(name, FieldType.PARTIES, required=True)


def _text(name: str, required: bool = False) -> FieldSpec:
    return FieldSpec(name, FieldType.TEXT, required, limit=LONG)


def _line(name: str, required: bool = False) -> FieldSpec:
    return FieldSpec(name, FieldType.LINE, required)


def _of(name: str, type_: FieldType, required: bool = False) -> FieldSpec:
    return FieldSpec(name, type_, required)


def _choice(name: str, *choices: str, required: bool = True) -> FieldSpec:
    return FieldSpec(name, FieldType.CHOICE, required, choices)


_BY = FieldSpec("by", FieldType.DATE, required=True)
_WHAT = _text("what", required=True)
_HOW = _text("manner", required=True)
_HOW_IF = _text("manner")

KINDS: dict[str, KindSpec] = {
    spec.kind: spec
    for spec in (
        KindSpec("cease", (_who(), _WHAT, _text("scope"), _BY, _HOW)),
        KindSpec("destroy", (_who(), _WHAT, _line("quantity"), _BY, _HOW, _text("evidence"))),
        KindSpec(
            "payment",
            (
                _who("payer"),
                _choice("liability", "joint", "equal", required=False),
                _of("payee", FieldType.PARTY, required=True),
                _line("purpose", required=True),
                _of("amount", FieldType.AMOUNT, required=True),
                _choice("currency", "CNY"),
                _of("due", FieldType.DATE),
                _of("instalments", FieldType.INSTALMENTS),
                _choice("method", "transfer", "platform", "escrow", "cash", "other"),
                _line("account_holder"),
                _line("bank"),
                _line("account_number"),
                _HOW_IF,
                _of("late_rate", FieldType.RATE),
                _of("accelerate", FieldType.FLAG),
            ),
            one_of=(("due", "instalments"),),
        ),
        KindSpec(
            "licence",
            (
                _who("licensor"),
                _who("licensee"),
                _text("right", required=True),
                _choice("type", "exclusive", "sole", "ordinary"),
                _text("scope", required=True),
                _line("territory", required=True),
                _of("start", FieldType.DATE, required=True),
                _of("end", FieldType.DATE, required=True),
                _choice("sublicence", "no", "consent", "yes"),
                _of("fee", FieldType.CLAUSE),
                _of("free", FieldType.FLAG),
                _text("recording"),
            ),
            one_of=(("fee", "free"),),
        ),
        KindSpec(
            "apology",
            (
                _who(),
                _choice("form", "apology", "clarification"),
                _line("place", required=True),
                _text("text", required=True),
                _BY,
                _of("days_kept", FieldType.DAYS, required=True),
            ),
        ),
        KindSpec("withdrawal", (_who(), _WHAT, _line("body", required=True), _BY, _HOW_IF)),
        KindSpec("delisting", (_who(), _WHAT, _line("platform", required=True), _BY, _HOW_IF)),
        KindSpec(
            "transfer",
            (
                _who("transferor"),
                _of("transferee", FieldType.PARTY, required=True),
                _text("right", required=True),
                _BY,
                _text("recording", required=True),
                FieldSpec("costs_by", FieldType.PARTIES),
                _of("price", FieldType.CLAUSE),
            ),
        ),
        KindSpec(
            "rename",
            (
                _who(),
                _choice("object", "company_name", "domain", "shop", "account", "product"),
                _line("old", required=True),
                _text("requirement", required=True),
                _BY,
                _HOW_IF,
            ),
        ),
        KindSpec(
            "confidentiality",
            (
                _who(),
                _WHAT,
                _of("until", FieldType.DATE),
                _of("open_ended", FieldType.FLAG),
                _text("exceptions", required=True),
            ),
            one_of=(("until", "open_ended"),),
        ),
        KindSpec(
            "return_materials",
            (
                _who(),
                _of("to", FieldType.PARTY, required=True),
                _WHAT,
                _BY,
                _HOW,
                _of("copies_deleted", FieldType.FLAG),
            ),
        ),
        KindSpec(
            "seed_disposal",
            (
                _who(),
                _WHAT,
                _line("quantity", required=True),
                _choice("method", "destroy", "deactivate", "grain", "hand_over"),
                _BY,
                _HOW,
                _line("witness"),
            ),
        ),
        KindSpec("undertaking", (_who(), _WHAT, _of("until", FieldType.DATE)), ()),
        KindSpec("act", (_who(), FieldSpec("to", FieldType.PARTIES), _WHAT, _BY, _HOW)),
        KindSpec(
            "breach",
            (
                _who(),
                FieldSpec("to", FieldType.PARTIES, required=True),
                _text("event", required=True),
                _of("sum", FieldType.AMOUNT),
                _of("rate", FieldType.RATE),
                _text("other"),
                _of("cap", FieldType.AMOUNT),
            ),
            one_of=(("sum", "rate", "other"),),
        ),
        KindSpec(
            "guarantee",
            (
                _line("guarantor", required=True),
                _line("guarantor_id"),
                _who("debtor"),
                _of("creditor", FieldType.PARTY, required=True),
                _choice("type", "general", "joint", "mortgage", "pledge"),
                _of("secures", FieldType.CLAUSE),
                _text("scope", required=True),
                _of("end", FieldType.DATE, required=True),
            ),
        ),
        KindSpec("no_admission", (_text("except"),)),
        KindSpec(
            "costs",
            (
                _choice("item", "mediation", "lawyer", "appraisal", "notary", "acceptance", "other"),
                _choice("rule", "free", "own", "equal", "party"),
                FieldSpec("bearer", FieldType.PARTIES),
                _of("amount", FieldType.AMOUNT),
                _text("detail"),
            ),
        ),
        KindSpec("no_further_claims", (_who(), _WHAT, _text("condition"))),
        KindSpec(
            "dispute",
            (_choice("method", "negotiate", "mediate", "sue", "arbitrate"), _line("body"), _text("detail")),
        ),
        KindSpec(
            "notices",
            (
                _of("who", FieldType.PARTY, required=True),
                _line("address", required=True),
                _line("recipient", required=True),
                _line("phone"),
                _line("email"),
                _of("electronic", FieldType.FLAG),
            ),
        ),
        KindSpec(
            "effect",
            (_choice("rule", "track", "all_signed", "date"), _of("date", FieldType.DATE), _text("detail")),
        ),
        KindSpec("other", (_line("title"), _text("text", required=True))),
    )
}
"""Kinds in the order of the menu. Deciding who owns a right is not among them, transferring one is (民诉法解释 355)."""


class BadValue(ValueError):
    """A value that does not fit its field; ``code`` says why (``type``, ``unknown``, ``too_long``, ``date`` …)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_value(spec: FieldSpec, given: object) -> Value | None:
    """The canonical value of a field from what a person or a program gave; None for an empty one; raises BadValue.

    Reading its own result again changes nothing, so a value is canonical if reading leaves it as it is.
    """
    if given is None or given is False or given in ("", [], ()):
        return None
    return _READERS[spec.type](spec, given)


def _string(given: object) -> str:
    if not isinstance(given, str):
        raise BadValue("type")
    return given


def _read_line(spec: FieldSpec, given: object) -> Value | None:
    return read_text(given, spec.limit, one_line=True) or None


def _read_text(spec: FieldSpec, given: object) -> Value | None:
    return read_text(given, spec.limit) or None


def read_text(given: object, limit: int, one_line: bool = False) -> str:
    """A cleaned text of at most ``limit`` characters; raises BadValue."""
    raw = _string(given)
    if len(raw) > 10 * limit:
        raise BadValue("too_long")
    text = clean_line(raw) if one_line else clean(raw)
    if len(text) > limit:
        raise BadValue("too_long")
    return text


def _read_choice(spec: FieldSpec, given: object) -> Value | None:
    if _string(given) not in spec.choices:
        raise BadValue("unknown")
    return _string(given)


def _matching(pattern: re.Pattern[str], given: object) -> str:
    text = _string(given)
    if not pattern.fullmatch(text):
        raise BadValue("unknown")
    return text


def _read_party(_spec: FieldSpec, given: object) -> Value | None:
    return _matching(PARTY_REF, given)


def _read_clause(_spec: FieldSpec, given: object) -> Value | None:
    return _matching(CLAUSE_REF, given)


def _read_parties(_spec: FieldSpec, given: object) -> Value | None:
    refs = tuple(_matching(PARTY_REF, ref) for ref in _list(given, MOST_PARTIES))
    if len(set(refs)) != len(refs):
        raise BadValue("duplicate")
    return refs


def _list(given: object, most: int) -> list[object]:
    if not isinstance(given, list | tuple):
        raise BadValue("type")
    if len(given) > most:
        raise BadValue("too_many")
    return list(given)


def _read_amount(_spec: FieldSpec, given: object) -> Value | None:
    text = _string(given)
    amount = parse_amount(text) if len(text) <= 40 else None
    if amount is None:
        raise BadValue("amount")
    return f"{amount:.2f}"


def _read_date(_spec: FieldSpec, given: object) -> Value | None:
    text = _string(given).strip()
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day <= LATEST:
        raise BadValue("date")
    return text


def _read_days(_spec: FieldSpec, given: object) -> Value | None:
    days: object = given
    if isinstance(given, str) and re.fullmatch(r"\d{1,5}", given.strip(), re.ASCII):
        days = int(given)
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 36_500:
        raise BadValue("number")
    return days


def _read_rate(_spec: FieldSpec, given: object) -> Value | None:
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else _string(given).strip()
    rate = Decimal(text) if re.fullmatch(r"\d{1,5}(\.\d{1,4})?", text, re.ASCII) else Decimal(0)
    if not 0 < rate <= 10_000:
        raise BadValue("rate")
    return f"{rate.normalize():f}"


def _read_instalments(_spec: FieldSpec, given: object) -> Value | None:
    return tuple(_instalment(part) for part in _list(given, MOST_INSTALMENTS))


def _instalment(given: object) -> Instalment:
    if isinstance(given, Instalment):
        given = {"amount": given.amount, "due": given.due}
    if not isinstance(given, dict) or not set(given) <= {"amount", "due"}:
        raise BadValue("type")
    amount, due = given.get("amount") or None, given.get("due") or None
    spec = FieldSpec("", FieldType.AMOUNT)
    return Instalment(
        str(_read_amount(spec, amount)) if amount is not None else "",
        str(_read_date(spec, due)) if due is not None else "",
    )


def _read_flag(_spec: FieldSpec, given: object) -> Value | None:
    if given is True or given in ("yes", "true"):
        return True
    raise BadValue("type")


_READERS = {
    FieldType.LINE: _read_line,
    FieldType.TEXT: _read_text,
    FieldType.CHOICE: _read_choice,
    FieldType.PARTY: _read_party,
    FieldType.PARTIES: _read_parties,
    FieldType.AMOUNT: _read_amount,
    FieldType.DATE: _read_date,
    FieldType.DAYS: _read_days,
    FieldType.RATE: _read_rate,
    FieldType.INSTALMENTS: _read_instalments,
    FieldType.CLAUSE: _read_clause,
    FieldType.FLAG: _read_flag,
}


def value_as_json(value: Value) -> object:
    """A value as JSON carries it."""
    if isinstance(value, tuple):
        return [dict(vars(part)) if isinstance(part, Instalment) else part for part in value]
    return value
