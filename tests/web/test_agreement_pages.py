"""The pages of keys, settlement, officials, confirmation and court, as browsers see and post them."""

import hashlib
import json
import re
from io import BytesIO

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from app.domain.assertions import base64url, unbase64url
from app.domain.errors import DomainError
from app.domain.roles import Office
from app.models.settlements import ConfirmationOutcome
from app.services import anchoring, relays, state_proofs
from evidence.digest import FileDigest
from evidence.proof import Proof
from evidence.verify import Answer, CheckStatus, Verifier
from tests import builders, deals
from tests.signers import passkey as new_passkey


@pytest.fixture
def deal(services, table):
    return deals.make_deal(services, table)


def json_of(submission, **more):
    """A submission as the page's script posts it."""
    return {
        "credential": base64url(submission.credential_id),
        "authenticatorData": base64url(submission.authenticator_data),
        "clientDataJSON": base64url(submission.client_data_json),
        "signature": base64url(submission.signature),
        **more,
    }


def asked(page):
    """The signing request in a page."""
    found = re.search(r'data-request="([^"]*)"', page)
    assert found is not None
    return json.loads(found[1].replace("&#34;", '"').replace("&amp;", "&"))


def text_of(response):
    return response.get_data(as_text=True)


def test_a_passkey_is_enrolled_once_per_challenge(services, client_for):
    person = builders.person(services, "李晴", "liqing@example.cn")
    client, passkey = client_for(person), new_passkey(services.trust)
    options = client.post("/keys/challenge", json={}).get_json()["options"]
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert [one["alg"] for one in options["pubKeyCredParams"]] == [-7]
    made = deals.registration(passkey, unbase64url(options["challenge"]))
    assert client.post("/keys/passkey", json={"label": "手机", "credential": made}).status_code == 200
    again = client.post(
        "/keys/passkey", json={"label": "手机", "credential": made}, headers={"Accept": "application/json"}
    )
    assert (again.status_code, again.get_json()["error"]["kind"]) == (422, "key_refused")
    assert "手机" in text_of(client.get("/keys"))


def test_a_challenge_serves_only_the_account_that_asked(services, client_for):
    person = builders.person(services, "李晴", "liqing@example.cn")
    other = builders.person(services, "王磊", "wanglei@example.cn")
    client = client_for(person)
    challenge = client.post("/keys/challenge", json={}).get_json()["options"]["challenge"]
    made = deals.registration(new_passkey(services.trust), unbase64url(challenge))
    with client.session_transaction() as session:
        session["login"] = other.token
    answer = client.post(
        "/keys/passkey", json={"label": "手机", "credential": made}, headers={"Accept": "application/json"}
    )
    assert answer.get_json()["error"]["kind"] == "key_refused"


def test_from_draft_to_seal_through_the_pages(services, deal, client_for):
    address = f"/cases/{deal.number}/settlement"
    mediator, claimant = client_for(deal.table.mediator), client_for(deal.table.claimant)
    assert "还没有协议文本" in text_of(claimant.get(address))
    revision = deal.draft()
    assert "壹拾贰万元整" in text_of(mediator.get(f"/cases/{deal.number}/draft"))
    proposed = mediator.post(f"/cases/{deal.number}/draft/versions", data={"revision": revision})
    assert (proposed.status_code, proposed.location) == (303, address)
    for side in ("claimant", "respondent"):
        client = client_for(getattr(deal.table, side))
        request = asked(text_of(client.get(address)))
        made = deals.submission(getattr(deal, side), unbase64url(request["challenge"]))
        assert client.post(f"{address}/sign", json=json_of(made, version=1)).status_code == 409
        assert client.post(f"{address}/read", json={"version": 1, "how": "scrolled"}).status_code == 204
        assert client.post(f"{address}/sign", json=json_of(made, version=1)).status_code == 200
    request = asked(text_of(mediator.get(address)))
    made = deals.submission(deal.mediator, unbase64url(request["challenge"]))
    assert mediator.post(f"{address}/seal", json=json_of(made, version=1)).status_code == 200
    page = text_of(claimant.get(address))
    assert "签名与链上记录相符" in page
    assert "data-signing" not in page
    plain = claimant.get(f"{address}/versions/1/text").data
    assert "调解协议书" in plain.decode()


