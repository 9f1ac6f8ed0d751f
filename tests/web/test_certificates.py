"""The certificate of an exhibit, as PDF: what stands on it, what is inside it, who may have it."""

import subprocess
from datetime import timedelta
from hashlib import sha256
from io import BytesIO

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from sqlalchemy import select

from app.models.exhibits import Exhibit, TimestampToken
from app.services import anchoring, certificates, exhibits
from app.web import certificate_text, certificate_words
from evidence.proof import Proof
from tests.builders import FILES, digests, submit

PHOTO = FILES / "gift-box-photo.jpg"
CONTENT = PHOTO.read_bytes()
FORBIDDEN = ("内容真实", "国家授时", "法院已认可", "已公证")


def plain(content: bytes, tmp_path) -> str:
    path = tmp_path / "paper.pdf"
    path.write_bytes(content)
    subprocess.run(["qpdf", "--check", path], capture_output=True, check=True)
    return subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, check=True, text=True
    ).stdout


def inside(content: bytes) -> dict[str, bytes]:
    names = PdfFileReader(BytesIO(content)).root["/Names"]["/EmbeddedFiles"]["/Names"]
    return {str(names[at]): names[at + 1]["/EF"]["/F"].data for at in range(0, len(names), 2)}


@pytest.fixture
def address(services, table):
    """An open photo (1), a secret PDF (2), both anchored, and a text that waits (3); the address of the exhibits."""
    submit(services, table.claimant, table.number, PHOTO)
    submit(services, table.claimant, table.number, FILES / "purchase-record.pdf", secret=True)
    anchoring.anchor_waiting(services)
    submit(services, table.claimant, table.number, FILES / "shop-page.png")
    return f"/cases/{table.number}/exhibits"


def test_the_certificate_states_digests_times_and_what_is_not_proven(address, table, client_for, tmp_path):
    answer = client_for(table.respondent).get(f"{address}/1/certificate.pdf")
    assert answer.mimetype == "application/pdf"
    text = plain(answer.data, tmp_path)
    for value in digests(CONTENT).values():
        assert value in text.replace(" ", "").replace("\n", "")
    assert "2026-03-02 09:30:00" in text
    assert "2026-03-02 01:30:00" in text
    assert "平台运营方节点时钟" in text
    assert text.count("不证明：") == 4
    assert "待补" in text
    assert "试用" in text
    assert "第1页共" in text.replace(" ", "")
    assert not [word for word in FORBIDDEN if word in text]


def test_proof_and_trust_root_are_inside_and_the_number_names_the_proof(address, table, client_for, services):
    answer = client_for(table.claimant).get(f"{address}/1/certificate.pdf")
    files = inside(answer.data)
    proof_name = next(name for name in files if name.endswith(".hezheng-proof.json"))
    proof = Proof.parse(files[proof_name])
    assert [entry.act for entry in proof.custody] == ["received", "anchored"]
    assert files["hezheng-trust.json"].decode() == services.trust.dump()
    digest = sha256(files[proof_name]).hexdigest()[:8].upper()
    assert answer.headers["Content-Disposition"].endswith(f"-E001-{digest}.pdf")


def test_the_same_state_gives_the_same_bytes_and_another_state_another_number(
    address, table, client_for, services, clock
):
    browser = client_for(table.mediator)
    first = browser.get(f"{address}/1/certificate.pdf")
    with services.reading() as work:
        acts = [step.entry.act for step in exhibits.record(work, _first(work))]
    assert acts == ["received", "anchored", "certificate_downloaded"]
    second = browser.get(f"{address}/1/certificate.pdf")
    assert second.data != first.data
    assert second.headers["Content-Disposition"] != first.headers["Content-Disposition"]
    clock.advance(hours=1)
    assert browser.get(f"{address}/1/certificate.pdf").data == second.data


def _first(work) -> Exhibit:
    return work.session.scalars(select(Exhibit).order_by(Exhibit.id)).first()


