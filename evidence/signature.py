"""Signers in ERC-7913 form (passkey, device key, wallet), their signatures, and the offline check of each.
Not here: what is signed (see `typed_data`); passkey relying party and origin are the service's to check."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from .errors import MalformedInput

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

ADDRESS_SIZE = 20
P256_SIGNER_SIZE = ADDRESS_SIZE + 64

_USER_PRESENT, _USER_VERIFIED, _BACKUP_ELIGIBLE, _BACKED_UP = 0x01, 0x04, 0x08, 0x10
_ASSERTION_TYPE = b'"type":"webauthn.get"'
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def keccak(data: bytes) -> bytes:
    """Keccak-256 as Ethereum uses it (not SHA3-256), 32 bytes."""
    from Crypto.Hash import keccak as engine

    return engine.new(digest_bits=256, data=data).digest()


def address_bytes(value: str | bytes, *, where: str | None = None) -> bytes:
    """20 bytes of an address given as bytes or as 0x + 40 hexadecimal digits; the case is not checked."""
    if isinstance(value, bytes) and len(value) == ADDRESS_SIZE:
        return value
    if isinstance(value, str) and _ADDRESS.fullmatch(value):
        return bytes.fromhex(value[2:])
    raise MalformedInput("not an address", where=where)


def checksum_address(value: str | bytes) -> str:
    """0x + 40 hexadecimal digits with the mixed-case sum of EIP-55."""
    digits = address_bytes(value).hex()
    sums = keccak(digits.encode("ascii")).hex()
    return "0x" + "".join(d.upper() if int(s, 16) >= 8 else d for d, s in zip(digits, sums, strict=False))


def address_of(private_key: bytes) -> str:
    """The EIP-55 address that belongs to a secp256k1 private key of 32 bytes."""
    from coincurve import PrivateKey

    return checksum_address(keccak(PrivateKey(private_key).public_key.format(compressed=False)[1:])[12:])


@lru_cache(maxsize=8)
def _opened(private_key: bytes) -> Any:
    """Opening a key works out its public half, which takes longer than signing."""
    from coincurve import PrivateKey

    return PrivateKey(private_key)


def sign_digest(private_key: bytes, digest: bytes) -> bytes:
    """r ‖ s ‖ v (65 bytes, low s, v 27 or 28) of a 32-byte digest by a secp256k1 key (RFC 6979)."""
    if len(digest) != 32:
        raise MalformedInput("a digest is 32 bytes")
    signature: bytes = _opened(private_key).sign_recoverable(digest, hasher=None)
    return signature[:64] + bytes([signature[64] + 27])


def _word(value: int | bytes, name: str) -> bytes:
    if isinstance(value, int) and 0 <= value < 2**256:
        return value.to_bytes(32, "big")
    if isinstance(value, bytes) and len(value) == 32:
        return value
    raise MalformedInput(f"{name} is not 32 bytes")


def passkey_signer(verifier: str | bytes, x: int | bytes, y: int | bytes) -> bytes:
    """Signer of a WebAuthn P-256 credential: address of the WebAuthn verifier (20) ‖ x (32) ‖ y (32)."""
    return address_bytes(verifier) + _word(x, "x") + _word(y, "y")


def device_signer(verifier: str | bytes, x: int | bytes, y: int | bytes) -> bytes:
    """Signer of a WebCrypto P-256 key: address of the device-key verifier (20) ‖ x (32) ‖ y (32)."""
    return address_bytes(verifier) + _word(x, "x") + _word(y, "y")


def wallet_signer(address: str | bytes) -> bytes:
    """Signer of an externally owned account: its address, 20 bytes and no key."""
    return address_bytes(address)


def low_s(s: int) -> int:
    """The lower of s and n - s for P-256: the contracts refuse the upper one."""
    if not 0 < s < P256_ORDER:
        raise MalformedInput("s is out of range")
    return min(s, P256_ORDER - s)


@dataclass(frozen=True)
class PasskeySignature:
    """A WebAuthn assertion, as OpenZeppelin's ``WebAuthn.WebAuthnAuth``; s is in the lower half."""

    r: int
    s: int
    challenge_index: int
    type_index: int
    authenticator_data: bytes
    client_data_json: bytes


