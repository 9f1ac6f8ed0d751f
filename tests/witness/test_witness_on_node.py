"""A court's witness against a real node that stays honest, goes away, is rewritten, or is another one."""

import json
import os
import secrets
import signal
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from evidence.artifacts import interface
from evidence.strict import to_hex
from scripts.chain import free_port
from tests.anvil import deploy_contracts, running_anvil
from tests.witness.court import Court

pytestmark = pytest.mark.node

DONE, NOTHING_SIGNED, ALARM = 0, 2, 3


@pytest.fixture
def court(tmp_path: Path) -> Iterator[Court]:
    """A court in office, on a node of its own with three batches."""
    with running_anvil() as url:
        made = Court(tmp_path, deploy_contracts(url))
        made.appoint()
        made.grow(3)
        yield made


def test_it_follows_and_co_signs_over_restarts(court: Court) -> None:
    assert [court.once(), court.once()] == [DONE, DONE]
    court.grow(2)
    assert court.once() == DONE
    assert court.signed() == [1, 2, 3, 4, 5]
    assert court.state().signed_to == 5


def test_the_daemon_follows_until_it_is_asked_to_stop(court: Court) -> None:
    with court.daemon() as daemon:
        daemon.until("co_signed", number=3)
        court.grow()
        daemon.until("co_signed", number=4)
        assert daemon.end(signal.SIGTERM) == 0
    assert court.signed() == [1, 2, 3, 4]


def test_a_second_process_with_the_same_state_is_refused(
    court: Court, capsys: pytest.CaptureFixture[str]
) -> None:
    with court.daemon() as daemon:
        daemon.until("co_signed", number=3)
        assert court.once("--lang", "en") == 64
    assert "another process" in capsys.readouterr().err


def test_without_an_office_it_follows_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running_anvil() as url:
        court = Court(tmp_path, deploy_contracts(url))
        court.grow()
        assert court.once("--lang", "en") == NOTHING_SIGNED
        assert "holds no office" in capsys.readouterr().out
        court.appoint(start=-60, end=3_600)
        assert (court.once(), court.signed()) == (DONE, [1])
        court.ledger.wait(court.ledger.revoke_office(court.signer, 5), 10)
        court.grow()
        assert (court.once(), court.signed()) == (NOTHING_SIGNED, [1])


def test_a_node_that_goes_away_and_comes_back_is_no_alarm(tmp_path: Path) -> None:
    port, chain = free_port(), tmp_path / "chain.json"
    with running_anvil(port, state=chain) as url:
        court = Court(tmp_path, deploy_contracts(url))
        court.appoint()
        court.grow(2)
        assert court.once() == DONE
    assert court.once() == NOTHING_SIGNED
    with court.daemon() as daemon:
        assert daemon.until("away")["since"].endswith("Z")
        with running_anvil(port, state=chain):
            daemon.until("back")
            court.grow()
            daemon.until("co_signed", number=3)
            assert daemon.end() == 0
    assert court.state().alarm is None


Rewriting = Callable[[Court], None]


def evidence_slot(name: str) -> int:
    artifact = Path(__file__).parents[2] / "contracts" / "artifacts" / "EvidenceLedger.json"
    slots: dict[str, int] = json.loads(artifact.read_text())["storageSlots"]
    return slots[name]


def store(court: Court, slot: bytes, value: bytes) -> None:
    contract = court.deployment.trust.evidence_ledger
    court.rpc("anvil_setStorageAt", contract, to_hex(slot), to_hex(value))
    court.rpc("evm_mine")


def head_rewritten(court: Court) -> None:
    store(court, evidence_slot("_head").to_bytes(32, "big"), secrets.token_bytes(32))


def head_turned_back(court: Court) -> None:
    store(court, evidence_slot("_head").to_bytes(32, "big"), court.batch(2).head)


def entry_rewritten(court: Court) -> None:
    from evidence.signature import keccak

    store(court, keccak(court.batch(2).head + evidence_slot("_entries").to_bytes(32, "big")), bytes(32))


def code_replaced(court: Court) -> None:
    court.rpc("anvil_setCode", court.deployment.trust.evidence_ledger, "0x6001600155")


def register_replaced(court: Court) -> None:
    court.rpc("anvil_setCode", court.deployment.trust.officials, "0x6001600155")


def chain_renamed(court: Court) -> None:
    court.rpc("anvil_setChainId", 99)


def back_to(court: Court, number: int) -> list[bytes]:
    """Undo every batch from this one on, with its co-signature; the roots that they had."""
    roots = [court.batch(n).root for n in range(number, court.ledger.head()[0] + 1)]
    latest = int(court.rpc("eth_blockNumber"), 16)
    court.rpc("anvil_rollback", latest - court.batch(number).block_number + 1)
    return roots


def rolled_back(court: Court) -> None:
    back_to(court, 2)


def other_batches(court: Court) -> None:
    back_to(court, 2)
    court.grow(3)


def same_batches_in_later_blocks(court: Court) -> None:
    roots = back_to(court, 2)
    court.rpc("anvil_mine", hex(7))
    court.grow(roots=roots)


