"""Erasing an exhibit: two people, an honest tombstone everywhere, and nothing left that leads to the file.
Retention periods and legal holds with it. Not here: how a store destroys a key (tests/stores)."""

import dataclasses
import json
from datetime import date, timedelta

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from app.commands.registry import register
from app.domain.errors import DomainError, ErrorKind
from app.domain.roles import Office
from app.factory import create_app
from app.models.cases import Case
from app.models.exhibits import Exhibit
from app.models.retention import Erasure
from app.services import anchoring, custody, erasure, inventory, retention, state_proofs
from evidence.audit import Auditor, Silence
from evidence.audit_package import Package
from evidence.audit_sources import Inventory
from evidence.custody import check_custody
from evidence.errors import Unavailable
from evidence.verdict import CheckStatus
from tests import builders
from tests.builders import FILES, submit
from tests.deals import make_deal
from tests.web.test_packages import manifest_of, unpack

PHOTO = FILES / "gift-box-photo.jpg"
BASIS = "个人信息保护法 47"


@pytest.fixture
def anchored(services, table):
    for path in (PHOTO, FILES / "shop-page.png"):
        submit(services, table.claimant, table.number, path)
    anchoring.anchor_waiting(services)
    state_proofs.take_waiting(services)
    return f"/cases/{table.number}/exhibits"


@pytest.fixture
def staff(services):
    """Two people of the office."""
    return [
        builders.person(services, name, f"{name}@office.example", Office.OFFICE) for name in ("周宁", "吴敏")
    ]


def ask(services, who, table, number=1) -> int:
    with services.work() as work:
        asked = erasure.request(work, who.actor, table.number, number, "本人要求删除", BASIS)
        work.session.flush()
        return asked.id


def refusal(act, *arguments) -> ErrorKind:
    with pytest.raises(DomainError) as caught:
        act(*arguments)
    return caught.value.kind


def exhibit(services, number=1) -> Exhibit:
    with services.reading() as work:
        return work.session.scalars(select(Exhibit).where(Exhibit.number == number)).one()


def test_two_people_erase_and_everything_shows_the_tombstone(
    services, table, anchored, staff, client_for, tmp_path
):
    before, one, two = exhibit(services), *(client_for(who) for who in staff)
    form = {"number": table.number, "exhibit": "1", "reason": "本人要求删除", "legal_basis": BASIS}
    assert one.post("/office/erasures", data=form).status_code == 303
    assert PHOTO.name in client_for(table.claimant).get(f"{anchored}/1").text
    assert one.post("/office/erasures/1/confirm", data={}).status_code == 403
    assert services.store.exists(before.store_address)
    assert two.post("/office/erasures/1/confirm", data={}).status_code == 303

    gone = exhibit(services)
    assert gone.erased_at is not None and gone.commitment == before.commitment
    assert (gone.statement, gone.file_name, gone.sha256, gone.sm3, gone.attestation) == ({}, "", "", "", b"")
    assert services.store.erased(before.store_address) and not services.store.exists(before.store_address)
    own = client_for(table.claimant)
    page = own.get(f"{anchored}/1")
    assert page.status_code == 410
    for words in ("只留下这份删除记录", "本人要求删除", BASIS, "周宁", "吴敏", 'data-custody="erased"'):
        assert words in page.text
    assert before.commitment.hex()[:8] in page.text.replace(" ", "").replace("</span><span>", "")
    for part in ("receipt", "proof", "file", "certificate.pdf"):
        answer = own.get(f"{anchored}/1/{part}")
        assert (part, answer.status_code) == (part, 410)
        assert "查看删除记录" in answer.text and "链接已失效" not in answer.text
    listed = own.get(anchored).text
    assert "已删除，只留下删除记录" in listed and PHOTO.name not in listed
    row = listed.split('data-exhibit="1"')[1].split("</tr>")[0]
    assert "已上链" not in row and row.count("已删除") == 2
    files = unpack(own.get(f"/cases/{table.number}/package.zip"))
    manifest = manifest_of(files)
    assert manifest["left_out"] == [
        {"name": before.receipt_number, "kind": "exhibit", "number": 1, "reason": "erased"}
    ]
    assert "已依法删除" in files["README.txt"].decode()
    (tmp_path / "package.zip").write_bytes(own.get(f"/cases/{table.number}/package.zip").data)
    auditor = Auditor(services.trust, services.ledger, Silence(), at=services.clock())
    report = auditor.run([Package(tmp_path / "package.zip", services.trust)])
    assert [one.items for one in report.findings if one.code == "file.erased"] == [(before.receipt_number,)]
    assert not [one for one in report.findings if one.status is CheckStatus.FAILED]
    with services.reading() as work:
        record = custody.entries(work, gone)
        check_custody(record)
        assert (record[-1].act, record[-1].reason) == ("erased", BASIS)
        assert record[-1].details["file"] == "destroyed"


