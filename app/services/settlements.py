"""The settlement: proposing versions, signing, declining and sealing. Relaying to the chain is in ``relays``.

A version never changes: a revision is a new one, and what was given to earlier ones stays in the record.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.domain.agreement import canonical
from app.domain.agreement.model import Agreement
from app.domain.agreement.render import render
from app.domain.agreement.text import clean
from app.domain.audience import EventKind
from app.domain.errors import DomainError, ErrorKind, InvalidForm
from app.domain.lifecycle import CaseState, SettlementState
from app.domain.permissions import Permission
from app.domain.roles import PARTIES, Actor, Side
from app.models.accounts import Account, KeyKind, SigningKey
from app.models.cases import Case, Participant
from app.models.settlements import (
    Settlement,
    SettlementSignature,
    SettlementSigner,
    SignatureAct,
)
from app.services import (
    access,
    accounts,
    audit,
    identity,
    messages,
    readings,
    room,
    settlement_texts,
    signing,
    signing_keys,
)
from app.services.context import Work
from evidence.digest import DigestStream, FileDigest
from evidence.errors import MalformedInput
from evidence.records import ZERO, SettlementCall
from evidence.statement import Statement, StatementKind, document_body, submitter_json
from evidence.strict import to_hex
from evidence.typed_data import Consent, Seal

TEXT_TYPE = "text/plain; charset=utf-8"
REASON_LIMIT = 2000
CURABLE = frozenset({"SettlementLedgerNotAMediator", "NoKey"})
"""Refusals by the chain after which the same seal can still succeed; a new version would make two of them."""
_DRAFTING = (CaseState.IN_MEDIATION, CaseState.SETTLED, CaseState.CONFIRMATION_REFUSED)


def versions(work: Work, case: Case) -> list[Settlement]:
    """Every version of a case's settlement, the newest first."""
    query = select(Settlement).where(Settlement.case_id == case.id).order_by(Settlement.version.desc())
    return list(work.session.scalars(query))


def current(work: Work, case: Case) -> Settlement | None:
    """The newest version, or None."""
    query = select(Settlement).where(Settlement.case_id == case.id).order_by(Settlement.version.desc())
    return work.session.scalar(query.limit(1))


def in_force(work: Work, case: Case) -> Settlement | None:
    """The sealed version that no later one has superseded, or None."""
    query = select(Settlement).where(
        Settlement.case_id == case.id, Settlement.state == SettlementState.SEALED
    )
    return work.session.scalar(query.order_by(Settlement.version.desc()).limit(1))


def at_table(case: Case) -> list[Participant]:
    """Who must sign, in the contract's order: parties as they came, the mediator last."""
    people = [person for person in case.participants if person.removed_at is None]
    parties = [person for person in people if person.side in PARTIES]
    return parties + [person for person in people if person.side is Side.MEDIATOR][:1]


@dataclass(frozen=True)
class FrozenDraft:
    """One revision of a draft, checked; ``overrides`` are the mediator's reasons to keep what a check found."""

    agreement: Agreement
    revision: int
    overrides: tuple[Mapping[str, str | None], ...] = ()


def missing_keys(work: Work, case: Case) -> list[Participant]:
    """Who at the table has no key to sign with; the mediator needs a passkey."""
    return [person for person in at_table(case) if not _usable(work, person)]


def _usable(work: Work, person: Participant) -> list[SigningKey]:
    keys = signing_keys.of_account(work, person.account_id)
    return [key for key in keys if key.kind is KeyKind.PASSKEY] if person.side is Side.MEDIATOR else keys


