"""How long cases are kept, what must not be erased, and every erasure with the two people who decided it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import Account
from app.models.base import Base, UtcDateTime
from app.models.cases import Case
from app.models.exhibits import Exhibit


class RetentionRule(Base):
    """Years that a case is kept after its close. The newest rule in force counts; one of the case's own goes first."""

    __tablename__ = "retention_rule"
    __table_args__ = (CheckConstraint("years BETWEEN 1 AND 100", name="years_in_bounds"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("mediation_case.id"), index=True)
    """None: for every case that has no rule of its own."""
    years: Mapped[int]
    valid_from: Mapped[date] = mapped_column(Date)
    """For cases that closed on that day or later (Beijing)."""
    source: Mapped[str] = mapped_column(Text)
    """The article, or that the office set it."""
    set_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)

    case: Mapped[Case | None] = relationship()
    set_by: Mapped[Account] = relationship()


class LegalHold(Base):
    """While one stands, nothing of the case may be erased."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        CheckConstraint("(lifted_at IS NULL) = (lifted_by_id IS NULL)", name="lifted_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("mediation_case.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    set_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    case: Mapped[Case] = relationship()
    set_by: Mapped[Account] = relationship(foreign_keys=set_by_id)


class Erasure(Base):
    """The erasure of one exhibit: asked for by one person, confirmed by another, then done. It is never removed."""

    __tablename__ = "erasure"
    __table_args__ = (
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name="confirmed_by_somebody"),
        CheckConstraint("confirmed_by_id <> requested_by_id", name="two_people"),
        CheckConstraint("erased_at IS NULL OR confirmed_at IS NOT NULL", name="erased_was_confirmed"),
        CheckConstraint("withdrawn_at IS NULL OR confirmed_at IS NULL", name="withdrawn_or_confirmed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    legal_basis: Mapped[str] = mapped_column(Text)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When key and bytes were gone and the statement's personal parts removed."""

    exhibit: Mapped[Exhibit] = relationship()
    requested_by: Mapped[Account] = relationship(foreign_keys=requested_by_id)
    confirmed_by: Mapped[Account | None] = relationship(foreign_keys=confirmed_by_id)
