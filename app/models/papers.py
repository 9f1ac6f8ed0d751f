"""The agreement's paper as the organisation sealed it: made once, kept byte by byte."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, UtcDateTime
from app.models.settlements import Settlement


class SealedPaper(Base):
    """The PDF of one sealed version with the organisation's PAdES seal. Rows are only ever added."""

    __tablename__ = "sealed_paper"

    id: Mapped[int] = mapped_column(primary_key=True)
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"), unique=True)
    pdf: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    sm3: Mapped[str] = mapped_column(String(64))
    seal_name: Mapped[str] = mapped_column(String(200))
    """Common name in the seal's certificate."""
    seal_serial: Mapped[str] = mapped_column(String(64))
    """Serial number of the seal's certificate, hexadecimal."""
    trial: Mapped[bool]
    """Whether the certificate says that it is for trials."""
    stamped_by: Mapped[str] = mapped_column(String(200))
    """Name of the timestamp authority."""
    stamped_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """The time in the RFC 3161 token inside the PDF."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    settlement: Mapped[Settlement] = relationship()
