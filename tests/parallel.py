"""Which tests keep to one process when several run at the same time (``-n``), and what comes first.
Not here: fixtures (see `conftest`)."""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    "tests/browser/": "platforms",
    "tests/scripts/test_serve.py": "platforms",
    "tests/benchmarks/": "platforms",
    "tests/faults/": "faults",
}
"""Tests that start whole platforms, or kill processes and look at when they are back: never two of a kind at once.

They take longest, so they also come first.
"""


def together(nodeid: str) -> str:
    """What a test shares a process with: its kind, else its file, whose fixtures are made once."""
    for path, kind in TOGETHER.items():
        if nodeid.startswith(path):
            return kind
    return nodeid.partition("::")[0]


class ByKind(LoadScopeScheduling):
    """Hands a whole kind, or a whole file, to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByKind:
    """Ours, whatever ``--dist`` says."""
    config.option.loadscopereorder = False
    return ByKind(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest first; where one process does everything, the order stays as it is written."""
    if hasattr(config, "workerinput"):
        kinds = list(dict.fromkeys(TOGETHER.values()))
        items.sort(
            key=lambda item: kinds.index(kind) if (kind := together(item.nodeid)) in kinds else len(kinds)
        )
