"""Proof files: everything that somebody needs to check an anchored statement without us, except what to trust.

The format and its checks are the kernel's (``evidence.proof``, ``evidence.verify``).
"""

import base64
from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import select

from app.domain.errors import DomainError, ErrorKind
from app.models.exhibits import Batch, BatchState, Exhibit, LedgerJob, TimestampToken
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
    RevocationClaim,
    RevocationKind,
    Stamp,
    StateClaim,
    TokenClaim,
    WitnessClaim,
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
    """The proof file of an exhibit as things stand now; WRONG_STATE while it is not anchored, EXHIBIT_ERASED."""
    if exhibit.erased_at is not None:
        raise DomainError(ErrorKind.EXHIBIT_ERASED)
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
    tree = _tree(work, batch)
    index = placed.leaf_index or 0
    trust = work.services.trust
    return Proof(
        statement=statement,
        inclusion=Inclusion(index, tree.size, tuple(tree.path(index))),
        batch=BatchClaim(batch.number, batch.root, batch.previous_head, batch.head),
        anchor=_anchor(trust.chain_id, trust.evidence_ledger, batch),
        state=None if batch.state_proof is None else StateClaim.parse(batch.state_proof, "state"),
        attestation=attestation,
        timestamps=tuple(lines(batch)),
        witnesses=tuple(
            WitnessClaim(one.signer, one.signature)
            for one in batch.witnesses
            if one.block_hash == batch.block_hash
        ),
        custody=tuple(record),
    )


def _tree(work: Work, batch: Batch) -> MerkleTree:
    """The batch's tree, kept for the next proof: what is in a batch never changes."""

    def build() -> MerkleTree:
        query = select(LedgerJob.commitment).where(LedgerJob.batch_number == batch.number)
        return MerkleTree(work.session.scalars(query.order_by(LedgerJob.leaf_index)))

    return work.services.trees.tree(batch.head, build)


def lines(batch: Batch) -> list[TokenClaim]:
    """The batch's lines of tokens that have arrived, each with its renewals in their order."""
    found = []
    for _line, rows in groupby(batch.tokens, key=lambda row: row.line):
        stamps = [stamp(row, row.token) for row in rows if row.token is not None]
        if stamps:
            found.append(TokenClaim(stamps[0], tuple(stamps[1:])))
    return found


def stamp(row: TimestampToken, token: bytes) -> Stamp:
    """A token that has arrived, with its certificates and revocation data, as it stands in a proof."""
    return Stamp(
        authority=row.authority or row.authority_url,
        token=token,
        certificates=tuple(base64.b64decode(one) for one in row.certificates),
        revocations=tuple(
            RevocationClaim(RevocationKind(one["kind"]), base64.b64decode(one["value"]))
            for one in row.revocations
        ),
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
