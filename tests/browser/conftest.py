"""One running platform and one browser for all stories; screenshots where STORY_PICTURES names a folder.
Not here: the stories."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.people import Person, arrive, launch
from tests.browser.platform import Platform, free_port, started
from tests.browser.test_story import consent, enrol, enter_code, open_room, sign_preservation

expect.set_options(timeout=20_000)
FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The whole platform: chain, timestamp authority, web, worker."""
    with started(tmp_path_factory.mktemp("platform"), free_port()) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium; people get contexts of their own in it."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember a failure, so that everybody's screen can be kept."""
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture
def person(
    request: pytest.FixtureRequest, tmp_path: Path, platform: Platform, chromium: Browser
) -> Iterator[Callable[..., Person]]:
    """``person(name, phone=…)`` seats somebody at a fresh browser; in the end no console holds an error."""
    people: list[Person] = []

    def make(name: str, phone: bool = False, fingerprint: bool = True) -> Person:
        people.append(arrive(chromium, platform.url, name, phone, fingerprint))
        return people[-1]

    yield make
    if request.node.stash.get(FAILED, False):
        for someone in people:
            someone.picture(tmp_path, f"failed-{someone.name}")
    errors = [error for someone in people for error in someone.errors]
    for someone in people:
        someone.context.close()
    assert errors == []


@pytest.fixture(scope="session")
def pictures() -> Path | None:
    """Folder for screenshots, or None."""
    named = os.environ.get("STORY_PICTURES")
    if not named:
        return None
    folder = Path(named)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def number(platform: Platform, chromium: Browser) -> str:
    """The demo case, brought from the invitation to an open room by its people; the case's number."""
    roles = ("claimant", "respondent", "mediator", "office")
    claimant, respondent, mediator, office = (arrive(chromium, platform.url, role) for role in roles)
    for someone in (claimant, mediator, office):
        someone.open(platform.links[someone.name])
    claimant.open("/cases")
    claimant.page.locator("tr", has_text="青砚").locator("a").first.click()
    claimant.page.wait_for_url("**/cases/HZ*")
    number = claimant.page.url.rsplit("/", 1)[-1]
    office.open("/office/outbox")
    link = office.page.locator("section.panel", has_text=number).locator("[data-invitation-link]").last
    respondent.open(link.get_attribute("href") or "")
    respondent.press("获取验证码")
    enter_code(respondent)
    respondent.press("进入案件")
    respondent.press("同意参加")
    consent(respondent, number, "no", None)
    consent(claimant, number, "yes", None)
    for someone in (claimant, respondent):
        enrol(someone)
        sign_preservation(someone, number)
    open_room(mediator, number, None)
    expect(mediator.page.locator("[data-line]")).to_have_text("已连接")
    for someone in (claimant, respondent, mediator, office):
        someone.context.close()
    return number
