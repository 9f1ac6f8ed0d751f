"""What certificate lists (RFC 5280) and OCSP responses (RFC 6960) say about the certificates behind a token.
Not here: fetching them (see `authority`) and what a line of renewals saves (see `time_checks`).

Data that is not signed by the issuer, not understood or not about the certificate says nothing: it is passed over.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from .certificates import (
    is_authority,
    load_readable,
    may_sign_lists,
    reading,
    signed_by,
    subject_der,
    verify_with,
)
from .errors import MalformedInput
from .lifetimes import SIGNATURES
from .proof import RevocationClaim, RevocationKind

HARMLESS = ("unspecified", "affiliation_changed", "superseded", "cessation_of_operation")
"""Reasons for which tokens from before the revocation stay valid (RFC 3161 §4), once they are stated."""
_REASONS = {
    x509.ReasonFlags.unspecified: "unspecified",
    x509.ReasonFlags.affiliation_changed: "affiliation_changed",
    x509.ReasonFlags.superseded: "superseded",
    x509.ReasonFlags.cessation_of_operation: "cessation_of_operation",
}
_CERTIFICATE_IDS = {
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}
"""Hash functions by which OCSP names a certificate: a name only, so SHA-1, which most authorities use, will do."""


@dataclass(frozen=True)
class Revoked:
    """When and why a certificate was revoked. reason: as stated, None where none is; times aware, UTC."""

    at: datetime
    reason: str | None
    invalid_since: datetime | None = None

    def spares(self, moment: datetime) -> bool:
        """Does a token of that time stay valid by the reason stated (RFC 3161 §4)?"""
        return self.reason in HARMLESS and moment < self.at

    @property
    def doubtful_from(self) -> datetime:
        """From when on the key's signatures are worth nothing without a renewal from before."""
        return self.invalid_since or self.at


@dataclass(frozen=True)
class Finding:
    """What one list or response, signed by its issuer, says about one certificate.

    made_at: when it was made at the earliest, by its own word: a list's thisUpdate, a response's producedAt if later.
    """

    kind: RevocationKind
    this_update: datetime
    next_update: datetime | None
    revoked: Revoked | None
    made_at: datetime

    def covers(self, certificate: x509.Certificate, moment: datetime, *, signs: bool) -> bool:
        """Does it tell how the certificate stood for a token of that time? signs: it is the token's signer's own.

        Of a signer's certificate only what was looked up afterwards does; no list keeps certificates that expired.
        """
        if self.this_update > certificate.not_valid_after_utc:
            return False
        return moment <= (self.this_update if signs else self.next_update or self.this_update)


@dataclass(frozen=True)
class Standing:
    """What is known of the certificates from a signer's up to below its anchor.

    complete: every one is covered; early: where one is not, it is for data from before the token only;
    findings: what counted.
    """

    complete: bool
    early: bool
    findings: tuple[Finding, ...]

    def threats(self, moment: datetime) -> list[Revoked]:
        """The revocations that invalidate a token of that time unless it was renewed before."""
        revoked = (one.revoked for one in self.findings if one.revoked is not None)
        return [one for one in revoked if not one.spares(moment)]


Reader = Callable[[RevocationClaim, x509.Certificate, x509.Certificate], "list[Finding]"]
"""How one piece of data is read about a certificate of an issuer: `findings`, or the same with a memory."""


def remembering() -> Reader:
    """`findings` with a memory, for one verification: its lines often share data and certificates."""
    return functools.cache(findings)


def standing(
    chain: Sequence[x509.Certificate],
    claims: Sequence[RevocationClaim],
    moment: datetime,
    read: Reader | None = None,
) -> Standing:
    """What the data says about a path (signer first, anchor last) for a token of that time."""
    complete, early, counted = True, True, []
    for certificate, issuer in itertools.pairwise(chain):
        found = [one for claim in claims for one in (read or findings)(claim, certificate, issuer)]
        fresh = [one for one in found if one.covers(certificate, moment, signs=certificate is chain[0])]
        complete = complete and bool(fresh)
        early = early and bool(fresh or (found and all(one.this_update < moment for one in found)))
        counted += [one for one in found if one in fresh or one.revoked is not None]
    return Standing(complete, early and not complete, tuple(counted))


def made_at(
    chain: Sequence[x509.Certificate], claims: Sequence[RevocationClaim], read: Reader | None = None
) -> list[datetime]:
    """When the data that says something about a path was made."""
    pairs = list(itertools.pairwise(chain))
    return [one.made_at for claim in claims for pair in pairs for one in (read or findings)(claim, *pair)]


def findings(
    claim: RevocationClaim, certificate: x509.Certificate, issuer: x509.Certificate
) -> list[Finding]:
    """What one piece of data says about a certificate; nothing where it does not count."""
    try:
        if claim.kind is RevocationKind.CRL:
            return list(reading(lambda: _from_list(claim.value, certificate, issuer), "a certificate list"))
        return list(reading(lambda: _from_response(claim.value, certificate, issuer), "an OCSP response"))
    except MalformedInput:
        return []


