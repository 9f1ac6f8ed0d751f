"""What strangers try at the site's edge: other sites as targets, forms that fill the disk, floods, headers.
Not here: who may open which page (see tests/architecture/test_closed.py)."""

import io

import pytest

from app.web.context import local_path

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
    body = {"file": (io.BytesIO(bytes(FORM_LIMIT + 1)), "x")}
    answer = client_for(None).patch("/uploads/x", data=body, content_type="multipart/form-data", csrf=False)
    assert answer.status_code == 413
