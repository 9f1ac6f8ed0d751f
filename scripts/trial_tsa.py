"""A timestamp authority for trying the platform out: RFC 3161 over HTTP on loopback, under its own random CA.
Not here: any outside authority. Its certificates say that it is a trial, and production refuses to use it."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from asn1crypto import core, pem, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from scripts.token_maker import Signer, make_token

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
IssuerKey = ec.EllipticCurvePrivateKey
POLICY = "1.3.6.1.4.1.32473.3161.1"
"""Under the enterprise number that RFC 5612 sets aside for examples: nobody can take it for a real policy."""

IMPRINT_SIZES = {"sha256": 32, "sha384": 48, "sha512": 64}
MAX_REQUEST = 64 * 1024
ACCURACY_SECONDS = 1
KEY_BITS = 3072
CA_NAME = "和证试用时间戳根证书 TRIAL ROOT - NOT FOR LEGAL USE"
ISSUER_NAME = "和证试用时间戳签发 TRIAL CA - NOT FOR LEGAL USE"
TSA_NAME = "和证试用时间戳 TRIAL TSA - NOT FOR LEGAL USE"

CA_FILE, CA_KEY_FILE = "ca.pem", "ca.key"
ISSUER_FILE, ISSUER_KEY_FILE = "issuer.pem", "issuer.key"
CERTIFICATE_FILE, KEY_FILE = "tsa.pem", "tsa.key"
LISTS = {"/ca.crl": (CA_FILE, CA_KEY_FILE), "/issuer.crl": (ISSUER_FILE, ISSUER_KEY_FILE)}
"""Where certificate lists are served, and who signs them: the first covers the issuer, the second the signer."""
LIST_TERM = timedelta(days=1)


def create_authority(folder: Path) -> None:
    """Make root, issuing certificate and signer, once. All keys stay in the folder, readable by their owner only.

    The root of a folder from before there were lists, whose key is gone, goes to anchors/: its tokens stay believed.
    """
    if (folder / CA_KEY_FILE).exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if (folder / CA_FILE).exists():
        (folder / "anchors").mkdir(exist_ok=True)
        (folder / CA_FILE).rename(folder / "anchors" / "earlier-trial-root.pem")
    ca_key = ec.generate_private_key(ec.SECP384R1())
    builder = certificate_of(CA_NAME, CA_NAME, ca_key.public_key(), days=7_300)
    ca = sign(_as_authority(builder), ca_key, ca_key.public_key())
    _write(folder / CA_FILE, ca.public_bytes(serialization.Encoding.PEM))
    _write_key(folder / ISSUER_KEY_FILE, ec.generate_private_key(ec.SECP256R1()))
    _write_key(folder / KEY_FILE, rsa.generate_private_key(65_537, KEY_BITS))
    _write_key(folder / CA_KEY_FILE, ca_key)
    issue(folder, None)


def issue(folder: Path, base: str | None) -> None:
    """Certificates of issuer and signer that say where lists are served (None: nowhere), unless they say so already."""
    wanted = base or "none"
    if (folder / "base").exists() and (folder / "base").read_text() == wanted:
        return
    ca_key, issuer_key, key = (load_key(folder / name) for name in (CA_KEY_FILE, ISSUER_KEY_FILE, KEY_FILE))
    issuer = certificate_of(ISSUER_NAME, CA_NAME, issuer_key.public_key(), days=5_475)
    issuer = pointing(_as_authority(issuer, path_length=0), base, "ca.crl")
    signer = (
        certificate_of(TSA_NAME, ISSUER_NAME, key.public_key(), days=1_825)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    )
    signer = pointing(signer, base, "issuer.crl")
    for name, builder, by in ((ISSUER_FILE, issuer, ca_key), (CERTIFICATE_FILE, signer, issuer_key)):
        made = sign(builder, by, by.public_key())
        _write(folder / name, made.public_bytes(serialization.Encoding.PEM))
    _write(folder / "base", wanted.encode())


def certificate_of(subject: str, issuer: str, key: PublicKey, days: int) -> x509.CertificateBuilder:
    """A certificate begun: names, key, a random serial number and its term from five minutes ago."""
    start = datetime.now(UTC) - timedelta(minutes=5)
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


def _as_authority(
    builder: x509.CertificateBuilder, path_length: int | None = None
) -> x509.CertificateBuilder:
    basic = x509.BasicConstraints(ca=True, path_length=path_length)
    signs = usage(key_cert_sign=True, crl_sign=True)
    return builder.add_extension(basic, critical=True).add_extension(signs, critical=True)


def pointing(builder: x509.CertificateBuilder, base: str | None, path: str) -> x509.CertificateBuilder:
    """The same, saying where its list is served (base None: nowhere)."""
    if base is None:
        return builder
    name = x509.UniformResourceIdentifier(f"{base}{path}")
    points = x509.CRLDistributionPoints([x509.DistributionPoint([name], None, None, None)])
    return builder.add_extension(points, critical=False)


def sign(builder: x509.CertificateBuilder, key: IssuerKey, issuer: PublicKey) -> x509.Certificate:
    """The certificate, signed by its issuer's key."""
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer)
    return builder.add_extension(identifier, critical=False).sign(key, hashes.SHA256())


