"""The inside of an RFC 3161 token: CMS envelope (RFC 5652), signed attributes, and what it says (TSTInfo).
Not here: whether its signer is believed (see `timestamp`)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from .certificates import issuer_der, load_readable, reading, verify_with
from .der import check_der
from .errors import MalformedInput, Tampered
from .lifetimes import DIGESTS, SIGNATURES, relied_on_until

MAX_TOKEN = 65_536
MAX_CERTIFICATES = 32
"""Certificates that a token may carry; real ones carry up to four."""
MAX_NUMBER_BITS = 160
"""Of a serial number (RFC 3161 §2.4.2), and here of a nonce too."""
RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
_PLAIN = (b"", b"\x05\x00")
"""Parameters of a digest or signature algorithm: absent or null."""


@dataclass(frozen=True)
class TokenInfo:
    """What a token says (RFC 3161 §2.4.2). gen_time: aware, UTC; accuracy: None where none is stated."""

    gen_time: datetime
    accuracy: timedelta | None
    policy: str
    serial: int
    imprint_algorithm: str
    imprint: bytes
    nonce: int | None
    critical: bool
    """Does it carry an extension that must be understood? None is."""


@dataclass(frozen=True)
class SignedToken:
    """A token whose parts fit together and whose signature is that of `signer`; who that is, is still open."""

    info: TokenInfo
    signer: x509.Certificate
    certificates: tuple[x509.Certificate, ...]


def open_token(der: bytes) -> SignedToken:
    """Read a token and check everything that its own bytes can show. Raises MalformedInput or Tampered."""
    if not der or len(der) > MAX_TOKEN:
        raise MalformedInput("a token is 1 to 65536 bytes of DER")
    reading(lambda: check_der(der), "a timestamp token")
    parts = reading(lambda: _parts(der), "a timestamp token")
    reading(lambda: check_der(parts.content), "a timestamp token")
    info = reading(lambda: _info(parts.content), "a timestamp token")
    _check_envelope(parts)
    certificates = load_readable(parts.certificates)
    signer = next((one for one in certificates if _is_named(parts, one)), None)
    if signer is None:
        raise Tampered("the token does not carry its signer's certificate", code="certificate")
    _check_attributes(parts)
    _check_certificate_name(parts, signer)
    if relied_on_until(signer.public_key()) is None:
        raise Tampered("the signer's key is too weak or of an unknown kind", code="algorithm")
    if not verify_with(signer.public_key(), parts.signature, parts.signed_attributes, parts.algorithm):
        raise Tampered("the token's signature is not its signer's", code="signature")
    return SignedToken(info, signer, tuple(certificates))


@dataclass(frozen=True)
class _Parts:
    """A token taken apart; nothing is checked yet."""

    versions: tuple[str, str]
    by_key: bytes | None
    """The signer's subject key identifier; None: it is named by issuer and serial number."""
    issuer: bytes
    serial: int
    signers: int
    content_kind: str
    content: bytes
    certificates: tuple[bytes, ...]
    digest: str
    plain: bool
    listed: tuple[str, ...]
    algorithm: tuple[str, str]
    attributes: dict[str, list[Any]]
    signed_attributes: bytes
    signature: bytes


def _parts(der: bytes) -> _Parts:
    content = cms.ContentInfo.load(der, strict=True)
    if content["content_type"].native != "signed_data":
        raise ValueError("no signed data")
    signed = content["content"]
    signers = list(signed["signer_infos"])
    if not signers:
        raise ValueError("no signer")
    signer = signers[0]
    name, digest = signer["sid"], signer["digest_algorithm"]
    named = name.name == "issuer_and_serial_number"
    given_certificates = [one for one in signed["certificates"] or () if one.name == "certificate"]
    if len(given_certificates) > MAX_CERTIFICATES:
        raise ValueError(f"more than {MAX_CERTIFICATES} certificates")
    algorithms = (digest, signer["signature_algorithm"], *signed["digest_algorithms"])
    attributes: dict[str, list[Any]] = {}
    for one in signer["signed_attrs"]:
        if one["type"].native in attributes:
            raise ValueError("a signed attribute twice")
        attributes[one["type"].native] = list(one["values"])
    return _Parts(
        versions=(signed["version"].native, signer["version"].native),
        by_key=None if named else name.chosen.native,
        issuer=name.chosen["issuer"].dump() if named else b"",
        serial=name.chosen["serial_number"].native if named else 0,
        signers=len(signers),
        content_kind=signed["encap_content_info"]["content_type"].native,
        content=bytes(signed["encap_content_info"]["content"]),
        certificates=tuple(one.chosen.dump() for one in given_certificates),
        digest=digest["algorithm"].native,
        plain=all(one["parameters"].dump() in _PLAIN for one in algorithms),
        listed=tuple(one["algorithm"].native for one in signed["digest_algorithms"]),
        algorithm=_algorithm(signer),
        attributes=attributes,
        # signed as SET OF, though it stands there with an implicit tag (RFC 5652 §5.4)
        signed_attributes=b"\x31" + signer["signed_attrs"].dump()[1:],
        signature=signer["signature"].native,
    )