def propose(work: Work, actor: Actor, number: str, draft: FrozenDraft, in_order: bool = False) -> Settlement:
    """A new version for everybody to sign, of a draft that may be proposed (see ``draft_reviews``).

    in_order: parties sign one after the other, as they came to the case.
    KEY_MISSING names who has no key yet. After a sealed one the new version supersedes it, with the same keys, because
    the contract compares them; where a party's key was revoked meanwhile, both stand on chain and the newer counts here.
    """
    entry = access.in_case(work, actor, number, Permission.DRAFT_SETTLEMENT)
    case, earlier = entry.case, current(work, entry.case)
    if not can_draft(case, earlier):
        raise DomainError(ErrorKind.WRONG_STATE, state=case.state.value)
    lacking = missing_keys(work, case)
    if lacking:
        raise DomainError(ErrorKind.KEY_MISSING, missing=[person.person_name for person in lacking])
    superseded = in_force(work, case)
    text, version = render(draft.agreement), earlier.version + 1 if earlier else 1
    statement, digest = _statement(work, actor, case, version, draft, text)
    settlement = Settlement(
        case_id=case.id,
        version=version,
        draft_revision=draft.revision,
        text=text,
        text_sha256=digest.sha256.hex(),
        text_sm3=digest.sm3.hex(),
        statement=statement.as_json(),
        agreement=statement.commitment(),
        supersedes=superseded.agreement if superseded else None,
        state=SettlementState.PROPOSED,
        drafted_by_id=entry.seat.id,
        proposed_at=work.now(),
        in_order=in_order,
    )
    work.session.add(settlement)
    settlement.signers = _fix_signers(work, case, superseded)
    work.session.flush()
    if superseded is not None and not _same_parties(settlement, superseded):
        settlement.supersedes = None
    dropped = _drop(earlier)
    if case.state is CaseState.CONFIRMATION_REFUSED:
        case.state = CaseState.IN_MEDIATION
    _tell_proposed(work, actor, entry.seat, settlement, dropped)
    return settlement


def can_draft(case: Case, newest: Settlement | None) -> bool:
    """Whether a new version may be proposed now: not while one is on its way to the chain, nor at the court."""
    if case.state not in _DRAFTING:
        return False
    if newest is None or newest.state is not SettlementState.SEALING:
        return True
    return newest.refusal is not None and newest.refusal not in CURABLE


def _statement(
    work: Work, actor: Actor, case: Case, version: int, draft: FrozenDraft, text: str
) -> tuple[Statement, FileDigest]:
    stream = DigestStream()
    stream.update(canonical(text))
    digest = stream.finish()
    account = work.session.get_one(Account, actor.account_id)
    body = document_body(
        case_ref=to_hex(case.reference),
        title=draft.agreement.title,
        media_type=TEXT_TYPE,
        digest=digest,
        submitter=submitter_json(
            account=account.pseudonym,
            role=Side.MEDIATOR.value,
            identity_method=accounts.identity_method(work, actor),
        ),
        received_at=work.now(),
        details={
            "version": version,
            "terms": draft.agreement.as_json(),
            "overrides": [dict(one) for one in draft.overrides],
        },
    )
    try:
        return Statement.create(StatementKind.SETTLEMENT, body), digest
    except MalformedInput as error:  # long reasons beside long terms
        raise InvalidForm({"clauses": "too_large"}) from error


def _fix_signers(work: Work, case: Case, superseded: Settlement | None) -> list[SettlementSigner]:
    before = {signer.participant_id: signer.key for signer in superseded.signers} if superseded else {}
    signers = []
    for position, person in enumerate(at_table(case)):
        key = before.get(person.id)
        if key is None or key.revoked_at is not None or person.side is Side.MEDIATOR:
            key = _usable(work, person)[0]
        signers.append(SettlementSigner(participant_id=person.id, key_id=key.id, position=position))
    return signers


def _same_parties(one: Settlement, other: Settlement) -> bool:
    return [signer.key_id for signer in one.signers[:-1]] == [signer.key_id for signer in other.signers[:-1]]


def _drop(earlier: Settlement | None) -> list[int]:
    """Close the earlier version; participants whose signatures no longer count."""
    if earlier is None or earlier.state in (SettlementState.SEALED, SettlementState.SUPERSEDED):
        return []
    earlier.state = SettlementState.REVISED
    return [act.participant_id for act in earlier.signatures if act.act is SignatureAct.SIGNED]


