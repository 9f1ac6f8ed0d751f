"""An audit on the command line finds the files of both stores, under whichever master key they are.
Not here: what an audit finds in statements, proofs and ledger (tests/web/test_package_audit.py)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evidence.__main__ import main
from evidence.audit_sources import write_inventory
from evidence.ledger import MemoryLedger
from evidence.master_keys import KeyFolder
from tests.stores.conftest import Place, S3Folder
from tests.stores.test_behaviour import put


def audited(
    place: Place, keys: Path, capsys: pytest.CaptureFixture[str], url: str = ""
) -> tuple[int, set[str]]:
    """Exit code, and the findings about files and store."""
    where = url or (place.url if isinstance(place, S3Folder) else str(place.folder / "files"))
    trust = place.folder / "trust.json"
    trust.write_text(MemoryLedger().trust.dump())
    arguments = [str(place.folder / "inventory.jsonl"), "--trust-root", str(trust), "--json"]
    code = main(["audit", *arguments, "--store", where, "--master-key", str(keys)])
    told = capsys.readouterr().out
    findings = json.loads(told)["findings"] if told else []
    return code, {one["code"] for one in findings if one["code"].startswith(("file.", "store."))}


@pytest.fixture
def listed(place: Place) -> Place:
    """Two files, one under an old master key, one under the new one; a third that no inventory knows comes later."""
    store = place.open()
    addresses = [put(store, b"old", upload="a")]
    KeyFolder(place.secrets).change()
    addresses.append(put(store, b"new", upload="b"))
    lines = [
        {"name": f"file {n}", "statement": None, "proof": None, "place": None, "address": one}
        for n, one in enumerate(addresses)
    ]
    write_inventory(place.folder / "inventory.jsonl", lines, items=2, size=0)
    return place


def test_old_and_new_keys_are_found_in_the_secrets_folder(
    listed: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audited(listed, listed.secrets, capsys) == (1, set())
    stranger = put(listed.open(), b"nobody's", upload="c")
    assert audited(listed, listed.secrets, capsys) == (1, {"store.extra"})
    listed.open().erase(stranger)
    (old,) = listed.secrets.glob("master.*.key")
    kept = old.read_bytes()
    old.unlink()
    assert audited(listed, listed.secrets, capsys) == (1, {"file.unreadable"})
    old.touch(mode=0o600)
    old.write_bytes(kept)
    assert audited(listed, listed.secrets, capsys) == (1, set())


def test_a_service_that_is_away_is_said_and_stops_nothing(
    listed: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    if isinstance(listed, S3Folder):
        away = f"s3://{listed.bucket_name}/evidence?endpoint=http://127.0.0.1:1"
        assert audited(listed, listed.secrets, capsys, away) == (1, {"file.unreadable", "store.not_listed"})
        assert audited(listed, listed.secrets / "master.key", capsys)[0] == 64
        (listed.secrets / "s3.access_key").unlink()
    else:
        (listed.secrets / "master.key").chmod(0o644)
    assert audited(listed, listed.secrets, capsys) == (64, set())
