"""Changed proof files given to the offline page itself: each is refused or answered, none says something else and passes.
Here is the page as readers have it; many more changes are made to its verifier alone (tests/unit/frontend)."""

import json
import os
import random
import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import DESK
from tests.browser.test_offline import BUILT
from tests.unit.evidence.test_mutations import FILE, KINDS, TEXT, VERIFIERS, WORLD, is_shorter, says_the_same

COUNT = max(150, int(os.environ.get("HEZHENG_MUTATIONS", "0")) // 20)
ANSWERED = "() => document.querySelector('[data-result]').childElementCount > 0"
SAID = "() => [...document.querySelectorAll('[data-answer]')].map((one) => one.dataset.status)"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """The page opened from the disk without a network, file and trust root chosen; at the end nothing broke in it."""
    context = chromium.new_context(viewport=DESK, offline=True, locale="zh-CN")
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda line: broken.append(line.text) if line.type == "error" else None)
    page.goto((BUILT / json.loads((BUILT / "manifest.json").read_text())["offline-verify.html"]).as_uri())
    choose(page, "original", FILE)
    choose(page, "trust", WORLD.naming().dump().encode())
    yield page
    context.close()
    assert broken == []


def choose(page: Page, field: str, data: bytes) -> None:
    page.locator(f"#{field}").set_input_files(
        {"name": f"{field}.json", "mimeType": "application/json", "buffer": data}
    )


def answers(page: Page, proof: bytes) -> list[str]:
    """The four answers' marks; none where the file is refused, which is said with its place."""
    choose(page, "proof", proof)
    page.get_by_role("button", name="开始核验").click()
    page.wait_for_function(ANSWERED)
    said: list[str] = page.evaluate(SAID)
    if not said:
        expect(page.get_by_role("alert")).to_contain_text("问题所在：proof")
    return said


def test_no_changed_proof_passes_or_breaks_the_page(page: Page) -> None:
    assert answers(page, TEXT) == ["passed"] * 4
    seed = secrets.randbits(32)
    rng = random.Random(seed)
    answered = 0
    for number, kind in enumerate(rng.choices(list(KINDS), list(KINDS.values()), k=COUNT)):
        data = kind(rng)
        said = answers(page, data)
        assert len(said) in (0, 4), f"seed {seed}, change {number}"
        answered += bool(said)
        if said == ["passed"] * 4:
            assert says_the_same(data) or is_shorter(data, VERIFIERS[1]), f"seed {seed}, change {number}"
    assert 0 < answered < COUNT
    assert answers(page, TEXT) == ["passed"] * 4
