"""What a court refuses, looked for while an agreement is drafted; each hit names its article. Pure.

Rules are data (``rules``); their words for people are in the web layer, storing overrides is a service.
"""

from app.domain.draft_checks.engine import check, digest_of
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
    "digest_of",
]
