"""A ledger in memory that grows, and a witness of it with a key and a state file.
Not here: a witness of a real node (see `test_witness_on_node`)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evidence.ledger import AnchoredBatch, MemoryLedger, Office
from evidence.witness import Observer, Round, WitnessKey
from evidence.witness_state import StateFile
from tests.anvil import anvil_url, deployment

__all__ = ["anvil_url", "deployment"]

START = 1_800_000_000
YEAR = 365 * 24 * 3600


def grow(ledger: MemoryLedger, batches: int = 1) -> None:
    """Anchor further batches of random roots."""
    for _ in range(batches):
        ledger.wait(ledger.anchor(secrets.token_bytes(32), 3, ledger.head()[1]), 10)


@dataclass
class World:
    """A witness, its node, and a clock that both follow."""

    folder: Path
    time: list[int] = field(default_factory=lambda: [START])
    key: WitnessKey = field(default_factory=lambda: WitnessKey(secrets.token_bytes(32)))
    told: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = MemoryLedger(clock=lambda: self.time[0])
        self.file = StateFile(self.folder / "state.json")

    def appoint(self, start: int = -YEAR, end: int = YEAR, office: Office = Office.COURT_WITNESS) -> None:
        """Grant the witness an office around the present time."""
        now = self.time[0]
        self.ledger.grant_office(self.key.signer, office, now + start, now + end)

    def observer(self, **changes: object) -> Observer:
        """The witness as it is after a start: it knows what the state file holds."""

        def clock() -> datetime:
            return datetime.fromtimestamp(self.time[0], UTC)

        def tell(event: str, **facts: object) -> None:
            self.told.append((event, facts))

        usual = {"ledger": self.ledger, "trust": self.ledger.trust, "key": self.key, "file": self.file}
        return Observer(**{**usual, "tell": tell, "clock": clock, **changes})

    def round(self) -> Round:
        """A start, one round, an end."""
        return self.observer().round()

    def batch(self, number: int) -> AnchoredBatch:
        """A batch that is there."""
        found = self.ledger.batch(number)
        assert found is not None
        return found

    def signed(self) -> list[int]:
        """Numbers of the batches that the chain shows co-signed, in their order."""
        return [event.number for event in self.ledger.witness_events(0)]

    def mend(self, numbers: int, again: Callable[[int], bytes]) -> None:
        """Drop that many batches and anchor others in their place, with the roots that `again` gives."""
        total = self.ledger.head()[0]
        roots = [again(number) for number in range(total - numbers + 1, total + 1)]
        self.ledger.drop_tail(numbers)
        for root in roots:
            self.ledger.anchor(root, 3, self.ledger.head()[1])


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Three batches, and a court's witness in office."""
    made = World(tmp_path)
    made.appoint()
    grow(made.ledger, 3)
    return made
