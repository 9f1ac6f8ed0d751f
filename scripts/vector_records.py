"""The vectors about what people say and record: the operator's attestation, the stated origin, the custody record.
Not here: witnesses (see `vector_witnesses`) and all other vectors (see `make_vectors`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from evidence.custody import NO_ENTRY, CustodyEntry
from evidence.signature import SECP256K1_ORDER
from scripts.vector_form import FAILED, UNDETERMINED, Case, Vector
from scripts.vector_parts import World, exhibit, word
from scripts.vector_signers import mirrored

NOT_STATED = {"origin.stated": UNDETERMINED}
NOT_COMPARED = {"origin.compared": UNDETERMINED}
NOT_FIRST = {"custody.first": FAILED}
BROKEN = {"custody.chain": FAILED}


def honest_records(case: Case) -> Iterator[Vector]:
    """Origins and records of which something may not be stated."""
    silent = Case(statement=exhibit(device=None, proves=""))
    yield silent.vector("origin-not-stated", "Two origin questions are open.", NOT_STATED)
    for question, value in (
        ("made_by", None),
        ("made_at", ""),
        ("device", None),
        ("method", ""),
        ("proves", None),
    ):
        about = f"Only {question} is not stated: {'null' if value is None else 'no characters'}."
        open_case = Case(statement=exhibit(**{question: value}))
        yield open_case.vector(f"origin-without-{question.replace('_', '-')}", about, NOT_STATED)
    blank = Case(statement=exhibit(device=" "))
    yield blank.vector("origin-blank", "A space is a text that is not empty.")
    copy = Case(statement=exhibit(form="copy"))
    yield copy.vector("copy-not-compared", "Nobody compared the copy.", NOT_COMPARED)
    for name, about, stated in (
        ("by-alone", "Who compared is stated, not when.", {"compared_by": "陈敏"}),
        ("at-alone", "When it was compared is stated, not by whom.", {"compared_at": "2026-03-01"}),
        ("by-empty", "Who compared is empty.", {"compared_by": "", "compared_at": "2026-03-01"}),
    ):
        one = Case(statement=exhibit(form="copy", **stated))
        yield one.vector(f"copy-compared-{name}", about, NOT_COMPARED)
    short = replace(case.honest, custody=case.honest.custody[:1])
    yield case.vector("custody-first-alone", "A record of the reception alone.", proof=short)


def chained(entries: Sequence[CustodyEntry], previous: bytes = NO_ENTRY) -> tuple[CustodyEntry, ...]:
    """The entries as they stand, each with the digest before it and its own."""
    found = []
    for one in entries:
        bound = replace(one, previous=previous)
        found.append(replace(bound, digest=bound.computed_digest()))
        previous = found[-1].digest
    return tuple(found)


def wrong_records(case: Case) -> Iterator[Vector]:
    """Attestations by others, and records that are broken or another's."""
    yield from _attestations(case)
    yield from _chains(case)
    yield from _first_entries(case)


def _attestations(case: Case) -> Iterator[Vector]:
    good = case.world.attestation()
    for name, about, signature in (
        ("operator-other", "Signed by another.", case.world.attestation(word("another operator"))),
        ("attestation-high-s", "s in the upper half.", mirrored(good, SECP256K1_ORDER)),
        ("attestation-v-bare", "v is 0 or 1.", good[:64] + bytes([good[64] - 27])),
        ("attestation-zero", "r and s are zero.", bytes(64) + b"\x1b"),
    ):
        wrong = replace(case.honest, attestation=signature)
        yield case.vector(name, about, {"submitter.attested": FAILED}, wrong)


def _chains(case: Case) -> Iterator[Vector]:
    first, second, third = case.honest.custody
    for name, about, entries in (
        ("gap", "An entry is left out.", (first, third)),
        ("changed", "An entry is changed.", (first, replace(second, reason="另有原因"), third)),
        ("sequence", "A number is left out, the digests follow.", chained((first, replace(second, sequence=3)))),
        ("sequence-twice", "A number stands twice.", chained((first, second, replace(third, sequence=2)))),
        ("begun-elsewhere", "The first entry follows another.", chained(case.honest.custody, word("an entry"))),
        ("begun-at-two", "The first entry has number 2, the digests follow.", chained((replace(first, sequence=2),))),
        ("spliced", "An entry follows another than the one before.", (first, *chained((second, third), word("an entry")))),
        ("turned", "Two entries in each other's place.", (first, third, second)),
    ):  # fmt: skip
        yield case.vector(f"custody-{name}", about, BROKEN, replace(case.honest, custody=entries))


def _first_entries(case: Case) -> Iterator[Vector]:
    first, *later = case.honest.custody
    elsewhere = replace(case.honest, custody=World(exhibit(salt=word("another salt"))).custody())
    yield case.vector("custody-other", "Another exhibit's record.", NOT_FIRST, elsewhere)
    for name, about, changes in (
        ("act", "The first act is another.", {"act": "viewed"}),
        ("actor", "Received from another account.", {"actor": "a-11c0"}),
        ("at", "Received at another time.", {"at": "2026-03-02T01:30:01Z"}),
        ("at-written-otherwise", "The same time in other digits.", {"at": "2026-03-02T01:30:00.000000Z"}),
        ("no-commitment", "Without the commitment.", {"details": {}}),
    ):
        record = chained((_changed(first, changes), *later))
        yield case.vector(f"custody-first-{name}", about, NOT_FIRST, replace(case.honest, custody=record))


def _changed(entry: CustodyEntry, changes: dict[str, Any]) -> CustodyEntry:
    return replace(entry, **changes)
