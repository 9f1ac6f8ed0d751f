"""The draft of an agreement that the table writes together: changes, comments, proposals, overrides of checks."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, UtcDateTime, choice
from app.models.cases import Case, Participant


class AgreementDraft(Base):
    """The draft of a case, one for its whole life; ``revision`` numbers its changes without gaps."""

    __tablename__ = "agreement_draft"
    __table_args__ = (CheckConstraint("revision >= 0 AND activity >= revision", name="counts_agree"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("mediation_case.id"), unique=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The terms (``hezheng-agreement/1``) at ``revision``."""
    seats: Mapped[dict[str, int]] = mapped_column(JSON)
    """Which participant each party of the terms is."""
    revision: Mapped[int] = mapped_column(default=0)
    activity: Mapped[int] = mapped_column(default=0)
    """Counts every act, comments too; whoever saw an older number asks for what is new."""
    last_clause: Mapped[int] = mapped_column(default=0)
    last_fact: Mapped[int] = mapped_column(default=0)
    open_editing: Mapped[bool] = mapped_column(default=False)
    """Whether parties may change the draft themselves; otherwise their changes become proposals."""
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)

    case: Mapped[Case] = relationship()
    opened_by: Mapped[Participant] = relationship()


class ProposalState(StrEnum):
    """What became of a party's proposal; ``outdated``: what it changes is no longer there."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    OUTDATED = "outdated"


class DraftProposal(Base):
    """A change that a party asks for; the mediator decides."""

    __tablename__ = "draft_proposal"
    __table_args__ = (
        UniqueConstraint("draft_id", "author_id", "client_id"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint("(decided_at IS NULL) = (decided_by_id IS NULL)", name="decided_by_somebody"),
        CheckConstraint("state <> 'rejected' OR reason IS NOT NULL", name="rejected_has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("agreement_draft.id"), index=True)
    target: Mapped[str | None] = mapped_column(String(8))
    """The element it changes; None for a new one."""
    base: Mapped[int]
    """The revision that its author had before the eyes."""
    operation: Mapped[dict[str, Any]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text, default="")
    author_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    client_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[ProposalState] = mapped_column(choice(ProposalState, "proposal_state"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Text)

    draft: Mapped[AgreementDraft] = relationship()
    author: Mapped[Participant] = relationship(foreign_keys=[author_id])
    decided_by: Mapped[Participant | None] = relationship(foreign_keys=[decided_by_id])


class ChangeKind(StrEnum):
    """What a change did."""

    EDIT = "edit"
    ADD = "add"
    REMOVE = "remove"
    MOVE = "move"
    RESTORE = "restore"
    ACCEPT = "accept"


class DraftChange(Base):
    """One change that made ``revision``; kept as a patch, so that every earlier state can be shown. Only ever added."""

    __tablename__ = "draft_change"
    __table_args__ = (
        UniqueConstraint("draft_id", "revision"),
        UniqueConstraint("draft_id", "author_id", "client_id"),
        CheckConstraint("base < revision", name="base_before"),
        CheckConstraint("(kind = 'accept') = (proposal_id IS NOT NULL)", name="accept_has_proposal"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("agreement_draft.id"), index=True)
    revision: Mapped[int]
    base: Mapped[int]
    kind: Mapped[ChangeKind] = mapped_column(choice(ChangeKind, "change_kind"))
    target: Mapped[str | None] = mapped_column(String(8))
    patch: Mapped[dict[str, Any]] = mapped_column(JSON)
    touched: Mapped[list[str]] = mapped_column(JSON)
    author_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("draft_proposal.id"))
    client_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    author: Mapped[Participant] = relationship()


class DraftComment(Base):
    """A remark on an element or on the whole; a reply names what it answers."""

    __tablename__ = "draft_comment"
    __table_args__ = (
        UniqueConstraint("draft_id", "author_id", "client_id"),
        CheckConstraint("(resolved_at IS NULL) = (resolved_by_id IS NULL)", name="resolved_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("agreement_draft.id"), index=True)
    target: Mapped[str | None] = mapped_column(String(8))
    author_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    client_id: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("draft_comment.id"))
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"))

    author: Mapped[Participant] = relationship(foreign_keys=[author_id])
    resolved_by: Mapped[Participant | None] = relationship(foreign_keys=[resolved_by_id])


class DraftOverride(Base):
    """The mediator's written reason to keep what a check found; it holds for exactly the text it was given for."""

    __tablename__ = "draft_override"
    __table_args__ = (UniqueConstraint("draft_id", "rule", "target", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("agreement_draft.id"), index=True)
    rule: Mapped[str] = mapped_column(String(80))
    target: Mapped[str | None] = mapped_column(String(8))
    sha256: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    by: Mapped[Participant] = relationship()
