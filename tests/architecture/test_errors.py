"""Every refusal has an answer: a status, a sentence that is translated, and each field problem a text.
Not here: what is refused."""

import pytest

from app.domain.errors import ErrorKind
from app.domain.permissions import GRANTS, Permission
from app.web.errors import MESSAGES, STATUS


@pytest.mark.parametrize("kind", list(ErrorKind))
def test_every_kind_has_a_status_and_a_sentence(kind: ErrorKind) -> None:
    assert 400 <= STATUS[kind] < 600
    assert MESSAGES[kind]


def test_every_permission_is_in_the_table() -> None:
    assert set(GRANTS) == set(Permission)
    assert all(roles for roles in GRANTS.values())
