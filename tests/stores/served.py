"""The site over a bucket, on gevent as it is served: somebody hands a file in while somebody else asks for a page.
Run by test_served: `python -m tests.stores.served FOLDER URL`; says "ok" when everything was as it must be."""

# gevent patches before anything else is imported, as app/main.py does
# ruff: noqa: E402
from gevent import monkey

monkey.patch_all()

import dataclasses
import sys
from pathlib import Path

import gevent

from app.factory import create_app
from app.services import anchoring
from evidence.master_keys import KeyFolder
from evidence.s3_store import open_s3
from tests import builders
from tests.builders import FILES, ORIGIN, digests
from tests.conftest import Browser

PHOTO = (FILES / "gift-box-photo.jpg").read_bytes()
TUS = {"Tus-Resumable": "1.0.0"}


def hand_in(own: Browser, number: str) -> str:
    """By the upload protocol; the receipt's number."""
    form = {**ORIGIN, "case": number, "file_name": "礼盒.jpg", "claimed_type": "image/jpeg"}
    begun = own.post("/uploads", json=form, headers={**TUS, "Upload-Length": str(len(PHOTO))})
    url, headers = begun.headers["Location"], {**TUS, "Upload-Offset": "0"}
    sent = own.patch(url, data=PHOTO, headers=headers, content_type="application/offset+octet-stream")
    assert sent.status_code == 204, sent.text
    answer = own.post(f"{url}/finish", json=digests(PHOTO))
    assert answer.status_code == 200, answer.text
    return str(answer.json["receipt"])


def others_go_on(browser: Browser, folder: Path) -> None:
    """Pages are answered while the service holds the file back; only then is it let through."""
    while not (folder / "held").exists():
        gevent.sleep(0.01)
    for _ in range(3):
        assert browser.get("/health").status_code == 200
    (folder / "released").touch()


def main(folder: Path, url: str) -> None:
    services = builders.build_test_services(folder, builders.Clock())
    keys = KeyFolder(folder / "secrets")
    services = dataclasses.replace(services, store=open_s3(url, folder / "secrets", folder / "files", keys))
    table = builders.set_table(services)
    app = create_app(services)
    app.test_client_class = Browser
    own = app.test_client()
    with own.session_transaction() as session:
        session["login"] = table.claimant.token
    tasks = [gevent.spawn(hand_in, own, table.number), gevent.spawn(others_go_on, app.test_client(), folder)]
    gevent.joinall(tasks, timeout=240, raise_error=True)
    assert tasks[0].value == f"{table.number}-E001"
    (address,) = services.store.addresses()
    anchoring.anchor_waiting(services)
    exhibit = f"/cases/{table.number}/exhibits/1"
    assert own.get(exhibit).status_code == 200
    assert own.get(f"{exhibit}/file").data == PHOTO
    assert PHOTO in own.get(f"/cases/{table.number}/package.zip").data
    keys.change()
    assert services.store.rewrap(address)
    assert own.get(f"{exhibit}/file").data == PHOTO
    services.store.erase(address)
    assert own.get(f"{exhibit}/file").status_code == 404
    services.store.close()
    print("ok", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
