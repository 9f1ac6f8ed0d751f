"""State proofs of anchored batches: taken from the node soon after anchoring, outside any transaction, verified, kept.

With one in its proof file an exhibit is checked without a node, down to a block's hash. A node forgets old states: where
that of the batch's own block is gone, the last final block's is taken, which proves the same entry.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from app.domain.roles import SYSTEM
from app.models.exhibits import Batch, BatchState
from app.services import audit
from app.services.context import Services
from evidence.errors import Unavailable
from evidence.faults import reach
from evidence.proof import StateClaim
from evidence.state import Entry, read_state

ROUND = 20

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Wanted:
    number: int
    head: bytes
    block_hash: str
    entry: Entry


def take_waiting(services: Services) -> int:
    """Take the proof of every anchored batch that has none; the number that was taken.

    Raises Unavailable when a node could not be asked or had none to give: it is asked again later, nothing is lost.
    """
    taken, missing = 0, []
    for wanted in list(_wanting(services)):
        claim = services.ledger.state_proof(wanted.head, wanted.entry.block_number)
        if claim is None:
            claim = services.ledger.state_proof(wanted.head)
        if claim is None or not _proves(services, wanted, claim):
            missing.append(wanted.number)
            continue
        reach("state_proofs.taken")
        taken += _keep(services, wanted, claim)
        reach("state_proofs.kept")
    if missing:
        raise Unavailable(f"the node gives no state proof for batches {missing[0]} to {missing[-1]}")
    return taken


def _wanting(services: Services) -> Iterator[_Wanted]:
    with services.reading() as work:
        query = (
            select(Batch)
            .where(Batch.state == BatchState.ANCHORED, Batch.state_proof.is_(None))
            .order_by(Batch.number.desc())
            .limit(ROUND)
        )
        for batch in work.session.scalars(query):
            if batch.block_hash is None or batch.block_number is None or batch.block_time is None:
                continue
            time = int(batch.block_time.timestamp())
            entry = Entry(batch.number, batch.size, batch.block_number, time)
            yield _Wanted(batch.number, batch.head, batch.block_hash, entry)


def _proves(services: Services, wanted: _Wanted, claim: StateClaim) -> bool:
    """Whether the claim is about the batch as the database has it: another block there means that the chain moved."""
    contract = services.trust.evidence_ledger
    header, entry = read_state(claim, contract, services.trust.code_hashes[contract], wanted.head)
    own = header.number == wanted.entry.block_number
    return entry == wanted.entry and (not own or f"0x{header.hash.hex()}" == wanted.block_hash)


def _keep(services: Services, wanted: _Wanted, claim: StateClaim) -> bool:
    with services.work() as work:
        batch = work.session.get_one(Batch, wanted.number)
        if batch.block_hash != wanted.block_hash or batch.state_proof is not None:
            return False
        batch.state_proof = claim.as_json()
        audit.record(work, SYSTEM, "keep_state_proof", batch=batch.number)
        return True
