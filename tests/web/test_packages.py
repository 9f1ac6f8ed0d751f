"""The case package: who gets what, the same bytes for the same state, names made safe, the hand-out on record."""

import io
import json
import zipfile
from hashlib import sha256

import pytest
from sqlalchemy import select

from app.documents import zip_stream
from app.domain.permissions import Permission
from app.domain.roles import Office
from app.models.cases import Audit
from app.models.exhibits import Exhibit
from app.models.settlements import ConfirmationOutcome
from app.services import access, anchoring, confirmations, exhibits, relays, room, settlements
from evidence.proof import Proof
from evidence.strict import to_hex
from tests import builders
from tests.builders import FILES, submit
from tests.deals import Deal, make_deal

PHOTO = FILES / "gift-box-photo.jpg"


@pytest.fixture
def address(services, table):
    """An open photo (1) and a secret PDF (2), anchored; a picture (3) that waits. The address of the package."""
    submit(services, table.claimant, table.number, PHOTO)
    submit(services, table.claimant, table.number, FILES / "purchase-record.pdf", secret=True)
    anchoring.anchor_waiting(services)
    submit(services, table.respondent, table.number, FILES / "shop-page.png")
    return f"/cases/{table.number}/package.zip"


def unpack(answer) -> dict[str, bytes]:
    assert answer.status_code == 200, answer.text
    assert answer.content_length == len(answer.data)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        return {info.filename.partition("/")[2]: archive.read(info) for info in archive.infolist()}


def manifest_of(files: dict[str, bytes]) -> dict:
    return json.loads(files["manifest.json"])


def test_the_package_holds_originals_proofs_certificates_and_all_that_checks_them(
    address, table, client_for, services
):
    files = unpack(client_for(table.claimant).get(address))
    manifest = manifest_of(files)
    assert {item["name"]: item["state"] for item in manifest["items"]} == {
        f"{table.number}-E001": "anchored",
        f"{table.number}-E002": "anchored",
        f"{table.number}-E003": "waiting",
        "preservation": "anchored",
    }
    photo = manifest["items"][0]
    assert files[photo["file"]] == PHOTO.read_bytes()
    assert Proof.parse(files[photo["proof"]]).statement.as_json() == photo["statement"]
    assert files[photo["certificate"]].startswith(b"%PDF")
    assert manifest["items"][2]["proof"] is None
    assert files[manifest["items"][2]["file"]] == (FILES / "shop-page.png").read_bytes()
    assert files["trust.json"].decode() == services.trust.dump()
    assert files["docs/proof-format.md"].startswith(b"# The proof file")
    readme = files["README.txt"].decode()
    assert "待上链" in readme and f"{table.number}-E003" in readme
    assert "Compare it with the copy of a court" in readme


def test_the_pages_lead_to_package_and_certificate_with_a_size(address, table, client_for):
    browser = client_for(table.claimant)
    for page in (f"/cases/{table.number}", f"/cases/{table.number}/exhibits"):
        text = browser.get(page).text
        assert f'href="{address}"' in text
        assert "MB）" in text[text.index(f'href="{address}"') :][:200]
    shown = browser.get(f"/cases/{table.number}/exhibits/1").text
    assert f"/cases/{table.number}/exhibits/1/certificate.pdf" in shown
    waiting = browser.get(f"/cases/{table.number}/exhibits/3").text
    assert "certificate.pdf" not in waiting


def test_the_manifest_lists_every_file_but_itself(address, table, client_for):
    files = unpack(client_for(table.mediator).get(address))
    listed = {one["path"]: (one["size"], one["sha256"]) for one in manifest_of(files)["files"]}
    del files["manifest.json"]
    assert listed == {path: (len(data), to_hex(sha256(data).digest())) for path, data in files.items()}


def test_secret_exhibits_are_left_out_and_named(address, table, client_for):
    files = unpack(client_for(table.respondent).get(address))
    manifest = manifest_of(files)
    assert manifest["left_out"] == [
        {"name": f"{table.number}-E002", "kind": "exhibit", "number": 2, "reason": "secret"}
    ]
    assert not [path for path in files if path.startswith("exhibits/002")]
    assert not [path for path in files if "purchase-record" in path]
    assert b"purchase-record" not in b"".join(files.values())
    assert f"保密，不对您开放: {table.number}-E002" in files["README.txt"].decode()


def test_strangers_get_nothing(address, table, client_for, services):
    for office in Office:
        stranger = builders.person(services, "外人", f"{office.value}@example.cn", office)
        assert client_for(stranger).get(address).status_code in (403, 404)
    assert client_for(None).get(address).status_code in (302, 303, 401)


def test_two_builds_of_one_state_are_the_same_byte_for_byte(address, table, client_for, clock):
    browser = client_for(table.claimant)
    first = browser.get(address).data
    second = browser.get(address).data
    assert second != first  # the first hand-out is on record in the second
    clock.advance(hours=2)
    assert browser.get(address).data == second


