"""What is stated about a file, checked."""

from datetime import UTC, datetime

import pytest

from app.domain.errors import InvalidForm
from app.domain.origin import check_origin
from tests.builders import ORIGIN

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


def problems(**changes):
    with pytest.raises(InvalidForm) as caught:
        check_origin(ORIGIN | changes, NOW)
    return caught.value.problems


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2026-02-26", "2026-02-26"),
        ("2026-02-26T14:05", "2026-02-26T14:05+08:00"),
        ("2026-02-26T06:05+00:00", "2026-02-26T06:05+00:00"),
        ("2026-03-02T09:30", "2026-03-02T09:30+08:00"),
    ],
)
def test_times_keep_their_zone_and_are_beijing_time_otherwise(given, kept):
    assert check_origin(ORIGIN | {"made_at": given}, NOW).made_at == kept


@pytest.mark.parametrize(
    ("given", "problem"),
    [("2026-03-02T10:30", "future"), ("昨天", "unknown"), ("2026-02-30", "unknown"), ("", "missing")],
)
def test_times_that_cannot_be(given, problem):
    assert problems(made_at=given) == {"made_at": problem}


def test_every_problem_is_named_at_once():
    found = problems(made_by=" ", method="长" * 501, proves="", form="fax")
    assert found == {"made_by": "missing", "method": "too_long", "proves": "missing", "form": "missing"}


def test_a_copy_names_who_compared_it_and_when_or_neither():
    assert problems(form="copy", compared_at="2026-02-27") == {"compared_by": "missing"}
    assert problems(form="copy", compared_by="李晴") == {"compared_at": "missing"}
    copy = check_origin(ORIGIN | {"form": "copy"}, NOW)
    assert (copy.compared_by, copy.compared_at) == (None, None)
    original = check_origin(ORIGIN | {"compared_by": "李晴", "compared_at": "2026-02-27"}, NOW)
    assert (original.compared_by, original.compared_at) == (None, None)
