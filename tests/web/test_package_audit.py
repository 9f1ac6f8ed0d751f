"""A downloaded case package under `python -m evidence audit`: whole it has no fault, damaged each fault is named."""

import io
import json
import random
import shutil
import zipfile
from pathlib import Path

import pytest

from app.services import anchoring, inventory
from evidence.__main__ import main
from evidence.audit import Auditor, Silence
from evidence.audit_package import Package
from evidence.audit_sources import Inventory
from evidence.errors import EvidenceError
from evidence.trust import TrustRoot
from tests.builders import FILES, submit

OPEN_HERE = {"ledger.not_asked", "time.token", "state.header"}
"""No node is asked, and nobody gave timestamps or state proofs."""


@pytest.fixture
def package(services, table, client_for, tmp_path) -> Path:
    """The claimant's package as downloaded: two anchored exhibits, one that waits, the agreement on preservation."""
    submit(services, table.claimant, table.number, FILES / "gift-box-photo.jpg")
    submit(services, table.claimant, table.number, FILES / "purchase-record.pdf", secret=True)
    anchoring.anchor_waiting(services)
    submit(services, table.respondent, table.number, FILES / "shop-page.png")
    path = tmp_path / "package.zip"
    path.write_bytes(client_for(table.claimant).get(f"/cases/{table.number}/package.zip").data)
    (tmp_path / "own-trust.json").write_text(services.trust.dump())
    return path


@pytest.fixture
def folder(package, tmp_path) -> Path:
    target = tmp_path / "unpacked"
    with zipfile.ZipFile(package) as archive:
        archive.extractall(target)
    return next(target.iterdir())


def audit(source: Path, capsys, *more: str) -> tuple[int, dict]:
    trust = source.parent / "own-trust.json"
    if not trust.exists():
        trust = source.parent.parent / "own-trust.json"
    code = main(["audit", str(source), "--trust-root", str(trust), "--json", *more])
    out = capsys.readouterr().out
    return code, json.loads(out) if out else {}


def codes(report: dict) -> list[tuple[str, str]]:
    """Findings but those that are open for everything here, with item or path."""
    return sorted(
        (one["code"], (one["items"] or [one["detail"].get("path", "")])[0])
        for one in report["findings"]
        if one["code"] not in OPEN_HERE
    )


def test_a_package_as_downloaded_has_no_fault_packed_or_unpacked(package, folder, table, capsys):
    for source in (package, folder, folder.parent):
        code, report = audit(source, capsys)
        assert code == 2
        assert codes(report) == [("item.unanchored", f"{table.number}-E003")]
        assert report["sources"][0]["items"] == 4
        assert report["sources"][0]["anchored"] == 3


def test_each_damage_of_a_package_is_named(folder, table, capsys):
    first, second = f"{table.number}-E001", f"{table.number}-E002"
    waits = ("item.unanchored", f"{table.number}-E003")
    photo = next((folder / "exhibits/001/original").iterdir())
    content = photo.read_bytes()
    photo.write_bytes(content[:-1] + b"x")
    code, report = audit(folder, capsys)
    assert code == 1
    assert codes(report) == [("file.differs", first), waits]
    photo.unlink()
    assert codes(audit(folder, capsys)[1]) == [("file.missing", first), waits]
    photo.write_bytes(content)
    proof = folder / f"exhibits/002/{second}.hezheng-proof.json"
    text = proof.read_text()
    proof.unlink()
    assert codes(audit(folder, capsys)[1]) == [waits, ("proof.missing", second)]
    proof.write_text(text + " ")
    path = f"exhibits/002/{proof.name}"
    assert codes(audit(folder, capsys)[1]) == [waits, ("package.changed", path)]
    proof.write_text(text)
    (folder / "extra.txt").write_text("slipped in")
    (folder / "network.json").unlink()
    assert codes(audit(folder, capsys)[1]) == [
        waits,
        ("package.extra", "extra.txt"),
        ("package.missing", "network.json"),
    ]


