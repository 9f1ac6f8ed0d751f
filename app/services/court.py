"""The court's file of one case: what the law lets a judge see, and nothing of the negotiation. Every look is logged.

Chat, caucus, offers and earlier versions are not even loaded here (民诉法解释 107; 在线调解规则 18).
"""

from dataclasses import dataclass

from sqlalchemy import select

from app.domain.agreement import canonical
from app.domain.consent_texts import CONSENT_TEXTS, ConsentText
from app.domain.errors import DomainError, ErrorKind
from app.domain.lifecycle import ConsentStage
from app.domain.permissions import Permission
from app.domain.roles import Actor
from app.models.accounts import SigningKey
from app.models.cases import Case, Participant
from app.models.exhibits import Exhibit
from app.models.settlements import Confirmation, Settlement
from app.services import (
    access,
    agreement_proofs,
    audit,
    confirmations,
    consents,
    exhibits,
    settlement_pages,
    settlements,
    verification,
)
from app.services.context import Services, Work
from evidence.digest import FileDigest
from evidence.proof import Proof
from evidence.verify import Verdict


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


def agreement_text(work: Work, actor: Actor, number: str) -> bytes:
    """The bytes of the agreement's text, for the court; the look goes into the audit."""
    return canonical(look(work, actor, number).settlement.text)


def agreement_proof(services: Services, actor: Actor, number: str) -> Proof:
    """The agreement's proof file, for the court."""
    with services.work() as work:
        settlement_id = look(work, actor, number).settlement.id
    return agreement_proofs.build(services, settlement_id)


def verdicts(services: Services, actor: Actor, number: str) -> dict[int, Verdict | None]:
    """By exhibit id: what its proof gives now, the originals not read again; None while it is not anchored."""
    with services.reading() as work:
        access.in_case(work, actor, number, Permission.SEE_COURT_FILE)
        listed = exhibits.folder(work, actor, number).listed
        ids = [item.exhibit.id for item in listed if item.exhibit is not None]
    return {exhibit_id: verification.check_exhibit(services, exhibit_id, None) for exhibit_id in ids}


@dataclass(frozen=True)
class Match:
    """An exhibit whose bytes are exactly those of the dropped file, with its verdict."""

    number: int
    receipt_number: str
    file_name: str
    verdict: Verdict | None


def match(services: Services, actor: Actor, number: str, digest: FileDigest) -> Match | None:
    """The exhibit of this case with both digests and the size of a dropped file, or None; logged."""
    with services.work() as work:
        entry = access.in_case(work, actor, number, Permission.SEE_COURT_FILE)
        found = work.session.scalars(
            select(Exhibit).where(
                Exhibit.case_id == entry.case.id,
                Exhibit.sha256 == digest.sha256.hex(),
                Exhibit.sm3 == digest.sm3.hex(),
                Exhibit.size == digest.size,
            )
        ).first()
        if found is not None and entry.until is not None and found.received_at > entry.until:
            found = None
        audit.record(work, actor, "match_file", entry.case, matched=found is not None)
        if found is None:
            return None
        exhibit_id, facts = found.id, (found.number, found.receipt_number, found.file_name)
    return Match(*facts, verification.check_exhibit(services, exhibit_id, digest))
