"""The committed artifacts are what the sources compile to, and name no folder of any machine."""

import json
from pathlib import Path

import pytest

from contracts.compile import ARTIFACTS, OWN, build, differences, main


@pytest.fixture(scope="module")
def fresh() -> dict[str, str]:
    return build()


def test_artifacts_equal_a_fresh_compile(fresh: dict[str, str]) -> None:
    assert differences(fresh) == []


def test_a_changed_or_missing_artifact_is_noticed(fresh: dict[str, str]) -> None:
    changed = dict(fresh, **{"Officials.json": "{}"})
    del changed["EvidenceLedger.json"]
    assert differences(changed) == ["EvidenceLedger.json", "Officials.json"]


def test_artifacts_name_compiler_and_settings_but_no_folder() -> None:
    paths = sorted(ARTIFACTS.glob("*.json"))
    assert {path.stem for path in paths} == {*OWN, "ERC7913WebAuthnVerifier"}
    for path in paths:
        text = path.read_text()
        artifact = json.loads(text)
        assert artifact["compiler"]["version"].startswith("0.8.37")
        assert artifact["settings"]["metadata"] == {"bytecodeHash": "none", "appendCBOR": False}
        assert str(Path.cwd()) not in text
        assert not Path(artifact["source"]).is_absolute()


def test_unknown_arguments_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--chek"]) == 64
    assert "usage" in capsys.readouterr().err
