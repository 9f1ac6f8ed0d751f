"""What strangers try at the site's edge: other sites as targets, forms that fill the disk, floods, headers.
Not here: who may open which page (see tests/architecture/test_closed.py)."""

from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.factory import create_app
from app.models.cases import Audit
from app.models.exhibits import Exhibit
from app.services import custody
from app.web.context import local_path
from tests.builders import FILES, ORIGIN, submit

FORM_LIMIT = 2 * 1024 * 1024


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/a\\b",
        "https://evil.example",
        "x",
    ],
)
def test_a_target_on_another_site_is_not_followed(target: str) -> None:
    assert local_path(target, "/cases") == "/cases"


@pytest.mark.parametrize("target", ["/", "/cases/HZ2026-00001", "/keys?back=/cases", "/cases?q=a%20b"])
def test_a_target_on_this_site_is_followed(target: str) -> None:
    assert local_path(target, "/cases") == target


def test_going_back_never_leads_to_another_site(client_for) -> None:
    answer = client_for(None).post("/language/en", headers={"Referer": "http://localhost//evil.example/x"})
    assert answer.location == "/"


def test_a_form_sent_to_the_upload_address_is_not_kept_on_disk(client_for) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
    body = head + bytes(FORM_LIMIT + 1) + b"\r\n--x--\r\n"
    browser = client_for(None)
    answer = browser.patch(
        "/uploads/x", data=body, content_type="multipart/form-data; boundary=x", csrf=False
    )
    assert answer.status_code == 413


PLACES = {"/intake/trademark": 20, "/intake/verify/again": 20, "/verify/check": 20}


@pytest.mark.parametrize("path", PLACES)
def test_strangers_are_slowed_down_where_they_make_work(client_for, path: str) -> None:
    browser = client_for(None)
    answers = [browser.post(path).status_code for _ in range(PLACES[path] + 1)]
    assert 429 not in answers[:-1] and answers[-1] == 429


@pytest.mark.parametrize(("proxies", "shared"), [(1, False), (0, True)])
def test_addresses_are_told_apart_behind_a_proxy_of_ours_only(services, proxies: int, shared: bool) -> None:
    settings = replace(services.settings, proxies=proxies)
    app = create_app(replace(services, settings=settings))
    app.config["WTF_CSRF_ENABLED"] = False
    browser = app.test_client()
    first, second = ({"X-Forwarded-For": f"203.0.113.{number}"} for number in (1, 2))
    for _ in range(20):
        assert browser.post("/sign-in/code", headers=first).status_code == 422
    assert browser.post("/sign-in/code", headers=first).status_code == 429
    assert browser.post("/sign-in/code", headers=second).status_code == (429 if shared else 422)


def test_the_cookie_is_bound_to_the_host_where_tls_is_used(services) -> None:
    settings = replace(services.settings, public_url="https://hezheng.example")
    app = create_app(replace(services, settings=settings))
    answer = app.test_client().get("/sign-in", base_url="https://hezheng.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-hezheng=")
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in cookie.split("; ")
    assert "Domain" not in cookie


def test_nothing_but_static_files_is_kept_by_browsers(client_for, table) -> None:
    browser = client_for(table.claimant)
    for path in (f"/cases/{table.number}/exhibits/anchoring", f"/cases/{table.number}", "/trust.json"):
        assert browser.get(path).headers["Cache-Control"] == "no-store"


def test_database_errors_do_not_tell_what_people_wrote(services) -> None:
    with services.reading() as work, pytest.raises(DBAPIError) as error:
        work.session.execute(text("SELECT * FROM no_such_table WHERE x = :words"), {"words": "底价八万元"})
    assert "底价" not in str(error.value)


@pytest.fixture
def exhibit(services, table) -> str:
    """An exhibit of the claimant."""
    submit(services, table.claimant, table.number, FILES / "gift-box-photo.jpg")
    return f"/cases/{table.number}/exhibits/1"


def test_a_download_without_the_first_byte_is_in_the_custody_record(
    services, table, client_for, exhibit
) -> None:
    answer = client_for(table.respondent).get(f"{exhibit}/file", headers={"Range": "bytes=1-"})
    assert answer.status_code == 206
    assert acts_of(services) == ["received", "downloaded"]


def test_a_viewer_cannot_make_the_custody_record_endless(services, table, client_for, exhibit, clock) -> None:
    browser = client_for(table.respondent)
    for _ in range(30):
        browser.get(f"{exhibit}/file")
    assert acts_of(services) == ["received", "downloaded"]
    with services.reading() as work:
        looks = work.session.scalars(select(Audit).where(Audit.act == "download_original")).all()
    assert len(looks) == 30
    clock.advance(hours=11)
    client_for(table.claimant).get(f"{exhibit}/file")
    assert acts_of(services) == ["received", "downloaded", "downloaded"]


def acts_of(services) -> list[str]:
    with services.reading() as work:
        return [entry.act for entry in custody.entries(work, work.session.scalars(select(Exhibit)).one())]


def test_a_flood_of_refusals_does_not_fill_the_audit(services, client_for) -> None:
    browser = client_for(None)
    for _ in range(70):
        assert browser.get("/cases").status_code == 302
    with services.reading() as work:
        assert len(work.session.scalars(select(Audit).where(Audit.act == "see_own_cases")).all()) == 60


@pytest.mark.parametrize("viewers", [[[1]], ["a", 1], [True], [{}], [10**30]])
def test_viewers_that_are_no_participants_are_refused(table, client_for, viewers: list[object]) -> None:
    form = {**ORIGIN, "case": table.number, "file_name": "a.pdf", "secret": True, "viewers": viewers}
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "9"}
    answer = client_for(table.claimant).post("/uploads", json=form, headers=headers)
    assert (answer.status_code, answer.json["error"]["kind"]) == (422, "invalid_input")


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "body",
    [
        '{"version": 1e400}',
        '{"version": 1' + "0" * 30 + "}",
        '{"a": "\\ud800"}',
        '{"a\\u0000": 1}',
        "[" * 90_000,
    ],
)
def test_json_that_no_database_keeps_is_refused_in_words(client_for, table, body: str) -> None:
    address = f"/cases/{table.number}/settlement/read"
    answer = client_for(table.claimant).post(address, data=body, content_type="application/json")
    assert answer.status_code == 422


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("version", ["²", "9" * 5000, "-1", ""])
def test_a_version_that_is_no_number_is_refused_in_words(client_for, table, version: str) -> None:
    address = f"/cases/{table.number}/settlement/decline"
    assert client_for(table.claimant).post(address, data={"version": version}).status_code == 422


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("path", ["settlement/versions/1/pdf", "draft/history"])
def test_those_at_the_table_are_slowed_down_where_they_make_much_work(client_for, table, path: str) -> None:
    browser = client_for(table.claimant)
    answers = [browser.get(f"/cases/{table.number}/{path}").status_code for _ in range(61)]
    assert answers[0] == 404 and answers[-1] == 429
