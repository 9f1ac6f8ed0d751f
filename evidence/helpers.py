"""Native threads that help with blocking work: digests beside writing, many files made durable at once.
Not here: what they do. They are real threads also where gevent has replaced those of the standard library."""

from __future__ import annotations

import os
import sys
from _queue import SimpleQueue
from collections.abc import Callable, Iterable
from typing import Any

HELPERS = 8
"""Enough for a disk to take one sync of all instead of one after another; they spend their time waiting."""


def _original(name: str) -> Any:
    """What `_thread` had before gevent put greenlets there."""
    monkey = sys.modules.get("gevent.monkey")
    module = sys.modules["_thread"]
    return monkey.get_original("_thread", name) if monkey is not None else getattr(module, name)


class Started:
    """Work that a helper does; `wait` for it before its effects are relied on."""

    __slots__ = ("_act", "_error", "_running")

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act
        self._error: BaseException | None = None
        self._running = _original("allocate_lock")()
        self._running.acquire()

    def run(self) -> None:
        """For the helper."""
        try:
            self._act()
        except BaseException as error:  # noqa: BLE001  (raised where it is waited for)
            self._error = error
        finally:
            self._running.release()

    def wait(self) -> None:
        """Until it is done; its error is raised here."""
        with self._running:
            if self._error is not None:
                raise self._error


class _Helpers:
    """The helpers of this process, begun when they are first needed; a fork begins with none."""

    def __init__(self) -> None:
        self._lock = _original("allocate_lock")()
        self._process = 0
        self._inbox: SimpleQueue[Started] = SimpleQueue()

    def take(self, started: Started) -> None:
        """Have the next free one do it."""
        with self._lock:
            if self._process != os.getpid():
                self._process, self._inbox = os.getpid(), SimpleQueue()
                for _ in range(HELPERS):
                    _original("start_new_thread")(_work, (self._inbox,))
            self._inbox.put(started)


def _work(inbox: SimpleQueue[Started]) -> None:
    while True:
        inbox.get().run()


_helpers = _Helpers()


def start(act: Callable[[], object]) -> Started:
    """Have a helper do it beside what the caller does meanwhile."""
    started = Started(act)
    _helpers.take(started)
    return started


def all_at_once(acts: Iterable[Callable[[], object]]) -> None:
    """Do all of them, side by side, and return when all are done. They deal with their errors themselves."""
    every = list(acts)
    started = [start(act) for act in every[1:]]
    for act in every[:1]:
        act()
    for one in started:
        one.wait()
