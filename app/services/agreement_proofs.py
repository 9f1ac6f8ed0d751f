"""The proof file of a sealed agreement: statement, place in the evidence ledger, and every signature as custody.

Who may have it is decided in ``settlement_pages`` and ``court``; the format is the kernel's.
"""

from sqlalchemy import select

from app.models.accounts import SigningKey
from app.models.exhibits import LedgerJob
from app.models.settlements import Settlement, SignatureAct
from app.services import proofs
from app.services.context import Services
from evidence.custody import CustodyEntry, append_entry, received_entry
from evidence.proof import Proof
from evidence.statement import Statement, subject_of
from evidence.strict import to_hex


def build(services: Services, settlement_id: int) -> Proof:
    """The proof as things stand now; WRONG_STATE while the agreement is not sealed and anchored.

    The operator attests on the spot: the statement was made by this installation.
    """
    with services.reading() as work:
        settlement = work.session.get_one(Settlement, settlement_id)
        job = work.session.scalar(select(LedgerJob).where(LedgerJob.commitment == settlement.agreement))
        proofs.require_ready(job)
        statement = Statement.parse(settlement.statement)
    attestation = services.ledger.attest(statement.commitment(), subject_of(statement.submitter))
    with services.reading() as work:
        settlement = work.session.get_one(Settlement, settlement_id)
        job = work.session.scalar(select(LedgerJob).where(LedgerJob.commitment == settlement.agreement))
        return proofs.assemble(work, job, statement, attestation, record(settlement, statement))


def record(settlement: Settlement, statement: Statement) -> list[CustodyEntry]:
    """What happened to a version, chained: proposed, each signature in its order, the seal."""
    entries = [received_entry(statement, reason="mediation")]
    keys = {signer.participant_id: signer.key for signer in settlement.signers}
    for act in settlement.signatures:
        if act.act is SignatureAct.SIGNED:
            key = keys[act.participant_id]
            details = _details(key, act.signature or b"")
            entries.append(
                append_entry(
                    entries[-1], act="signed", actor=key.account.pseudonym, at=act.at, details=details
                )
            )
    if settlement.sealed_at is not None:
        key = settlement.signers[-1].key
        details = _details(key, settlement.seal_signature or b"")
        if settlement.block_number is not None:
            details |= {"block": settlement.block_number}
        entries.append(
            append_entry(
                entries[-1],
                act="sealed",
                actor=key.account.pseudonym,
                at=settlement.sealed_at,
                details=details,
            )
        )
    return entries


def _details(key: SigningKey, signature: bytes) -> dict[str, object]:
    return {"signer": to_hex(key.signer), "signature": to_hex(signature)}
