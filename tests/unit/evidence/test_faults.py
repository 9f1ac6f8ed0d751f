"""Planned faults: what a plan says is what happens, at its time, and nothing without a plan.
Not here: processes that die of them (see tests/faults)."""

import errno
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import SettingsError, read_settings
from evidence.errors import MalformedInput, Unavailable
from evidence.faults import POINTS, arm, reach, read_plan

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    arm({})


def test_nothing_happens_without_a_plan() -> None:
    for point in POINTS:
        reach(point)


def test_a_fault_happens_at_its_time_and_once() -> None:
    arm(read_plan("store.fsync=EIO@2,anchoring.sent=raise@2+"))
    reach("store.fsync")
    with pytest.raises(OSError, match="Input/output error") as caught:
        reach("store.fsync")
    assert caught.value.errno == errno.EIO
    reach("store.fsync")
    reach("anchoring.sent")
    for _ in range(3):
        with pytest.raises(Unavailable):
            reach("anchoring.sent")


@pytest.mark.parametrize("text", ["store.fsync", "nowhere=kill", "store.fsync=explode", "store.fsync=kill@x"])
def test_a_plan_that_says_something_else_is_refused(text: str) -> None:
    with pytest.raises(MalformedInput):
        read_plan(text)


def test_every_point_is_in_the_code_and_every_one_there_is_named() -> None:
    code = [path.read_text() for name in ("app", "evidence") for path in (ROOT / name).rglob("*.py")]
    reached = {point for text in code for point in re.findall(r'\b_?reach(?:ed)?\("([a-z_.]+)"\)', text)}
    assert reached == set(POINTS)


def test_faults_are_refused_outside_demonstrations() -> None:
    given = {
        "HEZHENG_DATA_DIR": "/nowhere",
        "HEZHENG_PUBLIC_URL": "https://example.cn",
        "HEZHENG_RPC_URL": "http://127.0.0.1:1",
        "HEZHENG_TRUST_FILE": "/nowhere/trust.json",
    }
    assert read_settings({**given, "HEZHENG_DEMO": "1", "HEZHENG_FAULTS": "store.fsync=EIO"}).faults
    with pytest.raises(SettingsError, match="FAULTS"):
        read_settings({**given, "HEZHENG_FAULTS": "store.fsync=EIO"})
