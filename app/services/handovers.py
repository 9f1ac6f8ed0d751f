"""Signing on the phone while the room is on the laptop: a link for five minutes, shown as a QR code.

The link says only whose signature is wanted and for what. It signs nobody in: the phone asks for the account's own
code first, and shows the same digest as the laptop.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update

from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.domain.roles import Actor
from app.models.settlements import Settlement
from app.models.signing import Handover
from app.services import access, accounts, audit, settlements
from app.services.context import Work

LIFE = timedelta(minutes=5)


@dataclass(frozen=True)
class Made:
    """A link that was made and until when it works."""

    link: str
    expires_at: datetime


@dataclass(frozen=True)
class Wanted:
    """What a link leads to: the case, and the account that a code went to; None for somebody who is signed in."""

    account_id: int | None
    number: str


def make(work: Work, actor: Actor, number: str, version: int) -> Made:
    """A fresh link for the actor's own signature on the open version; earlier ones end."""
    entry = access.in_case(work, actor, number, Permission.SIGN_SETTLEMENT)
    settlement = settlements.current(work, entry.case)
    if settlement is None or settlement.version != version:
        raise DomainError(ErrorKind.STALE_VERSION)
    work.session.execute(
        update(Handover)
        .where(Handover.account_id == actor.account_id, Handover.expires_at > work.now())
        .values(expires_at=work.now())
    )
    token = secrets.token_urlsafe(18)
    expires = work.now() + LIFE
    work.session.add(
        Handover(
            id=_hash(token),
            account_id=actor.account_id,
            settlement_id=settlement.id,
            made_at=work.now(),
            expires_at=expires,
        )
    )
    audit.record(work, actor, "hand_over_signing", entry.case, version=version)
    return Made(f"{work.settings.public_url}/s/{token}", expires)


def open_link(work: Work, token: str, actor: Actor) -> Wanted:
    """What a link leads to; it opens once, and a code goes to the account's contact unless it is the actor's own.

    LINK_EXPIRED for one that is old, used or was never made.
    """
    found = work.session.get(Handover, _hash(token))
    if found is None or found.opened_at is not None or found.expires_at <= work.now():
        raise DomainError(ErrorKind.LINK_EXPIRED, phone=work.settings.office_phone)
    found.opened_at = work.now()
    case = work.session.get_one(Settlement, found.settlement_id).case
    audit.record(work, Actor(found.account_id, found.account.name), "open_handover", case)
    if actor.account_id == found.account_id:
        return Wanted(None, case.number)
    accounts.send_code(work, found.account.contact)
    return Wanted(found.account_id, case.number)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
