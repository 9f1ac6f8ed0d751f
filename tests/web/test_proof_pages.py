"""How judge, notary, office and parties see a proof: the drawing, the rules, times, chain and interests, comparisons.
Not here: what the checks find (see tests/unit/evidence) and the parts by themselves (see tests/unit)."""

import re
import subprocess
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from sqlalchemy import select

from app.domain.roles import Office
from app.models.cases import Audit
from app.models.exhibits import Batch, Exhibit, TimestampToken
from app.models.settlements import Settlement
from app.services import anchoring
from evidence.signature import verify_signature
from evidence.strict import unhex
from evidence.typed_data import Witness
from tests import builders, deals
from tests.builders import FILES, digests, submit
from tests.conftest import Browser
from tests.outside import FAR, NEAR, Outside, surround

PHOTO = FILES / "gift-box-photo.jpg"
PAGE = FILES / "shop-page.png"
STEPS = ["file", "statement", "leaf", "root", "head", "block"]


@pytest.fixture
def outside(services) -> Outside:
    return surround(services)


@pytest.fixture
def app(outside):
    from app.factory import create_app

    built = create_app(outside.services)
    built.test_client_class = Browser
    return built


@pytest.fixture
def case(services, table, outside, clock):
    """A photo (1) and a page (2), anchored in one batch that is stamped twice and co-signed by three."""
    submit(services, table.claimant, table.number, PHOTO)
    submit(services, table.respondent, table.number, PAGE, form="copy")
    clock.advance(seconds=3)
    anchoring.anchor_waiting(services)
    outside.batch(1)
    clock.advance(seconds=30)
    return table


@pytest.fixture
def court(services, case, outside, client_for, clock):
    """The court's browser with the case's file open, and the deal behind it."""
    deal = deals.make_deal(services, case).sealed()
    anchoring.anchor_waiting(services)
    client = client_for(deal.judge())
    client.post("/court", data={"number": case.number, "code": deal.filed()})
    return client


@pytest.fixture
def notary(services, client_for):
    return client_for(builders.person(services, "吴证", "wu@notary.example.cn", Office.NOTARY))


def exhibit_page(client, case, number=1) -> str:
    answer = client.get(f"/cases/{case.number}/exhibits/{number}")
    assert answer.status_code == 200
    return answer.text


def steps_of(page: str) -> dict[str, str]:
    return dict(re.findall(r'data-step="(\w+)" data-status="(\w+)"', page))


def ends_of(page: str) -> list[tuple[str, str]]:
    return re.findall(r'data-branch="(\w+)" data-status="(\w+)"', page)


def answers_of(page: str) -> dict[str, str]:
    return dict(re.findall(r'data-answer="(\w+)" data-status="(\w+)"', page))


