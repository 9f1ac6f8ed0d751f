"""`flask ledger status | monitor | replay` for the person on duty, against a real node: what they say, their exit codes.
Not here: `inventory` and `audit` (see tests/services/test_audit.py)."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

from app.commands.registry import register
from app.factory import create_app
from app.services import alarms
from tests.anvil import rpc
from tests.faults.harness import Site
from tests.faults.rounds import finish, receive
from tests.faults.test_rewritten import other_code, same_batches_in_other_blocks

pytestmark = [pytest.mark.node, pytest.mark.databases("sqlite")]
Flask = Callable[..., Result]


@pytest.fixture
def flask(site: Site) -> Flask:
    """`flask ledger …` on this site."""
    app = create_app(site.services)
    register(app)
    return lambda *words: app.test_cli_runner().invoke(args=["ledger", *words])


def test_status_says_what_waits(site: Site, flask: Flask) -> None:
    receive(site, 2)
    waits = flask("status", "--json")
    found = json.loads(waits.stdout)
    assert waits.exit_code == 2
    assert found["items"].startswith("received 2")
    assert found["oldest waiting"] != "-"
    finish(site)
    clean = flask("status")
    assert (clean.exit_code, "token 3" in clean.stdout) == (0, True)
    site.chain.end()
    away = flask("status")
    assert (away.exit_code, "database head" in away.stdout) == (2, True)
    assert flask("monitor").exit_code == 2


def test_monitor_names_what_moved_and_replay_records_it_anew(site: Site, flask: Flask) -> None:
    for _ in range(2):
        receive(site, 1)
        finish(site)
    assert flask("monitor").exit_code == 0
    assert flask("replay").stdout.endswith("nothing to replay\n")
    same_batches_in_other_blocks(site)

    seen = flask("monitor")
    assert seen.exit_code == 1
    assert "ALARM moved: batch 2, block" in seen.stderr
    assert json.loads(seen.stderr.partition("recorded ")[2].splitlines()[0])["number"] == 2
    assert flask("status").exit_code == 1
    done = flask("replay", "--yes")
    assert done.exit_code == 0, done.output
    assert "in another block now: 2-3" in done.stdout
    assert flask("monitor", "--acknowledge", "the node was restored").exit_code == 0
    finish(site)
    with site.services.reading() as work:
        assert alarms.standing(work) == []
    site.count("batches recorded anew by flask ledger replay").require_nothing_lost()


def test_replay_anchors_what_the_chain_lost(site: Site, flask: Flask) -> None:
    receive(site, 2)
    finish(site)
    tip = int(str(rpc(site.chain.url, "eth_blockNumber")), 16)
    rpc(site.chain.url, "anvil_rollback", 1)
    assert int(str(rpc(site.chain.url, "eth_blockNumber")), 16) == tip - 1
    asked = flask("replay")
    assert (asked.exit_code, "lost by the chain: 2" in asked.stdout) == (1, True)
    done = flask("replay", "--yes")
    assert done.exit_code == 0, done.output
    finish(site)
    site.count("a lost batch anchored again by flask ledger replay").require_nothing_lost()


def test_other_code_is_in_no_batch_and_said_so(site: Site, flask: Flask) -> None:
    receive(site, 1)
    finish(site)
    other_code(site)
    assert "ALARM code: the contracts themselves" in flask("monitor").stderr
    assert "code: the contracts themselves, since" in flask("status").stdout
    assert "ended: code, the contracts themselves" in flask("monitor", "--acknowledge", "a trial").stdout
