"""Starts everything on one machine in order, keeps it running, and stops it in order with nothing lost.
Not here: one child's life (see `children`), the node's command (see `chain`) and the setting up (`setup.sh`)."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from scripts.chain import ROOT, anvil_command, free_port
from scripts.chain_state import ChainState
from scripts.children import Child, StartFailed
from scripts.private import write_private
from scripts.trial_network import ensure_network
from scripts.trial_witnesses import WITNESSES

READY_TIMEOUT = 180.0
LOCK_TIMEOUT = 30.0
WATCH_INTERVAL = 0.5
ROLE_NAMES = {
    "claimant": "申请人 claimant",
    "respondent": "被申请人 respondent",
    "mediator": "调解员 mediator",
    "judge": "法官 judge",
    "notary": "公证员 notary",
    "office": "办公室 office",
}
OWN_SETTINGS = ("HEZHENG_DATA_DIR", "HEZHENG_RPC_URL", "HEZHENG_TRUST_FILE", "HEZHENG_PORT")


@dataclass(frozen=True)
class Installation:
    """What a data folder remembers about itself: the chain's number and the two inner ports."""

    chain_id: int
    chain_port: int
    tsa_port: int

    @classmethod
    def load(cls, folder: Path) -> Installation:
        """Read or make installation.json; a port that somebody else took meanwhile is replaced."""
        path = folder / "installation.json"
        if path.exists():
            kept = cls(**json.loads(path.read_text()))
        else:
            kept = cls(secrets.randbelow(2**31 - 2**24) + 2**24, free_port(), free_port())
        found = cls(kept.chain_id, _usable(kept.chain_port), _usable(kept.tsa_port))
        if found != kept or not path.exists():
            temporary = path.with_name("installation.json.new")
            temporary.write_text(json.dumps(found.__dict__) + "\n")
            temporary.replace(path)
        return found


