"""SQLAlchemy tables and their constraints; no rules."""

from app.models import accounts, cases, exhibits, operations, papers, retention, room, settlements
from app.models.base import Base

__all__ = [
    "Base",
    "accounts",
    "cases",
    "exhibits",
    "operations",
    "papers",
    "retention",
    "room",
    "settlements",
]
