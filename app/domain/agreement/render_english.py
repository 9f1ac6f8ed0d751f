"""An English reading version of an agreement: every field by name. The Chinese text alone is signed and counts.

Words of the parties stay in Chinese; those that still stand as in the clause library are given in English.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from app.domain.agreement.kinds import KINDS, FieldSpec, FieldType, Instalment, Value
from app.domain.agreement.library import BY_KEY, fill
from app.domain.agreement.model import Agreement, Clause, Party, Track
from app.domain.money import figures

BLANK = "(to be filled in)"
NOTE = "Reading version. The Chinese text is the agreement; where they differ, it prevails (中文文本为准)."
TRACKS = {
    Track.PEOPLE: "people's mediation",
    Track.INDUSTRY: "mediation by a trade body",
    Track.ADMINISTRATIVE: "administrative mediation",
    Track.DELEGATED: "mediation delegated by a court before filing",
    Track.ENTRUSTED: "mediation entrusted by a court after filing",
    Track.COMMERCIAL: "commercial mediation",
}
HEADINGS = {
    "cease": "Stopping",
    "destroy": "Destruction",
    "payment": "Payment",
    "licence": "Licence",
    "apology": "Apology or clarification",
    "withdrawal": "Withdrawal",
    "delisting": "Taking down",
    "transfer": "Transfer of a right",
    "rename": "Change of name",
    "confidentiality": "Confidentiality",
    "return_materials": "Return of materials",
    "seed_disposal": "Disposal of propagating material",
    "undertaking": "Undertaking",
    "act": "Duty",
    "breach": "Liability for breach",
    "guarantee": "Guarantee",
    "no_admission": "No admission",
    "costs": "Costs",
    "no_further_claims": "No further claims",
    "dispute": "Later disputes",
    "notices": "Notices",
    "effect": "Effect",
    "other": "Other",
}
LABELS = {
    "who": "Who",
    "what": "What",
    "by": "No later than (that day included)",
    "manner": "How",
    "scope": "Scope",
    "quantity": "Quantity",
    "evidence": "Shown by",
    "payer": "Payer",
    "payee": "Payee",
    "liability": "Several payers",
    "purpose": "For",
    "amount": "Amount",
    "currency": "Currency",
    "due": "Due (that day included)",
    "instalments": "Instalments",
    "method": "Method",
    "account_holder": "Account holder",
    "bank": "Bank",
    "account_number": "Account number",
    "late_rate": "Penalty for delay",
    "accelerate": "If one instalment is late, everything falls due",
    "licensor": "Licensor",
    "licensee": "Licensee",
    "right": "Right",
    "type": "Kind",
    "territory": "Territory",
    "start": "From",
    "end": "Until",
    "sublicence": "Sublicence",
    "fee": "Fee under",
    "free": "Free of charge",
    "recording": "Recording",
    "form": "Form",
    "place": "Published in",
    "text": "Text",
    "days_kept": "Days kept online",
    "body": "Body",
    "platform": "Platform",
    "transferor": "Transferor",
    "transferee": "Transferee",
    "costs_by": "Costs borne by",
    "price": "Price under",
    "object": "What is renamed",
    "old": "Present name",
    "requirement": "Requirement",
    "until": "Until",
    "open_ended": "Without end, until lawfully public",
    "exceptions": "Except",
    "to": "To",
    "copies_deleted": "No copies are kept",
    "witness": "Witness",
    "event": "If",
    "sum": "Fixed sum",
    "rate": "Rate",
    "other": "Otherwise",
    "cap": "At most",
    "guarantor": "Guarantor",
    "guarantor_id": "Guarantor's number",
    "debtor": "Debtor",
    "creditor": "Creditor",
    "secures": "Secures",
    "except": "However",
    "item": "Costs of",
    "rule": "Rule",
    "bearer": "Borne by",
    "detail": "Detail",
    "condition": "Once",
    "address": "Address",
    "recipient": "Recipient",
    "phone": "Telephone",
    "email": "E-mail",
    "electronic": "Electronic service accepted",
    "date": "On",
    "title": "Heading",
}
CHOICES = {
    "transfer": "bank transfer",
    "escrow": "escrow account",
    "platform": "platform account",
    "exclusive": "exclusive licence (独占)",
    "sole": "sole licence (排他)",
    "ordinary": "ordinary licence (普通)",
    "no": "not allowed",
    "consent": "with the licensor's prior written consent",
    "yes": "allowed",
    "joint": "jointly and severally",
    "equal": "in equal shares",
    "own": "each side bears its own",
    "free": "free of charge",
    "party": "by the party named",
    "deactivate": "made infertile",
    "grain": "used as grain",
    "hand_over": "handed over",
    "company_name": "company name",
    "all_signed": "when all parties have signed",
    "track": "as the law says for this kind of mediation",
    "acceptance": "court fee",
    "negotiate": "negotiation first",
    "mediate": "mediation first",
    "sue": "suit before the competent court",
    "arbitrate": "arbitration",
}
_SIDES = {"claimant": "claimant", "respondent": "respondent"}


def render_english(agreement: Agreement, details: Mapping[str, str] | None = None) -> str:
    """The reading version, lines ended by line feeds; ``details`` are the case's, to know the library's own words."""
    organisation = agreement.organisation
    lines = [
        "Mediation agreement",
        NOTE,
        "",
        f"No.: {agreement.number or BLANK}",
        f"Kind: {TRACKS[agreement.track]}",
        *(line for at, party in enumerate(agreement.parties) for line in _party(at, party)),
        f"Organisation: {organisation.name}{f' ({organisation.number})' if organisation.number else ''}",
        f"Mediator: {', '.join(agreement.mediators) or BLANK}",
        "",
        "Dispute",
        agreement.dispute or BLANK,
        *(["", "Agreed facts"] if agreement.facts else []),
        *(f"{at}. {fact.text}" for at, fact in enumerate(agreement.facts, 1)),
        "",
        "Terms",
    ]
    for at, clause in enumerate(agreement.clauses, 1):
        lines += [f"{at}. {HEADINGS[clause.kind]}", *_fields(agreement, clause, details or {})]
    return "\n".join(lines) + "\n"


def english_clause(agreement: Agreement, clause: Clause, details: Mapping[str, str]) -> list[str]:
    """One clause's lines in the reading version."""
    return [line.strip() for line in _fields(agreement, clause, details)]


