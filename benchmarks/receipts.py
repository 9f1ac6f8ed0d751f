"""Receipts a second: complete uploads become exhibits, every row durable before the answer.
Peers: pymerkle's SqliteTree (an entry each), and plain commits of SQLite (WAL, synchronous=FULL) of one row each."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure import Line, Setting, alternate, medians, peer, percentile, seconds
from tests import builders

SENDERS = 8
WAVE = 16
"""Uploads that are open at once; one participant may have twenty."""
GOAL_RATE, GOAL_P99 = 2_000, 0.050
PEERS = (
    ("pymerkle SqliteTree", "receipts_pymerkle.py"),
    ("SQLite, WAL FULL, one row a commit", "receipts_sqlite.py"),
)


def row(setting: Setting) -> list[Line]:
    """Small files that have arrived are finished by eight senders at once; receipts a second and their p99."""
    count = setting.pick(96, 8)
    waits: list[float] = []
    sides = {"ours": lambda: _receipts(setting.folder / secrets.token_hex(4), count, waits)}
    if not setting.alone:
        for name, program in PEERS:
            sides[name] = lambda program=program: float(peer(program, setting.folder, 4 * count)["rate"])
    figures = alternate(setting, sides)
    middle = medians(figures)
    p99 = percentile(waits, 0.99)
    what = f"durable receipts, {SENDERS} senders"
    mine = f"{middle['ours']:,.0f}/s, p99 {p99 * 1000:.0f} ms"
    lines = [
        Line(what, mine, name, f"{middle[name]:,.0f}/s", middle["ours"] / middle[name], rounds=figures)
        for name, _ in PEERS
        if name in middle
    ]
    met = middle["ours"] >= GOAL_RATE and p99 <= GOAL_P99
    return [*lines, Line(what, mine, goal="≥ 2,000/s at p99 ≤ 50 ms", met=met, rounds=figures)]


def _receipts(folder: Path, count: int, waits: list[float]) -> float:
    """Receipts a second; the wait of each goes to `waits`."""
    folder.mkdir()
    services = builders.build_test_services(folder, lambda: datetime.now(UTC))  # type: ignore[arg-type]
    table = builders.set_table(services)

    def finish(one: tuple[str, dict[str, str]]) -> None:
        start = time.perf_counter()
        builders.receipts.finish(services, table.claimant.actor, one[0], **one[1])
        waits.append(time.perf_counter() - start)

    took = 0.0
    with ThreadPoolExecutor(SENDERS) as senders:
        for first in range(0, count, WAVE):
            sizes = range(100 + first, 100 + min(first + WAVE, count))
            ready = [_arrived(services, table, b"text " * size) for size in sizes]
            took += seconds(lambda ready=ready: list(senders.map(finish, ready)))
    services.sessions.kw["bind"].dispose()
    return count / took


def _arrived(
    services: builders.Services, table: builders.Table, content: bytes
) -> tuple[str, dict[str, str]]:
    """An upload whose bytes are all there: its id, and the digests that the browser claims."""
    form = {**builders.ORIGIN, "case": table.number, "file_name": "note.txt", "claimed_type": ""}
    actor = table.claimant.actor
    with services.work() as work:
        upload = builders.uploads.create(work, actor, form, len(content))
    builders.uploads.receive(services, actor, upload, 0, content)
    return upload.id, builders.digests(content)
