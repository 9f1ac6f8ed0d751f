"""Carries signed acts to the chain outside any transaction: seals and court decisions; repeatable.

The signature is stored before this runs. Look first, send only what is absent: nothing lost, nothing twice.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select

from app.domain.audience import EventKind
from app.domain.deadlines import confirmation_deadline
from app.domain.errors import DomainError, ErrorKind
from app.domain.lifecycle import CaseState, SettlementState
from app.domain.permissions import Permission
from app.domain.roles import SYSTEM, Actor
from app.models.exhibits import LedgerJob
from app.models.settlements import Confirmation, ConfirmationOutcome, Settlement, SignatureAct
from app.services import access, audit, messages, room, settlement_texts, settlements, texts
from app.services.context import Services, Work
from evidence.errors import NotFound, Refused, Unavailable
from evidence.records import SealedSettlement
from evidence.statement import Statement
from evidence.typed_data import OUTCOME_CONFIRMED, OUTCOME_REFUSED

log = logging.getLogger(__name__)
WAIT = 10.0
"""Seconds that somebody at a page waits for a block; afterwards the worker goes on."""
GRACE = timedelta(seconds=WAIT + 2)
"""How old an act must be before the worker takes it up: the page that made it has the first try."""
OUTCOMES = {ConfirmationOutcome.VALID: OUTCOME_CONFIRMED, ConfirmationOutcome.DISMISSED: OUTCOME_REFUSED}


class Relay(StrEnum):
    """What became of one attempt."""

    DONE = "done"
    WAITING = "waiting"
    REFUSED = "refused"


@dataclass(frozen=True)
class Carried:
    """What one attempt found. ``transaction`` is ours if it was mined; ``refusal`` the contract's, if it refused."""

    found: SealedSettlement | None = None
    transaction: str | None = None
    refusal: str | None = None


def relay_waiting(services: Services, grace: timedelta = GRACE) -> int:
    """Carry everything that waits and was not refused; for the worker's loop. Number of acts now on chain."""
    with services.reading() as work:
        before = work.now() - grace
        seals = work.session.scalars(
            select(Settlement.id).where(
                Settlement.state == SettlementState.SEALING,
                Settlement.refusal.is_(None),
                Settlement.sealed_at <= before,
            )
        ).all()
        decisions = work.session.scalars(
            select(Confirmation.id).where(
                Confirmation.signature.is_not(None),
                Confirmation.recorded_at.is_(None),
                Confirmation.refusal.is_(None),
                Confirmation.decided_at <= before,
            )
        ).all()
    results = [relay_seal(services, one) for one in seals] + [
        relay_decision(services, one) for one in decisions
    ]
    return results.count(Relay.DONE)


def retry_seal(services: Services, actor: Actor, number: str) -> Relay:
    """The mediator has a waiting or refused seal carried once more."""
    with services.reading() as work:
        entry = access.in_case(work, actor, number, Permission.SEAL_SETTLEMENT)
        settlement = settlements.current(work, entry.case)
        if settlement is None or settlement.state is not SettlementState.SEALING:
            raise DomainError(ErrorKind.WRONG_STATE, state=entry.case.state.value)
        settlement_id = settlement.id
    return relay_seal(services, settlement_id)


def relay_seal(services: Services, settlement_id: int, wait: float = WAIT) -> Relay:
    """Seal on chain what all have signed; an agreement that is there already is only recorded."""
    with services.reading() as work:
        settlement = work.session.get_one(Settlement, settlement_id)
        if settlement.state is not SettlementState.SEALING:
            return Relay.DONE
        call, seal = settlements.call_of(settlement), settlement.seal_signature or b""
        consents = _consents(settlement)

    def look() -> SealedSettlement | None:
        found = services.ledger.settlement(call.agreement)
        if found is not None and (found.signers != call.signers() or found.version != call.version):
            raise Refused("sealed by other signers", code="SettlementLedgerOtherSigners")
        return found

    def send() -> str:
        return services.ledger.seal(call, consents, seal)

    carried = _carry(services, Settlement, settlement_id, look, send, wait)
    if carried.found is None:
        return _note(services, Settlement, settlement_id, carried.refusal)
    with services.work() as work:
        _settle_transaction(work.session.get_one(Settlement, settlement_id), carried)
        _record_seal(work, settlement_id, carried.found)
    return Relay.DONE


