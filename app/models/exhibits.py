"""Uploads, exhibits with their custody, and the ledger jobs and batches that anchor them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, UtcDateTime, choice
from app.models.cases import Case, Participant


class UploadState(StrEnum):
    """Where a resumable upload stands."""

    RECEIVING = "receiving"
    FINISHED = "finished"
    ABANDONED = "abandoned"


class Upload(Base):
    """A resumable upload; ``details`` holds the origin questions as answered, so that nothing is asked twice."""

    __tablename__ = "upload"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("mediation_case.id"), index=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    file_name: Mapped[str] = mapped_column(String(255))
    claimed_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[UploadState] = mapped_column(choice(UploadState, "upload_state"))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    exhibit_id: Mapped[int | None] = mapped_column(ForeignKey("exhibit.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    participant: Mapped[Participant] = relationship()
    case: Mapped[Case] = relationship()


class Exhibit(Base):
    """One piece of evidence as received. The statement (with salt) is what is committed to on chain."""

    __tablename__ = "exhibit"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        CheckConstraint("size > 0", name="not_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("mediation_case.id"), index=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    number: Mapped[int]
    receipt_number: Mapped[str] = mapped_column(String(60), unique=True)
    file_name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(120))
    """Recognised from the content, never taken from the claim."""
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    sm3: Mapped[str] = mapped_column(String(64))
    store_address: Mapped[str] = mapped_column(String(128))
    statement: Mapped[dict[str, Any]] = mapped_column(JSON)
    commitment: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    attestation: Mapped[bytes] = mapped_column(LargeBinary)
    """The operator's EIP-712 signature over commitment and submitter, given with the receipt."""
    secret: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when there is only a tombstone: no file, no key, no statement; the commitment stays."""

    case: Mapped[Case] = relationship()
    participant: Mapped[Participant] = relationship()
    custody: Mapped[list["CustodyRecord"]] = relationship(order_by="CustodyRecord.sequence")
    viewers: Mapped[list["ExhibitViewer"]] = relationship()
    job: Mapped["LedgerJob | None"] = relationship(back_populates="exhibit")


class ExhibitViewer(Base):
    """A participant who may see a secret exhibit besides its submitter."""

    __tablename__ = "exhibit_viewer"
    __table_args__ = (UniqueConstraint("exhibit_id", "participant_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), index=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))

    participant: Mapped[Participant] = relationship()


class CustodyRecord(Base):
    """One entry of an exhibit's hash-chained custody record (ISO/IEC 27037), as ``evidence.custody`` made it."""

    __tablename__ = "custody_record"
    __table_args__ = (UniqueConstraint("exhibit_id", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), index=True)
    sequence: Mapped[int]
    entry: Mapped[dict[str, Any]] = mapped_column(JSON)


class BatchState(StrEnum):
    """RECORDED before sending; SENT when the transaction's hash is stored; ANCHORED when mined and final."""

    RECORDED = "recorded"
    SENT = "sent"
    ANCHORED = "anchored"


