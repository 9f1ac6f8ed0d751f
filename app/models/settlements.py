"""Settlement versions, the consents and refusals to them, the seal, and the court's confirmation."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.lifecycle import SettlementState
from app.domain.roles import Office
from app.models.accounts import Account, SigningKey
from app.models.base import Base, UtcDateTime, choice
from app.models.cases import Case, Participant


class Settlement(Base):
    """One version of the agreement's text. A revision is a new row; what was signed is never changed."""

    __tablename__ = "settlement"
    __table_args__ = (
        UniqueConstraint("case_id", "version"),
        CheckConstraint(
            "state NOT IN ('sealed', 'superseded') OR block_number IS NOT NULL", name="sealed_has_block"
        ),
        CheckConstraint("state <> 'sealing' OR seal_signature IS NOT NULL", name="sealing_has_signature"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("mediation_case.id"), index=True)
    version: Mapped[int]
    draft_revision: Mapped[int | None]
    """Which revision of the draft it froze; None for one that was made before there were drafts."""
    text: Mapped[str] = mapped_column(Text)
    text_sha256: Mapped[str] = mapped_column(String(64))
    text_sm3: Mapped[str] = mapped_column(String(64))
    statement: Mapped[dict[str, Any]] = mapped_column(JSON)
    agreement: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """Commitment of the statement; the agreement's name on chain."""
    supersedes: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    state: Mapped[SettlementState] = mapped_column(choice(SettlementState, "settlement_state"))
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    in_order: Mapped[bool] = mapped_column(default=False)
    """Whether the parties sign one after the other."""
    seal_signer: Mapped[bytes | None] = mapped_column(LargeBinary)
    seal_signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the mediator's seal signature was given (UTC)."""
    transaction_hash: Mapped[str | None] = mapped_column(String(66))
    """As sent; unknown when the process stopped between sending and saving, then the block still names it."""
    block_number: Mapped[int | None]
    block_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refusal: Mapped[str | None] = mapped_column(String(80))
    """Name of the contract's refusal of the last attempt, until somebody tries again."""

    case: Mapped[Case] = relationship()
    drafted_by: Mapped[Participant] = relationship()
    signatures: Mapped[list["SettlementSignature"]] = relationship(
        back_populates="settlement", order_by="SettlementSignature.id"
    )
    signers: Mapped[list["SettlementSigner"]] = relationship(order_by="SettlementSigner.position")


class SettlementSigner(Base):
    """Which key each person must sign this version with, in the order the contract is given them."""

    __tablename__ = "settlement_signer"
    __table_args__ = (
        UniqueConstraint("settlement_id", "position"),
        UniqueConstraint("settlement_id", "participant_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"), index=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    key_id: Mapped[int] = mapped_column(ForeignKey("signing_key.id"))
    position: Mapped[int]
    """Parties from 0 on; the mediator last."""

    participant: Mapped[Participant] = relationship()
    key: Mapped[SigningKey] = relationship()


class SettlementView(Base):
    """A participant has had this version on the screen; tells what changed since the version seen last."""

    __tablename__ = "settlement_view"
    __table_args__ = (UniqueConstraint("settlement_id", "participant_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"), index=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignatureAct(StrEnum):
    """What a party did with a version."""

    SIGNED = "signed"
    DECLINED = "declined"


class SettlementSignature(Base):
    """A party's act on one version: a signature or a refusal with its reason. Rows are only ever added."""

    __tablename__ = "settlement_signature"
    __table_args__ = (
        UniqueConstraint("settlement_id", "participant_id", "act"),
        CheckConstraint("(act = 'signed') = (signature IS NOT NULL)", name="signed_has_signature"),
        CheckConstraint("(act = 'declined') = (reason IS NOT NULL)", name="declined_has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"), index=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    act: Mapped[SignatureAct] = mapped_column(choice(SignatureAct, "signature_act"))
    signer: Mapped[bytes | None] = mapped_column(LargeBinary)
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    settlement: Mapped[Settlement] = relationship(back_populates="signatures")
    participant: Mapped[Participant] = relationship()


class ConfirmationOutcome(StrEnum):
    """What the court decided (民诉法 206)."""

    VALID = "valid"
    DISMISSED = "dismissed"


class Confirmation(Base):
    """A joint application for judicial confirmation and the court's decision on it."""

    __tablename__ = "confirmation"
    __table_args__ = (
        CheckConstraint(
            "outcome IS NULL OR (signature IS NOT NULL AND decided_at IS NOT NULL)", name="decided_signed"
        ),
        CheckConstraint("outcome <> 'dismissed' OR ground IS NOT NULL", name="dismissed_has_ground"),
        CheckConstraint("(filed_at IS NULL) = (access_code_hash IS NULL)", name="filed_has_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"), unique=True)
    court: Mapped[str] = mapped_column(String(120))
    court_reason: Mapped[str] = mapped_column(Text)
    access_code_hash: Mapped[str | None] = mapped_column(String(64))
    """Keyed hash of the court's code; made when the application is filed."""
    filed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the last party had joined; None while one is missing."""
    judge_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    outcome: Mapped[ConfirmationOutcome | None] = mapped_column(choice(ConfirmationOutcome, "outcome"))
    ground: Mapped[str | None] = mapped_column(Text)
    ruling_number: Mapped[str | None] = mapped_column(String(80))
    ruling_statement: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    signer: Mapped[bytes | None] = mapped_column(LargeBinary)
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    transaction_hash: Mapped[str | None] = mapped_column(String(66))
    recorded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the decision was found on the chain; until then it is relayed again."""
    refusal: Mapped[str | None] = mapped_column(String(80))

    settlement: Mapped[Settlement] = relationship()
    judge: Mapped[Account | None] = relationship()
    joined: Mapped[list["ConfirmationJoin"]] = relationship()


class ConfirmationJoin(Base):
    """A party's joining of the application."""

    __tablename__ = "confirmation_join"
    __table_args__ = (UniqueConstraint("confirmation_id", "participant_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    confirmation_id: Mapped[int] = mapped_column(ForeignKey("confirmation.id"), index=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    participant: Mapped[Participant] = relationship()


class CourtAccess(Base):
    """A judge who has opened a case's court file with its number and code."""

    __tablename__ = "court_access"
    __table_args__ = (UniqueConstraint("confirmation_id", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    confirmation_id: Mapped[int] = mapped_column(ForeignKey("confirmation.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OfficialGrant(Base):
    """An office given to a key on chain: our own record of it, with its dates. The chain is what counts."""

    __tablename__ = "official_grant"
    __table_args__ = (CheckConstraint("valid_from < valid_until", name="term_not_empty"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("signing_key.id"), index=True)
    office: Mapped[Office] = mapped_column(choice(Office, "official_office"))
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime] = mapped_column(UtcDateTime)
    transaction_hash: Mapped[str] = mapped_column(String(66))
    granted_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    key: Mapped[SigningKey] = relationship()
