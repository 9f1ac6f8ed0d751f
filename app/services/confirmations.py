"""The parties' joint application for judicial confirmation, the court's access to it, and the decision.

A judge never reaches chat, offers or a caucus through here (民诉法解释 107). Relaying is in ``relays``.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from app.domain.audience import EventKind
from app.domain.courts import Route, route
from app.domain.deadlines import BEIJING
from app.domain.errors import DomainError, ErrorKind
from app.domain.lifecycle import CaseState, require_move
from app.domain.permissions import Permission
from app.domain.roles import Actor, Office
from app.models.accounts import Account, KeyKind, SigningKey
from app.models.cases import Audit, Case, Participant
from app.models.settlements import (
    Confirmation,
    ConfirmationJoin,
    ConfirmationOutcome,
    CourtAccess,
    Settlement,
)
from app.services import (
    access,
    accounts,
    audit,
    messages,
    officials,
    relays,
    room,
    settlement_texts,
    settlements,
    signing,
    signing_keys,
)
from app.services.context import Work
from evidence.digest import digest_bytes
from evidence.statement import Statement, StatementKind, document_body, submitter_json
from evidence.strict import to_hex
from evidence.typed_data import Confirmation as ConfirmationMessage

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 10
ATTEMPTS_PER_HOUR = 5
GROUND_LIMIT, NUMBER_LIMIT = 4000, 80
OPEN_ACT = "open_court_file"


def route_of(work: Work, case: Case) -> Route:
    """Which court the table names for this case today."""
    addresses = tuple(person.party_address for person in settlements.at_table(case)[:-1])
    today = work.now().astimezone(BEIJING).date()
    return route(case.right_kind, case.right_details, addresses, today)


def of_case(work: Work, case: Case) -> Confirmation | None:
    """The application over the newest sealed agreement of a case, or None."""
    query = (
        select(Confirmation)
        .join(Settlement)
        .where(Settlement.case_id == case.id)
        .order_by(Settlement.version.desc())
    )
    return work.session.scalars(query).first()


def join(work: Work, actor: Actor, number: str, court: str | None = None) -> None:
    """A party joins the application; once all have, it is filed and the court is sent its code.

    The first to join picks among the courts that the table allows; the others join that application.
    """
    entry = access.in_case(work, actor, number, Permission.APPLY_FOR_CONFIRMATION)
    case, seat = entry.case, entry.seat
    settlement = settlements.in_force(work, case)
    if settlement is None:
        raise DomainError(ErrorKind.WRONG_STATE, state=case.state.value)
    confirmation = work.session.scalar(
        select(Confirmation).where(Confirmation.settlement_id == settlement.id)
    )
    if confirmation is None:
        require_move(case.state, CaseState.CONFIRMATION_REQUESTED)
        confirmation = _begin(work, case, settlement, court)
    if any(one.participant_id == seat.id for one in confirmation.joined):
        return
    require_move(case.state, CaseState.CONFIRMATION_REQUESTED)
    confirmation.joined.append(ConfirmationJoin(participant_id=seat.id, at=work.now()))
    audit.record(work, actor, "apply_for_confirmation", case)
    lacking = waiting_for(case, confirmation)
    if not lacking:
        _file(work, actor, case, seat, confirmation)
    subject, body = settlement_texts.joined(case.number, seat.party_name, page_of(work, case))
    for person in lacking:
        messages.post(work, person.contact, subject, body, case)


def _begin(work: Work, case: Case, settlement: Settlement, court: str | None) -> Confirmation:
    found = route_of(work, case)
    if court and court not in found.candidates:
        raise DomainError(ErrorKind.INVALID_INPUT, "court", problem="unknown")
    confirmation = Confirmation(
        settlement_id=settlement.id,
        court=court or found.court,
        court_reason=f"{found.reason}（{found.source}）",
    )
    work.session.add(confirmation)
    work.session.flush()
    return confirmation


def waiting_for(case: Case, confirmation: Confirmation | None) -> list[Participant]:
    """Parties who have not joined the application yet."""
    joined = {one.participant_id for one in confirmation.joined} if confirmation else set()
    return [person for person in settlements.at_table(case)[:-1] if person.id not in joined]


def page_of(work: Work, case: Case) -> str:
    """The address of the application's page, for messages."""
    return f"{work.settings.public_url}/cases/{case.number}/confirmation"


