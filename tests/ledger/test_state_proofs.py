"""State proofs of both ledgers: what a reader gives proves the batch offline, down to a block hash it also tells.
Not here: the trie's own rules (see tests/unit/evidence/test_trie.py) and pruning by a real node (see test_node)."""

from __future__ import annotations

import pytest

from evidence.ledger import LedgerWriter
from evidence.merkle import GENESIS_HEAD
from evidence.proof import StateClaim
from evidence.records import AnchoredBatch
from evidence.state import Entry, Header, read_state
from evidence.trust import TrustRoot


def anchor(ledger: LedgerWriter, number: int) -> AnchoredBatch:
    """The next batch, whatever is in it."""
    previous = ledger.head()[1]
    ledger.wait(ledger.anchor(bytes([number]) * 32, number + 1, previous), 10)
    batch = ledger.batch(ledger.head()[0])
    assert batch is not None
    return batch


def read(claim: StateClaim | None, trust: TrustRoot, batch: AnchoredBatch) -> tuple[Header, Entry]:
    assert claim is not None
    contract = trust.evidence_ledger
    return read_state(claim, contract, trust.code_hashes[contract], batch.head)


def entry_of(batch: AnchoredBatch) -> Entry:
    return Entry(batch.number, batch.size, batch.block_number, batch.block_time)


def test_a_batch_is_proven_in_its_own_block(ledger: LedgerWriter) -> None:
    batches = [anchor(ledger, number) for number in range(1, 4)]
    for batch in batches:
        claim = ledger.state_proof(batch.head, batch.block_number)
        header, entry = read(claim, ledger.trust, batch)
        assert (header.number, header.hash, header.time) == (
            batch.block_number,
            batch.block_hash,
            batch.block_time,
        )
        assert header.hash == ledger.block_hash(batch.block_number)
        assert entry == entry_of(batch)


def test_every_batch_is_still_proven_by_the_last_block(ledger: LedgerWriter) -> None:
    batches = [anchor(ledger, number) for number in range(1, 20)]
    last = batches[-1].block_number
    for batch in batches:
        header, entry = read(ledger.state_proof(batch.head), ledger.trust, batch)
        assert header.number >= last
        assert header.hash == ledger.block_hash(header.number)
        assert entry == entry_of(batch)
    depths = {len(claim.storage) for b in batches if (claim := ledger.state_proof(b.head)) is not None}
    assert max(depths) >= 3


def test_a_block_before_the_batch_proves_nothing(ledger: LedgerWriter) -> None:
    first, second = anchor(ledger, 1), anchor(ledger, 2)
    assert ledger.state_proof(second.head, first.block_number) is None
    assert ledger.state_proof(first.head, second.block_number) is not None


@pytest.mark.parametrize("head", [bytes(32), b"\x01" * 32])
def test_a_head_that_was_never_anchored_is_not_proven(ledger: LedgerWriter, head: bytes) -> None:
    assert ledger.head() == (0, GENESIS_HEAD)
    assert ledger.state_proof(head) is None
    anchor(ledger, 1)
    assert ledger.state_proof(head) is None


def test_a_block_to_come_has_no_state(ledger: LedgerWriter) -> None:
    batch = anchor(ledger, 1)
    assert ledger.state_proof(batch.head, batch.block_number + 1_000_000) is None
