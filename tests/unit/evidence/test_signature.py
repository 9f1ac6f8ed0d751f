"""Signers of every kind: what they sign is accepted, and nothing that differs from it by key, form or bit."""

from __future__ import annotations

import base64
import json
import secrets
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from eth_account import Account

from evidence.errors import MalformedInput
from evidence.signature import (
    P256_ORDER,
    SECP256K1_ORDER,
    PasskeySignature,
    SignatureVerifiers,
    address_of,
    checksum_address,
    decode_device_signature,
    decode_passkey_signature,
    device_signer,
    encode_device_signature,
    encode_passkey_signature,
    is_canonical,
    low_s,
    passkey_signer,
    sign_digest,
    verify_signature,
    wallet_signer,
)
from tests.signers import USER_PRESENT, USER_VERIFIED, DeviceKey, Passkey, Signer, Wallet

VERIFIERS = SignatureVerifiers(passkey="0x" + "11" * 20, device="0x" + "22" * 20)
DIGEST = secrets.token_bytes(32)


def make(kind: str) -> Signer:
    if kind == "passkey":
        return Passkey(str(VERIFIERS.passkey))
    return DeviceKey(str(VERIFIERS.device)) if kind == "device" else Wallet()


def accepted(signer: Signer | bytes, signature: bytes, digest: bytes = DIGEST) -> bool:
    name = signer if isinstance(signer, bytes) else signer.name
    return verify_signature(name, digest, signature, VERIFIERS)


