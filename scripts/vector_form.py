"""A test vector, and the honest case that vectors differ from by what is named.
Not here: which vectors there are (see `make_vectors`, `vector_defects`)."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence.proof import Proof
from evidence.strict import instant_text, to_hex
from evidence.trust import TrustRoot
from scripts.vector_parts import FILE, PRESENT, RecordedLedger, World

FORMAT = "hezheng-vector/1"
FAILED, UNDETERMINED = "FAILED", "UNDETERMINED"
ANSWERS = {
    "integrity": ("file", "batch", "anchor", "state", "block", "ledger", "witness"),
    "time": ("time",),
    "submitter": ("submitter",),
    "origin": ("origin", "custody"),
}
FILE_CHECKS = ("file.size", "file.sha256", "file.sm3")
LEDGER_CHECKS = ("ledger.identity", "ledger.batch", "ledger.final")
UNKNOWN = {"block.known": UNDETERMINED, "time.block": UNDETERMINED}
"""Where nobody vouches for the block's hash."""


@dataclass(frozen=True)
class Vector:
    """One case. findings: each check that does not pass; malformed: where the proof file cannot be read.

    ledger None: nobody is asked; file None: the file is not at hand; at: the present time; block: number
    and hash that the verifier brings.
    """

    name: str
    about: str
    trust: TrustRoot
    proof: str
    ledger: RecordedLedger | None
    findings: dict[str, str]
    file: bytes | None = FILE
    malformed: str | None = None
    at: datetime = PRESENT
    block: tuple[int, bytes] | None = None

    def text(self) -> str:
        """The vector's file."""
        value = {
            "format": FORMAT,
            "about": self.about,
            "file": None if self.file is None else base64.b64encode(self.file).decode(),
            "trust": self.trust.as_json(),
            "at": instant_text(self.at),
            "block": None if self.block is None else {"number": self.block[0], "hash": to_hex(self.block[1])},
            "proof": self.proof,
            "ledger": None if self.ledger is None else self.ledger.as_json(),
            "expected": self.expected(),
        }
        return json.dumps(value, ensure_ascii=False, indent=1) + "\n"

    def expected(self) -> dict[str, Any]:
        """{"malformed": place} or {"answers": …, "not_passed": …}."""
        if self.malformed is not None:
            return {"malformed": self.malformed}
        return {
            "answers": {answer: self._answer(kinds) for answer, kinds in ANSWERS.items()},
            "not_passed": dict(sorted(self.findings.items())),
        }

    def _answer(self, kinds: tuple[str, ...]) -> str:
        found = [status for code, status in self.findings.items() if code.split(".")[0] in kinds]
        return FAILED if FAILED in found else UNDETERMINED if found else "PASSED"


class Case:
    """An honest world, and the vectors that differ from it by what is named."""

    def __init__(self, made: World | None = None, **world: Any) -> None:
        self.world = made or World(**world)
        self.honest = self.world.proof(witnesses=())

    def vector(
        self,
        name: str,
        about: str,
        findings: dict[str, str] | None = None,
        proof: Proof | str | None = None,
        **changes: Any,
    ) -> Vector:
        """The honest case but for `proof` and the vector's fields in `changes`."""
        text = proof if isinstance(proof, str) else (proof or self.honest).dump()
        fields = {"trust": self.world.trust, "ledger": self.world.ledger(), **changes}
        return Vector(name, about, proof=text, findings=findings or {}, **fields)
