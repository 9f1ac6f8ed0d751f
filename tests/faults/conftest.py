"""An installation for each test, copied from one that was set up once, and the authority that stamps for all.
Not here: what is done to it."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.authorities import Desk, desk
from tests.faults.harness import Site, build, copied


@pytest.fixture(scope="session")
def authority() -> Iterator[Desk]:
    """A timestamp authority that answers while the tests run; what it does wrong can be set."""
    with desk("Authority of the faults") as one:
        yield one


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory, authority: Desk) -> Site:
    """An installation with one open case, resting."""
    site = build(tmp_path_factory.mktemp("faults") / "original", authority.configured)
    site.settle(signal.SIGTERM)  # in order: nobody has the lease afterwards
    site.services.sessions.kw["bind"].dispose()
    site.chain.end()
    return site


@pytest.fixture
def site(original: Site, tmp_path: Path, authority: Desk) -> Iterator[Site]:
    """A copy of it for one test."""
    authority.fault = None
    with copied(original, tmp_path / "data") as one:
        yield one
