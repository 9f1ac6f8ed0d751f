"""What keeps an installation going: secrets, the chain's state file, the folder's lock, contracts, restarts."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command

from app.commands.database import alembic_config
from app.network import Network, read_network
from evidence.ethereum import load_key
from evidence.trust import TrustRoot
from scripts import chain_state, children, supervisor
from scripts.chain import free_port
from scripts.chain_state import ChainState
from scripts.children import Child, StartFailed
from scripts.deploy import WrongChain, ensure_contracts
from scripts.deploy import main as deploy_main
from scripts.keys import KEYSTORES, RAW_SECRETS, create_secrets
from scripts.private import write_private
from scripts.supervisor import Installation, take_lock
from scripts.trial_network import NAME, ensure_network
from scripts.trial_tsa import create_authority
from scripts.vector_keys import FixedAuthority
from tests.anvil import running_anvil
from tests.databases import Databases

SLEEPER = [sys.executable, "-c", "import signal; signal.pause()"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\nwhile True: signal.pause()",
]


def child(tmp_path: Path, command: list[str], stop_timeout: float = 10) -> Child:
    return Child("one", command, tmp_path / "one.log", dict(os.environ), stop_timeout)


def test_secrets_are_random_private_and_made_once(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        create_secrets(folder)
    kept = {path.name: path.read_bytes() for path in first.iterdir()}
    assert set(kept) == {*RAW_SECRETS, *(f"{role}.json" for role in KEYSTORES)}
    create_secrets(first)
    assert {path.name: path.read_bytes() for path in first.iterdir()} == kept
    assert not any((second / name).read_bytes() == content for name, content in kept.items())
    assert all(path.stat().st_mode & 0o077 == 0 for path in (first, *first.iterdir()))
    password = (first / "keystore.password").read_text().strip()
    keys = {load_key(first / f"{role}.json", password) for role in KEYSTORES}
    assert len(keys) == len(KEYSTORES)


def test_a_secret_is_never_overwritten(tmp_path: Path) -> None:
    write_private(tmp_path / "key", "one")
    with pytest.raises(FileExistsError):
        write_private(tmp_path / "key", "two")
    assert (tmp_path / "key").read_text() == "one"


def test_the_installation_is_remembered(tmp_path: Path) -> None:
    made = Installation.load(tmp_path)
    assert made.chain_id >= 2**24
    assert Installation.load(tmp_path) == made


def test_an_unreadable_chain_state_gives_way_to_the_last_good_one(tmp_path: Path) -> None:
    state = ChainState(tmp_path)
    assert not state.mend()
    state.file.write_text('{"block": 1}')
    assert not state.mend()
    state.file.write_text('{"block": 2')
    assert state.mend()
    assert json.loads(state.file.read_text()) == {"block": 1}
    assert len(list(tmp_path.glob("state.unreadable-*.json"))) == 1
    state.file.unlink()
    assert state.mend()
    assert json.loads(state.file.read_text()) == {"block": 1}


def test_good_states_are_copied_while_the_node_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr(chain_state.time, "monotonic", lambda: now[0])
    state, copy = ChainState(tmp_path), tmp_path / "state.previous.json"
    state.keep_copy()
    for text, kept in (('{"block": 10}', True), ('{"block": 100', False), ('{"block": 1000}', True)):
        state.file.write_text(text)
        state.keep_copy()
        now[0] += 10
        state.keep_copy()
        assert (copy.read_text() == text) == kept


def test_a_folder_has_one_supervisor(tmp_path: Path) -> None:
    descriptor = take_lock(tmp_path)
    try:
        with pytest.raises(StartFailed, match="already running"):
            take_lock(tmp_path)
    finally:
        os.close(descriptor)
    os.close(take_lock(tmp_path))


def test_a_supervisor_waits_for_the_node_of_one_that_is_gone(tmp_path: Path) -> None:
    descriptor = take_lock(tmp_path)
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    node = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=(descriptor,))
    os.close(descriptor)
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    (tmp_path / "supervisor.pid").write_text(gone.stdout.decode())
    waiting = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import pathlib, sys; from scripts.supervisor import take_lock;"
            "print('asking', flush=True); take_lock(pathlib.Path(sys.argv[1])); print('got it', flush=True)",
            tmp_path,
        ],
        stdout=subprocess.PIPE,
    )
    assert waiting.stdout is not None
    assert waiting.stdout.readline() == b"asking\n"
    assert waiting.poll() is None
    node.communicate()
    assert waiting.communicate(timeout=20)[0] == b"got it\n"


def test_a_child_that_ends_is_started_again_after_a_growing_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000.0]
    monkeypatch.setattr(children.time, "monotonic", lambda: now[0])
    one = child(tmp_path, SLEEPER)
    one.start()
    assert one.tend() is None
    pauses = []
    for _ in range(9):
        assert one.process is not None
        one.process.kill()
        one.process.wait()
        told = one.tend()
        assert told is not None
        pauses.append(float(told.split(" in ")[1].split(" ")[0]))
        now[0] += pauses[-1] - 0.1
        assert one.tend() is None
        now[0] += 1
        assert one.tend() == "one started again"
    assert pauses == [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30]
    now[0] += 11
    assert one.tend() is None
    one.process.kill()
    one.process.wait()
    assert "in 0.25 s" in (one.tend() or "")


def test_a_stubborn_child_is_killed(tmp_path: Path) -> None:
    one = child(tmp_path, STUBBORN, stop_timeout=0.2)
    one.start()
    one.wait_ready(lambda: one.log.read_text() == "up\n", 20)
    one.stop()
    assert one.process is not None
    assert one.process.returncode == -signal.SIGKILL


def test_a_child_that_never_gets_ready(tmp_path: Path) -> None:
    ends = child(tmp_path, [sys.executable, "-c", "print('no')"])
    ends.start()
    with pytest.raises(StartFailed, match="ended at once"):
        ends.wait_ready(lambda: False, 20)
    silent = child(tmp_path, SLEEPER)
    silent.start()
    with pytest.raises(StartFailed, match="did not answer"):
        silent.wait_ready(lambda: False, 0.2)
    silent.stop()


def test_children_do_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, signal, sys; from scripts.children import Child;"
        "one = Child('one', [sys.executable, '-c', 'import os, signal; print(os.getpid(), flush=True); signal.pause()'],"
        " pathlib.Path(sys.argv[1]), dict(os.environ), 5); one.start();"
        "one.wait_ready(lambda: one.log.stat().st_size > 0, 20); print('up', flush=True); signal.pause()"
    )
    log = tmp_path / "log"
    parent = subprocess.Popen([sys.executable, "-c", program, log], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"up\n"
    watched = os.pidfd_open(int(log.read_text()))
    parent.kill()
    parent.communicate()
    import select

    assert select.select([watched], [], [], 20)[0] == [watched]
    os.close(watched)


@pytest.mark.node
def test_contracts_are_deployed_once_kept_and_restored(tmp_path: Path) -> None:
    create_secrets(tmp_path)
    create_authority(tmp_path / "tsa")
    ensure_network(tmp_path, "http://127.0.0.1:1/")
    trust_file, network = tmp_path / "trust.json", read_network(tmp_path / "network.json")
    with running_anvil(chain_id=5_001) as url:
        assert ensure_contracts(url, tmp_path, trust_file, Network()) == "deployed"
        first = TrustRoot.parse(trust_file.read_bytes())
        assert first.timestamp_authorities == first.witnesses == ()
        assert ensure_contracts(url, tmp_path, trust_file, network) == "kept"
        second = TrustRoot.parse(trust_file.read_bytes())
        assert [one.name for one in second.timestamp_authorities] == [NAME]
        assert [one.signer for one in second.witnesses] == [one.signer for one in network.witnesses]
    with running_anvil(chain_id=5_001) as url:
        assert ensure_contracts(url, tmp_path, trust_file, Network()) == "restored"
    assert TrustRoot.parse(trust_file.read_bytes()) == first
    with running_anvil(chain_id=5_002) as url, pytest.raises(WrongChain):
        ensure_contracts(url, tmp_path, trust_file, Network())


def test_the_trial_network_is_made_once_and_follows_its_authority(tmp_path: Path) -> None:
    create_authority(tmp_path / "tsa")
    ensure_network(tmp_path, "http://127.0.0.1:1/")
    path = tmp_path / "network.json"
    made = read_network(path)
    (authority,) = made.authorities
    assert (authority.url, authority.trial) == ("http://127.0.0.1:1/", True)
    assert [witness.office.name for witness in made.witnesses] == ["COURT_WITNESS", "NOTARY", "ASSOCIATION"]
    before = path.stat().st_mtime_ns
    ensure_network(tmp_path, "http://127.0.0.1:1/")
    assert path.stat().st_mtime_ns == before, "nothing to change, nothing written"

    listed = json.loads(path.read_text())
    listed["timestamp_authorities"].append(
        {
            "name": "Other",
            "url": "https://tsa.example",
            "policy": None,
            "trial": False,
            "anchors": authority.anchors,
        }
    )
    listed["nodes"] = []
    path.write_text(json.dumps(listed))
    ensure_network(tmp_path, "http://127.0.0.1:2/")
    found = read_network(path)
    assert [one.url for one in found.authorities] == ["http://127.0.0.1:2/", "https://tsa.example"]
    assert (found.nodes, found.witnesses) == ((), made.witnesses)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"timestamp_authorities": 3}'])
def test_a_network_file_that_does_not_read_is_left_for_its_reader_to_name(tmp_path: Path, text: str) -> None:
    create_authority(tmp_path / "tsa")
    (tmp_path / "network.json").write_text(text)
    ensure_network(tmp_path, "http://127.0.0.1:1/")
    assert (tmp_path / "network.json").read_text() == text


def test_the_root_of_an_earlier_trial_authority_stays_believed(tmp_path: Path) -> None:
    earlier = FixedAuthority("Earlier Trial").anchor
    (tmp_path / "tsa").mkdir()
    (tmp_path / "tsa" / "ca.pem").write_text(earlier)
    create_authority(tmp_path / "tsa")
    ensure_network(tmp_path, "http://127.0.0.1:1/")
    (authority,) = read_network(tmp_path / "network.json").authorities
    assert authority.anchors == ((tmp_path / "tsa" / "ca.pem").read_text(), earlier)


def test_a_changed_network_is_prepared_anew(tmp_path: Path) -> None:
    one = supervisor.Supervisor(tmp_path, free_port(), {})
    try:
        before = one._fingerprint()
        assert one._fingerprint() == before
        (tmp_path / "network.json").write_text("{}")
        assert one._fingerprint() != before
    finally:
        os.close(one.lock)


def test_the_schema_of_either_database_is_known(databases: Databases, tmp_path: Path) -> None:
    url = databases.new(tmp_path)
    settings = {} if url.startswith("sqlite") else {"HEZHENG_DATABASE_URL": url}
    one = supervisor.Supervisor(tmp_path, free_port(), settings)
    try:
        assert not one._schema_there()
        command.upgrade(alembic_config(url), "head-1")
        assert not one._schema_there()
        command.upgrade(alembic_config(url), "head")
        assert one._schema_there()
    finally:
        os.close(one.lock)
        databases.drop(url)


def test_deploying_to_nobody_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    create_secrets(tmp_path)
    url = f"http://127.0.0.1:{free_port()}"
    arguments = [
        "--rpc-url",
        url,
        "--secrets-dir",
        str(tmp_path),
        "--trust-file",
        str(tmp_path / "trust.json"),
        "--network",
        str(tmp_path / "network.json"),
    ]
    assert deploy_main(arguments) == 1
    assert "cannot be reached" in capsys.readouterr().err


def test_a_taken_port_is_said_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        assert supervisor.supervise(tmp_path, taken.getsockname()[1]) == 1
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert "in use" in capsys.readouterr().err