def test_a_refused_draft_says_what_and_why_and_takes_a_written_reason(services, deal, client_for):
    deal.draft()
    deal.write({"op": "add", "clause": {"kind": "other", "fields": {"text": "如违约，由法院判决。"}}})
    client, address = client_for(deal.table.mediator), f"/cases/{deal.number}/draft"
    page = text_of(client.get(address))
    assert "民事调解规定 8" in page.replace(
        "最高人民法院关于人民法院民事调解工作若干问题的规定", "民事调解规定"
    )
    assert "法院可能不予受理或者驳回" in page and re.search("“[^”]*由法院判决", page)
    reason = {"rule": "court_adjudicates", "ref": "c9", "reason": "太短"}
    assert client.post(f"{address}/overrides", data=reason).status_code == 422
    reason["reason"] = "各方确认此处仅复述来函原文。"
    assert client.post(f"{address}/overrides", data=reason).status_code == 303
    assert "保留的理由（陈敏）：各方确认此处仅复述来函原文。" in text_of(client.get(address))
    assert client.post(f"{address}/versions", data={"revision": deal.revision()}).location.endswith(
        "/settlement"
    )


def test_a_revision_shows_what_changed_and_who_signed_before(services, deal, client_for):
    deal.propose()
    address = f"/cases/{deal.number}/settlement"
    client = client_for(deal.table.claimant)
    client.get(address)
    deal.sign("claimant")
    deal.propose(other="双方互不追究其他责任。")
    page = text_of(client.get(address))
    assert "与您上次看到的第 1 版相比" in page
    assert "曾签署第 1 版，不再计入。" in page
    assert "这是旧版本" in text_of(client.get(f"{address}/versions/1"))


def test_bad_signatures_are_answered_in_words(services, deal, client_for):
    deal.propose()
    address = f"/cases/{deal.number}/settlement/sign"
    client = client_for(deal.table.claimant)
    deal.read("claimant")
    made = deals.submission(deal.respondent, deal.consent_digest())
    accept = {"Accept": "application/json"}
    answer = client.post(address, json=json_of(made, version=1), headers=accept)
    assert (answer.status_code, answer.get_json()["error"]["kind"]) == (422, "signer_not_own")
    answer = client.post(address, json=json_of(made, version=2), headers=accept)
    assert (answer.status_code, answer.get_json()["error"]["kind"]) == (409, "stale_version")
    for broken in ({}, {"version": 1}, {"version": 1, "signature": "%%%"}, {"version": "1"}, []):
        answer = client.post(address, json=broken, headers=accept)
        assert answer.get_json()["error"]["kind"] == "invalid_input"


def test_a_node_that_is_down_loses_nothing(services, deal, client_for):
    deal.propose()
    deal.sign("claimant")
    deal.sign("respondent")
    address = f"/cases/{deal.number}/settlement"
    client = client_for(deal.table.mediator)
    made = deals.submission(deal.mediator, deal.seal_digest())
    services.ledger.down = True
    assert client.post(f"{address}/seal", json=json_of(made, version=1)).status_code == 200
    page = text_of(client.get(address))
    assert "正在盖章上链" in page
    assert "链上核对待定" in page
    services.ledger.down = False
    assert client.post(f"{address}/relay").status_code == 303
    assert "已盖章" in text_of(client.get(address))


def test_declining_by_the_page(services, deal, client_for):
    deal.propose()
    client = client_for(deal.table.respondent)
    address = f"/cases/{deal.number}/settlement"
    client.post(f"{address}/decline", data={"version": "1", "reason": "金额有误"})
    assert "金额有误" in text_of(client_for(deal.table.claimant).get(address))


def test_the_office_registers_and_ends_an_office(services, table, client_for):
    deal = deals.make_deal(services, table, official=False)
    clerk = builders.person(services, "办公室", "office@example.cn", Office.OFFICE)
    client = client_for(clerk)
    page = text_of(client.get("/office/officials"))
    assert "陈敏" in page
    assert "待登记" in page
    key = re.search(r"/office/officials/(\d+)/grant", page)[1]
    form = {"office": "mediator", "first": "2026-03-01", "last": "2026-12-31"}
    assert client.post(f"/office/officials/{key}/grant", data=form).status_code == 303
    assert "链上任职中" in text_of(client.get("/office/officials"))
    assert client.post(f"/office/officials/{key}/revoke", data={"office": "mediator"}).status_code == 303
    assert "待登记" in text_of(client.get("/office/officials"))
    services.ledger.down = True
    assert "链上状态待定" in text_of(client.get("/office/officials"))
    assert deal.mediator is not None


