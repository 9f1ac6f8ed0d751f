"""The platform as `./scripts/serve` starts it: requests that lie, then random kills and stops of web, worker and chain
while people upload. Not here: kills at chosen points (see `test_kill_at_points`). FAULT_SECONDS says how long (12),
FAULT_SEED repeats a run."""

import hashlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from threading import Event

import pytest

from tests.browser.platform import ROOT, Platform, free_port, started
from tests.faults.harness import Chain, Site, eventually
from tests.faults.processes import content
from tests.faults.served import Crowd, Sender, child, strike

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


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with started(tmp_path_factory.mktemp("served"), free_port()) as running:
        yield running


LIES: dict[str, tuple[list[str], bytes]] = {
    "more announced than sent": (["Content-Length: 900"], b"%s"),
    "less announced than sent": (["Content-Length: 100"], b"%s"),
    "a negative length": (["Content-Length: -5"], b"%s"),
    "a length that is no number": (["Content-Length: 5e3"], b"%s"),
    "two lengths": (["Content-Length: 3", "Content-Length: 200"], b"%s"),
    "no length": ([], b"%s"),
    "chunks without sizes": (["Transfer-Encoding: chunked"], b"zz\r\n%s\r\n0\r\n\r\n"),
    "a chunk of negative size": (["Transfer-Encoding: chunked"], b"-5\r\n%s\r\n0\r\n\r\n"),
    "chunks without an end": (["Transfer-Encoding: chunked"], b"c8\r\n%s\r\n"),
    "a chunk and a length": (["Transfer-Encoding: chunked", "Content-Length: 4"], b"c8\r\n%s\r\n0\r\n\r\n"),
}
"""Headers, and where in the body 200 true bytes of the file stand."""


@pytest.mark.parametrize("lie", LIES)
def test_a_request_that_lies_about_its_length_stores_nothing_wrong(platform: Platform, lie: str) -> None:
    """Whatever is held afterwards is the beginning of the file, and the rest can follow."""
    sender, (headers, frame) = Sender(platform, "claimant"), LIES[lie]
    number = 10**6 + list(LIES).index(lie)  # a file of its own: the same one twice would count as doubled
    whole = content(number)
    url = sender.begin(number, len(whole))
    sender.patch(url, 0, whole[:50])
    answer = sender.raw("PATCH", url, [*headers, "Upload-Offset: 50"], frame.replace(b"%s", whole[50:250]))
    held = sender.call("HEAD", url, 200)
    offset = int(held.headers["Upload-Offset"])
    print(f"\n{lie}: {answer.splitlines()[:1]}, {offset} bytes held")
    assert not re.match(rb"HTTP/1.1 5", answer)
    assert held.headers["Upload-SHA256"] == hashlib.sha256(whole[:offset]).hexdigest()
    assert 50 <= offset <= 250
    sender.patch(url, offset, whole[offset:])
    sender.finish(url, whole)


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
    database = f"sqlite:///{folder / 'hezheng.sqlite3'}"
    return Site(folder, Chain(folder / "chain", platform.chain_port), "", "", database, environment)


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


def test_random_kills_and_stops_of_the_served_platform_under_uploads(platform: Platform) -> None:
    seed = int(os.environ.get("FAULT_SEED", "0")) or random.randrange(1, 2**31)
    dice, done = random.Random(seed), dict[str, int]()
    print(f"\nseed {seed}")
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
