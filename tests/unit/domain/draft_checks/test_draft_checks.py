"""The draft checker on labelled clauses, and what must hold for any text.
Not here: overrides and proposals, which are services."""

import dataclasses
import re
import time
from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.agreement import library
from app.domain.agreement.model import Agreement, Clause
from app.domain.draft_checks import (
    BY_CODE,
    RULES,
    CaseFacts,
    check,
    digest_of,
    in_duties,
    in_figures,
    in_names,
    in_structure,
    quantities,
)
from app.domain.draft_checks.in_names import credit_code, identity_number
from app.domain.draft_checks.passages import fold, read
from app.domain.draft_checks.quantities import amounts, days, numeral
from app.domain.draft_checks.rules import PREDICATES
from app.domain.money import parse_amount, words
from app.web.draft_words import RULE_WORDS, hit_words
from scripts import draft_checker_table as table

ITEMS = table.items()
CASE = CaseFacts(table.TODAY)
FLOORS = {
    "development": (0.98, 0.98),
    "held-out": (0.95, 0.95),
    "plain development": (0.95, 0.90),
    "plain held-out": (0.90, 0.75),
    "later development": (0.95, 0.90),
    "later held-out": (0.90, 0.90),
    "last": (0.80, 0.65),
}
"""Precision and recall below which a change of the rules has made them worse."""


def agreement(text: str = "", **changes: object) -> Agreement:
    return dataclasses.replace(table.agreement_of({"text": text} if text else {}), **changes)


def codes(text: str) -> set[str]:
    return {hit.rule for hit in check(agreement(text), CASE)}


@pytest.mark.parametrize("part", FLOORS)
def test_measured_on_labelled_clauses(part):
    made = table.measure(item for item in ITEMS if item.part == part)
    precision, recall = FLOORS[part]
    print(f"{part}: precision {made.precision():.3f}, recall {made.recall():.3f}")
    assert made.precision() >= precision, made.wrong
    assert made.recall() >= recall, made.missed
    assert made.placed == made.right.total()


def test_the_set_is_large_and_much_of_it_is_without_a_fault():
    formal = [item for item in ITEMS if item.part in ("development", "held-out")]
    held_out = [item for item in formal if item.part == "held-out"]
    assert len(formal) >= 160 and len({item.id for item in ITEMS}) == len(ITEMS)
    assert sum(not item.labels for item in formal) >= 0.4 * len(formal)
    assert len(held_out) >= 0.4 * len(formal)
    assert {item.part for item in ITEMS} == set(table.PARTS) == set(FLOORS)


def test_every_rule_has_faulty_items_and_near_misses():
    faulty = Counter(rule for item in ITEMS for rule in {label.rule for label in item.labels})
    near = Counter(rule for item in ITEMS for rule in set(item.near))
    assert set(faulty) | set(near) == set(BY_CODE)
    assert {rule for rule in BY_CODE if faulty[rule] < 3 or near[rule] < 3} == set()
    assert not [item.id for item in ITEMS if set(item.near) & {label.rule for label in item.labels}]


def test_every_rule_has_its_article_its_words_and_its_predicate():
    assert len(BY_CODE) == len(RULES)
    assert {rule.predicate for rule in RULES if rule.predicate} == set(PREDICATES)
    assert set(RULE_WORDS) == set(BY_CODE)
    for rule in RULES:
        assert rule.source and rule.since <= table.TODAY
        assert rule.wordings or rule.predicate
        assert set(rule.yields_to) <= set(BY_CODE)


def test_the_document_has_the_figures_of_today():
    document = table.DOCUMENT.read_text("utf-8")
    assert table.build(document) == document
    assert all(f"| `{rule.code}` |" in document for rule in RULES)


