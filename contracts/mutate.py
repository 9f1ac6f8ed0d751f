"""Breaks the contracts on purpose, one rule at a time in a copy, and names each break that the forge tests miss.
Not here: the tests (contracts/test) and the breaks. Run as `python -m contracts.mutate [--invariants] [WORD …]`; exit 1
when one was missed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from contracts.breaks import BREAKS, INVARIANTS, TESTS, Break
from scripts.chain import foundry_binary

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = Path("node_modules") / "@openzeppelin"
COMPILER = Path("node_modules") / "solc"


def copied(folder: Path) -> None:
    """What forge needs; the library as files, since forge would follow a link out of the folder."""
    shutil.copy(ROOT / "foundry.toml", folder)
    for part in ("src", "test", "bin"):
        shutil.copytree(ROOT / "contracts" / part, folder / "contracts" / part)
    shutil.copytree(ROOT / LIBRARY, folder / LIBRARY)
    (folder / COMPILER).symlink_to(ROOT / COMPILER)


def forge_fails(folder: Path, suites: str) -> bool:
    """Whether a test of these suites fails, soon. RuntimeError when the contracts do not even compile."""
    command = [str(foundry_binary("forge")), "test", "--fail-fast", "--match-contract", f"^({suites})$"]
    quick = {
        "FOUNDRY_DYNAMIC_TEST_LINKING": "true",  # a changed contract compiles alone
        "FOUNDRY_FUZZ_RUNS": "64",
        "FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT": "0",  # that it failed is enough
        "FOUNDRY_OUT": "out",
        "FOUNDRY_CACHE_PATH": "cache",
    }
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **quick}, capture_output=True, text=True, check=False
    )
    if "Suite result" not in done.stdout:
        raise RuntimeError(done.stdout + done.stderr)
    return done.returncode != 0


def suites_for(change: Break, invariants_only: bool) -> list[str]:
    """The tests that have to notice this change."""
    acts = [] if invariants_only else [TESTS[change.contract]]
    return acts + ([INVARIANTS[change.contract]] if change.lasting else [])


def missed(folder: Path, change: Break, suites: Sequence[str]) -> list[str]:
    """Which of these tests do not notice this change. ValueError when `old` does not stand once in the contract."""
    path = folder / "contracts" / "src" / f"{change.contract}.sol"
    text = path.read_text(encoding="utf-8")
    if text.count(change.old) != 1:
        raise ValueError(f"stands {text.count(change.old)} times in {change.contract}: {change.old}")
    path.write_text(text.replace(change.old, change.new), encoding="utf-8")
    try:
        return [one for one in suites if not forge_fails(folder, one)]
    finally:
        path.write_text(text, encoding="utf-8")


def chosen(words: list[str], invariants_only: bool) -> list[Break]:
    """The breaks that contain one of the words, or all."""
    fitting = [
        b for b in BREAKS if not words or any(word in f"{b.contract} {b.old} {b.new}" for word in words)
    ]
    return [b for b in fitting if b.lasting or not invariants_only]


def main(arguments: list[str]) -> int:
    """Try the chosen breaks, with --invariants against the invariants alone; 1 when a break was missed."""
    invariants_only = "--invariants" in arguments
    breaks = chosen([one for one in arguments if one != "--invariants"], invariants_only)
    count = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copied(folder)
        needed = {suite for change in breaks for suite in suites_for(change, invariants_only)}
        if any(forge_fails(folder, suite) for suite in sorted(needed)):
            print("the tests fail before anything is broken", file=sys.stderr)
            return 1
        for change in breaks:
            blind = missed(folder, change, suites_for(change, invariants_only))
            count += not blind
            seen = f"MISSED by {', '.join(blind)}" if blind else "noticed"
            print(f"{seen} {change.contract}: {change.old!r} → {change.new!r}", flush=True)
    print(f"{count} of {len(breaks)} breaks noticed")
    return 1 if count < len(breaks) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
