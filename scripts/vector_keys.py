"""Fixed keys of the test vectors: a timestamp authority, a passkey, a device key; the same in every run.
Not here: what they sign (see `vector_parts`). Every key is public: none of this protects anything."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from evidence.certificates import common_name
from evidence.proof import RevocationClaim, RevocationKind, Stamp
from evidence.signature import (
    device_signer,
    encode_device_signature,
    encode_passkey_signature,
    passkey_signer,
)
from scripts.token_maker import USUAL, PrivateKey, Signer, TokenForm, make_token, sign
from scripts.vector_rsa import rsa_key

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = "1.3.6.1.4.1.32473.3161.2"
"""Under the enterprise number that RFC 5612 sets aside for examples."""
OPERATOR_KEY = sha256(b"hezheng vectors: operator").digest()
_SHA256 = {"algorithm": "sha256"}


def p256(seed: str) -> ec.EllipticCurvePrivateKey:
    """A P-256 key that everybody can make from its seed."""
    return ec.derive_private_key(int.from_bytes(sha256(seed.encode()).digest()) >> 1, ec.SECP256R1())


def _ecdsa(key: ec.EllipticCurvePrivateKey, message: bytes) -> tuple[int, int]:
    return utils.decode_dss_signature(
        key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    )


@dataclass(frozen=True)
class Shape:
    """What an authority's certificates are like; what is not usual is there to be refused.

    key: ``p256``, or bits of RSA, of signer, issuers and root alike; days: term of the signer's certificate from
    first_day on; root_days, between_days: terms of the others from 2026-01-01 on; intermediate: is there an issuer
    between root and signer; usages: extended key usages, None for no such extension. Addresses in certificates: point
    and root_point, where the lists about signer and issuer are; issuers and responder (RFC 5280 §4.2.2.1).
    """

    key: str | int = "p256"
    first_day: datetime = BEGINNING
    days: int = 3_000
    root_days: int = 7_000
    between_days: int = 5_000
    intermediate: bool = False
    usages: tuple[x509.ObjectIdentifier, ...] | None = (ExtendedKeyUsageOID.TIME_STAMPING,)
    critical: bool = True
    key_usage: x509.KeyUsage | None = None
    intermediate_is_authority: bool = True
    point: str | None = None
    root_point: str | None = None
    issuers: str | None = None
    responder: str | None = None


class FixedAuthority:
    """An RFC 3161 authority whose certificates, tokens and revocation data are the same in every run."""

    def __init__(self, name: str, **shape: Any) -> None:
        self.name = name
        self.shape = Shape(**shape)
        self._key, self._root_key, self._between_key = (
            self._make_key(part) for part in ("authority", "root", "intermediate")
        )
        root_name, between_name = f"{name} ROOT", f"{name} ISSUING"
        root = _certificate(root_name, root_name, self._root_key, 1, BEGINNING, self.shape.root_days)
        root = root.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self._root = _signed(root, self._root_key)
        self._between: x509.Certificate | None = None
        if self.shape.intermediate:
            between = _certificate(
                between_name, root_name, self._between_key, 3, BEGINNING, self.shape.between_days
            )
            if self.shape.root_point is not None:
                between = between.add_extension(_points(self.shape.root_point), critical=False)
            is_authority = x509.BasicConstraints(ca=self.shape.intermediate_is_authority, path_length=None)
            self._between = _signed(between.add_extension(is_authority, critical=True), self._root_key)
        self._leaf = self._make_leaf()

    def _make_key(self, part: str) -> PrivateKey:
        kind = self.shape.key
        return p256(f"{self.name}: {part}") if isinstance(kind, str) else rsa_key(kind)

    def _make_leaf(self) -> x509.Certificate:
        shape, issuer = self.shape, self.issuer
        leaf = _certificate(self.name, common_name(issuer.subject), self._key, 2, shape.first_day, shape.days)
        if shape.usages is not None:
            leaf = leaf.add_extension(x509.ExtendedKeyUsage(shape.usages), critical=shape.critical)
        if shape.key_usage is not None:
            leaf = leaf.add_extension(shape.key_usage, critical=True)
        if shape.point is not None:
            leaf = leaf.add_extension(_points(shape.point), critical=False)
        if shape.issuers or shape.responder:
            leaf = leaf.add_extension(_access(shape.issuers, shape.responder), critical=False)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.issuer_key.public_key())
        return _signed(leaf.add_extension(identifier, critical=False), self.issuer_key)

    @property
    def anchor(self) -> str:
        """The root's certificate, PEM."""
        return self._root.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def issuer(self) -> x509.Certificate:
        """The certificate that the signer's was made under."""
        return self._between or self._root

    @property
    def issuer_key(self) -> PrivateKey:
        """Its key."""
        return self._between_key if self._between else self._root_key

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """The certificates from the signer's up to below the root."""
        return (self._leaf,) if self._between is None else (self._leaf, self._between)

    @property
    def signer(self) -> Signer:
        """The signer's certificate and key."""
        return Signer(_parsed(self._leaf), self._key)

    def pem(self) -> tuple[bytes, bytes]:
        """Certificate and key, for other programs that answer in this authority's name."""
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        key = self._key.private_bytes(serialization.Encoding.PEM, *form)
        return self._leaf.public_bytes(serialization.Encoding.PEM), key

    def token(
        self,
        imprint: bytes,
        moment: datetime,
        nonce: int | None = None,
        form: TokenForm = USUAL,
        embedded: Sequence[x509.Certificate] | None = None,
        **info: Any,
    ) -> bytes:
        """DER of a TimeStampToken over a SHA-256 imprint. embedded: certificates in it, the whole chain if None.

        info: members of TSTInfo that are other than usual.
        """
        stated = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": {"hash_algorithm": _SHA256, "hashed_message": imprint},
            "serial_number": int.from_bytes(sha256(self.name.encode() + imprint).digest()[:8]) >> 1,
            "gen_time": moment,
            "accuracy": {"seconds": 1},
            **({} if nonce is None else {"nonce": nonce}),
            **info,
        }
        carried = [_parsed(one) for one in (self.chain if embedded is None else embedded)]
        return bytes(make_token(tsp.TSTInfo(stated), self.signer, carried, moment, form).dump())

    def stamp(self, imprint: bytes, moment: datetime, **token: Any) -> Stamp:
        """A token with the list that covers its certificates, as it stands in a proof."""
        return Stamp(self.name, self.token(imprint, moment, **token), revocations=self.lists(moment))

    def lists(
        self, moment: datetime, revoked: Sequence[x509.RevokedCertificate] = (), **form: Any
    ) -> tuple[RevocationClaim, ...]:
        """A certificate list for every issuer, from a day before a moment to a week after. revoked: by the signer's."""
        made = [self.crl(moment - timedelta(days=1), revoked, **form)]
        if self._between is not None:
            made.append(_list(self._root, self._root_key, moment - timedelta(days=1), timedelta(days=8), ()))
        return tuple(RevocationClaim(RevocationKind.CRL, one) for one in made)

    def crl(
        self,
        this_update: datetime,
        revoked: Sequence[x509.RevokedCertificate] = (),
        term: timedelta = timedelta(days=8),
        extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    ) -> bytes:
        """DER of the list of the signer's issuer."""
        return _list(self.issuer, self.issuer_key, this_update, term, revoked, extensions)

    def revocation(
        self,
        at: datetime,
        reason: x509.ReasonFlags | None = None,
        invalid_since: datetime | None = None,
    ) -> x509.RevokedCertificate:
        """The entry by which the signer's certificate is revoked."""
        entry = x509.RevokedCertificateBuilder().serial_number(self._leaf.serial_number).revocation_date(at)
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        if invalid_since is not None:
            entry = entry.add_extension(x509.InvalidityDate(invalid_since), critical=False)
        return entry.build()

    def ocsp(
        self,
        this_update: datetime,
        revoked: tuple[datetime, x509.ReasonFlags | None] | None = None,
        responder: str = "delegated",
        term: timedelta | None = timedelta(days=8),
    ) -> bytes:
        """DER of an OCSP response about the signer's certificate. The key is RSA: its signatures are the same each time.

        responder: ``delegated``, ``unmarked`` (a certificate that states no use), ``web`` (for web servers) or
        ``stranger`` (made by somebody else).
        """
        key = rsa_key(2_048)
        name, issuer_key = self.issuer.subject, self.issuer_key
        if responder == "stranger":
            issuer_key = p256("stranger")
        made = _certificate(f"{self.name} OCSP", common_name(name), key, 4, BEGINNING, 3_000)
        if responder != "unmarked":
            use = ExtendedKeyUsageOID.SERVER_AUTH if responder == "web" else ExtendedKeyUsageOID.OCSP_SIGNING
            made = made.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        certificate = _signed(made, issuer_key)
        at, reason = revoked or (None, None)
        status = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
        following = None if term is None else this_update + term
        builder = ocsp.OCSPResponseBuilder().responder_id(ocsp.OCSPResponderEncoding.HASH, certificate)
        builder = builder.certificates([certificate]).add_response(
            self._leaf,
            self.issuer,
            hashes.SHA1(),  # noqa: S303  (a name)
            status,
            this_update,
            following,
            at,
            reason,
        )
        response = builder.sign(key, hashes.SHA256())
        return _produced_at(response.public_bytes(serialization.Encoding.DER), this_update, key)


