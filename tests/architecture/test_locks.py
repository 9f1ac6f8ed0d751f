"""Lock files name packages and hashes and nothing of the machine that made them.
Not here: whether the packages install (./scripts/test does so)."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = sorted([*ROOT.glob("requirements/*.txt"), ROOT / "benchmarks" / "requirements.txt"])
NODE = [ROOT / "package-lock.json", ROOT / "benchmarks" / "package-lock.json"]
ALLOWED = re.compile(r"([A-Za-z0-9._-]+==\S+( ;.*)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?| *#.*|)")


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: path.stem)
def test_python_locks_hold_exact_versions_with_hashes_and_no_options(path: Path) -> None:
    assert [line for line in path.read_text().splitlines() if not ALLOWED.fullmatch(line)] == []


@pytest.mark.parametrize("path", NODE, ids=lambda path: path.parent.name)
def test_node_locks_hold_no_addresses(path: Path) -> None:
    packages = json.loads(path.read_text())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
