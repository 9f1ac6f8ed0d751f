"""The vectors about witnesses: every kind of signer, whom the trust root names and when, and offices on the ledger.
Not here: how such signatures are made (see `vector_signers`) and all other vectors (see `make_vectors`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from evidence.proof import WitnessClaim
from evidence.records import Office
from evidence.signature import P256_ORDER, SECP256K1_ORDER, device_signer
from evidence.strict import to_hex
from evidence.trust import TrustedWitness, TrustRoot
from evidence.typed_data import Witness
from scripts.vector_form import FAILED, UNDETERMINED, UNKNOWN, Case, Vector
from scripts.vector_keys import FixedDevice, FixedPasskey, p256
from scripts.vector_parts import ANCHORED, STAMPED, World, word
from scripts.vector_signers import (
    BACKED_UP,
    ELIGIBLE,
    PRESENT,
    VERIFIED,
    Assertion,
    mirrored,
    p256_signature,
    p256_signature_of_digest,
    resigned,
    witness_wallet,
)

WALLET_KEY = word("witness with a wallet")
WRONG = {"witness.signature": FAILED}
NO_OFFICE = {"witness.office": FAILED}
OPEN_OFFICE = {"witness.office": UNDETERMINED}
AT = int(ANCHORED.timestamp())
"""When the block was made; the token is five seconds younger."""


def digest_of(world: World) -> bytes:
    """What a witness signs."""
    batch = world.batch
    message = Witness(batch.number, batch.head, batch.block_number, batch.block_hash)
    return message.digest(world.trust.evidence_domain)


def asserted(world: World, form: Assertion) -> WitnessClaim:
    """The notary's passkey, signing in a form of its own."""
    return WitnessClaim(world.notary.name, form.sign(world.notary.seed, digest_of(world)))


def alone(
    case: Case, name: str, about: str, findings: dict[str, str], one: WitnessClaim, **changes: Any
) -> Vector:
    """The honest case with this one witness."""
    return case.vector(name, about, findings, replace(case.honest, witnesses=(one,)), **changes)


def honest_witnesses(case: Case) -> Iterator[Vector]:
    """Co-signatures that hold; where an office is not passed it cannot be looked up."""
    yield from _forms(case)
    yield from _terms(case)
    yield from _offices(case)
    yield from _open_offices(case)


def _forms(case: Case) -> Iterator[Vector]:
    world = case.world
    for name, about, form in (
        ("could-be-backed-up", "A passkey that may be backed up.", Assertion(PRESENT | VERIFIED | ELIGIBLE)),
        ("backed-up", "A passkey that is backed up.", Assertion(PRESENT | VERIFIED | ELIGIBLE | BACKED_UP)),
        ("longer-data", "Authenticator data of 60 bytes.", Assertion(rest=bytes(27))),
        (
            "other-order",
            "Client data with the challenge before the type.",
            Assertion(client='{"challenge":"CHALLENGE","type":"webauthn.get"}'),
        ),
    ):
        yield alone(case, f"witness-passkey-{name}", about, {}, asserted(world, form))
    wallet = witness_wallet(WALLET_KEY, digest_of(world))
    named = replace(
        world.trust,
        witnesses=(TrustedWitness("行业协会", Office.ASSOCIATION, wallet.signer, AT, AT + 6),),
    )
    yield alone(
        case, "witness-wallet", "A wallet signed; it vouches for the block.", {}, wallet, trust=named, ledger=None
    )  # fmt: skip


def _terms(case: Case) -> Iterator[Vector]:
    """A term covers the block's time and that of the earliest token that holds."""
    world, honest = case.world, case.honest
    full = world.proof()
    nobody = {**UNKNOWN, **OPEN_OFFICE}
    offline: dict[str, Any] = {"ledger": None}
    yield case.vector(
        "witness-term-to-the-token",
        "The terms end a second after the token.",
        proof=full,
        trust=world.naming(end=6),
        **offline,
    )
    yield case.vector(
        "witness-term-over-at-the-token",
        "The terms cover the block's time and end with the token's: the block's time alone is the operator's clock.",
        nobody,
        full,
        trust=world.naming(end=5),
        **offline,
    )
    early = replace(full, timestamps=(world.token(ANCHORED - timedelta(seconds=10)),))
    yield case.vector(
        "witness-term-after-the-token",
        "The terms cover the block's time and begin after the token's.",
        nobody,
        early,
        trust=world.naming(start=-5),
        **offline,
    )
    two = replace(full, timestamps=(world.token(STAMPED + timedelta(hours=2)), world.token()))
    yield case.vector(
        "witness-term-earliest-token",
        "Of two tokens the earliest counts.",
        proof=two,
        trust=world.naming(end=6),
        **offline,
    )
    bare = replace(full, timestamps=())
    yield case.vector(
        "witness-term-without-token",
        "Without a token the block's time alone counts.",
        {"time.token": UNDETERMINED},
        bare,
        trust=world.naming(end=5),
        **offline,
    )
    before, after = world.naming(end=5).witnesses, world.naming(start=5).witnesses
    yield case.vector(
        "witness-term-in-two",
        "Two terms of each, one over the block's time and one over the token's: neither covers both.",
        nobody,
        full,
        trust=replace(world.trust, witnesses=(*before, *after)),
        **offline,
    )
    yield case.vector(
        "witness-term-second-of-two",
        "Two terms of each; the second covers both times.",
        proof=full,
        trust=replace(world.trust, witnesses=(*after, *world.naming().witnesses)),
        **offline,
    )
    yield case.vector(
        "witness-term-over-node",
        "The terms end with the token; the node says that both held office.",
        proof=replace(honest, witnesses=full.witnesses),
        trust=world.naming(end=5),
    )