def _produced_at(der: bytes, moment: datetime, key: rsa.RSAPrivateKey) -> bytes:
    """The same response with a fixed time of production, which the library takes from the clock."""
    response = asn1_ocsp.OCSPResponse.load(der)
    basic = response["response_bytes"]["response"].parsed
    basic["tbs_response_data"]["produced_at"] = moment
    basic["signature"] = sign(key, basic["tbs_response_data"].dump(force=True))
    response["response_bytes"]["response"] = basic
    return bytes(response.dump(force=True))


def _list(
    issuer: x509.Certificate,
    key: PrivateKey,
    this_update: datetime,
    term: timedelta,
    revoked: Sequence[x509.RevokedCertificate],
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> bytes:
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject)
    builder = builder.last_update(this_update).next_update(this_update + term)
    for entry in revoked:
        builder = builder.add_revoked_certificate(entry)
    for value, critical in extensions:
        builder = builder.add_extension(value, critical=critical)
    deterministic = isinstance(key, ec.EllipticCurvePrivateKey) or None
    made = builder.sign(key, hashes.SHA256(), ecdsa_deterministic=deterministic)
    return made.public_bytes(serialization.Encoding.DER)


def _points(url: str) -> x509.CRLDistributionPoints:
    name = x509.UniformResourceIdentifier(url)
    return x509.CRLDistributionPoints([x509.DistributionPoint([name], None, None, None)])


