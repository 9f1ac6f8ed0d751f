"""One Node process for all tests of the TypeScript verifier."""

from collections.abc import Iterator

import pytest

from tests.unit.frontend.node_verifier import NodeVerifier


@pytest.fixture(scope="session")
def node() -> Iterator[NodeVerifier]:
    """The TypeScript verifier."""
    verifier = NodeVerifier()
    yield verifier
    verifier.close()
