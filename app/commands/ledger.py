"""`flask ledger inventory | audit`: list everything that is anchored, and re-verify it from bytes to chain."""

import sys
import tempfile
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from app.services import inventory as service
from evidence.audit import Auditor
from evidence.audit_command import EXIT, tell
from evidence.audit_report import write_report
from evidence.audit_sources import Inventory
from evidence.progress import ProgressBar

NAME = "inventory.jsonl"


@click.group()
def ledger() -> None:
    """The evidence ledger and what is kept under it."""


@ledger.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def inventory(target: Path) -> None:
    """Write the inventory for `python -m evidence audit`; keep it as you keep the database."""
    written = service.write(current_app.extensions["hezheng"], target)
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
    services = current_app.extensions["hezheng"]
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
