"""The court's file of one case: what the law lets a judge see, and nothing of the negotiation. Every look is logged.

Chat, caucus, offers and earlier versions are not even loaded here (民诉法解释 107; 在线调解规则 18).
"""

from dataclasses import dataclass, replace

from sqlalchemy import func, select

from app.domain.agreement import canonical
from app.domain.consent_texts import CONSENT_TEXTS, ConsentText
from app.domain.errors import DomainError, ErrorKind
from app.domain.lifecycle import ConsentStage
from app.domain.mismatch import likely_causes, same_name
from app.domain.permissions import Permission
from app.domain.roles import Actor
from app.models.accounts import SigningKey
from app.models.cases import Case, Participant
from app.models.exhibits import Exhibit
from app.models.papers import SealedPaper
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


def verdicts(services: Services, actor: Actor, number: str) -> dict[int, verification.Examined | None]:
    """By exhibit id: what its proof gives now, the originals not read again; None while it is not anchored."""
    with services.reading() as work:
        access.in_case(work, actor, number, Permission.SEE_COURT_FILE)
        listed = exhibits.folder(work, actor, number).listed
        ids = [item.exhibit.id for item in listed if item.exhibit is not None]
    return {exhibit_id: verification.examine_exhibit(services, exhibit_id, None) for exhibit_id in ids}


@dataclass(frozen=True)
class Match:
    """What a dropped file is, byte for byte: an exhibit of this case with what its proof gives, or the agreement.

    number: of the exhibit, None for the agreement; version: of the sealed agreement, None for an exhibit; paper: the
    file is not its text but the PDF with the organisation's seal.
    """

    number: int | None
    receipt_number: str
    file_name: str
    examined: verification.Examined | None
    version: int | None = None
    paper: bool = False


@dataclass(frozen=True)
class Mismatch:
    """A file that is in no record of this case. near: the exhibit that was meant or is called alike, if any;
    causes: likely ones, the likeliest first (``app.domain.mismatch``); erased: exhibits of the case whose digests are
    destroyed, so that nothing can be compared with them."""

    near: int | None
    near_name: str
    causes: tuple[str, ...]
    erased: int = 0


def match(
    services: Services,
    actor: Actor,
    number: str,
    digest: FileDigest,
    name: str = "",
    meant: int | None = None,
) -> Match | Mismatch:
    """What a dropped file is in this case, by both digests and its size; logged.

    meant: the exhibit that the judge took it for. Of the agreement only sealed versions are compared: what was never
    sealed is negotiation (民诉法解释 107).
    """
    with services.work() as work:
        entry = access.in_case(work, actor, number, Permission.SEE_COURT_FILE)
        query = select(Exhibit).where(Exhibit.case_id == entry.case.id, Exhibit.erased_at.is_(None))
        query = query.order_by(Exhibit.number)
        if entry.until is not None:
            query = query.where(Exhibit.received_at <= entry.until)
        listed = list(work.session.scalars(query))
        same = [one for one in listed if _is(one, digest)]
        found = next((one for one in same if one.number == meant), same[0] if same else None)
        version = None if found is not None else _agreement_version(work, entry.case, digest)
        paper = None if found is not None or version is not None else _paper_version(work, entry.case, digest)
        audit.record(work, actor, "match_file", entry.case, matched=bool(found or version or paper))
        if found is None:
            if version is not None:
                return Match(None, entry.case.number, "", None, version)
            if paper is not None:
                return Match(None, entry.case.number, "", None, paper, paper=True)
            missed = _mismatch(listed, digest, name, meant)
            return replace(missed, erased=_erased(work, entry.case))
        exhibit_id, facts = found.id, (found.number, found.receipt_number, found.file_name)
    return Match(*facts, verification.examine_exhibit(services, exhibit_id, digest))


def _is(exhibit: Exhibit, digest: FileDigest) -> bool:
    recorded = (exhibit.sha256, exhibit.sm3, exhibit.size)
    return recorded == (digest.sha256.hex(), digest.sm3.hex(), digest.size)


def _erased(work: Work, case: Case) -> int:
    erased = select(func.count()).where(Exhibit.case_id == case.id, Exhibit.erased_at.is_not(None))
    return work.session.scalar(erased) or 0


def _agreement_version(work: Work, case: Case, digest: FileDigest) -> int | None:
    return work.session.scalar(
        select(Settlement.version).where(
            Settlement.case_id == case.id,
            Settlement.sealed_at.is_not(None),
            Settlement.block_number.is_not(None),
            Settlement.text_sha256 == digest.sha256.hex(),
            Settlement.text_sm3 == digest.sm3.hex(),
        )
    )


def _paper_version(work: Work, case: Case, digest: FileDigest) -> int | None:
    """The version whose sealed PDF this is, byte for byte."""
    return work.session.scalar(
        select(Settlement.version)
        .join(SealedPaper, SealedPaper.settlement_id == Settlement.id)
        .where(
            Settlement.case_id == case.id,
            SealedPaper.sha256 == digest.sha256.hex(),
            SealedPaper.sm3 == digest.sm3.hex(),
        )
    )


def _mismatch(listed: list[Exhibit], digest: FileDigest, name: str, meant: int | None) -> Mismatch:
    near = next((one for one in listed if one.number == meant), None)
    near = near or next((one for one in listed if same_name(one.file_name, name)), None)
    if near is None:
        return Mismatch(None, "", tuple(likely_causes("", "", 0, name, digest.size)))
    causes = likely_causes(near.file_name, near.media_type, near.size, name, digest.size)
    return Mismatch(near.number, near.file_name, tuple(causes))