def encode_passkey_signature(
    authenticator_data: bytes, client_data_json: bytes, r: int | bytes, s: int | bytes
) -> bytes:
    """ABI encoding of the body of ``WebAuthn.WebAuthnAuth`` (no outer offset), s brought to the lower half.

    Raises MalformedInput when the client data hold neither type nor challenge.
    """
    type_index = client_data_json.find(b'"type":"')
    challenge_index = client_data_json.find(b'"challenge":"')
    if type_index < 0 or challenge_index < 0:
        raise MalformedInput("client data without type or challenge")
    lower = low_s(int.from_bytes(_word(s, "s"), "big"))
    number = int.from_bytes(_word(r, "r"), "big")
    return _encoded(
        PasskeySignature(number, lower, challenge_index, type_index, authenticator_data, client_data_json)
    )


def _encoded(one: PasskeySignature) -> bytes:
    authenticator, client = abi_bytes(one.authenticator_data), abi_bytes(one.client_data_json)
    head = (one.r, one.s, one.challenge_index, one.type_index, 0xC0, 0xC0 + len(authenticator))
    return b"".join(_word(n, "n") for n in head) + authenticator + client


def abi_bytes(value: bytes) -> bytes:
    """Solidity ABI tail of a `bytes` value: length as one word, the bytes, zeros up to a whole word."""
    return len(value).to_bytes(32, "big") + value + bytes(-len(value) % 32)


def decode_passkey_signature(signature: bytes) -> PasskeySignature:
    """Inverse of `encode_passkey_signature`, as strict as ``WebAuthn.tryDecodeAuth``; else MalformedInput."""
    if len(signature) < 0xC0:
        raise MalformedInput("passkey signature too short")
    r, s, challenge_index, type_index, first, second = (
        int.from_bytes(signature[at : at + 32], "big") for at in range(0, 0xC0, 32)
    )
    authenticator_data = _dynamic(signature, first)
    return PasskeySignature(
        r, s, challenge_index, type_index, authenticator_data, _dynamic(signature, second)
    )


def _dynamic(body: bytes, offset: int) -> bytes:
    if offset > len(body) - 32:
        raise MalformedInput("passkey signature: offset out of range")
    length = int.from_bytes(body[offset : offset + 32], "big")
    if length > len(body) - offset - 32:
        raise MalformedInput("passkey signature: length out of range")
    return body[offset + 32 : offset + 32 + length]


def is_canonical(signer: bytes, signature: bytes, verifiers: SignatureVerifiers) -> bool:
    """Is a passkey's signature packed as `encode_passkey_signature` packs it, with nothing between or after?

    The contracts do not ask for this; a proof file must, or it could be changed without a change of meaning.
    """
    if len(signer) != P256_SIGNER_SIZE or signer[:ADDRESS_SIZE] != address_bytes(verifiers.passkey):
        return True
    try:
        return _encoded(decode_passkey_signature(signature)) == signature
    except MalformedInput:
        return False


def encode_device_signature(r: int | bytes, s: int | bytes) -> bytes:
    """r ‖ s, 64 bytes, with s brought to the lower half (WebCrypto returns either half)."""
    return _word(r, "r") + _word(low_s(int.from_bytes(_word(s, "s"), "big")), "s")


def encode_wallet_signature(signature: bytes) -> bytes:
    """r ‖ s ‖ v as ECDSA.sol takes it (v 27 or 28) from what wallets give: v may be 0 or 1,
    s in the upper half. Raises MalformedInput.
    """
    if len(signature) != 65 or signature[64] not in (0, 1, 27, 28):
        raise MalformedInput("a wallet's signature is 65 bytes and ends in 0, 1, 27 or 28")
    v, s = signature[64] % 27, int.from_bytes(signature[32:64], "big")
    if not 0 < s < SECP256K1_ORDER:
        raise MalformedInput("s is out of range")
    if s > SECP256K1_ORDER // 2:
        v, s = 1 - v, SECP256K1_ORDER - s
    return signature[:32] + s.to_bytes(32, "big") + bytes([27 + v])


