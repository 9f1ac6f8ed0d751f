"""`flask store`: the store's master key. What is kept in it is audited by `flask ledger audit`."""

import sys

import click
from flask import current_app
from flask.cli import with_appcontext

from app.services import keeping
from app.services.context import Services
from evidence.errors import EvidenceError
from evidence.progress import ProgressBar
from evidence.s3_store import S3Store

SHOWN = 20


@click.group()
def store() -> None:
    """The store of evidence files."""


@store.command("prepare")
@with_appcontext
def prepare() -> None:
    """Make the bucket where the settings name one and it is not there yet."""
    services: Services = current_app.extensions["hezheng"]
    if not isinstance(services.store, S3Store):
        click.echo(f"files are kept in {services.settings.files_dir}")
        return
    try:
        made = services.store.create_bucket()
    except EvidenceError as error:
        raise click.ClickException(str(error)) from error
    click.echo("bucket made" if made else "the bucket is there")


@store.command("rotate-key")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@with_appcontext
def rotate_key(lang: str) -> None:
    """Make a new master key and wrap every file key under it, while the site runs. Exit 1: not all could be.

    Begun again after an interruption it finishes the change that was begun.
    """
    services: Services = current_app.extensions["hezheng"]
    progress = ProgressBar(sys.stderr, lang)
    try:
        changed = keeping.change_master_key(services, progress)
    except EvidenceError as error:
        raise click.ClickException(str(error)) from error
    finally:
        progress.finish()
    done = changed.rewrapped
    click.echo(f"{'new master key' if changed.made else 'going on with master key'} {changed.current}")
    click.echo(f"{done.changed} file keys wrapped anew, {done.looked_at} files and uploads looked at")
    for name, error in list(done.failed.items())[:SHOWN]:
        click.echo(f"not done: {name}: {error}", err=True)
    for name in changed.unneeded:
        click.echo(f"nothing is under {name} any more: destroy it once no backup needs it")
    if not done.complete:
        click.echo(
            f"{len(done.failed)} could not be wrapped anew: run this again; keep every old key", err=True
        )
        raise SystemExit(1)
