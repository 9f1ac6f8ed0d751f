"""Nested input cannot end a process of the application, whatever limits its libraries set.
Not here: how much nesting each format allows (see tests/unit/evidence/test_strict.py)."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "module", ["app.main", "app.commands.worker", "realtime.server", "evidence.ethereum"]
)
def test_nested_json_raises_and_does_not_crash(module: str) -> None:
    code = (
        f"import json, {module}\n"
        "try:\n"
        "    json.loads('[' * 200_000)\n"
        "except RecursionError:\n"
        "    print('refused')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "refused\n"), done.stderr
