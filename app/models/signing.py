"""What surrounds a signature: who the signer is, that the text was read, and the way to a second device."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.identity import Document, IdentityKind
from app.domain.signing import ReadingKind
from app.models.accounts import Account
from app.models.base import Base, UtcDateTime, choice
from app.models.cases import Participant


class IdentityCheck(Base):
    """One check of one signer's identity in one session. Rows are only ever added."""

    __tablename__ = "identity_check"
    __table_args__ = (
        CheckConstraint("(kind = 'document_seen') = (document IS NOT NULL)", name="seen_has_document"),
        CheckConstraint("(kind = 'document_seen') = (checked_by_id IS NOT NULL)", name="seen_has_witness"),
        CheckConstraint("(kind = 'real_name') = (service IS NOT NULL)", name="real_name_has_service"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    kind: Mapped[IdentityKind] = mapped_column(choice(IdentityKind, "identity_kind"))
    session_id: Mapped[str | None] = mapped_column(String(64))
    """The login session in which it happened (SHA-256 of its token)."""
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    document: Mapped[Document | None] = mapped_column(choice(Document, "identity_document"))
    service: Mapped[str | None] = mapped_column(String(120))
    """The real-name service that answered, with its receipt number."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    participant: Mapped[Participant] = relationship()
    checked_by: Mapped[Account | None] = relationship()


class SettlementReading(Base):
    """A signer had the whole text of a version on the screen before signing it."""

    __tablename__ = "settlement_reading"
    __table_args__ = (
        UniqueConstraint("settlement_id", "participant_id"),
        CheckConstraint("seconds >= 0", name="seconds_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"), index=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    how: Mapped[ReadingKind] = mapped_column(choice(ReadingKind, "reading_kind"))
    seconds: Mapped[int]
    """From the version's first look to its end, by the server's clock."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Handover(Base):
    """A way from a laptop to the signer's phone: a short-lived link that names account and version, and signs nobody in."""

    __tablename__ = "signing_handover"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the token in the link."""
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship()
