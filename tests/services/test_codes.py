"""One-time codes under attack: guessing over many codes, old codes, contacts that are not known.
Not here: the ordinary way in (see test_way_in)."""

import re

import pytest
from sqlalchemy import func, select

from app.domain.errors import DomainError, ErrorKind
from app.models.cases import Audit, OutboxMessage
from app.services import accounts
from app.services.context import Services
from tests import builders
from tests.builders import Clock

CONTACT = "liqing@example.cn"


def send(services: Services, contact: str = CONTACT, known: bool = True) -> str:
    with services.work() as work:
        accounts.send_code(work, contact, known)
    found = re.search(r"\d{6}", builders.last_message(services, contact)) if known else None
    return found[0] if found else ""


def check(services: Services, code: str, contact: str = CONTACT) -> ErrorKind | None:
    with services.work() as work:
        refusal = accounts.check_code(work, contact, code)
    return refusal.kind if refusal is not None else None


def test_guesses_count_over_all_codes_of_a_contact(services: Services, clock: Clock) -> None:
    guesses = []
    for _ in range(4):
        send(services)
        guesses += [check(services, "wrong") for _ in range(accounts.CODE_ATTEMPTS)]
        clock.advance(minutes=1)
    assert guesses.count(ErrorKind.CODE_WRONG) == 15
    right = send(services)
    assert check(services, right) is ErrorKind.TOO_MANY_ATTEMPTS
    clock.advance(hours=2)
    assert check(services, send(services)) is None


def test_guesses_are_bounded_over_a_day(services: Services, clock: Clock) -> None:
    wrong = 0
    for _ in range(60):
        send(services)
        wrong += [check(services, "wrong") for _ in range(accounts.CODE_ATTEMPTS)].count(ErrorKind.CODE_WRONG)
        clock.advance(minutes=23)
    assert wrong == 50


def test_an_older_code_does_not_come_back_when_a_newer_one_was_used(services: Services) -> None:
    older, newer = send(services), send(services)
    assert check(services, newer) is None
    assert check(services, older) is ErrorKind.CODE_EXPIRED


@pytest.mark.parametrize("known", [True, False])
def test_a_contact_that_is_not_known_is_answered_like_one_that_is(services: Services, known: bool) -> None:
    send(services, known=known)
    answers = [check(services, "wrong") for _ in range(accounts.CODE_ATTEMPTS + 1)]
    assert answers == [ErrorKind.CODE_WRONG] * accounts.CODE_ATTEMPTS + [ErrorKind.TOO_MANY_ATTEMPTS]
    for _ in range(accounts.CODES_PER_HOUR - 1):
        send(services, known=known)
    with pytest.raises(DomainError) as refusal:
        send(services, known=known)
    assert refusal.value.kind is ErrorKind.TOO_MANY_ATTEMPTS
    with services.reading() as work:
        assert (work.session.scalar(select(func.count(OutboxMessage.id))) == 0) is not known


def test_every_wrong_code_is_in_the_audit_without_the_contact(services: Services) -> None:
    account = builders.person(services, "李晴", CONTACT).account_id
    send(services)
    check(services, "wrong")
    with services.reading() as work:
        line = work.session.scalars(select(Audit).where(Audit.act == "enter_code")).one()
        assert (line.allowed, line.account_id) == (False, None)
        assert line.detail == {"kind": "code_wrong", "tried": account}
