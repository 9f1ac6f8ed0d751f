"""What pages show of a settlement: who did what, what changed, what the chain says; notes what was seen.

Drafts and refusals are offers: only those at the table see them; a court sees the sealed version alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.documents.agreement_pdf import AgreementPaper
from app.domain.agreement import canonical
from app.domain.agreement.compare import Mark, lines
from app.domain.deadlines import Deadline, confirmation_deadline
from app.domain.errors import DomainError, ErrorKind
from app.domain.identity import IdentityKind
from app.domain.lifecycle import SettlementState
from app.domain.permissions import Permission
from app.domain.roles import Actor, Side
from app.models.accounts import SigningKey
from app.models.cases import Case, Participant
from app.models.papers import SealedPaper
from app.models.settlements import Settlement, SettlementSignature, SettlementView, SignatureAct
from app.models.signing import SettlementReading
from app.services import (
    access,
    agreement_papers,
    agreement_proofs,
    identity,
    readings,
    sealed_papers,
    settlements,
    signing,
)
from app.services.context import Services, Work
from evidence.errors import EvidenceError, Unavailable
from evidence.proof import Proof
from evidence.records import Office, SealedSettlement, SettlementCall
from evidence.signature import verify_signature
from evidence.statement import Statement


@dataclass(frozen=True)
class SignerLine:
    """One signer of a version. ``earlier`` are versions it signed before, which no longer count."""

    participant: Participant
    key: SigningKey
    signed_at: datetime | None
    signature: bytes | None
    declined: SettlementSignature | None
    earlier: tuple[int, ...]


@dataclass(frozen=True)
class ChainFacts:
    """What the chain says of a version. ``record`` is None when it is not sealed there or not reachable.

    ``verified`` holds, per signer in order, whether its signature fits; ``official`` whether the mediator held
    the office when it was sealed.
    """

    reachable: bool
    record: SealedSettlement | None = None
    signers_match: bool = False
    verified: tuple[bool, ...] = ()
    official: bool = False


@dataclass(frozen=True)
class SettlementPage:
    """One version as somebody at the table sees it, with what that person can do now."""

    access: access.CaseAccess
    settlement: Settlement | None
    lines: tuple[SignerLine, ...]
    versions: tuple[Settlement, ...]
    missing_keys: tuple[Participant, ...]
    changes: tuple[Mark, ...]
    compared_with: int | None
    deadline: Deadline | None
    request: dict[str, Any] | None
    """What the page asks the reader's key to sign; None when there is nothing to sign."""
    can_decline: bool
    can_draft: bool
    sealed_paper: SealedPaper | None = None
    """The paper with the organisation's seal, once it is made."""
    reading: SettlementReading | None = None
    """When the reader reached the text's end."""
    checks: Mapping[int, list[identity.Done]] = field(default_factory=dict)
    """The identity checks that count now, by participant."""
    checks_wanted: tuple[IdentityKind, ...] = ()
    waits_for: Participant | None = None
    """Who has to sign before the reader, where parties sign in order."""

    @property
    def is_current(self) -> bool:
        """Whether this is the newest version."""
        return self.settlement is not None and self.settlement is self.versions[0]


def mark_seen(services: Services, actor: Actor, number: str, version: int | None = None) -> None:
    """Remember that the reader has had this version on the screen."""
    with services.reading() as work:
        entry, settlement = _find(work, actor, number, version)
        if settlement is None or _seen(work, settlement.id, entry.seat.id):
            return
        settlement_id, participant_id = settlement.id, entry.seat.id
    with services.work() as work:
        if not _seen(work, settlement_id, participant_id):
            work.session.add(
                SettlementView(settlement_id=settlement_id, participant_id=participant_id, at=work.now())
            )


def _seen(work: Work, settlement_id: int, participant_id: int) -> bool:
    query = select(SettlementView.id).where(
        SettlementView.settlement_id == settlement_id, SettlementView.participant_id == participant_id
    )
    return work.session.scalar(query) is not None


def _find(
    work: Work, actor: Actor, number: str, version: int | None
) -> tuple[access.CaseAccess, Settlement | None]:
    entry = access.in_case(work, actor, number, Permission.SEE_SETTLEMENT)
    if entry.participant is None:
        raise DomainError(ErrorKind.NOT_ALLOWED)
    every = settlements.versions(work, entry.case)
    if version is None:
        return entry, next(iter(every), None)
    found = next((one for one in every if one.version == version), None)
    if found is None:
        raise DomainError(ErrorKind.NOT_FOUND)
    return entry, found


