"""python -m evidence as a judge types it: answers, exit codes, languages, and files that are not what they should be.
Not here: the checks themselves (see test_verify and tests/vectors)."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from evidence import __main__ as command
from evidence.digest import digest_bytes
from scripts.vector_parts import FILE, RecordedLedger, World, exhibit

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Desk:
    """The three files on a judge's desk, and the node that `--rpc` stands for."""

    world: World
    folder: Path
    monkeypatch: pytest.MonkeyPatch

    @property
    def file(self) -> Path:
        return self.folder / "礼盒正面.txt"

    @property
    def proof(self) -> Path:
        return self.folder / "proof.json"

    @property
    def trust(self) -> Path:
        return self.folder / "trust.json"

    def lay(self, **changes: Any) -> Desk:
        """Write the honest files, the proof with changes."""
        self.file.write_bytes(FILE)
        self.proof.write_text(self.world.proof(**changes).dump(), encoding="utf-8")
        self.trust.write_text(self.world.trust.dump(), encoding="utf-8")
        return self

    def connect(self, ledger: RecordedLedger) -> None:
        """Let `--rpc` lead to this ledger."""
        self.monkeypatch.setattr(
            command, "_reader", lambda options, trust: ledger if options.rpc is not None else None
        )

    def verify(self, *options: str) -> int:
        return command.main(
            ["verify", str(self.file), str(self.proof), "--trust-root", str(self.trust), *options]
        )

    def verify_without_file(self, *options: str) -> int:
        return command.main(["verify", str(self.proof), "--trust-root", str(self.trust), *options])


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(World(), tmp_path, monkeypatch).lay()


