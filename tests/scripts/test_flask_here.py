"""A `flask` command for the installation on this machine: which environment it gets, and what is said where there is none.
Not here: the commands (see tests/faults/test_duty_commands.py)."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from app.settings import read_settings
from scripts.flask_here import environment

ROOT = Path(__file__).resolve().parents[2]


def test_it_speaks_for_the_installation_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "installation.json").write_text(
        json.dumps({"chain_id": 1, "chain_port": 4711, "tsa_port": 2})
    )
    given = {"HEZHENG_STARTED_IN": "/", "HEZHENG_DATA_DIR": "/elsewhere", "HEZHENG_OFFICE_PHONE": "12345"}
    settings = read_settings(environment(tmp_path, given))
    assert (settings.data_dir, settings.rpc_url) == (tmp_path, "http://127.0.0.1:4711")
    assert settings.trust_file == tmp_path / "trust.json"
    assert settings.office_phone == "12345"


@pytest.mark.parametrize("content", [None, "", "{}", "[]"])
def test_a_folder_without_installation_is_said(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "data").mkdir()
    if content is not None:
        (tmp_path / "data" / "installation.json").write_text(content)
    command = [str(ROOT / "scripts" / "flask"), "--data-dir", "data", "ledger", "status"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=dict(os.environ))
    assert done.returncode == 64
    assert f"no installation in {tmp_path / 'data'}" in done.stderr
