"""Every benchmark that needs no peer and little time starts and gives figures. Not here: how fast anything is."""

import json
import subprocess
import sys

import pytest

from benchmarks.__main__ import QUICK, ROWS, describe
from benchmarks.measure import ROOT, Line, Setting, alternate, percentile

CHEAP = ("sha256", "both-digests", "merkle", "proof-size", "receipts", "signing", "timestamps", "upload")
ON_A_NODE = ("anchoring", "judge-api", "judge-command", "passkey-gas", "volume", "worker")


@pytest.mark.parametrize("name", [*CHEAP, *(pytest.param(one, marks=pytest.mark.node) for one in ON_A_NODE)])
def test_a_row_gives_figures(name):
    command = [sys.executable, "-m", "benchmarks", name, "--quick", "--alone"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    kept = json.loads((QUICK / f"{name}.json").read_text("utf-8"))["lines"]
    assert kept and all(line["ours"] for line in kept)
    assert done.stdout.splitlines() == [describe(Line(**line)) for line in kept]


def test_every_row_names_a_function():
    assert {*CHEAP, *ON_A_NODE} < set(ROWS)
    assert all((ROOT / "benchmarks" / f"{path.split('.')[0]}.py").exists() for path in ROWS.values())


def test_sides_take_turns(tmp_path):
    turns = []
    sides = {name: lambda name=name: turns.append(name) or float(len(turns)) for name in ("ours", "theirs")}
    figures = alternate(Setting(tmp_path), sides)
    assert turns == ["ours", "theirs"] * 5
    assert figures == {"ours": [1, 3, 5, 7, 9], "theirs": [2, 4, 6, 8, 10]}


def test_a_percentile_is_one_of_the_values():
    assert percentile([float(n) for n in range(100, 0, -1)], 0.99) == 100
    assert percentile([3.0], 0.5) == 3.0
