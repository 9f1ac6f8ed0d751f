"""X.509 certificates of timestamp authorities: reading them, and the path from a signer to an anchor at a time.
Not here: tokens (see `token`), revocation (see `revocation`) and which keys are strong enough (see `lifetimes`)."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from .errors import MalformedInput, Tampered
from .lifetimes import SIGNATURES, relied_on_until

# some authorities have longer names than RFC 5280 allows; that is no reason to disturb whoever verifies
warnings.filterwarnings("ignore", "Attribute's length must be", UserWarning)
MAX_DEPTH = 8
"""Certificates between a signer's and its anchor, at most."""

Read = TypeVar("Read")
_HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_UNDERSTOOD = (ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE)
"""Critical extensions that a certificate on a path may carry."""
_UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    CryptographyDeprecationWarning,
)
"""What the readers of DER raise about bytes that are not of their kind."""


def reading(read: Callable[[], Read], what: str) -> Read:
    """The outcome of reading DER from outside; MalformedInput whatever its reader may say about it."""
    try:
        return read()
    except _UNREADABLE as error:
        raise MalformedInput(f"not {what}: {type(error).__name__}: {str(error)[:200]}") from error


def load_certificate(der: bytes) -> x509.Certificate:
    """A certificate whose names, extensions and key can all be read. Raises MalformedInput."""

    def read() -> x509.Certificate:
        certificate = x509.load_der_x509_certificate(der)
        _ = certificate.extensions, certificate.public_key(), certificate.subject, certificate.issuer
        _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if asn1_x509.Certificate.load(der)["signature_value"].contents[:1] != b"\0":
            raise ValueError("a signature that does not end with a byte")
        return certificate

    return reading(read, "a certificate")


def load_readable(ders: Iterable[bytes]) -> list[x509.Certificate]:
    """Those of some certificates that can be read: another one might lead to the anchor all the same."""
    found = []
    for der in ders:
        try:
            found.append(load_certificate(der))
        except MalformedInput:
            continue
    return found


def issuer_der(certificate: x509.Certificate) -> bytes:
    """The issuer's name with the very bytes that stand in the certificate."""
    parsed = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
    return bytes(parsed.issuer.dump())


def subject_der(certificate: x509.Certificate) -> bytes:
    """The subject's name with the very bytes that stand in the certificate."""
    parsed = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
    return bytes(parsed.subject.dump())


def common_name(name: x509.Name) -> str:
    """The common name, or the whole name where there is none (RFC 4514)."""
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()


def verify_with(key: object, signature: bytes, message: bytes, algorithm: tuple[str, str]) -> bool:
    """Is this a signature over the message by a key that is relied on? algorithm: as in `lifetimes.SIGNATURES`."""
    scheme, digest = algorithm
    if digest not in _HASHES or relied_on_until(key) is None:
        return False
    try:
        if scheme == "rsa" and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), _HASHES[digest]())
        elif scheme == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(_HASHES[digest]()))
        else:
            return False
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True


def signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Was a certificate signed by another's key, with an algorithm that is relied on, and does the name fit?"""
    algorithm = SIGNATURES.get(certificate.signature_algorithm_oid.dotted_string)
    return (
        algorithm is not None
        and issuer_der(certificate) == subject_der(issuer)
        and verify_with(
            issuer.public_key(), certificate.signature, certificate.tbs_certificate_bytes, algorithm
        )
    )


def path_to(
    anchor: x509.Certificate, signer: x509.Certificate, others: Sequence[x509.Certificate], moment: datetime
) -> tuple[x509.Certificate, ...]:
    """The certificates from the signer's to the anchor (RFC 5280 §6), all valid at a moment. Raises Tampered.

    Terms, basic constraints and path lengths are the library's; names, key usage, critical extensions, strength and
    algorithms are looked at here. Of several paths the first that is found counts, see docs/proof-format.md §8.
    """
    if signer != anchor:
        _check_strength(signer)
    between = _descendants(anchor, [one for one in others if one not in (signer, anchor) and _may_issue(one)])
    # a certificate that the anchor did not make, by steps, cannot be on the path: a hostile heap of them costs nothing
    issuing = ExtensionPolicy.permit_all().require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
    try:
        policy = (
            PolicyBuilder().store(Store([anchor])).time(moment.astimezone(UTC)).max_chain_depth(MAX_DEPTH)
        )
        policy = policy.extension_policies(ca_policy=issuing, ee_policy=ExtensionPolicy.permit_all())
        chain = tuple(policy.build_client_verifier().verify(signer, between).chain)
    except (VerificationError, *_UNREADABLE) as error:
        raise Tampered(f"no path to the anchor: {str(error)[:200]}", code="chain") from error
    _check_path(chain)
    return chain


