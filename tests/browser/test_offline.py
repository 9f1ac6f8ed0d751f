"""The offline page, opened from a disk with the network cut: four answers, likely causes, English, large files.
Here are readers of vectors; how a proof comes about is told in `test_story`."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import DESK, PHONE

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "app" / "static" / "build"
VECTORS = ROOT / "tests" / "vectors"
LARGE = 64 * 1024 * 1024


@dataclass
class Reader:
    """Somebody with the page, a folder of files and no network. errors: what the console said."""

    page: Page
    folder: Path
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def give(self, **files: bytes | str) -> None:
        """Choose files by the names of their fields."""
        for name, content in files.items():
            path = self.folder / {"proof": "礼盒.hezheng-proof.json", "trust": "trust.json"}.get(
                name, "礼盒.jpg"
            )
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            self.page.locator(f"#{name}").set_input_files(path)

    def give_vector(self, name: str, **changes: bytes | str) -> dict[str, Any]:
        """Choose the files of a vector, with changes; gives the vector."""
        vector: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
        files: dict[str, bytes | str] = {
            "original": base64.b64decode(vector["file"]),
            "proof": vector["proof"],
            "trust": json.dumps(vector["trust"]),
        }
        self.give(**(files | changes))
        return vector

    def verify(self) -> None:
        """Press the button."""
        self.page.get_by_role("button", name=re.compile("开始核验|Verify")).click()

    def sees(self, **statuses: str) -> None:
        """Wait for the marks of the answers."""
        for answer, status in statuses.items():
            expect(self.page.locator(f'[data-answer="{answer}"]')).to_have_attribute("data-status", status)


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def reader(request: pytest.FixtureRequest, chromium: Browser, tmp_path: Path) -> Iterator[Reader]:
    """A reader at a desk and one with a phone; in the end nothing was asked of any network and no console holds an error."""
    context = chromium.new_context(viewport=request.param, offline=True, locale="zh-CN")
    page = context.new_page()
    someone = Reader(page, tmp_path)
    page.on("console", lambda m: someone.errors.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: someone.errors.append(str(error)))
    page.on("request", lambda asked: someone.requests.append(asked.url))
    name = json.loads((BUILT / "manifest.json").read_text())["offline-verify.html"]
    copy = tmp_path / "offline-verify.html"
    copy.write_bytes((BUILT / name).read_bytes())
    page.goto(copy.as_uri())
    yield someone
    assert page.evaluate("document.documentElement.scrollWidth") <= request.param["width"]
    context.close()
    assert someone.errors == []
    assert {url.split(":", 1)[0] for url in someone.requests} <= {"file", "blob"}


def test_a_whole_proof_gives_four_passed_answers(reader: Reader, pictures: Path | None) -> None:
    reader.give_vector("valid/offline-complete")
    reader.verify()
    reader.sees(integrity="passed", time="passed", submitter="passed", origin="passed")
    expect(reader.page.locator('[data-believed="block"]')).to_contain_text("作证")
    expect(reader.page.locator('[data-answer="time"]')).to_contain_text(re.compile("序列号\\s*0x[0-9a-f]+"))
    checks = reader.page.locator('[data-answer="integrity"] [data-check]')
    assert checks.count() >= 10
    reader.page.locator('[data-answer="integrity"] summary').first.click()
    expect(checks.first).to_be_visible()
    if pictures:
        reader.page.screenshot(path=pictures / f"offline-{reader.page.viewport_size}.png", full_page=True)


def test_a_changed_byte_fails_with_likely_causes_and_is_never_called_forged(reader: Reader) -> None:
    vector = json.loads((VECTORS / "valid" / "offline-complete.json").read_text("utf-8"))
    changed = bytearray(base64.b64decode(vector["file"]))
    changed[5] ^= 1
    reader.give_vector("valid/offline-complete", original=bytes(changed))
    reader.verify()
    reader.sees(integrity="failed", time="passed")
    answer = reader.page.locator('[data-answer="integrity"]')
    expect(answer).to_contain_text("重新保存")
    assert "伪造" not in reader.page.locator("[data-result]").inner_text()


def test_a_stated_time_is_told_in_both_zones_and_other_words_as_written(reader: Reader) -> None:
    for written, told in (
        ("2026-02-26T14:05+08:00", "2026-02-26 14:05 北京时间（2026-02-26 06:05 UTC）"),
        ("2026-02-26T23:30:01-05:00", "2026-02-27 12:30:01 北京时间（2026-02-27 04:30:01 UTC）"),
        ("2026-02-26T14:05", "2026-02-26T14:05"),
    ):
        vector = reader.give_vector("valid/offline-complete")
        reader.give(
            proof=vector["proof"].replace("2026-02-26T14:05", written), trust=json.dumps(vector["trust"])
        )
        reader.verify()
        expect(reader.page.locator("[data-result]")).to_contain_text(f"制作时间{told}")


def test_without_the_file_its_digests_can_be_typed(reader: Reader) -> None:
    vector = reader.give_vector("valid/offline-complete")
    reader.page.reload()
    reader.give(proof=vector["proof"], trust=json.dumps(vector["trust"]))
    reader.verify()
    reader.sees(integrity="missing", submitter="passed")
    digest = json.loads(vector["proof"])["statement"]["body"]["digest"]
    reader.page.get_by_text("没有原文件，只有它的摘要").click()
    reader.page.locator("#sha256").fill(digest["sha256"][2:].upper())
    reader.page.locator("#sm3").fill(digest["sm3"])
    reader.page.locator("#size").fill(str(digest["size"]))
    reader.verify()
    reader.sees(integrity="passed")
    reader.page.locator("#sha256").fill("12")
    reader.verify()
    expect(reader.page.get_by_role("alert")).to_contain_text("64 位十六进制数字")


def test_a_block_known_from_elsewhere_vouches_or_contradicts(reader: Reader) -> None:
    block = reader.give_vector("valid/offline-block-hash")["block"]
    reader.verify()
    reader.sees(integrity="undetermined")
    reader.page.get_by_text("我另外知道区块的哈希").click()
    number, digits = reader.page.locator("#block_number"), reader.page.locator("#block_hash")
    for typed, status in (
        ((str(block["number"]), block["hash"]), "passed"),
        ((str(block["number"] + 1), block["hash"]), "undetermined"),
        ((str(block["number"]), "11" * 32), "failed"),
    ):
        number.fill(typed[0])
        digits.fill(typed[1])
        reader.verify()
        reader.sees(integrity=status)
    number.fill("")
    reader.verify()
    expect(reader.page.get_by_role("alert")).to_contain_text("区块编号应当是整数")


def test_what_cannot_be_read_is_named_by_its_place(reader: Reader) -> None:
    vector = reader.give_vector("valid/offline-complete")
    proof = json.loads(vector["proof"])
    proof["batch"]["root"] = "0x12"
    for text, place in ((json.dumps(proof), "proof.batch.root"), ("{", "proof"), ("", "proof")):
        reader.give(proof=text)
        reader.verify()
        expect(reader.page.get_by_role("alert")).to_contain_text(f"问题所在：{place}")
    reader.give(proof=vector["proof"], trust=vector["proof"])
    reader.verify()
    expect(reader.page.get_by_role("alert")).to_contain_text("trust.format")
    assert reader.page.locator("[data-verdict]").count() == 0


def test_english_is_a_click_away_and_keeps_files_and_result(reader: Reader) -> None:
    reader.give_vector("valid/offline-complete")
    reader.verify()
    reader.sees(integrity="passed")
    reader.page.get_by_role("button", name="English").press("Enter")
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Verify evidence offline")
    expect(reader.page.locator("html")).to_have_attribute("lang", "en")
    reader.sees(integrity="passed")
    expect(reader.page.locator('[data-answer="integrity"]')).to_contain_text("PASSED")
    expect(reader.page.get_by_role("button", name="中文")).to_be_focused()
    reader.verify()
    reader.sees(integrity="passed", time="passed", submitter="passed", origin="passed")


def test_a_large_file_is_digested_beside_the_page_with_progress_and_can_be_stopped(reader: Reader) -> None:
    reader.give_vector("valid/offline-complete", original=bytes(LARGE))
    state = reader.page.locator("[data-state]")
    reader.page.evaluate(
        "window.heard = []; new MutationObserver(() => window.heard.push(document.querySelector('[data-state]').textContent))"
        ".observe(document.querySelector('[data-state]'), {childList: true, characterData: true, subtree: true})"
    )
    reader.verify()
    reader.sees(integrity="failed")
    heard = reader.page.evaluate("window.heard")
    assert any(re.search(r"[1-9]0%", text) for text in heard), heard
    expect(state).to_have_text("")
    with (reader.folder / "large.bin").open("wb") as file:
        file.truncate(8 * LARGE)
    reader.page.locator("#original").set_input_files(reader.folder / "large.bin")
    reader.verify()
    reader.page.get_by_role("button", name="停止").click()
    expect(reader.page.get_by_role("alert")).to_contain_text("已停止")


def test_the_page_can_send_nothing(reader: Reader) -> None:
    policy = reader.page.locator('meta[http-equiv="Content-Security-Policy"]').get_attribute("content") or ""
    assert "default-src 'none'" in policy and "connect-src 'none'" in policy and "unsafe-inline" not in policy
    refused = reader.page.evaluate(
        """() => fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')"""
    )
    assert refused == "refused"
    assert any("Content Security Policy" in text for text in reader.errors)
    reader.errors.clear()
    reader.requests.clear()
