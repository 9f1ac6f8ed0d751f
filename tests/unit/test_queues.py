"""Callers served in groups: everybody once, no group too large, nobody left behind by a caller that is taken away.
Not here: what groups do (see tests/services/test_grouped_receipts.py)."""

import threading
from collections.abc import Callable

import pytest

from app.services.queues import GROUP, LEADERS, GroupQueue, Ticket


def start(count: int, act: Callable[[int], None]) -> list[threading.Thread]:
    """So many callers at once."""
    threads = [threading.Thread(target=act, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    return threads


def test_everybody_is_served_once_in_groups_that_are_not_too_large() -> None:
    queue, groups, answers = GroupQueue(), [], {}

    def serve(group: list[Ticket]) -> None:
        groups.append([ticket.wish for ticket in group])
        for ticket in group:
            ticket.settle(ticket.wish * 2)

    def ask(number: int) -> None:
        for turn in range(5):
            answers[number, turn] = queue.ask(number, serve)

    for thread in start(3 * GROUP, ask):
        thread.join()
    assert answers == {(number, turn): number * 2 for number in range(3 * GROUP) for turn in range(5)}
    assert sum(map(len, groups)) == 15 * GROUP
    assert max(map(len, groups)) <= GROUP


def test_those_who_wait_while_others_are_served_go_together() -> None:
    queue, groups, full = GroupQueue(), [], threading.Event()

    def serve(group: list[Ticket]) -> None:
        groups.append(len(group))
        if len(groups) <= 2:
            full.wait()
        for ticket in group:
            ticket.settle()

    threads = start(22, lambda number: queue.ask(number, serve))
    while len(queue._waiting) + sum(groups) < 22 or len(groups) < 2:
        threads[0].join(0.001)
    full.set()
    for thread in threads:
        thread.join()
    assert sum(groups) == 22
    assert len(groups) <= 4


def test_an_error_reaches_everybody_in_the_group_and_the_next_is_served() -> None:
    queue = GroupQueue()

    def fail(_group: list[Ticket]) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        queue.ask(1, fail)
    assert queue.ask(1, lambda group: group[0].settle("yes")) == "yes"


class Taken(BaseException):
    """Stands for the end of a greenlet."""


def test_a_caller_that_is_taken_away_at_work_leaves_nobody_waiting() -> None:
    queue, entered, leave, told = GroupQueue(), threading.Semaphore(0), threading.Event(), []

    def serve(group: list[Ticket]) -> None:
        entered.release()
        leave.wait()
        if group[0].wish == "taken":
            raise Taken
        for ticket in group:
            ticket.settle("served")

    def ask(wish: str) -> None:
        try:
            told.append(queue.ask(wish, serve))
        except (Taken, RuntimeError) as error:
            told.append(type(error).__name__)

    first = [threading.Thread(target=ask, args=("taken",)) for _ in range(2)]
    for thread in first:
        thread.start()
        entered.acquire()
    others = start(5, lambda _number: ask("waits"))
    while len(queue._waiting) < 5:
        others[0].join(0.001)
    leave.set()
    for thread in [*first, *others]:
        thread.join()
    assert sorted(told) == ["Taken", "Taken"] + ["served"] * 5
    assert queue.ask("later", serve) == "served"


@pytest.mark.parametrize("its_turn", [False, True])
def test_a_caller_that_is_taken_away_while_it_waits_leaves_its_place(
    monkeypatch: pytest.MonkeyPatch, its_turn: bool
) -> None:
    queue = GroupQueue()
    queue._leaders = LEADERS  # as many as may are at work

    def wait(ticket: Ticket) -> None:
        ticket.leads = its_turn  # one of them has handed on just now
        raise Taken

    monkeypatch.setattr(Ticket, "wait", wait)
    with pytest.raises(Taken):
        queue.ask("taken", lambda group: None)
    assert not queue._waiting
    assert queue._leaders == LEADERS - its_turn
