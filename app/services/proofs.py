"""Proof files: everything that somebody needs to check an anchored statement without us, except what to trust.

The format and its checks are the kernel's (``evidence.proof``, ``evidence.verify``).
"""

from collections.abc import Sequence

from app.domain.errors import DomainError, ErrorKind
from app.models.exhibits import Batch, BatchState, Exhibit, LedgerJob
from app.services import custody
from app.services.context import Work
from evidence.custody import CustodyEntry
from evidence.merkle import MerkleTree
from evidence.proof import (
    EXTENSION,
    MEDIA_TYPE,
    AnchorClaim,
    BatchClaim,
    Inclusion,
    Proof,
    TokenClaim,
)
from evidence.statement import Statement

__all__ = ["EXTENSION", "MEDIA_TYPE", "assemble", "build", "is_ready", "require_ready"]


def is_ready(job: LedgerJob | None) -> bool:
    """Whether the chain holds the commitment, so that a proof file can be given."""
    return job is not None and job.batch is not None and job.batch.state is BatchState.ANCHORED


def require_ready(job: LedgerJob | None) -> tuple[LedgerJob, Batch]:
    """The job with its anchored batch; WRONG_STATE while it still waits."""
    if job is None or job.batch is None or not is_ready(job):
        raise DomainError(ErrorKind.WRONG_STATE, state="not_anchored")
    return job, job.batch


def build(work: Work, exhibit: Exhibit) -> Proof:
    """The proof file of an exhibit as things stand now; WRONG_STATE while it is not anchored."""
    statement = Statement.parse(exhibit.statement)
    return assemble(work, exhibit.job, statement, exhibit.attestation, custody.entries(work, exhibit))


def assemble(
    work: Work,
    job: LedgerJob | None,
    statement: Statement,
    attestation: bytes,
    record: Sequence[CustodyEntry] = (),
) -> Proof:
    """A proof for any anchored statement. ``attestation``: the operator's signature; ``record``: custody entries."""
    placed, batch = require_ready(job)
    tree = MerkleTree([other.commitment for other in batch.jobs])
    index = placed.leaf_index or 0
    trust = work.services.trust
    return Proof(
        statement=statement,
        inclusion=Inclusion(index, tree.size, tuple(tree.path(index))),
        batch=BatchClaim(batch.number, batch.root, batch.previous_head, batch.head),
        anchor=_anchor(trust.chain_id, trust.evidence_ledger, batch),
        attestation=attestation,
        timestamps=tuple(
            TokenClaim(token.authority or token.authority_url, token.token)
            for token in batch.tokens
            if token.token is not None
        ),
        custody=tuple(record),
    )


def _anchor(chain_id: int, contract: str, batch: Batch) -> AnchorClaim:
    if batch.transaction_hash is None or batch.block_hash is None or batch.block_time is None:
        raise DomainError(ErrorKind.WRONG_STATE, state="not_anchored")
    return AnchorClaim(
        chain_id=chain_id,
        contract=contract,
        transaction=bytes.fromhex(batch.transaction_hash.removeprefix("0x")),
        block_number=batch.block_number or 0,
        block_hash=bytes.fromhex(batch.block_hash.removeprefix("0x")),
        block_time=int(batch.block_time.timestamp()),
    )
