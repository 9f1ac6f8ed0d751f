"""A court with a node, a trust root, a keystore and a state file, running `python -m evidence witness`.
Not here: expectations (see `test_witness_on_node`, `test_witness_command`)."""

from __future__ import annotations

import json
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence import __main__ as command
from evidence.ethereum import EthereumLedger
from evidence.ledger import AnchoredBatch, Office
from evidence.sending import load_key
from evidence.signature import address_of, wallet_signer
from evidence.witness_state import WitnessState
from scripts.chain import ROOT
from scripts.keys import write_keystore
from tests.anvil import Deployment, rpc

YEAR = 365 * 24 * 3600
PASSWORD = "a password of the court"


@dataclass
class Court:
    """The court's folder and the deployment that it watches."""

    folder: Path
    deployment: Deployment

    def __post_init__(self) -> None:
        self.ledger: EthereumLedger = self.deployment.ledger()
        self.state_file = self.folder / "state.json"
        (self.folder / "trust.json").write_text(self.deployment.trust.dump(), encoding="utf-8")
        (self.folder / "password").write_text(PASSWORD)
        (self.folder / "password").chmod(0o600)
        write_keystore(self.folder / "key.json", secrets.token_bytes(32), PASSWORD)
        self.signer = wallet_signer(address_of(load_key(self.folder / "key.json", PASSWORD)))

    def appoint(self, start: int = -YEAR, end: int = YEAR) -> None:
        """Grant the court's witness its office."""
        now = int(time.time())
        sent = self.ledger.grant_office(self.signer, Office.COURT_WITNESS, now + start, now + end)
        self.ledger.wait(sent, 10)

    def grow(self, batches: int = 1, roots: list[bytes] | None = None) -> None:
        """Anchor further batches."""
        for root in roots or [secrets.token_bytes(32) for _ in range(batches)]:
            self.ledger.wait(self.ledger.anchor(root, 3, self.ledger.head()[1]), 10)

    def batch(self, number: int) -> AnchoredBatch:
        """A batch that is there."""
        found = self.ledger.batch(number)
        assert found is not None
        return found

    def signed(self) -> list[int]:
        """Numbers of the batches that the chain shows co-signed."""
        return [one.number for one in self.ledger.witness_events(0) if one.signer == self.signer]

    def state(self) -> WitnessState:
        """What the state file holds."""
        return WitnessState.parse(self.state_file.read_bytes())

    def arguments(self, *options: str, url: str | None = None) -> list[str]:
        """The command's arguments."""
        return [
            "witness",
            *("--trust-root", str(self.folder / "trust.json"), "--rpc", url or self.deployment.url),
            *("--state", str(self.state_file), "--key", str(self.folder / "key.json")),
            *("--password-file", str(self.folder / "password"), *options),
        ]

    def once(self, *options: str) -> int:
        """One look in this process; the exit code."""
        return command.main(self.arguments("--once", *options))

    def acknowledge(self, reason: str) -> int:
        """End an alarm; the exit code."""
        return command.main(["witness", "--state", str(self.state_file), "--acknowledge", reason])

    def rpc(self, method: str, *parameters: object) -> Any:
        """A question or an act past the ledger."""
        return rpc(self.deployment.url, method, *parameters)

    @contextmanager
    def daemon(self, *options: str, url: str | None = None) -> Iterator[Daemon]:
        """The daemon in a process of its own, ended at the end."""
        words = self.arguments("--json", "--interval", "0.2", *options, url=url)
        process = subprocess.Popen(
            [sys.executable, "-m", "evidence", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        try:
            yield Daemon(process)
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()


@dataclass
class Daemon:
    """A running daemon and what it tells."""

    process: subprocess.Popen[str]

    def until(self, event: str, **facts: object) -> dict[str, Any]:
        """The next line that tells of this event with these facts; fails when the process ends before."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            told = json.loads(line)
            if told["event"] == event and all(told[key] == value for key, value in facts.items()):
                return dict(told)
        raise AssertionError(f"ended before {event}")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        self.process.communicate(timeout=20)
        return self.process.returncode
