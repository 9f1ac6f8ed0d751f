"""A timestamp authority for trying the platform out: RFC 3161 over HTTP on loopback, under its own random CA.
Not here: any outside authority. Its certificates say that it is a trial, and production refuses to use it."""

from __future__ import annotations

import argparse
import hashlib
import os
import secrets
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

POLICY = "1.3.6.1.4.1.32473.3161.1"
"""Under the enterprise number that RFC 5612 sets aside for examples: nobody can take it for a real policy."""

IMPRINT_SIZES = {"sha256": 32, "sha384": 48, "sha512": 64}
MAX_REQUEST = 64 * 1024
ACCURACY_SECONDS = 1
KEY_BITS = 3072
CA_NAME = "和证试用时间戳根证书 TRIAL ROOT - NOT FOR LEGAL USE"
TSA_NAME = "和证试用时间戳 TRIAL TSA - NOT FOR LEGAL USE"

CA_FILE, CERTIFICATE_FILE, KEY_FILE = "ca.pem", "tsa.pem", "tsa.key"


def create_authority(folder: Path) -> None:
    """Make a CA and a timestamping certificate under it, once. The CA's key is thrown away at once."""
    if (folder / KEY_FILE).exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    start = datetime.now(UTC) - timedelta(minutes=5)
    ca_key, tsa_key = (rsa.generate_private_key(65537, KEY_BITS) for _ in range(2))
    ca = (
        _certificate(CA_NAME, CA_NAME, ca_key.public_key(), start, days=3650)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    leaf = (
        _certificate(TSA_NAME, CA_NAME, tsa_key.public_key(), start, days=1825)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    _write(folder / CA_FILE, ca.public_bytes(serialization.Encoding.PEM))
    _write(folder / CERTIFICATE_FILE, leaf.public_bytes(serialization.Encoding.PEM))
    _write(
        folder / KEY_FILE,
        tsa_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def _certificate(
    subject: str, issuer: str, key: rsa.RSAPublicKey, start: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Hezheng 和证 (试用 TRIAL)"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _usage(**allowed: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


class Authority:
    """Answers RFC 3161 requests with one key. Thread-safe: it keeps no state but the key."""

    def __init__(self, folder: Path) -> None:
        pem = (folder / CERTIFICATE_FILE).read_bytes()
        self._certificate = asn1_x509.Certificate.load(
            x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
        )
        key = serialization.load_pem_private_key((folder / KEY_FILE).read_bytes(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("the authority's key is not RSA")
        self._key = key

    def respond(self, request_der: bytes) -> bytes:
        """DER TimeStampResp to a DER TimeStampReq; a rejection when the request cannot be granted."""
        try:
            request = tsp.TimeStampReq.load(request_der, strict=True)
            imprint = request["message_imprint"]
            algorithm = imprint["hash_algorithm"]["algorithm"].native
            hashed = imprint["hashed_message"].native
            version, policy = request["version"].native, request["req_policy"].native
        except (ValueError, TypeError, KeyError):
            return _rejection("bad_request")
        if version != "v1":
            return _rejection("bad_request")
        if algorithm not in IMPRINT_SIZES:
            return _rejection("bad_alg")
        if len(hashed) != IMPRINT_SIZES[algorithm]:
            return _rejection("bad_data_format")
        if policy not in (None, POLICY):
            return _rejection("unaccepted_policy")
        return self._grant(request)

    def _grant(self, request: tsp.TimeStampReq) -> bytes:
        now = datetime.now(UTC).replace(microsecond=0)
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": POLICY,
                "message_imprint": request["message_imprint"],
                "serial_number": secrets.randbits(126) + 1,
                "gen_time": now,
                "accuracy": {"seconds": ACCURACY_SECONDS},
                "tsa": asn1_x509.GeneralName("directory_name", self._certificate.subject),
            }
        )
        if request["nonce"].native is not None:
            info["nonce"] = request["nonce"]
        token = self._sign(info.dump(), now, bool(request["cert_req"].native))
        granted = tsp.PKIStatusInfo({"status": "granted"})
        return tsp.TimeStampResp({"status": granted, "time_stamp_token": token}).dump()

    def _sign(self, content: bytes, now: datetime, with_certificate: bool) -> cms.ContentInfo:
        attributes = cms.CMSAttributes(
            [
                _attribute("content_type", "tst_info"),
                _attribute("signing_time", cms.Time({"utc_time": core.UTCTime(now)})),
                _attribute("message_digest", hashlib.sha256(content).digest()),
                _attribute("signing_certificate_v2", self._own_identifier()),
            ]
        )
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier(
                    "issuer_and_serial_number",
                    cms.IssuerAndSerialNumber(
                        {
                            "issuer": self._certificate.issuer,
                            "serial_number": self._certificate.serial_number,
                        }
                    ),
                ),
                "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                "signed_attrs": attributes,
                "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
                "signature": self._key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256()),
            }
        )
        signed = {
            "version": "v3",
            "digest_algorithms": [algos.DigestAlgorithm({"algorithm": "sha256"})],
            "encap_content_info": {
                "content_type": "tst_info",
                "content": cms.ParsableOctetString(content),
            },
            "signer_infos": [signer],
        }
        if with_certificate:
            signed["certificates"] = [self._certificate]
        return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})

    def _own_identifier(self) -> tsp.SigningCertificateV2:
        digest = hashlib.sha256(self._certificate.dump()).digest()
        issuer = asn1_x509.GeneralName("directory_name", self._certificate.issuer)
        serial = tsp.IssuerSerial({"issuer": [issuer], "serial_number": self._certificate.serial_number})
        return tsp.SigningCertificateV2(
            {"certs": [tsp.ESSCertIDv2({"cert_hash": digest, "issuer_serial": serial})]}
        )


def _attribute(kind: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": kind, "values": (value,)})


class _Refusal(core.Sequence):
    """TimeStampResp without a token, which asn1crypto's own class does not allow."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo)]


def _rejection(reason: str) -> bytes:
    status = tsp.PKIStatusInfo({"status": "rejection", "fail_info": {reason}})
    return _Refusal({"status": status}).dump()


def make_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """An HTTP server on 127.0.0.1 that is not running yet; port 0 takes a free one."""
    authority = Authority(folder)

    class Handler(BaseHTTPRequestHandler):
        """POST application/timestamp-query; GET says what this is."""

        timeout = 10

        def do_POST(self) -> None:
            """One timestamp."""
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > MAX_REQUEST:
                self.send_error(413)
                return
            if self.headers.get_content_type() != "application/timestamp-query":
                self.send_error(415)
                return
            self._answer("application/timestamp-reply", authority.respond(self.rfile.read(int(length))))

        def do_GET(self) -> None:
            """What this is."""
            self._answer("text/plain; charset=utf-8", f"{TSA_NAME}\n".encode())

        def _answer(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """One line per request would fill the log; errors still reach it."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m scripts.trial_tsa", description=TSA_NAME)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument(
        "--dir", type=Path, required=True, help="folder of certificate and key, made if absent"
    )
    options = parser.parse_args(arguments)
    create_authority(options.dir)
    server = make_server(options.dir, options.port)

    def stop(_number: int, _frame: object) -> None:
        threading.Thread(target=server.shutdown).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    server.serve_forever()
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