def test_the_court_opens_reads_and_decides(services, deal, client_for):
    deal.sealed()
    for side in ("claimant", "respondent"):
        client = client_for(getattr(deal.table, side))
        assert "申请司法确认" in text_of(client.get(f"/cases/{deal.number}/confirmation"))
    code = deal.filed()
    judge = deal.judge()
    client = client_for(judge)
    assert client.get(f"/court/{deal.number}").status_code == 404
    wrong = client.post("/court", data={"number": deal.number, "code": "WRONG"})
    assert wrong.status_code == 422
    assert "查阅码不正确" in text_of(wrong)
    assert client.post("/court", data={"number": deal.number, "code": code}).status_code == 303
    page = text_of(client.get(f"/court/{deal.number}"))
    assert "签名与链上记录相符" in page
    assert "与双方当事人及代理人均无利害关系" in page
    fields = {"outcome": "valid", "ruling_number": "（2026）京0105民特1号", "ground": ""}
    prepared = client.post(f"/court/{deal.number}/ruling", json=fields).get_json()
    digest = unbase64url(prepared["request"]["challenge"])
    made = json_of(deals.submission(deal.judges[judge.account_id], digest), commitment=prepared["commitment"])
    assert client.post(f"/court/{deal.number}/decision", json=made).status_code == 200
    assert "裁定有效" in text_of(client.get(f"/court/{deal.number}"))
    parties = text_of(client_for(deal.table.claimant).get(f"/cases/{deal.number}/confirmation"))
    assert "（2026）京0105民特1号" in parties


def test_a_judge_never_reaches_drafts_or_the_table(services, deal, client_for):
    deal.sealed()
    judge = deal.judge()
    client = client_for(judge)
    client.post("/court", data={"number": deal.number, "code": deal.filed()})
    for path in ("settlement", "settlement/versions/1", "settlement/versions/1/statement", "room", ""):
        assert client.get(f"/cases/{deal.number}/{path}".rstrip("/")).status_code in (403, 404), path


def test_a_dismissed_application_shows_its_ground(services, deal, client_for):
    deal.sealed()
    judge = deal.judge()
    client = client_for(judge)
    client.post("/court", data={"number": deal.number, "code": deal.filed()})
    relays.relay_decision(
        services, deal.store_decision(judge, ConfirmationOutcome.DISMISSED, "协议内容不明确")
    )
    assert "协议内容不明确" in text_of(
        client_for(deal.table.respondent).get(f"/cases/{deal.number}/confirmation")
    )


def test_the_judge_compares_files_and_the_agreement_with_the_record(services, deal, client_for, tmp_path):
    builders.submit(services, deal.table.claimant, deal.number, builders.FILES / "gift-box-photo.jpg")
    deal.sealed()
    anchoring.anchor_waiting(services)
    judge = deal.judge()
    client = client_for(judge)
    client.post("/court", data={"number": deal.number, "code": deal.filed()})
    page = text_of(client.get(f"/court/{deal.number}"))
    assert "gift-box-photo.jpg" in page
    content = (builders.FILES / "gift-box-photo.jpg").read_bytes()
    question = {"digest": {**builders.digests(content), "size": len(content)}, "file_name": "x.jpg"}
    assert "与本案记录一致" in text_of(client.post(f"/court/{deal.number}/match", json=question))
    changed = content[:-1] + b"\0"
    question["digest"] = {**builders.digests(changed), "size": len(changed)}
    assert "本案没有与之相同的证据" in text_of(client.post(f"/court/{deal.number}/match", json=question))