def page(work: Work, actor: Actor, number: str, version: int | None = None) -> SettlementPage:
    """A version (the newest when none is named) for somebody at the table."""
    entry, settlement = _find(work, actor, number, version)
    every = settlements.versions(work, entry.case)
    drafting = entry.may(Permission.DRAFT_SETTLEMENT) and settlements.can_draft(
        entry.case, every[0] if every else None
    )
    if settlement is None:
        lacking = tuple(settlements.missing_keys(work, entry.case))
        return SettlementPage(entry, None, (), (), lacking, (), None, None, None, False, drafting)
    newest = settlement is every[0]
    request = _request(work, entry, settlement) if newest else None
    earlier = _last_seen(work, entry.case, entry.seat, settlement.version)
    open_states = (SettlementState.PROPOSED, SettlementState.DECLINED)
    return SettlementPage(
        access=entry,
        settlement=settlement,
        lines=signer_lines(work, settlement),
        versions=tuple(every),
        missing_keys=tuple(settlements.missing_keys(work, entry.case)) if newest else (),
        changes=compare(earlier.text, settlement.text) if earlier else (),
        compared_with=earlier.version if earlier else None,
        deadline=deadline_of(settlement),
        request=request,
        can_decline=newest
        and entry.may(Permission.SIGN_SETTLEMENT)
        and settlement.state in open_states
        and settlements.act_of(settlement, entry.seat.id, SignatureAct.DECLINED) is None,
        can_draft=drafting,
        sealed_paper=sealed_papers.of(work, settlement),
        reading=readings.of(work, settlement, entry.seat),
        checks=identity.of_case(work, entry.case),
        checks_wanted=work.settings.identity,
        waits_for=_waits_for(settlement, entry.seat),
    )


def deadline_of(settlement: Settlement) -> Deadline | None:
    """The last day to apply for confirmation of a sealed version."""
    return confirmation_deadline(settlement.sealed_at) if settlement.sealed_at else None


def text_bytes(work: Work, actor: Actor, number: str, version: int) -> bytes:
    """The bytes of a version's text that its digests are over."""
    _entry, settlement = _find(work, actor, number, version)
    return canonical(settlement.text) if settlement else b""


def proof_of(services: Services, actor: Actor, number: str, version: int) -> Proof:
    """The proof file of a sealed version; WRONG_STATE before it is anchored."""
    with services.reading() as work:
        _entry, settlement = _find(work, actor, number, version)
        settlement_id = settlement.id if settlement else 0
    return agreement_proofs.build(services, settlement_id)


def paper(work: Work, actor: Actor, number: str, version: int) -> AgreementPaper:
    """What goes on the printed agreement of a sealed version; WRONG_STATE before."""
    _entry, settlement = _find(work, actor, number, version)
    if settlement is None:
        raise DomainError(ErrorKind.NOT_FOUND)
    return agreement_papers.paper_of(work, settlement)


def _waits_for(settlement: Settlement, seat: Participant) -> Participant | None:
    waiting = settlements.unsigned(settlement) if settlement.in_order else []
    return waiting[0] if seat in waiting and waiting[0].id != seat.id else None


def has_signed(work: Work, actor: Actor, number: str, version: int) -> bool:
    """Whether the actor's signature on a version is there."""
    entry, settlement = _find(work, actor, number, version)
    return (
        settlement is not None
        and settlements.act_of(settlement, entry.seat.id, SignatureAct.SIGNED) is not None
    )


def sealed_pdf(work: Work, actor: Actor, number: str, version: int) -> bytes | None:
    """The paper of a version with the organisation's seal; None while there is none."""
    _entry, settlement = _find(work, actor, number, version)
    kept = sealed_papers.of(work, settlement) if settlement else None
    return kept.pdf if kept else None


def statement_bytes(work: Work, actor: Actor, number: str, version: int) -> bytes:
    """The canonical bytes of a version's statement; their SHA-256 is the agreement's name on chain."""
    _entry, settlement = _find(work, actor, number, version)
    return Statement.parse(settlement.statement).canonical() if settlement else b""