def test_another_trust_root_inside_is_told_and_not_believed(folder, services, capsys):
    other = json.loads(services.trust.dump())
    other["operator"] = "0x" + "11" * 20
    (folder / "trust.json").write_text(json.dumps(other))
    found = codes(audit(folder, capsys)[1])
    assert ("package.trust", "trust.json") in found
    assert ("package.changed", "trust.json") in found
    assert not [code for code, _ in found if code == "submitter.attested"]


def test_the_auditors_trust_root_decides(package, services, tmp_path, capsys):
    other = json.loads(services.trust.dump())
    other["operator"] = "0x" + "11" * 20
    (tmp_path / "own-trust.json").write_text(TrustRoot.parse(json.dumps(other)).dump())
    code, report = audit(package, capsys)
    assert code == 1
    assert [one for one, _ in codes(report)].count("submitter.attested") == 3


def rewritten(package: Path, change, method: int = zipfile.ZIP_STORED) -> Path:
    """The package with other entries, as (name, data) pairs."""
    with zipfile.ZipFile(package) as archive:
        entries = [(info.filename, archive.read(info)) for info in archive.infolist()]
    target = package.with_name("rewritten.zip")
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in change(entries):
            archive.writestr(name, data)
    return target


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_lead_outside_or_stand_twice_are_named_and_never_followed(package, table, capsys):
    odd = ["../../outside.txt", "/absolute.txt", f"{table.number}/a\\b.txt", f"{table.number}/README.txt"]
    made = rewritten(package, lambda entries: [*entries, *((name, b"odd") for name in odd)])
    code, report = audit(made, capsys)
    assert code == 1
    assert {path for code, path in codes(report) if code == "package.name"} == set(odd)


def test_a_file_that_swells_is_not_read_to_its_end(package, table, capsys):
    """A few kilobytes in the archive that would give sixty-four megabytes."""
    large = bytes(64 * 1024 * 1024)

    def swell(entries):
        return [(name, large if name.endswith("gift-box-photo.jpg") else data) for name, data in entries]

    made = rewritten(package, swell, zipfile.ZIP_DEFLATED)
    assert made.stat().st_size < len(large) / 10
    code, report = audit(made, capsys)
    assert code == 1
    assert ("file.damaged", f"{table.number}-E001") in codes(report)
    assert "far more bytes" in json.dumps(report)


def test_an_archive_whose_entries_lie_over_each_other_is_none(package, capsys):
    """The same bytes listed many times: a small archive without an end (a quine or an overlapping bomb)."""
    whole = package.read_bytes()
    start = int.from_bytes(whole[-6:-2], "little")
    count = int.from_bytes(whole[-12:-10], "little")
    central, tail = whole[start:-22], bytearray(whole[-22:])
    tail[8:10] = tail[10:12] = (count * 9).to_bytes(2, "little")
    tail[12:16] = (len(central) * 9).to_bytes(4, "little")
    package.write_bytes(whole[:start] + central * 9 + tail)
    assert (
        main(["audit", str(package), "--trust-root", str(package.parent / "own-trust.json"), "--lang", "en"])
        == 64
    )
    assert "over each other" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x05\x06" + bytes(18),
        b"not a zip",
    ],
)
def test_what_is_no_package_is_wrong_usage(package, tmp_path, capsys, content):
    path = tmp_path / "no.zip"
    path.write_bytes(content)
    assert audit(path, capsys)[0] == 64


def test_a_manifest_that_is_not_one_is_wrong_usage(package, tmp_path, capsys):
    for manifest in (b"{}", b"[]", b'{"format": "hezheng-package/9"}', b"{" * 100):
        made = rewritten(
            package,
            lambda entries, text=manifest: [
                (name, text if name.endswith("manifest.json") else data) for name, data in entries
            ],
        )
        assert audit(made, capsys)[0] == 64


def test_a_damaged_archive_names_the_items_in_it(package, table, capsys):
    data = bytearray(package.read_bytes())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = next(one for one in archive.infolist() if "/001/original/" in one.filename)
    data[info.header_offset + 200] ^= 1
    package.write_bytes(data)
    code, report = audit(package, capsys)
    assert code == 1
    assert ("file.damaged", f"{table.number}-E001") in codes(report)


