"""The whole platform on one machine: started, interrupted, killed and started again with everything still there."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from evidence.ethereum import EthereumLedger, load_key
from evidence.ledger import Office
from evidence.trust import TrustRoot
from evidence.witness_state import WitnessState
from scripts.chain import ROOT, free_port

pytestmark = pytest.mark.node

SIGNER = bytes(range(20))
WITNESSES = ("witnesses/court", "witnesses/notary", "witnesses/association")
WITHIN = 60.0


class Running:
    """A supervisor that is up, with what it told."""

    def __init__(self, folder: Path, port: int) -> None:
        command = [sys.executable, "-m", "scripts.supervisor", f"--port={port}", f"--data-dir={folder}"]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("HEZHENG_")}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.url = f"http://localhost:{port}/"
        self.told = self.read_until("Ctrl-C")

    def read_until(self, text: str) -> str:
        """Everything told up to the line that holds the text; fails when the process ends before."""
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if text in line:
                return "".join(lines)
        pytest.fail(f"ended before {text!r}: {''.join(lines)}")

    def children(self) -> dict[str, int]:
        """Process ids of the children by what they are."""
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        found = {}
        for number in map(int, task.read_text().split()):
            words = Path(f"/proc/{number}/cmdline").read_bytes().decode()
            known = ("anvil", "trial_tsa", "serve", "worker", *WITNESSES)
            name = next((n for n in known if n in words), words)
            found[name] = number
        return found

    def end(self, number: signal.Signals) -> int:
        """Send a signal and wait; the exit code."""
        self.process.send_signal(number)
        self.process.communicate(timeout=60)
        return self.process.returncode


@contextmanager
def running(folder: Path, port: int) -> Iterator[Running]:
    one = Running(folder, port)
    try:
        yield one
    finally:
        if one.process.poll() is None:
            one.end(signal.SIGTERM)


def ledger(folder: Path) -> EthereumLedger:
    port = json.loads((folder / "installation.json").read_text())["chain_port"]
    password = (folder / "secrets" / "keystore.password").read_text().strip()
    admin = load_key(folder / "secrets" / "admin.json", password)
    trust = TrustRoot.load(folder / "trust.json")
    return EthereumLedger(f"http://127.0.0.1:{port}", trust, admin_key=admin)


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something comes about; fails when it does not."""
    turn, deadline = threading.Event(), time.monotonic() + WITHIN
    while not condition():
        assert time.monotonic() < deadline
        turn.wait(0.2)


def alarm(folder: Path) -> str | None:
    """The kind of alarm that a trial witness keeps in its state."""
    kept = WitnessState.parse((folder / "state.json").read_bytes()).alarm
    return None if kept is None else kept.kind


def test_starts_again_with_everything_still_there(tmp_path: Path) -> None:
    folder, port = tmp_path / "data", free_port()
    with running(folder, port) as first:
        assert requests.get(first.url, timeout=20).status_code == 200
        links = re.findall(r"http://localhost:\d+/demo/\S+", first.told)
        assert len(links) >= 6
        assert requests.get(links[0], timeout=20).status_code == 200
        ledger(folder).wait(ledger(folder).grant_office(SIGNER, Office.NOTARY, 1, 2**40), 20)
        eventually(lambda: len(ledger(folder).witness_events(0)) == 3)
        assert first.end(signal.SIGINT) == 0
    trust = (folder / "trust.json").read_bytes()
    with running(folder, port) as second:
        assert re.findall(r"http://localhost:\d+/demo/\S+", second.told) == links
        assert (folder / "trust.json").read_bytes() == trust
        assert ledger(folder).holds_office(SIGNER, Office.NOTARY, int(time.time()))
        children = second.children()
        assert set(children) == {"anvil", "trial_tsa", "serve", "worker", *WITNESSES}
        os.kill(children["serve"], signal.SIGKILL)
        second.read_until("web started again")
        os.kill(children["anvil"], signal.SIGKILL)
        second.read_until("chain started again")
        second.end(signal.SIGKILL)
    with running(folder, port) as third:
        assert requests.get(third.url, timeout=20).status_code == 200
        assert ledger(folder).holds_office(SIGNER, Office.NOTARY, int(time.time()))
        assert third.end(signal.SIGTERM) == 0
    for lost in (folder / "chain").iterdir():
        lost.unlink()
    with running(folder, port) as fourth:
        assert "contracts restored in place" in fourth.told
        eventually(lambda: all(alarm(folder / name) == "shorter" for name in WITNESSES))
        assert fourth.end(signal.SIGTERM) == 0
    secrets_folder = folder / "secrets"
    assert all(path.stat().st_mode & 0o077 == 0 for path in (secrets_folder, *secrets_folder.iterdir()))
    secret = (secrets_folder / "keystore.password").read_text().strip()
    assert not any(secret in log.read_text() for log in (folder / "logs").glob("*.log"))
