"""The vectors that fail: other files, places, ledgers, tokens and people, and files that are no proof.
Not here: honest proofs (see `make_vectors`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from cryptography.x509.oid import ExtendedKeyUsageOID

from evidence.proof import TokenClaim, WitnessClaim
from evidence.signature import SECP256K1_ORDER, checksum_address
from evidence.strict import to_hex
from scripts.vector_form import (
    FAILED,
    FILE_CHECKS,
    UNDETERMINED,
    Case,
    Vector,
)
from scripts.vector_keys import FixedAuthority, FixedPasskey
from scripts.vector_parts import FILE, RECEIVED, STAMPED, World, exhibit, word


def invalid() -> Iterator[Vector]:
    """Proofs that fail, and files that are no proof."""
    case = Case()
    yield from wrong_files(case)
    yield from wrong_places(case)
    yield from wrong_ledgers(case)
    yield from wrong_tokens(case)
    yield from wrong_people(case)
    yield from malformed(case)


def wrong_files(case: Case) -> Iterator[Vector]:
    """Another file, or another statement."""
    changed = bytearray(FILE)
    changed[7] ^= 1
    digests = {"file.sha256": FAILED, "file.sm3": FAILED}
    yield case.vector("file-changed", "One bit of the file is changed.", digests, file=bytes(changed))
    everything = dict.fromkeys(FILE_CHECKS, FAILED)
    yield case.vector("file-longer", "A line was added.", everything, file=FILE + b"\n")
    yield case.vector("file-empty", "The file is empty.", everything, file=b"")
    other = Case(statement=exhibit(b"another file", word("another salt")))
    yield other.vector("other-proof", "An honest proof of another file.", everything)
    altered = exhibit(made_by="王磊")
    broken = dict.fromkeys(("batch.inclusion", "submitter.attested", "custody.first"), FAILED)
    yield case.vector(
        "statement-changed", "Another maker is stated.", broken, replace(case.honest, statement=altered)
    )
    salted = exhibit(salt=word("another salt"))
    yield case.vector("salt-changed", "Another salt.", broken, replace(case.honest, statement=salted))


def wrong_places(case: Case) -> Iterator[Vector]:
    """Tree, batch and anchor."""
    honest = case.honest
    place, batch, anchor = honest.inclusion, honest.batch, honest.anchor
    inclusion = {"batch.inclusion": FAILED}
    for name, about, changes in (
        ("index-other", "Another place in the tree.", {"index": 3}),
        ("path-too-long", "A path with one step more.", {"path": (*place.path, bytes(32))}),
        ("path-too-short", "A path with one step less.", {"path": place.path[:-1]}),
        ("path-reversed", "The path from the root downwards.", {"path": place.path[::-1]}),
    ):
        yield case.vector(name, about, inclusion, replace(honest, inclusion=replace(place, **changes)))
    bound = {"batch.head": FAILED, "ledger.batch": FAILED}
    yield case.vector(
        "size-other",
        "A size that fits the path but not the head.",
        bound,
        replace(honest, inclusion=replace(place, size=7)),
    )
    lie = replace(batch, previous_head=word("previous"))
    yield case.vector("previous-head-other", "Another head before.", bound, replace(honest, batch=lie))
    numbered = {"ledger.batch": FAILED, "time.block": FAILED}
    yield case.vector(
        "number-other", "Another batch's number.", numbered, replace(honest, batch=replace(batch, number=1))
    )
    alike = checksum_address(word("look-alike")[:20])
    foreign = {"anchor.trusted": FAILED}
    for name, about, changes in (
        ("contract-look-alike", "A look-alike contract.", {"contract": alike}),
        ("chain-other", "Another chain.", {"chain_id": 1}),
    ):
        yield case.vector(name, about, foreign, replace(honest, anchor=replace(anchor, **changes)))
    for name, about, changes in (
        ("block-time-other", "An earlier block time.", {"block_time": anchor.block_time - 86_400}),
        ("transaction-other", "Another transaction.", {"transaction": word("elsewhere")}),
    ):
        moved = replace(honest, anchor=replace(anchor, **changes))
        yield case.vector(name, about, {"time.block": FAILED}, moved)


def wrong_ledgers(case: Case) -> Iterator[Vector]:
    """A node that is not of the trusted ledger, or a ledger that says something else."""
    world = case.world
    strange = {
        **dict.fromkeys(("ledger.identity", "ledger.batch", "time.block"), FAILED),
        "ledger.final": UNDETERMINED,
    }
    yield case.vector(
        "node-other-chain", "A node of another chain.", strange, ledger=world.ledger(chain_id=5)
    )
    codes = {**world.trust.code_hashes, world.trust.evidence_ledger: to_hex(word("other code"))}
    yield case.vector(
        "node-other-code", "Other code at the address.", strange, ledger=world.ledger(code_hashes=codes)
    )
    third = replace(world.batch, number=3, previous_head=world.batch.head, head=word("third"))
    gap = world.ledger(batches=(world.batches[0], third))
    absent = {"ledger.batch": FAILED, "ledger.final": UNDETERMINED, "time.block": UNDETERMINED}
    yield case.vector("batch-missing", "The ledger went on without the batch.", absent, ledger=gap)
    other = replace(world.batch, root=word("other root"))
    rewritten = world.ledger(batches=(world.batches[0], other))
    yield case.vector(
        "ledger-rewritten", "Another root is recorded.", {"ledger.batch": FAILED}, ledger=rewritten
    )


def wrong_tokens(case: Case) -> Iterator[Vector]:
    """Tokens that are not what they seem."""
    world, honest, head = case.world, case.honest, case.world.batch.head
    foreign = FixedAuthority("Foreign Authority")
    good = world.authority.token(head, STAMPED)
    bent = bytearray(good)
    bent[len(bent) // 2] ^= 1
    version = bytearray(good)
    version[good.index(b"\x02\x01\x03\x31") + 2] = 1
    names = world.authority.name
    for name, about, claim in (
        (
            "token-foreign",
            "An authority that is not trusted.",
            TokenClaim(foreign.name, foreign.token(head, STAMPED)),
        ),
        (
            "token-other-head",
            "A token over another head.",
            TokenClaim(names, world.authority.token(word("x"), STAMPED)),
        ),
        ("token-changed", "One bit of the token is changed.", TokenClaim(names, bytes(bent))),
        ("token-envelope-changed", "The envelope's version is changed.", TokenClaim(names, bytes(version))),
        ("token-longer", "A byte after the token.", TokenClaim(names, good + b"\x00")),
        ("token-renamed", "Another authority's name.", TokenClaim("国家授时中心", good)),
        ("token-junk", "No token at all.", TokenClaim(names, b"junk")),
    ):
        yield case.vector(name, about, {"time.token": FAILED}, replace(honest, timestamps=(claim,)))
    web = Case(authority=FixedAuthority("Web Server", usage=ExtendedKeyUsageOID.SERVER_AUTH))
    yield web.vector("token-by-web-server", "A certificate not for timestamps.", {"time.token": FAILED})
    short = Case(authority=FixedAuthority("Expired Authority", days=30))
    yield short.vector("token-by-expired", "A certificate that had expired.", {"time.token": FAILED})
    early = replace(honest, timestamps=(world.token(RECEIVED - timedelta(minutes=2)),))
    yield case.vector("token-before-reception", "Stamped before received.", {"time.order": FAILED}, early)


def wrong_people(case: Case) -> Iterator[Vector]:
    """Operator, witnesses, custody."""
    world, honest = case.world, case.honest
    attested = {"submitter.attested": FAILED}
    stranger = world.attestation(word("another operator"))
    yield case.vector("operator-other", "Signed by another.", attested, replace(honest, attestation=stranger))
    good = world.attestation()
    upper = (SECP256K1_ORDER - int.from_bytes(good[32:64], "big")).to_bytes(32, "big")
    high = good[:32] + upper + bytes([55 - good[64]])
    yield case.vector(
        "attestation-high-s", "s in the upper half.", attested, replace(honest, attestation=high)
    )
    claim = world.witness(world.notary)
    swapped = WitnessClaim(world.notary.name, world.witness(world.court).signature)
    loose = replace(claim, signature=claim.signature + bytes(32))
    for name, about, one in (
        ("witness-other-signature", "Another's signature.", swapped),
        ("witness-loosely-packed", "Bytes after the signature.", loose),
        (
            "witness-unknown-kind",
            "A verifier that the trust root does not name.",
            WitnessClaim(b"\x33" * 84, b""),
        ),
    ):
        wrong = replace(honest, witnesses=(one,))
        yield case.vector(name, about, {"witness.signature": FAILED}, wrong)
    outsider = FixedPasskey(world.trust.passkey_verifier, "hezheng vectors: outsider")
    unofficial = replace(honest, witnesses=(world.witness(outsider),))
    yield case.vector("witness-no-office", "Holds no office.", {"witness.office": FAILED}, unofficial)
    first, second, third = honest.custody
    gap = replace(honest, custody=(first, third))
    bent = replace(honest, custody=(first, replace(second, reason="另有原因"), third))
    yield case.vector("custody-gap", "An entry is left out.", {"custody.chain": FAILED}, gap)
    yield case.vector("custody-changed", "An entry is changed.", {"custody.chain": FAILED}, bent)
    elsewhere = replace(honest, custody=World(exhibit(salt=word("another salt"))).custody())
    yield case.vector("custody-other", "Another exhibit's record.", {"custody.first": FAILED}, elsewhere)


def malformed(case: Case) -> Iterator[Vector]:
    """Files that are no proof; the place where each is refused."""
    text = case.honest.dump()
    root, salt = to_hex(case.honest.batch.root), to_hex(case.honest.statement.salt)
    for name, about, where, proof in (
        ("empty", "No bytes.", "proof", ""),
        ("truncated", "Cut in the middle.", "proof", text[: len(text) // 2]),
        ("not-an-object", "A list.", "proof", f"[{text}]"),
        ("version-unknown", "A later version.", "proof.format", text.replace("hezheng-proof/1", "hezheng-proof/2")),
        (
            "statement-version-unknown",
            "A later version of the statement.",
            "proof.statement.format",
            text.replace("hezheng-statement/1", "hezheng-statement/2"),
        ),
        ("key-unknown", "A key that the format does not name.", "proof.batch", text.replace('"root"', '"x": 1, "root"')),
        ("key-twice", "The same key twice.", "proof", text.replace('"index"', '"size": 5, "index"')),
        ("key-missing", "No salt.", "proof.statement.salt", text.replace(f'"salt": "{salt}",', "")),
        ("fraction", "A number that is no integer.", "proof", text.replace('"index": 2', '"index": 2.0')),
        ("half-character", "Half a surrogate pair.", "proof", text.replace("手机", "\\ud800")),
        ("hash-short", "31 bytes.", "proof.batch.root", text.replace(root, root[:-2])),
        ("hash-upper-case", "Upper-case digits.", "proof.batch.root", text.replace(root, "0x" + root[2:].upper())),
        ("index-too-large", "An index beyond the tree.", "proof.inclusion.index", text.replace('"index": 2', '"index": 5')),
    ):  # fmt: skip
        if proof == text:
            raise AssertionError(f"{name} changes nothing")
        yield case.vector(f"malformed-{name}", about, proof=proof, malformed=where)
