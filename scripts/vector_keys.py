"""Fixed keys of the test vectors: a timestamp authority, a passkey, a device key; the same in every run.
Not here: what they sign (see `vector_parts`). Every key is public: none of this protects anything."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from evidence.signature import (
    device_signer,
    encode_device_signature,
    encode_passkey_signature,
    passkey_signer,
)

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


class FixedAuthority:
    """An RFC 3161 authority whose certificates and tokens are the same in every run.

    usage: the leaf's extended key usage; years: how long the leaf is valid from 2026-01-01 on.
    """

    def __init__(
        self,
        name: str,
        usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.TIME_STAMPING,
        first_day: datetime = datetime(2026, 1, 1, tzinfo=UTC),
        days: int = 3_000,
    ) -> None:
        self.name = name
        self._key = p256(f"{name}: authority")
        root_key, root_name = p256(f"{name}: root"), f"{name} ROOT"
        usual = datetime(2026, 1, 1, tzinfo=UTC)
        root = _certificate(root_name, root_name, root_key.public_key(), 1, usual, 7_000)
        root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.anchor = _signed(root, root_key).public_bytes(serialization.Encoding.PEM).decode()
        leaf = _certificate(name, root_name, self._key.public_key(), 2, first_day, days)
        leaf = leaf.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
        leaf = leaf.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False
        )
        der = _signed(leaf, root_key).public_bytes(serialization.Encoding.DER)
        self._certificate = asn1_x509.Certificate.load(der)

    def pem(self) -> tuple[bytes, bytes]:
        """Certificate and key, for other programs that answer in this authority's name."""
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        key = self._key.private_bytes(serialization.Encoding.PEM, *form)
        leaf = x509.load_der_x509_certificate(self._certificate.dump())
        return leaf.public_bytes(serialization.Encoding.PEM), key

    def token(self, imprint: bytes, moment: datetime, nonce: int | None = None) -> bytes:
        """DER of a TimeStampToken over a SHA-256 imprint."""
        info = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": {"hash_algorithm": _SHA256, "hashed_message": imprint},
            "serial_number": int.from_bytes(sha256(self.name.encode() + imprint).digest()[:8]) >> 1,
            "gen_time": moment,
            "accuracy": {"seconds": 1},
            **({} if nonce is None else {"nonce": nonce}),
        }
        content = tsp.TSTInfo(info).dump()
        signed = {
            "version": "v3",
            "digest_algorithms": [algos.DigestAlgorithm(_SHA256)],
            "encap_content_info": {
                "content_type": "tst_info",
                "content": cms.ParsableOctetString(content),
            },
            "certificates": [self._certificate],
            "signer_infos": [self._signer(content, moment)],
        }
        return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)}).dump()

    def _signer(self, content: bytes, moment: datetime) -> cms.SignerInfo:
        own = sha256(self._certificate.dump()).digest()
        attributes = cms.CMSAttributes(
            [
                _attribute("content_type", "tst_info"),
                _attribute("signing_time", cms.Time({"utc_time": core.UTCTime(moment)})),
                _attribute("message_digest", sha256(content).digest()),
                _attribute(
                    "signing_certificate_v2",
                    tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2({"cert_hash": own})]}),
                ),
            ]
        )
        place = {"issuer": self._certificate.issuer, "serial_number": self._certificate.serial_number}
        return cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier("issuer_and_serial_number", cms.IssuerAndSerialNumber(place)),
                "digest_algorithm": algos.DigestAlgorithm(_SHA256),
                "signed_attrs": attributes,
                "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
                "signature": utils.encode_dss_signature(*_ecdsa(self._key, attributes.dump())),
            }
        )


def _attribute(kind: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": kind, "values": (value,)})


def _certificate(
    subject: str, issuer: str, key: ec.EllipticCurvePublicKey, serial: int, start: datetime, days: int
) -> x509.CertificateBuilder:
    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _signed(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True)


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
