"""python -m benchmarks [ROW …] [--quick] [--alone] [--publish]: measures rows and prints them (./benchmarks/run sets up).
Not here: the rows themselves. Each row runs in a process of its own; one that breaks ends the run with exit code 1."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure import HERE, ROOT, Line, Setting

ROWS = {
    "sha256": "digests.sha256_row",
    "both-digests": "digests.both_row",
    "merkle": "trees.batch_row",
    "proof-size": "trees.size_row",
    "receipts": "receipts.row",
    "anchoring": "anchoring.row",
    "worker": "anchoring.worker_row",
    "receipt-to-anchored": "anchoring.latency_row",
    "judge-api": "judging.api_row",
    "judge-command": "judging.command_row",
    "upload": "uploads.row",
    "upload-memory": "uploads.memory_row",
    "passkey-gas": "passkeys.row",
    "signing": "signing.row",
    "timestamps": "tokens.row",
    "pdf-seal": "papers.row",
    "volume": "volume.row",
}
RESULTS = HERE / "results"
QUICK = RESULTS / "quick"
"""Where quick runs leave their figures, which are not for the table."""


def measure(name: str, quick: bool, alone: bool) -> list[Line]:
    """One row, in this process."""
    module, function = ROWS[name].split(".")
    with tempfile.TemporaryDirectory(prefix="hezheng-benchmark-") as folder:
        act = getattr(importlib.import_module(f"benchmarks.{module}"), function)
        lines: list[Line] = act(Setting(Path(folder), quick, alone))
    return lines


def main(arguments: list[str]) -> int:
    """One row is measured here; several each in a process of its own."""
    options = _options(arguments)
    names: list[str] = options.rows or list(ROWS)
    if options.table:
        return _publish()
    if len(names) == 1 and not options.publish:
        lines = measure(names[0], options.quick, options.alone)
        _keep(QUICK if options.quick else RESULTS, names[0], lines)
        for line in lines:
            print(describe(line), flush=True)
        return 0
    flags = [flag for flag in ("quick", "alone") if getattr(options, flag)]
    broken = [name for name in names if _apart(name, flags) != 0]
    if broken:
        print(f"broken: {', '.join(broken)}", file=sys.stderr)
        return 1
    return _publish() if options.publish else 0


def _publish() -> int:
    """Write the table from the newest figures of every row that was measured in full."""
    from benchmarks import table

    table.publish([name for name in ROWS if (RESULTS / f"{name}.json").exists()])
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("rows", nargs="*", metavar="ROW", choices=[*ROWS, []], help=", ".join(ROWS))
    parser.add_argument("--quick", action="store_true", help="small sizes, one round: whether it runs at all")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    parser.add_argument("--publish", action="store_true", help="write docs/benchmarks.md and its plot")
    parser.add_argument("--table", action="store_true", help="only write them, from what was measured last")
    return parser.parse_args(arguments)


def _apart(name: str, flags: list[str]) -> int:
    print(f"== {name}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "benchmarks", name, *(f"--{flag}" for flag in flags)]
    return subprocess.run(command, cwd=ROOT).returncode


def _keep(folder: Path, name: str, lines: list[Line]) -> None:
    kept = {
        "measured": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "load": round(os.getloadavg()[0], 1),
        "lines": [line.as_json() for line in lines],
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")


def describe(line: Line) -> str:
    """A line for the terminal."""
    parts = [f"{line.measure}: {line.ours}"]
    if line.theirs:
        parts.append(f"{line.peer}: {line.theirs}")
    if line.ratio is not None:
        parts.append(f"ratio {line.ratio:.2f}")
    if line.goal:
        parts.append(f"goal {line.goal}: {VERDICT[line.met]}")
    return " | ".join(parts)


VERDICT = {True: "met", False: "MISSED", None: "not compared"}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
