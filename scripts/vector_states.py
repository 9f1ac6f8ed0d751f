"""The vectors about the block's header: what it proves offline, who vouches for it, and proofs that lead elsewhere.
Not here: other vectors (see `make_vectors`, `vector_defects`); what a chain's state is built of is in the kernel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from evidence.merkle import next_head
from evidence.proof import Proof
from evidence.rlp import decode, encode
from evidence.signature import keccak
from evidence.state import entry_value
from evidence.strict import to_hex
from scripts.vector_form import FAILED, UNDETERMINED, UNKNOWN, Case, Vector
from scripts.vector_parts import LOOK_ALIKE, World, word

PRAGUE = (b"\x07", word("withdrawals"), b"", b"", word("beacon root"), word("requests"))
"""What London, Shanghai, Cancun and Prague added to a header."""
WITHOUT_STATE = {"state.header": UNDETERMINED}


def honest_states(case: Case) -> Iterator[Vector]:
    """States that hold; offline, with those who vouch for the block."""
    world, full = case.world, case.world.proof()
    named = {"trust": world.naming(), "ledger": None}
    yield case.vector(
        "offline-complete",
        "No node: two witnesses of the trust root vouch for the block.",
        proof=full,
        **named,
    )
    one = replace(full, witnesses=full.witnesses[1:])
    yield case.vector("offline-one-witness", "No node: one witness vouches.", proof=one, **named)
    brought = {"block": world.known_block, "ledger": None}
    yield case.vector("offline-block-hash", "No node: the verifier brings the block's hash.", **brought)
    yield case.vector(
        "node-and-witnesses", "Node and witnesses vouch for the block.", proof=full, trust=world.naming()
    )
    for name, about, changes in (
        ("header-oldest", "A header of 15 items.", {"later_items": ()}),
        ("header-prague", "A header of 21 items.", {"later_items": PRAGUE}),
        ("header-future", "A header of 30 items.", {"later_items": (*PRAGUE, *[b"\x01\x02"] * 9)}),
        ("many-batches", "The hundredth batch.", {"earlier": 99}),
    ):
        other = Case(**changes)
        yield other.vector(name, about, ledger=None, block=other.world.known_block)
    yield from later_states(case)
    yield from less_known(case)


def later_states(case: Case) -> Iterator[Vector]:
    """The state of a block after the one that took the batch in."""
    world = case.world
    claim = world.state(later=5)
    later = replace(case.honest, state=claim)
    brought = (world.batch.block_number + 5, keccak(claim.header))
    unsaid = {"block.known": UNDETERMINED}
    yield case.vector("state-later", "Five blocks later; the node does not know that block.", unsaid, later)
    yield case.vector(
        "state-later-known",
        "Five blocks later; the verifier brings its hash.",
        proof=later,
        block=brought,
    )
    yield case.vector(
        "state-later-offline",
        "Without a node, the hash of the batch's own block is not proven.",
        {"time.block": UNDETERMINED},
        later,
        block=brought,
        ledger=None,
    )
    yield case.vector(
        "state-later-own-block-given",
        "The verifier brings the batch's own block: it agrees, and says nothing of the later one.",
        UNKNOWN,
        later,
        block=world.known_block,
        ledger=None,
    )
    yield case.vector(
        "state-later-witnesses",
        "Witnesses signed the batch's own block, not the later one.",
        UNKNOWN,
        replace(later, witnesses=world.proof().witnesses),
        trust=world.naming(),
        ledger=None,
    )


def less_known(case: Case) -> Iterator[Vector]:
    """Without a state, or without anybody who vouches for the block."""
    world, honest = case.world, case.honest
    full = world.proof()
    elsewhere = (world.batch.block_number + 1, word("other block"))
    yield case.vector(
        "block-of-another-number",
        "The verifier brings a block of another number: it says nothing here.",
        UNKNOWN,
        block=elsewhere,
        ledger=None,
    )
    yield case.vector(
        "block-of-another-number-node", "The same, and the node knows the block.", block=elsewhere
    )
    yield case.vector(
        "state-null-block-given",
        "No state; the verifier brings the block's hash.",
        {**WITHOUT_STATE, "time.block": UNDETERMINED},
        replace(honest, state=None),
        block=world.known_block,
        ledger=None,
    )
    yield case.vector(
        "state-null", "No state; the node knows the block.", WITHOUT_STATE, replace(honest, state=None)
    )
    yield case.vector(
        "state-null-offline",
        "No state, no node.",
        {**WITHOUT_STATE, **UNKNOWN},
        replace(honest, state=None),
        ledger=None,
    )
    yield case.vector(
        "state-null-witnesses",
        "No state, no node; witnesses vouch for the block's hash but not for its time.",
        {**WITHOUT_STATE, "time.block": UNDETERMINED},
        replace(full, state=None),
        trust=world.naming(),
        ledger=None,
    )
    nobody = {**UNKNOWN, "witness.office": UNDETERMINED}
    yield case.vector(
        "witness-term-over",
        "Their terms ended before.",
        nobody,
        full,
        trust=world.naming(end=-1),
        ledger=None,
    )
    yield case.vector(
        "witness-term-to-come",
        "Their terms began later.",
        nobody,
        full,
        trust=world.naming(start=1),
        ledger=None,
    )
    yield case.vector(
        "witness-term-first-second",
        "Their terms began that second.",
        proof=full,
        trust=world.naming(start=0),
        ledger=None,
    )


def wrong_states(case: Case) -> Iterator[Vector]:
    """States that prove something else, or nothing."""
    yield from wrong_headers(case)
    yield from wrong_blocks(case)
    yield from wrong_walks(case)
    yield from wrong_records()
    yield from wrong_encodings()


def wrong_headers(case: Case) -> Iterator[Vector]:
    """The header of another block."""
    world, batch = case.world, case.world.batch
    broken = {"state.header": FAILED, "time.block": FAILED}
    offline = {**broken, "block.known": UNDETERMINED}
    changed = bytearray(world.header)
    changed[-60] ^= 1
    for name, about, header in (
        ("state-header-changed", "One bit of the header is changed.", bytes(changed)),
        ("state-number-below", "A block before the batch's.", world.block(batch.block_number - 1, batch.block_time)),
        ("state-time-other", "That number, another time.", world.block(batch.block_number, batch.block_time + 1)),
    ):  # fmt: skip
        yield case.vector(name, about, offline, _with(case, header=header), ledger=None)
    yield case.vector(
        "state-header-changed-node",
        "One bit of the header is changed; the node knows the block.",
        {**broken, "block.known": FAILED},
        _with(case, header=bytes(changed)),
    )
    other_root = world.block(batch.block_number + 1, batch.block_time, state_root=word("other state"))
    lost = {"state.account": FAILED, "block.known": UNDETERMINED, "time.block": FAILED}
    yield case.vector(
        "state-root-other",
        "A later header of another state.",
        lost,
        _with(case, header=other_root),
        ledger=None,
    )


def wrong_blocks(case: Case) -> Iterator[Vector]:
    """A block that others know by another hash, and a history that does not follow."""
    world, honest = case.world, case.honest
    unknown = {"block.known": FAILED, "time.block": FAILED}
    wrong = (world.batch.block_number, word("other block"))
    yield case.vector(
        "block-hash-given-other", "The verifier brings another hash.", unknown, block=wrong, ledger=None
    )
    yield case.vector(
        "block-hash-given-other-node",
        "The node agrees, the verifier's hash does not.",
        unknown,
        block=wrong,
    )
    yield case.vector(
        "block-hash-given-other-witnesses",
        "Witnesses agree, the verifier's hash does not.",
        unknown,
        world.proof(),
        trust=world.naming(),
        ledger=None,
        block=wrong,
    )
    later = _with(case, header=world.state(later=5).header)
    yield case.vector(
        "block-hash-given-other-later",
        "Another hash for the batch's own block, beside a later header.",
        unknown,
        later,
        block=wrong,
        ledger=None,
    )
    yield case.vector(
        "block-hash-of-anchor-for-later",
        "The hash of the batch's own block under the number of the later header.",
        unknown,
        later,
        block=(world.batch.block_number + 5, world.batch.block_hash),
        ledger=None,
    )
    yield case.vector(
        "block-hash-given-other-no-state",
        "No state; another hash for the batch's own block.",
        {**WITHOUT_STATE, **unknown},
        replace(honest, state=None),
        block=wrong,
        ledger=None,
    )
    signed = replace(honest, witnesses=(world.witness(world.notary, wrong[1]),))
    yield case.vector(
        "witness-other-block-offline",
        "A trusted witness signed another block's hash.",
        {"witness.signature": FAILED, **UNKNOWN},
        signed,
        trust=world.naming(),
        ledger=None,
    )
    previous = word("another history")
    forked = replace(
        honest.batch,
        previous_head=previous,
        head=next_head(previous, honest.batch.root, honest.inclusion.size),
    )
    split = replace(honest, batch=forked, timestamps=(world.token(head=forked.head),))
    strange = dict.fromkeys(("state.entry", "ledger.batch", "time.block"), FAILED)
    yield case.vector("head-not-extending", "A head that does not follow the ledger's last.", strange, split)
    dropped = {"state.entry": FAILED, "time.block": FAILED}
    vouched = {"ledger": None, "block": world.known_block}
    yield case.vector("head-not-extending-offline", "The same without a node.", dropped, split, **vouched)


def wrong_walks(case: Case) -> Iterator[Vector]:
    """Nodes that lead elsewhere, are missing, or are too many."""
    world, state = case.world, case.world.state()
    brought = {"ledger": None, "block": world.known_block}
    lost = {"state.account": FAILED, "time.block": FAILED}
    other = world.chain_state.prove(world.header, world.batches[0].head)
    alike = world.chain_state.prove(world.header, world.batch.head, LOOK_ALIKE)
    officials = world.chain_state.prove(world.header, world.batch.head, world.trust.officials)
    account, storage = state.account, state.storage
    for name, about, nodes in (
        ("account-of-another", "The account of another contract.", officials.account),
        ("account-look-alike", "The account of a contract with the same code.", alike.account),
        ("account-empty", "No node.", ()),
        ("account-node-missing", "The root is missing.", account[1:]),
        ("account-node-extra", "A node more.", (*account, account[-1])),
        ("account-node-order", "From the leaf upwards.", account[::-1]),
        ("account-node-junk", "A node of one byte.", (*account[:-1], b"\x00")),
    ):
        yield case.vector(f"state-{name}", about, lost, _with(case, account=nodes), **brought)
    absent = {"state.entry": FAILED, "time.block": FAILED}
    changed = bytearray(storage[-1])
    changed[-1] ^= 1
    foreign = World(earlier=3).state()
    for name, about, nodes in (
        ("entry-of-another-head", "The entry of the head before.", other.storage),
        ("entry-of-another-contract", "Nodes of another contract's storage.", foreign.storage),
        ("entry-empty", "No node.", ()),
        ("entry-node-missing", "The leaf is missing.", storage[:-1]),
        ("entry-node-extra", "A node more.", (*storage, storage[0])),
        ("entry-node-twice", "The root twice.", (storage[0], *storage)),
        ("entry-node-changed", "One bit of the leaf is changed.", (*storage[:-1], bytes(changed))),
    ):
        yield case.vector(f"state-{name}", about, absent, _with(case, storage=nodes), **brought)
    crossed = _with(case, account=storage, storage=account)
    yield case.vector("state-crossed", "Account and storage in each other's place.", lost, crossed, **brought)
    anchor = replace(case.honest.anchor, contract=LOOK_ALIKE)
    yield case.vector(
        "state-look-alike",
        "A look-alike contract, named and proven.",
        {"anchor.trusted": FAILED, **lost},
        replace(_with(case, account=alike.account), anchor=anchor),
        **brought,
    )


def wrong_records() -> Iterator[Vector]:
    """Chains whose state really holds something else than the proof says."""
    trust = World().trust
    absent = {"state.entry": FAILED, "time.block": FAILED}
    for name, about, change in (
        ("size", "The ledger records another size.", {"size": 6}),
        ("number", "The ledger records another number.", {"number": 3}),
        ("block", "The ledger records an earlier block.", {"block_number": 11}),
        ("time", "The ledger records another time.", {"block_time": 1}),
    ):
        case = Case(value_of=lambda batch, change=change: entry_value(replace(batch, **change)))
        yield _alone(case, f"state-entry-other-{name}", about, absent)
    short = Case(value_of=lambda batch: b"\x02")
    yield _alone(short, "state-entry-number-only", "The ledger records nothing but a number.", absent)
    codes = {trust.evidence_ledger: to_hex(word("other code"))}
    lost = {"state.account": FAILED, "time.block": FAILED}
    yield _alone(Case(codes=codes), "state-other-code", "Other code at the address.", lost)


def wrong_encodings() -> Iterator[Vector]:
    """Bytes that hash rightly but are not the canonical form."""
    absent = {"state.entry": FAILED, "time.block": FAILED}
    zero = Case(value_of=lambda batch: b"\x00" + entry_value(batch))
    yield _alone(zero, "state-entry-leading-zero", "An entry with a leading zero byte.", absent)
    unread = {"state.header": FAILED, "time.block": FAILED}
    world = World()
    good, batch = world.header, world.batch
    body = good[3:]
    items = decode(good)
    if isinstance(items, bytes):
        raise AssertionError("no header")
    number, root = items[8], items[3]
    for name, about, header in (
        ("header-loose", "A length with a leading zero byte.", b"\xfa\x00" + good[1:3] + body),
        ("header-longer", "A byte after the header.", good + b"\x00"),
        ("header-cut", "The last byte is missing.", good[:-1]),
        ("header-short", "14 items.", encode(items[:14])),
        ("header-string", "A byte string.", encode(body)),
        ("header-nested", "An item that is a list.", encode([*items[:-1], [b"\x07"]])),
        ("header-deep", "Lists in lists.", b"\xc1" * 1_000 + b"\xc0"),
        ("header-empty", "No bytes.", b""),
        ("header-number-zeros", "A number with a zero byte.", encode([*items[:8], b"\x00" + bytes(number), *items[9:]])),
        ("header-number-long", "A number of nine bytes.", encode([*items[:8], b"\x01" * 9, *items[9:]])),
        ("header-root-short", "A state root of 31 bytes.", encode([*items[:3], bytes(root)[1:], *items[4:]])),
    ):  # fmt: skip
        case = Case(World().anchored_by(header))
        yield _alone(case, f"state-{name}", about, unread)
    for name, about, place, loose in (
        ("header-item-loose", "32 bytes in the form for more than 55.", 3, b"\xb8\x20" + bytes(root)),
        ("header-byte-loose", "A byte in the form for several.", 8, b"\x81" + bytes(number)),
    ):
        written = [encode(item) for item in items]
        written[place] = loose
        inside = b"".join(written)
        case = Case(World().anchored_by(b"\xf9" + len(inside).to_bytes(2, "big") + inside))
        yield _alone(case, f"state-{name}", about, unread)
    yield from wrong_nodes(batch.block_number, batch.block_time)


def wrong_nodes(number: int, time: int) -> Iterator[Vector]:
    """Tries that nobody builds: their root is in a header, and the walk must still stop."""
    lost = {"state.account": FAILED, "time.block": FAILED}
    world = World()
    path = keccak(bytes.fromhex(world.trust.evidence_ledger[2:]))
    account = _leaf_value(world)
    nibble = path[0] >> 4
    rest = bytes([0x30 | (path[0] & 15)]) + path[1:]
    inline = [b"\x20", b"\x01"]
    for name, about, node in (
        ("flag-other", "A leaf's path with a flag that does not exist.", [b"\x40" + path, account]),
        ("flag-filled", "A leaf's path whose filling is not zero.", [b"\x2f" + path, account]),
        ("path-empty", "A leaf without a path.", [b"", account]),
        ("path-short", "A leaf one byte too early.", [b"\x20" + path[:-1], account]),
        ("value-empty", "A leaf without a value.", [b"\x20" + path, b""]),
        ("value-list", "A leaf whose value is a list.", [b"\x20" + path, [account]]),
        ("three-items", "A node of three items.", [b"\x20" + path, account, b""]),
        ("extension-empty", "An extension by nothing.", [b"\x00", word("child")]),
        ("child-short", "A reference of 31 bytes.", [*[b"\x11" * 31] * 16, b""]),
        ("child-long", "A long node inside another.", [*[[rest, account] if n == nibble else b"" for n in range(16)], b""]),
        ("child-inline", "An inner node that ends too early.", [*[inline] * 16, b""]),
    ):  # fmt: skip
        data = encode(node)
        changed = World()
        changed.anchored_by(changed.block(number, time, state_root=keccak(data)))
        yield _alone(Case(changed), f"state-node-{name}", about, lost, account=(data,))
    short = encode([b"\x20", b"\x01"])
    referring = encode([*[keccak(short)] * 16, b""])
    changed = World()
    changed.anchored_by(changed.block(number, time, state_root=keccak(referring)))
    yield _alone(
        Case(changed), "state-node-short", "A short node by its hash.", lost, account=(referring, short)
    )
    leaf = encode([rest, account])
    elsewhere = encode([bytes([0x10 | (nibble ^ 1)]), keccak(leaf)])
    changed = World()
    changed.anchored_by(changed.block(number, time, state_root=keccak(elsewhere)))
    about = "An extension along other nibbles, then the leaf of the rest."
    yield _alone(Case(changed), "state-node-extension-other", about, lost, account=(elsewhere, leaf))
    fine = encode([b"\x20" + path, account])
    changed = World()
    changed.anchored_by(changed.block(number, time, state_root=keccak(fine + b"\x00")))
    yield _alone(Case(changed), "state-node-longer", "A byte after a node.", lost, account=(fine + b"\x00",))


def _leaf_value(world: World) -> bytes:
    node = decode(world.state().account[-1])
    if isinstance(node, bytes) or not isinstance(node[1], bytes):
        raise AssertionError("no leaf")
    return node[1]


def _with(case: Case, **parts: Any) -> Proof:
    """The honest proof with other parts of its state."""
    state = case.honest.state
    if state is None:
        raise AssertionError("no state")
    return replace(case.honest, state=replace(state, **parts))


def _alone(case: Case, name: str, about: str, findings: dict[str, str], **parts: Any) -> Vector:
    """Without a node; the verifier brings the hash of the block, which is the one that the proof names."""
    brought = case.world.known_block
    return case.vector(name, about, findings, _with(case, **parts), ledger=None, block=brought)
