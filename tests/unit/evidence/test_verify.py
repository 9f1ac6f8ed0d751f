"""Verification: an honest proof passes in all four answers, and each defect fails just the check that is about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from evidence import words
from evidence.custody import append_entry
from evidence.digest import digest_bytes
from evidence.proof import Proof, Stamp, TokenClaim
from evidence.signature import checksum_address, sign_digest
from evidence.statement import subject_of
from evidence.typed_data import Attestation
from evidence.verdict import Answer, Check, CheckStatus, Verdict
from evidence.verify import Verifier
from scripts.vector_keys import FixedAuthority
from scripts.vector_parts import FILE, OPERATOR_KEY, PRESENT, RECEIVED, STAMPED, World, exhibit
from tests.anchored import (
    AUTHORITY,
    FAILED,
    PASSED,
    UNDETERMINED,
    Setting,
    detail,
    make,
    not_passed,
)
from tests.signers import passkey

CAUSES = ["re_saved", "compressed", "forwarded", "other_version", "other_file"]


@pytest.fixture(scope="module")
def setting() -> Setting:
    return make()


ALWAYS = [
    "file.size",
    "file.sha256",
    "file.sm3",
    "batch.inclusion",
    "batch.head",
    "anchor.trusted",
    "state.header",
    "state.account",
    "state.entry",
    "block.known",
    "ledger.identity",
    "ledger.batch",
    "ledger.final",
    "time.token",
    "time.revocation",
    "time.renewal",
    "time.block",
    "time.order",
    "time.difference",
    "submitter.stated",
    "submitter.attested",
    "origin.stated",
    "custody.chain",
    "custody.first",
]


def test_an_honest_proof_passes_every_check(setting: Setting) -> None:
    verdict = setting.verify(setting.proof())
    assert [check.code for check in verdict.checks] == ALWAYS
    assert not_passed(verdict) == {} and verdict.passed
    assert all(verdict.status(answer) is PASSED for answer in Answer)
    assert detail(verdict, "time.token")["not_later_than"] == "2026-03-02T01:30:10Z"
    assert detail(verdict, "time.block")["clock"] == "operator"
    assert detail(verdict, "origin.stated")["note"] == "stated_not_verified"


def test_another_operator_clock_or_account_is_only_what_it_says(setting: Setting) -> None:
    facts = detail(setting.verify(setting.proof()), "submitter.stated")
    assert facts == {"account": "a-7f3e", "role": "claimant", "identity_method": "one_time_code"}


Change = Callable[[Setting], Proof]


def with_batch(setting: Setting, **changes: object) -> Proof:
    proof = setting.proof()
    return replace(proof, batch=replace(proof.batch, **changes))


def with_anchor(setting: Setting, **changes: object) -> Proof:
    proof = setting.proof()
    return replace(proof, anchor=replace(proof.anchor, **changes))


def with_token(setting: Setting, token: bytes, name: str = AUTHORITY.name) -> Proof:
    return setting.proof(timestamps=(TokenClaim(Stamp(name, token)),))


def longer_path(setting: Setting) -> Proof:
    proof = setting.proof()
    return replace(proof, inclusion=replace(proof.inclusion, path=(*proof.inclusion.path, bytes(32))))


def other_place(setting: Setting) -> Proof:
    proof = setting.proof()
    return replace(proof, inclusion=replace(proof.inclusion, index=2))


def other_size(setting: Setting) -> Proof:
    proof = setting.proof()
    return replace(proof, inclusion=replace(proof.inclusion, size=3))


def by_other_operator(setting: Setting) -> Proof:
    message = Attestation(setting.statement.commitment(), subject_of(setting.statement.submitter))
    return setting.proof(attestation=sign_digest(b"\x07" * 32, message.digest(setting.trust.evidence_domain)))


def attested_elsewhere(setting: Setting) -> Proof:
    domain = replace(setting.trust.evidence_domain, chain_id=1)
    message = Attestation(setting.statement.commitment(), subject_of(setting.statement.submitter))
    return setting.proof(attestation=sign_digest(OPERATOR_KEY, message.digest(domain)))


def broken_custody(setting: Setting) -> Proof:
    first, second, third = setting.proof().custody
    return setting.proof(custody=(first, replace(second, reason="另有原因"), third))


def strangers_custody(setting: Setting) -> Proof:
    return setting.proof(custody=World(exhibit(salt=bytes(32))).custody())


def later_start(setting: Setting) -> Proof:
    first = append_entry(None, act="viewed", actor="a-1", at=RECEIVED)
    return setting.proof(custody=(first,))


def early_token(setting: Setting) -> Proof:
    stamp = AUTHORITY.stamp(setting.batch.head, RECEIVED - timedelta(minutes=2))
    return setting.proof(timestamps=(TokenClaim(stamp),))


OTHER = FixedAuthority("Other Authority")
ENTRY = {"state.entry": FAILED, "time.block": FAILED}
BLOCK = {"state.header": FAILED, "time.block": FAILED}

DEFECTS: dict[str, tuple[Change, dict[str, CheckStatus]]] = {
    "a root that is not the recorded one": (
        lambda s: with_batch(s, root=b"\x05" * 32),
        {"batch.inclusion": FAILED, "batch.head": FAILED, "ledger.batch": FAILED},
    ),
    "a previous head that is not the recorded one": (
        lambda s: with_batch(s, previous_head=b"\x05" * 32),
        {"batch.head": FAILED, "ledger.batch": FAILED},
    ),
    "a head that is not the recorded one": (
        lambda s: with_batch(s, head=b"\x05" * 32),
        {"batch.head": FAILED, "ledger.batch": FAILED, "time.token": FAILED, **ENTRY},
    ),
    "another batch's number": (
        lambda s: with_batch(s, number=1),
        {"ledger.batch": FAILED, **ENTRY},
    ),
    "a batch that the node has not reached": (
        lambda s: with_batch(s, number=3),
        {"ledger.batch": UNDETERMINED, "ledger.final": UNDETERMINED, **ENTRY},
    ),
    "another place in the tree": (other_place, {"batch.inclusion": FAILED}),
    # A path fits trees of several sizes; the head binds the size.
    "another size of the tree": (other_size, {"batch.head": FAILED, "ledger.batch": FAILED, **ENTRY}),
    "a path that is too long": (longer_path, {"batch.inclusion": FAILED}),
    "another chain": (lambda s: with_anchor(s, chain_id=1), {"anchor.trusted": FAILED}),
    "a look-alike contract": (
        lambda s: with_anchor(s, contract=checksum_address("0x" + "66" * 20)),
        {"anchor.trusted": FAILED},
    ),
    "another transaction": (
        lambda s: with_anchor(s, transaction=bytes(32)),
        {"time.block": FAILED},
    ),
    "another block": (lambda s: with_anchor(s, block_hash=bytes(32)), BLOCK),
    "another block number": (lambda s: with_anchor(s, block_number=9), {**BLOCK, **ENTRY}),
    "another block time": (lambda s: with_anchor(s, block_time=5), {**BLOCK, **ENTRY}),
    "no token": (lambda s: s.proof(timestamps=()), {"time.token": UNDETERMINED}),
    "a token over another head": (
        lambda s: with_token(s, AUTHORITY.token(bytes(32), STAMPED)),
        {"time.token": FAILED},
    ),
    "a token by an authority that is not trusted": (
        lambda s: with_token(s, OTHER.token(s.batch.head, STAMPED), OTHER.name),
        {"time.token": FAILED},
    ),
    "a token under another's name": (
        lambda s: with_token(s, AUTHORITY.token(s.batch.head, STAMPED), "国家授时中心"),
        {"time.token": FAILED},
    ),
    "a token that is junk": (lambda s: with_token(s, b"junk"), {"time.token": FAILED}),
    "a token from before the reception": (early_token, {"time.order": FAILED}),
    "another operator": (by_other_operator, {"submitter.attested": FAILED}),
    "an attestation for another chain": (attested_elsewhere, {"submitter.attested": FAILED}),
    "no attestation to speak of": (
        lambda s: s.proof(attestation=bytes(65)),
        {"submitter.attested": FAILED},
    ),
    "a custody record with a changed entry": (broken_custody, {"custody.chain": FAILED}),
    "another exhibit's custody record": (strangers_custody, {"custody.first": FAILED}),
    "a custody record that starts later": (later_start, {"custody.first": FAILED}),
    "no custody record": (lambda s: s.proof(custody=()), {"custody.chain": UNDETERMINED}),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_each_defect_fails_the_check_that_is_about_it(setting: Setting, name: str) -> None:
    change, expected = DEFECTS[name]
    verdict = setting.verify(change(setting))
    assert not_passed(verdict) == expected
    worst = FAILED if FAILED in expected.values() else UNDETERMINED
    assert verdict.overall is worst and not verdict.passed
    for answer in Answer:
        codes = {check.code for check in verdict.of(answer)}
        touched = [status for code, status in expected.items() if code in codes]
        assert verdict.status(answer) is (
            FAILED if FAILED in touched else UNDETERMINED if touched else PASSED
        )


@pytest.mark.parametrize("at", [0, 40, len(FILE) - 1])
def test_one_changed_byte_of_the_file_fails_both_digests(setting: Setting, at: int) -> None:
    changed = bytearray(FILE)
    changed[at] ^= 1
    verdict = setting.verify(setting.proof(), bytes(changed))
    assert not_passed(verdict) == {"file.sha256": FAILED, "file.sm3": FAILED}
    assert detail(verdict, "file.sha256")["likely_causes"] == CAUSES
    assert [verdict.status(a) for a in Answer] == [FAILED, PASSED, PASSED, PASSED]


def test_a_longer_file_fails_all_three(setting: Setting) -> None:
    expected = {"file.size": FAILED, "file.sha256": FAILED, "file.sm3": FAILED}
    assert not_passed(setting.verify(setting.proof(), FILE + b"\n")) == expected


def test_without_the_file_integrity_is_open(setting: Setting) -> None:
    verdict = setting.verify(setting.proof(), None)
    assert set(not_passed(verdict).items()) == {
        (f"file.{n}", UNDETERMINED) for n in ("size", "sha256", "sm3")
    }
    assert verdict.status(Answer.INTEGRITY) is UNDETERMINED and verdict.missing(Answer.INTEGRITY)


def test_another_files_statement_is_in_no_batch(setting: Setting) -> None:
    verdict = setting.verify(setting.proof(statement=exhibit(b"other file")))
    expected = {f"file.{name}": FAILED for name in ("size", "sha256", "sm3")}
    expected |= {"batch.inclusion": FAILED, "submitter.attested": FAILED, "custody.first": FAILED}
    assert not_passed(verdict) == expected


def test_a_whole_other_proof_is_only_wrong_about_the_file(setting: Setting) -> None:
    other = make(exhibit(b"other file"))
    verdict = other.verify(other.proof())
    assert set(not_passed(verdict)) == {"file.size", "file.sha256", "file.sm3"}


@pytest.mark.parametrize("key", ["made_by", "device", "form", "received_at", "number", "case_ref"])
def test_a_changed_statement_is_not_what_was_anchored(setting: Setting, key: str) -> None:
    changes = {"form": "copy", "received_at": "2026-03-02T01:29:00Z"}
    verdict = setting.verify(setting.proof(statement=exhibit(**{key: changes.get(key, "改")})))
    assert verdict.status(Answer.INTEGRITY) is FAILED is verdict.status(Answer.SUBMITTER)
    assert not_passed(verdict)["batch.inclusion"] is FAILED


def test_another_submitter_breaks_attestation_and_tree(setting: Setting) -> None:
    body = setting.statement.body | {
        "submitter": {"account": "a-9", "role": "claimant", "identity_method": "one_time_code"}
    }
    verdict = setting.verify(setting.proof(statement=replace(setting.statement, body=body)))
    assert not_passed(verdict) == {
        "batch.inclusion": FAILED,
        "submitter.attested": FAILED,
        "custody.first": FAILED,
    }


def test_without_an_anchor_no_token_can_be_judged(setting: Setting) -> None:
    trust = replace(setting.trust, timestamp_authorities=())
    verdict = Verifier(trust, setting.ledger, at=PRESENT).verify(digest_bytes(FILE), setting.proof())
    assert not_passed(verdict) == {"time.token": UNDETERMINED}
    assert detail(verdict, "time.token")["reason"] == "no_anchor"


def test_a_bad_token_beside_a_good_one_still_fails(setting: Setting) -> None:
    good = setting.proof().timestamps[0]
    verdict = setting.verify(setting.proof(timestamps=(good, TokenClaim(Stamp("x", b"junk")))))
    assert [c.status for c in verdict.checks if c.code == "time.token"] == [PASSED, FAILED]
    assert verdict.status(Answer.TIME) is FAILED


def test_the_earliest_token_counts_and_a_large_difference_is_flagged(setting: Setting) -> None:
    times = (STAMPED + timedelta(days=2), STAMPED + timedelta(hours=1))
    tokens = tuple(TokenClaim(AUTHORITY.stamp(setting.batch.head, t)) for t in times)
    verdict = setting.verify(setting.proof(timestamps=tokens))
    assert verdict.passed
    assert detail(verdict, "time.order")["earliest_token"] == "2026-03-02T02:30:09Z"
    assert detail(verdict, "time.difference") == {"seconds": 3_605, "tolerance": 60, "flagged": True}


def test_a_copy_needs_somebody_who_compared_it() -> None:
    for compared, expected in [
        ({}, {"origin.compared": UNDETERMINED}),
        ({"compared_by": "陈敏"}, {"origin.compared": UNDETERMINED}),
        ({"compared_by": "陈敏", "compared_at": "2026-03-01"}, {}),
    ]:
        setting = make(exhibit(form="copy", **compared))
        assert not_passed(setting.verify(setting.proof())) == expected


def test_unanswered_origin_questions_are_listed() -> None:
    setting = make(exhibit(device=None, method=""))
    verdict = setting.verify(setting.proof())
    assert not_passed(verdict) == {"origin.stated": UNDETERMINED}
    assert detail(verdict, "origin.stated")["unanswered"] == ["device", "method"]
    assert verdict.missing(Answer.ORIGIN)


def test_no_checks_never_pass() -> None:
    empty = Verdict(())
    assert not empty.passed and empty.overall is UNDETERMINED
    assert all(empty.status(answer) is UNDETERMINED for answer in Answer)
    one = Verdict((Check(Answer.TIME, "time.token", PASSED),))
    assert one.status("time") is PASSED and not one.passed


def test_every_check_and_reason_has_words_in_both_languages(setting: Setting) -> None:
    verdicts = [setting.verify(change(setting)) for change, _ in DEFECTS.values()]
    verdicts += [setting.verify(setting.proof(), None), setting.verify(setting.proof(), FILE + b"x", None)]
    document = World(size=1, place=0)
    signer = passkey(setting.trust)
    verdicts.append(setting.verify(setting.proof(witnesses=(setting.witness(signer),)), reader=None))
    verdicts.append(
        Verifier(document.trust, document.ledger(final_to=0)).verify(None, document.proof(custody=()))
    )
    brought = Verifier(setting.trust, at=PRESENT, block=(2**40, bytes(32)))
    verdicts.append(brought.verify(None, setting.proof(state=None)))
    named = Verifier(document.naming(), at=PRESENT)
    later = document.proof(state=document.state(later=1))
    verdicts += [named.verify(None, document.proof()), named.verify(None, later)]
    copy = make(exhibit(form="copy"))
    verdicts.append(copy.verify(copy.proof()))
    seen = {check.code for verdict in verdicts for check in verdict.checks}
    assert seen | {"origin.document"} == set(words.CHECKS)
    for verdict in verdicts:
        for check in verdict.checks:
            for language in ("zh", "en"):
                assert words.check_text(check.code, language)
                assert words.check_status_text(check, language)
                assert all(name for name, _ in words.detail_lines(check, language))
            assert set(check.detail) <= set(words.FACTS) | {"reason"}
            assert check.detail.get("reason", "offline") in words.REASONS


def test_words_do_not_turn_what_people_wrote_into_codes() -> None:
    check = Check(Answer.ORIGIN, "origin.stated", PASSED, {"device": "compressed", "form": "copy"})
    assert words.detail_lines(check, "en") == [("device", "compressed"), ("original or copy", "copy")]
    assert ("原件或复制件", "复制件") in words.detail_lines(check, "zh")


def test_a_verdict_is_plain_json(setting: Setting) -> None:
    value = setting.verify(setting.proof()).as_json()
    assert value["answers"] == dict.fromkeys(("integrity", "time", "submitter", "origin"), "PASSED")
    assert [check["code"] for check in value["checks"]] == ALWAYS
    token = next(check for check in value["checks"] if check["code"] == "time.token")
    assert datetime.fromisoformat(str(token["detail"]["not_later_than"])).tzinfo is UTC