def test_a_sealed_agreement_verifies_like_any_evidence(services, deal, client_for):
    deal.sealed()
    client = client_for(deal.table.claimant)
    address = f"/cases/{deal.number}/settlement/versions/1"
    assert client.get(f"{address}/proof", headers={"Accept": "application/json"}).status_code == 409
    anchoring.anchor_waiting(services)
    state_proofs.take_waiting(services)
    proof, content = Proof.parse(client.get(f"{address}/proof").data), client.get(f"{address}/text").data
    digest = FileDigest(hashlib.sha256(content).digest(), hashlib.new("sm3", content).digest(), len(content))
    verdict = Verifier(services.trust, services.ledger).verify(digest, proof)
    for answer in (Answer.INTEGRITY, Answer.SUBMITTER, Answer.ORIGIN):
        assert verdict.status(answer) is CheckStatus.PASSED, verdict.of(answer)
    assert [entry.act for entry in proof.custody] == ["received", "signed", "signed", "sealed"]
    other = FileDigest(digest.sha256, digest.sm3, digest.size + 1)
    assert (
        Verifier(services.trust, services.ledger).verify(other, proof).status(Answer.INTEGRITY)
        is CheckStatus.FAILED
    )


def test_a_sealed_agreement_is_a_pdf_with_its_exact_text_inside(services, deal, client_for):
    client = client_for(deal.table.claimant)
    deal.propose()
    address = f"/cases/{deal.number}/settlement/versions"
    assert client.get(f"{address}/1/pdf", headers={"Accept": "application/json"}).status_code == 409
    deal.sealed()
    content = client.get(f"{address}/2/pdf").data
    assert content.startswith(b"%PDF-1.7")
    reader = PdfFileReader(BytesIO(content))
    names = reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
    files = {str(names[at]): names[at + 1]["/EF"]["/F"].data for at in range(0, len(names), 2)}
    assert sorted(files) == ["agreement.txt", "signatures.json", "statement.json", "terms.json"]
    assert files["agreement.txt"] == client.get(f"{address}/2/text").data
    assert client.get(f"{address}/2/pdf").data == content


def test_the_way_to_the_phone_asks_for_the_accounts_own_code(services, deal, client_for):
    deal.propose()
    mine, phone = client_for(deal.table.claimant), client_for(None)
    address = f"/cases/{deal.number}/settlement"
    made = mine.post(f"{address}/handover", json={"version": 1}).get_json()
    assert made["picture"].startswith("data:image/svg+xml") and "xmlns" in made["picture"]
    path = made["link"].removeprefix(services.settings.public_url)
    assert "继续" in text_of(phone.get(path))
    arrived = phone.post(path)
    assert arrived.location.endswith("/sign-in/code")
    with phone.session_transaction() as kept:  # whoever saw the code on the screen can read this cookie
        assert "liqing" not in json.dumps(dict(kept))
    assert "liqing@" not in text_of(phone.get(arrived.location))
    code = re.search(r"\d{6}", builders.last_message(services, "liqing@example.cn"))[0]
    assert phone.post("/sign-in/enter", data={"code": code}).location == f"{address}#sign"
    assert phone.get(address).status_code == 200
    assert phone.post(path).status_code == 410
    assert not mine.get(f"{address}/versions/1/mine").get_json()["signed"]
    deal.sign("claimant")
    assert mine.get(f"{address}/versions/1/mine").get_json()["signed"]


def test_the_mediator_notes_a_document_that_was_seen_and_nobody_else_can(services, deal, client_for):
    deal.propose()
    address = f"/cases/{deal.number}/settlement"
    with services.reading() as work:
        seat = deal.current(work).signers[0].participant_id
    seen = {"participant": str(seat), "document": "id_card"}
    assert client_for(deal.table.respondent).post(f"{address}/identity", data=seen).status_code == 403
    mediator = client_for(deal.table.mediator)
    assert mediator.post(f"{address}/identity", data=seen | {"document": "x"}).status_code == 422
    assert mediator.post(f"{address}/identity", data=seen).status_code == 303
    assert "居民身份证" in text_of(client_for(deal.table.claimant).get(address))


def test_parties_sign_in_order_where_the_mediator_wants_it(services, deal, client_for):
    deal.draft()
    mediator = client_for(deal.table.mediator)
    wanted = {"revision": str(deal.revision()), "in_order": "yes"}
    assert mediator.post(f"/cases/{deal.number}/draft/versions", data=wanted).status_code == 303
    with pytest.raises(DomainError, match="not_your_turn"):
        deal.sign("respondent")
    page = text_of(client_for(deal.table.respondent).get(f"/cases/{deal.number}/settlement"))
    assert "请等待江南岸茶业有限公司先签署" in page
    deal.sign("claimant")
    assert "轮到您" in builders.last_message(services, "wanglei@example.cn")
    deal.sign("respondent")