def _request(work: Work, entry: access.CaseAccess, settlement: Settlement) -> dict[str, Any] | None:
    if settlement.state is not SettlementState.PROPOSED:
        return None
    call = settlements.call_of(settlement)
    sealing = entry.seat.side is Side.MEDIATOR
    done = settlements.act_of(settlement, entry.seat.id, SignatureAct.SIGNED) is not None
    if done or (sealing and settlements.unsigned(settlement)):
        return None
    message = settlements.seal_of(call) if sealing else settlements.consent_of(call)
    digest = message.digest(work.services.trust.settlement_domain)
    return signing.request_for(settlements.key_of(settlement, entry.seat.id), digest, message, work)


def _last_seen(work: Work, case: Case, seat: Participant, before: int) -> Settlement | None:
    number = work.session.scalar(
        select(func.max(Settlement.version))
        .join(SettlementView, SettlementView.settlement_id == Settlement.id)
        .where(
            Settlement.case_id == case.id,
            Settlement.version < before,
            SettlementView.participant_id == seat.id,
        )
    )
    return next((one for one in settlements.versions(work, case) if one.version == number), None)


def signer_lines(work: Work, settlement: Settlement) -> tuple[SignerLine, ...]:
    """Every signer of a version in the contract's order, the mediator last."""
    earlier = [one for one in settlements.versions(work, settlement.case) if one.version < settlement.version]
    lines = []
    for signer in settlement.signers:
        person = signer.participant
        given = settlements.act_of(settlement, person.id, SignatureAct.SIGNED)
        sealing = person.side is Side.MEDIATOR
        lines.append(
            SignerLine(
                participant=person,
                key=signer.key,
                signed_at=settlement.sealed_at if sealing else (given.at if given else None),
                signature=settlement.seal_signature if sealing else (given.signature if given else None),
                declined=settlements.act_of(settlement, person.id, SignatureAct.DECLINED),
                earlier=tuple(
                    one.version
                    for one in reversed(earlier)
                    if settlements.act_of(one, person.id, SignatureAct.SIGNED) is not None
                ),
            )
        )
    return tuple(lines)


def compare(before: str, after: str) -> tuple[Mark, ...]:
    """Two texts line by line."""
    return tuple(lines(before, after))


def facts_of_page(
    services: Services, actor: Actor, number: str, version: int | None = None
) -> ChainFacts | None:
    """The chain's word on a version at the table; None for one that was never sealed. Waits for the node."""
    with services.reading() as work:
        _entry, settlement = _find(work, actor, number, version)
        if settlement is None or settlement.seal_signature is None:
            return None
        call, signatures = settlements.call_of(settlement), _signatures(settlement)
    return _ask_chain(services, call, signatures)


def facts_for_court(services: Services, actor: Actor, number: str) -> ChainFacts | None:
    """The chain's word on the agreement in the court's file. Waits for the node."""
    with services.reading() as work:
        entry = access.in_case(work, actor, number, Permission.SEE_COURT_FILE)
        settlement = settlements.in_force(work, entry.case)
        if settlement is None:
            return None
        call, signatures = settlements.call_of(settlement), _signatures(settlement)
    return _ask_chain(services, call, signatures)


def _ask_chain(services: Services, call: SettlementCall, signatures: list[bytes]) -> ChainFacts:
    try:
        record = services.ledger.settlement(call.agreement)
        if record is None:
            return ChainFacts(reachable=True)
        official = services.ledger.holds_office(call.mediator, Office.MEDIATOR, record.sealed_time)
    except Unavailable:
        return ChainFacts(reachable=False)
    domain = services.trust.settlement_domain
    consent, seal = settlements.consent_of(call).digest(domain), settlements.seal_of(call).digest(domain)
    digests = [consent] * len(call.parties) + [seal]
    verified = tuple(
        _fits(services, signer, digest, signature)
        for signer, digest, signature in zip((*call.parties, call.mediator), digests, signatures, strict=True)
    )
    return ChainFacts(True, record, record.signers == call.signers(), verified, official)


def _signatures(settlement: Settlement) -> list[bytes]:
    given = [
        settlements.act_of(settlement, signer.participant_id, SignatureAct.SIGNED)
        for signer in settlement.signers[:-1]
    ]
    return [(act.signature or b"") if act else b"" for act in given] + [settlement.seal_signature or b""]


def _fits(services: Services, signer: bytes, digest: bytes, signature: bytes) -> bool:
    try:
        return verify_signature(signer, digest, signature, services.trust.verifiers)
    except EvidenceError:
        return False
