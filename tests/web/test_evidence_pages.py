"""Exhibits, receipts, downloads, public verification and the notary's batches, as their pages answer."""

import json
import re

import pytest
from sqlalchemy import select

from app.domain.roles import Office
from app.models.cases import Audit
from app.services import anchoring, state_proofs
from evidence.custody import check_custody
from evidence.proof import Proof
from evidence.trust import TrustRoot
from tests import builders
from tests.builders import FILES, digests, submit

PHOTO = FILES / "gift-box-photo.jpg"
CONTENT = PHOTO.read_bytes()


@pytest.fixture
def anchored(services, table):
    """An open photo (1) and a secret PDF (2) of the claimant, both anchored."""
    submit(services, table.claimant, table.number, PHOTO)
    submit(
        services, table.claimant, table.number, FILES / "purchase-record.pdf", secret=True, proves="工艺参数"
    )
    anchoring.anchor_waiting(services)
    state_proofs.take_waiting(services)
    return f"/cases/{table.number}/exhibits"


@pytest.fixture
def proof_text(anchored, table, client_for) -> str:
    return client_for(table.claimant).get(f"{anchored}/1/proof").text


def status_by_answer(html: str) -> dict[str, str]:
    return dict(re.findall(r'data-answer="(\w+)" data-status="(\w+)"', html))


def test_the_list_shows_names_to_those_who_may_see_them(anchored, table, client_for):
    own = client_for(table.claimant).get(anchored).text
    assert "purchase-record.pdf" in own
    other = client_for(table.respondent).get(anchored).text
    assert PHOTO.name in other
    assert "purchase-record.pdf" not in other
    assert "内容保密" in other


def test_a_secret_exhibit_is_refused_with_a_reason_and_the_refusal_logged(
    anchored, table, client_for, services
):
    browser = client_for(table.respondent)
    answer = browser.get(f"{anchored}/2")
    assert answer.status_code == 403
    assert "含商业秘密" in answer.text
    assert "工艺参数" not in answer.text
    for part in ("receipt", "proof", "file"):
        assert browser.get(f"{anchored}/2/{part}").status_code == 403
    with services.reading() as work:
        refused = work.session.scalars(select(Audit).where(Audit.allowed.is_(False))).all()
    assert "see_exhibit" in {line.act for line in refused}


def test_an_exhibits_page_answers_the_four_and_the_six_questions(anchored, table, client_for):
    page = client_for(table.respondent).get(f"{anchored}/1").text
    assert status_by_answer(page) == {
        "integrity": "passed",
        "time": "missing",
        "submitter": "passed",
        "origin": "passed",
    }
    assert page.count("<li><h3>") == 6
    assert "平台运营方节点时钟" in page
    assert "平台运营方服务器时钟" in page
    assert "内容真实" not in page


def test_a_node_that_is_away_is_shown_as_open_not_as_forged(anchored, table, client_for, services):
    services.ledger.down = True
    page = client_for(table.claimant).get(f"{anchored}/1").text
    assert status_by_answer(page)["integrity"] == "undetermined"
    assert "这不表示文件有问题" in page


def test_the_receipt_shows_both_digests_and_both_zones(anchored, table, client_for):
    page = client_for(table.claimant).get(f"{anchored}/1/receipt").text
    plain = re.sub(r"<[^>]+>|\s", "", page)
    for value in digests(CONTENT).values():
        assert value in plain
    assert "2026-03-02 09:30:00" in page
    assert "2026-03-02 01:30:00" in page


def test_the_original_is_a_download_and_nothing_else(anchored, table, client_for):
    answer = client_for(table.respondent).get(f"{anchored}/1/file")
    assert answer.data == CONTENT
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [("bytes=0-99", 0, 100), ("bytes=1000-", 1000, None), ("bytes=-500", -500, None), ("bytes=5-5", 5, 6)],
)
def test_a_range_of_the_original(anchored, table, client_for, wanted, start, end):
    answer = client_for(table.respondent).get(f"{anchored}/1/file", headers={"Range": wanted})
    assert answer.status_code == 206
    assert answer.data == CONTENT[start:end]
    assert answer.headers["Content-Range"].endswith(f"/{len(CONTENT)}")


def test_a_range_that_is_not_there(anchored, table, client_for):
    browser = client_for(table.respondent)
    assert browser.get(f"{anchored}/1/file", headers={"Range": "bytes=99999999-"}).status_code == 416


