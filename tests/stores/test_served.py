"""The site on gevent with its files in a bucket: the way of a file, and rooms that do not wait for the service.
Not here: the steps themselves (see `served`)."""

import subprocess
import sys
import threading

from tests.object_store import Handler, Proxy, Times
from tests.stores.conftest import S3Folder

PATIENCE = 60.0


def test_pages_are_answered_while_a_file_goes_to_the_service(s3: S3Folder, proxy: Proxy) -> None:
    """The service takes the file only once the site has answered others: a loop that waited would wait for ever."""
    turn, let_through = threading.Event(), list[bool]()

    def hold_back(request: Handler, body: bytes) -> None:
        (s3.folder / "held").touch()
        left = PATIENCE
        while not (s3.folder / "released").exists() and left > 0:
            turn.wait(0.05)
            left -= 0.05
        let_through.append((s3.folder / "released").exists())
        request.answer(*request.upstream(body))

    proxy.fault = held = Times(1, lambda r: r.command == "PUT" and "/evidence/files/" in r.path, hold_back)
    command = [sys.executable, "-m", "tests.stores.served", str(s3.folder), s3.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.stdout, done.returncode) == ("ok\n", 0), done.stderr
    assert held.done == 1
    assert let_through == [True]
    assert "Traceback" not in done.stderr
