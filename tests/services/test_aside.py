"""Verifying beside the rooms: what is computed for a check runs while the process's greenlets go on.
Not here: how long anything takes."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STEPS = """
from gevent import monkey
monkey.patch_all()
import gevent, json
from types import SimpleNamespace
from datetime import UTC, datetime
from evidence.verify import Verifier
from evidence.proof import Proof
from app.services import verification
from scripts.vector_parts import PRESENT, World

native_lock = monkey.get_original("_thread", "allocate_lock")
met = []

def aside(name, act):
    # blocks its thread until a greenlet lets it go: on the rooms' own thread nobody ever would
    def waits(*arguments):
        gate = native_lock()
        gate.acquire()
        gates.append(gate)
        met.append((name, gate.acquire(timeout=5)))
        return act(*arguments)
    return waits

gates = []
done = []

def room():
    while not done:
        while gates:
            gates.pop().release()
        gevent.sleep(0.001)

world = World()
Verifier.examine = aside("examine", Verifier.examine)
Verifier.judge = aside("judge", Verifier.judge)
parse = Proof.parse
Proof.parse = aside("parse", parse)
gevent.spawn(room)
services = SimpleNamespace(trust=world.trust, ledger=world.ledger(), clock=lambda: PRESENT)
proof = verification.read_proof(world.proof().dump())
verdict = verification.check(services, proof, None)
done.append(True)
print(json.dumps([met, len(verdict.checks) > 10]))
"""


def test_rooms_go_on_while_a_proof_is_read_and_checked() -> None:
    done = subprocess.run([sys.executable, "-c", STEPS], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == '[[["parse", true], ["examine", true], ["judge", true]], true]\n'
