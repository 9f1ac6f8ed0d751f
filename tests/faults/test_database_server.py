"""The database server breaks down while files come in: what was acknowledged is there, what was not is tried again.
Not here: processes of the platform that are killed (see `test_random_kills`), disks that are full (see `test_disk`)."""

import random
from threading import Event

import pytest

from tests.databases import PostgresServer
from tests.faults.harness import Site, eventually

pytestmark = [pytest.mark.node, pytest.mark.databases("postgresql")]
CRASHES = 3
ITEMS = 24


def test_a_database_server_that_breaks_down_loses_nothing(site: Site, databases: PostgresServer) -> None:
    worker, clients = site.worker(), site.clients(ITEMS)
    for number in range(CRASHES):
        eventually(lambda least=number: len(site.journal.read("receipt")) > least)
        Event().wait(random.uniform(0.0, 0.4))
        databases.stop()
        Event().wait(random.uniform(0.0, 0.4))
        databases.start()
    clients.join(60)
    assert clients.exitcode == 0
    eventually(lambda: site.unfinished() == 0)
    assert worker.is_alive()  # it waited for the database, as for the chain
    site.stop(worker)
    count = site.count(f"a database server that broke down {CRASHES} times")
    assert count.acknowledged == count.injected == ITEMS
    count.require_nothing_lost()
