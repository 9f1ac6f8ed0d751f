"""Documents of a case that go into its package: agreement, ruling, agreement on preservation, each with its proof.

Only what is sealed, decided or complete; drafts, refusals and offers are not even loaded (民诉法解释 107).
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from app.documents.agreement_pdf import AgreementPaper
from app.domain.agreement import canonical
from app.domain.roles import Role
from app.models.cases import Case, PreservationAgreement
from app.models.exhibits import Batch, LedgerJob
from app.models.settlements import Confirmation, Settlement
from app.services import (
    access,
    agreement_papers,
    agreement_proofs,
    confirmations,
    preservation,
    proofs,
    sealed_papers,
    settlements,
)
from app.services.context import Work
from evidence.custody import CustodyEntry, received_entry
from evidence.proof import Proof
from evidence.statement import Statement, subject_of


@dataclass(frozen=True)
class TakenDocument:
    """One document. name: unique in the package; content: exactly the bytes that its statement's digests cover.

    batch and proof are None while it waits for its anchor; paper: what its PDF is set from, or None.
    """

    name: str
    kind: str
    content: bytes
    statement: dict[str, object]
    batch: Batch | None
    proof: Proof | None
    paper: AgreementPaper | None
    at: datetime
    sealed: bytes | None = None
    """The PDF with the organisation's seal, kept as it was made; used instead of setting ``paper``."""


def documents(work: Work, entry: access.CaseAccess) -> list[TakenDocument]:
    """The documents that the reader may see, in the order in which they came to be."""
    found = [
        _preservation(work, entry.case),
        _settlement(work, entry),
        _ruling(work, confirmations.of_case(work, entry.case)),
    ]
    return [one for one in found if one is not None]


def _preservation(work: Work, case: Case) -> TakenDocument | None:
    row = work.session.scalar(select(PreservationAgreement).where(PreservationAgreement.case_id == case.id))
    if row is None:
        return None
    statement = Statement.parse(row.statement)
    return _document(
        work,
        "preservation",
        preservation.text_bytes(),
        statement,
        [received_entry(statement)],
        None,
        row.completed_at,
    )


def _settlement(work: Work, entry: access.CaseAccess) -> TakenDocument | None:
    settlement = sealed_for(work, entry)
    if settlement is None or settlement.sealed_at is None:
        return None
    statement = Statement.parse(settlement.statement)
    kept = sealed_papers.of(work, settlement)
    document = _document(
        work,
        "agreement",
        canonical(settlement.text),
        statement,
        agreement_proofs.record(settlement, statement),
        agreement_papers.paper_of(work, settlement),
        settlement.sealed_at,
    )
    return replace(document, sealed=kept.pdf if kept else None)


def sealed_for(work: Work, entry: access.CaseAccess) -> Settlement | None:
    """The sealed version that the reader may see: for the court, the one of the application that it opened."""
    if Role.CASE_JUDGE in entry.roles:
        confirmation = confirmations.of_case(work, entry.case)
        return confirmation.settlement if confirmation is not None else None
    return settlements.in_force(work, entry.case)


def _ruling(work: Work, confirmation: Confirmation | None) -> TakenDocument | None:
    if confirmation is None or confirmation.outcome is None or confirmation.decided_at is None:
        return None
    statement = Statement.parse(confirmation.ruling_statement)
    content = confirmations.ruling_bytes(statement)
    return _document(
        work, "ruling", content, statement, [received_entry(statement)], None, confirmation.decided_at
    )


def _document(
    work: Work,
    kind: str,
    content: bytes,
    statement: Statement,
    record: list[CustodyEntry],
    paper: AgreementPaper | None,
    at: datetime,
) -> TakenDocument:
    job = work.session.scalar(select(LedgerJob).where(LedgerJob.commitment == statement.commitment()))
    proof = None
    if proofs.is_ready(job):
        # signing needs no network: the key is in this process
        attestation = work.services.ledger.attest(statement.commitment(), subject_of(statement.submitter))
        proof = proofs.assemble(work, job, statement, attestation, record)
    batch = job.batch if job is not None and proof is not None else None
    return TakenDocument(kind, kind, content, statement.as_json(), batch, proof, paper, at)