def answers(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    found: dict[str, str] = json.loads(capsys.readouterr().out)["answers"]
    return found


def test_everything_passes_with_a_node(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.connect(desk.world.ledger())
    assert desk.verify("--rpc", "http://node", "--json") == 0
    assert set(answers(capsys).values()) == {"PASSED"}
    assert desk.verify("--rpc", "http://node") == 0
    text = capsys.readouterr().out
    for name in ("完整性", "时间", "提交人", "来源"):
        assert f"{name}  [通过]" in text


def test_everything_passes_without_a_node(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.trust.write_text(desk.world.naming().dump(), encoding="utf-8")
    assert desk.verify("--json") == 0
    assert set(answers(capsys).values()) == {"PASSED"}
    assert desk.verify("--lang", "en") == 0
    text = capsys.readouterr().out
    assert "witness 海河公证处 notary" in text
    assert "the witnesses sign only what nodes of their own show" in text
    assert "ledger." not in text


def test_the_hash_of_the_block_may_be_brought(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.lay(witnesses=())
    known = desk.world.batch.block_hash.hex()
    number = desk.world.batch.block_number
    for form in (known, f"0x{known}", known.upper()):
        assert desk.verify("--block-hash", f"{number}:{form}") == 0
    assert desk.verify("--block-hash", f"{number + 1}:{known}") == 2
    assert "您带来的区块哈希可靠" in capsys.readouterr().out
    assert desk.verify("--block-hash", f"{number}:" + "11" * 32, "--lang", "en") == 1
    assert "FAILED       block.known" in capsys.readouterr().out


def test_digests_may_stand_for_the_file(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.connect(desk.world.ledger())
    digest = digest_bytes(FILE)
    sha256, sm3, size = f"0x{digest.sha256.hex()}", digest.sm3.hex().upper(), str(digest.size)
    node = ("--rpc", "http://node")
    assert desk.verify_without_file("--sha256", sha256, "--sm3", sm3, "--size", size, *node) == 0
    capsys.readouterr()
    assert desk.verify_without_file("--sha256", sha256, "--json", *node) == 2
    checks = {one["code"]: one for one in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["file.sha256"]["status"] == "PASSED"
    for code in ("file.sm3", "file.size"):
        assert checks[code]["status"] == "UNDETERMINED"
        assert checks[code]["detail"]["reason"] == "not_provided"
    assert desk.verify_without_file("--sha256", "11" * 32) == 1


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--sha256", "11"],
        ["--sha256", "zz" * 32],
        ["--size", "-1"],
        ["--size", "1e3"],
        ["--sm3", "11" * 32, "--block-hash", "block"],
        ["--sm3", "11" * 32, "--block-hash", "11" * 32],
        ["--sm3", "11" * 32, "--block-hash", ":" + "11" * 32],
        ["--sm3", "11" * 32, "--block-hash", "-1:" + "11" * 32],
        ["--sm3", "11" * 32, "--block-hash", "7:11"],
    ],
)
def test_wrong_digests_are_wrong_usage(desk: Desk, options: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        desk.verify_without_file(*options)
    assert left.value.code == 64


def test_file_and_digest_at_once_are_wrong_usage(desk: Desk) -> None:
    with pytest.raises(SystemExit) as left:
        desk.verify("--sha256", "11" * 32)
    assert left.value.code == 64


def test_offline_is_undetermined(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.verify("--json") == 2
    assert answers(capsys) == {
        "integrity": "UNDETERMINED",
        "time": "UNDETERMINED",
        "submitter": "PASSED",
        "origin": "PASSED",
    }


def test_a_node_that_is_down_is_undetermined(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    assert desk.verify("--rpc", url) == 2
    assert "这不表示伪造" in capsys.readouterr().out


def test_one_changed_byte_fails_and_says_where(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.connect(desk.world.ledger())
    desk.file.write_bytes(b"\x00" + FILE[1:])
    assert desk.verify("--rpc", "http://node", "--lang", "en") == 1
    text = capsys.readouterr().out
    assert "Integrity  [FAILED]" in text
    assert "FAILED       file.sha256" in text
    assert "compressed or converted" in text
    assert "PASSED       batch.inclusion" in text
    for word in ("forged", "fake", "genuine"):
        assert word not in text


def test_a_look_alike_contract_fails(desk: Desk) -> None:
    anchor = replace(desk.world.proof().anchor, contract="0x" + "22" * 20)
    desk.lay(anchor=anchor)
    assert desk.verify() == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "proof: empty"),
        (b"%PDF-1.7", "proof: not JSON"),
        (b"{}", "proof.format: missing"),
        (b'{"format":"hezheng-proof/2"}', "hezheng-proof/2"),
        (b'{"format":"hezheng-proof/1"}', "proof.statement: missing"),
        (b" " * 4_000_001, "longer than 4000000 bytes"),
    ],
)
def test_a_malformed_proof_fails_with_the_place(
    desk: Desk, capsys: pytest.CaptureFixture[str], content: bytes, message: str
) -> None:
    desk.proof.write_bytes(content)
    assert desk.verify() == 1
    error = capsys.readouterr().err
    assert error.startswith("证明文件无法读取")
    assert message in error
    assert desk.verify("--json", "--lang", "en") == 1
    assert json.loads(capsys.readouterr().out)["error"]["where"].startswith("proof")


@pytest.mark.parametrize("missing", ["file", "proof", "trust"])
def test_a_missing_file_is_wrong_usage(desk: Desk, capsys: pytest.CaptureFixture[str], missing: str) -> None:
    path: Path = getattr(desk, missing)
    path.unlink()
    assert desk.verify() == 64
    assert path.name in capsys.readouterr().err


def test_a_broken_trust_root_is_wrong_usage(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.trust.write_text("{}", encoding="utf-8")
    assert desk.verify("--lang", "en") == 64
    assert "trust.format: missing" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [[], ["verify"], ["verify", "a", "b"], ["prove", "a"], ["digest"], ["digest", "a", "--rpc", "x"]],
)
def test_wrong_usage_exits_64(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        command.main(arguments)
    assert left.value.code == 64
    assert "usage:" in capsys.readouterr().err


def test_digest_prints_both(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    digest = digest_bytes(FILE)
    assert command.main(["digest", str(desk.file)]) == 0
    text = capsys.readouterr().out
    assert digest.sha256.hex() in text
    assert digest.sm3.hex() in text
    assert command.main(["digest", str(desk.file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == digest.as_json()


def test_inspect_shows_what_is_claimed(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["inspect", str(desk.proof)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["commitment"] == "0x" + desk.world.statement.commitment().hex()
    desk.proof.write_bytes(b"")
    assert command.main(["inspect", str(desk.proof)]) == 1


def test_a_hostile_name_cannot_steer_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(statement=exhibit(file_name="a\x1b[2K\u202egpj.exe", made_by="李\x07晴"))
    desk = Desk(world, tmp_path, monkeypatch).lay()
    desk.verify()
    text = capsys.readouterr().out
    assert not set("\x1b\u202e\x07") & set(text)


def test_as_a_program_of_its_own(desk: Desk) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "evidence", "verify", desk.file, desk.proof, "--trust-root", desk.trust],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert "没有您信任的节点、见证人或者公告" in done.stdout.decode()


def test_a_reader_that_has_seen_enough_is_no_crash(desk: Desk) -> None:
    desk.lay()
    reading, writing = os.pipe()
    os.close(reading)
    for options in (["inspect", str(desk.proof)], ["digest", str(desk.file)]):
        arguments = [sys.executable, "-m", "evidence", *options]
        done = subprocess.run(
            arguments, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60
        )
        assert (done.returncode, done.stderr) == (command.CUT_OFF, "")
    os.close(writing)