def _algorithm(signer: Any) -> tuple[str, str]:
    """Scheme and hash function of the signature; empty texts for what is not relied on."""
    oid = signer["signature_algorithm"]["algorithm"].dotted
    if oid == RSA_ENCRYPTION:
        return "rsa", signer["digest_algorithm"]["algorithm"].native
    return SIGNATURES.get(oid, ("", ""))


def _info(content: bytes) -> TokenInfo:
    info = tsp.TSTInfo.load(content, strict=True)
    if info["version"].native != "v1":
        raise ValueError("not version 1")
    stated, imprint = info["accuracy"], info["message_imprint"]
    algorithm = imprint["hash_algorithm"]
    plain = algorithm["parameters"].dump() in _PLAIN
    accuracy = None if stated.native is None else _accuracy(stated)
    moment = info["gen_time"].native.astimezone(UTC)
    _ = moment + (
        accuracy or timedelta()
    )  # a time that no clock can show raises OverflowError here, not later
    serial, nonce = info["serial_number"].native, info["nonce"].native
    if not 0 <= serial < 1 << MAX_NUMBER_BITS or (nonce or 0).bit_length() > MAX_NUMBER_BITS:
        raise ValueError("a number out of its bounds")
    return TokenInfo(
        gen_time=moment,
        accuracy=accuracy,
        policy=info["policy"].dotted,
        serial=serial,
        imprint_algorithm=algorithm["algorithm"].native if plain else "",
        imprint=imprint["hashed_message"].native,
        nonce=nonce,
        critical=any(one["critical"].native for one in info["extensions"] or ()),
    )


def _accuracy(stated: Any) -> timedelta:
    seconds, millis, micros = (stated[part].native or 0 for part in ("seconds", "millis", "micros"))
    if seconds < 0 or not 0 <= millis <= 999 or not 0 <= micros <= 999:
        raise ValueError("an accuracy out of its bounds")
    return timedelta(seconds=seconds, milliseconds=millis, microseconds=micros)


def _check_envelope(parts: _Parts) -> None:
    """Refuse what the signature does not cover and a verifier might read differently (RFC 5652 §5.1, §5.3)."""
    expected = ("v3", "v1" if parts.by_key is None else "v3")
    if parts.signers != 1 or parts.versions != expected or parts.content_kind != "tst_info":
        raise Tampered("the token's envelope is not of its kind", code="envelope")
    if set(parts.listed) != {parts.digest} or not parts.plain:
        raise Tampered("the token's algorithms do not fit together", code="envelope")
    if parts.digest not in DIGESTS or not parts.algorithm[0]:
        raise Tampered("the token rests on a weak or unknown algorithm", code="algorithm")
    if parts.algorithm[1] != parts.digest:
        raise Tampered("the token's algorithms do not fit together", code="envelope")


def _is_named(parts: _Parts, certificate: x509.Certificate) -> bool:
    if parts.by_key is None:
        return certificate.serial_number == parts.serial and issuer_der(certificate) == parts.issuer
    try:
        own = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return False
    return own.digest == parts.by_key


def _check_attributes(parts: _Parts) -> None:
    """Content type and message digest are there once and right (RFC 5652 §5.4, §11)."""
    kinds, digests = parts.attributes.get("content_type", []), parts.attributes.get("message_digest", [])
    if len(kinds) != 1 or len(digests) != 1:
        raise Tampered("the token does not sign what it should", code="envelope")
    said, own = kinds[0].native, hashlib.new(parts.digest, parts.content).digest()
    if said != "tst_info" or digests[0].native != own:
        raise Tampered("the token does not sign what it says", code="signature")


def _check_certificate_name(parts: _Parts, signer: x509.Certificate) -> None:
    """ESSCertID (RFC 2634 §5.4) or ESSCertIDv2 (RFC 5035 §4) names the signer's certificate; both, if both are there."""
    kinds = ("signing_certificate", "signing_certificate_v2")
    listed = [parts.attributes[kind] for kind in kinds if kind in parts.attributes]
    named = [one for values in listed for one in values]
    if any(len(values) != 1 for values in listed):
        raise Tampered("the token names several certificates", code="certificate")
    fit = reading(lambda: [_names(one, signer) for one in named], "a timestamp token")
    if not fit or not all(fit):
        raise Tampered("the token does not name its signer's certificate", code="certificate")


def _names(attribute: Any, signer: x509.Certificate) -> bool:
    first = attribute["certs"][0]
    digest = first["hash_algorithm"]["algorithm"].native if isinstance(first, tsp.ESSCertIDv2) else "sha1"
    if digest not in (*DIGESTS, "sha1") or (digest == "sha1" and isinstance(first, tsp.ESSCertIDv2)):
        return False
    if (
        hashlib.new(digest, signer.public_bytes(Encoding.DER), usedforsecurity=False).digest()
        != first["cert_hash"].native
    ):
        return False
    place = first["issuer_serial"]
    if place.native is None:
        return True
    names = [one.chosen.untag().dump() for one in place["issuer"] if one.name == "directory_name"]
    return place["serial_number"].native == signer.serial_number and issuer_der(signer) in names
