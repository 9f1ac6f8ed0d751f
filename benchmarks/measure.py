"""What every benchmark shares: rounds in which the sides take turns, medians, peers in an environment of their own.
Not here: what is measured (one module a topic) and how results are shown (`table`)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PEER_PYTHON = HERE / ".venv" / "bin" / "python"
ROUNDS = 5

Side = Callable[[], float]
"""Does its work once; gives the figure, most often seconds."""


@dataclass(frozen=True)
class Setting:
    """How to run. folder: empty, for files of this run; quick: small sizes, one round; alone: without the peers."""

    folder: Path
    quick: bool = False
    alone: bool = False

    @property
    def rounds(self) -> int:
        """How often each side has its turn."""
        return 1 if self.quick else ROUNDS

    def pick(self, usual: int, quick: int) -> int:
        """A size, by whether this is a quick run."""
        return quick if self.quick else usual


@dataclass(frozen=True)
class Line:
    """One line of the table. ratio: as the goal has it; met: None where there is no goal, or no peer was measured."""

    measure: str
    ours: str
    peer: str = ""
    theirs: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None
    rounds: Mapping[str, list[float]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """All of it, for the results' file."""
        return asdict(self)


def alternate(setting: Setting, sides: Mapping[str, Side]) -> dict[str, list[float]]:
    """The figures of every side, the sides taking turns in each round, so that what slows the machine slows all."""
    figures: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(setting.rounds):
        for name, side in sides.items():
            figures[name].append(side())
    return figures


def medians(figures: Mapping[str, list[float]]) -> dict[str, float]:
    """The median of every side."""
    return {name: median(values) for name, values in figures.items()}


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def seconds(act: Callable[[], object]) -> float:
    """How long one call takes, in seconds."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def command_seconds(command: list[str], accept: tuple[int, ...] = (0,)) -> float:
    """How long a command takes as a whole process; its output is thrown away."""
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT)
    took = time.perf_counter() - start
    if done.returncode not in accept:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr.decode()[-2000:]}")
    return took


def told(command: list[str]) -> Any:
    """What a command prints, as JSON."""
    done = subprocess.run(command, capture_output=True, cwd=ROOT, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[:3]} ended with {done.returncode}: {done.stderr.decode()[-2000:]}")
    return json.loads(done.stdout)


def peer(name: str, *arguments: object) -> Any:
    """What benchmarks/peers/NAME prints: Python in the peers' environment, or Node."""
    program = HERE / "peers" / name
    runner = "node" if program.suffix == ".mjs" else str(PEER_PYTHON)
    return told([runner, str(program), *map(str, arguments)])


def own_python() -> str:
    """The product's environment."""
    return sys.executable


def own(module: str, *arguments: object) -> Any:
    """What a module of this package prints, run as a process of its own."""
    return told([own_python(), "-m", f"benchmarks.{module}", *map(str, arguments)])


def short(seconds: float) -> str:
    """A duration for people."""
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
