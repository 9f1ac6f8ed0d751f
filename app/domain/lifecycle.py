"""The life of a case and of a settlement: states and the moves between them. Who may move is in permissions."""

from enum import StrEnum

from app.domain.errors import DomainError, ErrorKind


class CaseState(StrEnum):
    """Where a case stands."""

    SUBMITTED = "submitted"
    INVITED = "invited"
    AGREED = "agreed"
    DECLINED = "declined"
    IN_MEDIATION = "in_mediation"
    SETTLED = "settled"
    CONFIRMATION_REQUESTED = "confirmation_requested"
    CONFIRMED = "confirmed"
    CONFIRMATION_REFUSED = "confirmation_refused"


class SettlementState(StrEnum):
    """Where one version of a settlement stands."""

    PROPOSED = "proposed"
    REVISED = "revised"
    DECLINED = "declined"
    SEALING = "sealing"
    SEALED = "sealed"
    SUPERSEDED = "superseded"


class ConsentStage(StrEnum):
    """What a party is asked to agree to, one by one (在线调解规则 4, 5)."""

    MEDIATE_ONLINE = "mediate_online"
    RECORD = "record"
    ELECTRONIC_SERVICE = "electronic_service"
    PRESERVATION = "preservation"


REQUIRED_STAGES = frozenset({ConsentStage.MEDIATE_ONLINE, ConsentStage.PRESERVATION})
"""Stages without which no room opens; recording and electronic service may be refused without any drawback."""

CASE_MOVES: dict[CaseState, frozenset[CaseState]] = {
    CaseState.SUBMITTED: frozenset({CaseState.INVITED}),
    CaseState.INVITED: frozenset({CaseState.AGREED, CaseState.DECLINED}),
    CaseState.DECLINED: frozenset({CaseState.INVITED}),
    CaseState.AGREED: frozenset({CaseState.IN_MEDIATION, CaseState.DECLINED}),
    CaseState.IN_MEDIATION: frozenset({CaseState.SETTLED}),
    CaseState.SETTLED: frozenset({CaseState.CONFIRMATION_REQUESTED, CaseState.IN_MEDIATION}),
    CaseState.CONFIRMATION_REQUESTED: frozenset({CaseState.CONFIRMED, CaseState.CONFIRMATION_REFUSED}),
    CaseState.CONFIRMATION_REFUSED: frozenset({CaseState.IN_MEDIATION}),
    CaseState.CONFIRMED: frozenset(),
}


def require_move(now: CaseState, then: CaseState) -> None:
    """Refuse with WRONG_STATE unless a case may go from ``now`` to ``then``."""
    if then not in CASE_MOVES[now]:
        raise DomainError(ErrorKind.WRONG_STATE, state=now.value, wanted=then.value)
