"""One trademark dispute from intake to the court's ruling, by six people at browsers of their own.
Not here: bad input (see test_bad_input) and each page's details."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.people import Person
from tests.browser.platform import ROOT, Platform

FILES = ROOT / "scripts" / "samples" / "files"
EXHIBIT = FILES / "gift-box-photo.jpg"
INTAKE = {
    "title": "“听松”注册商标侵权纠纷",
    "facts": "被申请人在网店销售的茶叶礼盒上使用与注册商标“听松”近似的“聽松坊”标识。",
    "claims": "停止使用并赔偿人民币 80000 元。",
    "right.registration_number": "第 7654321 号",
    "right.mark": "听松",
    "right.goods_class": "第 30 类：茶",
    "right.accused_use": "网店商品标题和礼盒正面突出使用。",
    "claimant_name": "北京听松茶业有限公司",
    "claimant_id_number": "91110101MA0000TS01",
    "claimant_address": "北京市东城区演示胡同 3 号",
    "claimant_person": "何听松",
    "claimant_contact": "he.tingsong@example.cn",
    "respondent_name": "北京松坊商贸有限公司",
    "respondent_address": "北京市丰台区演示路 8 号",
    "respondent_person": "罗志坚",
    "respondent_contact": "luo.zhijian@example.cn",
}


def enter_code(person: Person) -> None:
    """Type the code that the demonstration shows instead of sending it."""
    code = person.page.locator("[data-demo-code]").inner_text()
    person.fill("code", code)


def take_in(claimant: Person, pictures: Path | None) -> str:
    """The guided intake; the case's number."""
    claimant.open("/")
    claimant.press("English")
    claimant.sees(re.compile("English|中文"))
    claimant.press("中文")
    claimant.picture(pictures, "01-home")
    claimant.open("/intake")
    claimant.sees("建议先行调解，也不影响您选择其他途径")
    claimant.follow(re.compile("^商标权"))
    for name, value in INTAKE.items():
        claimant.fill(name, value)
    claimant.choose("claimant_kind", "organisation")
    claimant.choose("respondent_kind", "organisation")
    claimant.press("提交申请")
    claimant.sees("还有 1 处需要补正")
    expect(claimant.page.locator('[name="facts"]')).to_have_value(INTAKE["facts"])
    claimant.choose("recommendation_read", "yes")
    claimant.press("提交申请")
    enter_code(claimant)
    claimant.press("提交申请")
    claimant.sees("邀请已发出，等待对方答复")
    claimant.picture(pictures, "02-case-invited")
    found = re.search(r"/cases/(HZ\d{4}-\d{5})", claimant.page.url)
    assert found is not None
    return found[1]


def read_invitation(office: Person, pictures: Path | None) -> str:
    """The office reads its outbox: the invitation's link, with its QR code beside it."""
    office.open("/office/outbox")
    panel = office.page.locator("section.panel", has_text=INTAKE["title"]).filter(has_text="调解邀请").first
    expect(panel.get_by_role("img", name="邀请链接的二维码")).to_be_visible()
    office.picture(pictures, "03-outbox")
    link = panel.locator("[data-invitation-link]").get_attribute("href")
    assert link is not None
    return link


def join(respondent: Person, link: str, pictures: Path | None) -> None:
    """The invited party reads, gets a code, joins and accepts."""
    respondent.open(link)
    respondent.sees("不是。调解自愿，您可以同意、拒绝，也可以随时退出。")
    respondent.picture(pictures, "04-invitation-phone")
    respondent.press("获取验证码")
    respondent.fill("code", "000000")
    respondent.press("进入案件")
    respondent.sees("验证码不正确，请核对后重新输入。")
    enter_code(respondent)
    respondent.press("进入案件")
    respondent.press("同意参加")


def consent(party: Person, number: str, record: str, pictures: Path | None) -> None:
    """Every stage answered one by one."""
    party.open(f"/cases/{number}/consents")
    for stage in ("mediate_online", "electronic_service", "preservation"):
        party.choose(stage, "yes")
    party.choose("record", record)
    party.picture(pictures, f"05-consents-{record}")
    party.press("提交我的答复")
    party.sees("您的答复已记录，随时可以更改。")