def _usable(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return free_port()
    return port


class Supervisor:
    """All processes of one data folder."""

    def __init__(self, folder: Path, port: int, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = port
        for name in ("chain", "logs"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.lock = take_lock(folder)
        make_keys(folder)
        self.installation = Installation.load(folder)
        authority = f"http://127.0.0.1:{self.installation.tsa_port}/"
        make_seal(folder, authority)
        ensure_network(folder, authority)
        self.rpc_url = f"http://127.0.0.1:{self.installation.chain_port}"
        self.environment = self._environment(environment)
        self.public_url = self.environment["HEZHENG_PUBLIC_URL"]
        self.state = ChainState(folder / "chain")
        self.children = self._children()

    def _environment(self, given: Mapping[str, str]) -> dict[str, str]:
        own = {
            "HEZHENG_DATA_DIR": str(self.folder),
            "HEZHENG_RPC_URL": self.rpc_url,
            "HEZHENG_TRUST_FILE": str(self.folder / "trust.json"),
            "HEZHENG_PORT": str(self.port),
        }
        usual = {
            "HEZHENG_PUBLIC_URL": f"http://localhost:{self.port}",
            "HEZHENG_DEMO": "1",
            "FLASK_APP": "app.main:application",
            "PYTHONUNBUFFERED": "1",
        }
        kept = {key: value for key, value in given.items() if key != "HEZHENG_STARTED_IN"}
        return {**usual, **kept, **own}

    def _children(self) -> dict[str, Child]:
        python = [sys.executable, "-m"]
        commands = {
            "chain": anvil_command(self.installation.chain_port, self.installation.chain_id, self.state.file),
            "tsa": [
                *python,
                "scripts.trial_tsa",
                f"--port={self.installation.tsa_port}",
                f"--dir={self.folder / 'tsa'}",
            ],
            "web": [*python, "flask", "serve"],
            "worker": [*python, "flask", "worker"],
        }
        commands |= self._trial_witnesses()
        patience = {"chain": 30.0, "tsa": 5.0}
        children = {
            name: Child(name, command, self._log(name), self.environment, patience.get(name, 10.0))
            for name, command in commands.items()
        }
        children["chain"].pass_fds = (self.lock,)
        children["chain"].before = self._mend_state
        return children

    def _trial_witnesses(self) -> dict[str, list[str]]:
        """Command lines of the witnesses that a demonstration runs itself: those whose keys lie in the data folder."""
        if self.environment["HEZHENG_DEMO"] != "1":
            return {}
        return {
            f"witness-{one.office}": one.command(self.folder, self.rpc_url)
            for one in WITNESSES
            if (one.folder(self.folder) / "key.json").exists()
        }

    def _witnesses(self) -> list[Child]:
        return [child for name, child in self.children.items() if name.startswith("witness-")]

    def _mend_state(self) -> None:
        if self.state.mend():
            tell(
                "链状态文件损坏,已取用上一份 / the chain's state file did not read; the last good copy is used"
            )

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def start(self) -> dict[str, str]:
        """Start everything in order; the demonstration's links by role (none outside a demonstration)."""
        chain, tsa = self.children["chain"], self.children["tsa"]
        chain.start()
        tsa.start()
        web, known = self.children["web"], self._known_links()
        if known is not None:  # nothing to prepare but the chain itself, which the pages need not wait for
            web.start()
        chain.wait_ready(lambda: answers_rpc(self.rpc_url), READY_TIMEOUT)
        tsa.wait_ready(lambda: answers_http(f"http://127.0.0.1:{self.installation.tsa_port}/"), READY_TIMEOUT)
        if known is None or not self._contracts_there():
            known = self._prepare()
            self._note_prepared(known)
        if not web.alive():
            web.start()
        self.children["worker"].start()
        web.wait_ready(lambda: answers_http(f"http://127.0.0.1:{self.port}/"), READY_TIMEOUT)
        for witness in self._witnesses():  # nobody waits for them
            witness.start()
        return known

    def _fingerprint(self) -> dict[str, object]:
        """What a preparation depends on; when it is the same as at the last start there is nothing to prepare."""
        network = Path(self.environment.get("HEZHENG_NETWORK_FILE") or self.folder / "network.json")
        files = [path for path in (network, self.folder / "secrets" / "session.key") if path.exists()]
        return {
            "schema": schema_version(),
            "public_url": self.public_url,
            "demo": self.environment["HEZHENG_DEMO"],
            "files": [[path.name, path.stat().st_mtime_ns] for path in files],
        }

    def _known_links(self) -> dict[str, str] | None:
        """The links of the last preparation, if it still stands; None when there is something to prepare."""
        try:
            kept = json.loads((self.folder / "prepared.json").read_text())
        except (FileNotFoundError, ValueError):
            return None
        links: dict[str, str] = kept.get("links", {})
        same = kept.get("for") == self._fingerprint() and self._schema_there()
        return links if same else None

    def _schema_there(self) -> bool:
        """Is the database at the newest schema?"""
        url = self.environment.get("HEZHENG_DATABASE_URL")
        found = schema_elsewhere(url) if url else schema_in(self.folder / "hezheng.sqlite3")
        return found == schema_version().splitlines()[-1].split("_")[0]

    def _note_prepared(self, links: dict[str, str]) -> None:
        path = self.folder / "prepared.json"
        path.unlink(missing_ok=True)
        write_private(path, json.dumps({"for": self._fingerprint(), "links": links}) + "\n")

    def _contracts_there(self) -> bool:
        """Does the chain still hold the evidence ledger that the trust root names?"""
        contract = json.loads((self.folder / "trust.json").read_text())["evidence_ledger"]
        return has_code(self.rpc_url, contract)

    def _prepare(self) -> dict[str, str]:
        with self._log("prepare").open("ab") as log:
            done = subprocess.run(
                [sys.executable, "-m", "scripts.prepare", str(self.folder)],
                stdout=subprocess.PIPE,
                stderr=log,
                env=self.environment,
                timeout=300,
            )
        if done.returncode:
            raise StartFailed(f"contracts or database could not be prepared; see {self._log('prepare')}")
        prepared = json.loads(done.stdout)
        if prepared["contracts"] == "restored":
            tell("链上数据丢失,合约已按原地址重建 / the chain had lost its data; contracts restored in place")
        links: dict[str, str] = prepared["links"]
        return links

    def watch(self) -> None:
        """Restart what ends and keep copies of the chain's state, until a signal interrupts."""
        while True:
            time.sleep(WATCH_INTERVAL)
            self.state.keep_copy()
            for child in self.children.values():
                if told := child.tend():
                    tell(told)

    def stop(self) -> None:
        """Witnesses, worker, web, timestamps, chain: whoever needs another goes first."""
        for witness in self._witnesses():
            witness.ask_to_stop()
        for child in (
            *self._witnesses(),
            *(self.children[name] for name in ("worker", "web", "tsa", "chain")),
        ):
            child.stop()


def schema_version() -> str:
    """Names of the migrations that there are: the same as at the last start means that the schema is ready."""
    return "\n".join(sorted(path.name for path in (ROOT / "migrations" / "versions").glob("*.py")))


SCHEMA_QUERY = "SELECT version_num FROM alembic_version"


def schema_in(path: Path) -> str | None:
    """The schema of the data folder's own database; None when there is none yet."""
    if not path.exists():
        return None
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            (found,) = database.execute(SCHEMA_QUERY).fetchone()
        except (sqlite3.Error, TypeError):
            return None
    return str(found)


def schema_elsewhere(url: str) -> str | None:
    """The schema of a database at an address; None when it is away or empty. Imported only then: it loads slowly."""
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.pool import NullPool

    try:
        with create_engine(url, poolclass=NullPool).connect() as connection:
            return connection.scalar(text(SCHEMA_QUERY))
    except SQLAlchemyError:
        return None


def make_keys(folder: Path) -> None:
    """Secrets and the trial authority, when they are not there. Imported only then: the libraries load slowly."""
    if (folder / "keys.made").exists() and (folder / "tsa" / "ca.key").exists():
        return
    from scripts.keys import create_secrets
    from scripts.trial_tsa import create_authority

    create_secrets(folder / "secrets")
    create_authority(folder / "tsa")
    (folder / "keys.made").touch()


def make_seal(folder: Path, authority: str) -> None:
    """The organisation's trial seal, when there is none whose lists the trial authority serves there."""
    made = folder / "seal.made"
    if made.exists() and made.read_text() == authority:
        return
    from scripts.trial_seal import ensure_seal

    ensure_seal(folder / "tsa", folder / "secrets", authority)
    made.write_text(authority)


def take_lock(folder: Path) -> int:
    """An exclusive lock on the data folder, which the chain node inherits: while either lives, nobody else starts.

    Waits for a node that is still saving its state. Raises StartFailed when somebody else keeps the folder.
    """
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + LOCK_TIMEOUT
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError as error:
            if time.monotonic() > deadline or supervisor_alive(folder):
                os.close(descriptor)
                raise StartFailed(f"数据目录正在使用中 / already running on {folder}") from error
            time.sleep(0.2)
    (folder / "supervisor.pid").write_text(f"{os.getpid()}\n")
    return descriptor


def supervisor_alive(folder: Path) -> bool:
    """Does the process that last held the folder still run?"""
    try:
        os.kill(int((folder / "supervisor.pid").read_text()), 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def answers_rpc(url: str) -> bool:
    """Does a node answer there?"""
    try:
        request: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
        return "result" in requests.post(url, json=request, timeout=5).json()
    except (requests.RequestException, ValueError):
        return False


def has_code(url: str, address: str) -> bool:
    """Does a contract stand at an address?"""
    try:
        request = {"jsonrpc": "2.0", "id": 1, "method": "eth_getCode", "params": [address, "latest"]}
        return len(requests.post(url, json=request, timeout=5).json().get("result", "0x")) > 2
    except (requests.RequestException, ValueError):
        return False


def answers_http(url: str) -> bool:
    """Does a web server answer there, whatever it says?"""
    try:
        requests.get(url, timeout=5, allow_redirects=False)
    except requests.RequestException:
        return False
    return True


def tell(text: str) -> None:
    """One line for whoever started the platform."""
    print(text, flush=True)


def columns(text: str) -> int:
    """Width of a text on a terminal, where a Chinese character takes two columns."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def welcome(supervisor: Supervisor, links: Mapping[str, str]) -> None:
    """The address, one link for each role, and how to stop."""
    tell("")
    tell(f"和证 Hezheng    {supervisor.public_url}/")
    width = max((columns(ROLE_NAMES.get(key, key)) for key in links), default=0)
    for key, link in links.items():
        name = ROLE_NAMES.get(key, key)
        tell(f"  {name}{' ' * (width - columns(name))}  {link}")
    tell(f"  数据 data: {supervisor.folder}    停止 stop: Ctrl-C")


def main(arguments: list[str]) -> int:
    """Run until SIGINT or SIGTERM; 1 when something does not start."""
    parser = argparse.ArgumentParser(
        prog="./scripts/serve", description="Start the platform on this machine."
    )
    parser.add_argument("--port", type=int, default=8480, help="port of the web site (default 8480)")
    parser.add_argument("--data-dir", type=Path, help="data folder (default: data in the repository)")
    options = parser.parse_args(arguments)
    started_in = Path(os.environ.get("HEZHENG_STARTED_IN", os.getcwd()))
    os.chdir(ROOT)
    folder = (started_in / options.data_dir if options.data_dir else ROOT / "data").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return supervise(folder, options.port)


def supervise(folder: Path, port: int) -> int:
    """Start, watch and stop everything of one data folder."""
    supervisor: Supervisor | None = None
    stopping = threading.Event()

    def on_signal(_number: int, _frame: object) -> None:
        if not stopping.is_set():
            stopping.set()
            raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    try:
        if _usable(port) != port:
            raise StartFailed(f"端口已被占用 / port {port} is in use")
        supervisor = Supervisor(folder, port, os.environ)
        links = supervisor.start()
        welcome(supervisor, links)
        supervisor.watch()
    except KeyboardInterrupt:
        return 0
    except (StartFailed, OSError, subprocess.TimeoutExpired) as error:
        print(f"serve: {error}", file=sys.stderr)
        return 1
    finally:
        stopping.set()
        if supervisor is not None:
            tell("正在停止 / stopping")
            supervisor.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