def _party(at: int, party: Party) -> list[str]:
    lines = [f"Party {chr(ord('A') + at)} ({_SIDES[party.side]}): {party.name}"]
    if party.id_number:
        lines.append(f"   Number: {party.id_number}")
    if party.address:
        lines.append(f"   Address: {party.address}")
    if party.representative is not None:
        position = f", {party.representative.position}" if party.representative.position else ""
        lines.append(f"   Legal representative: {party.representative.name}{position}")
    if party.agent is not None:
        scope = f" ({party.agent.scope})" if party.agent.scope else ""
        lines.append(f"   Agent: {party.agent.name}, {party.agent.authority} authority{scope}")
    return lines


def _fields(agreement: Agreement, clause: Clause, details: Mapping[str, str]) -> list[str]:
    lines = []
    for spec in KINDS[clause.kind].fields:
        value = clause.fields.get(spec.name)
        if value is None and not spec.required:
            continue
        label = "Kind" if spec.name == "method" and clause.kind == "dispute" else LABELS[spec.name]
        shown = BLANK if value is None else _value(agreement, clause, spec, value, details)
        lines.append(f"   {label}: {shown}" if value is not True else f"   {label}")
    return lines


def _value(
    agreement: Agreement, clause: Clause, spec: FieldSpec, value: Value, details: Mapping[str, str]
) -> str:
    if spec.type in (FieldType.PARTY, FieldType.PARTIES):
        return ", ".join(_letter(agreement, ref) for ref in clause.refs(spec.name))
    if spec.type is FieldType.CLAUSE:
        return f"clause {agreement.position(str(value)) or BLANK}"
    if isinstance(value, tuple):
        parts = [part for part in value if isinstance(part, Instalment)]
        return "; ".join(
            f"({at}) {_day(part.due)}: {_money(part.amount)}" for at, part in enumerate(parts, 1)
        )
    if spec.type is FieldType.AMOUNT:
        return _money(str(value))
    if spec.type is FieldType.DATE:
        return _day(str(value))
    if spec.type is FieldType.RATE:
        return f"{value} per ten thousand a day"
    if spec.type is FieldType.CHOICE:
        return CHOICES.get(str(value), str(value).replace("_", " "))
    return _translated(clause, spec.name, str(value), details)


def _translated(clause: Clause, name: str, text: str, details: Mapping[str, str]) -> str:
    entry = BY_KEY.get(clause.library or "")
    if entry is None or name not in entry.english:
        return text
    unchanged = fill(str(entry.fields.get(name, "")), details) == text
    return fill(entry.english[name], details).replace("（待填）", BLANK) if unchanged else text


def _letter(agreement: Agreement, ref: str) -> str:
    at = next((at for at, party in enumerate(agreement.parties) if party.ref == ref), None)
    return BLANK if at is None else f"Party {chr(ord('A') + at)}"


def _money(amount: str) -> str:
    return f"CNY {figures(Decimal(amount))}" if amount else BLANK


def _day(iso: str) -> str:
    return f"{date.fromisoformat(iso):%-d %B %Y}" if iso else BLANK
