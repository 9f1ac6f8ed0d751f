"""What evidence costs as there is more of it: bytes on chain, gas, seconds and database, from 1 to 1,000,000 items.
One batch each: tree and all proofs, the rows that anchoring keeps, one transaction. The plot is drawn from this row."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from app.models.base import Base
from app.models.exhibits import Batch, BatchState, LedgerJob
from app.services.context import open_database
from benchmarks.anchoring import gas_of
from benchmarks.measure import HERE, Line, Setting
from evidence.ethereum import EthereumLedger
from evidence.merkle import MerkleTree, next_head
from tests.anvil import deploy_contracts, rpc, running_anvil

SIZES = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
POINTS = HERE / "results" / "volume-points.json"
ROWS_AT_ONCE = 10_000


def row(setting: Setting) -> list[Line]:
    """A line for each volume; the points go to a file for the plot."""
    sizes = SIZES[:3] if setting.quick else SIZES
    with running_anvil() as url:
        ledger = deploy_contracts(url).ledger()
        _one_batch(url, ledger, 1)
        points = [_point(url, ledger, size, setting.folder / f"{size}.sqlite3") for size in sizes]
    POINTS.parent.mkdir(exist_ok=True)
    POINTS.write_text(json.dumps(points, indent=1) + "\n", encoding="utf-8")
    return [
        Line(
            f"one batch of {point['items']:,}",
            f"{point['chain_bytes']} B on chain, {point['gas']:,} gas, "
            f"{point['seconds']:.2f} s, {point['database_bytes'] / 1e6:.1f} MB",
        )
        for point in points
    ]


def _point(url: str, ledger: EthereumLedger, size: int, path: Path) -> dict[str, float]:
    start = time.perf_counter()
    commitments, transaction = _one_batch(url, ledger, size)
    _keep(path, commitments, transaction)
    took = time.perf_counter() - start
    sent = rpc(url, "eth_getTransactionByHash", transaction)
    assert isinstance(sent, dict)
    return {
        "items": size,
        "chain_bytes": len(sent["input"]) // 2 - 1 + 64,
        "gas": gas_of(url, transaction),
        "seconds": took,
        "database_bytes": path.stat().st_size,
    }


def _one_batch(url: str, ledger: EthereumLedger, size: int) -> tuple[list[bytes], str]:
    commitments = [os.urandom(32) for _ in range(size)]
    tree = MerkleTree(commitments)
    tree.paths()
    transaction = ledger.anchor(tree.root, size, ledger.head()[1])
    ledger.wait(transaction, 60)
    return commitments, transaction


def _keep(path: Path, commitments: list[bytes], transaction: str) -> None:
    """The batch's row and a job for each item, as the worker keeps them, durable."""
    engine, now = open_database(f"sqlite:///{path}"), datetime.now(UTC)
    Base.metadata.create_all(engine)
    root, previous = MerkleTree(commitments).root, bytes(32)
    batch = {
        "number": 1,
        "root": root,
        "size": len(commitments),
        "previous_head": previous,
        "head": next_head(previous, root, len(commitments)),
        "state": BatchState.SENT,
        "transaction_hash": transaction,
        "recorded_at": now,
    }
    with engine.begin() as connection:
        connection.execute(insert(Batch), batch)
        for first in range(0, len(commitments), ROWS_AT_ONCE):
            rows = [
                {"commitment": item, "batch_number": 1, "leaf_index": index, "created_at": now}
                for index, item in enumerate(commitments[first : first + ROWS_AT_ONCE], first)
            ]
            connection.execute(insert(LedgerJob), rows)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
