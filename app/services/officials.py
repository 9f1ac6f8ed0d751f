"""Keys that hold an office on chain: what waits for registration, granting with dates, revoking.

The chain is what counts; our own record keeps who granted and when. Chain calls are outside transactions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from app.domain.deadlines import BEIJING
from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.domain.roles import Actor, Office
from app.models.accounts import Account, AccountOffice, KeyKind, SigningKey
from app.models.settlements import Confirmation, OfficialGrant, Settlement
from app.services import access, audit
from app.services.context import Services, Work
from evidence.errors import NotFound, Refused, Unavailable
from evidence.records import Office as ChainOffice

ON_CHAIN = {Office.MEDIATOR: ChainOffice.MEDIATOR, Office.JUDGE: ChainOffice.COURT}
WAIT = 15.0


@dataclass(frozen=True)
class OfficialKey:
    """A key of somebody in office. ``grant`` is our record; ``on_chain`` is None when the node is away."""

    key: SigningKey
    office: Office
    grant: OfficialGrant | None
    on_chain: bool | None

    @property
    def last_day(self) -> str:
        """The last day of the term in Beijing, ISO; empty without a term."""
        if self.grant is None:
            return ""
        return (self.grant.valid_until - timedelta(seconds=1)).astimezone(BEIJING).date().isoformat()


def holders(work: Work, office: Office) -> list[Account]:
    """Accounts that hold an office on the platform."""
    query = select(Account).join(AccountOffice).where(AccountOffice.office == office).order_by(Account.id)
    return list(work.session.scalars(query))


def standing(
    services: Services, signers: Sequence[tuple[bytes, Office]]
) -> dict[tuple[bytes, Office], bool | None]:
    """Whether each signer holds the office on chain now; None where the node does not answer.

    A node that is away is asked once, not once for every key: the page would take minutes.
    """
    moment = int(services.clock().timestamp())
    found: dict[tuple[bytes, Office], bool | None] = dict.fromkeys(signers)
    for signer, office in signers:
        try:
            found[signer, office] = services.ledger.holds_office(signer, ON_CHAIN[office], moment)
        except Unavailable:
            break
    return found


def signers(work: Work, actor: Actor) -> list[tuple[bytes, Office]]:
    """Which signers to ask the chain about, before the page is made."""
    access.require(actor, Permission.KEEP_OFFICIALS)
    return [(key.signer, office) for key, office in _keys(work)]


def _keys(work: Work) -> list[tuple[SigningKey, Office]]:
    query = (
        select(SigningKey, AccountOffice.office)
        .join(AccountOffice, AccountOffice.account_id == SigningKey.account_id)
        .where(AccountOffice.office.in_(list(ON_CHAIN)), SigningKey.kind == KeyKind.PASSKEY)
        .order_by(SigningKey.id.desc())
    )
    return [(key, office) for key, office in work.session.execute(query)]


def listed(work: Work, actor: Actor, found: dict[tuple[bytes, Office], bool | None]) -> list[OfficialKey]:
    """Passkeys of mediators and judges, newest first; revoked ones only while they hold an office."""
    access.require(actor, Permission.KEEP_OFFICIALS)
    rows = [
        OfficialKey(key, office, _grant(work, key, office), found.get((key.signer, office)))
        for key, office in _keys(work)
    ]
    return [row for row in rows if row.key.revoked_at is None or row.on_chain or row.grant is not None]


def _grant(work: Work, key: SigningKey, office: Office) -> OfficialGrant | None:
    query = (
        select(OfficialGrant)
        .where(
            OfficialGrant.key_id == key.id, OfficialGrant.office == office, OfficialGrant.revoked_at.is_(None)
        )
        .order_by(OfficialGrant.id.desc())
    )
    return work.session.scalars(query).first()


def grant(services: Services, actor: Actor, key_id: int, office: Office, first: date, last: date) -> None:
    """Give a key its holder's office from ``first`` to ``last`` (days in Beijing, both included)."""
    start, end = _start_of(first), _start_of(last + timedelta(days=1))
    if end <= start or end <= services.clock():
        raise DomainError(ErrorKind.INVALID_INPUT, "until", problem="date")
    with services.reading() as work:
        signer = _official_key(work, actor, key_id, office).signer
    transaction = _on_chain(
        services,
        lambda: services.ledger.grant_office(
            signer, ON_CHAIN[office], int(start.timestamp()), int(end.timestamp())
        ),
    )
    with services.work() as work:
        row = OfficialGrant(
            key_id=key_id,
            office=office,
            valid_from=start,
            valid_until=end,
            transaction_hash=transaction,
            granted_by_id=actor.account_id,
            granted_at=work.now(),
        )
        work.session.add(row)
        audit.record(work, actor, "grant_office", key=key_id, office=office.value)
        _allow_again(work, signer)


def revoke(services: Services, actor: Actor, key_id: int, office: Office) -> None:
    """End an office on chain now; what was sealed or decided before stays valid."""
    with services.reading() as work:
        signer = _official_key(work, actor, key_id, office).signer
    _on_chain(services, lambda: services.ledger.revoke_office(signer, ON_CHAIN[office]))
    with services.work() as work:
        for row in work.session.scalars(
            select(OfficialGrant).where(
                OfficialGrant.key_id == key_id,
                OfficialGrant.office == office,
                OfficialGrant.revoked_at.is_(None),
            )
        ):
            row.revoked_at = work.now()
        audit.record(work, actor, "revoke_office", key=key_id, office=office.value)


def _official_key(work: Work, actor: Actor, key_id: int, office: Office) -> SigningKey:
    access.require(actor, Permission.KEEP_OFFICIALS)
    key = next((key for key, held in _keys(work) if key.id == key_id and held is office), None)
    if key is None:
        raise DomainError(ErrorKind.NOT_FOUND)
    return key


def _on_chain(services: Services, send: Callable[[], str]) -> str:
    try:
        transaction = send()
        services.ledger.wait(transaction, WAIT)
    except Refused as error:
        raise DomainError(ErrorKind.LEDGER_REFUSED, refusal=error.code) from error
    except (Unavailable, NotFound) as error:
        raise DomainError(ErrorKind.LEDGER_UNAVAILABLE) from error
    return transaction


def _allow_again(work: Work, signer: bytes) -> None:
    """Acts that the chain refused for want of this office are carried again by the worker."""
    for settlement in work.session.scalars(select(Settlement).where(Settlement.seal_signer == signer)):
        settlement.refusal = None
    for confirmation in work.session.scalars(select(Confirmation).where(Confirmation.signer == signer)):
        confirmation.refusal = None


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING).astimezone(UTC)


def today(work: Work) -> date:
    """The day in Beijing."""
    return work.now().astimezone(BEIJING).date()
