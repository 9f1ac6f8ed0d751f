"""Named points of the way of an item, where a test lets the process die, fail or wait. Nothing happens unless one is armed.
Not here: who may arm them (`app.settings` refuses it outside demonstrations) and the tests (tests/faults)."""

from __future__ import annotations

import errno
import os
import re
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from .errors import MalformedInput, Unavailable

POINTS = {
    "store.write": "before bytes of an upload are written",
    "store.fsync": "before a file is made durable",
    "store.placed": "a file has its name in the store, durably",
    "receipts.filed": "RECEIVED: the bytes are safe, nothing is registered yet",
    "receipts.registering": "RECEIVED: exhibit, custody and job are written, not committed",
    "receipts.registered": "RECEIVED: committed, the receipt is not given yet",
    "anchoring.recording": "BATCHED: batch and places are written, not committed",
    "anchoring.batched": "BATCHED: committed, nothing is signed",
    "anchoring.signed": "the transaction is signed, its hash is not stored",
    "anchoring.noted": "SENT: the hash is stored, nothing has left yet",
    "anchoring.sent": "SENT: the node has the transaction",
    "anchoring.mined": "MINED: the ledger holds the batch, finality is not looked at",
    "anchoring.final": "FINAL: nothing of it is stored yet",
    "anchoring.recorded": "FINAL: committed, with custody and room events of the first exhibits",
    "anchoring.telling": "custody and room events of further exhibits are written, not committed",
    "anchoring.told": "custody and room events of further exhibits are committed",
    "anchoring.taking_back": "batches that the chain lost are marked, not committed",
    "state_proofs.taken": "a state proof is here and verified, not stored",
    "state_proofs.kept": "a state proof is stored",
    "timestamps.arrived": "a token is here and verified, not stored",
    "timestamps.keeping": "TOKEN: written with custody, not committed",
    "timestamps.kept": "TOKEN: committed",
    "witnesses.read": "a co-signature was read from the chain, not stored",
    "witnesses.kept": "a co-signature is stored",
}
"""Every point, in the order in which an item passes them."""

_PLAN = re.compile(
    r"(?P<point>[a-z_.]+)=(?P<act>[a-zA-Z]+)(:(?P<seconds>\d+(\.\d+)?))?(@(?P<nth>\d+)(?P<on>\+)?)?"
)
_ERRORS = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC}
ACTS = ("kill", "raise", "delay", *_ERRORS)


@dataclass
class Fault:
    """What happens at a point. act: kill (SIGKILL), raise (Unavailable), delay, EIO or ENOSPC (OSError).

    nth: at which time, from 1; onwards: at every later one too.
    """

    act: str
    seconds: float = 0.0
    nth: int = 1
    onwards: bool = False
    _reached: int = field(default=0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def reach(self, point: str) -> None:
        """Count, and act when it is time."""
        with self._lock:
            self._reached += 1
            due = self._reached == self.nth or (self.onwards and self._reached > self.nth)
        if not due:
            return
        if self.act == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.act == "delay":
            time.sleep(self.seconds)
        elif self.act == "raise":
            raise Unavailable(f"a fault was planned at {point}", code="PlannedFault")
        else:
            raise OSError(_ERRORS[self.act], os.strerror(_ERRORS[self.act]), point)


def read_plan(text: str) -> dict[str, Fault]:
    """``point=act[:seconds][@nth[+]]``, several with commas: ``anchoring.sent=kill@3,store.fsync=EIO@1+``.

    Raises MalformedInput for anything else.
    """
    plan: dict[str, Fault] = {}
    for part in filter(None, text.split(",")):
        found = _PLAN.fullmatch(part)
        if found is None or found["point"] not in POINTS or found["act"] not in ACTS:
            raise MalformedInput(f"no such fault: {part}", where="faults")
        nth = int(found["nth"] or 1)
        plan[found["point"]] = Fault(found["act"], float(found["seconds"] or 0), nth, bool(found["on"]))
    return plan


_armed: dict[str, Fault] = {}


def arm(plan: Mapping[str, Fault]) -> None:
    """Let these faults happen in this process from now on, and no others; an empty plan disarms."""
    _armed.clear()
    _armed.update(plan)


def reach(point: str) -> None:
    """The process has come to a point of `POINTS`."""
    if _armed and (fault := _armed.get(point)) is not None:
        fault.reach(point)
