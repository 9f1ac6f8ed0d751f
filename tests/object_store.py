"""An S3-compatible store for tests: OpenStack Swift as a process on loopback, and a proxy that makes it misbehave.
Not here: Swift's settings (see `swift_server`)."""

from __future__ import annotations

import http.client
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SERVER = Path(__file__).parent / "swift_server.py"
SYSTEM_PYTHON = "/usr/bin/python3"
"""Debian's python3-swift belongs to the system's Python."""
ACCESS_KEY, SECRET_KEY, REGION = "test:tester", "testing", "test-1"


@dataclass
class Swift:
    """A running server; it can be stopped and started again with its data and port."""

    folder: Path
    port: int = 0
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        with (self.folder.parent / f"{self.folder.name}.log").open("a") as log:
            self.process = subprocess.Popen(
                [SYSTEM_PYTHON, str(SERVER), str(self.folder), str(self.port)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        line = self.process.stdout.readline()
        assert line.startswith("http://"), f"Swift did not start: see {log.name}"
        self.port = int(line.rsplit(":", 1)[1])

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


Fault = Callable[["Handler", bytes], bool]
"""Answers a request itself (True), or lets it through (False)."""


class Proxy(ThreadingHTTPServer):
    """Stands before the server and hands everything on, unless `fault` does something else with it."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, upstream: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream = upstream
        self.fault: Fault | None = None
        self.seen: list[tuple[str, str]] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """Callers that went away are part of the tests."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def setup(self) -> None:
        super().setup()
        self.request.settimeout(20)

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, self.path))
        if self.server.fault is None or not self.server.fault(self, body):
            self.answer(*self.upstream(body))

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = handle_any

    def upstream(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """The real server's answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=20)
        try:
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def answer(
        self, status: int, headers: list[tuple[str, str]], body: bytes, cut: int | None = None
    ) -> None:
        """Send an answer; cut: bytes of the body before the line goes dead."""
        self.send_response_only(status)
        length = str(len(body))
        for name, value in headers:
            if name.lower() == "content-length":
                length = value
            elif name.lower() not in ("transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body if cut is None else body[:cut])
        if cut is not None:
            self.drop()

    def drop(self) -> None:
        """Close the line without a word."""
        self.close_connection = True
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Nothing on the screen."""


@contextmanager
def proxied(upstream: int) -> Iterator[Proxy]:
    proxy = Proxy(upstream)
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()


@dataclass
class Times:
    """A fault for the first so many requests that it is meant for."""

    count: int
    meant: Callable[[Handler], bool]
    act: Callable[[Handler, bytes], None]
    done: int = field(default=0)

    def __call__(self, request: Handler, body: bytes) -> bool:
        if self.done >= self.count or not self.meant(request):
            return False
        self.done += 1
        self.act(request, body)
        return True