def test_hits_stand_where_they_say_and_have_words():
    for item in ITEMS:
        texts = {
            (one.ref, name): value for one in item.agreement.clauses for name, value in one.fields.items()
        }
        for hit in item.hits:
            told = texts.get((hit.ref, hit.field))
            if hit.end and isinstance(told, str):
                assert 0 <= hit.start < hit.end <= len(told)
                assert hit.rule == "hidden_characters" or hit.excerpt == told[hit.start : hit.end]
            said = hit_words(hit)
            assert said.title and said.explanation and said.suggestion
            assert "%(" not in said.title + said.explanation + said.suggestion


def test_a_hit_points_at_the_very_characters():
    text = "甲方同意。\n乙方应 尽\u200b快 支付人民币50,000.00元。"
    hits = {hit.rule: hit for hit in check(agreement(text), CASE)}
    assert hits["vague_time"].excerpt == "尽\u200b快"
    assert text[hits["vague_time"].start :].startswith("尽")
    assert hits["hidden_characters"].excerpt == "U+200B"
    assert hits["vague_time"].clause == "c1" and hits["vague_time"].field == "text"


def test_hits_come_in_the_order_of_the_agreement():
    clauses = tuple(
        Clause(f"c{number}", "other", {"text": text})
        for number, text in enumerate(
            ("双方同意保密。", "乙方尽快付款；域名归乙方所有。", "如乙方违约，由法院判决。"), 1
        )
    )
    made = dataclasses.replace(agreement(), clauses=clauses[::-1])
    hits = check(made, CASE)
    assert [hit.ref for hit in hits] == ["c3", "c2", "c2"]
    assert [hit.start for hit in hits[1:]] == sorted(hit.start for hit in hits[1:])


def test_facts_may_tell_the_past_and_duties_may_not():
    past = "乙方应于2025年12月31日前付款人民币5,000.00元。"
    told = dataclasses.replace(agreement(), dispute=past)
    assert check(told, CASE) == ()
    assert "date_past" in codes(past)


def test_an_override_holds_for_the_clause_as_it_stands():
    one = agreement("双方确认商标权归乙方。")
    (hit,) = check(one, CASE)
    kept = digest_of(one, hit.ref)
    moved = dataclasses.replace(one, clauses=(Clause("c2", "no_admission"), *one.clauses))
    changed = agreement("双方确认商标权归甲方。")
    assert digest_of(moved, hit.ref) == kept
    assert digest_of(changed, hit.ref) != kept
    assert {digest_of(one, ref) for ref in (None, "dispute", "p1", "p2", "c1")}.isdisjoint({""})
    with pytest.raises(KeyError):
        digest_of(one, "c9")


def test_the_clause_library_lacks_only_what_people_must_fill():
    """Its texts are by another hand than the rules; mediation that costs something is for other tracks."""
    parties = agreement().parties
    for entry in library.ENTRIES:
        made = dataclasses.replace(agreement(), clauses=(library.clause_of(entry, "c1", parties, {}),))
        found = {hit.rule for hit in check(made, CASE)} - {"missing_field", "blank"}
        assert found == ({"people_fee"} if entry.key == "general.costs_shared" else set()), entry.key


@given(st.decimals(min_value="0.01", max_value="999999999999.99", places=2))
@settings(max_examples=100, deadline=None)
def test_amounts_are_read_as_they_are_written(amount):
    assert parse_amount(str(amount)) == amount
    figures, capital = (
        amounts(f"人民币{amount:,.2f}元（大写：人民币{words(amount)}）") if amount >= 1 else (None, None)
    )
    if figures is not None:
        assert figures.value == capital.value == amount
        assert (
            codes(f"乙方应于2026年12月31日前向甲方支付人民币{amount:,.2f}元（大写：人民币{words(amount)}）。")
            == set()
        )


@given(st.integers(1, 10**12 - 1), st.integers(1, 10**12 - 1))
@settings(max_examples=80, deadline=None)
def test_other_amounts_in_words_are_noticed(one, other):
    text = f"乙方应于2026年12月31日前支付人民币{one}元（大写：{words(parse_amount(str(other)))}）给甲方。"
    assert ("amount_words" in codes(text)) == (one != other)


