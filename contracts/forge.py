"""Runs the forge tests of contracts/test and holds what acts cost against contracts/snapshots.
Not here: the tests, and their settings (foundry.toml). Run as `python -m contracts.forge [--snapshot] [ARGUMENTS]`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.chain import foundry_binary

ROOT = Path(__file__).resolve().parent.parent
SNAPSHOT = ROOT / "contracts" / "snapshots" / "gas.json"
TOLERANCE = 0.01


def run_forge(arguments: list[str], snapshots: Path) -> int:
    """forge's exit code; the costs that it measures go to the folder `snapshots`."""
    command = [str(foundry_binary("forge")), "test", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, "FOUNDRY_SNAPSHOTS": str(snapshots)}, check=False
    ).returncode


def differences(kept: dict[str, str], measured: dict[str, str]) -> list[str]:
    """A line for each act that is new, gone, or dearer or cheaper by more than the tolerance."""
    lines = [f"{act}: not in the snapshot" for act in sorted(measured.keys() - kept.keys())]
    lines += [f"{act}: no longer measured" for act in sorted(kept.keys() - measured.keys())]
    for act in sorted(kept.keys() & measured.keys()):
        before, after = int(kept[act]), int(measured[act])
        if abs(after - before) > TOLERANCE * before:
            lines.append(f"{act}: {before} gas in the snapshot, {after} now")
    return lines


def main(arguments: list[str]) -> int:
    """Run the tests; without other arguments compare the costs too, with --snapshot write them anew."""
    if arguments == ["--snapshot"]:
        return run_forge(["--match-contract", "GasTest"], SNAPSHOT.parent)
    with tempfile.TemporaryDirectory() as folder:
        code = run_forge(arguments, Path(folder))
        if code or arguments:
            return code
        measured = json.loads((Path(folder) / SNAPSHOT.name).read_text(encoding="utf-8"))
    different = differences(json.loads(SNAPSHOT.read_text(encoding="utf-8")), measured)
    for line in different:
        print(line, file=sys.stderr)
    if different:
        print("deliberate? then: python -m contracts.forge --snapshot", file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
