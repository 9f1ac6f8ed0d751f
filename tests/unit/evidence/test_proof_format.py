"""The examples in docs/proof-format.md, recomputed; its tables against the code.
Not here: whole proof files (see tests/vectors)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from evidence.custody import CustodyEntry, check_custody, received_entry
from evidence.merkle import GENESIS_HEAD, MerkleTree, next_head
from evidence.signature import keccak
from evidence.statement import Statement, subject_of
from evidence.typed_data import Attestation, evidence_domain
from evidence.words import CHECKS

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs" / "proof-format.md").read_text(encoding="utf-8")


def block(kind: str, name: str) -> str:
    """The fenced block of that kind and name."""
    found = re.findall(rf"^```{kind} {name}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    assert len(found) == 1
    return str(found[0])


def given_hex(name: str) -> bytes:
    return bytes.fromhex(block("hex", name))


def statement() -> Statement:
    return Statement.parse(json.loads(block("json", "statement")))


def test_the_statement_gives_the_commitment() -> None:
    canonical = statement().canonical()
    assert f"canonical bytes number {len(canonical)}" in TEXT
    begin = re.search(r"begin with `([^`]+)`", TEXT)
    assert begin is not None
    assert canonical.startswith(begin[1].encode())
    assert statement().commitment() == given_hex("commitment")


def test_the_batch_gives_root_and_head() -> None:
    first, *others = [bytes([n]) * 32 for n in (1, 2, 3, 4)]
    tree = MerkleTree([first, statement().commitment(), *others])
    assert tree.root == given_hex("root")
    assert next_head(GENESIS_HEAD, tree.root, tree.size) == given_hex("head")


def test_the_attestation_digest() -> None:
    subject = subject_of(statement().submitter)
    assert subject == given_hex("subject")
    domain = evidence_domain(31_337, b"\x11" * 20)
    digest = Attestation(statement().commitment(), subject).digest(domain)
    assert digest == given_hex("attestation-digest")


def test_the_custody_entry() -> None:
    value: Any = json.loads(block("json", "custody"))
    entry = CustodyEntry.parse(value, "custody")
    check_custody([entry])
    assert entry == received_entry(statement())


def test_selectors_and_topics() -> None:
    rows = re.findall(r"^\| `(\w+\([\w,\[\]]*\))` \| `([0-9a-f]+)` \|$", TEXT, re.MULTILINE)
    assert len(rows) == 6
    for signature, value in rows:
        assert keccak(signature.encode()).hex().startswith(value)


def test_every_check_is_listed_and_no_other() -> None:
    table = TEXT.split("## 11.")[1].split("## 12.")[0]
    cells = [line.split("|")[2] for line in table.splitlines() if line.startswith("|")]
    listed = {code for cell in cells for code in re.findall(r"`([a-z]+\.\w+)`", cell)}
    assert listed == set(CHECKS)