def _access(issuers: str | None, responder: str | None) -> x509.AuthorityInformationAccess:
    kinds = AuthorityInformationAccessOID
    return x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(kind, x509.UniformResourceIdentifier(url))
            for kind, url in ((kinds.CA_ISSUERS, issuers), (kinds.OCSP, responder))
            if url is not None
        ]
    )


def _parsed(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _certificate(
    subject: str, issuer: str, key: PrivateKey, serial: int, start: datetime, days: int
) -> x509.CertificateBuilder:
    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _signed(builder: x509.CertificateBuilder, key: PrivateKey) -> x509.Certificate:
    deterministic = isinstance(key, ec.EllipticCurvePrivateKey) or None
    return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=deterministic)


@dataclass(frozen=True)
class FixedPasskey:
    """A software passkey whose assertions are the same in every run."""

    verifier: str
    seed: str

    @property
    def name(self) -> bytes:
        """The ERC-7913 signer."""
        numbers = p256(self.seed).public_key().public_numbers()
        return passkey_signer(self.verifier, numbers.x, numbers.y)

    def sign(self, digest: bytes) -> bytes:
        """The signature as the contracts take it: user present and verified, counter 1."""
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        client = {"type": "webauthn.get", "challenge": challenge, "origin": "http://localhost:8480"}
        text = json.dumps(client, separators=(",", ":")).encode()
        data = sha256(b"localhost").digest() + b"\x05" + (1).to_bytes(4, "big")
        pair = _ecdsa(p256(self.seed), data + sha256(text).digest())
        return encode_passkey_signature(data, text, *pair)


@dataclass(frozen=True)
class FixedDevice:
    """A device key whose signatures are the same in every run."""

    verifier: str
    seed: str

    @property
    def name(self) -> bytes:
        """The ERC-7913 signer."""
        numbers = p256(self.seed).public_key().public_numbers()
        return device_signer(self.verifier, numbers.x, numbers.y)

    def sign(self, digest: bytes) -> bytes:
        """The signature as the contracts take it."""
        return encode_device_signature(*_ecdsa(p256(self.seed), digest))
