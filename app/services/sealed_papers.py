"""The papers that the organisation has sealed, for pages, packages and the court. Making them is in ``seals``."""

from sqlalchemy import select

from app.models.papers import SealedPaper
from app.models.settlements import Settlement
from app.services.context import Work


def of(work: Work, settlement: Settlement) -> SealedPaper | None:
    """The sealed paper of a version, if it is made; its bytes are read when they are asked for."""
    return work.session.scalar(select(SealedPaper).where(SealedPaper.settlement_id == settlement.id))
