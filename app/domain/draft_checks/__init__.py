"""What a court refuses, looked for while an agreement is drafted; each hit names its article. Pure.

Rules are data (``rules``); their words for people are in the web layer, storing overrides is a service.
"""

from dataclasses import dataclass

from app.domain.draft_checks.engine import check, check_text, digest_of, open_hits
from app.domain.draft_checks.model import CaseFacts, Hit, Rule, Severity
from app.domain.draft_checks.rules import BY_CODE, RULES

__all__ = [
    "BY_CODE",
    "RULES",
    "CaseFacts",
    "Hit",
    "Rule",
    "Severity",
    "check",
    "check_text",
    "check_wording",
    "digest_of",
    "open_hits",
]


@dataclass(frozen=True)
class Finding:
    """A refused wording in a text of the old form."""

    code: str
    excerpt: str
    source: str


def check_wording(text: str) -> list[Finding]:
    """Rights decided, and courts that would have to judge, in one text."""
    hits = check_text(text, ("court_adjudicates", "ownership"))
    return [Finding(hit.rule, hit.excerpt, hit.source) for hit in hits]