class Outline(HTMLParser):
    """Levels of the headings in their order, ids, and buttons and pictures without a name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.ids: list[str] = []
        self.unnamed: list[str] = []
        self._button: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if given.get("id"):
            self.ids.append(given["id"] or "")
        if tag == "svg" and given.get("aria-hidden") != "true":
            self.unnamed.append("svg")
        if tag == "button":
            self._button = [given.get("aria-label") or ""]

    def handle_data(self, data: str) -> None:
        if self._button is not None:
            self._button.append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._button is not None:
            if not any(self._button):
                self.unnamed.append("button")
            self._button = None


def test_a_judge_sees_every_step_of_the_proof_and_its_ends(court, case):
    page = exhibit_page(court, case)
    assert list(steps_of(page)) == STEPS
    assert set(steps_of(page).values()) == {"passed"}
    ends = ends_of(page)
    assert [kind for kind, _ in ends] == ["token", "token", "witness", "witness", "witness", "clocks"]
    assert {status for _, status in ends} == {"passed"}
    assert "某公证处" in page
    assert answers_of(page) == dict.fromkeys(("integrity", "time", "submitter", "origin"), "passed")


def test_the_rules_stand_open_beside_the_judges_answers_and_folded_for_parties(court, case, client_for):
    judge, party = exhibit_page(court, case), exhibit_page(client_for(case.claimant), case)
    for article in (16, 17, 18, 19):
        assert f"人民法院在线诉讼规则 {article}" in judge
    assert "法释〔2021〕12号" in judge
    assert 'class="rules"' in judge
    assert 'class="rules"' not in party
    assert "与此有关的规则（要旨）" in party
    assert "人民法院在线诉讼规则 16" in party


def test_the_interests_of_those_who_run_the_chain_are_said_plainly(court, case):
    page = exhibit_page(court, case)
    for said in (
        "平台运营方",
        "出块节点全部由一方运行",
        "接收证据并运营网站",
        "与平台没有投资或者雇佣关系",
        "试用",
    ):
        assert said in page
    assert 'data-contract="evidence_ledger"' in page
    assert "节点上的代码与信任根写明的一致" in page


def test_the_drawing_marks_trial_parts_and_states_the_witnesses_interests(court, case):
    page = exhibit_page(court, case)
    near, far, court_witness = page[page.index('class="proof-branches"') :].split("data-branch=")[1:4]
    assert "试用" in near and "试用" not in far
    assert "与平台没有投资或者雇佣关系" in court_witness


def test_what_is_left_to_believe_names_who_vouches_for_the_block(court, case):
    page = exhibit_page(court, case)
    block = page[page.index('data-believed="block"') : page.index('data-believed="time"')]
    for voucher in ("所查询的节点", "某法院", "某公证处", "某知识产权协会"):
        assert voucher in block


def test_a_node_that_is_away_leaves_steps_open_and_fails_none(court, case, services):
    services.ledger.down = True
    page = exhibit_page(court, case)
    assert "failed" not in steps_of(page).values()
    assert steps_of(page)["block"] == "undetermined"
    assert answers_of(page)["integrity"] == "undetermined"
    assert "这不表示文件有问题" in page
    assert "暂时连接不到节点" in page


def test_an_authority_that_is_away_leaves_the_time_to_come(services, table, clock, client_for):
    submit(services, table.claimant, table.number, PHOTO)
    anchoring.anchor_waiting(services)
    with services.work() as work:
        work.session.add(
            TimestampToken(
                batch_number=1, line="A", authority_url="https://tsa.example/", next_attempt_at=clock()
            )
        )
    page = exhibit_page(client_for(table.claimant), table)
    assert ("token", "missing") in ends_of(page)
    assert "待补" in page
    assert answers_of(page)["time"] == "missing"
    assert "failed" not in {status for _, status in ends_of(page)}


@pytest.mark.parametrize(("seconds", "flagged"), [(60, False), (62, True), (-70, True)])
def test_clocks_that_differ_by_more_than_a_minute_are_flagged_with_what_to_do(
    services, table, outside, clock, client_for, notary, seconds, flagged
):
    submit(services, table.claimant, table.number, PHOTO)
    anchoring.anchor_waiting(services)
    outside.batch(1, seconds=seconds - (0 if seconds < 0 else 1))
    clock.advance(minutes=5)
    for page in (exhibit_page(client_for(table.claimant), table), notary.get("/notary/batches/1").text):
        assert ("时钟之间相差超过 60 秒" in page) is flagged
        assert ("委托鉴定" in page) is flagged


def test_every_time_stands_in_both_zones_with_its_clock(court, case):
    page = exhibit_page(court, case)
    times = page[page.index('id="times"') :]
    rows = re.findall(r'data-moment="(\w+)"', times)
    assert rows == ["received", "anchored", "witnessed", "stamped", "stamped"]
    for said in (
        "2026-03-02 09:30:03",
        "2026-03-02 01:30:03",
        "平台运营方节点时钟",
        "平台运营方服务器时钟",
        "± 1 秒",
    ):
        assert said in times


def test_a_lost_original_is_not_blamed_on_the_proof(court, case, services):
    with services.work() as work:
        exhibit = work.session.scalars(select(Exhibit).where(Exhibit.number == 1)).one()
        exhibit.store_address = "0" * len(exhibit.store_address)
    page = exhibit_page(court, case)
    assert steps_of(page)["file"] == "missing"
    assert answers_of(page)["integrity"] == "missing"


def ask(client, case, content: bytes, name: str, meant: int | None = None) -> str:
    question = {"digest": {**digests(content), "size": len(content)}, "file_name": name, "meant": meant}
    answer = client.post(f"/court/{case.number}/match", json=question)
    assert answer.status_code == 200
    return answer.text


def test_a_matching_file_brings_the_whole_drawing(court, case):
    page = ask(court, case, PHOTO.read_bytes(), "anything.jpg")
    assert "与本案记录一致" in page
    assert list(steps_of(page)) == STEPS


def test_a_file_that_is_another_exhibit_is_said_to_be_that_one(court, case):
    page = ask(court, case, PAGE.read_bytes(), "x.png", meant=1)
    assert "所选文件不是证据 1，而是证据 2" in page


def test_the_text_of_the_sealed_agreement_is_recognised(court, case, services):
    with services.reading() as work:
        text = work.session.scalars(select(Settlement.text)).one()
    assert "调解协议第 1 版" in ask(
        court, case, court.get(f"/court/{case.number}/agreement/text").data, "a.txt"
    )
    assert "不相同" in ask(court, case, text.encode() + b" ", "a.txt")


def test_a_draft_that_was_never_sealed_is_not_told_to_the_court(services, case, client_for):
    deal = deals.make_deal(services, case)
    deal.propose()
    with services.reading() as work:
        draft = deal.current(work)
        sha256, sm3, size = draft.text_sha256, draft.text_sm3, draft.statement["body"]["digest"]["size"]
    deal.propose(dispute="另一份经双方确认的事实。")
    deal.sign("claimant", 2)
    deal.sign("respondent", 2)
    from app.services import relays

    relays.relay_seal(services, deal.store_seal(2))
    client = client_for(deal.judge())
    client.post("/court", data={"number": case.number, "code": deal.filed()})
    question = {"digest": {"sha256": sha256, "sm3": sm3, "size": size}, "file_name": "draft.txt"}
    assert "都不相同" in client.post(f"/court/{case.number}/match", json=question).text


def test_a_mismatch_names_the_likeliest_cause_first_and_accuses_nobody(court, case):
    smaller = PHOTO.read_bytes()[:-5_000]
    page = ask(court, case, smaller, PHOTO.name)
    causes = re.findall(r"<li>([^<]+)</li>", page[page.index('class="causes"') :])
    assert causes[0] == "文件被压缩或转码"
    assert "这是另一个版本" in causes
    assert "不是证据 1 的原文件" in page
    assert "伪造" not in page


def test_the_court_file_holds_a_drawing_for_each_exhibit_on_demand(court, case):
    page = court.get(f"/court/{case.number}").text
    assert "证据 1 的证明图" in page and "证据 2 的证明图" in page
    assert page.count("data-proof-drawing") == 2
    assert 'id="chain"' in page and 'id="rules"' in page


def values_of(services) -> dict[str, str]:
    with services.reading() as work:
        batch, exhibit = work.session.get_one(Batch, 1), work.session.scalars(select(Exhibit)).first()
        return {
            "number": "1",
            "head": batch.head.hex(),
            "root": "0x" + batch.root.hex().upper(),
            "transaction": batch.transaction_hash,
            "block": batch.block_hash,
            "sha256": " ".join(re.findall("....", exhibit.sha256)),
            "sm3": exhibit.sm3,
            "commitment": exhibit.commitment.hex(),
        }


def test_a_notary_finds_a_batch_by_whatever_is_at_hand(notary, case, services):
    for name, value in values_of(services).items():
        answer = notary.get("/notary/find", query_string={"q": value})
        assert answer.headers["Location"].endswith("/notary/batches/1"), name


def test_what_is_in_no_batch_is_said_to_be_in_none(notary, case):
    for text in ("11" * 32, "2", "zz", "1' or '1'='1", "9" * 80, "²", "0x"):
        page = notary.get("/notary/find", query_string={"q": text}, follow_redirects=True)
        assert page.status_code == 200
        assert "没有找到与之相符的批次" in page.text, text


def test_a_notarys_batch_shows_lines_downloads_and_co_signatures(notary, case, services, outside, tmp_path):
    page = notary.get("/notary/batches/1").text
    assert NEAR.name in page and FAR.name in page
    assert "openssl ts -verify" in page
    found = notary.get("/notary/batches/1/witnesses.json").json
    assert {one["name"] for one in found["witnesses"]} == {"某法院", "某公证处", "某知识产权协会"}
    message = Witness(
        found["number"],
        unhex(found["head"], where="head"),
        found["block_number"],
        unhex(found["block_hash"], where="block"),
    )
    trust = outside.services.trust
    for one in found["witnesses"]:
        signer, signature = (unhex(one[key], where=key) for key in ("signer", "signature"))
        assert verify_signature(signer, message.digest(trust.evidence_domain), signature, trust.verifiers)


def test_the_shown_command_verifies_the_downloaded_token(notary, case, tmp_path):
    page = notary.get("/notary/batches/1").text
    command = re.search(r"(openssl ts -verify -digest \w+ -in (batch-1-(\d+))\.tst [^<]*)</pre>", page)
    assert command is not None
    (tmp_path / f"{command[2]}.tst").write_bytes(notary.get(f"/notary/batches/1/tokens/{command[3]}").data)
    (tmp_path / "tsa-roots.pem").write_bytes(notary.get("/notary/authorities.pem").data)
    made = subprocess.run(command[1].split(), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in made.stdout, made.stderr


def test_a_renewed_line_shows_its_renewal_and_what_that_is_over(notary, case, outside, clock):
    outside.renew(1, clock())
    clock.advance(seconds=5)
    page = notary.get("/notary/batches/1").text
    assert "第 1 次续期" in page
    digests_shown = set(re.findall(r"-digest (\w{64})", page))
    assert len(digests_shown) == 2


def test_tokens_that_lapse_soon_come_first(notary, services, case, outside, clock):
    with services.work() as work:
        for row in work.session.scalars(select(TimestampToken).where(TimestampToken.line == FAR.name)):
            work.session.delete(row)
    clock.advance(hours=1)
    submit(services, case.claimant, case.number, FILES / "unboxing.mp4")
    anchoring.anchor_waiting(services)
    outside.batch(2)
    clock.advance(hours=1)
    submit(services, case.claimant, case.number, FILES / "purchase-record.pdf")
    anchoring.anchor_waiting(services)
    page = notary.get("/notary/batches").text
    assert re.findall(r'data-batch="(\d)"', page) == ["2", "3", "1"]
    assert "有效至 2026-03" in page or "有效至 2026-0" in page


def test_older_batches_stand_on_later_pages(notary, services, case, monkeypatch):
    for name in ("unboxing.mp4", "purchase-record.pdf"):
        submit(services, case.claimant, case.number, FILES / name)
        anchoring.anchor_waiting(services)
    monkeypatch.setattr("app.services.batches.PAGE", 2)
    with services.work() as work:
        for row in work.session.scalars(select(TimestampToken).where(TimestampToken.line == FAR.name)):
            work.session.delete(row)
    first = notary.get("/notary/batches").text
    assert re.findall(r'data-batch="(\d)"', first) == ["3", "2"]
    link = re.search(r'href="(/notary/batches\?before=\d+)"', first)
    assert link is not None
    last = notary.get(link[1]).text
    assert re.findall(r'data-batch="(\d)"', last) == ["1"]
    assert "before=" not in last


def test_what_waits_is_asked_for_at_once_and_logged(notary, services, case, clock, client_for):
    later = clock() + timedelta(hours=1)
    with services.work() as work:
        work.session.add(
            TimestampToken(
                batch_number=1, line="C", authority_url="https://tsa.example/", next_attempt_at=later
            )
        )
    assert client_for(case.claimant).post("/notary/batches/1/ask").status_code == 403
    assert notary.post("/notary/batches/1/ask").status_code == 303
    with services.reading() as work:
        row = work.session.scalars(select(TimestampToken).where(TimestampToken.line == "C")).one()
        assert row.next_attempt_at == clock()
        assert "ask_timestamp" in work.session.scalars(select(Audit.act)).all()


def test_the_notarys_pages_are_closed_to_others(case, court, client_for):
    others = (client_for(case.claimant), client_for(case.mediator), court)
    for path in ("batches", "find?q=1", "batches/1", "batches/1/witnesses.json", "batches/1/tokens/1"):
        assert [client.get(f"/notary/{path}").status_code for client in others] == [403] * 3, path


def test_missing_downloads_are_not_there(notary, case):
    for path in ("tokens/99", "tokens/99/certificates", "tokens/1/revocations/0", "tokens/1/revocations/9"):
        assert notary.get(f"/notary/batches/1/{path}").status_code == 404
    assert notary.get("/notary/batches/1/tokens/1/revocations/1").status_code == 200


def test_the_office_sees_what_asks_for_attention(services, case, outside, clock, client_for):
    office = client_for(builders.person(services, "值班员", "office@example.cn", Office.OFFICE))
    page = office.get("/office/board").text
    card = page[page.index("存证状况") : page.index("</dl>", page.index("存证状况"))]
    assert "第 1 批" in card
    assert "即将失效" in card
    submit(services, case.claimant, case.number, FILES / "unboxing.mp4")
    anchoring.anchor_waiting(services)
    submit(services, case.claimant, case.number, FILES / "purchase-record.pdf")
    clock.advance(hours=2)
    page = office.get("/office/board").text
    card = page[page.index("存证状况") : page.index("</dl>", page.index("存证状况"))]
    assert "1 件" in card
    assert "某公证处" in card


@pytest.mark.parametrize("language", ["zh", "en"])
def test_headings_ids_and_names_hold_on_every_evidence_page(court, notary, case, client_for, language):
    pages = [
        (court, f"/cases/{case.number}/exhibits/1"),
        (client_for(case.claimant), f"/cases/{case.number}/exhibits/2"),
        (court, f"/court/{case.number}"),
        (notary, "/notary/batches"),
        (notary, "/notary/batches/1"),
    ]
    for client, path in pages:
        with client.session_transaction() as session:
            session["language"] = language
        outline = Outline(client.get(path).text)
        assert outline.levels[0] == 1 and outline.levels.count(1) == 1, path
        steps = [later - earlier for earlier, later in zip(outline.levels, outline.levels[1:], strict=False)]
        assert max(steps) <= 1, (path, outline.levels)
        assert len(outline.ids) == len(set(outline.ids)), path
        assert not outline.unnamed, path
