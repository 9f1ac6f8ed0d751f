"""RFC 3161 tokens over a batch's head: asking for one, checking one against the anchors that a verifier brings.
Not here: when tokens are asked for and kept (see the application's `timestamps` service)."""

from __future__ import annotations

import secrets
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .errors import MalformedInput, Tampered, Unavailable

IMPRINT_SIZE = 32
MAX_TOKEN = 64 * 1024
SHA256 = "2.16.840.1.101.3.4.2.1"
QUERY_TYPE = "application/timestamp-query"
REPLY_TYPE = "application/timestamp-reply"


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

        if len(imprint) != IMPRINT_SIZE:
            raise MalformedInput("an imprint is 32 bytes")
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
class Timestamp:
    """What a token that passed says. gen_time and certificate_expires: aware, UTC; accuracy: seconds or None."""

    gen_time: datetime
    accuracy: float | None
    policy: str
    serial: int
    tsa_name: str
    certificate_expires: datetime


def fetch_token(url: str, request: TimestampRequest, timeout: float) -> bytes:
    """POST the query and give the token's DER. Unavailable when nothing sane comes back; verify it before keeping it."""
    if not url.startswith(("http://", "https://")):
        raise MalformedInput("an authority's address begins with http:// or https://")
    query = urllib.request.Request(  # noqa: S310  (the scheme is checked above)
        url, request.der, {"Content-Type": QUERY_TYPE, "Accept": REPLY_TYPE}
    )
    try:
        with urllib.request.urlopen(query, timeout=timeout) as answer:  # noqa: S310
            reply = answer.read(MAX_TOKEN + 1)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise Unavailable(f"timestamp authority: {error}") from error
    if len(reply) > MAX_TOKEN:
        raise Unavailable("timestamp authority: the reply is too long")
    return token_of_reply(reply)


def token_of_reply(reply: bytes) -> bytes:
    """The token inside a TimeStampResp. Unavailable when the authority refused or sent something else."""
    from asn1crypto import tsp

    try:
        response = tsp.TimeStampResp.load(reply, strict=True)
        status = response["status"]["status"].native
        token = response["time_stamp_token"]
        der = _sorted(token) if token.native is not None else b""
    except (ValueError, TypeError, KeyError) as error:
        raise Unavailable("timestamp authority: not a timestamp reply") from error
    if status not in ("granted", "granted_with_mods") or not der:
        raise Unavailable(f"timestamp authority: {status}")
    return der


def _sorted(token: Any) -> bytes:
    """The token's DER. `openssl ts` writes a certificate chain unsorted, which is no DER; the list is not signed."""
    certificates = [one.dump() for one in token["content"]["certificates"] or ()]
    return bytes(token.dump(force=certificates != sorted(certificates)))


def verify_token(
    token: bytes,
    imprint: bytes,
    anchors: Sequence[str],
    nonce: int | None = None,
    policy: str | None = None,
) -> Timestamp:
    """Check signature, chain to an anchor at the token's own time, key usage, imprint, and nonce and policy if given.

    token: DER of the TimeStampToken (CMS). anchors: PEM root certificates. MalformedInput for what is no token,
    Tampered for a token that does not hold (or is over something else, or of an authority that is not trusted).
    """
    from cryptography import x509
    from rfc3161_client import VerifierBuilder, decode_timestamp_response
    from rfc3161_client.errors import VerificationError

    if not anchors:
        raise Tampered("no timestamp authority is trusted", code="no_anchor")
    if not token or len(token) > MAX_TOKEN:
        raise MalformedInput("a token is 1 to 65536 bytes of DER")
    try:
        response = decode_timestamp_response(_granted(token))
        info = response.tst_info
        algorithm = info.message_imprint.hash_algorithm.dotted_string
    except (ValueError, TypeError) as error:
        raise MalformedInput(f"not a timestamp token: {error}") from error
    _check_envelope(token)
    if algorithm != SHA256:
        raise Tampered("the imprint is not SHA-256", code="imprint")
    roots = [x509.load_pem_x509_certificate(anchor.encode()) for anchor in anchors]
    checker = VerifierBuilder(
        policy_id=x509.ObjectIdentifier(policy) if policy else None, roots=roots, nonce=nonce
    ).build()
    try:
        checker.verify(response, imprint)
    except (VerificationError, ValueError, TypeError) as error:
        raise Tampered(f"the token does not hold: {error}", code="token") from error
    return _read(response)


def _check_envelope(token: bytes) -> None:
    """Refuse what the signature does not cover and the verifier does not read (RFC 5652 §5.1, §5.3).

    Versions, the set of digest algorithms, the signature algorithm's parameters and unsigned certificate lists
    could otherwise be changed without anybody noticing. Raises MalformedInput or Tampered.
    """
    from asn1crypto import cms

    try:
        content = cms.ContentInfo.load(token, strict=True)
        signed = content["content"]
        signers = list(signed["signer_infos"])
        digests = [one.dump() for one in signed["digest_algorithms"]]
        versions = (signed["version"].native, signers[0]["version"].native)
        sid = signers[0]["sid"].name
        digest, signature = signers[0]["digest_algorithm"], signers[0]["signature_algorithm"]
        plain = all(_plain_parameters(one) for one in (digest, *signed["digest_algorithms"]))
        scheme = signature.signature_algo
        stated_hash = signature.hash_algo if "_" in signature["algorithm"].native else None
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise MalformedInput(f"not a timestamp token: {error}") from error
    expected = ("v3", "v1" if sid == "issuer_and_serial_number" else "v3")
    if content["content_type"].native != "signed_data" or len(signers) != 1 or versions != expected:
        raise Tampered("the token's envelope is not of its kind", code="token")
    if digest.dump() not in digests or not plain or scheme is None:
        raise Tampered("the token's algorithms do not fit together", code="token")
    if stated_hash not in (None, digest["algorithm"].native):
        raise Tampered("the token's algorithms do not fit together", code="token")


def _plain_parameters(algorithm: Any) -> bool:
    return algorithm["parameters"].dump() in (b"", b"\x05\x00")


def _granted(token: bytes) -> bytes:
    """A TimeStampResp of status granted around a token, its bytes untouched."""
    return _sequence(b"\x30\x03\x02\x01\x00" + token)


def _sequence(content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return b"\x30" + bytes([size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return b"\x30" + bytes([0x80 | len(length)]) + length + content


def _read(response: Any) -> Timestamp:
    info = response.tst_info
    signer = next(iter(response.signed_data.signer_infos))
    certificate = _signer_certificate(response, signer)
    accuracy = info.accuracy
    return Timestamp(
        gen_time=info.gen_time.astimezone(UTC),
        accuracy=None
        if accuracy is None
        else float(accuracy.seconds or 0) + (accuracy.millis or 0) / 1e3 + (accuracy.micros or 0) / 1e6,
        policy=info.policy.dotted_string,
        serial=int(info.serial_number),
        tsa_name=_common_name(certificate.subject),
        certificate_expires=certificate.not_valid_after_utc,
    )


def _signer_certificate(response: Any, signer: Any) -> Any:
    from cryptography import x509

    for der in response.signed_data.certificates:
        certificate = x509.load_der_x509_certificate(der)
        if certificate.issuer == signer.issuer and certificate.serial_number == signer.serial_number:
            return certificate
    raise Tampered("the token does not carry its signer's certificate", code="certificate")


def _common_name(name: Any) -> str:
    from cryptography.x509.oid import NameOID

    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else str(name.rfc4514_string())