def test_reports_are_written_for_people_in_both_languages(folder, tmp_path, capsys):
    (folder / "README.txt").write_text("changed | <script>")
    for name, language, words in (
        ("report.html", "zh", "文件与包的清单不一致"),
        ("report.md", "en", "A file differs from the package's manifest"),
    ):
        path = tmp_path / name
        code, _ = audit(folder, capsys, "--report", str(path), "--lang", language)
        assert code == 1
        assert words in path.read_text()
        assert json.loads(path.with_suffix(".json").read_text())["outcome"] == "FAILED"


def test_wrong_usage_is_told(package, tmp_path, capsys):
    trust = str(tmp_path / "own-trust.json")
    for arguments in (
        [str(tmp_path / "none.zip"), "--trust-root", trust],
        [str(package), "--trust-root", str(tmp_path / "none.json")],
        [str(package), "--trust-root", trust, "--store", str(tmp_path)],
        [str(package), "--trust-root", trust, "--store", str(tmp_path), "--master-key", trust],
    ):
        assert main(["audit", *arguments]) == 64
    assert capsys.readouterr().err


def test_an_inventory_reads_the_store_with_its_key(services, package, tmp_path, capsys):
    path = tmp_path / "inventory.jsonl"
    inventory.write(services, path)
    code, report = audit(path, capsys)
    assert code == 2
    assert [one for one, _ in codes(report)].count("file.not_read") == 3
    key = tmp_path / "master.key"
    key.write_text(bytes(range(32)).hex())
    store = ("--store", str(services.settings.files_dir), "--master-key", str(key))
    code, report = audit(path, capsys, *store)
    assert code == 2
    assert [one for one, _ in codes(report)] == ["item.unanchored"]
    key.write_text(bytes(32).hex())
    code, report = audit(path, capsys, *store)
    assert code == 2  # under another key nobody can say: the files are not called damaged
    assert [one for one, _ in codes(report)].count("file.unreadable") == 3
    shutil.rmtree(services.settings.files_dir)
    assert audit(path, capsys, *store)[0] == 64


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, left out or put in, half of the time near the end, where an archive's index is."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        near = min(len(made), 1_500) if chance.random() < 0.5 else len(made)
        at = len(made) - 1 - chance.randrange(near)
        kind = chance.randrange(3)
        if kind == 0:
            made[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del made[at : at + chance.randrange(1, 9)]
        else:
            made[at:at] = chance.randbytes(chance.randrange(1, 5))
    return bytes(made)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2]
)
def test_a_mutated_package_is_refused_or_found_wrong_and_never_crashes(package, services, tmp_path, method):
    small = io.BytesIO()
    with zipfile.ZipFile(package) as archive, zipfile.ZipFile(small, "w", method) as target:
        for info in archive.infolist():
            if info.filename.endswith((".json", ".txt")):
                target.writestr(info.filename, archive.read(info))
    path, outcomes = tmp_path / "mutated.zip", set()
    for seed in range(80):
        path.write_bytes(mutated(small.getvalue(), random.Random(seed)))
        try:
            source = Package(path, services.trust)
        except EvidenceError:
            outcomes.add("refused")
            continue
        outcomes.add(Auditor(services.trust, None, Silence()).run([source]).outcome.value)
    assert outcomes == {"refused", "FAILED"}


def test_a_mutated_inventory_is_refused_or_told_and_never_crashes(package, services, tmp_path):
    whole, path = tmp_path / "inventory.jsonl", tmp_path / "mutated.jsonl"
    inventory.write(services, whole)
    refused = 0
    for seed in range(80):
        path.write_bytes(mutated(whole.read_bytes(), random.Random(seed)))
        try:
            source = Inventory(path, services.store)
        except EvidenceError:
            refused += 1
            continue
        report = Auditor(services.trust, services.ledger, Silence()).run([source])
        assert report.findings
    assert refused < 40
