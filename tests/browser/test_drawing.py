"""The drawing of a proof and the notary's pages in a browser: phone and desk, both languages, keyboard, print.
Not here: what they say (see tests/web/test_proof_pages.py)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import Person
from tests.browser.platform import Platform

CASE = "礼盒包装摄影作品"
"""The demonstration's case whose exhibits are there from the start."""


def anchored_exhibit(someone: Person) -> None:
    """Open the demonstration's first exhibit that is anchored and stamped."""
    someone.open("/cases")
    row = someone.page.get_by_role("row", name=re.compile(CASE))
    number = re.search(r"HZ\d{4}-\d{5}", row.inner_text())
    assert number is not None
    someone.open(f"/cases/{number[0]}/exhibits/1")
    expect(someone.page.locator("[data-proof-drawing]")).to_be_visible(timeout=40_000)


def wider_than_the_screen(page: Page) -> int:
    """Pixels by which the page can be scrolled sideways."""
    return int(page.locator("html").evaluate("e => e.scrollWidth - e.clientWidth"))


@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desk"])
def test_the_drawing_runs_down_a_phone_and_across_a_desk(
    platform: Platform, person: Callable[..., Person], phone: bool
) -> None:
    claimant = person("申请人", phone=phone)
    claimant.open(platform.links["claimant"])
    anchored_exhibit(claimant)
    places = [step.bounding_box() for step in claimant.page.locator("[data-step]").all()]
    assert len(places) == 6
    axis = "y" if phone else "x"
    along = [place[axis] for place in places if place is not None]
    assert along == sorted(along) and len(set(along)) == 6
    assert wider_than_the_screen(claimant.page) == 0


def test_a_hash_opens_and_is_copied_by_keyboard_and_stands_in_full_on_paper(
    platform: Platform, person: Callable[..., Person]
) -> None:
    claimant = person("申请人")
    claimant.context.grant_permissions(["clipboard-read", "clipboard-write"])
    claimant.open(platform.links["claimant"])
    anchored_exhibit(claimant)
    shown = claimant.page.locator("[data-step=head] .hash").first
    full = shown.locator(".hash-full")
    expect(full).to_be_hidden()
    shown.locator("summary").press("Enter")
    expect(full).to_be_visible()
    value = re.sub(r"\s", "", full.inner_text())
    assert re.fullmatch(r"[0-9a-f]{64}", value)
    shown.locator("[data-copy]").press("Enter")
    assert claimant.page.evaluate("() => navigator.clipboard.readText()") == value
    shown.locator("summary").press("Enter")
    claimant.page.emulate_media(media="print")
    expect(full).to_be_visible()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_notarys_pages_fit_a_phone_in_both_languages(
    platform: Platform, person: Callable[..., Person], language: str
) -> None:
    notary = person("公证员", phone=True)
    notary.open(platform.links["notary"])
    if language == "en":
        notary.press("English")
    for path in ("/notary/batches", "/notary/batches/1"):
        notary.open(path)
        expect(notary.page.get_by_role("heading", level=1)).to_be_visible()
        assert wider_than_the_screen(notary.page) == 0, path
