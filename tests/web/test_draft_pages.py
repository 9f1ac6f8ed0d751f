"""The draft's pages without script and its JSON: who sees and writes what, conflicts, proposals, proposing a version.
Not here: the rules of changing (see tests/services/test_drafts)."""

import re

import pytest

from app.services import drafts
from tests import builders, deals


@pytest.fixture
def deal(services, table):
    return deals.make_deal(services, table)


def text_of(answer) -> str:
    assert answer.status_code < 400, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True)


def form_of(page: str) -> dict[str, str]:
    """Inputs, areas and chosen options of the page's element form, by name."""
    found = dict(re.findall(r'<input[^>]*name="((?:f-|base)[^"]*)"[^>]*value="([^"]*)"', page))
    found |= dict(re.findall(r'<textarea[^>]*name="(f-[^"]*)"[^>]*>([^<]*)</textarea>', page))
    for name, options in re.findall(r'<select[^>]*name="(f-[^"]*)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def test_from_opening_to_proposing_without_script(client_for, deal):
    mediator, base = client_for(deal.table.mediator), f"/cases/{deal.number}/draft"
    assert f'action="{base}/open"' in text_of(mediator.get(base))
    assert f'action="{base}/open"' not in text_of(client_for(deal.table.claimant).get(base))
    mediator.post(f"{base}/open")
    page = text_of(mediator.get(base))
    assert "还需要填写" in page and "disabled" in page[page.index("提出给双方签署") - 400 :]
    for ref, values in {
        "p1": {"f-representative.position": "执行董事"},
        "p2": {"f-representative.position": "经理"},
        "c1": {"f-by": "2026-03-31"},
        "c2": {"f-by": "2026-03-31"},
        "c3": {
            "f-amount": "120,000",
            "f-due": "2026-04-30",
            "f-account_holder": "江南岸茶业有限公司",
            "f-bank": "某银行",
            "f-account_number": "0200000000000000000",
        },
    }.items():
        form = form_of(text_of(mediator.get(f"{base}/{ref}")))
        boxes = {"f-who": "p2", "f-payer": "p2"}
        answer = mediator.post(f"{base}/{ref}", data=form | boxes | values)
        assert answer.status_code == 303, answer.get_data(as_text=True)
    with deal.services.reading() as work:
        found = drafts.look(work, deal.table.mediator.actor, deal.number)
        assert found.draft.revision == 5
        assert found.agreement.clause("c3").fields["amount"] == "120000.00"
        assert found.agreement.clause("c3").refs("payer") == ("p2",)
    assert "还需要填写" not in text_of(mediator.get(base))
    answer = mediator.post(f"{base}/versions", data={"revision": "4"})
    assert answer.status_code == 303 and "/draft" in answer.location
    answer = mediator.post(f"{base}/versions", data={"revision": "5"})
    assert answer.status_code == 303 and answer.location.endswith("/settlement")
    assert "人民币 120,000.00 元（大写：人民币壹拾贰万元整）" in text_of(
        client_for(deal.table.claimant).get(answer.location)
    )


def test_a_conflict_shows_both_texts_and_keeps_what_was_written(client_for, deal):
    deal.draft()
    mediator, base = client_for(deal.table.mediator), f"/cases/{deal.number}/draft"
    form = form_of(text_of(mediator.get(f"{base}/c1")))
    deal.write({"op": "edit", "target": "c1", "set": {"manner": "甲方先前的写法"}})
    answer = mediator.post(f"{base}/c1", data=form | {"f-who": "p2", "f-manner": "我的另一种写法"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "甲方先前的写法" in page and ">我的另一种写法</textarea>" in page and "陈敏 改为" in page
    again = form_of(page) | {"f-who": "p2"}
    assert again["f-manner"] == "我的另一种写法"
    assert mediator.post(f"{base}/c1", data=again).status_code == 303
    with deal.services.reading() as work:
        found = drafts.look(work, deal.table.mediator.actor, deal.number).agreement
    assert found.clause("c1").fields["manner"] == "我的另一种写法"


def test_a_value_that_does_not_fit_is_named_beside_its_field(client_for, deal):
    deal.draft()
    client, base = client_for(deal.table.mediator), f"/cases/{deal.number}/draft"
    form = form_of(text_of(client.get(f"{base}/c3"))) | {"f-payer": "p2", "f-amount": "十二万"}
    answer = client.post(f"{base}/c3", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and 'id="f-amount-error"' in page and 'value="十二万"' in page


def test_a_party_proposes_the_mediator_decides(client_for, deal):
    deal.draft()
    party, base = client_for(deal.table.respondent), f"/cases/{deal.number}/draft"
    form = form_of(text_of(party.get(f"{base}/c3"))) | {
        "f-payer": "p2",
        "f-amount": "90000",
        "note": "只能承担这些",
    }
    assert party.post(f"{base}/c3", data=form).status_code == 303
    mediator = client_for(deal.table.mediator)
    page = text_of(mediator.get(base))
    assert "只能承担这些" in page and "90000" in page and "王磊" in page
    proposal = re.search(r'id="proposal-(\d+)"', page)[1]
    assert party.post(f"{base}/proposals/{proposal}/decision", data={"action": "accept"}).status_code == 403
    mediator.post(f"{base}/proposals/{proposal}/decision", data={"action": "accept"})
    assert "已接受" in text_of(party.get(base)) and "人民币 90,000.00 元" in text_of(party.get(base))
    history = text_of(party.get(f"{base}/history"))
    assert "接受建议" in history and "<del>" in history


def test_comments_are_shown_safely_and_answered(client_for, deal):
    deal.draft()
    party, base = client_for(deal.table.claimant), f"/cases/{deal.number}/draft"
    party.post(
        f"{base}/comments", data={"target": "c1", "text": "<script>alert(1)</script>\u202e停止的范围？"}
    )
    page = text_of(client_for(deal.table.mediator).get(base))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;停止的范围？" in page
    comment = re.search(r"/comments/(\d+)/resolution", page)[1]
    client_for(deal.table.mediator).post(f"{base}/comments", data={"reply_to": comment, "text": "包括线下。"})
    assert "包括线下。" in text_of(party.get(base))


def test_strangers_and_courts_see_no_draft(client_for, services, deal):
    deal.sealed()
    code, judge = deal.filed(), deal.judge()
    from app.services import confirmations

    with services.work() as work:
        confirmations.open_file(work, judge.actor, deal.number, code)
    outsider = builders.person(services, "某人", "stranger@example.cn")
    for person in (judge, outsider):
        for path in (
            f"/cases/{deal.number}/draft",
            f"/api/cases/{deal.number}/draft",
            f"/cases/{deal.number}/draft/history",
        ):
            assert client_for(person).get(path).status_code in (403, 404)


def test_the_json_says_the_same(client_for, deal):
    mediator, api = client_for(deal.table.mediator), f"/api/cases/{deal.number}/draft"
    assert mediator.get(api).status_code == 404
    assert mediator.post(api).status_code == 201
    state = mediator.get(api).json
    assert state["revision"] == 0 and state["may"] == {"write": True, "propose_changes": True, "decide": True}
    assert state["missing"]["clauses.c1.by"] == "missing"
    kinds = mediator.get(f"{api}/kinds").json
    assert len(kinds["kinds"]) == 23 and any(entry["key"] == "trademark.cease" for entry in kinds["library"])
    edit = {"op": "edit", "target": "c1", "set": {"by": "2026-03-31"}}
    sent = {"client_id": "a", "base": 0, "operation": edit}
    assert mediator.post(f"{api}/changes", json=sent).status_code == 201
    assert mediator.post(f"{api}/changes", json=sent).json["change"]["revision"] == 1
    clash = sent | {"client_id": "b", "operation": edit | {"set": {"by": "2026-05-01"}}}
    answer = mediator.post(f"{api}/changes", json=clash)
    assert answer.status_code == 409 and answer.json["error"]["both"]["c1.by"]["theirs"] == "2026-03-31"
    party = client_for(deal.table.claimant)
    asked = party.post(f"{api}/changes", json=clash | {"base": 1})
    assert asked.status_code == 202 and asked.json["proposal"]["state"] == "open"
    assert [one["revision"] for one in party.get(f"{api}/changes?after=0").json["changes"]] == [1]
    assert party.get(f"{api}/revisions/0").json["agreement"]["clauses"][0]["fields"].get("by") is None
    differences = party.get(f"{api}/comparison?before=0&after=1").json["differences"]
    assert [one["ref"] for one in differences if one["kind"] == "changed"] == ["c1"]
    lacking = mediator.post(f"{api}/versions", json={"revision": 1})
    assert lacking.status_code == 422 and "clauses.c2.by" in lacking.json["error"]["fields"]


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"client_id": "a", "base": "0", "operation": {}},
        {"client_id": "a", "base": 0, "operation": {"op": "drop"}},
        {"client_id": "", "base": 0, "operation": {"op": "remove", "target": "c1"}},
        {"client_id": "a", "base": 99, "operation": {"op": "remove", "target": "c1"}},
        {
            "client_id": "a",
            "base": 0,
            "operation": {"op": "edit", "target": "c1", "set": {"what": "停" * 100_000}},
        },
        {"client_id": "a", "base": 0, "operation": {"op": "edit", "target": "c1", "set": {"ref": "c2"}}},
        {"client_id": "a", "base": 0, "operation": {"op": "edit", "target": "clauses", "set": {"x": 1}}},
        {"client_id": "a", "base": 0, "operation": {"op": "add", "clause": {"kind": "ownership"}}},
        {"client_id": "a", "base": 0, "operation": {"op": "add", "clause": {"library": "x.y"}}},
        {"client_id": "a", "base": 0, "operation": {"op": "restore", "revision": 7}},
    ],
)
def test_bad_input_is_refused_and_changes_nothing(client_for, deal, body):
    mediator, api = client_for(deal.table.mediator), f"/api/cases/{deal.number}/draft"
    mediator.post(api)
    answer = mediator.post(f"{api}/changes", json=body)
    assert answer.status_code in (404, 422) and answer.json["error"]["message"]
    assert mediator.get(api).json["revision"] == 0
