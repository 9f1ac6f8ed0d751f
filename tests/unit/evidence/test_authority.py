"""Asking authorities over a real exchange on loopback: tokens, issuers, lists, responses, and what cannot be had.
Not here: the rules that tokens are held to (see test_timestamp.py)."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer

import pytest

from evidence import authority
from evidence.authority import (
    Source,
    TimestampRequest,
    fetch_revocations,
    fetch_token,
    is_outside,
    obtain,
    token_of_reply,
)
from evidence.errors import MalformedInput, Tampered, Unavailable
from evidence.proof import RevocationKind
from evidence.revocation import standing
from evidence.timestamp import Timestamp
from evidence.trust import TimestampAuthority
from scripts.chain import free_port
from scripts.trial_tsa import CA_FILE, create_authority, make_server
from tests.authorities import Desk, desk, served

IMPRINT = secrets.token_bytes(32)


def asking(one: Desk, policy: str | None = None) -> Timestamp:
    """A token of a desk over the imprint, trusted."""
    return obtain(Source(one.url, 10), IMPRINT, trusting(one), policy)[1]


def trusting(one: Desk) -> list[TimestampAuthority]:
    return [TimestampAuthority(one.authority.name, one.authority.anchor)]


def complete(one: Desk, found: Timestamp) -> bool:
    claims = fetch_revocations(Source(one.url, 10), found)
    return standing(found.chain, claims, found.gen_time).complete


def test_an_imprint_is_a_sha256() -> None:
    with pytest.raises(MalformedInput):
        TimestampRequest.create(bytes(31))


def test_each_request_has_a_nonce_of_its_own() -> None:
    assert len({TimestampRequest.create(IMPRINT).nonce for _ in range(20)}) == 20


@pytest.mark.parametrize("shape", [{}, {"key": 2_048, "intermediate": True}])
def test_a_token_comes_with_all_that_checks_it_later(shape: dict[str, object]) -> None:
    with desk("Desk", **shape) as one:
        stamp, found = obtain(Source(one.url, 10), IMPRINT, trusting(one), "1.2.3")
        assert (stamp.authority, stamp.certificates, found.policy) == ("Desk", (), "1.2.3")
        claims = fetch_revocations(Source(one.url, 10), found)
        assert len(claims) == len(found.chain) - 1
        assert standing(found.chain, claims, found.gen_time).complete


def test_the_trial_authority_serves_lists_for_its_whole_chain(tmp_path) -> None:
    create_authority(tmp_path)
    trusted = [TimestampAuthority("Trial", (tmp_path / CA_FILE).read_text())]
    with served(make_server(tmp_path, 0)) as url:
        found = obtain(Source(url, 10), IMPRINT, trusted)[1]
        claims = fetch_revocations(Source(url, 10), found)
    assert [claim.kind for claim in claims] == [RevocationKind.CRL] * 2
    assert standing(found.chain, claims, found.gen_time).complete


def test_an_issuer_that_the_token_lacks_is_fetched_and_kept() -> None:
    with desk("Desk", key=2_048, intermediate=True) as one:
        one.embed_issuer = False
        stamp, found = obtain(Source(one.url, 10), IMPRINT, trusting(one))
        assert len(stamp.certificates) == 1 and len(found.chain) == 3


def test_a_responder_is_asked_before_a_list() -> None:
    with desk("Desk") as plain, desk("Asked", responder=f"{plain.url}ocsp") as one:
        plain.authority = one.authority
        claims = fetch_revocations(Source(one.url, 10), asking(one))
        assert [claim.kind for claim in claims] == [RevocationKind.OCSP]
        plain.lists = False
        claims = fetch_revocations(Source(one.url, 10), asking(one))
        assert [claim.kind for claim in claims] == [RevocationKind.CRL]


def test_lists_that_cannot_be_had_or_say_nothing_are_not_kept() -> None:
    with desk("Desk") as one:
        found = asking(one)
        one.lists = False
        assert fetch_revocations(Source(one.url, 10), found) == ()
        one.lists = True
        good, one.moment = one.moment, lambda: found.gen_time - timedelta(days=60)
        assert not complete(one, found), "out of date"
        one.moment = good
        assert complete(one, found)


def test_an_authority_inside_is_not_reached_through_one_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    with desk("Desk") as one:
        found = asking(one)
        places = {"tsa.example": ["203.0.114.7"], "127.0.0.1": ["127.0.0.1"]}
        monkeypatch.setattr(authority, "_addresses", lambda url: places[url.split("/")[2].split(":")[0]])
        assert fetch_revocations(Source("https://tsa.example/", 10), found) == ()
        assert len(fetch_revocations(Source(one.url, 10), found)) == 1
        places["tsa.example"] = ["10.0.0.7"]
        assert fetch_revocations(Source("https://tsa.example/", 10), found) == (), "inside, but not the same"


def test_what_was_checked_is_what_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere at every look is looked up once (DNS rebinding)."""
    looks: list[str] = []

    def resolve(host: str, port: int, *_more: object, **_kind: object) -> list[tuple[object, ...]]:
        looks.append(host)
        there = "127.0.0.1" if looks.count("tsa.example") == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (there, port))]

    with desk("Desk") as one:
        monkeypatch.setattr("socket.getaddrinfo", resolve)
        port = one.server.server_address[1]
        assert fetch_token(f"http://tsa.example:{port}/", TimestampRequest.create(IMPRINT), 5)
    assert looks.count("tsa.example") == 1


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
        *("::1", "fe80::1%1", "fec0::1", "fd00::1", "ff02::1", "::127.0.0.1", "::ffff:100.64.0.1"),
        *("::ffff:127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:7f00:1::"),
    ],
)
def test_addresses_inside_are_known_in_every_dress(address: str) -> None:
    assert not is_outside(address)


