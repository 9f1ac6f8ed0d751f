"""The audit of an installation: what was damaged is reported, exactly that, and nothing else."""

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.services import anchoring, inventory
from evidence.audit import Auditor, Silence
from evidence.audit_records import Finding, Report
from evidence.audit_sources import Inventory
from evidence.store import EncryptedFolder
from evidence.verdict import CheckStatus
from tests.builders import FILES, submit
from tests.deals import make_deal

PASSED, FAILED, UNDETERMINED = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.UNDETERMINED
OPEN_HERE = {"time.token", "state.header"}
"""Without a timestamp authority and on a ledger in memory these are open for every batch."""
PICTURE = (FILES / "shop-page.png").read_bytes()


def audit(services, path: Path, store: EncryptedFolder | None = None, reader="ledger") -> Report:
    used = services.ledger if reader == "ledger" else reader
    auditor = Auditor(services.trust, used, Silence(), at=services.clock())
    return auditor.run([Inventory(path, store or services.store)])


def found(report: Report) -> set[tuple[str, tuple[str, ...], object]]:
    """Findings but those that are open for every batch here: code, items, and what tells them apart."""
    return {_key(one) for one in report.findings if one.code not in OPEN_HERE}


def _key(finding: Finding) -> tuple[str, tuple[str, ...], object]:
    facts = finding.detail
    apart = facts.get("address") or (finding.batch, *facts.get("leaves", ())) if not finding.items else None
    return finding.code, finding.items, apart


@dataclass
class Kept:
    """An installation's inventory and store, to be damaged in copies. lines: without the head."""

    services: object
    folder: Path
    lines: list[dict] = field(default_factory=list)

    def write(self, path: Path) -> Path:
        head = {"format": "hezheng-inventory/1", "items": len(self.lines), "bytes": 0}
        path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in [head, *self.lines]))
        return path

    def object(self, line: dict) -> Path:
        address = line["file"]["address"]
        return self.folder / "objects" / address[:2] / address


@pytest.fixture
def kept(services, table, tmp_path) -> Callable[[str], Kept]:
    """Nine exhibits in three batches and one that waits; each call gives a copy to damage."""
    small = tmp_path / "small"
    small.mkdir()
    for number in range(9):
        path = small / f"{number}.png"
        path.write_bytes(PICTURE + bytes([number]) * (number + 1))
        submit(services, table.claimant, table.number, path)
        if number % 3 == 2:
            anchoring.anchor_waiting(services)
    last = small / "last.png"
    last.write_bytes(PICTURE + b"waits")
    submit(services, table.claimant, table.number, last)
    written = tmp_path / "whole.jsonl"
    inventory.write(services, written)

    def copy(name: str) -> Kept:
        folder = tmp_path / name
        shutil.copytree(services.settings.files_dir, folder)
        lines = [json.loads(line) for line in written.read_text().splitlines()[1:]]
        return Kept(services, folder, lines)

    return copy


def audit_copy(kept: Kept) -> Report:
    store = EncryptedFolder(kept.folder, kept.services.secrets.master_key)
    return audit(kept.services, kept.write(kept.folder / "inventory.jsonl"), store)


def anchored(kept: Kept) -> list[dict]:
    return [line for line in kept.lines if line["file"]["address"] and line["place"]]


def waiting(kept: Kept) -> str:
    return next(line["name"] for line in kept.lines if line["place"] is None)


def test_a_whole_installation_has_nothing_but_what_waits(kept):
    whole = kept("whole")
    report = audit_copy(whole)
    assert found(report) == {("item.unanchored", (waiting(whole),), None)}
    assert report.outcome is UNDETERMINED
    assert report.sources[0].items == 11
    assert report.sources[0].anchored == 10
    assert report.ledger.batches == 3
    assert {finding.batch for finding in report.findings if finding.code == "time.token"} == {1, 2, 3}


# every kind of damage: takes the copy and a line that nobody else touches, gives what has to be found


