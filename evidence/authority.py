"""Asking timestamp authorities over HTTP: for tokens (RFC 3161 §3.4), issuers' certificates, lists and OCSP responses.
Not here: when they are asked and what is kept (see the application's `timestamps` service).

Addresses of issuers, lists and responders come out of certificates. Lists and responders are asked only for paths
that lead to an anchor of the configuration; nothing in a certificate can make this machine speak to its own network:
besides public addresses only the authority's own are asked, and no proxy of the environment is.
"""

from __future__ import annotations

import contextlib
import http.client
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Network, ip_address
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

from .errors import MalformedInput, Tampered, Unavailable
from .proof import MAX_CERTIFICATE_BYTES, MAX_REVOCATION_BYTES, RevocationClaim, RevocationKind, Stamp
from .timestamp import MAX_NAME, Timestamp, require_imprint, verify_token
from .trust import TimestampAuthority

if TYPE_CHECKING:
    from cryptography import x509

QUERY_TYPE = "application/timestamp-query"
REPLY_TYPE = "application/timestamp-reply"
MAX_REPLY = 65_536
MAX_ISSUERS = 4
"""Certificates that are fetched to complete a path."""
_CHUNK = 16_384
_TROUBLE = (http.client.HTTPException, OSError, ValueError)
_WRAPPING = tuple(
    IPv6Network(one) for one in ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "2001::/32", "2002::/16")
)
"""IPv6 addresses that lead on to an IPv4 address inside them."""


@dataclass(frozen=True)
class TimestampRequest:
    """A query (RFC 3161 §2.4.1). der: its bytes; nonce: the number that the token has to repeat."""

    der: bytes
    nonce: int
    policy: str | None = None

    @classmethod
    def create(cls, imprint: bytes, policy: str | None = None) -> TimestampRequest:
        """Ask for a token over a SHA-256 imprint (32 bytes, not hashed again), with certificates and a fresh nonce."""
        from asn1crypto import tsp

        require_imprint(imprint)
        nonce = secrets.randbits(63) | 1 << 62
        query: dict[str, Any] = {
            "version": "v1",
            "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": imprint},
            "nonce": nonce,
            "cert_req": True,
        }
        if policy is not None:
            query["req_policy"] = policy
        return cls(tsp.TimeStampReq(query).dump(), nonce, policy)


@dataclass(frozen=True)
class Source:
    """Where an authority is asked. url: http or https; timeout: seconds for one whole exchange."""

    url: str
    timeout: float


def obtain(
    source: Source, imprint: bytes, authorities: Sequence[TimestampAuthority], policy: str | None = None
) -> tuple[Stamp, Timestamp]:
    """A token over an imprint, verified, with the certificates that lead to an anchor; no revocation data yet.

    Raises Unavailable when nothing sane comes back, MalformedInput or Tampered for what does not hold.
    """
    request = TimestampRequest.create(imprint, policy)
    token = fetch_token(source.url, request, source.timeout)
    found, certificates = _verify(source, token, imprint, authorities, request.nonce)
    if policy is not None and found.policy != policy:
        raise Tampered("the token's policy is not the one that was asked for", code="policy")
    return Stamp(found.tsa_name[:MAX_NAME], token, certificates), found


def _verify(
    source: Source, token: bytes, imprint: bytes, authorities: Sequence[TimestampAuthority], nonce: int
) -> tuple[Timestamp, tuple[bytes, ...]]:
    """Verify a token; where its path has a gap, once more with the issuers that its certificates point to."""
    try:
        return verify_token(token, imprint, authorities, nonce=nonce), ()
    except Tampered as error:
        certificates = fetch_issuers(source, token) if error.code == "chain" else ()
        if not certificates:
            raise
    found = verify_token(token, imprint, authorities, nonce=nonce, certificates=certificates)
    return found, tuple(one for one in certificates if one in _ders(found.chain))


def fetch_token(url: str, request: TimestampRequest, timeout: float) -> bytes:
    """POST the query and give the token's DER. Unavailable when nothing sane comes back; verify it before keeping it."""
    if not url.startswith(("http://", "https://")):
        raise MalformedInput("an authority's address begins with http:// or https://")
    headers = {"Content-Type": QUERY_TYPE, "Accept": REPLY_TYPE}
    return token_of_reply(_exchange(url, _addresses(url), timeout, MAX_REPLY, request.der, headers))


