"""SQLAlchemy tables and their constraints; no rules."""

from app.models import (
    accounts,
    cases,
    drafts,
    exhibits,
    operations,
    papers,
    retention,
    room,
    settlements,
    signing,
)
from app.models.base import Base

__all__ = [
    "Base",
    "accounts",
    "cases",
    "drafts",
    "exhibits",
    "operations",
    "papers",
    "retention",
    "room",
    "settlements",
    "signing",
]
