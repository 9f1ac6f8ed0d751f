"""That a signer had the whole text of a version on the screen, and for how long. Signing asks for it."""

from sqlalchemy import select

from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.domain.roles import Actor
from app.domain.signing import ReadingKind
from app.models.cases import Participant
from app.models.settlements import Settlement, SettlementView
from app.models.signing import SettlementReading
from app.services import access, audit
from app.services.context import Work


def note(work: Work, actor: Actor, number: str, version: int, how: ReadingKind) -> None:
    """The reader reached the end of a version; the first time counts."""
    entry = access.in_case(work, actor, number, Permission.SEE_SETTLEMENT)
    settlement = work.session.scalar(
        select(Settlement).where(Settlement.case_id == entry.case.id, Settlement.version == version)
    )
    if settlement is None:
        raise DomainError(ErrorKind.NOT_FOUND)
    if of(work, settlement, entry.seat) is not None:
        return
    opened = work.session.scalar(
        select(SettlementView.at).where(
            SettlementView.settlement_id == settlement.id, SettlementView.participant_id == entry.seat.id
        )
    )
    seconds = int((work.now() - opened).total_seconds()) if opened is not None else 0
    work.session.add(
        SettlementReading(
            settlement_id=settlement.id,
            participant_id=entry.seat.id,
            how=how,
            seconds=max(0, seconds),
            at=work.now(),
        )
    )
    audit.record(work, actor, "read_settlement", entry.case, version=version, how=how.value)


def of(work: Work, settlement: Settlement, seat: Participant) -> SettlementReading | None:
    """The reading of a version by a participant, if there was one."""
    return work.session.scalar(
        select(SettlementReading).where(
            SettlementReading.settlement_id == settlement.id,
            SettlementReading.participant_id == seat.id,
        )
    )


def require(work: Work, settlement: Settlement, seat: Participant) -> SettlementReading:
    """The reading; READ_FIRST where the text was not read to its end."""
    found = of(work, settlement, seat)
    if found is None:
        raise DomainError(ErrorKind.READ_FIRST)
    return found
