"""A node that answers anything at all: whoever asks it hears so, and never falls over it.
Not here: what an honest node says (see tests/ledger)."""

from __future__ import annotations

import json
import random
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from evidence.errors import EvidenceError
from evidence.ethereum import EthereumLedger
from evidence.trust import TrustRoot
from tests.authorities import served

VECTORS = Path(__file__).parents[2] / "vectors"
WORD = "0x" + "11" * 32
LOG = {"topics": [WORD], "data": WORD, "blockNumber": "0x1", "blockHash": WORD, "transactionHash": WORD}
RESULTS = [
    *(None, True, 0, -1, "", "0x", "0xzz", "0x1", WORD, "x", [], {}, [None], [{}], 2**70),
    *({"hash": None}, {"hash": "0xzz"}, {"hash": 5, "timestamp": None}, {"status": "x"}, {"status": "0x0"}),
    *([LOG], [LOG | {"topics": None}], [LOG | {"topics": [WORD] * 9}], [LOG | {"topics": [None]}]),
    {"storageProof": [{"value": "0x1", "proof": ["0x"]}], "accountProof": "x"},
]
ERRORS = [None, "text", {}, {"message": None}, {"data": {"data": 5}}]
ERRORS += [{"code": 3, "data": "0xzzzzzzzz"}, {"code": 3, "data": "0x12345678"}]


class Odd(BaseHTTPRequestHandler):
    """Answers from a list of oddities, the same in every run."""

    chance = random.Random(4)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer: Any = [self.one(each) for each in asked] if isinstance(asked, list) else self.one(asked)
        if self.chance.random() < 0.05:
            answer = self.chance.choice([None, [], {}, 5, [5], "x"])
        body = json.dumps(answer).encode() if self.chance.random() < 0.97 else b"[" * 100_000
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def one(self, asked: dict[str, Any]) -> object:
        which = self.chance.random()
        head = {"jsonrpc": "2.0", "id": asked["id"]}
        if which < 0.25:
            return head | {"error": self.chance.choice(ERRORS)}
        return None if which < 0.28 else head | {"result": self.chance.choice(RESULTS)}

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def trust() -> TrustRoot:
    first = min(VECTORS.glob("valid/*.json"))
    return TrustRoot.parse(json.dumps(json.loads(first.read_text("utf-8"))["trust"]))


def test_nothing_that_a_node_answers_ends_the_one_who_asked(trust: TrustRoot) -> None:
    with served(ThreadingHTTPServer(("127.0.0.1", 0), Odd)) as url, warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the library, about answers without an id
        ledger = EthereumLedger(url, trust, relay_key=bytes([7]) * 32, request_timeout=5)
        head, signer = bytes(32), bytes(20)
        questions = [
            ledger.identity,
            ledger.head,
            ledger.is_syncing,
            lambda: ledger.batch(1),
            lambda: ledger.block_hash(1),
            lambda: ledger.block_hashes([1, 2]),
            lambda: ledger.holds_office(signer, 3, 5),
            lambda: ledger.witness_events(0),
            lambda: ledger.witness_events(3),
            lambda: ledger.witnessed(head, signer),
            lambda: ledger.is_final(1),
            lambda: ledger.state_proof(head),
            lambda: ledger.settlement(head),
            lambda: ledger.witness(1, head, head, signer, bytes(65)),
            lambda: ledger.wait(WORD, 0.0),
        ]
        refused = 0
        for ask in questions * 60:
            try:
                ask()
            except EvidenceError:
                refused += 1
        assert refused > len(questions) * 30
