"""The parties' consents per stage; every answer is kept, the last one counts."""

from app.domain.consent_texts import CONSENT_TEXTS
from app.domain.errors import DomainError, ErrorKind
from app.domain.lifecycle import REQUIRED_STAGES, CaseState, ConsentStage
from app.domain.permissions import Permission
from app.domain.roles import PARTIES, Actor
from app.models.cases import Answer, Case, Consent, Participant
from app.services import access, audit
from app.services.context import Work


def give(work: Work, actor: Actor, number: str, answers: dict[ConsentStage, bool]) -> None:
    """Record a party's answers. Every stage is answered yes or no; nothing is assumed."""
    entry = access.in_case(work, actor, number, Permission.GIVE_CONSENT)
    if (
        entry.case.state in (CaseState.SUBMITTED, CaseState.DECLINED)
        or entry.seat.answer is not Answer.ACCEPTED
    ):
        raise DomainError(ErrorKind.WRONG_STATE, state=entry.case.state.value)
    unanswered = [stage.value for stage in ConsentStage if stage not in answers]
    if unanswered:
        raise DomainError(ErrorKind.INVALID_INPUT, unanswered[0], problem="missing")
    for stage, granted in answers.items():
        if current(entry.seat).get(stage) is not granted:
            entry.seat.consents.append(
                Consent(
                    stage=stage,
                    granted=granted,
                    text_sha256=CONSENT_TEXTS[stage].sha256,
                    given_at=work.now(),
                )
            )
    audit.record(
        work, actor, "give_consent", entry.case, **{stage.value: answers[stage] for stage in answers}
    )


def current(participant: Participant) -> dict[ConsentStage, bool]:
    """The party's last answer per stage."""
    return {consent.stage: consent.granted for consent in participant.consents}


def parties(case: Case) -> list[Participant]:
    """Those at the table who are parties, in the order in which they came."""
    return [p for p in case.participants if p.side in PARTIES and p.removed_at is None]


def missing(case: Case) -> list[tuple[Participant, str]]:
    """What still stands between the parties and an open room: stages, and ``preservation_signature``."""
    found: list[tuple[Participant, str]] = []
    for party in parties(case):
        given = current(party)
        found += [(party, stage.value) for stage in sorted(REQUIRED_STAGES) if not given.get(stage, False)]
        if given.get(ConsentStage.PRESERVATION, False) and party.preservation is None:
            found.append((party, "preservation_signature"))
    return found


def recording_allowed(case: Case) -> bool:
    """Whether every party agreed to recording (在线调解规则 22)."""
    return all(current(party).get(ConsentStage.RECORD, False) for party in parties(case))