def _consents(settlement: Settlement) -> list[bytes]:
    acts = [
        settlements.act_of(settlement, signer.participant_id, SignatureAct.SIGNED)
        for signer in settlement.signers[:-1]
    ]
    return [act.signature or b"" for act in acts if act is not None]


def _carry(
    services: Services,
    table: type[Settlement] | type[Confirmation],
    row_id: int,
    look: Callable[[], SealedSettlement | None],
    send: Callable[[], str],
    wait: float,
) -> Carried:
    """Look, send what is absent, wait, look again. Nothing found and no refusal: the node is away."""
    try:
        found = look()
        if found is not None:
            return Carried(found, _mined(services, table, row_id))
        try:
            transaction = send()
            with services.work() as work:
                row = work.session.get_one(table, row_id)
                row.transaction_hash = row.transaction_hash or transaction
            services.ledger.wait(transaction, wait)
        except Refused as error:
            return Carried(look(), refusal=error.code or "Refused")
        return Carried(look(), transaction)
    except Refused as error:
        return Carried(refusal=error.code or "Refused")
    except (Unavailable, NotFound) as error:
        log.warning("the chain could not be reached: %s", error)
        return Carried()


def _mined(services: Services, table: type[Settlement] | type[Confirmation], row_id: int) -> str | None:
    """The transaction sent by an attempt that stopped before it knew, if it was the one that was mined."""
    with services.reading() as work:
        transaction = work.session.get_one(table, row_id).transaction_hash
    if transaction is None:
        return None
    try:
        services.ledger.wait(transaction, 0)
    except (Refused, NotFound, Unavailable):
        return None
    return transaction


def _settle_transaction(row: Settlement | Confirmation, carried: Carried) -> None:
    """Of two attempts at once only one is mined: keep that one's transaction, forget a reverted one."""
    if carried.transaction is not None:
        row.transaction_hash = carried.transaction
    elif not _is_recorded(row):
        row.transaction_hash = None


def _is_recorded(row: Settlement | Confirmation) -> bool:
    if isinstance(row, Settlement):
        return row.state is not SettlementState.SEALING
    return row.recorded_at is not None


def _note(
    services: Services, table: type[Settlement] | type[Confirmation], row_id: int, refusal: str | None
) -> Relay:
    if refusal is None:
        return Relay.WAITING
    with services.work() as work:
        work.session.get_one(table, row_id).refusal = refusal
        audit.record(work, SYSTEM, "ledger_refused", allowed=False, refusal=refusal, row=row_id)
    return Relay.REFUSED


def _record_seal(work: Work, settlement_id: int, found: SealedSettlement) -> None:
    settlement = work.session.get_one(Settlement, settlement_id)
    if settlement.state is not SettlementState.SEALING:
        return
    case = settlement.case
    for earlier in settlements.versions(work, case):
        if earlier.agreement == settlement.supersedes:
            earlier.state = SettlementState.SUPERSEDED
    settlement.state = SettlementState.SEALED
    settlement.block_number = found.sealed_block
    settlement.block_time = datetime.fromtimestamp(found.sealed_time, UTC)
    settlement.refusal = None
    if case.state is CaseState.IN_MEDIATION:
        case.state = CaseState.SETTLED
    work.session.add(LedgerJob(commitment=settlement.agreement, case_id=case.id, created_at=work.now()))
    audit.record(work, SYSTEM, "settlement_sealed", case, version=settlement.version)
    payload = {
        "version": settlement.version,
        "agreement": settlement.agreement.hex(),
        "block": found.sealed_block,
        "transaction": settlement.transaction_hash,
    }
    joint = room.joint_audience(work, case)
    room.store_event(work, joint, EventKind.SETTLEMENT_SEALED, settlement.drafted_by, payload)
    last_day = confirmation_deadline(settlement.sealed_at or work.now()).last_day.isoformat()
    subject, body = settlement_texts.sealed(
        case.number, settlement.version, last_day, settlements.page_of(work, case)
    )
    for person in settlements.at_table(case)[:-1]:
        messages.post(work, person.contact, subject, body, case)


