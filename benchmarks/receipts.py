"""Receipts a second: complete uploads become exhibits, files and rows durable before the answer, many senders at once.
Peers: pymerkle's SqliteTree (an entry each), and plain commits of SQLite (WAL, synchronous=FULL) of one row each. Run
as a module it is one server: `python -m benchmarks.receipts FOLDER NAME SENDERS whole|finish` takes a line on its input
for each wave and prints {"seconds", "waits"} for it, until the input ends."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import sessionmaker

from app.services.context import open_database
from benchmarks.measure import ROOT, Line, Setting, alternate, medians, own_python, peer, percentile
from tests import builders

WAVE = 64
"""Uploads that are open at once in a server; one participant may have twenty."""
GOAL_RATE, GOAL_P99 = 2_000, 0.050
PEERS = (
    ("pymerkle SqliteTree", "receipts_pymerkle.py"),
    ("SQLite, WAL FULL, one row a commit", "receipts_sqlite.py"),
)


@dataclass
class Load:
    """Servers on one database and store, and how many send to each. waits: seconds of each receipt, all rounds."""

    name: str
    servers: int
    senders: int
    what: str = "finish"
    waits: list[float] = field(default_factory=list)

    def rate(self, setting: Setting) -> float:
        """Receipts a second, in as many waves as show something. The slowest server's time counts."""
        folder = setting.folder / secrets.token_hex(4)
        folder.mkdir()
        _services(folder).sessions.kw["bind"].dispose()
        waves, took, count = setting.pick(2, 1), 0.0, 0
        with _servers(self, folder) as servers:
            for wave in range(waves + 1):
                answers = _wave(servers)
                if wave:  # the first finds folders and statements that are not made yet
                    took += max(answer["seconds"] for answer in answers)
                    found = [wait for answer in answers for wait in answer["waits"]]
                    count += len(found)
                    self.waits += found
        return count / took

    def told(self, rate: float) -> str:
        """Rate and p99, for the table."""
        return f"{rate:,.0f}/s, p99 {percentile(self.waits, 0.99) * 1000:.0f} ms"


def row(setting: Setting) -> list[Line]:
    """Small files that have arrived are finished by many senders at once; and the whole way from the first request."""
    loads = [
        Load("durable receipts, 8 senders", 1, 8),
        Load("durable receipts, 64 senders", 1, 64),
        Load("durable receipts, 2 servers of 32 senders", 2, 32),
        Load("begun, sent and finished, one after the other", 1, 1, "whole"),
    ]
    sides: dict[str, Callable[[], float]] = {
        load.name: lambda load=load: load.rate(setting) for load in loads
    }
    if not setting.alone:
        for name, program in PEERS:
            sides[name] = lambda program=program: float(peer(program, setting.folder, 384)["rate"])
    figures = alternate(setting, sides)
    middle = medians(figures)
    lines = []
    for load in loads:
        mine = load.told(middle[load.name])
        goal = "≥ 2,000/s at p99 ≤ 50 ms" if load is loads[1] else ""
        met = middle[load.name] >= GOAL_RATE and percentile(load.waits, 0.99) <= GOAL_P99 if goal else None
        lines += [
            Line(
                load.name,
                mine,
                name,
                f"{middle[name]:,.0f}/s",
                middle[load.name] / middle[name],
                rounds=figures,
            )
            for name, _ in PEERS
            if name in middle and load is loads[1]
        ]
        lines.append(Line(load.name, mine, goal=goal, met=met, rounds=figures))
    return lines


@contextmanager
def _servers(load: Load, folder: Path) -> Iterator[list[subprocess.Popen[str]]]:
    command = [own_python(), "-m", "benchmarks.receipts", str(folder)]
    servers = [
        subprocess.Popen(
            [*command, str(number), str(load.senders), load.what],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for number in range(load.servers)
    ]
    try:
        yield servers
    finally:
        for server in servers:
            server.communicate()


def _wave(servers: list[subprocess.Popen[str]]) -> list[dict[str, object]]:
    """One wave at all servers: made ready first, then begun together."""
    for word in ("ready", "go"):
        for server in servers:
            assert server.stdin is not None
            server.stdin.write(f"{word}\n")
            server.stdin.flush()
        answers = [json.loads(server.stdout.readline()) for server in servers if server.stdout is not None]
    return answers


def _services(folder: Path) -> builders.Services:
    """Real services on SQLite as the product opens it: every commit synced."""
    built = builders.build_test_services(folder, lambda: datetime.now(UTC))  # type: ignore[arg-type]
    built.sessions.kw["bind"].dispose()
    sessions = sessionmaker(open_database(built.settings.database_url), expire_on_commit=False)
    with sessions() as session:
        if session.execute(text("PRAGMA synchronous")).scalar() != 2:
            raise RuntimeError("commits are not synced")
    return replace(built, sessions=sessions)


def main(arguments: list[str]) -> int:
    """One server; see the module."""
    folder, name, senders, what = arguments
    services = _services(Path(folder))
    tables = [builders.set_table(services, f"{name}-{number}") for number in range(2)]
    people = [(table, who) for table in tables for who in (table.claimant, table.respondent)]
    act = _whole if what == "whole" else _finish
    with ThreadPoolExecutor(int(senders)) as pool:
        for number, _ in enumerate(sys.stdin):
            work = [(*people[n % 4], f"{name} {number} {n} ".encode() * 60) for n in range(WAVE)]
            jobs = [act(services, *one) for one in work]
            print("{}", flush=True)
            sys.stdin.readline()
            start = time.perf_counter()
            waits = list(pool.map(_timed, jobs))
            print(json.dumps({"seconds": time.perf_counter() - start, "waits": waits}), flush=True)
    return 0


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _finish(
    services: builders.Services, table: builders.Table, who: builders.Person, content: bytes
) -> Callable[[], object]:
    """To be timed: an upload whose bytes have all arrived gets its receipt."""
    upload, claimed = _arrived(services, table, who, content), builders.digests(content)
    return lambda: builders.receipts.finish(services, who.actor, upload, **claimed)


def _whole(
    services: builders.Services, table: builders.Table, who: builders.Person, content: bytes
) -> Callable[[], object]:
    """To be timed: an upload is begun, its bytes arrive, and it gets its receipt."""
    return lambda: _finish(services, table, who, content)()


def _arrived(services: builders.Services, table: builders.Table, who: builders.Person, content: bytes) -> str:
    form = {**builders.ORIGIN, "case": table.number, "file_name": "note.txt", "claimed_type": ""}
    with services.work() as work:
        upload = builders.uploads.create(work, who.actor, form, len(content))
    builders.uploads.receive(services, who.actor, upload, 0, content)
    return upload.id


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
