"""Enrolling keys: what is kept, and every registration that must be refused."""

import pytest

from app.domain.errors import DomainError, ErrorKind
from app.domain.roles import Office
from app.models.accounts import KeyKind
from app.services import signing_keys
from tests import builders, deals
from tests.signers import USER_PRESENT, Passkey
from tests.signers import passkey as new_passkey


@pytest.fixture
def person(services):
    return builders.person(services, "李晴", "liqing@example.cn")


def test_a_passkey_is_kept_as_the_contract_names_it(services, person):
    passkey = deals.enrol(services, person)
    with services.reading() as work:
        (key,) = signing_keys.own(work, person.actor)
    assert (key.kind, key.signer, key.label) == (KeyKind.PASSKEY, passkey.name, "手机")
    assert key.credential_id == deals.credential_id(passkey)


def test_a_device_key_is_kept_when_it_answers_the_challenge(services, person):
    device = deals.enrol_device(services, person)
    with services.reading() as work:
        (key,) = signing_keys.own(work, person.actor)
    assert (key.kind, key.signer, key.credential_id) == (KeyKind.DEVICE_KEY, device.name, None)


def test_passkeys_come_before_device_keys(services, person):
    passkey = deals.enrol(services, person)
    deals.enrol_device(services, person)
    with services.reading() as work:
        assert signing_keys.of_account(work, person.account_id)[0].signer == passkey.name


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "http://evil.example:8480"},
        {"relying_party": "evil.example"},
        {"flags": USER_PRESENT},
        {"flags": 0},
    ],
)
def test_a_registration_from_elsewhere_or_without_the_user_is_refused(services, person, changes):
    passkey = Passkey(services.trust.passkey_verifier, **changes)
    with pytest.raises(DomainError) as refusal:
        deals.enrol(services, person, passkey)
    assert refusal.value.kind is ErrorKind.KEY_REFUSED


def test_a_registration_over_another_challenge_is_refused(services, person):
    passkey = new_passkey(services.trust)
    made = deals.registration(passkey, b"1" * 32)
    with services.work() as work, pytest.raises(DomainError) as refusal:
        signing_keys.enrol_passkey(work, person.actor, "手机", made, b"2" * 32)
    assert refusal.value.kind is ErrorKind.KEY_REFUSED


@pytest.mark.parametrize(
    "broken", [{}, {"id": "x"}, {"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}]
)
def test_a_broken_registration_is_refused(services, person, broken):
    with services.work() as work, pytest.raises(DomainError) as refusal:
        signing_keys.enrol_passkey(work, person.actor, "手机", broken, b"1" * 32)
    assert refusal.value.kind is ErrorKind.KEY_REFUSED


def test_the_same_key_cannot_belong_to_two_people(services, person):
    passkey = deals.enrol(services, person)
    other = builders.person(services, "王磊", "wanglei@example.cn")
    with pytest.raises(DomainError) as refusal:
        deals.enrol(services, other, passkey)
    assert refusal.value.detail["problem"] == "known"


def test_a_key_of_an_open_agreement_cannot_be_revoked(services, table):
    deal = deals.make_deal(services, table)
    deal.propose()
    with services.work() as work:
        (key,) = signing_keys.of_account(work, table.claimant.account_id)
        with pytest.raises(DomainError) as refusal:
            signing_keys.revoke(work, table.claimant.actor, key.id)
    assert refusal.value.kind is ErrorKind.KEY_IN_USE


def test_a_free_key_can_be_renamed_and_revoked_by_its_owner_only(services, person):
    deals.enrol(services, person)
    other = builders.person(services, "王磊", "wanglei@example.cn")
    with services.work() as work:
        (key,) = signing_keys.own(work, person.actor)
        signing_keys.rename(work, person.actor, key.id, " 新  手机 ")
        with pytest.raises(DomainError):
            signing_keys.revoke(work, other.actor, key.id)
        signing_keys.revoke(work, person.actor, key.id)
        assert key.label == "新 手机"
        assert signing_keys.of_account(work, person.account_id) == []


def test_the_office_hears_of_an_officials_new_key(services):
    builders.person(services, "办公室", "office@example.cn", Office.OFFICE)
    judge = builders.person(services, "周衡", "judge@example.cn", Office.JUDGE)
    deals.enrol(services, judge)
    assert "周衡" in builders.last_message(services, "office@example.cn")


def test_the_owner_hears_of_every_key_that_comes_or_goes(services, person):
    deals.enrol(services, person)
    assert "登记了新的签名钥匙“手机”" in builders.last_message(services, "liqing@example.cn")
    with services.work() as work:
        (key,) = signing_keys.own(work, person.actor)
        signing_keys.revoke(work, person.actor, key.id)
    assert "停用了签名钥匙“手机”" in builders.last_message(services, "liqing@example.cn")


def test_a_label_holds_nothing_that_nobody_sees(services, person):
    deals.enrol(services, person)
    with services.work() as work:
        (key,) = signing_keys.own(work, person.actor)
        signing_keys.rename(work, person.actor, key.id, "\u202e新 \u200b手机\0")
        assert key.label == "新 手机"
