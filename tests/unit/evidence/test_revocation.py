"""What lists and responses say, and a line's checks: revoked, saved by a renewal, lapsed; what no bytes can do.
Not here: each rule's cases (see the vectors) and fetching (see test_authority.py)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence import revocation
from evidence.proof import RevocationClaim, RevocationKind, Stamp, TokenClaim, renewal_imprint
from evidence.revocation import Finding, Revoked, findings, standing
from evidence.time_checks import examine_line, harmful_revocation, line_checks
from evidence.timestamp import Timestamp, verify_token
from evidence.trust import TimestampAuthority
from evidence.verdict import Check, CheckStatus
from scripts.vector_keys import FixedAuthority

HEAD = bytes(range(32))
MOMENT = datetime(2026, 3, 2, 1, 30, 9, tzinfo=UTC)
DAY = timedelta(days=1)
LATER = datetime(2028, 3, 1, tzinfo=UTC)
FIXED = FixedAuthority("Vector Time Authority")
SECOND = FixedAuthority("Second Time Authority", key=2_048, intermediate=True)
TRUSTED = [TimestampAuthority(f"名 {one.name}", one.anchor) for one in (FIXED, SECOND)]
CHAIN = verify_token(FIXED.token(HEAD, MOMENT), HEAD, TRUSTED).chain
CRL, OCSP = FIXED.crl(MOMENT), FIXED.ocsp(MOMENT)
COMPROMISED, SUPERSEDED = x509.ReasonFlags.key_compromise, x509.ReasonFlags.superseded


def claim(value: bytes, kind: RevocationKind = RevocationKind.CRL) -> RevocationClaim:
    return RevocationClaim(kind, value)


def known(value: bytes, kind: RevocationKind) -> bool:
    return standing(CHAIN, [claim(value, kind)], MOMENT).complete


def checks(*stamps: Stamp, at: datetime = LATER + DAY) -> dict[str, Check]:
    line = examine_line(TokenClaim(stamps[0], stamps[1:]), HEAD, TRUSTED, 3)
    return {check.code: check for check in line_checks(line, at)}


@pytest.mark.parametrize(("good", "kind"), [(CRL, RevocationKind.CRL), (OCSP, RevocationKind.OCSP)])
def test_no_flipped_bit_of_revocation_data_survives(good: bytes, kind: RevocationKind) -> None:
    assert known(good, kind)
    for bit in range(0, len(good) * 8, 5):
        changed = bytearray(good)
        changed[bit // 8] ^= 1 << bit % 8
        found = findings(claim(bytes(changed), kind), CHAIN[0], CHAIN[1])
        # the certificates beside an OCSP response are not signed by it: one that does not matter may change
        assert found in ([], findings(claim(good, kind), CHAIN[0], CHAIN[1])), f"bit {bit}"


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([CRL, OCSP]),
    st.integers(0, 900),
    st.binary(max_size=8),
    st.integers(0, 8),
    st.sampled_from(RevocationKind),
)
def test_no_mutation_crashes(good: bytes, place: int, put: bytes, taken: int, kind: RevocationKind) -> None:
    changed = good[:place] + put + good[place + taken :]
    honest = [claim(CRL), claim(OCSP, RevocationKind.OCSP)]
    expected = [found for one in honest for found in findings(one, CHAIN[0], CHAIN[1])]
    assert all(found in expected for found in findings(claim(changed, kind), CHAIN[0], CHAIN[1]))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(RevocationKind))
def test_no_bytes_crash(junk: bytes, kind: RevocationKind) -> None:
    assert not known(junk, kind)
    assert not known(b"\x30\x82" + len(junk).to_bytes(2) + junk, kind)


def test_a_list_says_for_when_it_counts() -> None:
    (found,), end, second = findings(claim(CRL), *CHAIN), CHAIN[0].not_valid_after_utc, timedelta(seconds=1)
    assert found.next_update is not None
    for made, moment, signs, counts in (
        (MOMENT, MOMENT, True, True),
        (MOMENT, MOMENT + second, True, False),
        (MOMENT, MOMENT - 50 * DAY, True, True),
        (MOMENT, found.next_update, False, True),
        (MOMENT, found.next_update + second, False, False),
        (end, MOMENT, True, True),
        (end + second, MOMENT, True, False),
        (end + second, MOMENT, False, False),
    ):
        told = replace(found, this_update=made)
        assert told.covers(CHAIN[0], moment, signs=signs) is counts
    endless = replace(found, next_update=None)
    assert endless.covers(CHAIN[0], MOMENT, signs=False)
    assert not endless.covers(CHAIN[0], MOMENT + second, signs=False)


def test_one_serial_number_of_another_issuer_says_nothing() -> None:
    other = SECOND.crl(MOMENT - DAY, [SECOND.revocation(MOMENT - DAY)])
    assert findings(claim(other), CHAIN[0], CHAIN[1]) == []


@pytest.mark.parametrize(
    ("reason", "before", "spares"),
    [
        ("superseded", True, True),
        ("unspecified", True, True),
        ("affiliation_changed", True, True),
        ("cessation_of_operation", True, True),
        ("superseded", False, False),
        ("keyCompromise", True, False),
        ("certificateHold", True, False),
        (None, True, False),
    ],
)
def test_which_reasons_spare_earlier_tokens(reason: str | None, before: bool, spares: bool) -> None:
    at = MOMENT + DAY if before else MOMENT
    assert Revoked(at, reason).spares(MOMENT) is spares


def stamp_of(
    authority: FixedAuthority, imprint: bytes, moment: datetime, *revoked: x509.RevokedCertificate
) -> Stamp:
    made = authority.stamp(imprint, moment)
    return replace(made, revocations=authority.lists(LATER + 2 * DAY, revoked)) if revoked else made


def test_a_line_tells_what_people_are_shown() -> None:
    first = FIXED.stamp(HEAD, MOMENT)
    second = SECOND.stamp(renewal_imprint(HEAD, first), LATER)
    found = checks(first, second)
    assert {code: check.status for code, check in found.items()} == dict.fromkeys(
        ("time.token", "time.revocation", "time.renewal"), CheckStatus.PASSED
    )
    token, revocation, renewal = (found[f"time.{name}"].detail for name in ("token", "revocation", "renewal"))
    assert token["authority"] == "名 Vector Time Authority"
    assert token["certificate_name"] == "Vector Time Authority"
    assert (token["gen_time"], token["not_later_than"]) == ("2026-03-02T01:30:09Z", "2026-03-02T01:30:10Z")
    assert (token["accuracy_ms"], token["renewals"], token["line"]) == (1_000, 1, 3)
    assert [one["kind"] for one in revocation["sources"]] == ["crl", "crl", "crl"]
    assert revocation["sources"][0]["this_update"] == "2026-03-02T01:30:09Z"
    assert renewal["renewed_at"] == ["2028-03-01T00:00:00Z"]
    assert (renewal["lapses_at"], renewal["flagged"]) == ("2030-12-31T23:59:59Z", False)


def test_a_line_is_flagged_half_a_year_before_it_lapses() -> None:
    first = FIXED.stamp(HEAD, MOMENT)
    end = CHAIN[0].not_valid_after_utc
    for days, flagged in ((181, False), (180, False), (179, True), (1, True)):
        detail = checks(first, at=end - timedelta(days=days))["time.renewal"].detail
        assert (detail["days_left"], detail["flagged"]) == (days, flagged)
    assert checks(first, at=end)["time.renewal"].status is CheckStatus.PASSED
    lapsed = checks(first, at=end + timedelta(seconds=1))["time.renewal"]
    assert (lapsed.status, lapsed.detail["reason"]) == (CheckStatus.UNDETERMINED, "lapsed")


def later(*revoked: x509.RevokedCertificate) -> tuple[RevocationClaim, ...]:
    """The first authority's list from two days after the renewal."""
    return FIXED.lists(LATER + 2 * DAY, revoked)