def test_addresses_outside_may_be_asked() -> None:
    assert is_outside("93.184.216.34") and is_outside("2606:2800:220:1:248:1893:25c8:1946")


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("nonce", Tampered, "nonce"),
        ("imprint", Tampered, "imprint"),
        ("policy", Tampered, "policy"),
        ("junk", Unavailable, None),
        ("refuse", Unavailable, None),
        ("error", Unavailable, None),
    ],
)
def test_an_authority_that_lies_is_found_out(fault: str, error: type[Exception], code: str | None) -> None:
    with desk("Desk") as one:
        one.fault = fault
        with pytest.raises(error) as caught:
            asking(one, "1.2.3")
        assert caught.value.code == code


def test_an_authority_that_hangs_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    with desk("Desk") as one:
        one.fault = "hang"
        start = time.monotonic()
        with pytest.raises(Unavailable):
            obtain(Source(one.url, 0.3), IMPRINT, trusting(one))
        assert time.monotonic() - start < 5


def test_an_authority_that_is_away_is_unavailable() -> None:
    request = TimestampRequest.create(IMPRINT)
    with pytest.raises(Unavailable):
        fetch_token(f"http://127.0.0.1:{free_port()}/", request, 2)
    for url in ("file:///etc/passwd", "ftp://tsa.example/"):
        with pytest.raises(MalformedInput):
            fetch_token(url, request, 2)


class Odd(BaseHTTPRequestHandler):
    """Answers every question with the same status, headers and body."""

    status, body, headers_sent = 200, b"", {}

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        for name, value in {"Content-Length": str(len(self.body)), **self.headers_sent}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"broken"),
        (200, b""),
        (200, b"<html>"),
        (200, b"\x30\x03\x02\x01\x00"),
        (200, bytes(70_000)),
        (302, b""),
        (307, b""),
    ],
)
def test_an_authority_that_answers_oddly_is_unavailable(status: int, body: bytes) -> None:
    with desk("Desk") as honest:
        members = {"status": status, "body": body, "headers_sent": {"Location": honest.url}}
        odd = HTTPServer(("127.0.0.1", 0), type("One", (Odd,), members))
        with served(odd) as url, pytest.raises(Unavailable):
            fetch_token(url, TimestampRequest.create(IMPRINT), 5)
        assert honest.asked == [], "no redirect is followed"


def test_a_body_that_never_ends_is_cut_off() -> None:
    pause = threading.Event()

    class Endless(Odd):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x")
                    pause.wait(0.01)
            except OSError:
                return

    with served(ThreadingHTTPServer(("127.0.0.1", 0), Endless)) as url:
        start = time.monotonic()
        with pytest.raises(Unavailable):
            fetch_token(url, TimestampRequest.create(IMPRINT), 0.5)
        assert time.monotonic() - start < 5


@pytest.mark.parametrize("dripped", [b"HTTP/1.0 200 OK\r\nX: ", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_headers_that_come_byte_by_byte_are_cut_off(dripped: bytes) -> None:
    pause = threading.Event()

    class Dripping(Odd):
        def do_POST(self) -> None:
            try:
                while True:
                    self.wfile.write(dripped)
                    pause.wait(0.05)
                    self.wfile.write(b"x" if dripped.endswith(b" ") else b"")
            except OSError:
                return

    with served(ThreadingHTTPServer(("127.0.0.1", 0), Dripping)) as url:
        start = time.monotonic()
        with pytest.raises(Unavailable):
            fetch_token(url, TimestampRequest.create(IMPRINT), 0.5)
        assert time.monotonic() - start < 3


@pytest.mark.parametrize("junk", [b"\x00", b"\x30\x02\x30\x00", b"\x30\x05\x30\x03\x02\x01\x05", b""])
def test_junk_in_a_reply_is_no_token(junk: bytes) -> None:
    with pytest.raises(Unavailable):
        token_of_reply(junk)
