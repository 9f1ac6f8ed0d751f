"""A case, who takes part, the invitation and the consents."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.lifecycle import CaseState, ConsentStage
from app.domain.rights import RightKind
from app.domain.roles import Side
from app.models.accounts import Account
from app.models.base import Base, UtcDateTime, choice


class Case(Base):
    """One dispute. ``reference`` is 32 random bytes that stand for the case on chain."""

    __tablename__ = "mediation_case"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    reference: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    right_kind: Mapped[RightKind] = mapped_column(choice(RightKind, "right_kind"))
    right_details: Mapped[dict[str, str]] = mapped_column(JSON)
    title: Mapped[str] = mapped_column(String(200))
    facts: Mapped[str] = mapped_column(Text)
    claims: Mapped[str] = mapped_column(Text)
    state: Mapped[CaseState] = mapped_column(choice(CaseState, "case_state"))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    mediator_disclosure: Mapped[str | None] = mapped_column(Text)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    room_opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_exhibit_number: Mapped[int] = mapped_column(default=0)

    participants: Mapped[list["Participant"]] = relationship(back_populates="case", order_by="Participant.id")

    __table_args__ = (
        CheckConstraint(
            "(room_opened_at IS NULL) OR (mediator_disclosure IS NOT NULL)", name="disclosed_before_room"
        ),
    )


class PartyKind(StrEnum):
    """A natural person or an organisation."""

    PERSON = "person"
    ORGANISATION = "organisation"


class Answer(StrEnum):
    """What an invited party said."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Participant(Base):
    """One person at the table. A party may stand for an organisation (``party_name``)."""

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("case_id", "account_id"),
        CheckConstraint("answer <> 'declined' OR answer_reason IS NOT NULL", name="decline_has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("mediation_case.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    side: Mapped[Side] = mapped_column(choice(Side, "side"))
    party_kind: Mapped[PartyKind] = mapped_column(choice(PartyKind, "party_kind"))
    party_name: Mapped[str] = mapped_column(String(200))
    party_id_number: Mapped[str] = mapped_column(String(40), default="")
    """Unified social credit code or ID number, as stated; never on chain, never in logs."""
    party_address: Mapped[str] = mapped_column(String(300), default="")
    person_name: Mapped[str] = mapped_column(String(120))
    contact: Mapped[str] = mapped_column(String(200))
    answer: Mapped[Answer] = mapped_column(choice(Answer, "answer"))
    answer_reason: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    case: Mapped[Case] = relationship(back_populates="participants")
    account: Mapped[Account | None] = relationship()
    consents: Mapped[list["Consent"]] = relationship(order_by="Consent.id")
    preservation: Mapped["PreservationSignature | None"] = relationship()


class Invitation(Base):
    """A short link to the other party; only the link's hash is kept. The code is a ``LoginCode`` to its contact."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    link_hash: Mapped[str] = mapped_column(String(64), unique=True)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    joined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    participant: Mapped[Participant] = relationship()


class Consent(Base):
    """One answer of one party to one stage; a later answer is a new row, the last one counts."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    stage: Mapped[ConsentStage] = mapped_column(choice(ConsentStage, "consent_stage"))
    granted: Mapped[bool]
    text_sha256: Mapped[str] = mapped_column(String(64))
    """Digest of the text that was shown, so that it can be told later what was agreed to."""
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PreservationSignature(Base):
    """A party's signature under the agreement on the method of preservation (民事诉讼证据规定 94)."""

    __tablename__ = "preservation_signature"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), unique=True)
    text_sha256: Mapped[str] = mapped_column(String(64))
    signer: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PreservationAgreement(Base):
    """The agreement on preservation once every party has signed it; its commitment is anchored."""

    __tablename__ = "preservation_agreement"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("mediation_case.id"), unique=True)
    statement: Mapped[dict[str, Any]] = mapped_column(JSON)
    commitment: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    completed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Audit(Base):
    """Who did or tried what, when; written in the transaction of the act (refusals in one of their own)."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("mediation_case.id"), index=True)
    act: Mapped[str] = mapped_column(String(80))
    allowed: Mapped[bool] = mapped_column(default=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class OutboxMessage(Base):
    """A message to a person; the office can read it, a mailer sends it where one is configured."""

    __tablename__ = "outbox_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    link: Mapped[str | None] = mapped_column(String(300))
    """A link to show as QR code beside the text."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("mediation_case.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str | None] = mapped_column(Text)


class IntakeDraft(Base):
    """An intake filled in by somebody whose contact is not verified yet, so that nothing is lost meanwhile."""

    __tablename__ = "intake_draft"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the token in the browser's session."""
    right_kind: Mapped[RightKind] = mapped_column(choice(RightKind, "draft_right_kind"))
    form: Mapped[dict[str, str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("mediation_case.id"))
