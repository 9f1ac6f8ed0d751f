"""A proof checked against a real node behind a bridge that bends what it says: one request, and the right verdict always.
Not here: answers that mean nothing at all (see tests/unit/evidence/test_odd_node.py)."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from requests import Session

from evidence.errors import Unavailable
from evidence.ethereum import EthereumLedger
from evidence.merkle import GENESIS_HEAD, MerkleTree
from evidence.proof import Proof, WitnessClaim
from evidence.records import Office
from evidence.signature import address_of, sign_digest, wallet_signer
from evidence.trust import TrustRoot
from evidence.typed_data import Witness
from evidence.verdict import Answer, CheckStatus, Verdict
from evidence.verify import Verifier
from scripts.vector_parts import exhibit
from tests.anchored import Setting, not_passed
from tests.anvil import Deployment
from tests.authorities import served

pytestmark = pytest.mark.node
YEAR = 365 * 24 * 3600
Bend = Callable[[list[dict[str, Any]]], object]


class Bridge(BaseHTTPRequestHandler):
    """Passes requests on to the node, and answers to batches through `bend`; `asked` holds every request."""

    url: str
    bend: Bend
    status: int
    asked: list[Any]
    session: Session
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body)
        told = self.session.post(self.url, json=body, timeout=10).json()
        status, answer = 200, told
        if isinstance(body, list):
            status, answer = self.status, type(self).bend(told)
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Location", self.url)
        self.end_headers()
        with contextlib.suppress(OSError):  # the one who asked may have left
            self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


@dataclasses.dataclass
class Ground:
    """An anchored exhibit's proof, and the node through the bridge."""

    trust: TrustRoot
    proof: Proof
    url: str
    bridge: type[Bridge]
    direct: EthereumLedger

    def verify(self, proof: Proof | None = None) -> Verdict:
        ledger = EthereumLedger(self.url, self.trust, request_timeout=5)
        return Verifier(self.trust, ledger).verify(None, proof or self.proof)


@pytest.fixture
def ground(deployment: Deployment) -> Iterator[Ground]:
    ledger, statement = deployment.ledger(), exhibit()
    tree = MerkleTree([bytes(32), statement.commitment()])
    ledger.wait(ledger.anchor(tree.root, tree.size, GENESIS_HEAD), 10)
    batch = ledger.batch(1)
    assert batch is not None
    proof = Setting(ledger, deployment.trust, statement, tree, batch).proof()
    kept = {"url": deployment.url, "bend": staticmethod(lambda told: told), "status": 200, "asked": []}
    with Session() as session:
        session.trust_env = False
        bridge = type("Bent", (Bridge,), {**kept, "session": session})
        with served(ThreadingHTTPServer(("127.0.0.1", 0), bridge)) as url:
            yield Ground(deployment.trust, proof, url, bridge, ledger)


def test_a_check_is_one_request(ground: Ground) -> None:
    assert ground.verify().status(Answer.INTEGRITY) is CheckStatus.UNDETERMINED  # the file is not at hand
    assert len(ground.bridge.asked) == 1


ERROR = {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "batches are not supported"}}
BENDS: dict[str, Bend] = {
    "in another order": lambda told: told[::-1],
    "half of it": lambda told: told[::2],
    "nothing of it": lambda told: [],
    "an error instead": lambda told: ERROR,
    "with errors that name no call": lambda told: [*told[:3], ERROR],
}


@pytest.mark.parametrize("manner", sorted(BENDS))
def test_a_node_with_other_manners_gives_the_same_verdict(ground: Ground, manner: str) -> None:
    expected = ground.verify().as_json()
    ground.bridge.bend = staticmethod(BENDS[manner])
    assert ground.verify().as_json() == expected


@pytest.mark.parametrize("status", [400, 413])
def test_a_node_that_refuses_batches_is_asked_singly(ground: Ground, status: int) -> None:
    expected = ground.verify().as_json()
    ground.bridge.status = status
    ledger = EthereumLedger(ground.url, ground.trust)
    for _ in range(2):
        assert Verifier(ground.trust, ledger).verify(None, ground.proof).as_json() == expected
    batches = [one for one in ground.bridge.asked[1:] if isinstance(one, list)]
    assert len(batches) == 1  # it is not asked that way again for a while


