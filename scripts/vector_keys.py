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

from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
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
from scripts.vector_ocsp import PLAIN, ResponseForm, make_response
from scripts.vector_rsa import rsa_key

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = "1.3.6.1.4.1.32473.3161.2"
"""Under the enterprise number that RFC 5612 sets aside for examples."""
OPERATOR_KEY = sha256(b"hezheng vectors: operator").digest()
STRANGE = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.32473.1"), b"\x05\x00")
"""An extension that nobody knows."""
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

    key: ``p256``, ``p224``, or bits of RSA, of signer, issuers and root alike, root_key, between_key: those that are of
    another kind; seed: of the keys, the name if None. days: term of the signer's certificate from first_day on;
    root_days, between_days: terms of the others from 2026-01-01 on; intermediate: how many issuers are between root and
    signer; usages: extended key usages, None for no such extension. paths: path lengths from the root down, None: none
    stated; strange: ``root``, ``between`` or ``signer``, whose certificate has an extension that must be understood;
    between_usage: key usage of the issuers between; remade: ``sha1`` or ``two``, the signer's certificate signed so, or
    with two algorithms. Addresses in certificates: point and root_point, where the lists about signer and issuer are;
    issuers and responder (RFC 5280 §4.2.2.1).
    """

    key: str | int = "p256"
    root_key: str | int | None = None
    between_key: str | int | None = None
    seed: str | None = None
    paths: tuple[int | None, ...] = (None, None, None)
    strange: str | None = None
    between_usage: x509.KeyUsage | None = None
    remade: str | None = None
    first_day: datetime = BEGINNING
    days: int = 3_000
    root_days: int = 7_000
    between_days: int = 5_000
    intermediate: int = 0
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
        self._key = self._make_key("authority", self.shape.key)
        root_key = self._make_key("root", self.shape.root_key or self.shape.key)
        root = _certificate(f"{name} ROOT", f"{name} ROOT", root_key, 1, BEGINNING, self.shape.root_days)
        self._root = _signed(self._as_issuer(root, "root", 0), root_key)
        self._issuers = [(self._root, root_key)]
        for number in range(self.shape.intermediate):
            self._issuers.append(self._make_between(number + 1))
        self._leaf = self._make_leaf()

    def _make_key(self, part: str, kind: str | int) -> PrivateKey:
        seed = f"{self.shape.seed or self.name}: {part}"
        if kind == "p224":
            secret = int.from_bytes(sha256(seed.encode()).digest()[:27])
            return ec.derive_private_key(secret, ec.SECP224R1())
        return p256(seed) if isinstance(kind, str) else rsa_key(kind)

    def _make_between(self, number: int) -> tuple[x509.Certificate, PrivateKey]:
        shape, (above, key_above) = self.shape, self._issuers[-1]
        part, name = (
            ("intermediate", "ISSUING") if number == 1 else (f"intermediate {number}", f"ISSUING {number}")
        )
        key = self._make_key(part, shape.between_key or shape.key)
        issuer, serial = common_name(above.subject), 1 + 2 * number
        made = _certificate(f"{self.name} {name}", issuer, key, serial, BEGINNING, shape.between_days)
        if shape.root_point is not None:
            made = made.add_extension(_points(shape.root_point), critical=False)
        if shape.between_usage is not None:
            made = made.add_extension(shape.between_usage, critical=True)
        return _signed(self._as_issuer(made, "between", number), key_above), key

    def _as_issuer(self, made: x509.CertificateBuilder, part: str, number: int) -> x509.CertificateBuilder:
        authority = part == "root" or self.shape.intermediate_is_authority
        length = self.shape.paths[number] if authority and number < len(self.shape.paths) else None
        basic = x509.BasicConstraints(ca=authority, path_length=length)
        return self._marked(made.add_extension(basic, critical=True), part)

    def _marked(self, made: x509.CertificateBuilder, part: str) -> x509.CertificateBuilder:
        return made.add_extension(STRANGE, critical=True) if part == self.shape.strange else made

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
        leaf = self._marked(leaf.add_extension(identifier, critical=False), "signer")
        made = _signed(leaf, self.issuer_key)
        return made if shape.remade is None else _remade(made, self.issuer_key, shape.remade)

    @property
    def anchor(self) -> str:
        """The root's certificate, PEM."""
        return self._root.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def issuer(self) -> x509.Certificate:
        """The certificate that the signer's was made under."""
        return self._issuers[-1][0]

    @property
    def issuer_key(self) -> PrivateKey:
        """Its key."""
        return self._issuers[-1][1]

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """The certificates from the signer's up to below the root."""
        return (self._leaf, *(one for one, _key in reversed(self._issuers[1:])))

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
        """A certificate list of every issuer: of the signer's from a moment on, of the others from a day before.

        All of them for eight days. revoked: by the signer's.
        """
        made = [self.crl(moment, revoked, **form)]
        made += [self.crl(moment - timedelta(days=1), level=one) for one in range(1, len(self._issuers))]
        return tuple(RevocationClaim(RevocationKind.CRL, one) for one in made)

    def crl(
        self,
        this_update: datetime,
        revoked: Sequence[x509.RevokedCertificate] = (),
        term: timedelta = timedelta(days=8),
        extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
        level: int = 0,
        key: PrivateKey | None = None,
    ) -> bytes:
        """DER of the list of the signer's issuer, or of the issuer so many levels above it. key: what signs instead."""
        issuer, own = self._issuers[-1 - level]
        return _list(issuer, key or own, this_update, term, revoked, extensions)

    def revocation(
        self,
        at: datetime,
        reason: x509.ReasonFlags | None = None,
        invalid_since: datetime | None = None,
        level: int = 0,
        strange: bool = False,
    ) -> x509.RevokedCertificate:
        """The entry by which the signer's certificate is revoked, or the one so many levels above it.

        strange: with an extension that must be understood.
        """
        serial = self.chain[level].serial_number
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at)
        if strange:
            entry = entry.add_extension(STRANGE, critical=True)
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        if invalid_since is not None:
            entry = entry.add_extension(x509.InvalidityDate(invalid_since), critical=False)
        return entry.build()

    def ocsp(
        self,
        this_update: datetime,
        revoked: tuple[datetime, x509.ReasonFlags | None] | None = None,
        form: ResponseForm = PLAIN,
    ) -> bytes:
        """DER of an OCSP response about the signer's certificate."""
        issuer = Signer(_parsed(self.issuer), self.issuer_key)
        return make_response(_parsed(self._leaf), issuer, this_update, revoked, form)


def _remade(certificate: x509.Certificate, key: PrivateKey, how: str) -> x509.Certificate:
    """The same certificate signed over SHA-1, or with one algorithm inside and another outside."""
    made = _parsed(certificate)
    outer, inner = ("sha1", "sha1") if how == "sha1" else ("sha256", "sha384")
    scheme = "rsa" if isinstance(key, rsa.RSAPrivateKey) else "ecdsa"
    made["tbs_certificate"]["signature"] = {"algorithm": f"{inner}_{scheme}"}
    made["signature_algorithm"] = {"algorithm": f"{outer}_{scheme}"}
    made["signature_value"] = sign(key, made["tbs_certificate"].dump(force=True), outer)
    return x509.load_der_x509_certificate(made.dump(force=True))


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
        # longer names than RFC 5280 has them are there to be cut
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text, _validate=False)])

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
