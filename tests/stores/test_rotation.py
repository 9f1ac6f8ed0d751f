"""A master key that is changed while files are put and read, by a process that is killed again and again.
Not here: the command for people (see tests/services/test_store_keys)."""

from __future__ import annotations

import random
import secrets
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from evidence import sealed_file, staging
from evidence.digest import digest_bytes
from evidence.errors import EvidenceError, Unavailable
from evidence.master_keys import KeyFolder
from evidence.progress import ProgressBar
from evidence.rewrapping import rewrap_all
from evidence.sealed_file import FIRST_MAGIC, HEADER, SEGMENT
from tests.stores.conftest import Place, S3Folder, make_place
from tests.stores.test_behaviour import Killed, killed, put

MANY = 12
"""Files that each worker puts; then it only reads."""


class Silent:
    def begin(self, items: int, size: int) -> None: ...

    def checked(self) -> None: ...


def old_keys(place: Place) -> list[Path]:
    return [place.secrets / name for name in KeyFolder(place.secrets).old_names()]


def test_after_a_change_everything_reads_without_the_old_key(place: Place) -> None:
    store = place.open()
    address = put(store, b"before")
    begun = store.stage("begun")
    begun.append(0, b"half")
    old, new = KeyFolder(place.secrets).change()
    assert old != new
    assert b"".join(store.open(address)) == b"before"
    late = put(store, b"after", upload="late")
    done = rewrap_all(store, Silent())
    assert done.complete and done.changed == 2 and done.looked_at == 3
    (kept,) = old_keys(place)
    assert kept.name == f"master.{old.hex()}.key"
    kept.unlink()
    for each in (store, place.crash()):
        assert b"".join(each.open(address)) == b"before"
        assert b"".join(each.open(late)) == b"after"
        assert each.address("case", digest_bytes(b"before").sha256) == address
    again = place.open()
    again.stage("begun").append(4, b" and half")
    filed = again.stage("begun").commit("case").address
    assert b"".join(again.open(filed)) == b"half and half"


def test_a_file_whose_master_key_is_not_here_is_not_called_changed(place: Place) -> None:
    store = place.open()
    address = put(store, b"before")
    KeyFolder(place.secrets).change()
    (kept,) = old_keys(place)
    secret = kept.read_text()
    kept.unlink()
    lost = place.open()
    with pytest.raises(Unavailable) as caught:
        lost.check(address)
    assert caught.value.code == "StoreKeyMissing"
    done = rewrap_all(lost, Silent())
    assert not done.complete and list(done.failed) == [address]
    kept.touch(mode=0o600)
    kept.write_text(secret)
    assert lost.check(address) == digest_bytes(b"before")


def test_an_erased_file_gets_no_key_again(place: Place) -> None:
    store = place.open()
    address = put(store, b"personal")
    KeyFolder(place.secrets).change()
    store.erase(address)
    assert not store.rewrap(address)
    assert not store.exists(address)


@pytest.mark.parametrize("point", ["write_at", "fsync", "unlink"])
def test_a_header_half_written_is_read_from_its_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """The folder replaces headers in place: killed before, within or after it, the file key is whole somewhere."""
    place = make_place("folder", tmp_path)
    store = place.open()
    address = put(store, b"before")
    KeyFolder(place.secrets).change()
    real = sealed_file.write_at
    journal = store._beside(address, ".key")

    def torn(descriptor: int, data: bytes, offset: int) -> None:
        if not journal.exists():
            return real(descriptor, data, offset)
        real(descriptor, data[:40], offset)
        raise Killed

    with monkeypatch.context() as patch:
        if point == "write_at":
            patch.setattr(staging, "write_at", torn)
        elif point == "unlink":
            patch.setattr(Path, "unlink", lambda *_, **__: killed())
        else:
            patch.setattr("os.fsync", killed)
        with pytest.raises(Killed):
            store.rewrap(address)
    again = place.crash()
    assert b"".join(again.open(address)) == b"before"
    assert rewrap_all(again, Silent()).complete
    for kept in old_keys(place):
        kept.unlink()
    assert b"".join(place.open().open(address)) == b"before"
    assert not journal.exists()