def test_nothing_in_the_database_leads_back_to_the_file(services, table, anchored, staff):
    before = exhibit(services)
    secrets = [before.sha256, before.sm3, before.file_name, before.statement["salt"].removeprefix("0x")]
    assert all(found(services, secret) for secret in secrets)
    erasure.confirm(services, staff[1].actor, ask(services, staff[0], table))
    assert {secret: found(services, secret) for secret in secrets} == {secret: [] for secret in secrets}
    assert found(services, exhibit(services, 2).sha256)


def found(services, secret: str) -> list[str]:
    """Tables in which a text stands, in any column."""
    with services.reading() as work:
        tables = inspect(work.session.connection()).get_table_names()
        hits = []
        for name in tables:
            rows = work.session.execute(text(f'SELECT * FROM "{name}"')).all()
            if any(
                secret in repr(tuple(row)).encode().decode("unicode_escape", "replace") for row in rows
            ) or any(secret in json.dumps([str(value) for value in row], ensure_ascii=False) for row in rows):
                hits.append(name)
        return hits


def test_an_audit_knows_the_tombstone(services, table, anchored, staff, tmp_path):
    erasure.confirm(services, staff[1].actor, ask(services, staff[0], table))
    path = tmp_path / "inventory.jsonl"
    inventory.write(services, path)
    auditor = Auditor(services.trust, services.ledger, Silence(), at=services.clock())
    report = auditor.run([Inventory(path, services.store)])
    named = {(one.code, one.items) for one in report.findings}
    assert ("file.erased", (f"{table.number}-E001",)) in named
    assert {code for code, _ in named} <= {"file.erased", "time.revocation", "time.token"}


def test_the_store_may_be_away_when_it_is_confirmed(services, table, anchored, staff, monkeypatch):
    erasure_id, before = ask(services, staff[0], table), exhibit(services)
    with monkeypatch.context() as patch:
        patch.setattr(type(services.store), "erase", away)
        kind = refusal(erasure.confirm, services, staff[1].actor, erasure_id)
    assert kind is ErrorKind.STORE_UNAVAILABLE
    assert exhibit(services).erased_at is None and services.store.exists(before.store_address)
    assert erasure.carry_out_waiting(services) == 1
    assert exhibit(services).erased_at is not None and not services.store.exists(before.store_address)
    assert erasure.carry_out_waiting(services) == 0


def away(*_: object) -> None:
    raise Unavailable("away")


def test_a_process_that_dies_between_file_and_rows_is_taken_up(services, table, anchored, staff, monkeypatch):
    erasure_id = ask(services, staff[0], table)

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(erasure, "_finish", killed)
        with pytest.raises(Killed):
            erasure.confirm(services, staff[1].actor, erasure_id)
    assert erasure.carry_out_waiting(services) == 1
    with services.reading() as work:
        acts = [entry.act for entry in custody.entries(work, exhibit(services))]
    assert acts.count("erased") == 1


