"""The way in through pages: intake, code, invitation, answer, consents; and what forms say of bad input.
Not here: the rules themselves (see tests/services/test_way_in.py)."""

import re

from app.domain.roles import Office
from app.services import accounts
from app.services.context import Services
from tests import builders
from tests.builders import INTAKE


def code_on(page: str) -> str:
    found = re.search(r"data-demo-code>(\d{6})<", page)
    assert found is not None
    return found[1]


def link_to(services: Services, contact: str) -> str:
    found = re.search(r"/i/[0-9a-z]+", builders.last_message(services, contact))
    assert found is not None
    return found[0]


def test_from_intake_to_consents(client_for, services: Services) -> None:
    claimant = client_for(None)
    refused = claimant.post("/intake/trademark", data=INTAKE | {"claims": ""})
    assert refused.status_code == 422
    assert "请填写此项" in refused.text and INTAKE["facts"] in refused.text
    answer = claimant.post("/intake/trademark", data=INTAKE, follow_redirects=True)
    wrong = claimant.post("/intake/verify", data={"code": "abcdef"})
    assert wrong.status_code == 422 and "验证码不正确" in wrong.text
    twice = client_for(None)
    twice.set_cookie("hezheng", claimant.get_cookie("hezheng").value)
    case_page = claimant.post("/intake/verify", data={"code": code_on(answer.text)}, follow_redirects=True)
    assert INTAKE["title"] in case_page.text and "等待对方答复" in case_page.text
    assert twice.post("/intake/verify", data={"code": code_on(answer.text)}).location == "/cases"

    respondent = client_for(None)
    link = link_to(services, INTAKE["respondent_contact"])
    invitation = respondent.get(link)
    for part in (INTAKE["claimant_name"], "不是。调解自愿", "不会因此承担不利后果", "010-0000-0000"):
        assert part in invitation.text
    assert INTAKE["facts"] not in invitation.text
    respondent.post(f"{link}/code")
    asked = respondent.get(link)
    joined = respondent.post(f"{link}/join", data={"code": code_on(asked.text)}, follow_redirects=True)
    assert "您是否同意参加调解" in joined.text
    number = re.search(r"HZ2026-\d{5}", joined.text)
    assert number is not None
    consents = respondent.post(f"/cases/{number[0]}/answer", data={"answer": "accept"}, follow_redirects=True)
    assert "电子数据保全方式约定" in consents.text
    stages = {"mediate_online": "yes", "record": "no", "electronic_service": "yes", "preservation": "yes"}
    done = respondent.post(f"/cases/{number[0]}/consents", data=stages, follow_redirects=True)
    assert done.status_code == 200 and "录音录像：不同意" in done.text


def test_a_change_of_language_after_a_refused_form_leads_to_a_page(client_for, services: Services) -> None:
    claimant = builders.person(services, "李晴", "liqing@example.cn")
    builders.submitted_case(services, claimant)
    link = link_to(services, INTAKE["respondent_contact"])
    respondent = client_for(None)
    respondent.post(f"{link}/code")
    assert respondent.post(f"{link}/join", data={"code": "000000"}).status_code == 422
    page = respondent.post(
        "/language/en", headers={"Referer": f"http://localhost{link}/join"}, follow_redirects=True
    )
    assert page.status_code == 200 and 'name="code"' in page.text


def test_expired_and_unknown_links_say_what_to_do(client_for, services: Services, clock) -> None:
    claimant = builders.person(services, "李晴", "liqing@example.cn")
    builders.submitted_case(services, claimant)
    link = link_to(services, INTAKE["respondent_contact"])
    clock.advance(days=16)
    expired = client_for(None).get(link)
    assert expired.status_code == 410 and "邀请链接已过期" in expired.text
    assert client_for(None).get("/i/nosuchlink").status_code == 404


def test_sign_in_does_not_tell_whether_a_contact_is_known(client_for, services: Services) -> None:
    builders.person(services, "李晴", "liqing@example.cn")
    pages = []
    for contact in ("liqing@example.cn", "nobody1@example.cn"):
        browser = client_for(None)
        answer = browser.post("/sign-in/code", data={"contact": contact}, follow_redirects=True)
        pages.append((answer.status_code, "如果这个联系方式已登记" in answer.text))
    assert pages == [(200, True), (200, True)]
    with services.reading() as work:
        assert accounts.find(work, "nobody1@example.cn") is None


def test_sign_in_goes_only_to_pages_of_this_site(client_for, services: Services) -> None:
    builders.person(services, "李晴", "liqing@example.cn")
    browser = client_for(None)
    asked = browser.post(
        "/sign-in/code",
        data={"contact": "liqing@example.cn", "next": "//evil.example/x"},
        follow_redirects=True,
    )
    answer = browser.post("/sign-in/enter", data={"code": code_on(asked.text)})
    assert answer.location == "/cases"


def test_the_site_speaks_english_one_click_away(client_for) -> None:
    browser = client_for(None)
    assert 'lang="zh-CN"' in browser.get("/").text
    browser.post("/language/en")
    assert '<html lang="en">' in browser.get("/").text


def test_codes_are_limited_per_address(client_for) -> None:
    browser = client_for(None)
    answers = [browser.post("/sign-in/code", data={"contact": "a@example.cn"}).status_code for _ in range(25)]
    assert answers[0] == 303
    assert answers[-1] == 429


def test_demo_links_exist_only_in_demonstrations(client_for, services: Services) -> None:
    from app.services import demo

    good = client_for(None).get(f"/demo/office/{demo.link_token(services, 'office')}")
    assert good.location == "/office/board"
    assert client_for(None).get("/demo/office/" + "0" * 24).status_code == 404


def test_the_log_names_people_and_cases(client_for, services: Services) -> None:
    claimant = builders.person(services, "李晴", "liqing@example.cn")
    number = builders.submitted_case(services, claimant)
    clerk = builders.person(services, "值班员", "office1@example.cn", Office.OFFICE)
    page = client_for(clerk).get("/office/log").text
    assert "李晴" in page and number in page
