"""What an intake must hold, checked field by field; pure."""

from dataclasses import dataclass

from app.domain.contact import normal_contact
from app.domain.errors import DomainError, InvalidForm
from app.domain.rights import RightKind, check_details

PARTY_FIELDS = (
    "claimant_kind",
    "claimant_name",
    "claimant_id_number",
    "claimant_address",
    "claimant_person",
    "claimant_contact",
    "respondent_kind",
    "respondent_name",
    "respondent_address",
    "respondent_person",
    "respondent_contact",
)
LIMITS = {"title": 200, "facts": 20_000, "claims": 10_000}
OPTIONAL = frozenset({"claimant_id_number", "claimant_address", "respondent_address", "respondent_person"})
SHORT = 200


@dataclass(frozen=True)
class IntakeForm:
    """A checked intake: the right with its details, the dispute and both parties."""

    right_kind: RightKind
    right_details: dict[str, str]
    values: dict[str, str]

    def __getitem__(self, name: str) -> str:
        """The value of one field, stripped; empty where it was left out."""
        return self.values.get(name, "")


def check_intake(right_kind: RightKind, form: dict[str, str]) -> IntakeForm:
    """A checked intake from raw form fields (details are prefixed ``right.``); InvalidForm names every problem."""
    values = {name: value.strip() for name, value in form.items()}
    details = {name[6:]: value for name, value in values.items() if name.startswith("right.")}
    problems = {f"right.{name}": problem for name, problem in check_details(right_kind, details).items()}
    for name, limit in LIMITS.items():
        problems |= _problem(values, name, limit, required=True)
    for name in PARTY_FIELDS:
        problems |= _problem(values, name, SHORT, required=name not in OPTIONAL)
    for name in ("claimant_kind", "respondent_kind"):
        if values.get(name) not in ("person", "organisation"):
            problems[name] = "missing"
    problems |= _contact_problems(values)
    if values.get("recommendation_read") != "yes":
        problems["recommendation_read"] = "missing"
    if problems:
        raise InvalidForm(problems)
    return IntakeForm(right_kind, details, values)


def _problem(values: dict[str, str], name: str, limit: int, required: bool) -> dict[str, str]:
    value = values.get(name, "")
    if required and not value:
        return {name: "missing"}
    return {name: "too_long"} if len(value) > limit else {}


def _contact_problems(values: dict[str, str]) -> dict[str, str]:
    problems = {}
    contacts = {}
    for name in ("claimant_contact", "respondent_contact"):
        if values.get(name):
            try:
                contacts[name] = normal_contact(values[name])
            except DomainError:
                problems[name] = "contact"
    if len(contacts) == 2 and len(set(contacts.values())) == 1:
        problems["respondent_contact"] = "same_contact"
    return problems