def _tell_proposed(
    work: Work, actor: Actor, seat: Participant, settlement: Settlement, dropped: list[int]
) -> None:
    case = work.session.get_one(Case, settlement.case_id)
    audit.record(work, actor, "propose_settlement", case, version=settlement.version, dropped=dropped)
    payload = {
        "version": settlement.version,
        "text_sha256": settlement.text_sha256,
        "text_sm3": settlement.text_sm3,
        "dropped": dropped,
    }
    room.store_event(work, room.joint_audience(work, case), EventKind.SETTLEMENT_PROPOSED, seat, payload)
    subject, body = settlement_texts.proposed(
        case.number, settlement.version, settlement.version > 1, page_of(work, case)
    )
    for person in at_table(case)[:-1]:
        messages.post(work, person.contact, subject, body, case)


def page_of(work: Work, case: Case) -> str:
    """The address of the settlement's page, for messages."""
    return f"{work.settings.public_url}/cases/{case.number}/settlement"


def call_of(settlement: Settlement) -> SettlementCall:
    """The settlement as the contract is given it."""
    *parties, mediator = [signer.key.signer for signer in settlement.signers]
    return SettlementCall(
        agreement=settlement.agreement,
        case_ref=settlement.case.reference,
        version=settlement.version,
        supersedes=settlement.supersedes or ZERO,
        parties=tuple(parties),
        mediator=mediator,
    )


def consent_of(call: SettlementCall) -> Consent:
    """What a party signs."""
    return Consent(call.agreement, call.case_ref, call.version, call.supersedes, call.signers())


def seal_of(call: SettlementCall) -> Seal:
    """What the mediator signs."""
    return Seal(call.agreement, call.case_ref, call.version, call.supersedes, call.signers())


def sign(work: Work, actor: Actor, number: str, version: int, submission: signing.Submission) -> None:
    """A party signs exactly this version with the key fixed for it; a second signature changes nothing.

    Refused before the text was read, identity checked and the turn come (READ_FIRST, IDENTITY_MISSING, NOT_YOUR_TURN).
    """
    entry = access.in_case(work, actor, number, Permission.SIGN_SETTLEMENT)
    settlement = _open_version(work, entry.case, version, SettlementState.PROPOSED)
    if act_of(settlement, entry.seat.id, SignatureAct.SIGNED) is not None:
        return
    key = key_of(settlement, entry.seat.id)
    _require_turn(settlement, entry.seat)
    readings.require(work, settlement, entry.seat)
    identity.require(work, actor, entry.seat)
    digest = consent_of(call_of(settlement)).digest(work.services.trust.settlement_domain)
    signature = signing.accept(work, actor, key, digest, submission)
    settlement.signatures.append(
        SettlementSignature(
            participant_id=entry.seat.id,
            act=SignatureAct.SIGNED,
            signer=key.signer,
            signature=signature,
            digest=digest,
            at=work.now(),
        )
    )
    work.session.flush()
    audit.record(work, actor, "sign_settlement", entry.case, version=version, key=key.id)
    payload = {"version": version, "complete": not unsigned(settlement)}
    joint = room.joint_audience(work, entry.case)
    room.store_event(work, joint, EventKind.SETTLEMENT_SIGNED, entry.seat, payload)
    _tell_next(work, settlement)


def _require_turn(settlement: Settlement, seat: Participant) -> None:
    """Where parties sign in order, those before must have signed."""
    if not settlement.in_order:
        return
    waiting = unsigned(settlement)
    if waiting and waiting[0].id != seat.id:
        raise DomainError(ErrorKind.NOT_YOUR_TURN, first=waiting[0].party_name)


def _tell_next(work: Work, settlement: Settlement) -> None:
    """Where parties sign in order, the next one hears of it."""
    waiting = unsigned(settlement)
    if settlement.in_order and waiting:
        case = settlement.case
        subject, body = settlement_texts.your_turn(case.number, settlement.version, page_of(work, case))
        messages.post(work, waiting[0].contact, subject, body, case)


