"""`flask ledger status | monitor | replay | inventory | audit`: for the person on duty. Exit codes are those of `audit`."""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from app.domain.errors import DomainError
from app.services import alarms, leases, ledger_status, monitor, replays
from app.services import inventory as service
from app.services.context import Services
from evidence.audit import Auditor
from evidence.audit_command import EXIT, tell
from evidence.audit_report import write_report
from evidence.audit_sources import Inventory
from evidence.errors import EvidenceError
from evidence.progress import ProgressBar
from evidence.strict import instant_text, to_hex
from evidence.witness_state import Alarm

NAME = "inventory.jsonl"
CLEAN, FAILED, OPEN = 0, 1, 2
HINT = "what each alarm means and what to do first: docs/running.md, Alarms about the ledger"
ROUND = 0.25
"""Seconds between two looks at how far a replay has come."""


def _services() -> Services:
    services: Services = current_app.extensions["hezheng"]
    return services


@click.group()
def ledger() -> None:
    """The evidence ledger and what is kept under it."""


@ledger.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def inventory(target: Path) -> None:
    """Write the inventory for `python -m evidence audit`; keep it as you keep the database."""
    written = service.write(_services(), target)
    click.echo(f"{written.items} items, {written.size} bytes: {target}")


@ledger.command()
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help=".html, .md or .json")
@click.option(
    "--threads", type=click.IntRange(1, 64), default=4, show_default=True, help="Files read at a time."
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@with_appcontext
def audit(report: Path | None, threads: int, as_json: bool, lang: str) -> None:
    """Re-verify every item now: files, proofs, ledger. Exit 0 clean, 1 something failed, 2 something is open."""
    services = _services()
    progress = ProgressBar(sys.stderr, lang)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NAME
        service.write(services, path)
        auditor = Auditor(services.trust, services.ledger, progress, threads=threads, at=services.clock())
        try:
            found = auditor.run([Inventory(path, services.store)])
        finally:
            progress.finish()
    if report is not None:
        write_report(found, report, lang)
    tell(found, lang, as_json=as_json)
    raise SystemExit(EXIT[found.outcome])


@ledger.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@with_appcontext
def status(as_json: bool) -> None:
    """How everything stands. Exit 0 nothing waits, 1 an alarm stands, 2 something waits or the node is away."""
    found = ledger_status.look(_services())
    facts = _facts(found)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
    else:
        for name, value in facts.items():
            lines = value if isinstance(value, list) else [value]
            click.echo(
                "\n".join(f"{name if n == 0 else '':18}{line}" for n, line in enumerate(lines or ["-"]))
            )
    raise SystemExit(FAILED if found.alarms else OPEN if found.open else CLEAN)


def _facts(found: ledger_status.Status) -> dict[str, Any]:
    worker = found.worker
    return {
        "node": found.node or "answers",
        "chain head": "-" if found.chain is None else f"{found.chain[0]} {to_hex(found.chain[1])}",
        "database head": str(found.recorded),
        "items": ", ".join(f"{stage.value} {count}" for stage, count in found.items.items()),
        "oldest waiting": "-" if found.oldest is None else instant_text(found.oldest),
        "custody to come": str(found.telling),
        "tokens missing": str(found.tokens_missing),
        "token warnings": [
            f"{one.concern.value}: {one.line}, {one.batches} batches" for one in found.warnings
        ],
        "witnesses behind": [
            f"{one.name}: {one.behind} batches"
            + (f", silent since {instant_text(one.silent_since)}" if one.silent_since else "")
            for one in found.behind
        ],
        "worker": "-" if worker is None else f"{worker.name}, renewed {instant_text(worker.renewed_at)}",
        "alarms": [
            f"{one.kind}: {_place(one.batch_number, one.block_number)}, since {instant_text(one.raised_at)}"
            for one in found.alarms
        ],
    }


@ledger.command("monitor")
@click.option(
    "--interval", type=click.FloatRange(0.1), help="Go on looking every so many seconds, until Ctrl-C."
)
@click.option("--acknowledge", metavar="REASON", help="End the standing alarms; what was found, and by whom.")
@with_appcontext
def monitor_(interval: float | None, acknowledge: str | None) -> None:
    """Compare every recorded batch with the chain. Exit 0 all there, 1 something diverges, 2 the node is away.

    Names the first batch and block that diverge. The worker does the same every two seconds.
    """
    services = _services()
    if acknowledge is not None:
        with services.work() as work:
            for one in alarms.end(work, acknowledge):
                click.echo(f"ended: {one.kind}, {_place(one.batch_number, one.block_number)}")
    code = _compare(services)
    while interval is not None:
        time.sleep(interval)
        code = _compare(services)
    raise SystemExit(code)


def _compare(services: Services) -> int:
    try:
        found = monitor.first_divergence(services)
        if found is not None:
            found = monitor.first_divergence(services)  # between two questions a block may have come
    except EvidenceError as error:
        click.echo(f"the node is away: {error}", err=True)
        return OPEN
    if found is None:
        click.echo("every recorded batch is on the chain as it was recorded")
        return CLEAN
    monitor.sound(services, found)
    click.echo(_told(found), err=True)
    return FAILED


def _told(alarm: Alarm) -> str:
    recorded, found = (json.dumps(one, ensure_ascii=False) for one in (alarm.seen, alarm.found))
    place = _place(alarm.number, alarm.seen.get("block_number"))
    return f"ALARM {alarm.kind}: {place}\n  recorded {recorded}\n  found    {found}\n{HINT}"


def _place(batch: int | None, block: object) -> str:
    """Where an alarm points to; chain and code are in no batch."""
    return (
        "the contracts themselves"
        if batch is None
        else f"batch {batch}, block {'-' if block is None else block}"
    )


@ledger.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--timeout", type=click.FloatRange(1), default=600, show_default=True, help="Seconds to wait.")
@with_appcontext
def replay(yes: bool, timeout: float) -> None:
    """Anchor again what the chain lost, and record anew what lies in another block. Exit 0 done, 1 refused, 2 not yet.

    Custody records say so. Keep copies first if the chain may have been rewritten: what was recorded is the evidence.
    """
    services = _services()
    try:
        plan = replays.plan(services)
        click.echo(
            f"lost by the chain: {_numbers(plan.lost)}; in another block now: {_numbers(plan.moved)}; "
            f"under way: {_numbers(plan.begun)}"
        )
        if not plan.numbers:
            click.echo("nothing to replay")
            return
        if not yes:
            click.confirm("Replay these batches?", abort=True, err=True)
        replays.mark(services, plan)
        open_ = _wait_for(services, plan, time.monotonic() + timeout)
    except DomainError as error:
        click.echo(f"the chain holds another history: {error}", err=True)
        raise SystemExit(FAILED) from error
    except EvidenceError as error:
        click.echo(f"not finished, the worker goes on: {error}", err=True)
        raise SystemExit(OPEN) from error
    click.echo(f"{len(plan.numbers) - open_} of {len(plan.numbers)} batches are on the chain")
    raise SystemExit(OPEN if open_ else CLEAN)


def _wait_for(services: Services, plan: replays.Plan, deadline: float) -> int:
    """Bring the batches, or watch the worker bring them; how many are still to come at the deadline."""
    progress = ProgressBar(sys.stderr, "en")
    with leases.identity(services.settings.data_dir) as name:
        lease = leases.Lease(name)
        try:
            while (open_ := replays.left(services, plan)) and time.monotonic() < deadline:
                replays.bring(services, lambda: lease.keep(services))
                progress.walked(len(plan.numbers) - open_, len(plan.numbers))
                time.sleep(ROUND)
        finally:
            progress.finish()
            lease.give_back(services)
    return open_


def _numbers(numbers: tuple[int, ...]) -> str:
    """Runs of numbers as people write them: 3-7, 9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs) or "none"
