"""The inventory of this installation: every statement that was or will be anchored, with its file and proof.

An audit (``evidence.audit``) reads it line by line. It holds salts and statements: as secret as the database.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.domain.agreement import canonical
from app.models.base import total
from app.models.cases import PreservationAgreement
from app.models.exhibits import Exhibit, LedgerJob
from app.models.settlements import Confirmation, Settlement
from app.services import agreement_proofs, confirmations, preservation, proofs
from app.services.context import Services, Work
from evidence.audit_sources import write_inventory
from evidence.custody import CustodyEntry, received_entry
from evidence.proof import Proof
from evidence.statement import Statement, subject_of

Line = dict[str, Any]
STEP = 2_000
"""Exhibits that are read in one steady view of the database."""


@dataclass(frozen=True)
class Written:
    """What was written: lines, and the bytes of the files that they name."""

    items: int
    size: int


def write(services: Services, path: Path) -> Written:
    """Write the inventory to a file that only its owner may read (mode 600)."""
    with services.reading() as work:
        exhibits = list(work.session.scalars(select(Exhibit.id).order_by(Exhibit.id)))
        size = work.session.scalar(select(total(Exhibit.size))) or 0
        documents = list(_documents(work))
    written = Written(len(exhibits) + len(documents), size + sum(line["size"] for line in documents))
    path.touch(mode=0o600)
    path.chmod(0o600)
    write_inventory(path, _lines(services, exhibits, documents), items=written.items, size=written.size)
    return written


def _lines(services: Services, exhibits: list[int], documents: list[Line]) -> Iterator[Line]:
    for at in range(0, len(exhibits), STEP):
        with services.reading() as work:
            chosen = select(Exhibit).where(Exhibit.id.in_(exhibits[at : at + STEP])).order_by(Exhibit.id)
            for exhibit in work.session.scalars(chosen):
                yield _exhibit(work, exhibit)
    yield from documents


def _exhibit(work: Work, exhibit: Exhibit) -> Line:
    ready = proofs.is_ready(exhibit.job)
    if exhibit.erased_at is not None:
        return {
            "name": exhibit.receipt_number,
            "statement": None,
            "proof": None,
            "place": _place(exhibit.job) if ready else None,
            "address": exhibit.store_address,
            "size": 0,
        }
    return {
        "name": exhibit.receipt_number,
        "statement": exhibit.statement,
        "proof": proofs.build(work, exhibit).dump() if ready else None,
        "place": _place(exhibit.job) if ready else None,
        "address": exhibit.store_address,
        "size": exhibit.size,
    }


def _place(job: LedgerJob | None) -> tuple[int, int | None] | None:
    return None if job is None or job.batch_number is None else (job.batch_number, job.leaf_index)


def _documents(work: Work) -> Iterator[Line]:
    """Agreements on preservation, sealed agreements and rulings: their bytes stand in the database."""
    for agreement in work.session.scalars(select(PreservationAgreement).order_by(PreservationAgreement.id)):
        statement = Statement.parse(agreement.statement)
        name = f"preservation {agreement.case_id}"
        yield _document(work, name, statement, preservation.text_bytes(), [received_entry(statement)])
    sealed = select(Settlement).where(Settlement.block_number.is_not(None)).order_by(Settlement.id)
    for settlement in work.session.scalars(sealed):
        statement = Statement.parse(settlement.statement)
        name = f"agreement {settlement.case.number} {settlement.version}"
        record = agreement_proofs.record(settlement, statement)
        yield _document(work, name, statement, canonical(settlement.text), record)
    decided = select(Confirmation).where(Confirmation.recorded_at.is_not(None)).order_by(Confirmation.id)
    for confirmation in work.session.scalars(decided):
        statement = Statement.parse(confirmation.ruling_statement)
        name = f"ruling {confirmation.settlement.case.number} {confirmation.ruling_number}"
        content = confirmations.ruling_bytes(statement)
        yield _document(work, name[:200], statement, content, [received_entry(statement)])


def _document(
    work: Work, name: str, statement: Statement, content: bytes, record: list[CustodyEntry]
) -> Line:
    job = work.session.scalar(select(LedgerJob).where(LedgerJob.commitment == statement.commitment()))
    proof: Proof | None = None
    if proofs.is_ready(job):
        attestation = work.services.ledger.attest(statement.commitment(), subject_of(statement.submitter))
        proof = proofs.assemble(work, job, statement, attestation, record)
    return {
        "name": name,
        "statement": statement.as_json(),
        "proof": proof.dump() if proof is not None else None,
        "place": _place(job) if proof is not None else None,
        "text": content.decode(),
        "size": len(content),
    }