def sign_preservation(party: Person, number: str, pictures: Path | None = None) -> None:
    """The agreement on preservation, with the own key."""
    party.open(f"/cases/{number}/consents")
    party.page.locator("[data-sign]").click()
    party.page.get_by_role("dialog").get_by_role("button", name="签署约定").click()
    party.sees("您已签署电子数据保全方式约定。")
    party.picture(pictures, f"05-preservation-signed-{party.name}")


def open_room(mediator: Person, number: str, pictures: Path | None) -> None:
    """The mediator accepts from the queue, discloses and opens the room."""
    mediator.open("/queue")
    mediator.picture(pictures, "06-queue")
    panel = mediator.page.locator("section.panel", has_text=number)
    panel.get_by_role("button", name="受理本案").click()
    mediator.fill("disclosure", "与双方当事人及其代理人均无利害关系；三年内未为任何一方提供服务。")
    mediator.press("开启调解室")


def enrol(person: Person) -> None:
    """A passkey on the own device; the key's row then stands among the registered ones."""
    person.open("/keys")
    keys = person.page.locator("section.duty", has_text="通行密钥")
    before = keys.count()  # another story may have been here
    person.press("登记通行密钥")
    expect(keys).to_have_count(before + 1)


def register_officials(office: Person) -> None:
    """The office writes the mediator's and the judge's office onto the chain, for every key that waits."""
    office.open("/office/officials")
    waiting = office.page.get_by_role("button", name="在链上登记任职").count()
    assert waiting >= 2
    for _ in range(waiting):
        office.press("在链上登记任职")
        office.page.get_by_role("dialog").get_by_role("button", name="登记", exact=True).click()
        office.sees("链上任职中")
    expect(office.page.get_by_text("链上任职中")).to_have_count(waiting)


def enter_room(person: Person, number: str) -> None:
    """Open the room and wait until words can be written."""
    person.open(f"/cases/{number}/room")
    expect(person.page.locator("textarea[name=text]")).to_be_enabled()


def say(person: Person, text: str) -> None:
    """Write into the audience that is on screen."""
    person.page.locator("textarea[name=text]").fill(text)
    person.page.get_by_role("button", name="发送").click()


def hears(person: Person, text: str) -> None:
    """The text stands once among what was said on the screen."""
    expect(person.page.locator(".said-text", has_text=text)).to_have_count(1)


def talk(claimant: Person, respondent: Person, mediator: Person, number: str, pictures: Path | None) -> None:
    """Joint talk, a private caucus, a broken line; nothing lost, nothing repeated, nothing overheard."""
    everybody = (claimant, respondent, mediator)
    for someone in everybody:
        enter_room(someone, number)
    say(claimant, "我方希望停止使用并合理赔偿。")
    say(respondent, "我方愿意更换包装。")
    for someone in everybody:
        hears(someone, "我方希望停止使用并合理赔偿。")
        hears(someone, "我方愿意更换包装。")
        expect(someone.page.locator("[data-audience]")).to_contain_text("此刻能看到、听到您的人")

    mediator.page.locator("details.room-caucus summary").click()
    mediator.page.locator('[data-caucus="claimant"]').click()
    expect(mediator.page.locator("[data-audience]")).to_contain_text("另一方看不到也听不到")
    claimant.page.locator("[data-places]").get_by_role("tab", name="单独会谈").click()
    expect(claimant.page.locator("[data-audience]")).to_contain_text("另一方看不到也听不到")
    say(claimant, "我方底线是五万元。")
    hears(mediator, "我方底线是五万元。")
    mediator.picture(pictures, "07-caucus")
    respondent.never_sees("底线")

    respondent.context.set_offline(True)
    expect(respondent.page.locator("[data-line]")).to_contain_text("连接中断", timeout=60_000)
    say(respondent, "断线时写的话。")
    for someone in (claimant, mediator):
        someone.page.locator("[data-places]").get_by_role("tab").first.click()
    say(mediator, "请双方稍候。")
    respondent.context.set_offline(False)
    hears(respondent, "请双方稍候。")
    for someone in everybody:
        hears(someone, "断线时写的话。")
    respondent.never_sees("底线")


def look_at_each_other(people: tuple[Person, ...], pictures: Path | None) -> None:
    """Three cameras on: each sees two moving pictures besides the own one."""
    for someone in people:
        someone.page.locator("[data-camera]").click()
    for someone in people:
        someone.page.wait_for_function(
            """() => [...document.querySelectorAll('[data-stage] video')]
                .filter((v) => v.videoWidth > 0 && v.currentTime > 0.2).length >= 3""",
            timeout=45_000,
        )
    for someone, name in zip(
        people, ("08-room-claimant", "08-room-respondent-phone", "08-room-mediator"), strict=True
    ):
        someone.picture(pictures, name)
    for someone in people:
        someone.page.locator("[data-camera]").click()


