"""A draft written together by the mediator and both parties at three browsers: library, proposals, a conflict, a break,
remarks, comparison, checks, a version. Not here: the pages without script (see tests/web) and what services refuse."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.people import Person
from tests.browser.platform import Platform
from tests.browser.test_story import enrol

Seat = Callable[..., Person]
REFUSED = ("status of 409", "ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "socket.io")
OWNERSHIP = "双方确认涉案商标的注册商标专用权归甲方所有。"
REASON = "该句只是陈述登记事实，双方对权利归属没有争议。"
"""Shown by the browser where the server refuses a conflict, or the line is broken on purpose."""


@pytest.fixture
def seated(platform: Platform, person: Seat, number: str) -> Seat:
    """``seated(role)`` signs a demo person in and brings it to the live draft; the mediator opens it."""

    def make(role: str, phone: bool = False) -> Person:
        someone = person(role, phone=phone)
        someone.open(platform.links[role])
        if role == "mediator":
            enrol(someone)
        someone.open(f"/cases/{number}/draft")
        if someone.page.get_by_role("button", name="开始起草").count():
            someone.press("开始起草")
        expect(someone.page.locator("[data-live]")).to_be_visible()
        someone.expected = REFUSED
        return someone

    return make


def piece(someone: Person, ref: str) -> Locator:
    return someone.page.locator(f"#{ref}")


def field(someone: Person, ref: str, name: str) -> Locator:
    """A field of an element that is opened where it stands."""
    found = someone.page.locator(f"#{ref}-{name}")
    if not found.is_visible():
        piece(someone, ref).locator("[data-edit]").click()
    return found


def write(someone: Person, ref: str, **values: str) -> None:
    """Type into fields and leave them; they save themselves."""
    for name, value in values.items():
        found = field(someone, ref, name.replace("__", "-"))
        found.fill(value)
        found.blur()
    saved(someone)


def saved(someone: Person) -> None:
    expect(someone.page.locator("[data-save]")).to_have_attribute("data-save", "saved")


def in_dialog(someone: Person, name: str) -> None:
    someone.page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()


def tool(someone: Person, name: str) -> None:
    someone.page.locator(f"[data-tool={name}]").click()


def test_an_agreement_is_drafted_by_three(seated: Seat, pictures: Path | None) -> None:
    mediator, claimant, respondent = seated("mediator"), seated("claimant"), seated("respondent", phone=True)
    added = insert_from_library(mediator, claimant, respondent)
    propose_and_accept(mediator, claimant, respondent, pictures)
    talk(mediator, respondent)
    write_the_same_field(mediator, respondent, pictures)
    write_offline(mediator, claimant)
    compare(claimant, pictures)
    propose_a_version(mediator, claimant, added, pictures)


def insert_from_library(mediator: Person, *others: Person) -> str:
    """The mediator searches the library, puts a clause in, takes it out and brings it back; the others follow."""
    tool(mediator, "add")
    mediator.page.locator("#library-search").fill("撤回 商标")
    mediator.page.locator("#library-place").select_option(label="第 1 条 停止使用或实施之后")
    mediator.page.locator("[data-entry]").first.click()
    made = mediator.page.locator("#c1 + section")
    expect(made).to_contain_text("第 2 条 撤回申请或者程序")
    ref = made.get_attribute("data-ref") or ""
    for someone in others:
        expect(someone.page.locator("#c1 + section")).to_contain_text("第 2 条 撤回申请或者程序")
    piece(mediator, ref).locator("[data-edit]").click()
    piece(mediator, ref).locator("[data-act=remove]").click()
    for someone in others:
        expect(piece(someone, ref)).to_have_count(0)
    mediator.page.locator(".toast-line", has_text="已删去").get_by_role("button", name="撤销").click()
    for someone in (mediator, *others):
        expect(someone.page.locator("#c1 + section")).to_have_attribute("data-ref", ref)
    return ref


def propose_and_accept(mediator: Person, claimant: Person, respondent: Person, pictures: Path | None) -> None:
    """A party's edit is a proposal with a note; accepting it changes every screen and takes nobody's caret away."""
    write(mediator, "c3", amount="60,000")
    half = claimant.page.locator("#comment-whole")
    half.fill("写到一半的评论")
    amount = field(respondent, "c3", "amount")
    expect(amount).to_have_value("60000.00")
    amount.fill("50000")
    expect(piece(mediator, "c3").locator("[data-writer]")).to_contain_text("正在编辑")
    respondent.page.locator("#note-c3").fill("只能承担五万元")
    respondent.picture(pictures, "17-draft-phone")
    respondent.page.reload()
    expect(field(respondent, "c3", "amount")).to_have_value("50000")
    respondent.page.locator("#note-c3").fill("只能承担五万元")
    piece(respondent, "c3").locator("[data-act=propose]").click()
    proposal = piece(mediator, "c3").locator("[data-proposal]")
    expect(proposal).to_contain_text("只能承担五万元")
    expect(proposal.locator("del")).to_have_count(1)
    mediator.picture(pictures, "17-draft-proposal")
    proposal.locator("[data-act=accept]").click()
    for someone in (mediator, claimant, respondent):
        expect(piece(someone, "c3")).to_contain_text("人民币 50,000.00 元")
    expect(half).to_be_focused()
    expect(half).to_have_value("写到一半的评论")
    expect(claimant.page.locator("[data-arrived]")).to_contain_text("接受建议")
    half.fill("")


def talk(mediator: Person, respondent: Person) -> None:
    """A remark at a clause, an answer, settled."""
    piece(respondent, "c1").locator("[data-talk]").click()
    respondent.page.locator("#comment-c1").fill("线下的包装也算吗？")
    piece(respondent, "c1").get_by_role("button", name="发表评论").click()
    badge = piece(mediator, "c1").locator(".badge-count")
    expect(badge).to_have_text("1 未了结")
    piece(mediator, "c1").locator("[data-talk]").click()
    piece(mediator, "c1").get_by_role("button", name="回复", exact=True).click()
    mediator.page.locator("#comment-c1").fill("算，包括线下。")
    piece(mediator, "c1").get_by_role("button", name="发表评论").click()
    expect(piece(respondent, "c1").locator(".reply")).to_contain_text("算，包括线下。")
    piece(mediator, "c1").get_by_role("button", name="了结", exact=True).click()
    expect(piece(respondent, "c1").locator(".remark")).to_contain_text("已了结")
    expect(badge).to_have_count(0)


def write_the_same_field(mediator: Person, respondent: Person, pictures: Path | None) -> None:
    """Both write while one of them is cut off: both texts are shown, and merging keeps both."""
    tool(mediator, "editing")
    in_dialog(mediator, "开放编辑")
    expect(respondent.page.locator(".draft-status")).to_contain_text("双方均可直接修改")
    own, other = field(respondent, "c1", "manner"), field(mediator, "c1", "manner")
    before = own.input_value()
    respondent.context.set_offline(True)
    own.fill(f"{before}另附照片。")
    own.blur()
    expect(respondent.page.locator("[data-save]")).to_have_attribute("data-save", "offline")
    write(mediator, "c1", manner=f"先行通知。{before}")
    respondent.context.set_offline(False)
    conflict = respondent.page.locator("[data-conflict=manner]")
    expect(conflict).to_contain_text("先行通知。")
    expect(conflict).to_contain_text("另附照片。")
    respondent.picture(pictures, "17-draft-conflict")
    respondent.page.locator("[data-keep=both]").click()
    saved(respondent)
    expect(other).to_have_value(f"先行通知。{before}另附照片。")


def write_offline(mediator: Person, claimant: Person) -> None:
    """What cannot be sent is still there after a reload, and goes out once the way is free."""
    claimant.page.route("**/draft/changes", lambda route: route.abort())
    field(claimant, "c2", "quantity").fill("约三百件")
    field(claimant, "c2", "quantity").blur()
    expect(claimant.page.locator("[data-save]")).to_have_attribute("data-save", "offline")
    claimant.page.reload()
    expect(claimant.page.locator("[data-save]")).to_have_attribute("data-save", "offline")
    expect(field(claimant, "c2", "quantity")).to_have_value("约三百件")
    claimant.page.unroute("**/draft/changes")
    expect(piece(mediator, "c2")).to_contain_text("约三百件")
    saved(claimant)


def compare(claimant: Person, pictures: Path | None) -> None:
    """Two revisions side by side, with what was added marked on its side only."""
    tool(claimant, "history")
    claimant.page.locator("#history-before").fill("0")
    claimant.page.get_by_role("button", name="比较", exact=True).click()
    manner = claimant.page.locator("[data-difference=c1] .side-by-side", has_text="先行通知。")
    expect(manner.locator("> div").first.locator("ins")).to_have_count(0)
    expect(manner.locator("> div").last.locator("ins").first).to_contain_text("先行通知。")
    claimant.picture(pictures, "17-draft-compare")
    claimant.page.locator("[data-close]").click()


def propose_a_version(mediator: Person, claimant: Person, added: str, pictures: Path | None) -> None:
    """What lacks and what a court would refuse stop the proposal, until filled and until a reason is written."""
    tool(mediator, "editing")
    in_dialog(mediator, "收回编辑")
    for ref, values in {
        "p1": {"representative__position": "执行董事"},
        "p2": {"representative__position": "经理"},
        "c1": {"by": "2027-01-31"},
        "c2": {"by": "2027-01-31"},
        "c3": {
            "due": "2027-02-28",
            "account_holder": "北京青砚文创有限公司",
            "bank": "演示银行",
            "account_number": "0200000000000000000",
        },
        added: {"what": "对第三十五类近似商标提出的注册申请", "by": "2027-01-31"},
        "header": {"dispute": OWNERSHIP},
    }.items():
        write(mediator, ref, **values)
    send = mediator.page.get_by_role("button", name="提出给双方签署")
    hit = piece(mediator, "header").locator("[data-rule=ownership]")
    expect(hit).to_contain_text("民诉法解释 355")
    expect(send).to_be_disabled()
    expect(piece(claimant, "header").locator("[data-rule=ownership]")).not_to_contain_text(
        "书面说明理由并保留"
    )
    mediator.picture(pictures, "17-draft-hit")
    hit.get_by_role("button", name="书面说明理由并保留").click()
    mediator.page.locator("#ask-text").fill("没有争议")
    in_dialog(mediator, "保留原文")
    expect(mediator.page.get_by_role("dialog")).to_contain_text("至少 10 个字")
    mediator.page.locator("#ask-text").fill(REASON)
    in_dialog(mediator, "保留原文")
    expect(piece(claimant, "header")).to_contain_text(REASON)
    expect(send).to_be_enabled()
    send.click()
    in_dialog(mediator, "提出")
    mediator.sees("待签署")