def test_files_of_the_first_format_are_read_and_wrapped_anew(tmp_path: Path) -> None:
    """`HZSTORE1` named no master key; its segments stay bound to the same file id."""
    place = make_place("folder", tmp_path)
    store = place.open()
    master = place.keys.current()
    head, key = FIRST_MAGIC + secrets.token_bytes(16), secrets.token_bytes(32)
    file_key = sealed_file.FileKey(head[8:], sealed_file.AESGCM(key))
    address = store.address("case", digest_bytes(b"first").sha256)
    path = store._path(address)
    path.parent.mkdir()
    path.write_bytes(head + sealed_file._wrap(head, key, master) + file_key.seal(b"first", 0, final=True))
    assert len(path.read_bytes()) == HEADER + 28 + 5
    assert b"".join(store.open(address)) == b"first"
    KeyFolder(place.secrets).change()
    assert rewrap_all(store, Silent()).changed == 1
    (kept,) = old_keys(place)
    kept.unlink()
    assert b"".join(place.open().open(address)) == b"first"


ROTATE = """
import os, signal, sys
from pathlib import Path
from evidence.master_keys import KeyFolder
from evidence.progress import ProgressBar
from evidence.rewrapping import rewrap_all
from evidence.store import EncryptedFolder
from evidence.s3_store import open_s3
folder, url, act, last = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])

class Bar(ProgressBar):
    def checked(self):
        global last
        last -= 1
        if last == 0:
            os.kill(os.getpid(), signal.SIGKILL)

keys = KeyFolder(folder / "secrets")
store = open_s3(url, folder / "secrets", folder / "files", keys) if url else EncryptedFolder(folder / "files", keys)
if act == "change":
    keys.change()
print("begun", flush=True)
done = rewrap_all(store, Bar(sys.stderr, "en"))
sys.exit(0 if done.complete else 1)
"""


def test_changed_under_load_by_a_process_that_is_killed(place: Place) -> None:
    """Three changes, each killed several times at random, while others put and read: nothing is lost."""
    chance, store = random.Random(4), place.open()
    files = {put(store, secrets.token_bytes(200), "case", f"first{n}"): n for n in range(12)}
    data = {address: b"".join(store.open(address)) for address in files}
    stop, troubles, lock = threading.Event(), [], threading.Lock()

    def load(worker: int) -> None:
        own = place.open() if isinstance(place, S3Folder) else store
        number = 0
        while not stop.is_set():
            try:
                if number < MANY:
                    content = secrets.token_bytes(300)
                    address = put(own, content, "case", f"w{worker}-{number}")
                with lock:
                    data[address] = content
                    known = chance.choice(list(data))
                if b"".join(own.open(known)) != data[known]:
                    troubles.append(known)
            except EvidenceError as error:
                troubles.append(error)
            number += 1

    threads = [threading.Thread(target=load, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    kills = 0
    try:
        for _ in range(3):
            act = "change"
            # the first of each change dies of itself after some files, so that a fast machine has its kills too
            for last_file in (chance.randint(1, 9), 0, 0):
                process = rotating(place, act, last_file)
                act = "go on"
                process.stdout.readline()
                try:
                    process.wait(timeout=60 if last_file else chance.uniform(0, 0.25))
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                process.communicate()
                kills += process.returncode == -signal.SIGKILL
            last = rotating(place, "go on")
            last.communicate(timeout=120)
            assert last.returncode == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert troubles == []
    assert kills >= 3
    assert rewrap_all(place.open(), Silent()).complete
    assert len(old_keys(place)) == 3
    for kept in old_keys(place):
        kept.unlink()
    fresh = place.crash()
    lost = [address for address, content in data.items() if b"".join(fresh.open(address)) != content]
    print(f"files {len(data)}, kills {kills}, changes 3, lost {len(lost)}")
    assert lost == []
    assert sorted(fresh.addresses()) == sorted(data)


def rotating(place: Place, act: str, last_file: int = 0) -> subprocess.Popen[str]:
    url = place.url if isinstance(place, S3Folder) else ""
    return subprocess.Popen(
        [sys.executable, "-c", ROTATE, str(place.folder), url, act, str(last_file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_the_bar_is_told(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    put(place.open(), bytes(SEGMENT))
    bar = ProgressBar(sys.stderr, "en")
    assert rewrap_all(place.open(), bar).looked_at == 1
    assert bar._done_items == 1
