"""What the people on duty look after: who works on the ledger just now, and alarms about it. No rules."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, UtcDateTime


class WorkerLease(Base):
    """Who may work on the ledger. One row a duty that only one process may have at a time.

    ``renewals`` counts; whoever waits measures with a clock of its own how long the count has stood still, so that no two
    clocks are ever compared. The times are for people to read.
    """

    __tablename__ = "worker_lease"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str | None] = mapped_column(String(80))
    """None once the last holder has given it back."""
    renewals: Mapped[int] = mapped_column(BigInteger)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    renewed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LedgerAlarm(Base):
    """A contradiction between what was recorded and what the chain shows, or a chain that lost something.

    ``kind`` is a word of ``evidence.witness_words.ALARMS`` or of ``app.services.alarms``; it stands until ``ended_at``.
    """

    __tablename__ = "ledger_alarm"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_because IS NULL)", name="ended_has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    batch_number: Mapped[int | None]
    """The first batch that diverges; None where chain or code is another."""
    block_number: Mapped[int | None] = mapped_column(BigInteger)
    """The block that had taken that batch in."""
    recorded: Mapped[dict[str, Any]] = mapped_column(JSON)
    found: Mapped[dict[str, Any]] = mapped_column(JSON)
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_because: Mapped[str | None] = mapped_column(Text)
