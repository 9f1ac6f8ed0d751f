"""Uploads that are interrupted: a line that breaks, a pause, a page that is loaded anew. Nothing is sent twice.
Not here: what the server refuses (see tests/web/test_tus.py)."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Request, expect

from tests.browser.people import Person
from tests.browser.platform import ROOT, Platform

PIECE = 8 * 1024 * 1024
BEYOND_ONE_PIECE = re.compile("：[4-8][0-9]%")
ANSWERS = {
    "proves": "开箱过程未经剪辑，包装上有争议标识。",
    "made_by": "林知远",
    "made_at": "2026-02-28T10:20",
    "device": "手机",
    "method": "手机录像，未经编辑。",
}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of three pieces and a bit: a real beginning, then noise."""
    path = tmp_path_factory.mktemp("film") / "开箱全程.mp4"
    path.write_bytes(b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + os.urandom(3 * PIECE + 12_345))
    return path


@pytest.fixture
def claimant(platform: Platform, person: Callable[..., Person], number: str) -> Person:
    """The demo claimant on the exhibits page."""
    someone = person("claimant")
    someone.expected = ("ERR_INTERNET_DISCONNECTED",)
    someone.open(platform.links["claimant"])
    someone.open(f"/cases/{number}/exhibits")
    return someone


class Line:
    """The connection of one page, which can be slow or cut."""

    def __init__(self, someone: Person) -> None:
        self._session = someone.context.new_cdp_session(someone.page)
        self._session.send("Network.enable")

    def carry(self, bytes_per_second: int) -> None:
        """Let so much through; 0 cuts it."""
        self._session.send(
            "Network.emulateNetworkConditions",
            {
                "offline": bytes_per_second == 0,
                "latency": 0,
                "downloadThroughput": -1,
                "uploadThroughput": bytes_per_second or -1,
            },
        )


def offsets(someone: Person) -> list[int]:
    """Where every piece that is sent from now on begins."""
    seen: list[int] = []

    def note(request: Request) -> None:
        if request.method == "PATCH":
            seen.append(int(request.headers["upload-offset"]))

    someone.page.on("request", note)
    return seen


def hand_in(someone: Person, film: Path) -> Locator:
    """Fill the form and send; the file's row."""
    someone.page.locator("[name=file]").set_input_files(film)
    someone.choose("form", "original")
    for name, value in ANSWERS.items():
        someone.fill(name, value)
    someone.press("固定并上传")
    return someone.page.locator(".upload-item").last


def test_a_broken_line_is_waited_out_and_nothing_is_sent_twice(claimant: Person, film: Path) -> None:
    sent = offsets(claimant)
    line = Line(claimant)
    line.carry(4_000_000)
    row = hand_in(claimant, film)
    expect(row.locator(".upload-state")).to_contain_text(BEYOND_ONE_PIECE, timeout=30_000)
    line.carry(0)
    expect(row).to_have_attribute("data-upload-state", "offline")
    claimant.sees("已收到的部分没有丢失")
    before = len(sent)
    line.carry(100_000_000)
    expect(row).to_have_attribute("data-upload-state", "received", timeout=60_000)
    assert sent[before:] == sorted(set(sent[before:]))
    assert sent[before] >= PIECE, "what had arrived is not sent again"
    claimant.sees("SM3")


def test_a_paused_upload_goes_on_after_the_page_was_loaded_anew(claimant: Person, film: Path) -> None:
    line = Line(claimant)
    line.carry(4_000_000)
    row = hand_in(claimant, film)
    expect(row.locator(".upload-state")).to_contain_text(BEYOND_ONE_PIECE, timeout=30_000)
    row.get_by_role("button", name="暂停").click()
    expect(row).to_have_attribute("data-upload-state", "paused")

    claimant.page.reload()
    claimant.sees("“开箱全程.mp4”还没有传完")
    line.carry(100_000_000)
    sent = offsets(claimant)
    claimant.page.locator("[name=file]").set_input_files(film)
    row = claimant.page.locator(".upload-item").last
    expect(row).to_have_attribute("data-upload-state", "received", timeout=60_000)
    assert sent[0] >= PIECE
    expect(claimant.page.locator("[data-unfinished-upload]")).to_have_count(0)


def test_a_new_exhibit_stands_in_the_list_and_is_anchored_in_view(claimant: Person) -> None:
    before = claimant.page.locator("[data-exhibit]").count()
    hand_in(claimant, ROOT / "scripts" / "samples" / "files" / "shop-page.png")
    rows = claimant.page.locator("[data-exhibit]")
    expect(rows).to_have_count(before + 1)
    expect(rows.last.get_by_text("已上链", exact=True)).to_be_visible(timeout=15_000)
    expect(claimant.page.locator("[name=proves]")).to_have_value(ANSWERS["proves"])
