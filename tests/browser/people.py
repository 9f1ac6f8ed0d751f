"""People with a browser of their own: separate cookies, a virtual fingerprint reader, a made-up camera picture.
Not here: what they do (see the stories)."""

import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
ARGUMENTS = [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def browser_path() -> str:
    """The installed Chromium."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "Chromium is needed: apt-get install chromium"
    return found


def launch(playwright: Playwright) -> Browser:
    """The installed Chromium, without its own background traffic."""
    return playwright.chromium.launch(executable_path=browser_path(), args=ARGUMENTS)


@dataclass
class Person:
    """Somebody at a screen. Every console error is kept; a story ends by finding none."""

    name: str
    context: BrowserContext
    page: Page
    url: str
    errors: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def open(self, path: str) -> None:
        """Go to a page of the site, or to a whole address."""
        self.page.goto(path if path.startswith("http") else f"{self.url}{path}")

    def press(self, name: str | re.Pattern[str]) -> None:
        """Press the button with this name."""
        self.page.get_by_role("button", name=name).first.click()

    def follow(self, name: str | re.Pattern[str]) -> None:
        """Follow the link with this name."""
        self.page.get_by_role("link", name=name).first.click()

    def fill(self, name: str, value: str) -> None:
        """Fill the field with this form name."""
        self.page.locator(f'[name="{name}"]').fill(value)

    def choose(self, name: str, value: str) -> None:
        """Choose a radio card or tick a box by form name and value."""
        self.page.locator(f'[name="{name}"][value="{value}"]').check()

    def sees(self, text: str | re.Pattern[str], timeout: float = 15_000) -> None:
        """Wait until this text is on the screen."""
        expect(self.page.get_by_text(text).locator("visible=true").first).to_be_visible(timeout=timeout)

    def never_sees(self, text: str) -> None:
        """The text is nowhere in the page as loaded now."""
        assert text not in self.page.content()

    def picture(self, folder: Path | None, name: str) -> None:
        """Keep a full screenshot where the run asks for them."""
        if folder is not None:
            self.page.screenshot(path=folder / f"{name}.png", full_page=True)


def arrive(browser: Browser, url: str, name: str, phone: bool = False, fingerprint: bool = True) -> Person:
    """A person with a fresh browser context; with ``fingerprint`` an authenticator that says yes."""
    context = browser.new_context(
        viewport=PHONE if phone else DESK,
        has_touch=phone,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        permissions=["camera", "microphone", "clipboard-read", "clipboard-write"],
        accept_downloads=True,
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    person = Person(name, context, page, url)

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(part in message.text for part in person.expected):
            person.errors.append(f"{name}: {message.text} ({message.location.get('url')})")

    page.on("console", note)
    page.on("pageerror", lambda error: person.errors.append(f"{name}: {error}"))
    if fingerprint:
        session = context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return person
