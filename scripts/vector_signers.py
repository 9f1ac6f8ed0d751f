"""Signatures of witnesses in every form that the text names, right and wrong in one point; the same in every run.
Not here: who signs in ordinary vectors (see `vector_keys`) and the vectors themselves (see `vector_witnesses`)."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from hashlib import sha256

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from evidence.proof import WitnessClaim
from evidence.signature import P256_ORDER, SECP256K1_ORDER, abi_bytes, address_of, low_s, sign_digest
from scripts.vector_keys import p256

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP = 0x01, 0x04, 0x08, 0x10


def witness_wallet(key: bytes, digest: bytes) -> WitnessClaim:
    """A wallet's co-signature."""
    return WitnessClaim(bytes.fromhex(address_of(key)[2:]), sign_digest(key, digest))


def mirrored(signature: bytes, order: int, start: int = 32) -> bytes:
    """The same signature with s in the upper half; a recovery byte behind it follows."""
    s = order - int.from_bytes(signature[start : start + 32], "big")
    rest = signature[start + 32 :]
    if order == SECP256K1_ORDER:
        rest = bytes([55 - rest[0]])
    return signature[:start] + s.to_bytes(32, "big") + rest


def p256_signature(seed: str, message: bytes) -> bytes:
    """r ‖ s of ECDSA P-256 over SHA-256 of the message, s in the lower half."""
    der = p256(seed).sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    r, s = utils.decode_dss_signature(der)
    return r.to_bytes(32, "big") + low_s(s).to_bytes(32, "big")


def p256_signature_of_digest(seed: str, digest: bytes) -> bytes:
    """r ‖ s over 32 bytes as they are, not hashed again."""
    chosen = ec.ECDSA(utils.Prehashed(hashes.SHA256()), deterministic_signing=True)
    r, s = utils.decode_dss_signature(p256(seed).sign(digest, chosen))
    return r.to_bytes(32, "big") + low_s(s).to_bytes(32, "big")


@dataclass(frozen=True)
class Assertion:
    """How a passkey signs; what is not usual is there to be refused.

    rest: authenticator data after the flags, cut to `size` bytes in all; client: client data, with the challenge in
    the place of ``CHALLENGE``; type_shift, challenge_shift: added to the indexes; mirror: s in the upper half.
    """

    flags: int = PRESENT | VERIFIED
    rest: bytes = (1).to_bytes(4, "big")
    size: int | None = None
    client: str = '{"type":"webauthn.get","challenge":"CHALLENGE","origin":"http://localhost:8480"}'
    type_shift: int = 0
    challenge_shift: int = 0
    mirror: bool = False
    form: str = "packed"

    def sign(self, seed: str, digest: bytes) -> bytes:
        """The signature with this form. form: ``packed``, or ``swapped``, ``apart``, ``padded`` (not zero)."""
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        client = self.client.replace("CHALLENGE", challenge).encode()
        data = (sha256(b"localhost").digest() + bytes([self.flags]) + self.rest)[: self.size]
        pair = p256_signature(seed, data + sha256(client).digest())
        if self.mirror:
            pair = mirrored(pair, P256_ORDER)
        places = (
            client.find(b'"challenge":"') + self.challenge_shift,
            client.find(b'"type":"') + self.type_shift,
        )
        return pair + self._encoded(places, abi_bytes(data), abi_bytes(client))

    def _encoded(self, places: tuple[int, int], data: bytes, client: bytes) -> bytes:
        first, second, body = 0xC0, 0xC0 + len(data), data + client
        if self.form == "swapped":
            first, second, body = 0xC0 + len(client), 0xC0, client + data
        elif self.form == "apart":
            second, body = second + 32, data + bytes(32) + client
        elif self.form == "padded":
            body = data[:-1] + b"\x01" + client
        return b"".join(number.to_bytes(32, "big") for number in (*places, first, second)) + body


def resigned(claim: WitnessClaim, signature: bytes) -> WitnessClaim:
    """The same witness with another signature."""
    return replace(claim, signature=signature)
