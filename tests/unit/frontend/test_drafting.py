"""The pure parts of the draft's editor: merging two texts, edits that are kept until they are taken, suggestions.
Not here: the page (see tests/browser/test_drafting)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

RUN = Path(__file__).with_name("draft_node.mjs")
TEXT = st.text(alphabet="甲乙方付款应于。，1\n𠮷𠮶𡮷", max_size=24)
C3 = ["c3", "amount"]


class Node:
    """One process that answers about the TypeScript."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            ["node", str(RUN)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, do: str, **question: Any) -> Any:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": do, **question}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def play(self, *steps: dict[str, Any], answers: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
        played: dict[str, Any] = self.ask("play", steps=steps, answers=answers)
        return played


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    running = Node()
    yield running
    running.process.communicate(timeout=30)


def wrote(value: Any, base: int = 4, before: Any = None, staged: bool = False) -> dict[str, Any]:
    return {"write": [*C3, value, before, base, staged]}


def taken(revision: int, stored: Any) -> dict[str, Any]:
    change = {"revision": revision, "patch": {"c3": [None, {"ref": "c3", "fields": {"amount": stored}}]}}
    return {"kind": "taken", "made": {"revision": revision, "change": change}}


CONFLICT = {
    "kind": "refused",
    "message": "…",
    "revision": 9,
    "both": {"c3.amount": {"yours": "5", "theirs": "7.00", "removed": False, "by": "王磊", "revision": 8}},
}


@given(before=TEXT, after=TEXT)
@settings(max_examples=150, deadline=None)
def test_marks_hold_both_texts(node: Node, before: str, after: str) -> None:
    pieces = node.ask("marks", before=before, after=after)
    assert "".join(one["text"] for one in pieces if one["kind"] != "added") == before
    assert "".join(one["text"] for one in pieces if one["kind"] != "removed") == after


@pytest.mark.parametrize(
    ("before", "mine", "theirs", "text"),
    [
        ("乙方付款。", "乙方应付款。", "乙方付款三万元。", "乙方应付款三万元。"),
        ("乙方付款。", "乙方付款。", "乙方不付款。", "乙方不付款。"),
        ("先甲后乙", "先甲后乙", "先甲后乙", "先甲后乙"),
        ("一二三四", "二三四", "一二三", "二三"),
    ],
)
def test_changes_at_different_places_are_merged(
    node: Node, before: str, mine: str, theirs: str, text: str
) -> None:
    assert node.ask("merge", before=before, mine=mine, theirs=theirs) == {"text": text, "clean": True}


@pytest.mark.parametrize(
    ("before", "mine", "theirs"),
    [("一二三四五", "一甲四五", "一二乙五"), ("甲乙", "甲一乙", "甲二乙"), ("一二三", "甲", "乙")],
)
def test_changes_at_one_place_are_left_to_people(node: Node, before: str, mine: str, theirs: str) -> None:
    assert node.ask("merge", before=before, mine=mine, theirs=theirs) == {
        "text": f"{mine}\n{theirs}",
        "clean": False,
    }


@given(before=TEXT, mine=TEXT, theirs=TEXT)
@settings(max_examples=150, deadline=None)
def test_what_cannot_be_merged_keeps_both_texts(node: Node, before: str, mine: str, theirs: str) -> None:
    merged = node.ask("merge", before=before, mine=mine, theirs=theirs)
    if not merged["clean"]:
        assert merged["text"] == f"{mine}\n{theirs}"


def test_an_edit_is_kept_until_it_is_taken(node: Node) -> None:
    lost = node.play(wrote("60,000"), {"flush": 1})
    assert lost["summary"]["offline"] and lost["edits"][0]["value"] == "60,000"
    back = node.play(
        wrote("60,000"), {"flush": 1}, {"reload": 1}, {"flush": 1},
        answers=({"kind": "unanswered"}, taken(5, "60000.00")),
    )  # fmt: skip
    assert [post["client_id"] for post in back["sent"]] == ["id1", "id1"]
    assert back["edits"] == [] and back["kept"] == []


def test_what_is_written_while_another_text_travels_is_sent_after_it(node: Node) -> None:
    played = node.play(
        wrote("6"), {"while_sending": [*C3, "65", None, 4, False]}, {"flush": 1},
        answers=(taken(5, "6.00"), taken(6, "65.00")),
    )  # fmt: skip
    assert [(post["base"], post["operation"]["set"]) for post in played["sent"]] == [
        (4, {"amount": "6"}),
        (5, {"amount": "65"}),
    ]
    assert played["edits"] == []


def test_an_answer_that_was_lost_is_no_conflict_with_oneself(node: Node) -> None:
    """Taken, but the answer never came: the same change is sent again first, the newer text after it."""
    played = node.play(
        wrote("6"), {"flush": 1}, wrote("65"), {"flush": 1},
        answers=({"kind": "unanswered"}, taken(5, "6.00"), taken(6, "65.00")),
    )  # fmt: skip
    assert [
        (post["client_id"], post["base"], post["operation"]["set"]["amount"]) for post in played["sent"]
    ] == [
        ("id1", 4, "6"),
        ("id1", 4, "6"),
        ("id2", 5, "65"),
    ]


@pytest.mark.parametrize(
    ("act", "sent"),
    [
        ({"call": "keepMine", "with": C3}, (9, "5")),
        ({"call": "useMerged", "with": [*C3, "12"]}, (9, "12")),
        ({"call": "takeTheirs", "with": C3}, None),
    ],
)
def test_a_conflict_waits_for_a_choice(node: Node, act: dict[str, Any], sent: tuple[int, str] | None) -> None:
    waiting = node.play(wrote("5"), {"flush": 1}, {"reload": 1}, {"flush": 1}, answers=(CONFLICT,))
    assert len(waiting["sent"]) == 1 and waiting["summary"]["conflicts"] == 1
    assert waiting["edits"][0]["value"] == "5" and waiting["edits"][0]["conflict"]["theirs"] == "7.00"
    chosen = node.play(wrote("5"), {"flush": 1}, act, {"flush": 1}, answers=(CONFLICT, taken(10, "5.00")))
    again = [(post["base"], post["operation"]["set"]["amount"]) for post in chosen["sent"][1:]]
    assert again == ([sent] if sent else []) and chosen["edits"] == []


def test_one_refused_field_does_not_hold_back_the_others(node: Node) -> None:
    refused = {"kind": "refused", "message": "…", "fields": {"clauses.c3.amount": "请填写金额"}}
    played = node.play(
        wrote("一百"), {"write": ["c3", "bank", "演示银行", None, 4, False]}, {"flush": 1},
        answers=(refused, taken(5, None)),
    )  # fmt: skip
    assert [list(post["operation"]["set"]) for post in played["sent"]] == [["amount", "bank"], ["bank"]]
    assert [(edit["field"], edit["problem"]) for edit in played["edits"]] == [("amount", "请填写金额")]


def test_a_party_sends_only_what_it_proposes(node: Node) -> None:
    staged = node.play(wrote("5", staged=True), {"flush": 1})
    assert staged["sent"] == [] and staged["summary"]["staged"] == 1
    asked = {"kind": "taken", "made": {"revision": 4, "proposal": {"id": 1}}}
    played = node.play(wrote("5", staged=True), {"propose": ["c3", "只有这些"]}, answers=(asked,))
    assert [post["note"] for post in played["sent"]] == ["只有这些"] and played["edits"] == []


def test_a_text_for_what_has_gone_stays(node: Node) -> None:
    played = node.play(wrote("5"), {"flush": 1, "gone": ["c3"]})
    assert played["sent"] == [] and played["edits"][0]["value"] == "5"


def test_going_back_to_what_stood_there_leaves_nothing_to_send(node: Node) -> None:
    assert node.play(wrote("6", before="5.00"), wrote("5.00", before="5.00"))["edits"] == []


def test_a_browser_that_keeps_nothing_is_told_of(node: Node) -> None:
    played = node.play({"full": True}, wrote("5"))
    assert played["summary"]["unkept"] and played["edits"][0]["value"] == "5"


@pytest.mark.parametrize(
    ("path", "target", "field"),
    [
        ("clauses.c3.amount", "c3", "amount"),
        ("parties.p1.agent.scope", "p1", "agent"),
        ("facts.f2.text", "f2", "text"),
        ("organisation.name", "header", "organisation"),
    ],
)
def test_a_problem_finds_its_field(node: Node, path: str, target: str, field: str) -> None:
    assert node.ask("problem", fields={path: "句"}, target=target, field=field) == "句"
    assert node.ask("problem", fields={path: "句"}, target="c4", field=field) is None


def test_suggestions_that_are_values_can_be_taken_over(node: Node) -> None:
    wrong = {"rule": "party_name", "field": "what", "start": 0, "end": 4, "values": {"name": "听松茶业"}}
    assert node.ask("suggested", hit=wrong, values={"what": "听松荼业停止使用"}) == {
        "field": "what",
        "value": "听松茶业停止使用",
    }
    total = {
        "rule": "instalment_sum",
        "field": "instalments",
        "start": 0,
        "end": 0,
        "values": {"sum": "1,500.00"},
    }
    assert node.ask("suggested", hit=total, values={"amount": "9.00"}) == {
        "field": "amount",
        "value": "1500.00",
    }
    vague = {"rule": "vague_time", "field": "what", "start": 0, "end": 2, "values": {}}
    assert node.ask("suggested", hit=vague, values={"what": "尽快付款"}) is None


def test_a_proposal_is_shown_as_people_read_it(node: Node) -> None:
    amount = {"name": "amount", "type": "amount", "label": "金额（元）", "choices": []}
    payer = {"name": "payer", "type": "parties", "label": "付款方", "choices": []}
    kinds = {
        "kinds": [{"kind": "payment", "label": "付款", "fields": [amount, payer]}],
        "elements": {},
        "library": [],
    }
    fields = {"amount": "60000.00", "payer": ["p2"]}
    agreement = {
        "parties": [{"ref": "p1", "name": "一"}, {"ref": "p2", "name": "二"}],
        "facts": [],
        "clauses": [{"ref": "c1", "kind": "payment", "fields": fields, "library": None}],
    }
    edit = {"op": "edit", "target": "c1", "set": {"amount": "1,250,000.5", "payer": ["p1", "p2"]}}
    shown = node.ask("wishes", agreement=agreement, kinds=kinds, operation=edit)
    assert [(one["name"], one["before"], one["after"]) for one in shown] == [
        ("金额（元）", "60,000.00", "1,250,000.50"),
        ("付款方", "乙方", "甲方；乙方"),
    ]
    unread = {"op": "edit", "target": "c1", "set": {"amount": "一百万"}}
    assert node.ask("wishes", agreement=agreement, kinds=kinds, operation=unread)[0]["after"] == "一百万"
