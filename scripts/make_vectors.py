#!/usr/bin/env python3
"""Writes tests/vectors: proof files with trust root, file, recorded ledger and the outcome that each must have.
Run as ``python -m scripts.make_vectors [--check]``. Outcomes are stated here by hand, never taken from the verifier."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from evidence.digest import digest_bytes
from evidence.signature import keccak
from evidence.statement import Statement, StatementKind, document_body, submitter_json
from evidence.strict import to_hex
from scripts.vector_bounds import at_the_bounds
from scripts.vector_defects import invalid
from scripts.vector_form import (
    FILE_CHECKS,
    LEDGER_CHECKS,
    UNDETERMINED,
    UNKNOWN,
    Case,
    Vector,
)
from scripts.vector_parts import FILE, RECEIVED, exhibit, word
from scripts.vector_records import honest_records
from scripts.vector_states import honest_states
from scripts.vector_tokens import valid_tokens
from scripts.vector_witnesses import honest_witnesses

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "vectors"
SUMS = Path("SHA256SUMS")
"""Sums of all vectors, for `sha256sum --check`: whoever changes an old one shows it there."""


def document() -> Statement:
    """A settlement's statement, made on the platform."""
    body = document_body(
        case_ref="和证调（2026）0001",
        title="调解协议书",
        media_type="application/pdf",
        digest=digest_bytes(FILE),
        submitter=submitter_json(account="a-11c0", role="mediator", identity_method="one_time_code"),
        received_at=RECEIVED,
        details={"version": 2, "duties": ["停止使用", "赔偿"], "confidential": True, "replaces": None},
    )
    return Statement(StatementKind.SETTLEMENT, body, word("document salt"))


def valid() -> Iterator[Vector]:
    """Honest proofs. What is not passed is undetermined: not provided, or nobody could be asked."""
    case = Case()
    world, honest = case.world, case.honest
    yield case.vector("exhibit", "All there: token, custody record, two witnesses.", proof=world.proof())
    packed = json.dumps(honest.as_json(), separators=(",", ":"))
    lower = packed.replace(honest.anchor.contract, honest.anchor.contract.lower())
    yield case.vector(
        "other-form", "Packed, with escapes, the contract in lower case: the same.", proof=lower
    )
    single = Case(size=1, place=0, earlier=0)
    yield single.vector("single-leaf", "The only leaf of the first batch: an empty path.")
    yield Case(size=21, place=20).vector("lone-last-leaf", "The last leaf of 21 is lifted through the tree.")
    yield Case(statement=document(), size=8, place=7).vector("document", "A settlement made on the platform.")
    compared = exhibit(form="copy", compared_by="陈敏", compared_at="2026-03-01")
    yield Case(statement=compared).vector("copy-compared", "A copy that somebody compared with the original.")
    yield from valid_tokens(case)
    yield from honest_states(case)
    yield from honest_witnesses(case)
    yield from honest_records(case)
    yield from at_the_bounds(case)
    yield from circumstances(case)


def circumstances(case: Case) -> Iterator[Vector]:
    """Honest proofs of which something cannot be determined."""
    world, honest = case.world, case.honest
    unasked = {**dict.fromkeys(LEDGER_CHECKS, UNDETERMINED), **UNKNOWN}
    yield case.vector("offline", "No node is asked, nobody vouches for the block.", UNKNOWN, ledger=None)
    yield case.vector("node-away", "The node does not answer.", unasked, ledger=world.ledger(away=True))
    codes = dict.fromkeys(world.trust.code_hashes, to_hex(keccak(b"")))
    empty = world.ledger(code_hashes=codes, batches=())
    yield case.vector("node-before-deployment", "Nothing is deployed on the node yet.", unasked, ledger=empty)
    behind = {code: UNDETERMINED for code in unasked if code != "ledger.identity"}
    yield case.vector(
        "node-behind", "The node has fewer batches.", behind, ledger=world.ledger(batches=world.batches[:-1])
    )
    yield case.vector(
        "node-without-contract",
        "The node names no code for the evidence ledger: nothing is deployed there.",
        unasked,
        ledger=world.ledger(code_hashes={}, batches=()),
    )
    final = world.ledger(final_to=world.batch.block_number)
    yield case.vector("final-just", "The block is the last one that is final.", ledger=final)
    unsure = {"ledger.final": UNDETERMINED}
    yield case.vector("not-final", "The block is not final.", unsure, ledger=world.ledger(final_to=11))
    yield case.vector(
        "no-file", "The file is not at hand.", dict.fromkeys(FILE_CHECKS, UNDETERMINED), file=None
    )
    yield case.vector(
        "no-custody", "No custody record.", {"custody.chain": UNDETERMINED}, replace(honest, custody=())
    )
    yield case.vector(
        "witnesses-offline",
        "Witnesses' offices cannot be looked up.",
        {**UNKNOWN, "witness.office": UNDETERMINED},
        world.proof(),
        ledger=None,
    )


def build() -> dict[Path, str]:
    """Every vector's path below tests/vectors and its text, and their sums."""
    made: dict[Path, str] = {}
    for folder, vectors in (("valid", valid()), ("invalid", invalid())):
        for one in vectors:
            path = Path(folder) / f"{one.name}.json"
            if path in made:
                raise AssertionError(f"{path} twice")
            made[path] = one.text()
    lines = [
        f"{sha256(text.encode()).hexdigest()}  {path.as_posix()}\n" for path, text in sorted(made.items())
    ]
    return {**made, SUMS: "".join(lines)}


def stored() -> dict[Path, str]:
    """The vectors on disk, and their sums."""
    paths = [*FOLDER.glob("*/*.json"), *FOLDER.glob(SUMS.name)]
    return {path.relative_to(FOLDER): path.read_text("utf-8") for path in paths}


def main(arguments: list[str]) -> int:
    """Write all vectors anew, or only say whether they would change."""
    parser = argparse.ArgumentParser(prog="python -m scripts.make_vectors", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when something would change"
    )
    options = parser.parse_args(arguments)
    made, present = build(), stored()
    changed = sorted(path for path in made.keys() | present.keys() if made.get(path) != present.get(path))
    for path in changed:
        print(path)
        if not options.check and path in made:
            (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
            (FOLDER / path).write_text(made[path], "utf-8")
        elif not options.check:
            (FOLDER / path).unlink()
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
