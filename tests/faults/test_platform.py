"""Random kills and stops of web, worker and chain of the platform as `./scripts/serve` starts it, while people upload.
Not here: kills at chosen points (see `test_kill_at_points`). FAULT_SECONDS says how long (12), FAULT_SEED repeats a run."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import pytest

from tests.browser.platform import ROOT, Platform, free_port, started
from tests.faults.harness import Chain, Site, eventually
from tests.faults.served import Crowd, child, strike

pytestmark = pytest.mark.node
SECONDS = float(os.environ.get("FAULT_SECONDS", "12"))
PEOPLE = ("claimant", "respondent", "claimant", "respondent")


def blow(platform: Platform, dice: random.Random) -> str:
    """Kill one of the three processes, or stop it for a moment; which it was."""
    act, name = dice.choice(("kill", "stop", "stop")), dice.choice(("web", "worker", "chain"))
    if act == "kill":
        return f"kill {name}" if strike(platform, name, signal.SIGKILL) else f"{name} was down"
    if not strike(platform, name, signal.SIGSTOP):
        return f"{name} was down"
    Event().wait(dice.uniform(0.1, 0.8))
    strike(platform, name, signal.SIGCONT)
    return f"stop {name}"


def site_of(platform: Platform) -> Site:
    """The served platform's data folder, looked at from this process."""
    folder = platform.data_dir
    environment = {
        "HEZHENG_DATA_DIR": str(folder),
        "HEZHENG_RPC_URL": platform.rpc_url,
        "HEZHENG_TRUST_FILE": str(folder / "trust.json"),
        "HEZHENG_PUBLIC_URL": platform.url,
        "HEZHENG_DEMO": "1",
    }
    return Site(folder, Chain(folder / "chain", platform.chain_port), "", "", environment)


def audit(site: Site) -> subprocess.CompletedProcess[str]:
    """`flask ledger audit`, as the person on duty runs it."""
    command = [
        sys.executable,
        "-m",
        "flask",
        "--app",
        "app.main:application",
        "ledger",
        "audit",
        "--lang",
        "en",
    ]
    environment = {**os.environ, **site.environment}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_random_kills_and_stops_of_the_served_platform_under_uploads(tmp_path: Path) -> None:
    seed = int(os.environ.get("FAULT_SEED", "0")) or random.randrange(1, 2**31)
    dice, done = random.Random(seed), dict[str, int]()
    print(f"\nseed {seed}")
    with started(tmp_path / "data", free_port()) as platform:
        site = site_of(platform)
        crowd = Crowd(platform, site.journal, seed)
        crowd.start(PEOPLE)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            Event().wait(dice.uniform(0.3, 1.5))
            told = blow(platform, dice)
            done[told] = done.get(told, 0) + 1
        for name in ("worker", "chain", "web"):  # whatever the dice said, each dies at least once
            eventually(lambda name=name: child(platform, name))
            strike(platform, name, signal.SIGKILL)
        begun = time.monotonic()
        crowd.end(60)
        received = time.monotonic() - begun
        eventually(lambda: site.unfinished() == 0)
        settled = time.monotonic() - begun
        again = len(re.findall("started again", "".join(platform.output)))
        print(f"{SECONDS:.0f} s, {done}, {again} starts again, broken off: {crowd.broken}")
        print(
            f"after the last kill: all received after {received:.1f} s, all final and stamped after {settled:.1f} s"
        )
        count = site.count("random kills and stops of the served platform")
        assert count.acknowledged == count.injected
        count.require_nothing_lost()
        found = audit(site)
        print(found.stdout)
        site.reopen()
    assert found.returncode == 0, found.stdout + found.stderr