def decode_device_signature(signature: bytes) -> tuple[int, int]:
    """(r, s) of a device-key signature of 64 bytes."""
    if len(signature) != 64:
        raise MalformedInput("a device signature is 64 bytes")
    return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")


@dataclass(frozen=True)
class SignatureVerifiers:
    """Addresses (0x text or 20 bytes) of the two verifier contracts that signers may name."""

    passkey: str | bytes
    device: str | bytes


def verify_signature(signer: bytes, digest: bytes, signature: bytes, verifiers: SignatureVerifiers) -> bool:
    """Would the contracts accept this signature? The same rules as OpenZeppelin's SignatureChecker, offline.

    signer: ERC-7913 bytes; digest: 32 bytes (EIP-712); signature: as the signer's kind encodes it.
    Returns False for a signature that is wrong in any way; MalformedInput for a signer of unknown kind.
    A wallet that is a contract (ERC-1271) cannot be checked without its chain and counts as not verified. A type index
    that is below zero as a 256-bit number is refused here alone; no client makes one.
    """
    if len(digest) != 32:
        raise MalformedInput("a digest is 32 bytes")
    if len(signer) == ADDRESS_SIZE:
        return _wallet_signed(signer, digest, signature)
    if len(signer) != P256_SIGNER_SIZE:
        raise MalformedInput("a signer of unknown length")
    verifier, key = signer[:ADDRESS_SIZE], signer[ADDRESS_SIZE:]
    try:
        if verifier == address_bytes(verifiers.passkey):
            return _passkey_signed(key, digest, decode_passkey_signature(signature))
        if verifier == address_bytes(verifiers.device):
            r, s = decode_device_signature(signature)
            return _p256_signed(key, sha256(digest).digest(), r, s)
    except MalformedInput:
        return False
    raise MalformedInput("a signer that names an unknown verifier")


def _wallet_signed(address: bytes, digest: bytes, signature: bytes) -> bool:
    from coincurve import PublicKey

    if len(signature) != 65 or signature[64] not in (27, 28):
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    if not (0 < r < SECP256K1_ORDER and 0 < s <= SECP256K1_ORDER // 2):
        return False
    compact = signature[:64] + bytes([signature[64] - 27])
    try:
        key = PublicKey.from_signature_and_message(compact, digest, hasher=None)
    except ValueError:
        return False
    return keccak(key.format(compressed=False)[1:])[12:] == address


def _passkey_signed(key: bytes, digest: bytes, assertion: PasskeySignature) -> bool:
    client, data = assertion.client_data_json, assertion.authenticator_data
    challenge = b'"challenge":"' + base64.urlsafe_b64encode(digest).rstrip(b"=") + b'"'
    at, start = assertion.type_index, assertion.challenge_index
    if client[at : at + len(_ASSERTION_TYPE)] != _ASSERTION_TYPE:
        return False
    if client[start : start + len(challenge)] != challenge or len(data) < 37:
        return False
    flags = data[32]
    if not flags & _USER_PRESENT or not flags & _USER_VERIFIED:
        return False
    if flags & _BACKED_UP and not flags & _BACKUP_ELIGIBLE:
        return False
    return _p256_signed(key, sha256(data + sha256(client).digest()).digest(), assertion.r, assertion.s)


def _p256_signed(key: bytes, digest: bytes, r: int, s: int) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.hashes import SHA256

    if not (0 < r < P256_ORDER and 0 < s <= P256_ORDER // 2):
        return False
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + key)
        public.verify(utils.encode_dss_signature(r, s), digest, ec.ECDSA(utils.Prehashed(SHA256())))
    except (InvalidSignature, ValueError):
        return False
    return True
