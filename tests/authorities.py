"""Timestamp authorities on loopback for tests: honest ones of several shapes, and ones that lie, hang or break.
Not here: expectations."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any

from asn1crypto import cms, tsp
from cryptography.hazmat.primitives.serialization import Encoding

from app.network import Authority
from scripts.vector_keys import FixedAuthority


@contextmanager
def served(server: HTTPServer) -> Iterator[str]:
    """The server's address while it runs in a thread of its own."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Desk:
    """An authority that answers over HTTP; what it does wrong can be set while it runs.

    fault: ``nonce``, ``imprint``, ``policy``, ``junk``, ``refuse``, ``hang`` (until `release`), ``error`` or None.
    received: set once somebody asked; lists: are certificate lists and responses given.
    """

    def __init__(
        self, name: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC), **shape: Any
    ) -> None:
        self.clock = clock
        self.fault: str | None = None
        self.lists = True
        self.asked: list[bytes] = []
        self.received = threading.Event()
        self.release = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"desk": self}))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        addresses = {"point": f"{self.url}list.crl"}
        if shape.get("intermediate"):
            addresses |= {"root_point": f"{self.url}root.crl", "issuers": f"{self.url}issuer.cer"}
        self.embed_issuer = True
        self.authority = FixedAuthority(name, **{**addresses, **shape})

    @property
    def configured(self) -> Authority:
        """The entry of the network file."""
        return Authority(self.authority.name, self.url, None, (self.authority.anchor,), trial=True)

    def moment(self) -> datetime:
        """The time that it stamps: whole seconds."""
        return self.clock().astimezone(UTC).replace(microsecond=0)

    def reply(self, query: bytes) -> bytes:
        """A TimeStampResp, honest but for the fault."""
        request = tsp.TimeStampReq.load(query)
        imprint = request["message_imprint"]["hashed_message"].native
        self.asked.append(imprint)
        self.received.set()
        if self.fault == "hang":
            self.release.wait(60)
        if self.fault == "junk":
            return b"\x30\x03junk"
        if self.fault == "refuse":
            return b"\x30\x05\x30\x03\x02\x01\x02"
        stated = request["req_policy"].native
        policy = "1.9.9" if self.fault == "policy" else stated or "1.2.3.4"
        token = self.authority.token(
            secrets.token_bytes(32) if self.fault == "imprint" else imprint,
            self.moment(),
            nonce=request["nonce"].native + (self.fault == "nonce"),
            embedded=None if self.embed_issuer else self.authority.chain[:1],
            policy=policy,
        )
        granted = tsp.PKIStatusInfo({"status": "granted"})
        content = cms.ContentInfo.load(token)
        return bytes(tsp.TimeStampResp({"status": granted, "time_stamp_token": content}).dump())

    def document(self, path: str) -> bytes | None:
        """What is served at a path: lists and the issuer's certificate."""
        made = self.authority.lists(self.moment())
        if path == "/issuer.cer":
            return self.authority.chain[1].public_bytes(Encoding.DER)
        if not self.lists or path not in ("/list.crl", "/root.crl"):
            return None
        return made[("/list.crl", "/root.crl").index(path)].value


class _Handler(BaseHTTPRequestHandler):
    desk: Desk

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/ocsp":
            self._answer(self.desk.authority.ocsp(self.desk.moment()) if self.desk.lists else None)
        else:
            self._answer(None if self.desk.fault == "error" else self.desk.reply(body))

    def do_GET(self) -> None:
        self._answer(self.desk.document(self.path))

    def _answer(self, body: bytes | None) -> None:
        with contextlib.suppress(OSError):  # whoever asked may have gone
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def desk(name: str, *given: Any, **shape: Any) -> Iterator[Desk]:
    """An authority that answers while the context lasts."""
    made = Desk(name, *given, **shape)
    with served(made.server):
        try:
            yield made
        finally:
            made.release.set()
