"""The upload protocol over HTTP: tus 1.0.0 and everything that can go wrong on the way."""

import io

import pytest

from evidence.faults import arm, read_plan
from tests.builders import FILES, ORIGIN, digests

PHOTO = (FILES / "gift-box-photo.jpg").read_bytes()
SIZE = len(PHOTO)
TUS = {"Tus-Resumable": "1.0.0"}
BODY = "application/offset+octet-stream"


@pytest.fixture
def browser(client_for, table):
    return client_for(table.claimant)


def create(browser, table, size=SIZE, **changes):
    form = {**ORIGIN, "case": table.number, "file_name": "礼盒.jpg", "claimed_type": "image/jpeg", **changes}
    return browser.post("/uploads", json=form, headers={**TUS, "Upload-Length": str(size)})


def patch(browser, url, offset, data, **options):
    headers = {**TUS, "Upload-Offset": str(offset), **options.pop("headers", {})}
    return browser.patch(url, data=data, headers=headers, content_type=BODY, **options)


def offset_of(browser, url):
    answer = browser.head(url, headers=TUS)
    assert answer.status_code == 200
    return int(answer.headers["Upload-Offset"])


def test_the_server_says_what_it_speaks(browser):
    answer = browser.options("/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert "creation" in answer.headers["Tus-Extension"]
    assert int(answer.headers["Tus-Max-Size"]) >= 2 * 1024**3


def test_a_file_in_pieces_becomes_a_receipt(browser, table):
    created = create(browser, table)
    assert created.status_code == 201
    url = created.headers["Location"]
    assert patch(browser, url, 0, PHOTO[:30_000]).headers["Upload-Offset"] == "30000"
    assert offset_of(browser, url) == 30_000
    assert patch(browser, url, 30_000, PHOTO[30_000:]).status_code == 204

    first = browser.post(f"{url}/finish", json=digests(PHOTO))
    assert first.status_code == 200
    assert first.json["receipt"] == f"{table.number}-E001"
    assert {name: first.json[name] for name in ("sha256", "sm3")} == digests(PHOTO)
    again = browser.post(f"{url}/finish", json=digests(PHOTO))
    assert again.json == first.json


def test_one_patch_may_be_larger_than_the_sites_limit_for_bodies(browser, table, app):
    content = b"%PDF-1.7\n" + bytes(app.config["MAX_CONTENT_LENGTH"] + 1)
    url = create(browser, table, len(content), file_name="扫描件.pdf").headers["Location"]
    assert patch(browser, url, 0, content).status_code == 204
    assert browser.post(f"{url}/finish", json=digests(content)).json["media_type"] == "application/pdf"


def test_a_wrong_offset_is_answered_with_the_right_one(browser, table):
    url = create(browser, table).headers["Location"]
    patch(browser, url, 0, PHOTO[:1000])
    for wrong in (0, 500, 2000):
        answer = patch(browser, url, wrong, PHOTO[wrong : wrong + 500])
        assert (answer.status_code, answer.json["error"]["offset"]) == (409, 1000)
    assert offset_of(browser, url) == 1000


def test_more_than_announced_is_refused_and_nothing_lost(browser, table):
    url = create(browser, table).headers["Location"]
    patch(browser, url, 0, PHOTO[:1000])
    answer = patch(browser, url, 1000, PHOTO)
    assert (answer.status_code, answer.json["error"]["offset"]) == (409, 1000)
    assert offset_of(browser, url) == 1000


class Breaking(io.RawIOBase):
    """A connection that gives its bytes and then breaks."""

    def __init__(self, content: bytes) -> None:
        self.content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        count = self.content.readinto(buffer)
        if not count:
            raise OSError("connection reset by peer")
        return count


@pytest.mark.parametrize("broken", [Breaking, io.BytesIO])
def test_a_connection_that_breaks_keeps_what_arrived(browser, table, broken):
    url = create(browser, table).headers["Location"]
    answer = browser.open(
        url,
        method="PATCH",
        content_type=BODY,
        headers={**TUS, "Upload-Offset": "0"},
        environ_overrides={"wsgi.input": broken(PHOTO[:50_000]), "CONTENT_LENGTH": str(SIZE)},
    )
    assert answer.status_code == 422
    assert answer.json["error"]["kind"] == "upload_broken"
    assert offset_of(browser, url) == answer.json["error"]["offset"] == 50_000
    assert patch(browser, url, 50_000, PHOTO[50_000:]).status_code == 204
    assert browser.post(f"{url}/finish", json=digests(PHOTO)).status_code == 200


def test_finishing_too_early_says_how_far_it_is(browser, table):
    url = create(browser, table).headers["Location"]
    patch(browser, url, 0, PHOTO[:7000])
    answer = browser.post(f"{url}/finish", json=digests(PHOTO))
    assert (answer.status_code, answer.json["error"]["kind"]) == (422, "upload_broken")
    assert answer.json["error"]["offset"] == 7000


def test_digests_that_differ_give_no_receipt(browser, table):
    url = create(browser, table).headers["Location"]
    patch(browser, url, 0, PHOTO)
    answer = browser.post(f"{url}/finish", json=digests(PHOTO + b"x"))
    assert (answer.status_code, answer.json["error"]["kind"]) == (422, "digest_differs")
    assert "没有出具回执" in answer.json["error"]["message"]


def test_a_false_extension_is_told_and_the_upload_is_gone(browser, table):
    url = create(browser, table, file_name="购买记录.pdf").headers["Location"]
    answer = patch(browser, url, 0, PHOTO)
    assert (answer.status_code, answer.json["error"]["kind"]) == (422, "file_type_claim")
    assert browser.head(url, headers=TUS).status_code == 404


def test_an_empty_file_is_refused_with_a_sentence(browser, table):
    answer = create(browser, table, 0)
    assert (answer.status_code, answer.json["error"]["kind"]) == (422, "file_empty")
    assert "0 字节" in answer.json["error"]["message"]


def test_too_large_and_too_many_are_refused(browser, table, services):
    assert create(browser, table, services.settings.upload_limit + 1).status_code == 413
    for _ in range(20):
        assert create(browser, table).status_code == 201
    refused = create(browser, table)
    assert (refused.status_code, refused.json["error"]["kind"]) == (413, "upload_quota")
    assert "20 个没有传完的上传" in refused.json["error"]["message"]


def test_unanswered_questions_come_back_by_field(browser, table):
    answer = create(browser, table, proves="", made_at="昨天")
    assert answer.status_code == 422
    assert set(answer.json["error"]["fields"]) == {"proves", "made_at"}


@pytest.mark.parametrize("length", ["", "-1", "abc", "1" * 30])
def test_a_length_that_is_no_number_is_refused(browser, table, length):
    form = {**ORIGIN, "case": table.number, "file_name": "a.jpg"}
    assert browser.post("/uploads", json=form, headers={**TUS, "Upload-Length": length}).status_code == 422


def test_somebody_elses_upload_does_not_exist(browser, table, client_for):
    url = create(browser, table).headers["Location"]
    patch(browser, url, 0, PHOTO[:1000])
    for person, status in ((table.respondent, 404), (table.mediator, 404), (None, 401)):
        other = client_for(person)
        assert other.head(url, headers=TUS).status_code == status
        assert patch(other, url, 1000, PHOTO[1000:]).status_code == status
        assert other.post(f"{url}/finish", json=digests(PHOTO)).status_code == status
        assert other.delete(url, headers=TUS).status_code == status
    assert offset_of(browser, url) == 1000


def test_another_persons_case_takes_no_files(table, services, client_for):
    from tests.builders import person

    stranger = client_for(person(services, "路人", "passer@example.cn"))
    assert create(stranger, table).status_code == 404


def test_other_versions_and_bodies_are_refused(browser, table):
    url = create(browser, table).headers["Location"]
    answer = patch(browser, url, 0, PHOTO, headers={"Tus-Resumable": "0.2.2"})
    assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")
    answer = browser.patch(
        url, data=PHOTO, headers={**TUS, "Upload-Offset": "0"}, content_type="application/octet-stream"
    )
    assert answer.status_code == 415


def test_without_the_token_nothing_changes(browser, table):
    url = create(browser, table).headers["Location"]
    assert patch(browser, url, 0, PHOTO, csrf=False).status_code == 400
    assert offset_of(browser, url) == 0


def test_a_cancelled_upload_is_gone(browser, table):
    url = create(browser, table).headers["Location"]
    patch(browser, url, 0, PHOTO[:1000])
    assert browser.delete(url, headers=TUS).status_code == 204
    assert browser.head(url, headers=TUS).status_code == 404
    assert browser.delete(url, headers=TUS).status_code == 404


def test_whoever_comes_back_learns_what_the_beginning_was(browser, table):
    url = create(browser, table).headers["Location"]
    for held in (0, 5_000):
        patch(browser, url, 0, PHOTO[:held])
        answer = browser.head(url, headers=TUS)
        assert answer.headers["Upload-SHA256"] == digests(PHOTO[:held])["sha256"]
    patch(browser, url, 5_000, PHOTO[5_000:])
    browser.post(f"{url}/finish", json=digests(PHOTO))
    answer = browser.head(url, headers=TUS)
    assert (answer.headers["Upload-Offset"], answer.headers.get("Upload-SHA256")) == (str(SIZE), None)


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_a_disk_that_fails_in_the_middle_is_told_and_the_rest_can_follow(browser, table, error):
    url = create(browser, table).headers["Location"]
    assert patch(browser, url, 0, PHOTO[:9_000]).status_code == 204
    arm(read_plan(f"store.write={error}@1"))
    try:
        refused = patch(browser, url, 9_000, PHOTO[9_000:])
    finally:
        arm({})
    assert (refused.status_code, refused.json["error"]["kind"]) == (503, "store_unavailable")
    assert "已收到的部分会保留" in refused.json["error"]["message"]
    assert offset_of(browser, url) == 9_000
    assert patch(browser, url, 9_000, PHOTO[9_000:]).status_code == 204
    assert browser.post(f"{url}/finish", json=digests(PHOTO)).status_code == 200


@pytest.mark.parametrize(("of", "setting"), [("person", "person_quota"), ("case", "case_quota")])
def test_a_used_up_share_is_named_before_anything_is_sent(browser, table, services, of, setting):
    object.__setattr__(services.settings, setting, 2 * len(PHOTO))
    assert create(browser, table).status_code == 201
    assert create(browser, table).status_code == 201
    refused = create(browser, table)
    assert (refused.status_code, refused.json["error"]["kind"]) == (413, "upload_quota")
    assert "还剩 0 B" in refused.json["error"]["message"]
    object.__setattr__(services.settings, setting, 3 * len(PHOTO))
    assert create(browser, table).status_code == 201


def test_an_upload_that_would_fill_the_disk_is_refused_before_it_begins(browser, table, services):
    floor = services.store.free_space() - 10 * len(PHOTO)
    object.__setattr__(services.settings, "free_space", floor + 9 * len(PHOTO))
    refused = create(browser, table, 2 * len(PHOTO))
    assert (refused.status_code, refused.json["error"]["kind"]) == (507, "store_full")
    assert "存储空间不足" in refused.json["error"]["message"]
    assert services.store.staged() == []