def test_a_legal_hold_stops_it_before_and_after_the_request(services, table, anchored, staff):
    erasure_id = ask(services, staff[0], table)
    with services.work() as work:
        hold_id = retention.hold(work, staff[0].actor, table.number, "另案诉讼中").id
        work.session.flush()
        hold_id = retention.holds(work, staff[0].actor)[0].id
    assert refusal(erasure.confirm, services, staff[1].actor, erasure_id) is ErrorKind.LEGAL_HOLD
    assert refusal(ask, services, staff[0], table, 2) is ErrorKind.LEGAL_HOLD
    assert services.store.exists(exhibit(services).store_address)
    with services.work() as work:
        retention.lift(work, staff[1].actor, hold_id)
    erasure.confirm(services, staff[1].actor, erasure_id)
    assert exhibit(services).erased_at is not None


def test_who_may_and_what_a_request_needs(services, table, anchored, staff, client_for):
    for person in (table.claimant, table.mediator):
        assert refusal(ask, services, person, table) is ErrorKind.NOT_ALLOWED
        assert client_for(person).get("/office/retention").status_code == 403
    with services.work() as work:
        for reason, basis in (("", BASIS), ("x", " "), ("x" * 1001, BASIS)):
            asked = (work, staff[0].actor, table.number, 1, reason, basis)
            assert refusal(erasure.request, *asked) is ErrorKind.INVALID_INPUT
    erasure_id = ask(services, staff[0], table)
    assert refusal(ask, services, staff[1], table) is ErrorKind.WRONG_STATE
    with services.work() as work:
        erasure.withdraw(work, staff[0].actor, erasure_id)
    assert refusal(erasure.confirm, services, staff[1].actor, erasure_id) is ErrorKind.WRONG_STATE
    again = ask(services, staff[0], table)
    with services.work() as work:
        row = work.session.get_one(Erasure, again)
        row.confirmed_by_id, row.confirmed_at = row.requested_by_id, work.now()
        with pytest.raises(IntegrityError):
            work.session.flush()
        work.session.rollback()


def test_what_is_due_is_listed_and_nothing_is_erased_by_itself(services, table, staff):
    deal = make_deal(services, table).sealed()
    submit(services, table.claimant, deal.number, PHOTO)
    office = staff[0].actor

    def on(day: date):
        moved = services.clock() - services.clock() + services.clock()
        ahead = dataclasses.replace(services, clock=lambda: moved + timedelta(days=(day - moved.date()).days))
        with ahead.reading() as work:
            return [(one.case.number, one.until, one.held) for one in retention.due(work)]

    with services.reading() as work:
        (closed,) = retention.closed_cases(work)
    far = closed.closed_on.replace(year=closed.closed_on.year + 6)
    assert on(far) == []
    with services.work() as work:
        retention.set_rule(work, office, 5, date(2000, 1, 1), "由办公室确定")
        retention.set_rule(work, office, 30, closed.closed_on + timedelta(days=1), "只适用于以后结案的")
    until = closed.closed_on.replace(year=closed.closed_on.year + 5)
    assert on(until) == []
    assert on(until + timedelta(days=1)) == [(deal.number, until, False)]
    with services.work() as work:
        retention.hold(work, office, deal.number, "审计")
    assert on(far) == [(deal.number, until, True)]
    with services.work() as work:
        retention.set_rule(work, office, 10, date(2000, 1, 1), "本案另定", deal.number)
    assert on(far) == []
    assert exhibit(services).erased_at is None


