"""Which keys and hash functions signatures about time may rest on, and until when: data with its source.
Not here: certificates' own terms (see `certificates`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from cryptography.hazmat.primitives.asymmetric import ec, rsa

SOURCE = (
    "NIST IR 8547 (initial public draft, November 2024), tables 2 and 4; NIST SP 800-131A rev. 2 for SHA-1"
)
"""RSA with 112 bits of security is deprecated after 2030; everything that is not post-quantum is disallowed after 2035."""


@dataclass(frozen=True)
class KeyLifetime:
    """Keys of one kind, relied on up to and including a day (UTC).

    kind: ``rsa`` or the curve's name; least_bits: of the modulus or the field.
    """

    kind: str
    least_bits: int
    last_day: date


LIFETIMES = (
    KeyLifetime("rsa", 3_072, date(2035, 12, 31)),
    KeyLifetime("rsa", 2_048, date(2030, 12, 31)),
    KeyLifetime("secp256r1", 256, date(2035, 12, 31)),
    KeyLifetime("secp384r1", 384, date(2035, 12, 31)),
    KeyLifetime("secp521r1", 521, date(2035, 12, 31)),
)
"""The first entry that fits a key counts. A key that fits none is too weak, or of a kind that nothing here reads."""

SIGNATURES: dict[str, tuple[str, str]] = {
    "1.2.840.113549.1.1.11": ("rsa", "sha256"),
    "1.2.840.113549.1.1.12": ("rsa", "sha384"),
    "1.2.840.113549.1.1.13": ("rsa", "sha512"),
    "1.2.840.10045.4.3.2": ("ecdsa", "sha256"),
    "1.2.840.10045.4.3.3": ("ecdsa", "sha384"),
    "1.2.840.10045.4.3.4": ("ecdsa", "sha512"),
}
"""Signature algorithms that are relied on, by object identifier: RSA is PKCS #1 v1.5 (RFC 8017 §8.2)."""

DIGESTS = ("sha256", "sha384", "sha512")
"""Hash functions that are relied on, as asn1crypto and hashlib call them."""


def relied_on_until(key: object) -> datetime | None:
    """The last second (aware, UTC) on which a public key of `cryptography` is relied on; None: not at all."""
    if isinstance(key, rsa.RSAPublicKey):
        kind, bits = "rsa", key.key_size
    elif isinstance(key, ec.EllipticCurvePublicKey):
        kind, bits = key.curve.name, key.key_size
    else:
        return None
    day = next((one.last_day for one in LIFETIMES if one.kind == kind and bits >= one.least_bits), None)
    return None if day is None else datetime.combine(day, time(23, 59, 59), UTC)