def _may_issue(certificate: x509.Certificate) -> bool:
    """May it stand on a path? What may not must not hide another certificate of its name."""
    try:
        _check_form(certificate)
    except Tampered:
        return False
    return _may(certificate, "key_cert_sign")


def _descendants(anchor: x509.Certificate, others: list[x509.Certificate]) -> list[x509.Certificate]:
    """The certificates that the anchor signed, directly or through each other."""
    found: list[x509.Certificate] = []
    issuers, left = [anchor], others
    while issuers:
        fresh = [one for one in left if any(signed_by(one, issuer) for issuer in issuers)]
        left = [one for one in left if one not in fresh]
        found += fresh
        issuers = fresh
    return [one for one in others if one in found]


def _check_path(chain: tuple[x509.Certificate, ...]) -> None:
    for certificate in chain:
        _check_form(certificate)
    for certificate, issuer in itertools.pairwise(chain):
        _check_strength(certificate)
        if not signed_by(certificate, issuer):
            raise Tampered("a certificate is not signed by its issuer", code="chain")
        if not _may(issuer, "key_cert_sign"):
            raise Tampered("an issuer may not sign certificates", code="chain")


def _check_form(certificate: x509.Certificate) -> None:
    """Version 3, a serial number of up to 160 bits, and no extension that is not understood. Raises Tampered."""
    if certificate.version is not x509.Version.v3 or not 0 <= certificate.serial_number < 1 << 160:
        raise Tampered("a certificate of another form", code="chain")
    for extension in certificate.extensions:
        strange = extension.critical and extension.oid not in _UNDERSTOOD
        if strange or extension.oid == ExtensionOID.NAME_CONSTRAINTS:
            raise Tampered("a certificate's extension is not understood", code="chain")


def _check_strength(certificate: x509.Certificate) -> None:
    if certificate.signature_algorithm_oid.dotted_string not in SIGNATURES:
        raise Tampered("a certificate is signed with a weak or unknown algorithm", code="algorithm")
    if relied_on_until(certificate.public_key()) is None:
        raise Tampered("a certificate's key is too weak or of an unknown kind", code="algorithm")


def _may(certificate: x509.Certificate, use: str) -> bool:
    """Does the key usage, if it is stated, allow this?"""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return bool(getattr(usage, use))


def may_sign_lists(certificate: x509.Certificate) -> bool:
    """May this issuer sign certificate lists (RFC 5280 §4.2.1.3)?"""
    return _may(certificate, "crl_sign")


def is_authority(certificate: x509.Certificate) -> bool:
    """Is this a certificate that may issue others?"""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def check_timestamping(certificate: x509.Certificate) -> None:
    """The extended key usage is there, critical, and time stamping alone (RFC 3161 §2.3). Raises Tampered."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound as error:
        raise Tampered("the certificate is not for timestamps", code="usage") from error
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise Tampered("the certificate is not for timestamps alone", code="usage")
    try:
        keys = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    signs = keys.digital_signature or keys.content_commitment
    others = (
        keys.key_encipherment, keys.data_encipherment, keys.key_agreement, keys.key_cert_sign, keys.crl_sign
    )  # fmt: skip
    if not signs or any(others):
        raise Tampered("the certificate's key is for something else", code="usage")


def lapse_of(chain: Sequence[x509.Certificate]) -> datetime:
    """Until when a path may be relied on: its certificates' terms and its keys' lifetimes, whichever end first."""
    ends = [certificate.not_valid_after_utc for certificate in chain]
    ends += [end for one in chain if (end := relied_on_until(one.public_key())) is not None]
    return min(ends)
