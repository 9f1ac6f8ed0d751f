"""The witness's command line: keys, what must be given, languages, the alarm program, exit codes.
Not here: chains that were rewritten (see `test_witness_on_node`)."""

import argparse
import json
import sys
from pathlib import Path

import pytest

from evidence import __main__ as command
from evidence.sending import load_key
from evidence.signature import address_of
from evidence.witness_command import Teller
from evidence.witness_state import Alarm, StateFile, WitnessState
from evidence.witness_words import ALARMS, event_text
from scripts.keys import write_keystore

LEDGER = "0x" + "11" * 20


def alarmed(folder: Path) -> Path:
    """A state file with an alarm in it."""
    seen = {"number": 7, "head": "0x00", "block_number": 70, "block_hash": "0x00", "block_time": 1}
    alarm = Alarm("rewritten", "2026-03-02T01:30:00Z", 7, True, seen, {"number": 7})
    path = folder / "state.json"
    StateFile(path).save(WitnessState(1, LEDGER, bytes(20), signed_to=7, alarm=alarm))
    return path


def make_key(folder: Path, *options: str) -> int:
    paths = ("--key", str(folder / "key.json"), "--password-file", str(folder / "password"))
    return command.main(["witness-key", *paths, *options])


def test_a_key_is_made_with_its_password(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert make_key(tmp_path, "--json") == 0
    signer = json.loads(capsys.readouterr().out)["signer"]
    password = (tmp_path / "password").read_text().strip()
    assert address_of(load_key(tmp_path / "key.json", password)).lower() == signer
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert password not in (tmp_path / "key.json").read_text()
    assert len(password) == 64


def test_a_key_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert make_key(tmp_path) == 0
    before = (tmp_path / "key.json").read_bytes()
    assert make_key(tmp_path) == 64
    assert (tmp_path / "key.json").read_bytes() == before
    assert "未能生成密钥" in capsys.readouterr().err


def test_a_password_of_ones_own_is_taken_unless_it_is_short(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("short\n")
    assert make_key(tmp_path) == 64
    (tmp_path / "password").write_text("a password of our own\n")
    assert make_key(tmp_path) == 0
    assert len(load_key(tmp_path / "key.json", "a password of our own")) == 32


def witness(folder: Path, *options: str) -> int:
    return command.main(["witness", "--state", str(folder / "state.json"), "--lang", "en", *options])


def test_what_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert witness(tmp_path) == 64
    assert "--trust-root is missing" in capsys.readouterr().err
    assert witness(tmp_path, "--acknowledge", "nothing there") == 64
    assert "no state file" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["key.json", "password"])
def test_secrets_that_others_can_read_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    make_key(tmp_path)
    (tmp_path / name).chmod(0o644)
    trust = tmp_path / "trust.json"
    trust.write_text(trust_text())
    given = ("--trust-root", str(trust), "--rpc", "http://127.0.0.1:1", "--key", str(tmp_path / "key.json"))
    assert witness(tmp_path, *given, "--password-file", str(tmp_path / "password")) == 64
    assert "chmod 600" in capsys.readouterr().err


def test_files_that_are_not_there_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_key(tmp_path)
    trust, password = str(tmp_path / "trust.json"), str(tmp_path / "password")
    given = ["--rpc", "http://127.0.0.1:1", "--password-file", password, "--trust-root", trust]
    assert witness(tmp_path, *given, "--key", str(tmp_path / "key.json")) == 64
    assert "trust.json" in capsys.readouterr().err
    (tmp_path / "trust.json").write_text(trust_text())
    assert witness(tmp_path, *given, "--key", str(tmp_path / "other.json")) == 64
    assert "other.json" in capsys.readouterr().err
    (tmp_path / "password").write_text("another password")
    assert witness(tmp_path, *given, "--key", str(tmp_path / "key.json")) == 64
    assert "does not open" in capsys.readouterr().err


def trust_text() -> str:
    from evidence.ledger import MemoryLedger

    return MemoryLedger().trust.dump()


@pytest.mark.parametrize(
    "wrong", [("--interval", "0"), ("--interval", "nan"), ("--finality-depth", "-1"), ("--x",)]
)
def test_wrong_options_are_wrong_usage(tmp_path: Path, wrong: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        witness(tmp_path, *wrong)
    assert ended.value.code == 64


def once_with_alarm(folder: Path, *options: str) -> int:
    """One look of a witness whose state holds an alarm; no node is asked."""
    password, secret = "a password of our own", bytes(31) + b"\x07"
    (folder / "password").write_text(password)
    (folder / "password").chmod(0o600)
    write_keystore(folder / "key.json", secret, password)
    path = alarmed(folder)
    trust = json.loads(trust_text())
    state = json.loads(path.read_text())
    state |= {
        "chain_id": trust["chain_id"],
        "evidence_ledger": trust["evidence_ledger"],
        "signer": address_of(secret).lower(),
    }
    path.write_text(json.dumps(state))
    (folder / "trust.json").write_text(json.dumps(trust))
    given = ["--trust-root", str(folder / "trust.json"), "--rpc", "http://127.0.0.1:1", "--once"]
    given += ["--key", str(folder / "key.json"), "--password-file", str(folder / "password")]
    return witness(folder, *given, *options)


def test_an_alarm_is_told_after_a_restart_without_asking_any_node(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert once_with_alarm(tmp_path) == 3
    told = capsys.readouterr().out
    assert "ALARM: another head stands under the number of a batch that was seen" in told
    assert "It diverges from batch 7 (block 70), perhaps earlier on" in told


def test_the_alarm_program_gets_the_alarm_and_its_own_options(tmp_path: Path) -> None:
    kept, program = tmp_path / "kept", tmp_path / "program.py"
    program.write_text("import sys; open(sys.argv[2], 'w').write(sys.argv[1] + sys.stdin.read())")
    code = once_with_alarm(tmp_path, "--on-alarm", sys.executable, str(program), "--subject=$HOME", str(kept))
    assert code == 3
    written = kept.read_text()
    assert written.startswith("--subject=$HOME{")  # no shell has looked at it
    assert json.loads(written.removeprefix("--subject=$HOME"))["number"] == 7


@pytest.mark.parametrize("program", [("false",), ("/there/is/no/such/program",)])
def test_an_alarm_program_that_fails_is_told_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], program: tuple[str, ...]
) -> None:
    assert once_with_alarm(tmp_path, "--on-alarm", *program) == 3
    assert "the alarm program did not succeed" in capsys.readouterr().out


def test_progress_is_told_now_and_then_and_at_the_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000.0]
    monkeypatch.setattr("evidence.witness_command.time.monotonic", lambda: now[0])
    tell = Teller("zh", as_json=True)
    for number in range(50, 1_001, 50):
        now[0] += 1
        tell("followed", number=number, head="0x00", of=1_000)
    numbers = [json.loads(line)["number"] for line in capsys.readouterr().out.splitlines()]
    assert numbers == [50, 300, 550, 800, 1_000]


def test_a_nodes_words_make_no_line_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    problem = "x\n2026-03-02T01:30:00Z co-signed batch 9 0x00\x1b[2J"
    Teller("en", as_json=False)("away", since="2026-03-02T01:30:00Z", problem=problem, pause=1.0)
    shown = capsys.readouterr().out
    assert len(shown.splitlines()) == 1 and "\x1b" not in shown


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", ALARMS)
def test_every_alarm_has_words(kind: str, language: str) -> None:
    alarm = Alarm(kind, "2026-03-02T01:30:00Z")
    assert ALARMS[kind][0 if language == "zh" else 1] in event_text("alarm", language, alarm.as_json())


def test_every_alarm_is_explained_in_the_manual() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "running.md").read_text(encoding="utf-8")
    assert [kind for kind in ALARMS if f"| `{kind}` |" not in manual] == []


def test_the_manual_names_every_option() -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    command.witness_command.add_parsers(commands)
    manual = (Path(__file__).parents[2] / "docs" / "running.md").read_text(encoding="utf-8")
    for one in commands.choices.values():
        options = [name for action in one._actions for name in action.option_strings if name.startswith("--")]
        assert [name for name in options if name != "--help" and f"`{name}" not in manual] == []