def pair(*also: RevocationClaim, own: tuple[RevocationClaim, ...] | None = None) -> tuple[Stamp, Stamp]:
    """A token and its renewal, which has more data besides its own; own: the token's data, if not the usual."""
    first = FIXED.stamp(HEAD, MOMENT)
    first = first if own is None else replace(first, revocations=own)
    second = SECOND.stamp(renewal_imprint(HEAD, first), LATER)
    return first, replace(second, revocations=(*second.revocations, *also))


def test_a_renewal_from_before_saves_and_one_from_after_does_not() -> None:
    for revoked_at, since, status in (
        (LATER + DAY, None, CheckStatus.PASSED),
        (LATER, None, CheckStatus.FAILED),
        (LATER + DAY, LATER, CheckStatus.FAILED),
        (LATER - DAY, LATER + DAY, CheckStatus.PASSED),
    ):
        told = later(FIXED.revocation(revoked_at, COMPROMISED, since))
        assert checks(*pair(*told))["time.revocation"].status is status
    alone = stamp_of(FIXED, HEAD, MOMENT, FIXED.revocation(LATER + DAY, COMPROMISED))
    refused = checks(alone)["time.revocation"]
    assert refused.detail["revocation_reason"] == "keyCompromise"
    assert refused.detail["revoked_at"] == "2028-03-02T00:00:00Z"


