"""Makes the CMS of an RFC 3161 token: for the trial authority, and, with defects on request, for tests and vectors.
Not here: certificates and requests (see `trial_tsa`, `vector_keys`); the kernel reads tokens with code of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


@dataclass(frozen=True)
class Signer:
    """A certificate and its key."""

    certificate: asn1_x509.Certificate
    key: PrivateKey


@dataclass(frozen=True)
class TokenForm:
    """How a token is made; what is not usual is there to be refused, or to be understood all the same.

    digest: of signature and message; identifier: ``v2`` (ESSCertIDv2), ``v1`` (ESSCertID) or None; identified: the
    certificate that it names, the signer's if None; signers: SignerInfos; by_key: name the signer by its key.
    signature_digest: of the signature, where it is another than the message's; listed: the envelope's digests; version:
    the SignerInfo's; missing, twice, repeated: an attribute that is not there, has its value twice, or stands there twice;
    placed: serial number beside the certificate's hash; key: what signs instead of the signer's; message: what is
    digested instead.
    """

    digest: str = "sha256"
    identifier: str | None = "v2"
    identified: asn1_x509.Certificate | None = None
    signers: int = 1
    by_key: bool = False
    signature_digest: str | None = None
    listed: tuple[str, ...] | None = None
    version: str | None = None
    missing: str | None = None
    twice: str | None = None
    repeated: str | None = None
    placed: int | None = None
    key: PrivateKey | None = None
    message: bytes | None = None


USUAL = TokenForm()


def make_token(
    info: tsp.TSTInfo,
    signer: Signer,
    embedded: Sequence[asn1_x509.Certificate],
    moment: datetime,
    form: TokenForm = USUAL,
) -> cms.ContentInfo:
    """A TimeStampToken; embedded: the certificates that it carries; moment: its signing time, aware."""
    content = info.dump()
    signed = {
        "version": "v3",
        "digest_algorithms": [algos.DigestAlgorithm({"algorithm": one}) for one in _listed(form)],
        "encap_content_info": {"content_type": "tst_info", "content": cms.ParsableOctetString(content)},
        "signer_infos": [_signer_info(content, signer, moment, form) for _ in range(form.signers)],
    }
    if embedded:
        signed["certificates"] = list(embedded)
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})


def _listed(form: TokenForm) -> tuple[str, ...]:
    return (form.digest,) if form.listed is None else form.listed


def _signer_info(content: bytes, signer: Signer, moment: datetime, form: TokenForm) -> cms.SignerInfo:
    attributes = cms.CMSAttributes(_attributes(content, signer, moment, form))
    scheme = "rsa" if isinstance(signer.key, rsa.RSAPrivateKey) else "ecdsa"
    digest = form.signature_digest or form.digest
    return cms.SignerInfo(
        {
            "version": form.version or ("v3" if form.by_key else "v1"),
            "sid": _name(signer.certificate, form.by_key),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": form.digest}),
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": f"{digest}_{scheme}"}),
            "signature": sign(form.key or signer.key, attributes.dump(), digest),
        }
    )


def _attributes(content: bytes, signer: Signer, moment: datetime, form: TokenForm) -> list[cms.CMSAttribute]:
    values: dict[str, object] = {
        "content_type": "tst_info",
        "signing_time": cms.Time({"utc_time": core.UTCTime(moment)}),
        "message_digest": hashlib.new(form.digest, form.message or content).digest(),
    }
    named = form.identified or signer.certificate
    if form.identifier == "v1":
        values["signing_certificate"] = _first_identifier(named, form.placed)
    elif form.identifier == "v2":
        values["signing_certificate_v2"] = _second_identifier(named, form.placed)
    return [
        _attribute(kind, *[value] * (2 if kind == form.twice else 1))
        for kind, value in values.items()
        for _ in range(2 if kind == form.repeated else 1)
        if kind != form.missing
    ]


def sign(key: PrivateKey, message: bytes, digest: str = "sha256") -> bytes:
    """The same signature in every run: PKCS #1 v1.5, or ECDSA by RFC 6979, as DER."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), HASHES[digest]())
    return key.sign(message, ec.ECDSA(HASHES[digest](), deterministic_signing=True))


def _name(certificate: asn1_x509.Certificate, by_key: bool) -> cms.SignerIdentifier:
    if by_key:
        return cms.SignerIdentifier("subject_key_identifier", certificate.key_identifier)
    place = {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    return cms.SignerIdentifier("issuer_and_serial_number", cms.IssuerAndSerialNumber(place))


def _place(certificate: asn1_x509.Certificate, serial: int | None) -> tsp.IssuerSerial:
    issuer = asn1_x509.GeneralName("directory_name", certificate.issuer)
    number = certificate.serial_number if serial is None else serial
    return tsp.IssuerSerial({"issuer": [issuer], "serial_number": number})


def _first_identifier(certificate: asn1_x509.Certificate, serial: int | None) -> tsp.SigningCertificate:
    """ESSCertID (RFC 2634 §5.4), whose hash is SHA-1 by definition."""
    digest = hashlib.sha1(certificate.dump(), usedforsecurity=False).digest()
    one = tsp.ESSCertID({"cert_hash": digest, "issuer_serial": _place(certificate, serial)})
    return tsp.SigningCertificate({"certs": [one]})


def _second_identifier(certificate: asn1_x509.Certificate, serial: int | None) -> tsp.SigningCertificateV2:
    digest = hashlib.sha256(certificate.dump()).digest()
    one = tsp.ESSCertIDv2({"cert_hash": digest, "issuer_serial": _place(certificate, serial)})
    return tsp.SigningCertificateV2({"certs": [one]})


def _attribute(kind: str, *values: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": kind, "values": values})
