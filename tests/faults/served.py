"""The platform as it is served, and people who hand in files over HTTP however often its processes die under them.
Not here: the blows (see `test_platform`) and clients that share the server's process (see `processes`)."""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests

from tests import builders
from tests.browser.platform import Platform
from tests.faults.processes import PAUSE, Journal, content

TITLE = "礼盒包装摄影作品著作权纠纷"
"""The demonstration's case whose room is open and whose parties have agreed to preservation."""
OFFSET_BODY = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0", "Accept": "application/json"}
CHILDREN = {"web": "flask\0serve", "worker": "flask\0worker", "chain": "anvil"}


def child(platform: Platform, name: str) -> int | None:
    """Process id of a child of the supervisor as it runs now; None while it is down."""
    task = Path(f"/proc/{platform.process.pid}/task/{platform.process.pid}/children")
    for number in map(int, task.read_text().split()):
        try:
            words = Path(f"/proc/{number}/cmdline").read_bytes().decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if CHILDREN[name] in words:
            return number
    return None


def strike(platform: Platform, name: str, number: signal.Signals) -> bool:
    """Send a signal to a child; False when it was down."""
    found = child(platform, name)
    if found is None:
        return False
    try:
        os.kill(found, number)
    except ProcessLookupError:
        return False
    return True


class Refused(Exception):
    """The platform answered, and not with what was asked for."""


Trouble = (requests.RequestException, Refused)


class Sender:
    """Somebody signed in by the demonstration's link, in one open case."""

    def __init__(self, platform: Platform, role: str) -> None:
        self.http = requests.Session()
        self.http.trust_env = False
        page = self.http.get(platform.links[role], timeout=20)
        page = self.http.get(urljoin(platform.url, "/cases"), timeout=20)
        rows = re.findall(r"<tr\b.*?</tr>", page.text, re.DOTALL)
        (row,) = [row for row in rows if TITLE in row]
        found = re.search(r"/cases/(HZ[\w-]+)", row)
        token = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
        assert found is not None
        assert token is not None
        self.case = found[1]
        self.url = platform.url
        self.http.headers["X-CSRFToken"] = token[1]

    def call(self, method: str, path: str, wanted: int, **given: object) -> requests.Response:
        """One request; Refused for another status than the one wanted."""
        headers = {**TUS, **given.pop("headers", {})}  # type: ignore[dict-item]
        answer = self.http.request(method, urljoin(self.url, path), headers=headers, timeout=20, **given)  # type: ignore[arg-type]
        if answer.status_code != wanted:
            raise Refused(f"{method} {answer.status_code} {answer.text[:200]}")
        return answer

    def begin(self, number: int, size: int) -> str:
        """A new upload for an item; its address."""
        form = {**builders.ORIGIN, "case": self.case, "file_name": f"{number}.txt", "claimed_type": ""}
        return str(
            self.call("POST", "/uploads", 201, json=form, headers={"Upload-Length": str(size)}).json()["url"]
        )

    def send(self, url: str, whole: bytes, dice: random.Random) -> None:
        """One piece from wherever the upload stands, however large."""
        offset = int(self.call("HEAD", url, 200).headers["Upload-Offset"])
        while offset < len(whole):
            piece = whole[offset : offset + dice.randrange(1, len(whole) + 1)]
            offset = self.patch(url, offset, piece)

    def patch(self, url: str, offset: int, piece: bytes) -> int:
        """One piece; the offset afterwards."""
        headers = {"Upload-Offset": str(offset), "Content-Type": OFFSET_BODY}
        return int(self.call("PATCH", url, 204, data=piece, headers=headers).headers["Upload-Offset"])

    def raw(self, method: str, path: str, headers: list[str], body: bytes) -> bytes:
        """A request as no honest client writes it, after which nothing more is sent; everything that is answered."""
        place = urlsplit(self.url)
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {place.netloc}",
            f"Cookie: {cookies}",
            f"X-CSRFToken: {self.http.headers['X-CSRFToken']}",
            f"Content-Type: {OFFSET_BODY}",
            "Tus-Resumable: 1.0.0",
            "Accept: application/json",
            *headers,
        ]
        with socket.create_connection(("127.0.0.1", place.port or 80), timeout=30) as line:
            line.sendall("\r\n".join([*lines, "", ""]).encode() + body)
            line.shutdown(socket.SHUT_WR)
            answer = bytearray()
            while part := line.recv(65536):
                answer += part
        return bytes(answer)

    def finish(self, url: str, whole: bytes) -> str:
        """The receipt's number."""
        answer = self.call("POST", f"{url}/finish", 200, json=builders.digests(whole)).json()
        assert {name: answer[name] for name in ("sha256", "sm3")} == builders.digests(whole)
        return str(answer["receipt"])


@dataclass
class Crowd:
    """Several people who hand in item after item until they are told to stop, and then end what they began."""

    platform: Platform
    journal: Journal
    seed: int
    stopping: threading.Event = field(default_factory=threading.Event)
    broken: dict[str, int] = field(default_factory=dict)
    """How often requests came to nothing, by what came instead."""
    _threads: list[threading.Thread] = field(default_factory=list)
    _failed: list[BaseException] = field(default_factory=list)

    def start(self, roles: tuple[str, ...]) -> None:
        """Sign everybody in, then let them begin at the same time."""
        numbers = iter(range(10**6))
        for place, one in enumerate([Sender(self.platform, role) for role in roles]):
            dice = random.Random(self.seed + place)
            self._threads.append(threading.Thread(target=self._work, args=(one, numbers, dice), daemon=True))
        for thread in self._threads:
            thread.start()

    def end(self, within: float) -> None:
        """Nothing new is begun; wait until everything begun has its receipt."""
        self.stopping.set()
        for thread in self._threads:
            thread.join(within)
            assert not thread.is_alive(), "an upload never came to its end"
        assert not self._failed, self._failed

    def _work(self, one: Sender, numbers: Iterator[int], dice: random.Random) -> None:
        try:
            while not self.stopping.is_set():
                number = next(numbers)
                self.journal.note("wants", number)
                self.journal.note("receipt", number, self._hand_in(one, number, dice))
        except BaseException as error:
            self._failed.append(error)
            raise

    def _hand_in(self, one: Sender, number: int, dice: random.Random) -> str:
        whole, url, turn = content(number), None, threading.Event()
        while True:
            try:
                url = url or one.begin(number, len(whole))
                one.send(url, whole, dice)
                return one.finish(url, whole)
            except Trouble as error:
                what = str(error)[:60] if isinstance(error, Refused) else type(error).__name__
                self.broken[what] = self.broken.get(what, 0) + 1
                turn.wait(PAUSE)
