"""One running platform and one browser for all stories; screenshots where HEZHENG_PICTURES names a folder.
Not here: the stories."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.people import Person, arrive, launch
from tests.browser.platform import Platform, free_port, started


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


@pytest.fixture
def person(platform: Platform, chromium: Browser) -> Iterator[Callable[..., Person]]:
    """``person(name, phone=…)`` seats somebody at a fresh browser; in the end no console holds an error."""
    people: list[Person] = []

    def make(name: str, phone: bool = False, fingerprint: bool = True) -> Person:
        people.append(arrive(chromium, platform.url, name, phone, fingerprint))
        return people[-1]

    yield make
    errors = [error for someone in people for error in someone.errors]
    for someone in people:
        someone.context.close()
    assert errors == []


@pytest.fixture(scope="session")
def pictures() -> Path | None:
    """Folder for screenshots, or None."""
    named = os.environ.get("HEZHENG_PICTURES")
    if not named:
        return None
    folder = Path(named)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
