"""The trial timestamp authority satisfies openssl and a strict RFC 3161 reader, and refuses all else."""

import hashlib
import secrets
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from asn1crypto import tsp
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from rfc3161_client import TimestampRequestBuilder, VerifierBuilder, decode_timestamp_response

from scripts.trial_tsa import CA_FILE, CERTIFICATE_FILE, KEY_FILE, Authority, create_authority, make_server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tsa")
    create_authority(made)
    return made


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    server = make_server(folder, 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


def ask(url: str, body: bytes, kind: str = "application/timestamp-query") -> requests.Response:
    return requests.post(url, body, headers={"Content-Type": kind}, timeout=10)


def test_a_strict_reader_accepts_the_token(url: str, folder: Path) -> None:
    message = secrets.token_bytes(100)
    request = (
        TimestampRequestBuilder().data(message).nonce(nonce=True).cert_request(cert_request=True).build()
    )
    response = decode_timestamp_response(ask(url, request.as_bytes()).content)
    root = x509.load_pem_x509_certificate((folder / CA_FILE).read_bytes())
    verifier = VerifierBuilder.from_request(request).add_root_certificate(root).build()
    assert verifier.verify_message(response, message)
    assert response.tst_info.nonce == request.nonce


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_openssl_accepts_the_token(url: str, folder: Path, tmp_path: Path, digest: str) -> None:
    data, query, reply = tmp_path / "data", tmp_path / "query", tmp_path / "reply"
    data.write_bytes(secrets.token_bytes(1_000))
    make = ["openssl", "ts", "-query", "-data", data, f"-{digest}", "-cert", "-out", query]
    subprocess.run(make, check=True, capture_output=True)
    reply.write_bytes(ask(url, query.read_bytes()).content)
    check = ["openssl", "ts", "-verify", "-in", reply, "-queryfile", query, "-CAfile", folder / CA_FILE]
    assert b"Verification: OK" in subprocess.run(check, check=True, capture_output=True).stdout
    data.write_bytes(b"changed")
    check[check.index("-queryfile") : check.index("-CAfile")] = ["-data", data]
    assert subprocess.run(check, capture_output=True).returncode != 0


def test_the_certificate_is_asked_for_or_left_out(folder: Path) -> None:
    def certificates(wanted: bool) -> int:
        request = TimestampRequestBuilder().data(b"x").cert_request(cert_request=wanted).build()
        answer = tsp.TimeStampResp.load(Authority(folder).respond(request.as_bytes()))
        return len(answer["time_stamp_token"]["content"]["certificates"] or ())

    assert certificates(True) == 2
    assert certificates(False) == 0


def imprint(algorithm: str, value: bytes) -> bytes:
    return tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": value},
        }
    ).dump()


@pytest.mark.parametrize(
    ("request_der", "reason"),
    [
        (b"junk", "bad_request"),
        (b"", "bad_request"),
        (imprint("sha1", hashlib.sha1(b"x").digest()), "bad_alg"),
        (imprint("sha256", bytes(31)), "bad_data_format"),
    ],
)
def test_what_cannot_be_granted_is_rejected(folder: Path, request_der: bytes, reason: str) -> None:
    answer = Authority(folder).respond(request_der)
    status = tsp.PKIStatusInfo.load(answer[2:])
    assert status["status"].native == "rejection"
    assert status["fail_info"].native == {reason}


def test_other_bodies_are_refused(url: str) -> None:
    assert ask(url, b"x", "text/plain").status_code == 415
    assert ask(url, bytes(70_000)).status_code == 413
    assert "TRIAL" in requests.get(url, timeout=10).text


def test_names_say_trial_and_the_usage_is_critical(folder: Path) -> None:
    for name in (CA_FILE, CERTIFICATE_FILE):
        certificate = x509.load_pem_x509_certificate((folder / name).read_bytes())
        common_name = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        assert "试用" in common_name
        assert "NOT FOR LEGAL USE" in common_name
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert usage.critical
    assert list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def test_the_key_is_private_and_kept(folder: Path) -> None:
    assert (folder / KEY_FILE).stat().st_mode & 0o777 == 0o600
    before = (folder / KEY_FILE).read_bytes()
    create_authority(folder)
    assert (folder / KEY_FILE).read_bytes() == before