def _from_list(der: bytes, certificate: x509.Certificate, issuer: x509.Certificate) -> list[Finding]:
    listed = x509.load_der_x509_crl(der)
    algorithm = SIGNATURES.get(listed.signature_algorithm_oid.dotted_string, ("", ""))
    named = bytes(asn1_crl.CertificateList.load(der).issuer.dump())
    if named != subject_der(issuer) or not may_sign_lists(issuer):
        return []
    if not verify_with(issuer.public_key(), listed.signature, listed.tbs_certlist_bytes, algorithm):
        return []
    if not _understood(listed, certificate):
        return []
    entry = listed.get_revoked_certificate_by_serial_number(certificate.serial_number)
    revoked = None if entry is None else _entry(entry)
    this_update = listed.last_update_utc
    return [Finding(RevocationKind.CRL, this_update, listed.next_update_utc, revoked, this_update)]


def _understood(listed: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """Is the list, by its critical extensions, a whole one of this issuer that covers this certificate?"""
    for extension in listed.extensions:
        scope = extension.value
        if isinstance(scope, x509.IssuingDistributionPoint):
            if not _in_scope(scope, certificate):
                return False
        elif extension.critical or isinstance(scope, x509.DeltaCRLIndicator):
            return False
    return not any(extension.critical for entry in listed for extension in entry.extensions)


def _in_scope(scope: x509.IssuingDistributionPoint, certificate: x509.Certificate) -> bool:
    """Does a partitioned list (RFC 5280 §5.2.5) cover this certificate, for all reasons?"""
    if scope.indirect_crl or scope.only_some_reasons or scope.only_contains_attribute_certs:
        return False
    if scope.relative_name is not None:
        return False
    if is_authority(certificate) and scope.only_contains_user_certs:
        return False
    if not is_authority(certificate) and scope.only_contains_ca_certs:
        return False
    return not scope.full_name or bool(set(scope.full_name) & set(_point_names(certificate)))


def _point_names(certificate: x509.Certificate) -> Iterator[x509.GeneralName]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return
    for point in points:
        yield from point.full_name or ()


def _entry(entry: x509.RevokedCertificate) -> Revoked:
    reason, since = None, None
    for extension in entry.extensions:
        if isinstance(extension.value, x509.CRLReason):
            reason = _REASONS.get(extension.value.reason, extension.value.reason.value)
        elif isinstance(extension.value, x509.InvalidityDate):
            since = extension.value.invalidity_date_utc
    return Revoked(entry.revocation_date_utc, reason, since)


def _from_response(der: bytes, certificate: x509.Certificate, issuer: x509.Certificate) -> list[Finding]:
    response = ocsp.load_der_ocsp_response(der)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return []
    if _has_critical_extensions(der):
        return []
    if not _is_signed(response, issuer):
        return []
    found = []
    for one in response.responses:
        known = one.certificate_status is not ocsp.OCSPCertStatus.UNKNOWN
        if known and _is_about(one, certificate, issuer):
            made = max(one.this_update_utc, response.produced_at_utc)
            kind, following = RevocationKind.OCSP, one.next_update_utc
            found.append(Finding(kind, one.this_update_utc, following, _status(one), made))
    return found


def _has_critical_extensions(der: bytes) -> bool:
    """Must anything in the response, or in one of its parts, be understood? Nothing is."""
    data = asn1_ocsp.OCSPResponse.load(der)["response_bytes"]["response"].parsed["tbs_response_data"]
    extensions = [*(data["response_extensions"] or ())]
    for one in data["responses"]:
        extensions += one["single_extensions"] or ()
    return any(extension["critical"].native for extension in extensions)


def _status(one: ocsp.OCSPSingleResponse) -> Revoked | None:
    if one.certificate_status is ocsp.OCSPCertStatus.GOOD or one.revocation_time_utc is None:
        return None
    stated = one.revocation_reason
    return Revoked(one.revocation_time_utc, None if stated is None else _REASONS.get(stated, stated.value))


def _is_about(one: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    digest = _CERTIFICATE_IDS.get(one.hash_algorithm.name)
    return (
        digest is not None
        and one.serial_number == certificate.serial_number
        and one.issuer_name_hash == digest(subject_der(issuer)).digest()
        and one.issuer_key_hash == digest(_key_bits(issuer)).digest()
    )


def _key_bits(certificate: x509.Certificate) -> bytes:
    """The public key as it stands in a certificate, without algorithm, tag and length (RFC 6960 §4.1.1)."""
    parsed = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
    return bytes(parsed["tbs_certificate"]["subject_public_key_info"]["public_key"].contents[1:])


def _is_signed(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> bool:
    """Signed by the issuer, or by a responder to which it gave a certificate for this (RFC 6960 §4.2.2.2)."""
    algorithm = SIGNATURES.get(response.signature_algorithm_oid.dotted_string, ("", ""))
    ders = [one.public_bytes(Encoding.DER) for one in response.certificates]
    responders = [one for one in load_readable(ders) if _is_responder(one, issuer, response.produced_at_utc)]
    return any(
        verify_with(one.public_key(), response.signature, response.tbs_response_bytes, algorithm)
        for one in (issuer, *responders)
    )


def _is_responder(certificate: x509.Certificate, issuer: x509.Certificate, moment: datetime) -> bool:
    if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
        return False
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in usage and signed_by(certificate, issuer)