def make_list(folder: Path, path: str) -> bytes:
    """The certificate list (DER) that is served at a path: nothing is revoked, as of now."""
    certificate_file, key_file = LISTS[path]
    issuer = x509.load_pem_x509_certificate((folder / certificate_file).read_bytes())
    now = datetime.now(UTC).replace(microsecond=0)
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject)
    # from this second on: only what was made after a token tells how its signer stood (docs/proof-format.md §8)
    builder = builder.last_update(now).next_update(now + LIST_TERM)
    builder = builder.add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
    made = builder.sign(load_key(folder / key_file), hashes.SHA256())
    return made.public_bytes(serialization.Encoding.DER)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Hezheng 和证 (试用 TRIAL)"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def usage(**allowed: bool) -> x509.KeyUsage:
    """Key usage with nothing but what is named."""
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


def load_key(path: Path) -> Any:
    """A key of the authority from its file."""
    return serialization.load_pem_private_key(path.read_bytes(), password=None)


def _write_key(path: Path, key: Any) -> None:
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    _write(path, key.private_bytes(serialization.Encoding.PEM, *form))


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


class Authority:
    """Answers RFC 3161 requests with one key. Thread-safe: it keeps no state but the key."""

    def __init__(self, folder: Path) -> None:
        signer, issuer = (
            asn1_x509.Certificate.load(pem.unarmor((folder / name).read_bytes())[2])
            for name in (CERTIFICATE_FILE, ISSUER_FILE)
        )
        self._signer = Signer(signer, load_key(folder / KEY_FILE))
        self._chain = [signer, issuer]

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
                "tsa": asn1_x509.GeneralName("directory_name", self._signer.certificate.subject),
            }
        )
        if request["nonce"].native is not None:
            info["nonce"] = request["nonce"]
        embedded = self._chain if request["cert_req"].native else []
        token = make_token(info, self._signer, embedded, now)
        granted = tsp.PKIStatusInfo({"status": "granted"})
        return tsp.TimeStampResp({"status": granted, "time_stamp_token": token}).dump()


class _Refusal(core.Sequence):
    """TimeStampResp without a token, which asn1crypto's own class does not allow."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo)]


def _rejection(reason: str) -> bytes:
    status = tsp.PKIStatusInfo({"status": "rejection", "fail_info": {reason}})
    return _Refusal({"status": status}).dump()


def make_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """An HTTP server on 127.0.0.1 that is not running yet; port 0 takes a free one."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    issue(folder, f"http://127.0.0.1:{server.server_address[1]}/")
    server.RequestHandlerClass = type(
        "Handler", (_Handler,), {"folder": folder, "authority": Authority(folder)}
    )
    return server


class _Handler(BaseHTTPRequestHandler):
    """POST application/timestamp-query; GET gives the certificate lists, or says what this is."""

    timeout = 10
    folder: Path
    authority: Authority

    def do_POST(self) -> None:
        """One timestamp."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MAX_REQUEST:
            self.send_error(413)
            return
        if self.headers.get_content_type() != "application/timestamp-query":
            self.send_error(415)
            return
        reply = self.authority.respond(self.rfile.read(int(length)))
        self._answer("application/timestamp-reply", reply)

    def do_GET(self) -> None:
        """A certificate list, fresh, or what this is."""
        if self.path in LISTS:
            self._answer("application/pkix-crl", make_list(self.folder, self.path))
        else:
            self._answer("text/plain; charset=utf-8", f"{TSA_NAME}\n".encode())

    def _answer(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """One line per request would fill the log; errors still reach it."""


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
