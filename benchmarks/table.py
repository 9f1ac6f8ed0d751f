"""Writes docs/benchmarks.md and its plot from the results of a run. What is said about misses is written by hand there.
Not here: measuring."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.measure import HERE, PEER_PYTHON, ROOT, ROUNDS

PAGE = ROOT / "docs" / "benchmarks.md"
PLOT = ROOT / "docs" / "benchmarks-volume.svg"
PUBLISHED = HERE / "results" / "published.json"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
WORD = {True: "yes", False: "**no**", None: ""}
PEERS = ("pymerkle", "opentimestamps", "opentimestamps-client", "matplotlib")


def publish(names: Sequence[str]) -> None:
    """Put the table of these rows between the marks of the page, keep the figures, draw the plot."""
    rows = {name: json.loads((HERE / "results" / f"{name}.json").read_text("utf-8")) for name in names}
    circumstances = _circumstances(rows)
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    table = "\n".join([*_said(circumstances), "", *_table(rows)])
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
    kept = {"circumstances": circumstances, "rows": rows}
    PUBLISHED.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    points = HERE / "results" / "volume-points.json"
    if "volume" in names and PEER_PYTHON.exists():
        subprocess.run([PEER_PYTHON, HERE / "peers" / "plot.py", points, PLOT], check=True)


def _circumstances(rows: dict[str, Any]) -> dict[str, Any]:
    facts = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in facts if line.startswith("model name")]
    model = models[0] if models else platform.machine()
    return {
        "from": min(row["measured"] for row in rows.values()),
        "to": max(row["measured"] for row in rows.values()),
        "machine": f"{os.cpu_count()} × {model}",
        "load": [pick(row["load"] for row in rows.values()) for pick in (min, max)],
        "versions": {
            "Python": platform.python_version(),
            "OpenSSL": _first(["openssl", "version"]).split(" ")[1],
            "Node": _first(["node", "--version"]).removeprefix("v"),
            "cryptography": version("cryptography"),
            **_peer_versions(),
        },
    }


def _first(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]


def _peer_versions() -> dict[str, str]:
    code = "import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
    found: dict[str, str] = json.loads(_first([str(PEER_PYTHON), "-c", code, *PEERS]))
    wanted = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]
    return {**found, **wanted}


def _said(circumstances: dict[str, Any]) -> list[str]:
    low, high = circumstances["load"]
    versions = ", ".join(f"{name} {number}" for name, number in circumstances["versions"].items())
    return [
        f"Measured from {circumstances['from']} to {circumstances['to']} on {circumstances['machine']};",
        f"load average (1 minute) at the rows' ends {low} to {high}; medians of {ROUNDS} rounds.",
        f"{versions}.",
    ]


def _table(rows: dict[str, Any]) -> list[str]:
    head = [
        "| row | measure | ours | peer | peer's | ratio | goal | met |",
        "|---|---|---|---|---|---|---|---|",
    ]
    return head + [_row(name, line) for name, row in rows.items() for line in row["lines"]]


def _row(name: str, line: dict[str, Any]) -> str:
    ratio = "" if line["ratio"] is None else _ratio(line["ratio"])
    cells = [
        f"`{name}`",
        line["measure"],
        line["ours"],
        line["peer"] if line["theirs"] else "",
        line["theirs"],
    ]
    return f"| {' | '.join([*cells, ratio, line['goal'], WORD[line['met']]])} |"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if 0.1 <= value < 100 else f"{value:.0f}" if value >= 100 else f"{value:.1g}"