def holding(world: World, office: Office, start: int = -1_000, end: int = 1_000) -> dict[str, Any]:
    """A ledger on which the notary's key holds that office, in seconds from the block's time."""
    return {"ledger": world.ledger(offices=((world.notary.name, office, AT + start, AT + end),))}


def _offices(case: Case) -> Iterator[Vector]:
    world = case.world
    one = world.witness(world.notary)
    for office in (Office.NOTARY, Office.ASSOCIATION, Office.COURT_WITNESS):
        name = office.name.lower().replace("_", "-")
        about = f"The office is number {int(office)}."
        yield alone(case, f"witness-office-{name}", about, {}, one, **holding(world, office))
    first = holding(world, Office.NOTARY, start=0)
    yield alone(case, "witness-office-first-second", "The office began that second.", {}, one, **first)


def _without_register(trust: TrustRoot) -> TrustRoot:
    codes = {k: v for k, v in trust.code_hashes.items() if k != trust.officials}
    return replace(trust, code_hashes=codes)


def _open_offices(case: Case) -> Iterator[Vector]:
    world = case.world
    one = world.witness(world.notary)
    yield alone(
        case,
        "witness-register-unnamed",
        "The trust root names no code for the register.",
        OPEN_OFFICE,
        one,
        trust=_without_register(world.trust),
    )
    yield alone(
        case,
        "witness-node-behind",
        "The node does not have the batch yet.",
        {**dict.fromkeys(("ledger.batch", "ledger.final", *UNKNOWN), UNDETERMINED), **OPEN_OFFICE},
        one,
        ledger=world.ledger(batches=world.batches[:-1]),
    )
    unasked = dict.fromkeys(("ledger.identity", "ledger.batch", "ledger.final", *UNKNOWN), UNDETERMINED)
    yield alone(
        case,
        "witness-node-away",
        "The node does not answer.",
        {**unasked, **OPEN_OFFICE},
        one,
        ledger=world.ledger(away=True),
    )


def wrong_witnesses(case: Case) -> Iterator[Vector]:
    """Co-signatures that do not hold, and people who held no office."""
    yield from _wrong_signers(case)
    yield from _wrong_passkeys(case)
    yield from _wrong_wallets(case)
    yield from _wrong_offices(case)


def _wrong_signers(case: Case) -> Iterator[Vector]:
    world = case.world
    claim = world.witness(world.notary)
    swapped = WitnessClaim(world.notary.name, world.witness(world.court).signature)
    digest, seed = digest_of(world), "hezheng vectors: third"
    numbers = p256(seed).public_key().public_numbers()
    third = WitnessClaim(
        device_signer(word("third verifier")[:20], numbers.x, numbers.y), p256_signature(seed, digest)
    )
    device, unhashed = world.witness(world.court), p256_signature_of_digest(world.court.seed, digest)
    under_passkeys = FixedPasskey(world.trust.passkey_verifier, world.court.seed).name
    under_devices = FixedDevice(world.trust.device_verifier, world.notary.seed).name
    for name, about, one in (
        ("other-signature", "Another's signature.", swapped),
        ("other-block", "A signature over another block's hash.", world.witness(world.notary, word("other block"))),
        ("loosely-packed", "Bytes after the signature.", resigned(claim, claim.signature + bytes(32))),
        ("unknown-kind", "A verifier that the trust root does not name.", WitnessClaim(b"\x33" * 84, b"")),
        ("other-verifier", "A device key under another verifier.", third),
        ("no-signer", "No bytes of a signer.", WitnessClaim(b"", device.signature)),
        ("long-signer", "A device key with a byte more.", WitnessClaim(device.signer + b"\x00", device.signature)),
        ("device-high-s", "A device key's s in the upper half.", resigned(device, mirrored(device.signature, P256_ORDER))),
        ("device-longer", "A device key's signature with a byte more.", resigned(device, device.signature + b"\x00")),
        ("device-not-hashed", "A device key's signature over the digest, not its SHA-256.", resigned(device, unhashed)),
        ("device-as-passkey", "A device key under the passkeys' verifier.", WitnessClaim(under_passkeys, device.signature)),
        ("passkey-as-device", "A passkey under the device keys' verifier.", WitnessClaim(under_devices, claim.signature)),
    ):  # fmt: skip
        yield alone(case, f"witness-{name}", about, WRONG, one)


