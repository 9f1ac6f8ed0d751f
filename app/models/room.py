"""Audiences of a case and the numbered events in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.audience import AudienceKind, EventKind
from app.domain.roles import Side
from app.models.base import Base, UtcDateTime, choice
from app.models.cases import Participant


class Audience(Base):
    """The joint room of a case or one caucus; ``last_sequence`` numbers its events without gaps."""

    __tablename__ = "audience"
    __table_args__ = (
        CheckConstraint("(kind = 'caucus') = (caucus_side IS NOT NULL)", name="caucus_has_side"),
        UniqueConstraint("case_id", "kind", "caucus_side"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("mediation_case.id"), index=True)
    kind: Mapped[AudienceKind] = mapped_column(choice(AudienceKind, "audience_kind"))
    caucus_side: Mapped[Side | None] = mapped_column(choice(Side, "caucus_side"))
    last_sequence: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CaseEvent(Base):
    """Something that happened before an audience; stored first, sent afterwards.

    ``client_id`` is chosen by the sender: the same one is stored once.
    """

    __tablename__ = "case_event"
    __table_args__ = (
        UniqueConstraint("audience_id", "sequence"),
        UniqueConstraint("audience_id", "participant_id", "client_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    audience_id: Mapped[int] = mapped_column(ForeignKey("audience.id"), index=True)
    sequence: Mapped[int]
    kind: Mapped[EventKind] = mapped_column(choice(EventKind, "event_kind"))
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"))
    client_id: Mapped[str | None] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    audience: Mapped[Audience] = relationship()
    participant: Mapped[Participant | None] = relationship()
