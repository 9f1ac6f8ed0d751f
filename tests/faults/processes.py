"""What runs in the killed processes: the worker as `flask worker` runs it, and clients that hand in files.
Not here: starting and killing them (see `harness`). A client goes on with what it began, as a browser does."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from flask.cli import ScriptInfo

from app.domain.errors import DomainError, ErrorKind
from app.main import application
from app.services import receipts, uploads
from app.services.context import DatabaseTrouble, Services
from app.settings import read_settings
from app.wiring import build_services
from tests import builders

SIZE = 3_000
"""Bytes of one file."""
PAUSE = 0.1


def content(number: int) -> bytes:
    """The file of an item: text that nothing but its number decides."""
    line = f"第 {number} 件 / item {number}\n".encode()
    return line * (SIZE // len(line) + 1)


def _settle(environment: dict[str, str], log: str) -> None:
    """As a fresh process: this environment, and everything told goes into the log."""
    for name in [name for name in os.environ if name.startswith("HEZHENG_")]:
        del os.environ[name]
    os.environ.update(environment)
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(target, 1)
    os.dup2(target, 2)


def run_flask(environment: dict[str, str], log: str, *arguments: str) -> None:
    """A `flask` command; its exit code becomes the process's."""
    _settle(environment, log)
    sys.argv = ["flask", *arguments]
    flask = application()
    flask.cli.main(args=list(arguments), prog_name="flask", obj=ScriptInfo(create_app=lambda: flask))


class Journal:
    """What clients began and were told, a line each, kept by themselves: ``began N UPLOAD`` and ``receipt N RECEIPT``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, *words: object) -> None:
        """Add a line; one write, which no kill tears."""
        target = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(target, (" ".join(map(str, words)) + "\n").encode())
        os.close(target)

    def read(self, word: str) -> dict[int, str]:
        """Item → upload or receipt; the last line of an item counts."""
        if not self._path.exists():
            return {}
        lines = (line.split(" ") for line in self._path.read_text().splitlines())
        return {int(line[1]): " ".join(line[2:]) for line in lines if line[0] == word}


def run_clients(
    environment: dict[str, str],
    log: str,
    journal: str,
    case: str,
    token: str,
    first: int,
    last: int,
    threads: int,
) -> None:
    """Hand in the items first to last (not included), several at a time, until every one has its receipt."""
    _settle(environment, log)
    services = build_services(read_settings(os.environ), appoints=False)
    kept = Journal(Path(journal))
    begun, done = kept.read("began"), kept.read("receipt")
    items = iter([number for number in range(first, last) if number not in done])
    lock = threading.Lock()

    def client() -> None:
        person = builders.signed_in(services, token)
        for number in _each(items, lock):
            kept.note("wants", number)
            while not hand_in(services, person, case, kept, number, begun):
                time.sleep(PAUSE)

    workers = [threading.Thread(target=client) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def _each(items: Iterator[int], lock: threading.Lock) -> Iterator[int]:
    while True:
        with lock:
            number = next(items, None)
        if number is None:
            return
        yield number


def hand_in(
    services: Services, person: builders.Person, case: str, kept: Journal, number: int, begun: dict[int, str]
) -> bool:
    """One attempt from wherever the item stands; False when it has to be tried again. What was begun is gone on with."""
    whole = content(number)
    try:
        if number not in begun:
            form = {**builders.ORIGIN, "case": case, "file_name": f"{number}.txt", "claimed_type": ""}
            with services.work() as work:
                begun[number] = uploads.create(work, person.actor, form, len(whole)).id
            kept.note("began", number, begun[number])
        with services.reading() as work:
            upload = uploads.own(work, person.actor, begun[number])
            work.session.expunge(upload)
        offset = uploads.offset(services, upload)
        if offset < len(whole):
            uploads.receive(services, person.actor, upload, offset, whole[offset:])
        exhibit = receipts.finish(services, person.actor, begun[number], **builders.digests(whole))
    except DomainError as refusal:
        kept.note("refused", number, refusal.kind.value)
        if refusal.kind is ErrorKind.NOT_FOUND:
            del begun[number]
        return False
    except (DatabaseTrouble, OSError) as error:
        kept.note("refused", number, type(error).__name__)
        return False
    kept.note("receipt", number, exhibit.receipt_number)
    return True


def digest(number: int) -> str:
    """SHA-256 of an item's file, lower-case hexadecimal."""
    return hashlib.sha256(content(number)).hexdigest()