def same_batches_at_other_times(court: Court) -> None:
    moment = court.batch(2).block_time
    roots = back_to(court, 2)
    court.rpc("evm_setNextBlockTimestamp", moment + 1_000)
    court.grow(roots=roots)


def reorganised(court: Court) -> None:
    latest = int(court.rpc("eth_blockNumber"), 16)
    court.rpc("anvil_reorg", latest - court.batch(2).block_number + 1, [])


REWRITINGS: list[tuple[Rewriting, str, int | None]] = [
    (head_rewritten, "shorter", 1),
    (head_turned_back, "shorter", 3),
    (entry_rewritten, "missing", 2),
    (code_replaced, "code", None),
    (register_replaced, "code", None),
    (chain_renamed, "chain", None),
    (rolled_back, "shorter", 2),
    (other_batches, "rewritten", 2),
    (same_batches_in_later_blocks, "moved", 2),
    (same_batches_at_other_times, "moved", 2),
    (reorganised, "shorter", 2),
]


@pytest.mark.parametrize(("rewrite", "kind", "number"), REWRITINGS)
def test_a_rewritten_chain_is_an_alarm_and_ends_all_signing(
    court: Court, capfd: pytest.CaptureFixture[str], rewrite: Rewriting, kind: str, number: int | None
) -> None:
    assert court.once() == DONE
    rewrite(court)
    nonce = court.rpc("eth_getTransactionCount", to_hex(court.signer), "latest")
    capfd.readouterr()
    assert court.once("--json", "--on-alarm", "cat") == ALARM
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    told = next(line for line in lines if line.get("event") == "alarm")
    assert (told["kind"], told["number"]) == (kind, number)
    kept = court.state().alarm
    assert kept is not None
    assert kept.as_json() in lines
    assert [court.once(), court.once()] == [ALARM, ALARM]
    assert court.rpc("eth_getTransactionCount", to_hex(court.signer), "latest") == nonce
    assert court.state().signed_to == 3


def test_co_signatures_that_the_chain_lost_without_their_batches_are_sent_again(court: Court) -> None:
    assert court.once() == DONE
    before = [event.signature for event in court.ledger.witness_events(0)]
    court.rpc("anvil_rollback", 2)
    assert court.signed() == [1]
    assert court.once() == DONE
    assert [event.signature for event in court.ledger.witness_events(0)] == before


def test_after_a_person_has_acknowledged_it_goes_on_without_signing_a_number_twice(court: Court) -> None:
    assert court.once() == DONE
    other_batches(court)
    assert court.once() == ALARM
    assert court.acknowledge("  ") == 64
    assert court.acknowledge("值班法官查明：节点磁盘损坏") == DONE
    assert court.acknowledge("again") == 64
    assert court.once() == DONE
    assert court.signed() == [4]  # the others went with the blocks that were undone
    assert court.state().history[0].reason == "值班法官查明：节点磁盘损坏"


class Between:
    """Stands between witness and node; when armed, kills the witness instead of passing a transaction on."""

    def __init__(self, url: str) -> None:
        self.kill: int | None = None
        self.killed = threading.Event()
        between = self

        class Handler(BaseHTTPRequestHandler):
            """Passes questions on."""

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if between.kill is not None and b"eth_sendRawTransaction" in body:
                    os.kill(between.kill, signal.SIGKILL)
                    between.killed.set()
                    self.close_connection = True
                    return
                answer = requests.post(
                    url, data=body, headers={"Content-Type": "application/json"}, timeout=10
                )
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, *_arguments: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def killed(court: Court) -> Court:
    """The court after its witness was killed between writing down the co-signature of batch 4 and sending it."""
    between = Between(court.deployment.url)
    with court.daemon(url=between.url) as daemon:
        daemon.until("co_signed", number=3)
        between.kill = daemon.process.pid
        court.grow()
        assert between.killed.wait(20)
        assert daemon.process.wait(10) == -signal.SIGKILL
    between.server.shutdown()
    between.server.server_close()
    assert court.signed() == [1, 2, 3]
    assert [one.sighting.number for one in court.state().unsent] == [4]
    return court


def test_a_killed_witness_sends_what_it_had_written_down(killed: Court) -> None:
    (written,) = killed.state().unsent
    assert killed.once() == DONE
    event = killed.ledger.witness_events(0)[-1]
    assert (event.number, event.signature) == (4, written.signature)
    assert killed.state().unsent == ()


def test_a_killed_witness_signs_no_other_head_of_that_number(killed: Court) -> None:
    back_to(killed, 4)
    killed.grow()
    assert killed.once() == ALARM
    killed.acknowledge("the node was restored from a copy")
    killed.grow()
    assert killed.once() == DONE
    assert killed.signed() == [1, 2, 3, 5]


def test_the_events_are_the_contracts(court: Court) -> None:
    court.once()
    topic = to_hex(interface("EvidenceLedger").topic("Witnessed"))
    logs = court.rpc("eth_getLogs", {"fromBlock": "0x0", "topics": [topic]})
    assert [int(log["topics"][1], 16) for log in logs] == [1, 2, 3]
