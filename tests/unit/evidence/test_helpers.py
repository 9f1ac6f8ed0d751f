"""Helpers are native threads, also where gevent has replaced those of the standard library."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from evidence.helpers import all_at_once, start

ROOT = Path(__file__).resolve().parents[3]
NATIVE = """
from gevent import monkey
monkey.patch_all()
import _thread, hashlib
from evidence.helpers import start, all_at_once
from evidence.digest import DigestStream, digest_bytes
ident = monkey.get_original("_thread", "get_ident")
lock = monkey.get_original("_thread", "allocate_lock")()
lock.acquire()
other = start(lambda: (lock.acquire(), seen.append(ident())))
seen = []
lock.release()  # greenlets in one thread would never come to this line
other.wait()
assert seen != [ident()]
data = bytes(range(256)) * 8192
stream = DigestStream()
stream.update_beside(data)
stream.update_beside(data)
assert stream.finish() == digest_bytes(data * 2)
print("native")
"""


def test_all_are_done_on_return_and_their_order_does_not_matter() -> None:
    seen: list[int] = []
    all_at_once([lambda number=number: seen.append(number) for number in range(40)])
    assert sorted(seen) == list(range(40))
    all_at_once([])


def test_an_error_comes_where_it_is_waited_for() -> None:
    def fail() -> None:
        raise OSError("disk")

    started = start(fail)
    with pytest.raises(OSError, match="disk"):
        started.wait()
    with pytest.raises(OSError, match="disk"):
        all_at_once([lambda: None, fail])


def test_a_forked_process_has_helpers_of_its_own() -> None:
    all_at_once([lambda: None] * 3)
    child = os.fork()
    if child == 0:
        all_at_once([lambda: None] * 3)
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_they_are_native_threads_under_gevent() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NATIVE], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.returncode) == ("native\n", 0), done.stderr