def byte_flipped(kept: Kept, line: dict, chance: random.Random) -> set:
    path = kept.object(line)
    data = bytearray(path.read_bytes())
    data[chance.randrange(84, len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    return {("file.damaged", (line["name"],), None)}


def header_flipped(kept: Kept, line: dict, chance: random.Random) -> set:
    path = kept.object(line)
    data = bytearray(path.read_bytes())
    data[chance.randrange(84)] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    return {("file.damaged", (line["name"],), None)}


def cut_short(kept: Kept, line: dict, chance: random.Random) -> set:
    path = kept.object(line)
    data = path.read_bytes()
    path.write_bytes(data[: chance.randrange(len(data))])
    return {("file.damaged", (line["name"],), None)}


def deleted(kept: Kept, line: dict, _chance: random.Random) -> set:
    kept.object(line).unlink()
    return {("file.missing", (line["name"],), None)}


def proof_dropped(_kept: Kept, line: dict, _chance: random.Random) -> set:
    line["proof"] = None
    return {("proof.missing", (line["name"],), None)}


def proof_cut(_kept: Kept, line: dict, chance: random.Random) -> set:
    line["proof"] = line["proof"][: chance.randrange(1, len(line["proof"]) - 2)]
    return {("proof.malformed", (line["name"],), None)}


def custody_changed(_kept: Kept, line: dict, _chance: random.Random) -> set:
    proof = json.loads(line["proof"])
    proof["custody"][1]["at"] = "2020-01-01T00:00:00Z"
    line["proof"] = json.dumps(proof)
    return {("custody.chain", (line["name"],), None)}


def custody_begun_anew(_kept: Kept, line: dict, _chance: random.Random) -> set:
    proof = json.loads(line["proof"])
    proof["custody"][0]["actor"] = "somebody else"
    line["proof"] = json.dumps(proof)
    return {("custody.chain", (line["name"],), None), ("custody.first", (line["name"],), None)}


def statement_changed(_kept: Kept, line: dict, _chance: random.Random) -> set:
    line["statement"]["body"]["file_name"] = "another.png"
    return {("statement.other", (line["name"],), None)}


def path_changed(_kept: Kept, line: dict, _chance: random.Random) -> set:
    proof = json.loads(line["proof"])
    proof["inclusion"]["path"][0] = "0x" + "00" * 32
    line["proof"] = json.dumps(proof)
    return {("batch.inclusion", (line["name"],), None)}


def attestation_changed(_kept: Kept, line: dict, _chance: random.Random) -> set:
    proof = json.loads(line["proof"])
    proof["attestation"] = "0x" + "11" * 65
    line["proof"] = json.dumps(proof)
    return {("submitter.attested", (line["name"],), None)}


def left_out(kept: Kept, line: dict, _chance: random.Random) -> set:
    kept.lines.remove(line)
    place = line["place"]
    return {
        ("batch.leaf_unknown", (), (place["batch"], place["index"])),
        ("store.extra", (), line["file"]["address"]),
    }


DAMAGES = [
    byte_flipped,
    header_flipped,
    cut_short,
    deleted,
    proof_dropped,
    proof_cut,
    custody_changed,
    custody_begun_anew,
    statement_changed,
    path_changed,
    attestation_changed,
]


@pytest.mark.parametrize("damage", [*DAMAGES, left_out], ids=lambda one: one.__name__)
def test_each_damage_is_found_exactly(kept, damage):
    copy = kept("copy")
    expected = damage(copy, anchored(copy)[4], random.Random(1))
    report = audit_copy(copy)
    assert found(report) == expected | {("item.unanchored", (waiting(copy),), None)}
    assert report.outcome is FAILED


def test_random_sets_of_damage_are_found_exactly(kept):
    """Thirty rounds: any damages to any items; the set that is reported is the set that was done."""
    for seed in range(30):
        chance = random.Random(seed)
        copy = kept(f"round-{seed}")
        lines = chance.sample(anchored(copy), chance.randrange(1, 8))
        expected = {("item.unanchored", (waiting(copy),), None)}
        for line in lines:
            expected |= chance.choice(DAMAGES)(copy, line, chance)
        assert found(audit_copy(copy)) == expected, f"seed {seed}"


def test_two_files_that_changed_places_are_both_named(kept):
    copy = kept("copy")
    one, other = (copy.object(line) for line in anchored(copy)[:2])
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)
    names = {line["name"] for line in anchored(copy)[:2]}
    report = audit_copy(copy)
    differs = [finding for finding in report.findings if finding.code == "file.differs"]
    assert {finding.items[0] for finding in differs} == names
    assert all(set(finding.detail["differs"]) == {"size", "sha256", "sm3"} for finding in differs)
    assert len(found(report)) == 3


def test_a_file_that_nobody_claims_is_named(kept):
    copy = kept("copy")
    store = EncryptedFolder(copy.folder, copy.services.secrets.master_key)
    upload = store.stage("extra")
    upload.append(0, b"nobody knows me")
    stored = upload.commit("elsewhere")
    assert found(audit_copy(copy)) - {("item.unanchored", (waiting(copy),), None)} == {
        ("store.extra", (), stored.address)
    }


def test_an_erased_file_is_open_not_lost(kept):
    copy = kept("copy")
    line = anchored(copy)[0]
    EncryptedFolder(copy.folder, copy.services.secrets.master_key).erase(line["file"]["address"])
    report = audit_copy(copy)
    assert ("file.erased", (line["name"],), None) in found(report)
    assert report.outcome is UNDETERMINED


def test_a_chain_without_its_last_batch_is_told_once(kept, services):
    copy = kept("copy")
    services.ledger.drop_tail(1)
    report = audit_copy(copy)
    lost = tuple(line["name"] for line in copy.lines if line["place"] and line["place"]["batch"] == 3)
    assert found(report) - {("item.unanchored", (waiting(copy),), None)} == {("ledger.batch", lost, None)}
    assert report.ledger.batches == 2
    assert report.outcome is UNDETERMINED


def test_a_batch_that_the_inventory_does_not_know_is_named(kept, services):
    copy = kept("copy")
    services.ledger.anchor(bytes(range(32)), 5, services.ledger.head()[1])
    report = audit_copy(copy)
    assert ("batch.unknown", (), (4,)) in found(report)
    assert report.outcome is FAILED


def test_without_a_node_one_finding_says_so(kept):
    copy = kept("copy")
    store = EncryptedFolder(copy.folder, copy.services.secrets.master_key)
    report = audit(copy.services, copy.write(copy.folder / "inventory.jsonl"), store, reader=None)
    assert found(report) == {
        ("ledger.not_asked", (), (None,)),
        ("item.unanchored", (waiting(copy),), None),
    }


def test_a_node_that_is_away_is_no_sign_of_forgery(kept, services):
    copy = kept("copy")
    services.ledger.down = True
    report = audit_copy(copy)
    assert ("ledger.unavailable", (), (None,)) in found(report)
    assert report.outcome is UNDETERMINED


def test_lines_that_cannot_be_read_and_a_cut_inventory_are_told(kept, services):
    copy = kept("copy")
    path = copy.write(copy.folder / "inventory.jsonl")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], "{", '{"name": 3}', *lines[3:-1]]) + "\n")
    store = EncryptedFolder(copy.folder, services.secrets.master_key)
    report = audit(services, path, store)
    assert [one.code for one in report.findings if one.code.startswith("inventory.")] == [
        "inventory.malformed",
        "inventory.malformed",
        "inventory.cut",
    ]
    assert report.sources[0].items == 8


