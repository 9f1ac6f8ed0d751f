"""The worker's rounds and the clients' items inside the test's own process, for faults of the chain and of the disk.
Not here: processes that are killed (see `harness`)."""

from __future__ import annotations

from app.domain.errors import DomainError
from app.services import anchoring, state_proofs, timestamps
from evidence.errors import EvidenceError
from tests import builders
from tests.faults.harness import Site, eventually
from tests.faults.processes import hand_in


def receive(site: Site, count: int) -> int:
    """Hand in so many further items, each tried once; how many were given a receipt."""
    person = builders.signed_in(site.services, site.token)
    numbers = site.further(count)
    begun: dict[int, str] = {}
    for number in numbers:
        site.journal.note("wants", number)
    return sum(hand_in(site.services, person, site.case, site.journal, number, begun) for number in numbers)


def go_round(site: Site) -> bool:
    """One round of the worker's duties about the chain; False when one of them failed, as the worker logs it."""
    try:
        anchoring.anchor_waiting(site.services)
        state_proofs.take_waiting(site.services)
        timestamps.fetch_waiting(site.services)
    except (EvidenceError, DomainError):
        return False
    return True


def finish(site: Site) -> float:
    """Rounds until everything is final, proved and stamped; how long that took."""
    return eventually(lambda: go_round(site) and site.unfinished() == 0)