def swapped(told: list[dict[str, Any]]) -> object:
    """Honest answers under each other's ids."""
    ids = [one["id"] for one in told]
    return [one | {"id": number} for one, number in zip(told, ids[1:] + ids[:1], strict=True)]


LIES: dict[str, Bend] = {
    "twice": lambda told: [*told, told[0] | {"result": "0x1"}],
    "under foreign ids": lambda told: [one | {"id": one["id"] + 1000} for one in told],
    "under each other's ids": swapped,
    "with errors": lambda told: [
        {"jsonrpc": "2.0", "id": one["id"], "error": {"message": "x"}} for one in told
    ],
}


@pytest.mark.parametrize("lie", sorted(LIES))
def test_a_node_that_answers_wrongly_decides_nothing_or_fails(ground: Ground, lie: str) -> None:
    ground.bridge.bend = staticmethod(LIES[lie])
    found = not_passed(ground.verify())
    assert "ledger.identity" in found
    assert set(found.values()) == {CheckStatus.UNDETERMINED}


@pytest.mark.parametrize("status", [302, 429, 500, 503])
def test_a_node_in_trouble_decides_nothing(ground: Ground, status: int) -> None:
    ground.bridge.status = status
    assert not_passed(ground.verify())["ledger.batch"] is CheckStatus.UNDETERMINED
    assert len(ground.bridge.asked) == 1  # neither led elsewhere nor asked eleven times


def test_a_node_that_never_ends_its_answer_is_left(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.node.ANSWER_LIMIT", 1_000)
    assert not_passed(ground.verify())["ledger.batch"] is CheckStatus.UNDETERMINED


def test_proxies_of_the_environment_are_not_asked(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert "ledger.identity" not in not_passed(ground.verify())


def test_the_answers_of_another_batch_lead_to_further_questions(ground: Ground) -> None:
    """A proof that claims another head is told what the ledger recorded, as without asking ahead."""
    other = dataclasses.replace(ground.proof.batch, head=bytes(32))
    verdict = ground.verify(dataclasses.replace(ground.proof, batch=other))
    recorded = next(check for check in verdict.checks if check.code == "ledger.batch")
    assert recorded.status is CheckStatus.FAILED
    assert recorded.detail["recorded_head"] == f"0x{ground.proof.batch.head.hex()}"


def signed(ground: Ground, key: bytes) -> WitnessClaim:
    batch, anchor = ground.proof.batch, ground.proof.anchor
    message = Witness(batch.number, batch.head, anchor.block_number, anchor.block_hash)
    signature = sign_digest(key, message.digest(ground.trust.evidence_domain))
    return WitnessClaim(wallet_signer(address_of(key)), signature)


def test_the_offices_of_sixty_four_strangers_are_asked_together(ground: Ground) -> None:
    keys = [secrets.token_bytes(32) for _ in range(64)]
    now = int(time.time())
    signer = wallet_signer(address_of(keys[7]))
    ground.direct.wait(ground.direct.grant_office(signer, Office.NOTARY, now - YEAR, now + YEAR), 10)
    many = dataclasses.replace(ground.proof, witnesses=tuple(signed(ground, key) for key in keys))
    verdict = ground.verify(many)
    offices = [check.status for check in verdict.checks if check.code == "witness.office"]
    assert [place for place, status in enumerate(offices) if status is CheckStatus.PASSED] == [7]
    assert len(offices) == 64
    assert len(ground.bridge.asked) == 3  # of a hundred calls each

    ground.bridge.asked.clear()
    moved = dataclasses.replace(many.anchor, block_time=many.anchor.block_time + 1)
    ground.verify(dataclasses.replace(many, anchor=moved))
    assert len(ground.bridge.asked) <= 6


def test_a_node_that_lags_is_left_in_time(ground: Ground) -> None:
    over = threading.Event()

    def late(told: list[dict[str, Any]]) -> object:
        over.wait(20)
        return told

    ground.bridge.bend = staticmethod(late)
    ledger = EthereumLedger(ground.url, ground.trust, request_timeout=0.05)
    try:
        with pytest.raises(Unavailable):
            ledger.identity()
        found = not_passed(Verifier(ground.trust, ledger).verify(None, ground.proof))
    finally:
        over.set()
    assert found["ledger.batch"] is CheckStatus.UNDETERMINED