@given(st.integers(0, 10**12 - 1))
@settings(max_examples=100, deadline=None)
def test_numerals(number):
    written = words(parse_amount(str(number))).removesuffix("元整") if number else "零"
    assert numeral(written) == number


@given(st.dates(date(1000, 1, 1), date(9999, 12, 31)))
@settings(max_examples=80, deadline=None)
def test_dates_of_the_calendar_are_dates(day):
    (found,) = days(f"于{day.year:04}年{day.month}月{day.day}日前")
    assert found.day == day and found.exact


@pytest.mark.parametrize(
    "text", ["2027年2月29日", "2026年4月31日", "2026年13月1日", "二〇二七年二月二十九日", "2026年1月0日"]
)
def test_days_that_do_not_exist(text):
    assert "date_impossible" in codes(f"乙方应于{text}前付清人民币5,000元。")


def test_check_digits():
    assert credit_code("91110108MA01ABCD1E") and identity_number("11010520001130021X")
    for place in range(18):
        for number, good in (("91110108MA01ABCD1E", credit_code), ("110101199003071233", identity_number)):
            other = "2" if number[place] != "2" else "3"
            assert not good(number[:place] + other + number[place + 1 :])


PIECES = st.sampled_from(
    [
        *"甲乙方应不得归由如，。；（）%1年月日元万确认 \u202e\u200b５а_",
        *(
            "专利权",
            "放弃",
            "公司",
            "法院",
            "违约",
            "2027年2月30日",
            "100,000.00元",
            "共计",
            "第一期",
            "其中",
            "大写",
        ),
        *(
            "壹拾贰万元",
            "每日万分之",
            "起至",
            "许可",
            "转让",
            "名下",
            "市场监督管理局",
            "上海云帆网络科技公司",
            "（待填）",
        ),
        *("【】", "身份证号110101199003071233", "账号6222O"),
    ]
)


@given(st.lists(PIECES | st.characters(codec="utf-8"), max_size=60).map("".join))
@settings(max_examples=80, deadline=None)
def test_any_text_is_checked_the_same_way_twice_and_points_into_itself(text):
    made = agreement("甲" + text)
    hits = check(made, CASE)
    assert hits == check(made, CASE)
    for hit in hits:
        assert hit.rule in BY_CODE and 0 <= hit.start <= hit.end <= len(text) + 1


@given(st.text(max_size=80))
@settings(max_examples=80, deadline=None)
def test_folding_knows_where_each_character_stands(text):
    folded, places = fold(text)
    places = tuple(range(len(text))) if places is None else places
    assert len(places) == len(folded) and list(places) == sorted(set(places))
    passage = read("c1", "text", "other", text)
    assert all(passage.folded[one.start :].startswith(one.text) for one in passage.sentences)


HOSTILE = ("确认", "1,", "不应转让专利，人民币1", "自2027年1月1日起上海云帆网络科技公司共计１а")


@pytest.mark.parametrize("word", HOSTILE)
def test_time_grows_with_the_length_of_the_text_only(word):
    """The bound is a hundred times what is needed, and far below what backtracking would take."""
    text = (word * 100_000)[:100_000]
    started = time.process_time()
    check(agreement(text), CASE)
    assert time.process_time() - started < 20


def test_no_pattern_repeats_without_bound():
    """A group that repeats without a bound is how a pattern becomes slow; each must say how far it reads."""
    told = [
        one for rule in RULES for each in rule.wordings for one in (each.pattern, each.unless, each.before)
    ]
    modules = (in_duties, in_figures, in_names, in_structure, quantities)
    told += [value for module in modules for value in vars(module).values() if isinstance(value, re.Pattern)]
    patterns = {one.pattern for one in told if one is not None} - {in_names._TOKEN.pattern}
    assert len(patterns) > 150
    for pattern in patterns:
        plain = re.sub(r"\\.|\[[^\]]*\]", "x", pattern)
        assert not re.search(r"[*+]", plain), pattern