def token_of_reply(reply: bytes) -> bytes:
    """The token inside a TimeStampResp. Unavailable when the authority refused or sent something else."""
    from asn1crypto import tsp

    from .certificates import reading

    def read() -> tuple[str, bytes]:
        response = tsp.TimeStampResp.load(reply, strict=True)
        token = response["time_stamp_token"]
        return response["status"]["status"].native, _sorted(token) if token.native is not None else b""

    try:
        status, der = reading(read, "a timestamp reply")
    except MalformedInput as error:
        raise Unavailable("timestamp authority: not a timestamp reply") from error
    if status not in ("granted", "granted_with_mods") or not der:
        raise Unavailable(f"timestamp authority: {status}")
    return der


def _sorted(token: Any) -> bytes:
    """The token's DER. `openssl ts` writes a certificate chain unsorted, which is no DER; the list is not signed."""
    certificates = [one.dump() for one in token["content"]["certificates"] or ()]
    return bytes(token.dump(force=certificates != sorted(certificates)))


def fetch_issuers(source: Source, token: bytes) -> tuple[bytes, ...]:
    """The issuers that a token's certificates point to (RFC 5280 §4.2.2.1, caIssuers), upwards; DER, unverified."""
    from .certificates import load_certificate
    from .token import open_token

    found: list[bytes] = []
    last = open_token(token).signer
    while len(found) < MAX_ISSUERS:
        der = next(_answers(source, _locations(last, "ca_issuers"), MAX_CERTIFICATE_BYTES), None)
        if der is None:
            break
        try:
            last = load_certificate(der)
        except MalformedInput:
            break
        found.append(der)
        if last.issuer == last.subject:
            break
    return tuple(found)


def fetch_revocations(source: Source, found: Timestamp) -> tuple[RevocationClaim, ...]:
    """Data that covers the certificates behind a token, as far as it can be had now: an OCSP response or a list each.

    Only what counts by docs/proof-format.md §8 is given, what is from before the token where there is nothing newer
    yet; `revocation.standing` tells whether it is complete.
    """
    return fetch_standing(source, found.chain, found.gen_time)


def fetch_standing(
    source: Source, chain: Sequence[x509.Certificate], moment: datetime
) -> tuple[RevocationClaim, ...]:
    """As `fetch_revocations`, for a chain from signer to anchor that signed at a moment (aware)."""
    from .revocation import findings

    kept: list[RevocationClaim] = []
    for certificate, issuer in pairwise(chain):
        signs, best = certificate == chain[0], None
        for claim in (*kept, *_offers(source, certificate, issuer)):
            told = findings(claim, certificate, issuer)
            best = claim if best is None and told else best
            if any(one.covers(certificate, moment, signs=signs) for one in told):
                best = claim
                break
        if best is not None and best not in kept:
            kept.append(best)
    return tuple(kept)


