"""Uploads that are interrupted: by the line, a pause, the server's death, a closed browser. Nothing is sent twice.
Not here: what the server refuses (see tests/web/test_tus.py)."""

import hashlib
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Request, expect

from tests.browser.people import ARGUMENTS, Person, browser_path
from tests.browser.platform import ROOT, Platform
from tests.faults.served import strike

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
    someone.expected = ("net::ERR_",)
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


def impostor(film: Path, folder: Path) -> Path:
    """Another film with the same name and size."""
    path = folder / film.name
    path.write_bytes(film.read_bytes()[:1000] + os.urandom(film.stat().st_size - 1000))
    return path


def test_a_paused_upload_goes_on_after_the_page_was_loaded_anew(
    claimant: Person, film: Path, tmp_path: Path
) -> None:
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
    claimant.page.locator("[name=file]").set_input_files(impostor(film, tmp_path))
    claimant.sees("这不是上次没有传完的那个文件")
    assert sent == []
    claimant.press("移除")
    claimant.sees("“开箱全程.mp4”还没有传完")
    claimant.page.locator("[name=file]").set_input_files(film)
    row = claimant.page.locator(".upload-item").last
    expect(row).to_have_attribute("data-upload-state", "received", timeout=60_000)
    assert sent[0] >= PIECE
    expect(claimant.page.locator("[data-unfinished-upload]")).to_have_count(0)


def digest_of(film: Path) -> str:
    """SHA-256 as the page writes it, without the gaps."""
    return hashlib.sha256(film.read_bytes()).hexdigest()


def told_digests(row: Locator) -> str:
    """Everything the row says, without gaps."""
    return re.sub(r"\s", "", row.text_content() or "")


def test_a_server_that_dies_in_the_middle_is_waited_for(
    claimant: Person, film: Path, platform: Platform
) -> None:
    sent = offsets(claimant)
    line = Line(claimant)
    line.carry(4_000_000)
    row = hand_in(claimant, film)
    expect(row.locator(".upload-state")).to_contain_text(BEYOND_ONE_PIECE, timeout=30_000)
    assert strike(platform, "web", signal.SIGKILL)
    expect(row).to_have_attribute("data-upload-state", "offline")
    before = len(sent)
    line.carry(100_000_000)
    expect(row).to_have_attribute("data-upload-state", "received", timeout=90_000)
    assert sent[before] >= PIECE, "what had arrived is not sent again"
    assert digest_of(film) in told_digests(row)


@contextmanager
def own_browser(chromium: Browser, platform: Platform, profile: Path) -> Iterator[Person]:
    """The claimant at a browser that keeps its profile when it is closed."""
    context = chromium.browser_type.launch_persistent_context(
        profile, executable_path=browser_path(), args=ARGUMENTS, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    someone = Person("claimant", context, context.pages[0], platform.url)
    someone.page.set_default_timeout(20_000)
    yield someone
    context.close()


def test_a_browser_that_was_closed_goes_on_where_it_was(
    chromium: Browser, platform: Platform, number: str, film: Path, tmp_path: Path
) -> None:
    with own_browser(chromium, platform, tmp_path / "profile") as someone:
        someone.open(platform.links["claimant"])
        someone.open(f"/cases/{number}/exhibits")
        Line(someone).carry(4_000_000)
        row = hand_in(someone, film)
        expect(row.locator(".upload-state")).to_contain_text(BEYOND_ONE_PIECE, timeout=30_000)
    with own_browser(chromium, platform, tmp_path / "profile") as someone:
        someone.open(platform.links["claimant"])  # a login ends with the browser
        someone.open(f"/cases/{number}/exhibits")
        someone.sees("“开箱全程.mp4”还没有传完")
        sent = offsets(someone)
        someone.page.locator("[name=file]").set_input_files(film)
        row = someone.page.locator(".upload-item").last
        expect(row).to_have_attribute("data-upload-state", "received", timeout=60_000)
        assert sent[0] >= PIECE, "what had arrived is not sent again"
        assert digest_of(film) in told_digests(row)


def test_a_file_that_changes_while_it_is_read_gets_no_receipt(
    claimant: Person, film: Path, tmp_path: Path
) -> None:
    changing = shutil.copy2(film, tmp_path / "正在录制.mp4")
    line = Line(claimant)
    line.carry(4_000_000)
    row = hand_in(claimant, changing)
    expect(row.locator(".upload-state")).to_contain_text(re.compile("：[1-4][0-9]%"), timeout=30_000)
    with changing.open("ab") as more:
        more.write(b"and on")
    line.carry(100_000_000)
    expect(row).to_have_attribute("data-upload-state", "failed", timeout=30_000)
    claimant.sees("文件在读取时被改动、移走或者无法读取，没有出具回执")
    claimant.page.reload()
    claimant.sees("“正在录制.mp4”还没有传完")
    claimant.page.locator("[name=file]").set_input_files(changing)
    claimant.sees("刚才选择的同名文件是另一个文件")
    expect(claimant.page.locator("[data-exhibit]", has_text="正在录制.mp4")).to_have_count(0)


def test_a_new_exhibit_stands_in_the_list_and_is_anchored_in_view(claimant: Person) -> None:
    before = claimant.page.locator("[data-exhibit]").count()
    hand_in(claimant, ROOT / "scripts" / "samples" / "files" / "shop-page.png")
    rows = claimant.page.locator("[data-exhibit]")
    expect(rows).to_have_count(before + 1)
    expect(rows.last.get_by_text("已上链", exact=True)).to_be_visible(timeout=15_000)
    expect(claimant.page.locator("[name=proves]")).to_have_value(ANSWERS["proves"])