def test_the_command_lists_and_the_page_edits(services, table, anchored, staff, client_for):
    with services.work() as work:
        case = work.session.scalars(select(Case).where(Case.number == table.number)).one()
        work.session.execute(
            text("UPDATE mediation_case SET state = 'settled' WHERE id = :id"), {"id": case.id}
        )
    app = create_app(services)
    register(app)
    result = app.test_cli_runner().invoke(args=["retention", "due"])
    assert result.exit_code == 0 and f"{table.number}: closed" in result.output
    assert "no rule in force" in result.output
    office = client_for(staff[0])
    form = {"years": "5", "valid_from": "2000-01-01", "source": "主任办公会", "number": ""}
    assert office.post("/office/retention/rules", data=form).status_code == 303
    assert office.post("/office/retention/rules", data=form | {"years": "0"}).status_code == 422
    assert (
        office.post("/office/retention/holds", data={"number": table.number, "reason": "审计"}).status_code
        == 303
    )
    assert (
        office.post("/office/retention/rules", data=form | {"years": "6", "source": "新的决定"}).status_code
        == 303
    )
    page = office.get("/office/retention").text
    assert page.count("已被取代") == 1 and "新的决定" in page and "6 年" in page
    assert page.count("主任办公会") == 1 and "审计" in page and "没有适用的保管期限" not in page


def test_a_refused_form_comes_back_as_it_was_written(services, table, anchored, staff, client_for):
    """Each problem at its field, in the form that was sent, and nothing is lost."""
    office, own = client_for(staff[0]), {"reason": "原因写得很长", "legal_basis": BASIS}
    rule = {"years": "abc", "valid_from": "2026-01-01", "source": "主任办公会", "number": ""}
    for path, form, status, where, words in (
        ("retention/rules", rule, 422, "rule-years", "请填写整数"),
        (
            "retention/rules",
            rule | {"years": "5", "number": "HZ2026-99999"},
            404,
            "rule-number",
            "没有这个编号",
        ),
        ("erasures", own | {"number": table.number, "exhibit": "9"}, 404, "ask-number", "没有这个序号"),
        ("erasures", own | {"number": table.number, "exhibit": "E001"}, 422, "ask-exhibit", "请填写整数"),
        ("retention/holds", {"number": table.number, "reason": ""}, 422, "hold-reason", "请填写此项"),
    ):
        answer = office.post(f"/office/{path}", data=form)
        page = answer.text
        assert (path, answer.status_code) == (path, status)
        assert f'id="{where}-error"' in page and f'href="#{where}"' in page and words in page
        assert page.count('<details class="more" open>') == 1
        assert all(value in page for value in form.values())
    assert (
        ask(services, staff[0], table),
        office.post("/office/erasures", data=own | {"number": table.number, "exhibit": "1"}).status_code,
    )[1] == 409


def test_a_hold_takes_the_button_away(services, table, anchored, staff, client_for):
    ask(services, staff[0], table)
    second = client_for(staff[1])
    assert "/office/erasures/1/confirm" in second.get("/office/retention").text
    with services.work() as work:
        retention.hold(work, staff[0].actor, table.number, "审计")
    assert "/office/erasures/1/confirm" not in second.get("/office/retention").text


def test_the_court_sees_the_record_and_is_told_that_nothing_can_be_compared(
    services, table, staff, client_for
):
    deal = make_deal(services, table)
    submit(services, table.claimant, deal.number, PHOTO)
    deal.sealed()
    anchoring.anchor_waiting(services)
    judge, code = deal.judge(), deal.filed()
    court = client_for(judge)
    court.post("/court", data={"number": deal.number, "code": code})
    assert PHOTO.name in court.get(f"/court/{deal.number}").text
    erasure.confirm(services, staff[1].actor, ask(services, staff[0], table))
    page = court.get(f"/court/{deal.number}").text
    assert PHOTO.name not in page and "已删除，只留下删除记录" in page
    assert court.get(f"/cases/{deal.number}/exhibits/1").status_code == 410
    content = PHOTO.read_bytes()
    question = {"digest": {**builders.digests(content), "size": len(content)}, "file_name": PHOTO.name}
    told = court.post(f"/court/{deal.number}/match", json=question).text
    assert "本案没有与之相同的证据" in told and "1 件证据已依法删除" in told
    manifest = manifest_of(unpack(court.get(f"/cases/{deal.number}/package.zip")))
    assert [one["reason"] for one in manifest["left_out"]] == ["erased"]
    assert manifest["taken_for"]["role"] == "court"