def _file(work: Work, actor: Actor, case: Case, seat: Participant, confirmation: Confirmation) -> None:
    code = "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH))
    confirmation.access_code_hash = _hash_code(work, case, code)
    confirmation.filed_at = work.now()
    case.state = CaseState.CONFIRMATION_REQUESTED
    audit.record(work, actor, "file_confirmation", case)
    joint = room.joint_audience(work, case)
    room.store_event(work, joint, EventKind.CONFIRMATION_REQUESTED, seat, {"court": confirmation.court})
    link = f"{work.settings.public_url}/court"
    subject, body = settlement_texts.court_code(case.number, confirmation.court, code, link)
    for account in _court_desk(work, confirmation.court):
        messages.post(work, account.contact, subject, body, case, link)
    subject, body = settlement_texts.filed(case.number, confirmation.court, page_of(work, case))
    for person in settlements.at_table(case)[:-1]:
        messages.post(work, person.contact, subject, body, case)


def _court_desk(work: Work, court: str) -> list[Account]:
    """Judges of that court; the office passes the code on where the court has nobody on the platform."""
    judges = [account for account in officials.holders(work, Office.JUDGE) if account.unit == court]
    return judges or officials.holders(work, Office.OFFICE)


def _hash_code(work: Work, case: Case, code: str) -> str:
    text = f"court\0{case.number}\0{code}".encode()
    return hmac.new(work.services.secrets.session_key, text, hashlib.sha256).hexdigest()


def open_file(work: Work, actor: Actor, number: str, code: str) -> str | DomainError:
    """Open a case's court file with number and code; gives the number in its stored form.

    A refusal is returned, not raised, so that the attempt is committed and counts. Unknown number and wrong
    code are answered alike; TOO_MANY_ATTEMPTS after five wrong ones within an hour.
    """
    access.require(actor, Permission.OPEN_COURT_FILE)
    if _recent_failures(work, actor) >= ATTEMPTS_PER_HOUR:
        return DomainError(ErrorKind.TOO_MANY_ATTEMPTS, "code")
    case = work.session.scalar(select(Case).where(Case.number == number.strip().upper()))
    confirmation = of_case(work, case) if case is not None else None
    given = "".join(code.split()).upper()
    expected = confirmation.access_code_hash if confirmation else None
    if (
        case is None
        or confirmation is None
        or expected is None
        or not hmac.compare_digest(expected, _hash_code(work, case, given))
    ):
        audit.record(work, actor, OPEN_ACT, case, allowed=False)
        return DomainError(ErrorKind.CODE_WRONG, "code")
    if any(person.account_id == actor.account_id for person in case.participants):
        audit.record(work, actor, OPEN_ACT, case, allowed=False)
        return DomainError(ErrorKind.NOT_ALLOWED)
    _let_in(work, actor, confirmation)
    audit.record(work, actor, OPEN_ACT, case)
    return case.number


def _recent_failures(work: Work, actor: Actor) -> int:
    query = select(func.count(Audit.id)).where(
        Audit.account_id == actor.account_id,
        Audit.act == OPEN_ACT,
        Audit.allowed.is_(False),
        Audit.at > work.now() - timedelta(hours=1),
    )
    return work.session.scalar(query) or 0


def _let_in(work: Work, actor: Actor, confirmation: Confirmation) -> None:
    known = work.session.scalar(
        select(CourtAccess.id).where(
            CourtAccess.confirmation_id == confirmation.id, CourtAccess.account_id == actor.account_id
        )
    )
    if known is None:
        work.session.add(
            CourtAccess(confirmation_id=confirmation.id, account_id=actor.account_id, opened_at=work.now())
        )


def opened(work: Work, actor: Actor) -> list[Confirmation]:
    """Applications whose file the judge has opened, the newest first."""
    access.require(actor, Permission.OPEN_COURT_FILE)
    query = (
        select(Confirmation)
        .join(CourtAccess, CourtAccess.confirmation_id == Confirmation.id)
        .where(CourtAccess.account_id == actor.account_id)
        .order_by(CourtAccess.id.desc())
    )
    return list(work.session.scalars(query))


def judge_key(work: Work, actor: Actor) -> SigningKey | None:
    """The passkey that the judge signs with: the newest one."""
    keys = signing_keys.of_account(work, actor.account_id)
    return next((key for key in keys if key.kind is KeyKind.PASSKEY), None)


@dataclass(frozen=True)
class Prepared:
    """A ruling that waits for the judge's signature: its commitment (hexadecimal) and what to ask the passkey."""

    commitment: str
    digest: bytes
    request: dict[str, Any]