def _wrong_passkeys(case: Case) -> Iterator[Vector]:
    for name, about, form in (
        ("user-absent", "Nobody was present.", Assertion(VERIFIED)),
        ("user-not-verified", "Nobody was verified.", Assertion(PRESENT)),
        ("backed-up-not-eligible", "Backed up without being eligible.", Assertion(PRESENT | VERIFIED | BACKED_UP)),
        ("short-data", "Authenticator data of 36 bytes.", Assertion(size=36)),
        ("registration", "A registration.", Assertion(client='{"type":"webauthn.create","challenge":"CHALLENGE"}')),
        ("type-index", "The type is elsewhere.", Assertion(type_shift=1)),
        ("challenge-index", "The challenge is elsewhere.", Assertion(challenge_shift=1)),
        ("challenge-longer", "The challenge goes on.", Assertion(client='{"type":"webauthn.get","challenge":"CHALLENGEA"}')),
        ("high-s", "s in the upper half.", Assertion(mirror=True)),
        ("padded", "Padding that is not zero.", Assertion(form="padded")),
        ("swapped", "Client data before authenticator data.", Assertion(form="swapped")),
        ("apart", "A word between the byte strings.", Assertion(form="apart")),
    ):  # fmt: skip
        yield alone(case, f"witness-passkey-{name}", about, WRONG, asserted(case.world, form))


def _wrong_wallets(case: Case) -> Iterator[Vector]:
    world = case.world
    good = witness_wallet(WALLET_KEY, digest_of(world))
    signature = good.signature
    other = witness_wallet(word("another wallet"), digest_of(world))
    for name, about, one in (
        ("high-s", "s in the upper half.", resigned(good, mirrored(signature, SECP256K1_ORDER))),
        ("v-bare", "v is 0 or 1.", resigned(good, signature[:64] + bytes([signature[64] - 27]))),
        ("v-other", "v of the other point.", resigned(good, signature[:64] + bytes([55 - signature[64]]))),
        ("longer", "A byte more.", resigned(good, signature + b"\x00")),
        ("other", "Another wallet signed.", resigned(good, other.signature)),
        ("zero", "r and s are zero.", resigned(good, bytes(64) + b"\x1b")),
    ):
        yield alone(case, f"witness-wallet-{name}", about, WRONG, one)


def _wrong_offices(case: Case) -> Iterator[Vector]:
    world = case.world
    one = world.witness(world.notary)
    outsider = FixedPasskey(world.trust.passkey_verifier, "hezheng vectors: outsider")
    yield alone(case, "witness-no-office", "Holds no office.", NO_OFFICE, world.witness(outsider))
    for office in (Office.MEDIATOR, Office.COURT):
        name, about = office.name.lower(), f"The office is number {int(office)}, which witnesses nothing."
        yield alone(case, f"witness-office-{name}", about, NO_OFFICE, one, **holding(world, office))
    over = holding(world, Office.NOTARY, end=0)
    yield alone(case, "witness-office-over", "The office ended that second.", NO_OFFICE, one, **over)
    later = holding(world, Office.NOTARY, start=1)
    yield alone(case, "witness-office-to-come", "The office began later.", NO_OFFICE, one, **later)
    for name, about, code in (
        ("other", "The register on the node has other code.", to_hex(word("other code"))),
        ("absent", "The node has no register.", None),
    ):
        codes = {k: v for k, v in world.trust.code_hashes.items() if k != world.trust.officials}
        if code is not None:
            codes[world.trust.officials] = code
        ledger = world.ledger(code_hashes=codes)
        yield alone(case, f"witness-register-{name}", about, NO_OFFICE, one, ledger=ledger)
    strange = dict.fromkeys(("ledger.identity", "ledger.batch", "time.block"), FAILED)
    opened = dict.fromkeys(("ledger.final", "block.known"), UNDETERMINED)
    yield alone(
        case,
        "witness-node-other-chain",
        "A node of another chain says nothing about offices.",
        {**strange, **opened, **NO_OFFICE},
        one,
        ledger=world.ledger(chain_id=5),
    )
    third = replace(world.batch, number=3, previous_head=world.batch.head, head=word("third"))
    yield alone(
        case,
        "witness-batch-missing",
        "The ledger went on without the batch: the office cannot be looked up.",
        {"ledger.batch": FAILED, "ledger.final": UNDETERMINED, **OPEN_OFFICE},
        one,
        ledger=world.ledger(batches=(world.batches[0], third)),
    )
