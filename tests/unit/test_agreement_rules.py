"""Amounts in words, templates and terms, draft checks, court routing, the 30 days, assertions: pure rules.
Not here: who may do what with them (see tests/services)."""

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.domain import money
from app.domain.agreement import canonical, clean
from app.domain.agreement_form import parse_terms, to_form
from app.domain.agreement_text import TEMPLATES, Heading, PartyLine, render, starting_form, suggested
from app.domain.assertions import PasskeyAssertion, RelyingParty, base64url, check_assertion, unbase64url
from app.domain.courts import INTERNET_COURT, IP_COURT, route
from app.domain.deadlines import confirmation_deadline
from app.domain.draft_checks import check_wording
from app.domain.errors import DomainError, InvalidForm
from app.domain.rights import RIGHT_FIELDS, RightKind

TODAY = date(2026, 3, 2)
PEOPLE = (
    PartyLine("claimant", "江南岸茶业有限公司", "91110105MA00000X00", "北京市朝阳区", "李晴"),
    PartyLine("respondent", "王磊", "", "", "王磊"),
)
HEADING = Heading("HZ2026-00001", PEOPLE, "陈敏", "北京市知识产权纠纷调解中心")


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("10", "壹拾元整"),
        ("1005", "壹仟零伍元整"),
        ("100500", "壹拾万零伍佰元整"),
        ("120000", "壹拾贰万元整"),
        ("100000005", "壹亿零伍元整"),
        ("100010000", "壹亿零壹万元整"),
        ("50000000001.01", "伍佰亿零壹元零壹分"),
        ("20300.80", "贰万零叁佰元捌角"),
        ("1.05", "壹元零伍分"),
        ("0.05", "伍分"),
    ],
)
def test_amounts_in_capital_words(amount, words):
    assert money.words(Decimal(amount)) == words


@pytest.mark.parametrize("text", ["", "0", "-1", "1.005", "1e3e", "十万", "NaN", "Infinity", "9" * 20])
def test_what_is_no_amount_of_money(text):
    assert money.parse_amount(text) is None


def test_amounts_as_people_type_them():
    assert money.figures(money.parse_amount("￥120，000")) == "120,000.00"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("如乙方违约，由人民法院判决。", ["court_adjudicates"]),
        ("乙方逾期未付的，甲方可以向人民法院申请强制执行。", []),
        ("双方因本协议发生争议的，可以向人民法院起诉。", []),
        ("双方确认涉案专利权归甲方所有。", ["ownership"]),
        ("该软件著作权归甲方所有。", ["ownership"]),
        ("甲方将该商标权转让给乙方。", []),
        ("甲方系第 1 号“和”商标的注册人。", []),
    ],
)
def test_wordings_that_a_court_refuses(text, codes):
    assert [finding.code for finding in check_wording(text)] == codes


def filled(template, right):
    details = {field.name: "某内容" for field in RIGHT_FIELDS[right]}
    form = starting_form(TEMPLATES[template], "某纠纷", details)
    for number in range(3):
        if form.get(f"duty-{number}-kind"):
            form[f"duty-{number}-what"] = form[f"duty-{number}-what"] or "履行约定"
            form |= {f"duty-{number}-due": "2026-12-31", f"duty-{number}-manner": "书面通知"}
            if form[f"duty-{number}-kind"] == "pay":
                form[f"duty-{number}-amount"] = "80000"
    return form


@pytest.mark.parametrize("right", list(RightKind))
def test_every_right_has_a_template_that_makes_a_text(right):
    template = suggested(right)
    text = render(parse_terms(template, filled(template, right), TODAY), HEADING)
    assert text.startswith("调解协议书\n编号：HZ2026-00001\n")
    assert "（待填）" not in text
    assert canonical(text).decode() == text
    assert "人民币 80,000.00 元（大写：人民币捌万元整）" in text


def test_terms_make_the_form_that_made_them():
    terms = parse_terms("trademark", filled("trademark", RightKind.TRADEMARK), TODAY)
    again = parse_terms("trademark", to_form(json.loads(json.dumps(terms.as_json()))), TODAY)
    assert again == terms


def test_a_licence_must_be_whole():
    form = {**filled("copyright", RightKind.COPYRIGHT), "licence-scope": "信息网络传播"}
    with pytest.raises(InvalidForm) as refusal:
        parse_terms("copyright", form, TODAY)
    assert set(refusal.value.problems) == {
        f"licence-{n}" for n in ("kind", "subject", "territory", "from", "until")
    }
    form |= {"licence-kind": "ordinary", "licence-subject": "作品", "licence-territory": "中国境内"}
    form |= {"licence-from": "2026-04-01", "licence-until": "2027-03-31"}
    assert "普通许可" in render(parse_terms("copyright", form, TODAY), HEADING)


