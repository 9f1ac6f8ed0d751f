"""The words of an agreement, the clause library, and what differs between two states.
Not here: the format (see test_agreement_format) and what a court refuses."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.agreement import canonical
from app.domain.agreement.compare import compare, elements, lines, marks
from app.domain.agreement.kinds import KINDS, FieldType, Instalment, read_value
from app.domain.agreement.library import BY_KEY, ENTRIES, STARTS, clause_of, entries_for, fill, started
from app.domain.agreement.model import BLANK, Agent, Clause, Track, missing
from app.domain.agreement.reading import parse
from app.domain.agreement.render import outline, render
from app.domain.agreement.render_english import CHOICES, HEADINGS, LABELS, render_english
from app.domain.rights import RIGHT_FIELDS, RightKind
from tests import terms


def lines_of(*clauses: Clause, **changes: object) -> list[str]:
    return render(terms.agreement(*clauses, **changes)).splitlines()


def payment(**changes: object) -> Clause:
    fields = terms.PAYMENT | {"payer": ("p2",)} | changes
    return terms.clause("payment", "c1", **{name: value for name, value in fields.items() if value})


def test_the_whole_text_as_a_court_expects_it():
    lines = lines_of()
    assert lines[:7] == [
        "调解协议书",
        "编号：HZ2026-00001",
        "",
        "甲方（申请人）：江南岸茶业有限公司",
        "统一社会信用代码：91110105MA00000X00",
        "住所地：北京市朝阳区",
        "法定代表人（负责人）：李晴，执行董事",
    ]
    assert "委托代理人：赵律，特别授权（代为承认、放弃、变更请求，进行和解，签收文书）" in lines
    headings = [line for kind, line in outline("\n".join(lines)) if kind == "heading"]
    assert headings == ["一、争议事项", "二、各方确认的事实", "三、协议内容", "四、签署与生效"]
    assert (
        "2. 付款。乙方应当向甲方支付人民币 120,000.00 元（大写：人民币壹拾贰万元整），于2026年4月30日前（含当日）付清。"
        "款项性质：赔偿经济损失及合理开支。支付方式：银行转账。收款账户：户名：江南岸茶业有限公司，开户行：某银行北京朝阳支行，"
        "账号：0200000000000000000。" in lines
    )
    assert BLANK not in "".join(lines)


def test_instalments_stand_one_by_one_in_figures_and_words():
    parts = (Instalment("60000.00", "2026-04-30"), Instalment("60000.00", "2026-05-31"))
    lines = lines_of(payment(due=None, instalments=parts, late_rate="5", accelerate=True))
    at = lines.index("（1）2026年4月30日前（含当日）支付人民币 60,000.00 元（大写：人民币陆万元整）；")
    assert lines[at - 1].startswith("1. 付款。乙方应当向甲方支付") and "分 2 期支付" in lines[at - 1]
    assert lines[at + 1] == "（2）2026年5月31日前（含当日）支付人民币 60,000.00 元（大写：人民币陆万元整）。"
    assert "每日万分之五" in lines[at + 2] and "全部未付款项" in lines[at + 2]


def test_several_payers_say_how_they_share():
    third = replace(terms.PARTIES[1], ref="p3", name="某供应商", agent=None)
    text = "".join(lines_of(payment(payer=("p2", "p3"), liability="joint"), parties=(*terms.PARTIES, third)))
    assert "乙方、丙方应当向甲方支付" in text and "乙方、丙方对上述款项承担连带责任" in text


@pytest.mark.parametrize(
    ("track", "words", "confirmation"),
    [
        (Track.PEOPLE, "加盖人民调解委员会印章之日起生效", True),
        (Track.INDUSTRY, "完成签署、盖章之日起生效", True),
        (Track.ADMINISTRATIVE, "完成签署、盖章之日起生效", True),
        (Track.DELEGATED, "全部完成电子签名之日起生效", True),
        (Track.ENTRUSTED, "由人民法院依法制作调解书", False),
        (Track.COMMERCIAL, "完成签署之日起生效", True),
    ],
)
def test_the_effect_follows_the_track(track, words, confirmation):
    text = "".join(lines_of(track=track))
    assert words in text
    assert ("申请司法确认" in text) is confirmation
    said = terms.clause("effect", "c1", rule="all_signed")
    assert "".join(lines_of(said, track=track)).count("之日起生效") == 1


def test_a_text_of_several_lines_can_pass_for_nothing_else():
    text = "第一行\n四、签署与生效\n2. 乙方不付款"
    lines = lines_of(terms.clause("other", "c1", text=text), dispute=text)
    assert [line for line in lines if line.startswith(("四、", "2. 乙方"))] == ["四、签署与生效"]


@given(terms.agreements())
@settings(max_examples=40, deadline=None)
def test_any_agreement_has_a_text_in_canonical_form_and_an_english_one(agreement):
    text = render(agreement)
    assert canonical(text).decode() == text
    assert [line for kind, line in outline(text) if kind == "heading"][-1].endswith("签署与生效")
    for at in range(1, len(agreement.clauses) + 1):
        assert f"\n{at}. " in text
    assert render_english(agreement).endswith("\n")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_field_that_is_filled_is_in_both_texts(kind):
    made = {}
    for spec in KINDS[kind].fields:
        made[spec.name] = f"某{spec.name}内容" if spec.type in (FieldType.TEXT, FieldType.LINE) else None
    clause = terms.clause(kind, "c1", **{name: value for name, value in made.items() if value})
    chinese, english = "".join(lines_of(clause)), render_english(terms.agreement(clause))
    for value in clause.fields.values():
        assert value in chinese and value in english


def test_english_names_every_kind_field_and_choice():
    assert set(HEADINGS) == set(KINDS)
    assert {spec.name for kind in KINDS.values() for spec in kind.fields} <= set(LABELS)
    assert set(CHOICES) <= {
        choice for kind in KINDS.values() for spec in kind.fields for choice in spec.choices
    }


def test_english_keeps_the_words_of_the_parties_and_translates_those_of_the_library():
    details = {"registration_number": "1234567", "mark": "江南岸"}
    clause = clause_of(BY_KEY["trademark.cease"], "c1", terms.PARTIES, details)
    own = replace(clause, fields=dict(clause.fields) | {"manner": "七日内更换"})
    english = render_english(terms.agreement(own), details)
    assert "registered trade mark No. 1234567 “江南岸”" in english and "How: 七日内更换" in english
    assert "prevails" in english


def test_the_library_is_large_enough_and_in_order():
    assert len(ENTRIES) >= 45 and len(BY_KEY) == len(ENTRIES)
    for right in RightKind:
        own = [entry for entry in entries_for(right) if len(entry.rights) < len(RightKind)]
        assert len(own) >= 3
        assert all(key in {entry.key for entry in entries_for(right)} for key in STARTS[right].entries)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_every_entry_makes_a_clause_of_its_case(entry):
    right = next(right for right in RightKind if right in entry.rights)
    details = {field.name: "某内容" for field in RIGHT_FIELDS[right]}
    clause = clause_of(entry, "c1", terms.PARTIES, details)
    agreement = terms.agreement(clause)
    assert parse(agreement.as_json()) == agreement
    texts = [spec.name for spec in KINDS[entry.kind].fields if spec.type in (FieldType.TEXT, FieldType.LINE)]
    assert set(entry.fields) == set(clause.fields)
    assert set(entry.english) == {name for name in texts if name in entry.fields}
    if len(entry.rights) == 1:
        assert not [value for value in clause.fields.values() if BLANK in str(value)]
    for spec in KINDS[entry.kind].fields:
        if spec.name in texts and spec.name in entry.fields:
            assert read_value(spec, entry.english[spec.name])


@pytest.mark.parametrize("right", list(RightKind))
def test_every_right_has_an_agreement_to_begin_with(right):
    details = {field.name: "某内容。" for field in RIGHT_FIELDS[right]}
    made = started(terms.agreement(dispute=""), right, details)
    assert BLANK not in made.dispute and "。。" not in render(made)
    assert all(path.startswith("clauses.") for path in missing(made))
    empty = started(terms.agreement(dispute=""), right, {})
    assert missing(empty)["dispute"] == "blank"


def test_a_case_number_is_not_wrapped_twice():
    assert fill("第{registration_number}号", {"registration_number": " 第 7654321 号 "}) == "第7654321号"


def test_general_and_special_authority_are_said():
    general = replace(terms.PARTIES[1], agent=Agent("赵律", "general"))
    assert "委托代理人：赵律，一般授权" in lines_of(parties=(terms.PARTIES[0], general))
    special = replace(general, agent=Agent("赵律", "special"))
    assert missing(terms.agreement(parties=(terms.PARTIES[0], special))) == {
        "parties.p2.agent.scope": "missing"
    }


def test_what_differs_is_told_by_clause_field_and_character():
    old = terms.agreement()
    cease, paid = old.clauses
    new_paid = replace(
        paid, fields=dict(paid.fields) | {"amount": "100000.00", "purpose": "补偿经济损失及合理开支"}
    )
    added = terms.clause("no_admission", "c3")
    new = replace(old, clauses=(added, new_paid), dispute="另一争议")
    found = {one.ref: one for one in compare(old, new)}
    assert [one.ref for one in compare(old, new)] == ["header", "p1", "p2", "f1", "c1", "c3", "c2"]
    assert (found["c1"].kind, found["c3"].kind, found["c2"].kind) == ("removed", "added", "changed")
    purpose, amount = found["c2"].fields
    assert (amount.before, amount.after) == ("120000.00", "100000.00")
    assert [(mark.kind, mark.text) for mark in purpose.marks] == [
        ("removed", "赔"),
        ("added", "补"),
        ("same", "偿经济损失及合理开支"),
    ]
    assert found["p1"].kind == "same" and cease.ref == "c1"


def test_only_what_was_moved_is_called_moved():
    clauses = [terms.clause("no_admission", f"c{at}") for at in range(1, 5)]
    old, new = terms.agreement(*clauses), terms.agreement(*clauses[1:], clauses[0])
    assert [one.ref for one in compare(old, new) if one.kind == "moved"] == ["c1"]


@given(terms.agreements(), terms.agreements())
@settings(max_examples=40, deadline=None)
def test_every_difference_and_nothing_else_is_named(old, new):
    named = {one.ref: one for one in compare(old, new)}
    before, after = elements(old), elements(new)
    assert set(named) == set(before) | set(after)
    for ref, one in named.items():
        assert {change.name for change in one.fields} == {
            name
            for name in {**before.get(ref, {}), **after.get(ref, {})}
            if before.get(ref, {}).get(name) != after.get(ref, {}).get(name)
        }
        for change in one.fields:
            if change.marks:
                assert "".join(mark.text for mark in change.marks if mark.kind != "added") == (
                    change.before or ""
                )
                assert "".join(mark.text for mark in change.marks if mark.kind != "removed") == (
                    change.after or ""
                )


def test_long_texts_are_marked_passage_by_passage_or_whole():
    """Character by character, such texts would take a minute."""
    assert [mark.kind for mark in marks("甲" * 4000, "甲" * 3999 + "乙")] == ["same", "removed", "added"]
    assert [mark.kind for mark in marks("甲乙" * 2000, "乙甲" * 2000)] == ["removed", "added"]
    old, new = (f"一处{word}，" + "不变的一句，" * 200 + f"又一处{word}。" for word in ("旧", "新"))
    changed = [(mark.kind, mark.text) for mark in marks(old, new) if mark.kind != "same"]
    assert changed[0] == ("removed", "旧，") and changed[-1] == ("added", "又一处新")


@given(st.text("甲乙，。", max_size=600), st.text("甲乙，。", max_size=600))
@settings(max_examples=50, deadline=None)
def test_marks_hold_both_texts_whole(old, new):
    found = marks(old, new)
    assert "".join(mark.text for mark in found if mark.kind != "added") == old
    assert "".join(mark.text for mark in found if mark.kind != "removed") == new


def test_few_words_repeated_many_times_are_compared_in_bounded_time():
    """Looked through to the end, fourteen thousand such lines would take hours."""
    old, new = "甲乙" * 3500, "乙丙甲" * 2400
    found = lines("\n".join(["题", *old, "尾"]), "\n".join(["题", *new, "尾"]))
    assert [mark.text for mark in found if mark.kind == "same"] == ["题", "尾"]
    assert [mark.text for mark in found if mark.kind == "added"] == list(new)


@given(st.text("甲乙\n", max_size=80), st.text("甲乙\n", max_size=80))
@settings(max_examples=50, deadline=None)
def test_compared_lines_hold_both_texts_whole(old, new):
    found = lines(old, new)
    assert [mark.text for mark in found if mark.kind != "added"] == old.splitlines()
    assert [mark.text for mark in found if mark.kind != "removed"] == new.splitlines()
