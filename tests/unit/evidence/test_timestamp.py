"""RFC 3161 tokens over a real exchange on loopback: what holds, what does not, and what cannot be had."""

from __future__ import annotations

import secrets
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography.x509.oid import ExtendedKeyUsageOID

from evidence.errors import MalformedInput, Tampered, Unavailable
from evidence.timestamp import MAX_TOKEN, TimestampRequest, fetch_token, token_of_reply, verify_token
from scripts.chain import free_port
from scripts.trial_tsa import CA_FILE, POLICY, TSA_NAME, create_authority, make_server
from scripts.vector_keys import FixedAuthority

IMPRINT = secrets.token_bytes(32)
MOMENT = datetime(2026, 3, 2, 1, 30, 9, tzinfo=UTC)


@contextmanager
def served(server: HTTPServer) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tsa")
    create_authority(made)
    return made


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with served(make_server(folder, 0)) as address:
        yield address


@pytest.fixture(scope="module")
def anchors(folder: Path) -> list[str]:
    return [(folder / CA_FILE).read_text()]


@pytest.fixture(scope="module")
def request_sent() -> TimestampRequest:
    return TimestampRequest.create(IMPRINT)


@pytest.fixture(scope="module")
def token(url: str, request_sent: TimestampRequest) -> bytes:
    return fetch_token(url, request_sent, 10)


def test_a_token_says_when_by_whom_and_how_exactly(
    token: bytes, request_sent: TimestampRequest, anchors: list[str]
) -> None:
    stamp = verify_token(token, IMPRINT, anchors, nonce=request_sent.nonce, policy=POLICY)
    assert abs(datetime.now(UTC) - stamp.gen_time) < timedelta(minutes=1)
    assert stamp.gen_time.utcoffset() == timedelta(0) == stamp.certificate_expires.utcoffset()
    assert (stamp.accuracy, stamp.policy, stamp.tsa_name) == (1.0, POLICY, TSA_NAME)
    assert stamp.serial > 0 and stamp.certificate_expires > stamp.gen_time


def openssl_verifies(token: bytes, imprint: bytes, anchor: Path, folder: Path) -> bool:
    path = folder / "token.der"
    path.write_bytes(token)
    command = ["openssl", "ts", "-verify", "-digest", imprint.hex(), "-in", path, "-token_in"]
    done = subprocess.run([*command, "-CAfile", anchor], capture_output=True, check=False)
    return done.returncode == 0 and b"Verification: OK" in done.stdout


def test_openssl_agrees(token: bytes, folder: Path, tmp_path: Path) -> None:
    assert openssl_verifies(token, IMPRINT, folder / CA_FILE, tmp_path)
    assert not openssl_verifies(token, secrets.token_bytes(32), folder / CA_FILE, tmp_path)
    other = tmp_path / "other.pem"
    other.write_text(FixedAuthority("Other").anchor)
    assert not openssl_verifies(token, IMPRINT, other, tmp_path)


def test_openssl_agrees_on_the_authority_of_the_vectors(tmp_path: Path) -> None:
    authority, anchor = FixedAuthority("Vector Time Authority"), tmp_path / "anchor.pem"
    anchor.write_text(authority.anchor)
    made = authority.token(IMPRINT, MOMENT)
    assert openssl_verifies(made, IMPRINT, anchor, tmp_path)
    assert verify_token(made, IMPRINT, [authority.anchor]).gen_time == MOMENT


def openssl_reply(authority: FixedAuthority, request: TimestampRequest, folder: Path, chain: bool) -> bytes:
    """What an authority that runs `openssl ts` answers, with or without its root among the certificates."""
    leaf, key = authority.pem()
    files = {"leaf.pem": leaf, "key.pem": key, "root.pem": authority.anchor.encode(), "query": request.der}
    files |= {"serial": b"01", "ts.cnf": OPENSSL_AUTHORITY.format(folder=folder).encode()}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    command = ["openssl", "ts", "-reply", "-config", "ts.cnf", "-queryfile", "query", "-out", "reply"]
    command += ["-signer", "leaf.pem", "-inkey", "key.pem", *(["-chain", "root.pem"] if chain else [])]
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return (folder / "reply").read_bytes()


OPENSSL_AUTHORITY = """[tsa]
default_tsa = own
[own]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
tsa_name = yes
ess_cert_id_alg = sha256
"""


@pytest.mark.parametrize("chain", [False, True])
def test_an_authority_that_runs_openssl_is_understood(tmp_path: Path, chain: bool) -> None:
    authority, asked = FixedAuthority("Openssl Authority"), TimestampRequest.create(IMPRINT)
    made = token_of_reply(openssl_reply(authority, asked, tmp_path, chain))
    assert verify_token(made, IMPRINT, [authority.anchor], nonce=asked.nonce).policy == "1.2.3.4.1"
    assert openssl_verifies(made, IMPRINT, tmp_path / "root.pem", tmp_path)


def refused(token: bytes, anchors: list[str], imprint: bytes = IMPRINT, **expected: object) -> str | None:
    with pytest.raises(Tampered) as caught:
        verify_token(token, imprint, anchors, **expected)
    return caught.value.code


def test_a_token_over_something_else_is_refused(token: bytes, anchors: list[str]) -> None:
    assert refused(token, anchors, secrets.token_bytes(32)) == "token"


def test_a_replayed_token_is_refused_by_its_nonce(
    token: bytes, anchors: list[str], request_sent: TimestampRequest
) -> None:
    assert refused(token, anchors, nonce=request_sent.nonce + 1) == "token"


def test_another_policy_is_refused(token: bytes, anchors: list[str]) -> None:
    assert refused(token, anchors, policy="1.2.3.4") == "token"


