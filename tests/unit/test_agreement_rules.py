"""Amounts in words, clean text, court routing, the 30 days, assertions: pure rules.
Not here: who may do what with them (see tests/services)."""

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.domain import money
from app.domain.agreement import canonical, clean
from app.domain.assertions import PasskeyAssertion, RelyingParty, base64url, check_assertion, unbase64url
from app.domain.courts import INTERNET_COURT, IP_COURT, route
from app.domain.deadlines import confirmation_deadline
from app.domain.errors import DomainError
from app.domain.rights import RightKind

TODAY = date(2026, 3, 2)


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
