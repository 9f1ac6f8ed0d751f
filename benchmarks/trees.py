"""A batch's Merkle tree with every inclusion proof, and how large one proof's path is.
Peers: pymerkle, opentimestamps (Python) and @openzeppelin/merkle-tree (Node), each over the same number of leaves."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable

from benchmarks.measure import Line, Setting, alternate, medians, peer, short
from evidence.merkle import MerkleTree
from evidence.strict import to_hex

PEERS = (
    ("pymerkle", "merkle_pymerkle.py", 5),
    ("opentimestamps", "merkle_opentimestamps.py", 20),
    ("@openzeppelin/merkle-tree", "merkle_openzeppelin.mjs", 40),
)
SUSTAINED = 1.0
LIMIT = 0.020
"""Seconds that a batch of 10,000 may take."""


def batch_row(setting: Setting) -> list[Line]:
    """The tree and all inclusion paths of a batch."""
    size = setting.pick(10_000, 500)
    leaves = [os.urandom(32) for _ in range(size)]
    sides = {"ours": lambda: _sustained(lambda: MerkleTree(leaves).paths())}
    if not setting.alone:
        for name, program, _ in PEERS:
            sides[name] = lambda program=program: float(peer(program, size)["seconds"])
    figures = alternate(setting, sides)
    middle = medians(figures)
    what = f"Merkle tree of {size:,} with all proofs"
    mine = f"{short(middle['ours'])} ({size / middle['ours']:,.0f} leaves/s)"
    lines = [
        Line(
            what,
            mine,
            name,
            f"{short(middle[name])} ({size / middle[name]:,.0f} leaves/s)",
            middle[name] / middle["ours"],
            f"≥ {least} ×",
            middle[name] / middle["ours"] >= least,
            {side: figures[side] for side in ("ours", name)},
        )
        for name, _, least in PEERS
        if name in middle
    ]
    absolute = Line(what, mine, goal="10,000 in ≤ 20 ms", met=middle["ours"] / size * 10_000 <= LIMIT)
    return [*lines, absolute]


def _sustained(act: Callable[[], object]) -> float:
    """Seconds of one call, the mean of at least a second of calls.

    A peer's round takes seconds; on a busy machine one short call of ours would get a core to itself and flatter us.
    """
    gc.collect()
    calls, start = 0, time.perf_counter()
    while (took := time.perf_counter() - start) < SUSTAINED or not calls:
        act()
        calls += 1
    return took / calls


def size_row(setting: Setting) -> list[Line]:
    """Bytes of the path in one inclusion proof, the middle leaf's."""
    size = setting.pick(10_000, 500)
    path = MerkleTree([os.urandom(32) for _ in range(size)]).path(size // 2)
    binary, text = sum(map(len, path)), len(str([to_hex(step) for step in path]))
    theirs = None if setting.alone else peer("merkle_opentimestamps.py", size)["path_bytes"]
    ratio = None if theirs is None else binary / theirs
    return [
        Line(
            f"path of one proof in a batch of {size:,}",
            f"{binary} B ({text} B as JSON text)",
            "opentimestamps",
            "" if theirs is None else f"{theirs} B",
            ratio,
            "≤ 1.10 ×",
            None if ratio is None else ratio <= 1.10,
        )
    ]