def prepare(work: Work, actor: Actor, number: str, outcome: str, ground: str, ruling_number: str) -> Prepared:
    """The ruling as a statement, to be signed next; nothing is decided yet. A dismissal needs a ground."""
    confirmation = _undecided(work, actor, number)
    if outcome not in set(ConfirmationOutcome):
        raise DomainError(ErrorKind.INVALID_INPUT, "outcome", problem="missing")
    ground, ruling_number = ground.strip(), ruling_number.strip()
    _require_text(ruling_number, NUMBER_LIMIT, "ruling_number", required=True)
    _require_text(ground, GROUND_LIMIT, "ground", required=outcome == ConfirmationOutcome.DISMISSED)
    key = judge_key(work, actor)
    if key is None:
        raise DomainError(ErrorKind.KEY_MISSING, missing=[actor.name])
    statement = _ruling(work, actor, confirmation, ConfirmationOutcome(outcome), ground, ruling_number)
    confirmation.ruling_statement = statement.as_json()
    confirmation.judge_id = actor.account_id
    message = _message(confirmation, statement)
    digest = message.digest(work.services.trust.settlement_domain)
    return Prepared(statement.commitment().hex(), digest, signing.request_for(key, digest, message, work))


def _undecided(work: Work, actor: Actor, number: str) -> Confirmation:
    entry = access.in_case(work, actor, number, Permission.DECIDE_CONFIRMATION)
    confirmation = of_case(work, entry.case)
    if confirmation is None or confirmation.filed_at is None or confirmation.outcome is not None:
        raise DomainError(ErrorKind.WRONG_STATE, state=entry.case.state.value)
    return confirmation


def _require_text(text: str, limit: int, name: str, required: bool) -> None:
    if required and not text:
        raise DomainError(ErrorKind.INVALID_INPUT, name, problem="missing")
    if len(text) > limit:
        raise DomainError(ErrorKind.INVALID_INPUT, name, problem="too_long")


def _ruling(
    work: Work,
    actor: Actor,
    confirmation: Confirmation,
    outcome: ConfirmationOutcome,
    ground: str,
    ruling_number: str,
) -> Statement:
    settlement = confirmation.settlement
    account = work.session.get_one(Account, actor.account_id)
    digest = digest_bytes(_ruling_text(ruling_number, outcome.value, ground))
    body = document_body(
        case_ref=to_hex(settlement.case.reference),
        title=ruling_number,
        media_type=settlements.TEXT_TYPE,
        digest=digest,
        submitter=submitter_json(
            account=account.pseudonym,
            role="judge",
            identity_method=accounts.identity_method(work, actor),
        ),
        received_at=work.now(),
        details={
            "court": confirmation.court,
            "agreement": to_hex(settlement.agreement),
            "outcome": outcome.value,
            "ground": ground,
            "ruling_number": ruling_number,
        },
    )
    return Statement.create(StatementKind.RULING, body)


def _ruling_text(ruling_number: str, outcome: str, ground: str) -> bytes:
    return f"{ruling_number}\n{outcome}\n{ground}\n".encode()


def ruling_bytes(statement: Statement) -> bytes:
    """The bytes that a ruling's digests cover: number, outcome and ground, each with a line feed."""
    details = statement.body["details"]
    return _ruling_text(details["ruling_number"], details["outcome"], details["ground"])


def _message(confirmation: Confirmation, statement: Statement) -> ConfirmationMessage:
    outcome = ConfirmationOutcome(statement.body["details"]["outcome"])
    return ConfirmationMessage(
        confirmation.settlement.agreement, relays.OUTCOMES[outcome], statement.commitment()
    )


def decide(work: Work, actor: Actor, number: str, commitment: str, submission: signing.Submission) -> int:
    """Record the prepared ruling with the judge's signature; gives the id to relay after the commit.

    STALE_VERSION: the ruling on the screen is not the one prepared last, for example by another judge.
    """
    confirmation = _undecided(work, actor, number)
    prepared = confirmation.ruling_statement
    statement = Statement.parse(prepared) if prepared is not None else None
    if (
        statement is None
        or statement.commitment().hex() != commitment
        or confirmation.judge_id != actor.account_id
    ):
        raise DomainError(ErrorKind.STALE_VERSION)
    key = judge_key(work, actor)
    if key is None:
        raise DomainError(ErrorKind.KEY_MISSING, missing=[actor.name])
    digest = _message(confirmation, statement).digest(work.services.trust.settlement_domain)
    confirmation.signature = signing.accept(work, actor, key, digest, submission)
    confirmation.signer = key.signer
    details = statement.body["details"]
    confirmation.outcome = ConfirmationOutcome(details["outcome"])
    confirmation.ground = details["ground"] or None
    confirmation.ruling_number = details["ruling_number"]
    confirmation.decided_at = work.now()
    audit.record(work, actor, "decide_confirmation", confirmation.settlement.case, key=key.id)
    return confirmation.id


def refusal_of(work: Work, actor: Actor, number: str) -> str | None:
    """Why the chain refused the decision last, if it did."""
    entry = access.in_case(work, actor, number, Permission.DECIDE_CONFIRMATION)
    confirmation = of_case(work, entry.case)
    return confirmation.refusal if confirmation is not None else None
