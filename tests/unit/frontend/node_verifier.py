"""The TypeScript verifier, running in Node beside the tests: questions in, verdicts out.
Not here: what it has to answer (see `test_verifier`)."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

RUN = Path(__file__).resolve().parents[3] / "app" / "frontend" / "verifier" / "run.mjs"


class NodeVerifier:
    """Asks app/frontend/verifier/run.mjs. A question has the members of a vector; those left out are as before."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", str(RUN)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, **question: Any) -> dict[str, Any]:
        """The answer to one question; a crash of the verifier is an error here."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert "crash" not in answer, answer["crash"]
        assert "error" not in answer, answer["error"]
        return answer

    def ask_about(self, proofs: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        """The answers about several proof files, the rest of the question as it was."""
        for proof in proofs:
            yield self.ask(proof_base64=base64.b64encode(proof).decode(), proof=None)

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=30)