def upload(claimant: Person, everybody: tuple[Person, ...], pictures: Path | None) -> None:
    """Three files of different kinds, with where they come from; all are anchored before everybody's eyes."""
    claimant.page.locator("[data-open-upload]").click()
    dialog = claimant.page.locator("[data-upload-dialog]")
    dialog.locator("input[type=file]").set_input_files(
        [EXHIBIT, FILES / "purchase-record.pdf", FILES / "unboxing.mp4"]
    )
    claimant.fill("proves", "被申请人在礼盒正面突出使用“聽松坊”。")
    claimant.choose("form", "original")
    claimant.fill("made_by", "何听松")
    claimant.fill("made_at", "2026-10-12T14:30")
    claimant.fill("device", "某品牌手机 14")
    claimant.fill("method", "手机拍摄，未经编辑。")
    claimant.picture(pictures, "09-upload")
    dialog.get_by_role("button", name="固定并上传").click()
    expect(dialog.get_by_text(re.compile("已收到，回执编号"))).to_have_count(3, timeout=30_000)
    claimant.picture(pictures, "10-receipts")
    dialog.locator("[data-close]").click()
    for someone in everybody:
        expect(someone.page.locator('.happened[data-kind="exhibit_anchored"]')).to_have_count(
            3, timeout=30_000
        )


def take_exhibit(person: Person, number: str, folder: Path, pictures: Path | None) -> Path:
    """The exhibit's page with its four answers; its proof file."""
    person.open(f"/cases/{number}/exhibits")
    person.picture(pictures, "11-exhibits")
    person.follow(EXHIBIT.name)
    person.page.wait_for_url("**/exhibits/*")
    person.page.wait_for_function(
        """async () => (await (await fetch(location.href)).text())
            .includes('data-answer="time" data-status="passed"')""",
        polling=500,
    )
    person.page.reload()
    for answer in ("integrity", "time", "submitter", "origin"):
        expect(person.page.locator(f'[data-answer="{answer}"]').first).to_be_visible()
    person.picture(pictures, "12-exhibit")
    with person.page.expect_download() as waiting:
        person.follow("下载证明文件")
    proof = folder / "proof.json"
    waiting.value.save_as(proof)
    return proof


def fill_in(mediator: Person, number: str, element: str, values: dict[str, str]) -> None:
    """One element of the draft by its own form."""
    mediator.open(f"/cases/{number}/draft/{element}")
    for name, value in values.items():
        mediator.fill(f"f-{name}", value)
    mediator.press("保存")
    mediator.sees("草案已保存。")


def draft(mediator: Person, number: str, amount: str, pictures: Path | None = None) -> None:
    """Duties with who, what, how much, by when and how; proposal."""
    mediator.open(f"/cases/{number}/draft")
    if mediator.page.get_by_role("button", name="开始起草").count():
        mediator.press("开始起草")
        mediator.sees(re.compile("处待填"))
        fill_in(mediator, number, "p1", {"representative.position": "执行董事"})
        fill_in(mediator, number, "p2", {"representative.position": "经理"})
        fill_in(mediator, number, "c1", {"by": "2027-01-31"})
        fill_in(mediator, number, "c2", {"by": "2027-01-31", "quantity": "约三百件"})
    account = {
        "account_holder": "北京听松茶业有限公司",
        "bank": "演示银行",
        "account_number": "0200000000000000000",
    }
    fill_in(mediator, number, "c3", {"amount": amount, "due": "2027-02-28", **account})
    expect(mediator.page.locator("[data-live]")).to_be_visible()
    mediator.picture(pictures, "13-draft-preview")
    mediator.press("提出给双方签署")
    mediator.page.get_by_role("dialog").get_by_role("button", name="提出", exact=True).click()
    mediator.sees("待签署")


def sign(person: Person, number: str, label: str = "签署协议") -> None:
    """Read to the end, confirm, fingerprint."""
    person.open(f"/cases/{number}/settlement")
    person.page.locator("[data-read]").check()
    person.page.locator("[data-sign]").click()
    person.page.get_by_role("dialog").locator("button").last.click()


