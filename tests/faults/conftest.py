"""An installation for each test, copied from one that was set up once, and the authority that stamps for all.
Not here: what is done to it."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.authorities import Desk, desk
from tests.databases import Databases
from tests.faults.harness import Site, build, copied


@pytest.fixture(scope="session")
def authority() -> Iterator[Desk]:
    """A timestamp authority that answers while the tests run; what it does wrong can be set."""
    with desk("Authority of the faults") as one:
        yield one


@pytest.fixture(scope="session")
def originals() -> dict[type[Databases], Site]:
    """The installations that this process has set up, one on each kind of database."""
    return {}


@pytest.fixture
def original(
    originals: dict[type[Databases], Site],
    databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
    authority: Desk,
) -> Site:
    """An installation with one open case, resting."""
    kind = type(databases)
    if kind not in originals:
        authority.fault = None
        site = build(tmp_path_factory.mktemp("faults") / "original", authority.configured, databases)
        site.settle(signal.SIGTERM)  # in order: nobody has the lease afterwards
        site.services.sessions.kw["bind"].dispose()
        site.chain.end()
        originals[kind] = site
    return originals[kind]


@pytest.fixture
def site(original: Site, databases: Databases, tmp_path: Path, authority: Desk) -> Iterator[Site]:
    """A copy of it for one test."""
    authority.fault = None
    with copied(original, tmp_path / "data", databases) as one:
        yield one
