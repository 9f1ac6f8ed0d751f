"""OCSP responses (RFC 6960) of the vectors, the same in every run, with defects on request.
Not here: certificates and lists (see `vector_keys`)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import algos, core
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from scripts.token_maker import PrivateKey, Signer, sign
from scripts.vector_rsa import rsa_key

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
UNKNOWN_EXTENSION = {"extn_id": "1.3.6.1.4.1.32473.1", "critical": True, "extn_value": b"\x05\x00"}
"""An extension that must be understood and that nobody knows."""


@dataclass(frozen=True)
class ResponseForm:
    """How a response is made; what is not usual is there to say nothing, or to be understood all the same.

    responder: ``delegated``, ``issuer`` (itself), ``unmarked`` (a certificate that states no use), ``web`` (for web
    servers) or ``stranger`` (made by somebody else); bits: of the responder's RSA key; days: the term of its
    certificate from 2026-01-01 on; term: up to the next update, None for none; made_after: from this update to
    producedAt; digest: by which the certificate is named; name, key, serial: what the name differs in; strange:
    ``response`` or ``single``, where an extension must be understood; status: of the whole response; unknown: what is
    said of the certificate; signer: what signs instead of the responder's key.
    """

    responder: str = "delegated"
    bits: int = 2_048
    days: int = 3_000
    term: timedelta | None = timedelta(days=8)
    made_after: timedelta = timedelta()
    digest: str = "sha1"
    name: bytes | None = None
    key: bytes | None = None
    serial: int | None = None
    strange: str | None = None
    status: str = "successful"
    unknown: bool = False
    signer: PrivateKey | None = None


PLAIN = ResponseForm()


def make_response(
    certificate: asn1_x509.Certificate,
    issuer: Signer,
    this_update: datetime,
    revoked: tuple[datetime, x509.ReasonFlags | None] | None,
    form: ResponseForm,
) -> bytes:
    """DER of a response about a certificate of an issuer. Keys of delegated responders are RSA."""
    responder, given = _responder(issuer, form)
    data = asn1_ocsp.ResponseData(
        {
            "responder_id": asn1_ocsp.ResponderId("by_key", _key_hash(responder.certificate, "sha1")),
            "produced_at": this_update + form.made_after,
            "responses": [_single(certificate, issuer, this_update, revoked, form)],
            **({"response_extensions": [UNKNOWN_EXTENSION]} if form.strange == "response" else {}),
        }
    )
    key = form.signer or responder.key
    scheme = "rsa" if isinstance(key, rsa.RSAPrivateKey) else "ecdsa"
    basic = asn1_ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": data,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": f"sha256_{scheme}"}),
            "signature": sign(key, data.dump()),
            **({"certs": given} if given else {}),
        }
    )
    body = asn1_ocsp.ResponseBytes(
        {"response_type": "basic_ocsp_response", "response": core.ParsableOctetString(basic.dump())}
    )
    return bytes(asn1_ocsp.OCSPResponse({"response_status": form.status, "response_bytes": body}).dump())


def _single(
    certificate: asn1_x509.Certificate,
    issuer: Signer,
    this_update: datetime,
    revoked: tuple[datetime, x509.ReasonFlags | None] | None,
    form: ResponseForm,
) -> dict[str, Any]:
    """What is said about the certificate."""
    named = hashlib.new(form.digest, issuer.certificate.subject.dump(), usedforsecurity=False).digest()
    return {
        "cert_id": {
            "hash_algorithm": {"algorithm": form.digest},
            "issuer_name_hash": named if form.name is None else form.name,
            "issuer_key_hash": _key_hash(issuer.certificate, form.digest) if form.key is None else form.key,
            "serial_number": certificate.serial_number if form.serial is None else form.serial,
        },
        "cert_status": _status(revoked, form),
        "this_update": this_update,
        **({} if form.term is None else {"next_update": this_update + form.term}),
        **({"single_extensions": [UNKNOWN_EXTENSION]} if form.strange == "single" else {}),
    }


def _status(
    revoked: tuple[datetime, x509.ReasonFlags | None] | None, form: ResponseForm
) -> asn1_ocsp.CertStatus:
    if form.unknown:
        return asn1_ocsp.CertStatus("unknown", asn1_ocsp.StatusUnknown("unknown"))
    if revoked is None:
        return asn1_ocsp.CertStatus("good", asn1_ocsp.StatusGood("good"))
    at, reason = revoked
    told = {"revocation_time": at, **({} if reason is None else {"revocation_reason": reason.name})}
    return asn1_ocsp.CertStatus("revoked", asn1_ocsp.RevokedInfo(told))


def _key_hash(certificate: asn1_x509.Certificate, digest: str) -> bytes:
    key = bytes(certificate.public_key["public_key"].contents[1:])
    return hashlib.new(digest, key, usedforsecurity=False).digest()


def _responder(issuer: Signer, form: ResponseForm) -> tuple[Signer, list[asn1_x509.Certificate]]:
    """Who signs the response, and the certificates that it carries."""
    if form.responder == "issuer":
        return issuer, []
    key, by = rsa_key(form.bits), issuer.key
    if form.responder == "stranger":
        by = ec.derive_private_key(77, ec.SECP256R1())
    name = issuer.certificate.subject.native["common_name"]
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} OCSP")]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .public_key(key.public_key())
        .serial_number(4)
        .not_valid_before(BEGINNING)
        .not_valid_after(BEGINNING + timedelta(days=form.days))
    )
    if form.responder != "unmarked":
        use = ExtendedKeyUsageOID.SERVER_AUTH if form.responder == "web" else ExtendedKeyUsageOID.OCSP_SIGNING
        made = made.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
    deterministic = isinstance(by, ec.EllipticCurvePrivateKey) or None
    certificate = made.sign(by, hashes.SHA256(), ecdsa_deterministic=deterministic)
    own = asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
    return Signer(own, key), [own]