def settle(
    claimant: Person, respondent: Person, mediator: Person, number: str, pictures: Path | None
) -> None:
    """Version 1 is signed by one, revised, version 2 is signed by both and sealed on chain."""
    draft(mediator, number, "60000", pictures)
    sign(claimant, number)
    claimant.sees("已签署")
    draft(mediator, number, "50000")
    claimant.open(f"/cases/{number}/settlement")
    claimant.sees("与您上次看到的第 1 版相比")
    claimant.sees(re.compile("曾签署第 1 版，不再计入"))
    claimant.picture(pictures, "14-revision")
    texts = []
    for someone in (claimant, respondent):
        someone.open(f"/cases/{number}/settlement")
        texts.append(someone.page.locator("article.document").inner_text())
    assert texts[0] == texts[1]
    respondent.picture(pictures, "15-agreement-phone")
    for someone in (claimant, respondent):
        sign(someone, number)
        someone.sees("已签署")
    sign(mediator, number)
    mediator.sees("协议已完成", timeout=30_000)
    mediator.picture(pictures, "16-sealed")


def apply_together(claimant: Person, respondent: Person, number: str) -> None:
    """Both parties join the application."""
    for someone in (claimant, respondent):
        someone.open(f"/cases/{number}/confirmation")
        someone.press("申请司法确认")
        someone.page.get_by_role("dialog").get_by_role("button", name="申请", exact=True).click()
    respondent.sees("申请已提交法院，等待法院审查")


def court_code(office: Person, number: str) -> str:
    """The access code that went to the court, from the outbox."""
    office.open("/office/outbox")
    found = re.search(
        rf"{number}[\s\S]*?查阅码[^A-Z0-9]*([A-Z0-9]{{6,}})", office.page.locator("main").inner_text()
    )
    assert found is not None
    return found[1]


def check(judge: Person, form: int, original: Path, proof: Path | None) -> dict[str, str]:
    """Drop files into a checking form; the status of each answer."""
    place = judge.page.locator("[data-verify]").nth(form)
    place.locator('[name="original"]').set_input_files(original)
    if proof is not None:
        place.locator('[name="proof"]').set_input_files(proof)
    place.locator("[data-verify-form] button[type=submit]").click()
    place.locator("[data-result] [data-answer]").first.wait_for()
    found = place.locator("[data-result] [data-answer]")
    return {
        found.nth(n).get_attribute("data-answer") or "": found.nth(n).get_attribute("data-status") or ""
        for n in range(found.count())
    }


def rule(judge: Person, number: str, code: str, proof: Path, pictures: Path | None) -> None:
    """By number and code: the file without caucus or offers, four answers, the signed ruling."""
    judge.open("/court")
    judge.fill("number", number)
    judge.fill("code", "WRONG2")
    judge.press("打开卷宗")
    judge.sees(re.compile("查阅码|不正确|没有找到"))
    judge.open("/court")
    judge.fill("number", number)
    judge.fill("code", code)
    judge.press("打开卷宗")
    judge.sees("司法确认卷宗")
    for secret in ("底线", "我方愿意更换包装", "断线时写的话"):
        judge.never_sees(secret)
    judge.sees("签名与链上记录相符")
    assert check(judge, 1, EXHIBIT, proof) == dict.fromkeys(
        ("integrity", "time", "submitter", "origin"), "passed"
    )
    judge.picture(pictures, "17-court-file")
    look_at_the_proof(judge, number, pictures)
    judge.choose("outcome", "valid")
    judge.fill("ruling_number", "（2026）京0101民特88号")
    judge.page.locator("[data-decide]").click()
    judge.page.get_by_role("dialog").get_by_role("button", name="用通行密钥签署").click()
    judge.sees(re.compile("裁定有效 · （2026）京0101民特88号"), timeout=30_000)
    judge.picture(pictures, "18-ruling")


def read_clocks(notary: Person, pictures: Path | None) -> None:
    """A batch found by its head: every time in both zones with its clock, tokens and co-signatures checked now."""
    notary.open("/notary/batches")
    stamped = notary.page.locator("tr[data-batch]", has_text="通过").last
    expect(stamped).to_contain_text("平台运营方节点时钟")
    notary.picture(pictures, "19-batches")
    stamped.get_by_role("link").click()
    notary.sees("刚才向节点查询")
    times = notary.page.locator("#times")
    for event in ("anchored", "stamped"):
        row = times.locator(f'[data-moment="{event}"]').first
        expect(row).to_contain_text("UTC")
        expect(row).to_contain_text("北京时间")
    expect(notary.page.locator("#chain")).to_contain_text("由平台自己运行")
    notary.picture(pictures, "20-batch")
    address, head = (
        notary.page.url,
        notary.page.locator("#chain [data-copy]").nth(3).get_attribute("data-copy"),
    )
    notary.open("/notary/batches")
    notary.fill("q", head or "")
    notary.press("查找")
    expect(notary.page).to_have_url(address)