def retry_decision(services: Services, actor: Actor, number: str) -> Relay:
    """The judge has a waiting or refused decision carried once more."""
    with services.reading() as work:
        entry = access.in_case(work, actor, number, Permission.DECIDE_CONFIRMATION)
        confirmation = work.session.scalar(
            select(Confirmation)
            .join(Settlement)
            .where(Settlement.case_id == entry.case.id, Confirmation.signature.is_not(None))
            .order_by(Confirmation.id.desc())
        )
        if confirmation is None or confirmation.recorded_at is not None:
            raise DomainError(ErrorKind.WRONG_STATE, state=entry.case.state.value)
        confirmation_id = confirmation.id
    return relay_decision(services, confirmation_id)


def relay_decision(services: Services, confirmation_id: int, wait: float = WAIT) -> Relay:
    """Record a court's decision on chain; one that is there already is only noted."""
    with services.reading() as work:
        confirmation = work.session.get_one(Confirmation, confirmation_id)
        if confirmation.recorded_at is not None or confirmation.outcome is None:
            return Relay.DONE
        agreement = confirmation.settlement.agreement
        outcome = OUTCOMES[confirmation.outcome]
        ruling = Statement.parse(confirmation.ruling_statement).commitment()
        signer, signature = confirmation.signer or b"", confirmation.signature or b""

    def look() -> SealedSettlement | None:
        found = services.ledger.settlement(agreement)
        if found is None or found.outcome == 0:
            return None
        if (found.outcome, found.ruling) != (outcome, ruling):
            raise Refused("decided otherwise", code="SettlementLedgerAlreadyDecided")
        return found

    def send() -> str:
        return services.ledger.decide(agreement, outcome, ruling, signer, signature)

    carried = _carry(services, Confirmation, confirmation_id, look, send, wait)
    if carried.found is None:
        return _note(services, Confirmation, confirmation_id, carried.refusal)
    with services.work() as work:
        _settle_transaction(work.session.get_one(Confirmation, confirmation_id), carried)
        _record_decision(work, confirmation_id)
    return Relay.DONE


def _record_decision(work: Work, confirmation_id: int) -> None:
    confirmation = work.session.get_one(Confirmation, confirmation_id)
    if confirmation.recorded_at is not None:
        return
    confirmation.recorded_at, confirmation.refusal = work.now(), None
    case = confirmation.settlement.case
    valid = confirmation.outcome is ConfirmationOutcome.VALID
    case.state = CaseState.CONFIRMED if valid else CaseState.CONFIRMATION_REFUSED
    ruling = Statement.parse(confirmation.ruling_statement).commitment()
    work.session.add(LedgerJob(commitment=ruling, case_id=case.id, created_at=work.now()))
    audit.record(work, SYSTEM, "confirmation_decided", case, valid=valid)
    payload = {"outcome": "valid" if valid else "dismissed", "ruling": ruling.hex()}
    joint = room.joint_audience(work, case)
    room.store_event(work, joint, EventKind.CONFIRMATION_DECIDED, None, payload)
    subject, body = texts.decided(
        case.number,
        "裁定有效" if valid else "驳回申请",
        "the agreement is valid" if valid else "the application is dismissed",
        confirmation.ruling_number or "",
        f"{work.settings.public_url}/cases/{case.number}/confirmation",
    )
    for person in settlements.at_table(case):
        messages.post(work, person.contact, subject, body, case)