def _offers(
    source: Source, certificate: x509.Certificate, issuer: x509.Certificate
) -> Iterator[RevocationClaim]:
    """What responders and distribution points give about a certificate, one after the other."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import ocsp

    responders = _locations(certificate, "ocsp")
    if responders:
        # nearly every responder knows certificates by SHA-1 only, which is a name here and no signature
        question = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1()).build()  # noqa: S303
        body = question.public_bytes(Encoding.DER)
        headers = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}
        for answer in _answers(source, responders, MAX_REVOCATION_BYTES, body, headers):
            yield RevocationClaim(RevocationKind.OCSP, answer)
    for answer in _answers(source, _locations(certificate, "lists"), MAX_REVOCATION_BYTES):
        yield RevocationClaim(RevocationKind.CRL, answer)


def _locations(certificate: x509.Certificate, kind: str) -> list[str]:
    """HTTP addresses in a certificate: of its ``ca_issuers``, ``ocsp`` responders or certificate ``lists``."""
    from cryptography import x509
    from cryptography.x509.oid import AuthorityInformationAccessOID

    names: list[x509.GeneralName] = []
    for extension in certificate.extensions:
        value = extension.value
        if kind == "lists" and isinstance(value, x509.CRLDistributionPoints):
            names += [name for point in value for name in point.full_name or ()]
        elif kind != "lists" and isinstance(value, x509.AuthorityInformationAccess):
            wanted = getattr(AuthorityInformationAccessOID, kind.upper())
            names += [one.access_location for one in value if one.access_method == wanted]
    found = [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]
    return [url for url in found if url.startswith(("http://", "https://"))][:4]


def _answers(
    source: Source,
    urls: Sequence[str],
    limit: int,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Iterator[bytes]:
    """What those of some addresses give that may be asked and answer."""
    own = _addresses(source.url)
    for url in urls:
        hosts = [one for one in _addresses(url) if one in own or is_outside(one)]
        if not hosts:
            continue
        try:
            yield _exchange(url, hosts, source.timeout, limit, body, headers or {})
        except (Unavailable, MalformedInput):
            continue


def is_outside(address: str) -> bool:
    """Is this IP address one of the public network, whatever it wraps (RFC 4291 §2.5.5, RFC 3056, RFC 4380, RFC 6052)?"""
    found = ip_address(address)
    if found.is_multicast or not found.is_global:
        return False
    if isinstance(found, IPv4Address):
        return True
    return not found.is_site_local and not any(found in wrapped for wrapped in _WRAPPING)


def _addresses(url: str) -> list[str]:
    """The IP addresses that a URL leads to now, in their order; none where it leads nowhere."""
    try:
        parts = urlsplit(url)
        found = socket.getaddrinfo(parts.hostname, parts.port or 80, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return []
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _exchange(
    url: str, hosts: Sequence[str], timeout: float, limit: int, body: bytes | None, headers: dict[str, str]
) -> bytes:
    """One bounded HTTP exchange with one of these IP addresses; Unavailable whatever goes wrong.

    The name in the URL is not looked up again, so what was checked is what is asked; a redirection is an error.
    timeout: seconds for the whole of it.
    """
    deadline = time.monotonic() + timeout
    try:
        parts = urlsplit(url)
        with (
            contextlib.closing(_connect(parts, hosts, deadline)) as connection,
            _cut_off(connection, deadline),
        ):
            target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
            connection.request("GET" if body is None else "POST", target, body, headers)
            with connection.getresponse() as answer:
                return _read(answer, limit, deadline)
    except _TROUBLE as error:
        host = url.partition("://")[2].partition("/")[0][:200]
        raise Unavailable(f"{host}: {type(error).__name__}: {str(error)[:200]}") from error


def _connect(parts: SplitResult, hosts: Sequence[str], deadline: float) -> http.client.HTTPConnection:
    """A connection to the first of the IP addresses that takes one, TLS on top where the URL says so."""
    secure, name = parts.scheme == "https", parts.hostname or ""
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(name, parts.port)
    failure: OSError = TimeoutError("leads nowhere")
    for host in hosts:
        try:
            plain = socket.create_connection((host, connection.port), _left(deadline))
        except OSError as error:
            failure = error
            continue
        if not secure:
            connection.sock = plain
            return connection
        # the handshake waits until `_cut_off` watches it
        context = ssl.create_default_context()
        connection.sock = context.wrap_socket(plain, server_hostname=name, do_handshake_on_connect=False)
        return connection
    raise failure


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("too slow")
    return left


@contextlib.contextmanager
def _cut_off(connection: http.client.HTTPConnection, deadline: float) -> Iterator[None]:
    """Ends the connection at the deadline: a header that comes byte by byte is never too late for a socket's timeout."""

    line = connection.sock  # the connection itself forgets it once the answer has begun

    def cut() -> None:
        with contextlib.suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)

    watch = threading.Timer(_left(deadline), cut)
    watch.start()
    try:
        if isinstance(line, ssl.SSLSocket):
            line.do_handshake()
        yield
    finally:
        watch.cancel()


def _read(answer: http.client.HTTPResponse, limit: int, deadline: float) -> bytes:
    """The body, if it is not longer than the limit and comes before the deadline (monotonic seconds)."""
    if not 200 <= answer.status < 300:
        raise ValueError(f"status {answer.status}")
    parts, size = [], 0
    while part := answer.read1(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > limit:
            raise ValueError(f"longer than {limit} bytes")
        _left(deadline)
    _left(deadline)
    return b"".join(parts)


def _ders(chain: Sequence[x509.Certificate]) -> list[bytes]:
    from cryptography.hazmat.primitives.serialization import Encoding

    return [one.public_bytes(Encoding.DER) for one in chain]