def test_data_that_did_not_exist_cannot_have_been_renewed() -> None:
    found = checks(*pair(own=later()))["time.renewal"]
    assert (found.status, found.detail["reason"], found.detail["renewal"]) == (CheckStatus.FAILED, "order", 1)


def test_data_taken_out_after_a_renewal_is_noticed() -> None:
    first, second = pair(own=FIXED.lists(LATER, [FIXED.revocation(LATER - DAY, COMPROMISED)]))
    assert checks(first, second)["time.renewal"].status is CheckStatus.PASSED
    hidden = checks(replace(first, revocations=()), second)
    assert hidden["time.renewal"].status is CheckStatus.FAILED
    assert hidden["time.renewal"].detail["renewal"] == 1


def test_later_entries_make_known_what_earlier_ones_lack() -> None:
    assert checks(*pair(own=()))["time.revocation"].detail["reason"] == "revocation_unknown"
    assert checks(*pair(*FIXED.lists(MOMENT), own=()))["time.revocation"].status is CheckStatus.PASSED


def test_data_from_before_the_token_is_told_from_none() -> None:
    early = (claim(FIXED.crl(MOMENT - timedelta(seconds=1))),)
    for stamp, reason in (
        (replace(FIXED.stamp(HEAD, MOMENT), revocations=early), "revocation_too_early"),
        (replace(FIXED.stamp(HEAD, MOMENT), revocations=()), "revocation_unknown"),
    ):
        found = checks(stamp)["time.revocation"]
        assert (found.status, found.detail["reason"]) == (CheckStatus.UNDETERMINED, reason)
    whole = SECOND.stamp(HEAD, MOMENT)
    half = replace(whole, revocations=(claim(SECOND.crl(MOMENT - DAY)),))
    assert checks(half)["time.revocation"].detail["reason"] == "revocation_unknown", (
        "nothing about the issuer"
    )
    most = replace(whole, revocations=(claim(SECOND.crl(MOMENT - DAY)), whole.revocations[1]))
    assert checks(most)["time.revocation"].detail["reason"] == "revocation_too_early"


def test_each_piece_of_data_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[RevocationClaim] = []

    def counted(one: RevocationClaim, *pair: x509.Certificate) -> list[Finding]:
        read.append(one)
        return findings(one, *pair)

    monkeypatch.setattr(revocation, "findings", counted)
    stamps, imprint = [FIXED.stamp(HEAD, MOMENT)], HEAD
    for number in range(1, 17):
        imprint = renewal_imprint(imprint, stamps[-1])
        stamps.append(FIXED.stamp(imprint, MOMENT + number * DAY))
    assert checks(*stamps)["time.revocation"].status is CheckStatus.PASSED
    assert len(read) == len(set(read)) == 17


def test_nothing_after_a_token_that_does_not_hold_saves_anything() -> None:
    first = stamp_of(FIXED, HEAD, MOMENT, FIXED.revocation(LATER - DAY, COMPROMISED))
    wrong = SECOND.stamp(HEAD, LATER)
    third = SECOND.stamp(renewal_imprint(renewal_imprint(HEAD, first), wrong), LATER)
    found = checks(first, wrong, third)
    assert found["time.revocation"].status is CheckStatus.FAILED
    assert found["time.renewal"].detail["renewal"] == 1


def test_the_first_threat_is_told_and_the_last_token_judged_first() -> None:
    stamps: list[Timestamp] = [
        verify_token(FIXED.token(HEAD, MOMENT), HEAD, TRUSTED),
        verify_token(FIXED.token(HEAD, LATER), HEAD, TRUSTED),
    ]
    data = [claim(FIXED.crl(LATER + DAY, [FIXED.revocation(LATER + DAY, COMPROMISED)]))]
    both = [standing(CHAIN, data, stamp.gen_time) for stamp in stamps]
    worst = harmful_revocation(stamps, both)
    assert worst is not None and worst.at == LATER + DAY
    superseded = [claim(FIXED.crl(LATER + DAY, [FIXED.revocation(LATER + DAY, SUPERSEDED)]))]
    assert harmful_revocation(stamps, [standing(CHAIN, superseded, one.gen_time) for one in stamps]) is None