def test_the_proof_file_says_who_fetched_what_before(anchored, table, client_for):
    client_for(table.respondent).get(f"{anchored}/1/file")
    answer = client_for(table.claimant).get(f"{anchored}/1/proof")
    assert answer.mimetype == "application/vnd.hezheng.proof+json"
    proof = Proof.parse(answer.text)
    check_custody(proof.custody)
    assert [entry.act for entry in proof.custody] == [
        "received",
        "anchored",
        "downloaded",
        "proof_downloaded",
    ]
    assert "王磊" not in answer.text


def test_there_is_no_proof_before_the_anchor(services, table, client_for):
    submit(services, table.claimant, table.number, PHOTO)
    browser = client_for(table.claimant)
    assert browser.get(f"/cases/{table.number}/exhibits/1/proof").status_code == 409
    assert browser.get(f"/cases/{table.number}/exhibits/anchoring").json == {"waiting": [1]}
    anchoring.anchor_waiting(services)
    assert browser.get(f"/cases/{table.number}/exhibits/anchoring").json == {"waiting": []}


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_anybody_can_verify_without_an_account(proof_text, client_for, accept):
    question = {
        "proof": proof_text,
        "digest": {**digests(CONTENT), "size": len(CONTENT)},
        "file_name": "<b>.jpg",
    }
    answer = client_for().post("/verify/check", json=question, headers={"Accept": accept})
    assert answer.status_code == 200
    if accept == "text/html":
        assert status_by_answer(answer.text)["integrity"] == "passed"
        assert "&lt;b&gt;.jpg" in answer.text
    else:
        assert answer.json["answers"]["integrity"] == "PASSED"
        assert len(answer.json["checks"]) > 10


def test_another_file_fails_with_likely_causes_and_no_accusation(proof_text, client_for):
    other = (FILES / "unboxing.mp4").read_bytes()
    question = {"proof": proof_text, "digest": {**digests(other), "size": len(other)}}
    page = client_for().post("/verify/check", json=question, headers={"Accept": "text/html"}).text
    assert status_by_answer(page)["integrity"] == "failed"
    assert "常见原因" in page
    assert "伪造" not in page


def test_a_proof_alone_leaves_integrity_not_provided(proof_text, client_for):
    page = (
        client_for().post("/verify/check", json={"proof": proof_text}, headers={"Accept": "text/html"}).text
    )
    assert status_by_answer(page)["integrity"] == "missing"
    assert "没有提供原文件" in page


@pytest.mark.parametrize("body", [{"proof": ""}, {"proof": "{}"}, {"proof": None}, {}, [], "text"])
def test_a_bad_proof_gets_a_clear_message(client_for, body):
    browser = client_for()
    page = browser.post("/verify/check", json=body, headers={"Accept": "text/html"})
    assert page.status_code == 422
    assert "证明文件无法读取" in page.text
    answer = browser.post("/verify/check", json=body, headers={"Accept": "application/json"})
    assert answer.json["error"]["kind"] == "proof_malformed"


def test_a_cut_proof_names_the_place(proof_text, client_for):
    raw = json.loads(proof_text)
    del raw["batch"]["root"]
    page = client_for().post(
        "/verify/check", json={"proof": json.dumps(raw)}, headers={"Accept": "text/html"}
    )
    assert "proof.batch.root" in page.text


def test_the_trust_root_can_be_fetched_and_read(client_for, services):
    browser = client_for()
    assert TrustRoot.parse(browser.get("/trust.json").data) == services.trust
    assert services.trust.evidence_ledger in browser.get("/verify").text


def test_batches_are_for_notaries_and_the_office(anchored, table, client_for, services):
    notary = client_for(builders.person(services, "吴证", "wu@notary.example.cn", Office.NOTARY))
    assert 'data-batch="1"' in notary.get("/notary/batches").text
    page = notary.get("/notary/batches/1").text
    assert "2026-03-02 01:30:00" in page
    assert "2026-03-02 09:30:00" in page
    assert "平台运营方节点时钟" in page
    assert notary.get("/notary/batches/2").status_code == 404
    assert client_for(table.claimant).get("/notary/batches").status_code == 403
    assert client_for().get("/notary/batches").status_code == 302