def look_at_the_proof(judge: Person, number: str, pictures: Path | None) -> None:
    """The exhibit's page for the judge: every step passed, rules beside the answers, who vouches for the block."""
    judge.open(f"/cases/{number}/exhibits/1")
    steps = judge.page.locator("#drawing [data-step]")
    expect(steps).to_have_count(6)
    expect(judge.page.locator('#drawing [data-step][data-status="passed"]')).to_have_count(6)
    judge.sees("人民法院在线诉讼规则 16")
    expect(judge.page.locator('[data-believed="block"]')).to_contain_text("所查询的节点")
    judge.picture(pictures, "17-judge-exhibit")
    judge.page.go_back()


def verify_alone(platform: Platform, claimant: Person, proof: Path, folder: Path) -> None:
    """The kernel on its own: passed with a node, without one as far as witnesses vouch, failed for one changed byte."""
    trust = folder / "trust.json"
    trust.write_bytes(claimant.context.request.get(f"{platform.url}/trust.json").body())
    changed = folder / "changed.jpg"
    content = bytearray(EXHIBIT.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    runs = [
        ([EXHIBIT, "--rpc", platform.rpc_url], (0,)),
        ([EXHIBIT], (0, 2)),
        ([EXHIBIT, "--rpc", "http://127.0.0.1:1"], (2,)),
        ([changed, "--rpc", platform.rpc_url], (1,)),
    ]
    for (file, *more), codes in runs:
        command = [
            sys.executable,
            "-m",
            "evidence",
            "verify",
            str(file),
            str(proof),
            "--trust-root",
            str(trust),
            "--json",
        ]
        done = subprocess.run([*command, *more], cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert done.returncode in codes, done.stdout + done.stderr
        checks = {entry["code"]: entry["status"] for entry in json.loads(done.stdout)["checks"]}
        assert checks["file.sha256"] == ("FAILED" if file == changed else "PASSED")
        node = "PASSED" if platform.rpc_url in more else "UNDETERMINED" if more else None
        assert checks.get("ledger.batch") == node


def test_one_dispute_from_intake_to_ruling(
    platform: Platform, person: Callable[..., Person], pictures: Path | None, tmp_path: Path
) -> None:
    claimant, respondent = person("申请人"), person("被申请人", phone=True)
    mediator, judge, notary, office = (person(name) for name in ("调解员", "法官", "公证员", "办公室"))
    respondent.expected = ("422", "ERR_INTERNET_DISCONNECTED", "WebSocket connection")
    claimant.expected = judge.expected = ("422",)
    for someone, role in ((mediator, "mediator"), (judge, "judge"), (notary, "notary"), (office, "office")):
        someone.open(platform.links[role])

    number = take_in(claimant, pictures)
    join(respondent, read_invitation(office, pictures), pictures)
    consent(respondent, number, "no", pictures)
    consent(claimant, number, "yes", pictures)
    for someone in (claimant, respondent, mediator, judge):
        enrol(someone)
    for someone in (claimant, respondent):
        sign_preservation(someone, number, pictures)
    open_room(mediator, number, pictures)
    register_officials(office)

    talk(claimant, respondent, mediator, number, pictures)
    look_at_each_other((claimant, respondent, mediator), pictures)
    upload(claimant, (claimant, respondent, mediator), pictures)
    proof = take_exhibit(respondent, number, tmp_path, pictures)
    settle(claimant, respondent, mediator, number, pictures)

    apply_together(claimant, respondent, number)
    rule(judge, number, court_code(office, number), proof, pictures)
    for someone in (claimant, respondent):
        someone.open(f"/cases/{number}/confirmation")
        someone.sees("（2026）京0101民特88号")
    respondent.picture(pictures, "21-confirmed-phone")
    read_clocks(notary, pictures)
    verify_alone(platform, claimant, proof, tmp_path)
