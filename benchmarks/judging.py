"""A judge checks a file of 1 MB with its proof: through the service's API, and by the command line from a cold start.
The command's peer is `ots info` on a proof of its own format."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from app.factory import create_app
from app.services import anchoring, proofs, state_proofs
from app.services.context import Services
from benchmarks.anchoring import on_chain
from benchmarks.measure import (
    PEER_PYTHON,
    Line,
    Setting,
    alternate,
    command_seconds,
    medians,
    peer,
    percentile,
    short,
)
from evidence.digest import digest_file
from tests import builders
from tests.anvil import deploy_contracts, running_anvil
from tests.conftest import Browser

MEGABYTE = 1_000_000


def api_row(setting: Setting) -> list[Line]:
    """Digests of the file and all checks, the node asked, through the application (no network in between)."""
    count = setting.pick(100, 3)
    with running_anvil() as url:
        services = on_chain(setting.folder, deploy_contracts(url))
        file, proof = _anchored_file(services, setting.folder)
        client, token = _client(services)
        ask = {"proof": proof.read_text("utf-8")}
        _check(client, token, file, ask)
        waits = [_check(client, token, file, ask) for _ in range(count * setting.rounds)]
    p50, p95 = percentile(waits, 0.50), percentile(waits, 0.95)
    return [
        Line(
            "a judge verifies 1 MB with its proof, API",
            f"p50 {short(p50)}, p95 {short(p95)}",
            goal="p95 ≤ 15 ms",
            met=p95 <= 0.015,
            rounds={"ours": waits},
        )
    ]


def _anchored_file(services: Services, folder: Path) -> tuple[Path, Path]:
    """A file of 1 MB that was submitted and anchored, and its proof file."""
    file, proof = folder / "exhibit.bin", folder / "proof.json"
    file.write_bytes(b"\x00\x01" + os.urandom(MEGABYTE - 2))
    table = builders.set_table(services)
    exhibit = builders.submit(services, table.claimant, table.number, file)
    while anchoring.anchor_waiting(services):
        pass
    state_proofs.take_waiting(services)
    with services.reading() as work:
        proof.write_text(proofs.build(work, work.session.get_one(type(exhibit), exhibit.id)).dump(), "utf-8")
    return file, proof


def _client(services: Services) -> tuple[Browser, str]:
    """A browser on the page, and the token that the page gave it for its requests."""
    app = create_app(services)
    app.test_client_class = Browser
    client = app.test_client()
    assert isinstance(client, Browser)
    return client, client._token()


def _check(client: Browser, token: str, file: Path, ask: dict[str, object]) -> float:
    address = ".".join(map(str, (10, *os.urandom(3))))
    start = time.perf_counter()
    digest = digest_file(file)
    known = {"sha256": digest.sha256.hex(), "sm3": digest.sm3.hex(), "size": digest.size}
    # every request from another address: the limit for one address is not what is measured
    answer = client.post(
        "/verify/check",
        json=ask | {"digest": known},
        headers={"X-CSRFToken": token},
        csrf=False,
        environ_base={"REMOTE_ADDR": address},
    )
    took = time.perf_counter() - start
    if answer.status_code != 200 or answer.get_json()["answers"]["integrity"] != "PASSED":
        raise RuntimeError(f"{answer.status_code}: {answer.get_data(as_text=True)[:2000]}")
    return took


def command_row(setting: Setting) -> list[Line]:
    """`python -m evidence verify` on the same, without a node, beside `ots info`."""
    with running_anvil() as url:
        services = on_chain(setting.folder, deploy_contracts(url))
        file, proof = _anchored_file(services, setting.folder)
    trust = setting.folder / "trust.json"
    trust.write_text(services.trust.dump(), "utf-8")
    verify = [sys.executable, "-m", "evidence", "verify", str(file), str(proof), "--trust-root", str(trust)]
    # 2: without a node and witnesses nobody vouches for the block, which is said
    sides = {"ours": lambda: command_seconds(verify, accept=(2,))}
    if not setting.alone:
        stamp = peer("stamp_opentimestamps.py", setting.folder / "exhibit.ots")["path"]
        sides["ots"] = lambda: command_seconds([str(PEER_PYTHON.with_name("ots")), "info", stamp])
    figures = alternate(setting, sides)
    middle = medians(figures)
    theirs = middle.get("ots")
    ratio = middle["ours"] / theirs if theirs else None
    return [
        Line(
            "a judge verifies 1 MB with its proof, command from a cold start",
            short(middle["ours"]),
            "ots info",
            short(theirs) if theirs else "",
            ratio,
            "≤ 1.5 ×",
            None if ratio is None else ratio <= 1.5,
            figures,
        )
    ]