def test_a_foreign_authority_is_refused(token: bytes, anchors: list[str]) -> None:
    assert refused(token, [FixedAuthority("Other").anchor]) == "token"
    assert refused(token, []) == "no_anchor"
    assert verify_token(token, IMPRINT, [FixedAuthority("Other").anchor, *anchors])


def test_the_certificate_must_be_for_timestamps_and_valid_at_the_time() -> None:
    web = FixedAuthority("Web", usage=ExtendedKeyUsageOID.SERVER_AUTH)
    assert refused(web.token(IMPRINT, MOMENT), [web.anchor]) == "token"
    early = FixedAuthority("Early", days=30)
    assert refused(early.token(IMPRINT, MOMENT), [early.anchor]) == "token"
    late = FixedAuthority("Late", first_day=datetime(2026, 6, 1, tzinfo=UTC))
    assert refused(late.token(IMPRINT, MOMENT), [late.anchor]) == "token"


def test_a_certificate_that_expired_since_does_not_matter() -> None:
    short = FixedAuthority("Short", days=62)
    assert verify_token(short.token(IMPRINT, MOMENT), IMPRINT, [short.anchor]).certificate_expires.month == 3


def test_a_token_without_its_certificate_is_refused(token: bytes, anchors: list[str]) -> None:
    content = cms.ContentInfo.load(token)
    del content["content"]["certificates"]
    assert refused(content.dump(force=True), anchors) == "token"


def test_two_signers_are_refused(token: bytes, anchors: list[str]) -> None:
    content = cms.ContentInfo.load(token)
    signers = content["content"]["signer_infos"]
    signers.append(signers[0].copy())
    assert refused(content.dump(force=True), anchors) == "token"


def holds(token: bytes, anchors: list[str]) -> bool:
    try:
        verify_token(token, IMPRINT, anchors)
    except (MalformedInput, Tampered):
        return False
    return True


def test_no_flipped_bit_survives(token: bytes, anchors: list[str]) -> None:
    fixed = FixedAuthority("Vector Time Authority")
    for der, roots, step in ((token, anchors, 11), (fixed.token(IMPRINT, MOMENT), [fixed.anchor], 7)):
        assert holds(der, roots)
        for bit in range(0, len(der) * 8, step):
            changed = bytearray(der)
            changed[bit // 8] ^= 1 << bit % 8
            assert not holds(bytes(changed), roots), f"bit {bit}"


def test_what_the_signature_does_not_cover_cannot_be_changed_either(token: bytes, anchors: list[str]) -> None:
    def edited(change: Callable[[cms.ContentInfo], None]) -> bytes:
        content = cms.ContentInfo.load(token)
        change(content["content"])
        return bytes(content.dump(force=True))

    def signature(content: cms.SignedData, name: str) -> None:
        content["signer_infos"][0]["signature_algorithm"] = {"algorithm": name}

    assert holds(edited(lambda _: None), anchors)
    assert not holds(edited(lambda c: c.__setitem__("version", "v4")), anchors)
    assert not holds(edited(lambda c: c["signer_infos"][0].__setitem__("version", "v3")), anchors)
    assert not holds(edited(lambda c: signature(c, "sha512_rsa")), anchors)
    assert not holds(edited(lambda c: c.__setitem__("digest_algorithms", [{"algorithm": "md5"}])), anchors)
    assert not holds(token + b"\x00", anchors)


@pytest.mark.parametrize(
    "junk", [b"", b"\x30", b"\x30\x00", b"junk", b"\x30\x80" + bytes(40), bytes(MAX_TOKEN + 1), b"\x05\x00"]
)
def test_what_is_no_token_is_malformed(junk: bytes, anchors: list[str]) -> None:
    with pytest.raises(MalformedInput):
        verify_token(junk, IMPRINT, anchors)


def test_an_imprint_is_a_sha256() -> None:
    with pytest.raises(MalformedInput):
        TimestampRequest.create(bytes(31))


def test_each_request_has_a_nonce_of_its_own() -> None:
    assert len({TimestampRequest.create(IMPRINT).nonce for _ in range(20)}) == 20


def test_an_authority_that_is_away_is_unavailable(request_sent: TimestampRequest) -> None:
    with pytest.raises(Unavailable):
        fetch_token(f"http://127.0.0.1:{free_port()}/", request_sent, 2)
    with pytest.raises(MalformedInput):
        fetch_token("file:///etc/passwd", request_sent, 2)


def test_an_authority_that_refuses_is_unavailable(url: str) -> None:
    with pytest.raises(Unavailable):
        fetch_token(url, TimestampRequest.create(IMPRINT, policy="1.2.3.4"), 10)


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b"broken"), (200, b""), (200, b"<html>"), (200, b"\x30\x03\x02\x01\x00"), (200, bytes(70_000))],
)
def test_an_authority_that_answers_oddly_is_unavailable(
    status: int, body: bytes, request_sent: TimestampRequest
) -> None:
    class Odd(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with served(HTTPServer(("127.0.0.1", 0), Odd)) as address, pytest.raises(Unavailable):
        fetch_token(address, request_sent, 5)


def test_an_authority_that_lies_about_what_it_stamped_is_found_out(url: str, anchors: list[str]) -> None:
    asked = TimestampRequest.create(secrets.token_bytes(32))
    given = fetch_token(url, asked, 10)
    assert refused(given, anchors, nonce=asked.nonce) == "token"


def test_junk_in_a_reply_is_no_token() -> None:
    for junk in (b"\x00", b"\x30\x02\x30\x00", b"\x30\x05\x30\x03\x02\x01\x05"):
        with pytest.raises(Unavailable):
            token_of_reply(junk)