@pytest.mark.parametrize("path", ["/dev/zero", "../outside", "a/../../outside", "", "a\\b"])
def test_an_inventory_names_no_file_outside_its_folder(kept, services, path):
    """Whoever hands an auditor an inventory may not have other files of that machine read."""
    copy = kept("copy")
    copy.lines[0]["file"] = {"address": None, "path": path, "text": None}
    report = audit(services, copy.write(copy.folder / "inventory.jsonl"))
    wrong = [one for one in report.findings if one.code == "inventory.malformed"]
    assert [one.detail["where"] for one in wrong] == ["line 2.file.path"]


def test_agreements_and_rulings_are_in_the_inventory(services, table, tmp_path):
    make_deal(services, table).sealed()
    anchoring.anchor_waiting(services)
    path = tmp_path / "inventory.jsonl"
    written = inventory.write(services, path)
    assert written.items == 2
    assert path.stat().st_mode & 0o777 == 0o600
    report = audit(services, path)
    assert found(report) == set()
    assert report.sources[0].anchored == 2


def test_the_command_audits_and_reports(services, app, table, tmp_path):
    submit(services, table.claimant, table.number, FILES / "shop-page.png")
    anchoring.anchor_waiting(services)
    from app.commands.registry import register

    register(app)
    report = tmp_path / "report.html"
    result = app.test_cli_runner().invoke(args=["ledger", "audit", "--report", str(report), "--lang", "en"])
    assert result.exit_code == 2, result.output
    assert "Nothing is wrong, but something is open" in result.output
    assert "<table>" in report.read_text()
    assert json.loads(report.with_suffix(".json").read_text())["outcome"] == "UNDETERMINED"
    path = services.store._path(next(services.store.addresses()))
    path.write_bytes(path.read_bytes()[:-1])
    result = app.test_cli_runner().invoke(args=["ledger", "audit"])
    assert result.exit_code == 1
    assert "已损坏" in result.output
