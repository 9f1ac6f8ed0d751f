"""Callers who want the same thing at the same time are served in groups: one of them works for all who wait.
Not here: what is done for a group (see ``receipts``). Threads and greenlets alike."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

GROUP = 32
"""Most callers that are served together: bounds how long the last of them waits, and how long the database is held."""
PAUSE = 0.001
"""Seconds that a group waits, twice at most, for as many callers as came last time; one who comes alone does not wait."""
LEADERS = 2
"""Groups under way at once: while one waits for the disk, the next is prepared."""

log = logging.getLogger(__name__)


class Ticket:
    """One caller's wish. Its outcome is a value, or an error that is raised where the caller waits."""

    __slots__ = ("_gate", "_settled", "error", "group", "leads", "value", "wish")

    def __init__(self, wish: Any) -> None:
        self.wish = wish
        self.value: Any = None
        self.error: BaseException | None = None
        self.leads = False
        """Whether it is this caller's turn to work; it still waits until it has taken its group."""
        self.group: list[Ticket] = []
        """Whom this caller serves, itself first; empty while others work for it."""
        self._settled = False
        self._gate = threading.Lock()
        self._gate.acquire()

    @property
    def settled(self) -> bool:
        """Whether there is an outcome."""
        return self._settled

    def settle(self, value: Any = None, error: BaseException | None = None) -> None:
        """Give the outcome; a second one is ignored. The caller goes on."""
        if not self._settled:
            self.value, self.error, self._settled = value, error, True
            self.wake()

    def wake(self) -> None:
        """Let the caller look again."""
        if self._gate.locked():
            self._gate.release()

    def wait(self) -> None:
        """Until it is settled, or its turn to serve."""
        self._gate.acquire()


Serve = Callable[[list[Ticket]], None]
"""Settles every ticket of a group; those that it leaves open get what it raised."""


class GroupQueue:
    """Callers in a queue, served in the order in which they came, at most `GROUP` together."""

    def __init__(self) -> None:
        self.writer = threading.Lock()
        """Groups under way write one after the other: to be taken before a transaction is begun, not in it."""
        self._lock = threading.Lock()
        self._waiting: deque[Ticket] = deque()
        self._leaders = 0
        self._usual = 1
        """How many are served together of late."""

    def ask(self, wish: Any, serve: Serve) -> Any:
        """The outcome of a wish; ``serve`` is used if it falls to this caller to work for a group."""
        ticket = Ticket(wish)
        with self._lock:
            self._waiting.append(ticket)
            if self._leaders < LEADERS:
                self._leaders += 1
                ticket.leads = True
        try:
            if not ticket.leads:
                ticket.wait()
            if ticket.leads:
                self._gather(ticket)
                self._serve(ticket.group, serve)
        finally:
            self._leave(ticket)
        if ticket.error is not None:
            raise ticket.error
        return ticket.value

    def _gather(self, ticket: Ticket) -> None:
        """Take a group: the caller first, then those who came after it, as many as usual if they come at once."""
        for _ in range(2):
            if len(self._waiting) >= self._usual:
                break
            time.sleep(PAUSE)
        with self._lock:
            self._waiting.remove(ticket)
            others = [one for one in self._waiting if not one.leads][: GROUP - 1]
            for one in others:
                self._waiting.remove(one)
            ticket.group = [ticket, *others]
            self._usual = max(len(ticket.group), self._usual // 2)

    def _serve(self, group: list[Ticket], serve: Serve) -> None:
        try:
            serve(group)
        except Exception as error:
            log.exception("a group of %d was not served to its end", len(group))
            for ticket in group:
                ticket.settle(error=error)

    def _leave(self, ticket: Ticket) -> None:
        """Hand on; also for a caller that is taken away while it waits or works (its thread's or greenlet's end)."""
        heir = None
        with self._lock:
            if not ticket.settled and ticket in self._waiting:
                self._waiting.remove(ticket)
            if not ticket.leads:
                return
            heir = next((one for one in self._waiting if not one.leads), None)
            if heir is not None:
                heir.leads = True
            else:
                self._leaders -= 1
        for one in ticket.group:
            one.settle(error=RuntimeError("left without an outcome"))
        if heir is not None:
            heir.wake()