def decline(work: Work, actor: Actor, number: str, version: int, reason: str) -> None:
    """A party declines this version with a reason that all learn of; its signature stays in the record."""
    entry = access.in_case(work, actor, number, Permission.SIGN_SETTLEMENT)
    settlement = _open_version(work, entry.case, version, SettlementState.PROPOSED, SettlementState.DECLINED)
    reason = clean(reason)
    if not reason or len(reason) > REASON_LIMIT:
        raise DomainError(ErrorKind.INVALID_INPUT, "reason", problem="too_long" if reason else "missing")
    if act_of(settlement, entry.seat.id, SignatureAct.DECLINED) is not None:
        return
    settlement.signatures.append(
        SettlementSignature(
            participant_id=entry.seat.id, act=SignatureAct.DECLINED, reason=reason, at=work.now()
        )
    )
    settlement.state = SettlementState.DECLINED
    audit.record(work, actor, "decline_settlement", entry.case, version=version)
    payload = {"version": version, "reason": reason}
    joint = room.joint_audience(work, entry.case)
    room.store_event(work, joint, EventKind.SETTLEMENT_DECLINED, entry.seat, payload)
    subject, body = settlement_texts.declined(
        entry.case.number, entry.seat.party_name, version, reason, page_of(work, entry.case)
    )
    for person in at_table(entry.case):
        if person.id != entry.seat.id:
            messages.post(work, person.contact, subject, body, entry.case)


def seal(work: Work, actor: Actor, number: str, version: int, submission: signing.Submission) -> int:
    """The mediator seals with the passkey once all have signed; gives the id to relay after the commit.

    Only the signature is stored here, so nothing is lost while the node is away.
    """
    entry = access.in_case(work, actor, number, Permission.SEAL_SETTLEMENT)
    settlement = _open_version(work, entry.case, version, SettlementState.PROPOSED)
    waiting = unsigned(settlement)
    if waiting:
        raise DomainError(ErrorKind.SIGNATURE_MISSING, missing=[person.person_name for person in waiting])
    key = key_of(settlement, entry.seat.id)
    digest = seal_of(call_of(settlement)).digest(work.services.trust.settlement_domain)
    settlement.seal_signature = signing.accept(work, actor, key, digest, submission)
    settlement.seal_signer = key.signer
    settlement.sealed_at = work.now()
    settlement.state = SettlementState.SEALING
    audit.record(work, actor, "seal_settlement", entry.case, version=version, key=key.id)
    return settlement.id


def _open_version(work: Work, case: Case, version: int, *states: SettlementState) -> Settlement:
    settlement = current(work, case)
    if settlement is None:
        raise DomainError(ErrorKind.WRONG_STATE, state=case.state.value)
    if settlement.version != version:
        raise DomainError(ErrorKind.STALE_VERSION, current=settlement.version)
    if settlement.state not in states:
        raise DomainError(ErrorKind.WRONG_STATE, state=settlement.state.value)
    return settlement


def key_of(settlement: Settlement, participant_id: int) -> SigningKey:
    """The key fixed for a participant; SIGNER_NOT_OWN for somebody who is not a signer of this version."""
    for signer in settlement.signers:
        if signer.participant_id == participant_id:
            return signer.key
    raise DomainError(ErrorKind.SIGNER_NOT_OWN)


def act_of(settlement: Settlement, participant_id: int, act: SignatureAct) -> SettlementSignature | None:
    """What a participant did with a version, if it did."""
    return next(
        (one for one in settlement.signatures if one.participant_id == participant_id and one.act is act),
        None,
    )


def unsigned(settlement: Settlement) -> list[Participant]:
    """Parties whose signature on this version is still missing."""
    return [
        signer.participant
        for signer in settlement.signers[:-1]
        if act_of(settlement, signer.participant_id, SignatureAct.SIGNED) is None
    ]


def last_signed_at(settlement: Settlement) -> datetime | None:
    """When the last signature or the seal on this version was given (UTC)."""
    times = [act.at for act in settlement.signatures if act.act is SignatureAct.SIGNED]
    return max([*times, settlement.sealed_at] if settlement.sealed_at else times, default=None)
