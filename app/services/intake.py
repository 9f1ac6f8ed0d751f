"""Taking a dispute in: the draft that waits for a verified contact, and the case that comes of it."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, func, select

from app.domain.audience import AudienceKind
from app.domain.contact import normal_contact
from app.domain.errors import DomainError, ErrorKind
from app.domain.intake import IntakeForm, check_intake
from app.domain.lifecycle import CaseState
from app.domain.permissions import Permission
from app.domain.rights import RightKind
from app.domain.roles import Actor, Side
from app.models.accounts import Account
from app.models.cases import Answer, Case, IntakeDraft, Participant, PartyKind
from app.models.room import Audience
from app.services import access, accounts, audit, invitations, messages, texts
from app.services.context import Work

DRAFT_LIFE = timedelta(days=2)
"""How long an intake waits for its code; it holds personal data and goes afterwards."""


def keep_draft(work: Work, actor: Actor, right_kind: RightKind, form: dict[str, str]) -> str:
    """Check the form, keep it and send a code to the claimant's contact; the token names the draft."""
    access.require(actor, Permission.START_INTAKE)
    checked = check_intake(right_kind, form)
    work.session.execute(delete(IntakeDraft).where(IntakeDraft.created_at < work.now() - DRAFT_LIFE))
    token = secrets.token_urlsafe(24)
    work.session.add(
        IntakeDraft(id=_hash(token), right_kind=right_kind, form=checked.values, created_at=work.now())
    )
    accounts.send_code(work, checked["claimant_contact"])
    return token


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def draft(work: Work, token: str) -> IntakeDraft:
    """The draft behind a token while it waits for its code; NOT_FOUND otherwise."""
    found = work.session.get(IntakeDraft, _hash(token))
    if found is None or found.case_id is not None:
        raise DomainError(ErrorKind.NOT_FOUND)
    return found


def submit_draft(work: Work, token: str, code: str) -> tuple[Case, str] | DomainError:
    """With the right code: the case, and a login token for the claimant. A refusal is returned, its attempt counted."""
    kept = work.session.get(IntakeDraft, _hash(token))
    if kept is None or kept.case_id is not None:
        return DomainError(ErrorKind.NOT_FOUND if kept is None else ErrorKind.WRONG_STATE)
    refusal = accounts.check_code(work, kept.form["claimant_contact"], code)
    if refusal is not None:
        return refusal
    form = check_intake(kept.right_kind, kept.form)
    account = accounts.ensure(work, form["claimant_person"], form["claimant_contact"])
    case = _open_case(work, account, form)
    kept.case_id, kept.form = case.id, {}
    return case, accounts.open_session(work, account, "one_time_code")


def submit_signed_in(work: Work, actor: Actor, right_kind: RightKind, form: dict[str, str]) -> Case:
    """An intake by somebody whose contact is verified already; the form's contact is replaced by the verified one."""
    access.require(actor, Permission.SEE_OWN_CASES)
    account = work.session.get_one(Account, actor.account_id)
    checked = check_intake(right_kind, {**form, "claimant_contact": account.contact})
    return _open_case(work, account, checked)


def _next_number(work: Work) -> str:
    year = work.now().year
    last = work.session.scalar(select(func.max(Case.number)).where(Case.number.like(f"HZ{year}-%")))
    serial = int(last.rsplit("-", 1)[1]) + 1 if last else 1
    return f"HZ{year}-{serial:05d}"


def _open_case(work: Work, account: Account, form: IntakeForm) -> Case:
    case = Case(
        number=_next_number(work),
        reference=secrets.token_bytes(32),
        right_kind=form.right_kind,
        right_details=form.right_details,
        title=form["title"],
        facts=form["facts"],
        claims=form["claims"],
        state=CaseState.SUBMITTED,
        submitted_at=work.now(),
    )
    work.session.add(case)
    work.session.flush()
    case.participants.append(_claimant(work, account, form))
    respondent = _respondent(form)
    case.participants.append(respondent)
    work.session.flush()
    work.session.add(Audience(case_id=case.id, kind=AudienceKind.JOINT, opened_at=work.now()))
    actor = Actor(account.id, account.name)
    audit.record(work, actor, "submit_intake", case)
    invitations.send(work, actor, case, respondent)
    subject, body = texts.submitted(
        case.number, case.title, f"{work.settings.public_url}/cases/{case.number}"
    )
    messages.post(work, account.contact, subject, body, case)
    return case


def _claimant(work: Work, account: Account, form: IntakeForm) -> Participant:
    return Participant(
        account_id=account.id,
        side=Side.CLAIMANT,
        party_kind=PartyKind(form["claimant_kind"]),
        party_name=form["claimant_name"],
        party_id_number=form["claimant_id_number"],
        party_address=form["claimant_address"],
        person_name=form["claimant_person"],
        contact=account.contact,
        answer=Answer.ACCEPTED,
        answered_at=work.now(),
    )


def _respondent(form: IntakeForm) -> Participant:
    return Participant(
        side=Side.RESPONDENT,
        party_kind=PartyKind(form["respondent_kind"]),
        party_name=form["respondent_name"],
        party_address=form["respondent_address"],
        person_name=form["respondent_person"] or form["respondent_name"],
        contact=normal_contact(form["respondent_contact"]),
        answer=Answer.PENDING,
    )