def test_only_those_who_may_see_the_exhibit_get_a_certificate(address, table, client_for):
    assert client_for(table.claimant).get(f"{address}/2/certificate.pdf").status_code == 200
    assert client_for(table.mediator).get(f"{address}/2/certificate.pdf").status_code == 200
    assert client_for(table.respondent).get(f"{address}/2/certificate.pdf").status_code == 403
    assert client_for(None).get(f"{address}/1/certificate.pdf").status_code in (302, 303, 401)
    waiting = client_for(table.claimant).get(
        f"{address}/3/certificate.pdf", headers={"Accept": "application/json"}
    )
    assert waiting.status_code == 409


def test_a_certificate_is_english_for_who_reads_english(address, table, client_for, tmp_path):
    text = plain(client_for(table.claimant).get(f"{address}/1/certificate.pdf?lang=en").data, tmp_path)
    assert "Evidence certificate" in text
    assert "Beijing time" in text
    assert "被申请人销售的礼盒正面使用" in text  # what was stated stays as it was stated


def test_a_token_far_from_the_block_is_flagged(address, table, client_for, services, tmp_path):
    with services.work() as work:
        batch = _first(work).job.batch
        work.session.add(
            TimestampToken(
                batch_number=batch.number,
                line="外部机构",
                authority_url="http://tsa.example",
                authority="外部机构",
                token=b"\x30\x00",
                generated_at=batch.block_time + timedelta(seconds=61),
                accuracy_ms=500,
                next_attempt_at=batch.block_time,
            )
        )
    text = plain(client_for(table.claimant).get(f"{address}/1/certificate.pdf").data, tmp_path)
    assert "相差 61 秒" in text.replace("\n", "")
    assert "±0.5 秒" in text


def test_the_picture_holds_the_public_page_with_the_digests(address, table, client_for, services, tmp_path):
    with services.reading() as work:
        exhibit = _first(work)
        link = f"http://localhost:8480/verify#sha256={exhibit.sha256}&sm3={exhibit.sm3}&size={exhibit.size}"
    found = certificates.certify(services, table.claimant.actor, table.number, 1, None)
    assert certificate_words.verify_link(found) == link
    assert found.trial


def test_a_hostile_name_stays_text_and_cannot_turn_the_line(services, table, client_for, tmp_path):
    hostile = tmp_path / "a.jpg"
    hostile.write_bytes(CONTENT)
    name = "#set page(fill: red) $x$ \u202egpj.exe" + "名" * 60 + "x" * 120 + ".jpg"
    submit(services, table.claimant, table.number, hostile, file_name=name)
    anchoring.anchor_waiting(services)
    answer = client_for(table.claimant).get(f"/cases/{table.number}/exhibits/1/certificate.pdf")
    text = plain(answer.data, tmp_path)
    assert "#set page(fill" in text
    assert "\u202e" not in text


def test_text_from_outside_is_made_harmless_for_paper():
    shown = certificate_text.breakable("a\u202eb\x1bc " + "x" * 50)
    assert shown.startswith("a\\u202eb\\x1bc ")
    assert max(len(part) for part in shown.replace("\u200b", " ").split(" ")) == 24
    assert shown.replace("\u200b", "").endswith("x" * 50)


@pytest.mark.parametrize("name", ["礼盒🎁👩‍🚀.jpg", "ᚠ#set text(red) $x$ `b` <c> @d *e* //.jpg"])
def test_no_name_of_a_file_keeps_anybody_from_certificate_and_package(
    services, table, client_for, tmp_path, name
):
    exhibit = submit(services, table.claimant, table.number, PHOTO, file_name=name, proves=f"证明 {name}")
    anchoring.anchor_waiting(services)
    client = client_for(table.respondent)
    answer = client.get(f"/cases/{table.number}/exhibits/1/certificate.pdf")
    assert answer.status_code == 200
    text = plain(answer.data, tmp_path).replace(" ", "").replace("\n", "")
    assert f"[U+{ord('🎁' if '🎁' in name else 'ᚠ'):04X}]" in text
    attached = next(one for file, one in inside(answer.data).items() if file.endswith(".hezheng-proof.json"))
    assert Proof.parse(attached).statement.body["file_name"] == exhibit.file_name, "inside it is as it was"
    assert client.get(f"/cases/{table.number}/package.zip").status_code == 200
