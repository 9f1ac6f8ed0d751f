"""Every vector in tests/vectors gives exactly the outcome that it states, and the script makes the same ones again."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from evidence.digest import digest_bytes
from evidence.errors import MalformedInput
from evidence.proof import Proof
from evidence.strict import parse_instant, unhex
from evidence.trust import TrustRoot
from evidence.verdict import CheckStatus, Verdict
from evidence.verify import Verifier
from scripts.make_vectors import FOLDER, build, stored
from scripts.vector_form import FORMAT
from scripts.vector_parts import RecordedLedger

VECTORS = sorted(FOLDER.glob("*/*.json"))
RANK = ["PASSED", "UNDETERMINED", "FAILED"]


def load(path: Path) -> dict[str, Any]:
    vector: dict[str, Any] = json.loads(path.read_text("utf-8"))
    assert vector["format"] == FORMAT
    return vector


def verify(vector: dict[str, Any], proof: Proof) -> Verdict:
    trust = TrustRoot.parse(json.dumps(vector["trust"]))
    ledger = None if vector["ledger"] is None else RecordedLedger.parse(vector["ledger"])
    file = None if vector["file"] is None else digest_bytes(base64.b64decode(vector["file"]))
    at = parse_instant(vector["at"], where="at")
    told = vector["block"]
    block = None if told is None else (told["number"], unhex(told["hash"], where="hash"))
    return Verifier(trust, ledger, at=at, block=block).verify(file, proof)


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_outcome_is_the_stated_one(path: Path) -> None:
    vector = load(path)
    expected = vector["expected"]
    if "malformed" in expected:
        with pytest.raises(MalformedInput) as caught:
            Proof.parse(vector["proof"])
        assert caught.value.where == expected["malformed"]
        return
    verdict = verify(vector, Proof.parse(vector["proof"]))
    worst: dict[str, str] = {}
    for check in verdict.checks:
        if check.status is not CheckStatus.PASSED:
            worst[check.code] = max(check.status.value, worst.get(check.code, "PASSED"), key=RANK.index)
    assert worst == expected["not_passed"]
    assert verdict.as_json()["answers"] == expected["answers"]


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_valid_never_fails_and_invalid_always_does(path: Path) -> None:
    expected = load(path)["expected"]
    failed = "malformed" in expected or "FAILED" in expected["answers"].values()
    assert failed == (path.parent.name == "invalid")


def test_the_script_makes_the_same_vectors_again() -> None:
    made, present = build(), stored()
    assert sorted(made) == sorted(present)
    assert [str(path) for path in made if made[path] != present[path]] == []


def test_the_sums_are_those_of_the_files() -> None:
    lines = (FOLDER / "SHA256SUMS").read_text("utf-8").splitlines()
    told = {name: value for value, name in (line.split("  ") for line in lines)}
    found = {str(p.relative_to(FOLDER)): sha256(p.read_bytes()).hexdigest() for p in VECTORS}
    assert found == told


def test_there_are_enough_of_both() -> None:
    count = {kind: sum(path.parent.name == kind for path in VECTORS) for kind in ("valid", "invalid")}
    assert count["valid"] >= 40
    assert count["invalid"] >= 130


def test_a_whole_offline_verification_loads_no_chain_client_and_no_web(tmp_path: Path) -> None:
    vector = load(FOLDER / "valid" / "exhibit.json")
    (tmp_path / "file").write_bytes(base64.b64decode(vector["file"]))
    (tmp_path / "proof").write_text(vector["proof"], "utf-8")
    (tmp_path / "trust").write_text(json.dumps(vector["trust"]), "utf-8")
    code = (
        "import sys; from evidence.__main__ import main\n"
        "done = main(['verify', 'file', 'proof', '--trust-root', 'trust', '--json'])\n"
        "heavy = {'web3', 'flask', 'sqlalchemy', 'requests', 'aiohttp', 'eth_account'}\n"
        "print(done, sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(FOLDER.parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stderr.splitlines()[-1] == "2 []"
    assert json.loads(run.stdout)["answers"]["submitter"] == "PASSED"
