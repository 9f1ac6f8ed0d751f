"""The worker's duties: each at its own pace, backing off on its own, none holding up another."""

import itertools
import threading

import pytest

from app.commands import worker
from app.commands.worker import Duty
from app.services import anchoring, state_proofs
from evidence.errors import Unavailable


@pytest.fixture
def monotonic(monkeypatch):
    """Monotonic seconds of the worker, set by the test."""
    time = {"now": 100.0}
    monkeypatch.setattr(worker.time, "monotonic", lambda: time["now"])
    return time


def failing(*_arguments):
    raise Unavailable("the node is away")


def test_state_proofs_are_taken_as_often_as_batches_are_anchored(services):
    """A node forgets old states; the trial chain keeps sixteen blocks and none over a restart."""
    paces = {duty.act: duty.pace for duty in worker.duties(services)}
    assert paces[state_proofs.take_waiting] == paces[anchoring.anchor_waiting]


def test_a_duty_runs_at_its_pace(monotonic):
    calls = []
    duty = Duty("counting", calls.append, pace=2.0)
    for now in (100.0, 101.0, 102.0, 103.9, 104.0):
        monotonic["now"] = now
        duty.run("services", now)
    assert len(calls) == 3


def test_pauses_double_while_the_other_side_is_away_and_recovery_is_quick(monotonic):
    duty = Duty("failing", failing, pace=0.5, longest=5.0)
    starts = []
    for tick in range(200):
        monotonic["now"] = now = 100.0 + tick / 10
        before = duty._failures
        duty.run(None, now)
        if duty._failures > before:
            starts.append(now)
    gaps = [round(b - a, 1) for a, b in itertools.pairwise(starts)]
    assert gaps[:4] == [1.0, 2.0, 4.0, 5.0]
    assert max(gaps) <= 5.0

    duty.act = lambda _services: None
    monotonic["now"] += 5.0
    duty.run(None, monotonic["now"])
    assert (duty._failures, duty._next) == (0, monotonic["now"] + 0.5)


def test_a_hanging_authority_does_not_hold_up_anchoring(monkeypatch):
    stop, released, anchored = threading.Event(), threading.Event(), threading.Event()

    def hangs(_services):
        released.wait(20)

    monkeypatch.setattr(
        worker,
        "duties",
        lambda _services: [Duty("hanging", hangs, 0.5), Duty("anchoring", lambda _s: anchored.set(), 0.5)],
    )
    runner = threading.Thread(target=worker.work, args=(None, stop))
    runner.start()
    assert anchored.wait(10)
    released.set()
    stop.set()
    runner.join(10)
    assert not runner.is_alive()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_duty_that_breaks_for_good_ends_the_worker(monkeypatch):
    def breaks(_services):
        raise AssertionError("a mistake in the program")

    monkeypatch.setattr(worker, "duties", lambda _services: [Duty("broken", breaks, 0.5)])
    assert worker.work(None, threading.Event()) is False
