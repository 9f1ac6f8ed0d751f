"""What the site gives to whoever verifies in a browser: chain facts, rules, the offline page; and nothing of a case."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from app.services import anchoring
from evidence.records import Office
from evidence.strict import to_hex
from evidence.words import CHECKS
from scripts import verifier_words
from tests.builders import FILES, submit

QUESTIONS = {
    "/verify/ledger/identity": "identity",
    "/verify/ledger/batches/1": "batch",
    "/verify/ledger/blocks/1": "block",
    "/verify/ledger/offices?signer=0x12&at=1": "offices",
}


@pytest.fixture
def anchored(services, table):
    """One anchored exhibit; the batch as the ledger has it."""
    submit(services, table.claimant, table.number, FILES / "gift-box-photo.jpg")
    anchoring.anchor_waiting(services)
    return services.ledger.batch(1)


def test_the_chains_facts_are_told_to_anybody(client_for, services, anchored):
    browser = client_for()
    identity = browser.get("/verify/ledger/identity").json
    assert identity == {
        "chain_id": services.trust.chain_id,
        "code_hashes": dict(services.ledger.identity().code_hashes),
        "batches": 1,
    }
    told = browser.get("/verify/ledger/batches/1").json
    assert told["final"] is services.ledger.is_final(anchored.block_number)
    assert told["batch"]["head"] == to_hex(anchored.head)
    assert (told["batch"]["size"], told["batch"]["block_time"]) == (anchored.size, anchored.block_time)
    assert browser.get("/verify/ledger/batches/2").json == {"batch": None, "final": False}
    block = browser.get(f"/verify/ledger/blocks/{anchored.block_number}").json
    assert block == {"hash": to_hex(anchored.block_hash)}
    assert browser.get("/verify/ledger/blocks/999999").json == {"hash": None}


def test_a_witnesss_offices_are_told_for_their_term(client_for, services, anchored):
    signer, at = b"\x07" * 20, anchored.block_time
    services.ledger.grant_office(signer, Office.NOTARY, at - 5, at + 5)
    browser = client_for()

    def offices(moment: int) -> list[int]:
        return browser.get(f"/verify/ledger/offices?signer={to_hex(signer)}&at={moment}").json["offices"]

    assert offices(at) == [int(Office.NOTARY)]
    assert offices(at + 5) == []


@pytest.mark.parametrize(
    "path",
    [
        "/verify/ledger/offices",
        "/verify/ledger/offices?signer=0xzz&at=1",
        "/verify/ledger/offices?signer=&at=1",
        "/verify/ledger/offices?signer=0x12&at=-1",
        "/verify/ledger/offices?signer=0x12&at=99999999999999999999",
        "/verify/ledger/offices?signer=0x" + "00" * 1_025 + "&at=1",
        "/verify/ledger/batches/9999999999999999",
        "/verify/ledger/blocks/9999999999999999",
    ],
)
def test_nonsense_is_refused(client_for, path):
    assert client_for().get(path, headers={"Accept": "application/json"}).status_code == 422


@pytest.mark.parametrize("path", QUESTIONS)
def test_a_node_that_is_away_is_said_to_be_away(client_for, services, path):
    services.ledger.down = True
    answer = client_for().get(path, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["error"]["kind"]) == (503, "ledger_unavailable")


@pytest.mark.parametrize("path", QUESTIONS)
def test_strangers_may_ask_240_times_a_minute(client_for, services, path):
    services.ledger.down = True
    browser = client_for()
    answers = [browser.get(path).status_code for _ in range(241)]
    assert 429 not in answers[:-1] and answers[-1] == 429


def test_the_offline_page_is_a_download_whose_digest_the_site_tells(client_for):
    browser = client_for()
    with browser.get("/verify/offline.html") as answer:
        data, text = answer.data, answer.text
    assert answer.headers["Content-Disposition"] == "attachment; filename=hezheng-offline-verify.html"
    shown = browser.get("/verify").text
    assert hashlib.sha256(data).hexdigest() in shown
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy and "default-src 'none'" in policy[1] and "connect-src 'none'" in policy[1]
    assert "unsafe-inline" not in policy[1] and "http:" not in policy[1] and "https:" not in policy[1]
    for inside in re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="([^"]*)"', text):
        pytest.fail(f"it loads {inside}")


def test_the_page_sends_nothing_by_itself_and_says_what_it_asks(client_for, services):
    page = client_for().get("/verify").text
    assert services.trust.operator in page
    assert "<noscript>" in page and 'data-ledger="/verify/ledger"' in page
    assert 'method="post"' not in page.split("<main", 1)[1].split("</main>", 1)[0]
    assert '<template data-rules="integrity">' in page


def test_the_browsers_words_are_the_kernels():
    assert verifier_words.TARGET.read_text("utf-8") == verifier_words.build(), (
        "run: python -m scripts.verifier_words"
    )
    assert json.loads(verifier_words.build())["checks"].keys() == CHECKS.keys()
