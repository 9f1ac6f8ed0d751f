"""The kinds of IP right in dispute and the fields that an intake asks for each; texts live in the web layer."""

from dataclasses import dataclass
from enum import StrEnum


class RightKind(StrEnum):
    """What the dispute is about (policy, art. 11 and practice)."""

    PATENT = "patent"
    TRADEMARK = "trademark"
    COPYRIGHT = "copyright"
    PLANT_VARIETY = "plant_variety"
    TRADE_SECRET = "trade_secret"  # noqa: S105  (a kind of right, not a password)
    LAYOUT_DESIGN = "layout_design"
    DOMAIN_NAME = "domain_name"
    UNFAIR_COMPETITION = "unfair_competition"


@dataclass(frozen=True)
class RightField:
    """One field of the intake form; ``name`` is its key in ``Case.right_details``."""

    name: str
    required: bool = True
    long: bool = False


RIGHT_FIELDS: dict[RightKind, tuple[RightField, ...]] = {
    RightKind.PATENT: (
        RightField("patent_number"),
        RightField("patent_type"),
        RightField("patent_name"),
        RightField("accused_product", long=True),
    ),
    RightKind.TRADEMARK: (
        RightField("registration_number"),
        RightField("mark"),
        RightField("goods_class"),
        RightField("accused_use", long=True),
    ),
    RightKind.COPYRIGHT: (
        RightField("work_title"),
        RightField("work_type"),
        RightField("registration_number", required=False),
        RightField("online_use"),
        RightField("accused_use", long=True),
    ),
    RightKind.PLANT_VARIETY: (
        RightField("variety_right_number"),
        RightField("variety_name"),
        RightField("species"),
        RightField("accused_material", long=True),
    ),
    RightKind.TRADE_SECRET: (
        RightField("secret_kind"),
        RightField("secrecy_measures", long=True),
        RightField("accused_use", long=True),
    ),
    RightKind.LAYOUT_DESIGN: (
        RightField("registration_number"),
        RightField("design_name"),
        RightField("accused_chip", long=True),
    ),
    RightKind.DOMAIN_NAME: (
        RightField("domain"),
        RightField("own_sign"),
        RightField("registered_on", required=False),
        RightField("accused_use", long=True),
    ),
    RightKind.UNFAIR_COMPETITION: (
        RightField("conduct_kind"),
        RightField("accused_use", long=True),
    ),
}


def check_details(kind: RightKind, details: dict[str, str]) -> dict[str, str]:
    """Problems by field name (``missing``, ``too_long``, ``unknown``); empty when the details fit the right."""
    fields = {field.name: field for field in RIGHT_FIELDS[kind]}
    problems = {name: "unknown" for name in details if name not in fields}
    for name, field in fields.items():
        value = details.get(name, "").strip()
        if field.required and not value:
            problems[name] = "missing"
        elif len(value) > 4000:
            problems[name] = "too_long"
    return problems
