"""The court's file of one case: what the law lets a judge see, and nothing of the negotiation. Every look is logged.

Chat, caucus, offers and earlier versions are not even loaded here (民诉法解释 107; 在线调解规则 18).
"""

from dataclasses import dataclass

from app.domain.consent_texts import CONSENT_TEXTS, ConsentText
from app.domain.errors import DomainError, ErrorKind
from app.domain.lifecycle import ConsentStage
from app.domain.permissions import Permission
from app.domain.roles import Actor
from app.models.accounts import SigningKey
from app.models.cases import Case, Participant
from app.models.settlements import Confirmation, Settlement
from app.services import access, audit, confirmations, consents, exhibits, settlement_pages, settlements
from app.services.context import Work


@dataclass(frozen=True)
class PartyFile:
    """A party with its answers per stage."""

    participant: Participant
    given: dict[ConsentStage, bool]


@dataclass(frozen=True)
class CourtFile:
    """Everything on the court's page."""

    case: Case
    confirmation: Confirmation
    settlement: Settlement
    lines: tuple[settlement_pages.SignerLine, ...]
    parties: tuple[PartyFile, ...]
    mediator: Participant
    preservation: ConsentText
    exhibits: tuple[exhibits.Listed, ...]
    key: SigningKey | None
    """The judge's passkey; None while there is none."""

    @property
    def papers(self) -> tuple[tuple[str, bool], ...]:
        """What an application needs (民诉法解释 354), and whether it is here."""
        people = [party.participant for party in self.parties]
        return (
            ("application", self.confirmation.filed_at is not None),
            ("agreement", self.settlement.block_number is not None),
            ("attestation", True),
            ("right", any(item.exhibit is not None for item in self.exhibits)),
            ("identity", all(person.party_id_number for person in people)),
            ("address", all(person.party_address for person in people)),
            ("contact", all(person.contact for person in people)),
        )


def look(work: Work, actor: Actor, number: str) -> CourtFile:
    """The file, opened before with number and code; the look goes into the audit."""
    entry = access.in_case(work, actor, number, Permission.SEE_COURT_FILE)
    case = entry.case
    confirmation = confirmations.of_case(work, case)
    if confirmation is None or confirmation.filed_at is None:
        raise DomainError(ErrorKind.WRONG_STATE, state=case.state.value)
    *parties, mediator = settlements.at_table(case)
    audit.record(work, actor, "see_court_file", case)
    return CourtFile(
        case=case,
        confirmation=confirmation,
        settlement=confirmation.settlement,
        lines=settlement_pages.signer_lines(work, confirmation.settlement),
        parties=tuple(PartyFile(party, consents.current(party)) for party in parties),
        mediator=mediator,
        preservation=CONSENT_TEXTS[ConsentStage.PRESERVATION],
        exhibits=tuple(exhibits.folder(work, actor, number).listed),
        key=confirmations.judge_key(work, actor),
    )