def test_a_template_slot_takes_numbers_with_or_without_their_frame():
    details = {
        "registration_number": "第 7654321 号",
        "mark": "听松",
        "goods_class": "30",
        "accused_use": "网店。",
    }
    recital = starting_form(TEMPLATES["trademark"], "x", details)["recital"]
    assert recital.startswith("甲方系第7654321号“听松”")
    assert recital.endswith("网店。")


def test_text_is_cleaned_before_it_is_hashed():
    assert clean("  a\r\nb\u200b\u0000  ") == "a\nb"
    assert canonical("e\u0301 \r\nx") == "é\nx\n".encode()


@pytest.mark.parametrize(
    ("right", "details", "on", "court"),
    [
        (RightKind.PATENT, {}, TODAY, IP_COURT),
        (RightKind.TRADE_SECRET, {"secret_kind": "技术信息"}, TODAY, IP_COURT),
        (RightKind.TRADE_SECRET, {"secret_kind": "经营信息"}, TODAY, "北京市朝阳区人民法院"),
        (RightKind.COPYRIGHT, {"work_type": "软件"}, TODAY, IP_COURT),
        (RightKind.COPYRIGHT, {"online_use": "某平台"}, date(2025, 10, 31), INTERNET_COURT),
        (RightKind.COPYRIGHT, {"online_use": "某平台"}, date(2025, 11, 1), "北京市朝阳区人民法院"),
        (RightKind.DOMAIN_NAME, {}, TODAY, INTERNET_COURT),
        (RightKind.UNFAIR_COMPETITION, {"conduct_kind": "网络行为"}, TODAY, INTERNET_COURT),
        (RightKind.TRADEMARK, {}, TODAY, "北京市朝阳区人民法院"),
    ],
)
def test_which_court_on_which_day(right, details, on, court):
    assert route(right, details, ("北京市朝阳区", "北京市通州区"), on).court == court


def test_parties_in_two_districts_may_choose():
    found = route(RightKind.TRADEMARK, {}, ("北京市朝阳区", "北京市通州区"), TODAY)
    assert found.candidates == ("北京市朝阳区人民法院", "北京市东城区人民法院")
    assert not found.certain
    assert len(route(RightKind.TRADEMARK, {}, ("", ""), TODAY).candidates) == 6


def test_thirty_days_without_the_first_in_beijing_time():
    late = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
    assert confirmation_deadline(late).last_day == date(2026, 4, 1)


PARTY = RelyingParty("localhost", "http://localhost:8480")


def assertion(count=1, flags=5, **client):
    text = {"type": "webauthn.get", "challenge": base64url(b"c" * 32), "origin": PARTY.origin, **client}
    data = hashlib.sha256(b"localhost").digest() + bytes([flags]) + count.to_bytes(4, "big")
    return PasskeyAssertion(b"id", data, json.dumps(text).encode(), b"")


def test_a_good_assertion_gives_its_count():
    assert check_assertion(assertion(count=8), b"c" * 32, PARTY, 7) == 8
    assert check_assertion(assertion(count=0), b"c" * 32, PARTY, 0) == 0


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (assertion(type="webauthn.create"), "type"),
        (assertion(challenge="AAAA"), "challenge"),
        (assertion(origin="http://localhost:8481"), "origin"),
        (assertion(crossOrigin=True), "origin"),
        (assertion(flags=4), "user_present"),
        (assertion(flags=1), "user_verified"),
        (assertion(count=7), "sign_count"),
        (PasskeyAssertion(b"", b"", assertion().client_data_json, b""), "authenticator_data"),
        (PasskeyAssertion(b"", b"", b"[]", b""), "client_data"),
        (PasskeyAssertion(b"", b"", b"\xff", b""), "client_data"),
    ],
)
def test_an_assertion_that_does_not_fit_is_refused(made, problem):
    with pytest.raises(DomainError) as refusal:
        check_assertion(made, b"c" * 32, PARTY, 7)
    assert refusal.value.detail["problem"] == problem


@pytest.mark.parametrize("text", [None, 1, "%%%", "a" * 10_000, "é"])
def test_what_is_no_base64url(text):
    with pytest.raises(DomainError):
        unbase64url(text)