class Batch(Base):
    """One root on the chain; written before it is sent, so that a crash can neither lose nor double it."""

    __tablename__ = "batch"
    __table_args__ = (
        CheckConstraint("state = 'recorded' OR transaction_hash IS NOT NULL", name="sent_has_transaction"),
        CheckConstraint("state <> 'anchored' OR block_number IS NOT NULL", name="anchored_has_block"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    size: Mapped[int]
    previous_head: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    head: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    state: Mapped[BatchState] = mapped_column(choice(BatchState, "batch_state"))
    transaction_hash: Mapped[str | None] = mapped_column(String(66))
    block_number: Mapped[int | None]
    block_hash: Mapped[str | None] = mapped_column(String(66))
    block_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    anchored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state_proof: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Header, account and storage proof as in a proof file; None while they are still to be taken from the node."""
    replays: Mapped[int] = mapped_column(default=0)
    """How often the batch had to be anchored again because the chain had lost it."""

    jobs: Mapped[list["LedgerJob"]] = relationship(back_populates="batch", order_by="LedgerJob.leaf_index")
    tokens: Mapped[list["TimestampToken"]] = relationship(
        back_populates="batch", order_by="(TimestampToken.line, TimestampToken.generation)"
    )
    witnesses: Mapped[list["WitnessSignature"]] = relationship(
        back_populates="batch", order_by="WitnessSignature.id"
    )


class LedgerJob(Base):
    """A commitment that waits for, or has, its place in a batch; written in the item's own transaction."""

    __tablename__ = "ledger_job"
    __table_args__ = (
        UniqueConstraint("batch_number", "leaf_index"),
        CheckConstraint("(batch_number IS NULL) = (leaf_index IS NULL)", name="batched_has_index"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    commitment: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("mediation_case.id"))
    exhibit_id: Mapped[int | None] = mapped_column(ForeignKey("exhibit.id"), unique=True)
    batch_number: Mapped[int | None] = mapped_column(ForeignKey("batch.number"), index=True)
    leaf_index: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    exhibit: Mapped[Exhibit | None] = relationship(back_populates="job")
    batch: Mapped[Batch | None] = relationship(back_populates="jobs")


class TimestampToken(Base):
    """An RFC 3161 token of a batch; without ``token`` it is still to come (待补) and will be asked again.

    A line is what one authority began: generation 0 is over the batch's head, each later one renews the one before.
    """

    __tablename__ = "timestamp_token"
    __table_args__ = (
        UniqueConstraint("batch_number", "line", "generation"),
        CheckConstraint("(token IS NULL) = (generated_at IS NULL)", name="token_has_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_number: Mapped[int] = mapped_column(ForeignKey("batch.number"), index=True)
    line: Mapped[str] = mapped_column(String(200))
    """Name of the configured authority that the line began with."""
    generation: Mapped[int] = mapped_column(default=0)
    authority_url: Mapped[str] = mapped_column(String(300))
    token: Mapped[bytes | None] = mapped_column(LargeBinary)
    generated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    authority: Mapped[str | None] = mapped_column(String(200))
    serial: Mapped[str | None] = mapped_column(String(80))
    policy: Mapped[str | None] = mapped_column(String(80))
    accuracy_ms: Mapped[int | None]
    certificates: Mapped[list[str]] = mapped_column(JSON, default=list)
    """X.509 certificates beyond those in the token, DER in base64."""
    revocations: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    """``{"kind": "crl" | "ocsp", "value": DER in base64}``."""
    revocation_complete: Mapped[bool] = mapped_column(default=False)
    """Whether revocation data covers the whole chain; until then it is asked for again."""
    lapses_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When certificate or algorithm end; to be renewed before."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    failure: Mapped[str | None] = mapped_column(Text)

    batch: Mapped[Batch] = relationship(back_populates="tokens")


class WitnessSignature(Base):
    """A co-signature of an outside body over head and block, as the contract checked it and told in its event."""

    __tablename__ = "witness_signature"
    __table_args__ = (UniqueConstraint("batch_number", "signer", "block_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_number: Mapped[int] = mapped_column(ForeignKey("batch.number"), index=True)
    signer: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    block_hash: Mapped[str] = mapped_column(String(66))
    """The block that took the batch in, as the witness saw it."""
    transaction_hash: Mapped[str] = mapped_column(String(66))
    recorded_block: Mapped[int]
    """Number of the block that took the co-signature in."""
    recorded_time: Mapped[datetime] = mapped_column(UtcDateTime)

    batch: Mapped[Batch] = relationship(back_populates="witnesses")


class BatchNotice(Base):
    """What is still to be entered in the custody records of a batch's exhibits; gone once the last one has it.

    ``act`` and ``details`` are those of the entries; exhibits at leaves before ``next_leaf`` have theirs.
    """

    __tablename__ = "batch_notice"
    __table_args__ = (CheckConstraint("next_leaf >= 0", name="begins_at_a_leaf"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_number: Mapped[int] = mapped_column(ForeignKey("batch.number"), index=True)
    act: Mapped[str] = mapped_column(String(100))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    next_leaf: Mapped[int]
