"""Inviting the other party: short link, one-time code, and the answer with its reason."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import select, update

from app.domain.errors import DomainError, ErrorKind
from app.domain.lifecycle import CaseState, require_move
from app.domain.permissions import Permission
from app.domain.roles import OUTSIDER, Actor, Side
from app.models.cases import Answer, Case, Invitation, Participant
from app.services import access, accounts, audit, messages, texts
from app.services.context import Work

LINK_LIFE = timedelta(days=15)
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def send(work: Work, actor: Actor, case: Case, participant: Participant) -> str:
    """Invite; gives the short link's token, which is kept only as a hash (and in the message itself).

    Earlier links to the same party end here.
    """
    work.session.execute(
        update(Invitation)
        .where(Invitation.participant_id == participant.id, Invitation.expires_at > work.now())
        .values(expires_at=work.now())
    )
    token = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    work.session.add(
        Invitation(
            participant_id=participant.id,
            link_hash=_hash(token),
            sent_at=work.now(),
            expires_at=work.now() + LINK_LIFE,
        )
    )
    require_move(case.state, CaseState.INVITED)
    case.state = CaseState.INVITED
    inviter = next(p for p in case.participants if p.side is Side.CLAIMANT)
    link = f"{work.settings.public_url}/i/{token}"
    subject, body = texts.invitation(
        case.number, inviter.party_name, case.title, link, work.settings.office_phone, LINK_LIFE.days
    )
    messages.post(work, participant.contact, subject, body, case, link)
    audit.record(work, actor, "send_invitation", case, participant=participant.id)
    return token


def send_again(work: Work, actor: Actor, number: str) -> None:
    """The claimant invites once more after a refusal."""
    entry = access.in_case(work, actor, number, Permission.SEE_CASE)
    if entry.seat.side is not Side.CLAIMANT:
        raise DomainError(ErrorKind.NOT_ALLOWED)
    respondent = next(p for p in entry.case.participants if p.side is Side.RESPONDENT)
    require_move(entry.case.state, CaseState.INVITED)
    respondent.answer, respondent.answer_reason, respondent.answered_at = Answer.PENDING, None, None
    send(work, actor, entry.case, respondent)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find(work: Work, token: str) -> Invitation:
    """The invitation behind a link; NOT_FOUND for an unknown one, LINK_EXPIRED for an old one."""
    invitation = work.session.scalar(select(Invitation).where(Invitation.link_hash == _hash(token)))
    if invitation is None:
        raise DomainError(ErrorKind.NOT_FOUND)
    if invitation.expires_at <= work.now():
        raise DomainError(ErrorKind.LINK_EXPIRED, phone=work.settings.office_phone)
    return invitation


def send_code(work: Work, token: str) -> str:
    """Send a one-time code to the invited contact; gives the contact in masked form."""
    invitation = find(work, token)
    invitation.opened_at = invitation.opened_at or work.now()
    accounts.send_code(work, invitation.participant.contact)
    return texts.code_sent_to(invitation.participant.contact)


def join(work: Work, token: str, code: str) -> str | DomainError:
    """With link and code: a login token. A wrong code is returned, not raised, so that the attempt counts."""
    invitation = find(work, token)
    participant = invitation.participant
    refusal = accounts.check_code(work, participant.contact, code)
    if refusal is not None:
        audit.record(work, OUTSIDER, "join_by_invitation", participant.case, allowed=False)
        return refusal
    account = accounts.ensure(work, participant.person_name, participant.contact)
    participant.account_id = account.id
    invitation.joined_at = invitation.joined_at or work.now()
    audit.record(work, Actor(account.id, account.name), "join_by_invitation", participant.case)
    return accounts.open_session(work, account, "one_time_code")


def answer(work: Work, actor: Actor, number: str, accept: bool, reason: str = "") -> None:
    """The invited party says yes or no; a no needs a reason, and the claimant is told either way."""
    entry = access.in_case(work, actor, number, Permission.ANSWER_INVITATION)
    seat, case = entry.seat, entry.case
    if seat.answer is not Answer.PENDING:
        raise DomainError(ErrorKind.WRONG_STATE, state=seat.answer.value)
    reason = reason.strip()
    if not accept and not reason:
        raise DomainError(ErrorKind.INVALID_INPUT, "reason", problem="missing")
    wanted = CaseState.AGREED if accept else CaseState.DECLINED
    require_move(case.state, wanted)
    case.state = wanted
    seat.answer = Answer.ACCEPTED if accept else Answer.DECLINED
    seat.answer_reason = None if accept else reason[:2000]
    seat.answered_at = work.now()
    audit.record(work, actor, "answer_invitation", case, accepted=accept)
    link = f"{work.settings.public_url}/cases/{case.number}"
    subject, body = texts.answered(case.number, seat.party_name, accept, seat.answer_reason, link)
    for claimant in (p for p in case.participants if p.side is Side.CLAIMANT):
        messages.post(work, claimant.contact, subject, body, case)
