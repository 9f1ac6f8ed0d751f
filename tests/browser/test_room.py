"""The room between three people at browsers of their own: talk, live pictures, a private caucus, a broken line.
Not here: what the server refuses (see tests/realtime)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.people import Person
from tests.browser.platform import Platform

Seat = Callable[..., Person]
BROKEN = ("ERR_INTERNET_DISCONNECTED", "socket.io")


@pytest.fixture
def seated(platform: Platform, person: Seat, number: str) -> Seat:
    """``seated(role)`` signs a demo person in and brings it into the room."""

    def make(role: str, phone: bool = False) -> Person:
        someone = person(role, phone=phone)
        someone.open(platform.links[role])
        someone.open(f"/cases/{number}/room")
        expect(someone.page.locator("[data-line]")).to_have_text("已连接")
        return someone

    return make


def say(someone: Person, text: str) -> None:
    someone.page.locator("#say").fill(text)
    someone.page.get_by_role("button", name="发送").click()


def said(someone: Person, text: str) -> Locator:
    return someone.page.locator(".said:not(.waiting) .said-text", has_text=text)


def showing(someone: Person, count: int) -> None:
    """Exactly so many tiles show a moving picture."""
    expect(someone.page.locator(".tile[data-showing]:not([hidden])")).to_have_count(count, timeout=30_000)


def hearers(someone: Person) -> Locator:
    return someone.page.locator("[data-audience] li:not(.away)")


def numbers(someone: Person) -> list[int]:
    shown = someone.page.locator("[data-talk] [data-sequence]").all()
    return [int(line.get_attribute("data-sequence") or 0) for line in shown]


def test_three_people_talk_and_a_caucus_is_closed_to_the_third(seated: Seat) -> None:
    claimant, respondent, mediator = seated("claimant", phone=True), seated("respondent"), seated("mediator")
    everybody = (claimant, respondent, mediator)
    for someone in everybody:
        expect(hearers(someone)).to_have_count(2)
        say(someone, f"我是{someone.name}")
    for someone in everybody:
        for other in everybody:
            expect(said(someone, f"我是{other.name}")).to_have_count(1)
        someone.page.locator("[data-camera]").click()
    for someone in everybody:
        showing(someone, 3)

    mediator.page.locator(".room-caucus summary").click()
    mediator.page.locator("[data-caucus=claimant]").click()
    expect(mediator.page.locator(".audience-private")).to_contain_text("另一方看不到也听不到")
    expect(mediator.page.locator("[data-camera]")).to_have_attribute("aria-pressed", "false")
    showing(respondent, 2)
    claimant.page.get_by_role("tab", name="单独会谈").click()
    expect(hearers(mediator)).to_have_count(1)
    say(claimant, "底线是五万元")
    expect(said(mediator, "底线是五万元")).to_be_visible()
    for someone in (claimant, mediator):
        someone.page.locator("[data-camera]").click()
    for someone in (claimant, mediator):
        showing(someone, 2)
    showing(respondent, 1)
    expect(hearers(respondent)).to_have_count(0)
    expect(respondent.page.get_by_role("tab")).to_have_count(1)
    respondent.never_sees("底线是五万元")
    respondent.page.reload()
    expect(respondent.page.locator("[data-line]")).to_have_text("已连接")
    respondent.never_sees("底线是五万元")


def test_a_broken_line_loses_and_repeats_nothing(seated: Seat) -> None:
    respondent, mediator = seated("respondent"), seated("mediator")
    respondent.expected = BROKEN
    respondent.page.context.set_offline(True)
    expect(respondent.page.locator("[data-room]")).to_have_attribute("data-state", "offline")
    expect(respondent.page.locator("[data-audience]")).to_contain_text("此刻没有人能看到、听到您")
    say(respondent, "断线时写下的话")
    expect(respondent.page.locator(".waiting")).to_have_count(1)
    for count in range(3):
        say(mediator, f"断线期间第{count}句")
        expect(said(mediator, f"断线期间第{count}句")).to_have_count(1)
    respondent.page.context.set_offline(False)
    expect(said(mediator, "断线时写下的话")).to_have_count(1, timeout=30_000)
    expect(respondent.page.locator(".waiting")).to_have_count(0)
    for count in range(3):
        expect(said(respondent, f"断线期间第{count}句")).to_have_count(1)
    expect(said(respondent, "断线时写下的话")).to_have_count(1)
    shown = numbers(respondent)
    assert shown == list(range(1, len(shown) + 1)) == numbers(mediator)


def test_half_written_text_stays_in_its_own_room(seated: Seat) -> None:
    mediator = seated("mediator")
    mediator.page.locator("#say").fill("写给双方的半句话")
    mediator.page.locator(".room-caucus summary").click()
    mediator.page.locator("[data-caucus=respondent]").click()
    expect(mediator.page.locator("[data-say-label]")).to_have_text("发给：与被申请人单独会谈")
    expect(mediator.page.locator("#say")).to_have_value("")
    mediator.page.get_by_role("tab", name=re.compile("共同调解室")).click()
    expect(mediator.page.locator("#say")).to_have_value("写给双方的半句话")
