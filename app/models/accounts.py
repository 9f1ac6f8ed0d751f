"""People who may sign in, the codes they sign in with, their sessions and signing keys."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.roles import Office
from app.models.base import Base, UtcDateTime, choice


class Account(Base):
    """A person; ``contact`` is the verified e-mail address or phone number that codes are sent to."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    contact: Mapped[str] = mapped_column(String(200), unique=True)
    pseudonym: Mapped[str] = mapped_column(String(32), unique=True)
    """Random reference used in evidence statements instead of the name."""
    unit: Mapped[str] = mapped_column(String(200), default="")
    """Organisation, court or notary office, as shown to others."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    offices: Mapped[list["AccountOffice"]] = relationship(back_populates="account")
    keys: Mapped[list["SigningKey"]] = relationship(back_populates="account")


class AccountOffice(Base):
    """An office that an account holds."""

    __tablename__ = "account_office"
    __table_args__ = (UniqueConstraint("account_id", "office"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    office: Mapped[Office] = mapped_column(choice(Office, "office"))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship(back_populates="offices")


class LoginCode(Base):
    """A one-time code sent to a contact; only its keyed hash is kept."""

    __tablename__ = "login_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact: Mapped[str] = mapped_column(String(200), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginSession(Base):
    """A signed-in browser; looked up afresh at every request and every socket event."""

    __tablename__ = "login_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the token in the cookie."""
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    method: Mapped[str] = mapped_column(String(40))
    """How identity was checked: ``one_time_code``, ``demo_link``."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship()


class KeyKind(StrEnum):
    """What holds the private key; it never leaves the signer (电子签名法 13)."""

    PASSKEY = "passkey"
    DEVICE_KEY = "device_key"
    WALLET = "wallet"
    """The signer's own Ethereum wallet (secp256k1)."""


class SigningKey(Base):
    """A signer's public key. ``signer`` is the ERC-7913 form: verifier address and key."""

    __tablename__ = "signing_key"
    __table_args__ = (
        CheckConstraint("(kind = 'passkey') = (credential_id IS NOT NULL)", name="passkey_has_credential"),
        CheckConstraint("lost_at IS NULL OR revoked_at IS NOT NULL", name="lost_is_revoked"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[KeyKind] = mapped_column(choice(KeyKind, "key_kind"))
    label: Mapped[str] = mapped_column(String(80))
    credential_id: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    signer: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    sign_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lost_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its holder said that the device is lost; then it is revoked too."""

    account: Mapped[Account] = relationship(back_populates="keys")
