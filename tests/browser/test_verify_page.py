"""The public verification page beside a running platform: an exhibit of the demo is checked in the browser by a stranger.
Not here: the offline page (see `test_offline`)."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.people import Person
from tests.browser.platform import Platform
from tests.browser.test_story import EXHIBIT
from tests.browser.test_uploads import hand_in

ASKED = re.compile(r"/trust\.json|/verify/ledger/(identity|batches/\d+|blocks/\d+|offices)")


def sees(person: Person, **statuses: str) -> None:
    """Wait for the marks of the answers."""
    for answer, status in statuses.items():
        expect(person.page.locator(f'[data-answer="{answer}"]')).to_have_attribute("data-status", status)


def give(person: Person, **files: Path) -> None:
    for name, path in files.items():
        person.page.locator(f"#{name}").set_input_files(path)


def anchored_proof(claimant: Person, number: str, folder: Path) -> Path:
    """Hands in the exhibit, waits until it is anchored, and takes its proof file."""
    claimant.open(f"/cases/{number}/exhibits")
    rows = claimant.page.locator("[data-exhibit]")
    before = rows.count()
    hand_in(claimant, EXHIBIT)
    # other stories handed in here before: leaving the page for one of their rows would cut this upload
    expect(rows).to_have_count(before + 1)
    row = rows.last
    expect(row.get_by_text("已上链", exact=True)).to_be_visible()
    claimant.page.reload()
    claimant.page.get_by_role("link", name=EXHIBIT.name).last.click()
    claimant.page.wait_for_url("**/exhibits/*")
    with claimant.page.expect_download() as waiting:
        claimant.follow("下载证明文件")
    proof = folder / "a.hezheng-proof.json"
    waiting.value.save_as(proof)
    return proof


def test_a_stranger_checks_an_exhibit_and_sends_nothing_of_it(
    platform: Platform, person: Callable[..., Person], number: str, tmp_path: Path, pictures: Path | None
) -> None:
    claimant, stranger = person("claimant"), person("stranger", phone=True)
    claimant.open(platform.links["claimant"])
    proof = anchored_proof(claimant, number, tmp_path)
    told = json.loads(proof.read_text())
    digest, anchor = told["statement"]["body"]["digest"], told["anchor"]

    sent: list[tuple[str, str | None]] = []
    stranger.open("/verify")
    stranger.page.on("request", lambda asked: sent.append((asked.url, asked.post_data)))
    give(stranger, original=EXHIBIT, proof=proof)
    stranger.press("开始核验")
    sees(stranger, submitter="passed", origin="passed")
    checks = {
        code: stranger.page.locator(f'[data-check="{code}"]').first.get_attribute("data-status")
        for code in (
            "file.sha256",
            "file.sm3",
            "batch.inclusion",
            "anchor.trusted",
            "ledger.identity",
            "ledger.batch",
        )
    }
    assert set(checks.values()) == {"passed"}, checks
    stranger.picture(pictures, "22-verify-phone")
    known = stranger.page.locator('[data-check="block.known"]')
    stranger.page.get_by_text("我另外知道区块的哈希").click()
    stranger.page.locator("#block_number").fill(str(anchor["block_number"]))
    for value, status in (("11" * 32, "failed"), (anchor["block_hash"], "passed")):
        stranger.page.locator("#block_hash").fill(value)
        stranger.press("开始核验")
        expect(known).to_have_attribute("data-status", status)
    for url, body in sent:
        path = urlsplit(url).path
        assert ASKED.fullmatch(path) or path.startswith("/static/"), url
        assert body is None and digest["sha256"][2:] not in url and digest["sha256"] not in url
        assert anchor["block_hash"][2:] not in url

    changed = tmp_path / "changed.jpg"
    changed.write_bytes(EXHIBIT.read_bytes() + b"\n")
    give(stranger, original=changed)
    stranger.press("开始核验")
    sees(stranger, integrity="failed")

    sm3, size = digest["sm3"][2:], digest["size"]
    stranger.open("/")
    stranger.open(f"/verify#sha256={digest['sha256'][2:]}&sm3={sm3}&size={size}")
    expect(stranger.page.locator("#sha256")).to_have_value(digest["sha256"][2:])
    give(stranger, proof=proof)
    stranger.press("开始核验")
    expect(stranger.page.locator('[data-check="file.sm3"]')).to_have_attribute("data-status", "passed")