KINDS = ["passkey", "device", "wallet"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_holds_for_its_digest_and_signer_alone(kind: str) -> None:
    signer, other = make(kind), make(kind)
    signature = signer.sign(DIGEST)
    assert accepted(signer, signature)
    assert not accepted(other, signature)
    assert not accepted(signer, signature, secrets.token_bytes(32))
    assert is_canonical(signer.name, signature, VERIFIERS)


@pytest.mark.parametrize("kind", KINDS)
def test_no_flipped_bit_survives(kind: str) -> None:
    signer = make(kind)
    signature = signer.sign(DIGEST)
    for bit in range(len(signature) * 8):
        changed = bytearray(signature)
        changed[bit // 8] ^= 1 << bit % 8
        whole = is_canonical(signer.name, bytes(changed), VERIFIERS)
        assert not (whole and accepted(signer, bytes(changed))), f"bit {bit}"


@pytest.mark.parametrize("kind", KINDS)
def test_no_other_length_survives(kind: str) -> None:
    signer = make(kind)
    signature = signer.sign(DIGEST)
    for other in (b"", signature[:-1], signature[1:], signature + b"\x00", signature * 2):
        assert not (is_canonical(signer.name, other, VERIFIERS) and accepted(signer, other))


@pytest.mark.parametrize("kind", ["passkey", "device"])
def test_the_upper_half_of_s_is_refused(kind: str) -> None:
    signer = make(kind)
    good = signer.sign(DIGEST)
    upper = P256_ORDER - int.from_bytes(good[32:64], "big")
    assert not accepted(signer, good[:32] + upper.to_bytes(32, "big") + good[64:])
    assert low_s(upper) == int.from_bytes(good[32:64], "big")


def test_a_wallets_upper_half_and_odd_v_are_refused() -> None:
    wallet = Wallet()
    good = wallet.sign(DIGEST)
    upper = (SECP256K1_ORDER - int.from_bytes(good[32:64], "big")).to_bytes(32, "big")
    assert not accepted(wallet, good[:32] + upper + bytes([55 - good[64]]))
    for v in (0, 1, 26, 29, 30, 255):
        assert not accepted(wallet, good[:64] + bytes([v]))
    for signature in (bytes(65), b"\xff" * 65, bytes(64) + b"\x1b", b"\xff" * 64 + b"\x1c"):
        assert not accepted(wallet, signature)


def test_a_wallets_signature_is_what_others_make_and_read() -> None:
    key = secrets.token_bytes(32)
    assert address_of(key) == Account.from_key(key).address
    theirs = Account.unsafe_sign_hash(DIGEST, key).signature
    assert sign_digest(key, DIGEST) == theirs
    assert accepted(wallet_signer(address_of(key)), theirs)


@pytest.mark.parametrize(
    ("flags", "good"),
    [
        (USER_PRESENT | USER_VERIFIED, True),
        (USER_PRESENT | USER_VERIFIED | 0x18, True),
        (USER_PRESENT | USER_VERIFIED | 0x08, True),
        (USER_PRESENT, False),
        (USER_VERIFIED, False),
        (0, False),
        (USER_PRESENT | USER_VERIFIED | 0x10, False),
    ],
)
def test_presence_verification_and_backup_flags(flags: int, good: bool) -> None:
    passkey = Passkey(str(VERIFIERS.passkey), flags=flags)
    assert accepted(passkey, passkey.sign(DIGEST)) is good


def resigned(passkey: Passkey, **client: object) -> bytes:
    """A signature by the right key over client data of another kind."""
    challenge = base64.urlsafe_b64encode(DIGEST).rstrip(b"=").decode()
    text = {"type": "webauthn.get", "challenge": challenge, "origin": passkey.origin, **client}
    passkey_data, _, _, _ = passkey.assertion(DIGEST)
    client_data = json.dumps(text, separators=(",", ":")).encode()
    signed = passkey.key.sign(passkey_data + sha256(client_data).digest(), ec.ECDSA(SHA256()))
    return encode_passkey_signature(passkey_data, client_data, *utils.decode_dss_signature(signed))


def test_type_and_challenge_have_to_be_right() -> None:
    passkey = Passkey(str(VERIFIERS.passkey))
    assert accepted(passkey, resigned(passkey))
    assert not accepted(passkey, resigned(passkey, type="webauthn.create"))
    assert not accepted(passkey, resigned(passkey, type="payment.get"))
    padded = base64.urlsafe_b64encode(DIGEST).decode()
    assert not accepted(passkey, resigned(passkey, challenge=padded))
    assert not accepted(passkey, resigned(passkey, challenge=base64.b64encode(bytes(32)).decode()))
    assert not accepted(passkey, encode_passkey_signature(*passkey.assertion(bytes(32))))
    assert not accepted(passkey, encode_passkey_signature(*passkey.assertion(DIGEST + b"x")))


def test_a_passkey_is_no_device_key_nor_the_other_way_round() -> None:
    passkey, device = make("passkey"), make("device")
    as_device = device_signer(VERIFIERS.device, *(passkey.name[at : at + 32] for at in (20, 52)))
    as_passkey = passkey_signer(VERIFIERS.passkey, *(device.name[at : at + 32] for at in (20, 52)))
    assert not accepted(as_device, passkey.sign(DIGEST))
    assert not accepted(as_passkey, device.sign(DIGEST))


@pytest.mark.parametrize("name", [b"", bytes(19), bytes(21), bytes(83), bytes(85), b"\x33" * 84])
def test_signers_of_unknown_kind_are_malformed(name: bytes) -> None:
    with pytest.raises(MalformedInput):
        verify_signature(name, DIGEST, bytes(65), VERIFIERS)


@pytest.mark.parametrize("point", [(0, 0), (1, 1), (2**256 - 1, 2**256 - 1)])
def test_a_point_off_the_curve_verifies_nothing(point: tuple[int, int]) -> None:
    signature = make("device").sign(DIGEST)
    assert not accepted(device_signer(VERIFIERS.device, *point), signature)


def test_packing_is_undone_exactly() -> None:
    passkey = Passkey(str(VERIFIERS.passkey))
    data, client, r, s = passkey.assertion(DIGEST)
    unpacked = decode_passkey_signature(encode_passkey_signature(data, client, r, s))
    places = client.index(b'"challenge"'), client.index(b'"type"')
    assert unpacked == PasskeySignature(r, low_s(s), *places, data, client)
    assert decode_device_signature(encode_device_signature(r, s)) == (r, low_s(s))


def test_what_cannot_be_packed_is_refused() -> None:
    for r, s in [(1, 0), (1, P256_ORDER), (2**256, 1), (-1, 1)]:
        with pytest.raises(MalformedInput):
            encode_device_signature(r, s)
    with pytest.raises(MalformedInput):
        encode_passkey_signature(bytes(37), b"{}", 1, 1)
    with pytest.raises(MalformedInput):
        verify_signature(wallet_signer("0x" + "00" * 20), bytes(31), bytes(65), VERIFIERS)
    with pytest.raises(MalformedInput):
        sign_digest(bytes(31) + b"\x01", bytes(31))
    for bad in (b"", bytes(191), b"\xff" * 192):
        with pytest.raises(MalformedInput):
            decode_passkey_signature(bad)


def test_addresses_carry_their_sum() -> None:
    # The examples of EIP-55.
    for text in (
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    ):
        assert checksum_address(text.lower()) == checksum_address(bytes.fromhex(text[2:])) == text