def test_the_hand_out_is_on_record_before_the_bytes_go_out(address, table, client_for, services, monkeypatch):
    def broken(entries):
        yield b"PK"
        raise OSError("the line went down")

    monkeypatch.setattr(zip_stream, "stream", broken)
    with pytest.raises(OSError, match="went down"):
        _ = client_for(table.respondent).get(address).data
    with services.reading() as work:
        acts = {
            exhibit.number: [step.entry.act for step in exhibits.record(work, exhibit)]
            for exhibit in work.session.scalars(select(Exhibit))
        }
        logged = work.session.scalars(select(Audit).where(Audit.act == "download_package")).all()
    assert acts[1][-1] == acts[3][-1] == "package_downloaded"
    assert "package_downloaded" not in acts[2]
    assert {"exhibits": 2, "withheld": 1, "documents": 1} in [line.detail for line in logged]


def test_hostile_names_are_made_safe(services, table, client_for):
    names = [
        "../../etc/passwd.jpg",
        "CON.jpg",
        "a\u202egpj.jpg",
        "x" * 240 + ".jpg",
        "..jpg",
        "same.jpg",
        "same.jpg",
    ]
    for name in names:
        submit(services, table.claimant, table.number, PHOTO, file_name=name)
    answer = client_for(table.claimant).get(f"/cases/{table.number}/package.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        found = archive.namelist()
    assert len(found) == len(set(found))
    for path in found:
        parts = path.split("/")
        assert not path.startswith("/") and "\\" not in path and "\u202e" not in path
        assert all(part not in ("", ".", "..") and len(part) <= 80 for part in parts)
        assert parts[0] == table.number
    assert sum("/original/" in path for path in found) == len(names)


def test_an_original_that_cannot_be_read_is_named_and_the_rest_is_there(address, table, client_for, services):
    with services.reading() as work:
        path = services.store._path(work.session.scalars(select(Exhibit.store_address)).first())
    path.unlink()
    files = unpack(client_for(table.claimant).get(address))
    item = manifest_of(files)["items"][0]
    assert item["file"] is None
    assert item["proof"] in files
    assert f"原文件暂时读不出: {table.number}-E001" in files["README.txt"].decode()


class TestWithAnAgreement:
    """After sealing and ruling the documents are in the package; the court gets its part and nothing else."""

    @pytest.fixture
    def deal(self, services, table) -> Deal:
        return make_deal(services, table)

    def test_the_sealed_agreement_comes_with_text_pdf_and_proof(self, deal, services, client_for):
        deal.sealed()
        anchoring.anchor_waiting(services)
        files = unpack(client_for(deal.table.respondent).get(f"/cases/{deal.number}/package.zip"))
        item = next(one for one in manifest_of(files)["items"] if one["kind"] == "agreement")
        assert item["state"] == "anchored"
        assert files["agreement/agreement.pdf"].startswith(b"%PDF")
        assert Proof.parse(files[item["proof"]]).statement.as_json() == item["statement"]
        assert "application.json" not in files

    def test_the_court_gets_the_file_and_nothing_of_the_negotiation(self, deal, services, client_for):
        submit(services, deal.table.claimant, deal.number, PHOTO, secret=True)
        deal.propose(dispute="被拒绝的第一稿，只供调解使用。")
        with services.work() as work:
            settlements.decline(
                work, deal.table.claimant.actor, deal.number, 1, "金额太低，我方底线是二十万元。"
            )
        say(services, deal.table.respondent, deal.number, "我方最多能出十五万元。")
        lower = {"op": "edit", "target": "c3", "set": {"amount": "150000"}}
        deal.write(lower, side="respondent")
        deal.write({"op": "edit", "target": "header", "set": {"dispute": "双方因茶叶礼盒上的标识发生争议。"}})
        deal.sealed()
        code = deal.filed()
        judge = deal.judge()
        browser = client_for(judge)
        address = f"/cases/{deal.number}/package.zip"
        assert browser.get(address).status_code == 404
        with services.work() as work:
            assert confirmations.open_file(work, judge.actor, deal.number, code) == deal.number
        deal_id = deal.store_decision(judge, ConfirmationOutcome.VALID)
        relays.relay_decision(services, deal_id)
        anchoring.anchor_waiting(services)
        assert f'href="{address}"' in browser.get(f"/court/{deal.number}").text
        files = unpack(browser.get(address))
        manifest = manifest_of(files)
        assert manifest["taken_for"]["role"] == "court"
        assert {item["kind"] for item in manifest["items"]} == {
            "exhibit",
            "preservation",
            "agreement",
            "ruling",
        }
        assert all(item["proof"] in files for item in manifest["items"])
        parties = json.loads(files["application.json"])["parties"]
        assert parties[0]["id_number"] == "91110105MA00000X00"
        everything = b"".join(files.values()).decode(errors="replace")
        for word in ("被拒绝的第一稿", "二十万", "十五万", "150,000"):
            assert word not in everything


def say(services, who, number: str, text: str) -> None:
    with services.work() as work:
        case = access.in_case(work, who.actor, number, Permission.ENTER_ROOM).case
        joint = room.joint_audience(work, case)
        room.post_message(work, who.actor, joint.id, text, "client-1")
