"""Starts the whole platform as ./scripts/serve does, on a free loopback port and a data folder of its own.
Not here: people and their browsers (see `people`)."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN = 240.0


@dataclass
class Platform:
    """A running platform: its address, data folder and one sign-in link for each role."""

    url: str
    data_dir: Path
    links: dict[str, str]
    process: subprocess.Popen[str]
    output: list[str]

    @property
    def rpc_url(self) -> str:
        """The address of its chain's node, from the data folder."""
        return f"http://127.0.0.1:{self.chain_port}"

    @property
    def chain_port(self) -> int:
        """The port of its chain's node."""
        settings = json.loads((self.data_dir / "installation.json").read_text())
        return int(settings["chain_port"])


def free_port() -> int:
    """A loopback port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(data_dir: Path, port: int) -> Iterator[Platform]:
    """Start, wait until every role's link is printed and the site answers, and stop cleanly at the end."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "scripts.supervisor", "--port", str(port), "--data-dir", str(data_dir)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output: list[str] = []
    assert process.stdout is not None
    reader = threading.Thread(target=lambda: output.extend(iter(process.stdout.readline, "")), daemon=True)
    reader.start()
    url = f"http://localhost:{port}"
    try:
        platform = Platform(url, data_dir, _wait(process, output, url), process, output)
        yield platform
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=30)
        finally:
            process.kill()
            process.stdout.close()


def _wait(process: subprocess.Popen[str], output: list[str], url: str) -> dict[str, str]:
    deadline = time.monotonic() + READY_WITHIN
    turn = threading.Event()
    while time.monotonic() < deadline:
        assert process.poll() is None, "".join(output)
        links = dict(re.findall(r"(\w+)\s+(http://localhost:\d+/demo/\S+)", "".join(output)))
        if len(links) == 6 and _answers(url):
            return links
        turn.wait(0.1)
    raise AssertionError("the platform did not become ready:\n" + "".join(output))


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False
