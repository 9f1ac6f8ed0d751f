"""Software signers for tests: a passkey, a device key and a wallet that sign as the real ones do.
Not here: the rules that judge signatures (see evidence.signature and the contracts)."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from evidence.signature import (
    address_of,
    device_signer,
    encode_device_signature,
    encode_passkey_signature,
    passkey_signer,
    sign_digest,
    wallet_signer,
)
from evidence.trust import TrustRoot

USER_PRESENT, USER_VERIFIED = 0x01, 0x04


class Signer(Protocol):
    """Somebody who signs digests."""

    @property
    def name(self) -> bytes:
        """The ERC-7913 signer."""

    def sign(self, digest: bytes) -> bytes:
        """The signature as the contracts take it."""


def _point(key: ec.EllipticCurvePrivateKey) -> tuple[int, int]:
    numbers = key.public_key().public_numbers()
    return numbers.x, numbers.y


def _ecdsa(key: ec.EllipticCurvePrivateKey, message: bytes) -> tuple[int, int]:
    return utils.decode_dss_signature(key.sign(message, ec.ECDSA(SHA256())))


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class Passkey:
    """A platform authenticator with user verification."""

    verifier: str
    origin: str = "http://localhost:8480"
    relying_party: str = "localhost"
    flags: int = USER_PRESENT | USER_VERIFIED
    key: ec.EllipticCurvePrivateKey = field(default_factory=_new_key)
    count: int = 0

    @property
    def name(self) -> bytes:
        """The ERC-7913 signer."""
        return passkey_signer(self.verifier, *_point(self.key))

    def assertion(self, challenge: bytes, kind: str = "webauthn.get") -> tuple[bytes, bytes, int, int]:
        """(authenticator data, client data, r, s) over a challenge of any length."""
        self.count += 1
        text = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
        client = {"type": kind, "challenge": text, "origin": self.origin, "crossOrigin": False}
        client_data = json.dumps(client, separators=(",", ":")).encode()
        data = sha256(self.relying_party.encode()).digest()
        data += bytes([self.flags]) + self.count.to_bytes(4, "big")
        return (data, client_data, *_ecdsa(self.key, data + sha256(client_data).digest()))

    def sign(self, digest: bytes) -> bytes:
        """The signature as the contracts take it."""
        return encode_passkey_signature(*self.assertion(digest))


@dataclass
class DeviceKey:
    """A non-exportable Web Cryptography key."""

    verifier: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=_new_key)

    @property
    def name(self) -> bytes:
        """The ERC-7913 signer."""
        return device_signer(self.verifier, *_point(self.key))

    def sign(self, digest: bytes) -> bytes:
        """The signature as the contracts take it."""
        return encode_device_signature(*_ecdsa(self.key, digest))


@dataclass
class Wallet:
    """An externally owned account."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @property
    def name(self) -> bytes:
        """The ERC-7913 signer."""
        return wallet_signer(address_of(self.key))

    def sign(self, digest: bytes) -> bytes:
        """The signature as the contracts take it."""
        return sign_digest(self.key, digest)


def passkey(trust: TrustRoot) -> Passkey:
    """A new passkey for this deployment."""
    return Passkey(trust.passkey_verifier)


def device_key(trust: TrustRoot) -> DeviceKey:
    """A new device key for this deployment."""
    return DeviceKey(trust.device_verifier)
