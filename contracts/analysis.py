"""Runs slither over contracts/src and holds its findings against those explained in contracts/findings.json.
Not here: tests of behaviour (contracts/test). Run as `python -m contracts.analysis`; exit 1 when the two differ."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from scripts.chain import foundry_binary

ROOT = Path(__file__).resolve().parent.parent
EXPLAINED = ROOT / "contracts" / "findings.json"
SLITHER = ROOT / ".venv-slither" / "bin" / "slither"
BUILD = "contracts/build/slither"


class Finding(NamedTuple):
    """What a detector says of a place in a contract."""

    check: str
    place: str


def run_slither() -> dict[Finding, str]:
    """Each finding in our own sources with slither's words. RuntimeError when slither could not look."""
    path = os.pathsep.join((str(foundry_binary("forge").parent), str(SLITHER.parent), os.environ["PATH"]))
    apart = {"FOUNDRY_OUT": f"{BUILD}/out", "FOUNDRY_CACHE_PATH": f"{BUILD}/cache", "PATH": path}
    done = subprocess.run(
        [str(SLITHER), ".", "--filter-paths", "node_modules|contracts/test", "--json", "-"],
        cwd=ROOT,
        env={**os.environ, **apart},
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        report = json.loads(done.stdout)
    except ValueError:
        raise RuntimeError(done.stderr) from None
    if not report["success"]:
        raise RuntimeError(report["error"])
    return {_finding(found): found["description"] for found in report["results"].get("detectors", [])}


def _finding(found: dict[str, Any]) -> Finding:
    """The detector and the first element; where that is a variable, its function and itself. No line numbers."""
    element = found["elements"][0]
    names = [element["name"]]
    while (element := element.get("type_specific_fields", {}).get("parent")) and element["type"] != "file":
        names.insert(0, element["name"])
    return Finding(found["check"], ".".join(names))


def explained() -> dict[Finding, str]:
    """Each finding that we know with the reason why it stays."""
    entries = json.loads(EXPLAINED.read_text(encoding="utf-8"))
    return {Finding(entry["check"], entry["place"]): entry["reason"] for entry in entries}


def main() -> int:
    """Print what is new and what is gone; 1 when there is any of it."""
    found, known = run_slither(), explained()
    for finding in sorted(found.keys() - known.keys()):
        print(f"new: {finding.check} in {finding.place}\n{found[finding]}", file=sys.stderr)
    for finding in sorted(known.keys() - found.keys()):
        print(f"explained, but no longer found: {finding.check} in {finding.place}", file=sys.stderr)
    print(f"slither: {len(found)} findings, {len(found.keys() & known.keys())} explained")
    return 1 if found.keys() != known.keys() else 0


if __name__ == "__main__":
    sys.exit(main())
