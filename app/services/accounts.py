"""Accounts, one-time codes and login sessions. No passwords exist; signing keys are in ``signing_keys``."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select

from app.domain.contact import normal_contact
from app.domain.errors import DomainError, ErrorKind
from app.domain.roles import OUTSIDER, Actor, Office
from app.models.accounts import Account, AccountOffice, LoginCode, LoginSession
from app.models.base import total
from app.services import audit, messages, texts
from app.services.context import Work

BROWSER_KEY = "login"
"""Where the browser's signed cookie holds the login token; pages and sockets read the same one."""
CODE_LIFE = timedelta(minutes=10)
CODE_ATTEMPTS = 5
CODES_PER_HOUR = 10
ATTEMPTS = ((timedelta(hours=1), 15), (timedelta(days=1), 50))
"""Wrong codes that one contact may be tried with, over all its codes, within each span."""
SESSION_LIFE = timedelta(hours=12)


def find(work: Work, contact: str) -> Account | None:
    """The account with this contact, if there is one."""
    return work.session.scalar(select(Account).where(Account.contact == normal_contact(contact)))


def contact_of(work: Work, actor: Actor) -> str:
    """The verified contact of somebody signed in."""
    return work.session.get_one(Account, actor.account_id).contact


def contact_of_account(work: Work, account_id: int) -> str:
    """The contact of an account that is to be signed in to."""
    return work.session.get_one(Account, account_id).contact


def ensure(work: Work, name: str, contact: str, unit: str = "", offices: tuple[Office, ...] = ()) -> Account:
    """The account with this contact, made if need be, holding at least these offices."""
    account = find(work, contact)
    if account is None:
        account = Account(
            name=name.strip(),
            contact=normal_contact(contact),
            pseudonym=secrets.token_hex(16),
            unit=unit,
            created_at=work.now(),
        )
        work.session.add(account)
        work.session.flush()
    held = {office.office for office in account.offices}
    for office in offices:
        if office not in held:
            account.offices.append(AccountOffice(office=office, granted_at=work.now()))
    work.session.flush()
    return account


def _hash_code(work: Work, contact: str, code: str) -> str:
    return hmac.new(
        work.services.secrets.session_key, f"{contact}\0{code}".encode(), hashlib.sha256
    ).hexdigest()


def send_code(work: Work, contact: str, known: bool = True) -> None:
    """Send a fresh six-digit code; TOO_MANY_ATTEMPTS after ten codes to one contact within an hour.

    To a contact that is not ``known`` nothing goes out, but all else is the same, so that nobody learns which are.
    """
    contact = normal_contact(contact)
    since = work.now() + CODE_LIFE - timedelta(hours=1)
    recent = work.session.scalars(
        select(LoginCode.id).where(LoginCode.contact == contact, LoginCode.expires_at > since)
    ).all()
    if len(recent) >= CODES_PER_HOUR:
        raise DomainError(ErrorKind.TOO_MANY_ATTEMPTS)
    code = f"{secrets.randbelow(1_000_000):06d}"
    work.session.add(
        LoginCode(
            contact=contact,
            code_hash=_hash_code(work, contact, code),
            expires_at=work.now() + CODE_LIFE,
        )
    )
    if known:
        subject, body = texts.one_time_code(code)
        messages.post(work, contact, subject, body)


def check_code(work: Work, contact: str, code: str) -> DomainError | None:
    """Use up the newest code. The refusal is returned, not raised, so that the attempt it cost is committed too."""
    refusal = _try_code(work, normal_contact(contact), code.strip())
    if refusal is not None:
        account = find(work, contact)
        detail = {"kind": refusal.kind.value, "tried": account.id if account is not None else None}
        audit.record(work, OUTSIDER, "enter_code", allowed=False, **detail)
    return refusal


def _try_code(work: Work, contact: str, code: str) -> DomainError | None:
    newest = work.session.scalar(
        select(LoginCode).where(LoginCode.contact == contact).order_by(LoginCode.id.desc()).limit(1)
    )
    if newest is None or newest.used_at is not None or newest.expires_at <= work.now():
        return DomainError(ErrorKind.CODE_EXPIRED, "code")
    if newest.attempts >= CODE_ATTEMPTS or _tried_too_often(work, contact):
        return DomainError(ErrorKind.TOO_MANY_ATTEMPTS, "code")
    newest.attempts += 1
    if not hmac.compare_digest(newest.code_hash, _hash_code(work, contact, code)):
        return DomainError(ErrorKind.CODE_WRONG, "code", left=CODE_ATTEMPTS - newest.attempts)
    newest.used_at = work.now()
    return None


def _tried_too_often(work: Work, contact: str) -> bool:
    for span, most in ATTEMPTS:
        tried = work.session.scalar(
            select(total(LoginCode.attempts)).where(
                LoginCode.contact == contact, LoginCode.expires_at > work.now() + CODE_LIFE - span
            )
        )
        if (tried or 0) >= most:
            return True
    return False


def open_session(work: Work, account: Account, method: str) -> str:
    """Sign somebody in; the token goes into the browser's cookie, only its hash stays here."""
    token = secrets.token_urlsafe(32)
    work.session.add(
        LoginSession(
            id=_hash_token(token),
            account_id=account.id,
            method=method,
            created_at=work.now(),
            expires_at=work.now() + SESSION_LIFE,
        )
    )
    audit.record(work, Actor(account.id, account.name), "sign_in", method=method)
    return token


def _hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def actor_of(work: Work, token: str | None) -> Actor | None:
    """Who is behind a browser's token, looked up afresh; None for an ended or unknown session."""
    if not token:
        return None
    login = work.session.get(LoginSession, _hash_token(token))
    if login is None or login.ended_at is not None or login.expires_at <= work.now():
        return None
    offices = frozenset(office.office for office in login.account.offices)
    return Actor(login.account_id, login.account.name, offices, login.id)


def close_session(work: Work, actor: Actor) -> None:
    """Sign out; the session's sockets are refused from the next event on."""
    if actor.session_id is None:
        return
    login = work.session.get(LoginSession, actor.session_id)
    if login is not None:
        login.ended_at = work.now()
        audit.record(work, actor, "sign_out")


def signed_in_since(work: Work, actor: Actor, moment: datetime) -> bool:
    """Whether the running session was opened at or after a moment (aware)."""
    login = work.session.get(LoginSession, actor.session_id) if actor.session_id else None
    return login is not None and login.created_at >= moment


def identity_method(work: Work, actor: Actor) -> str:
    """How the identity behind the running session was checked."""
    login = work.session.get(LoginSession, actor.session_id) if actor.session_id else None
    return login.method if login is not None else "none"
