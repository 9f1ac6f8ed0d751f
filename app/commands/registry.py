"""Adds every command to flask; the list of what can be done on the command line."""

from flask import Flask

from app.commands import (
    accounts,
    database,
    demo,
    ledger,
    retention,
    serve,
    store,
    timestamps,
    witnesses,
    worker,
)


def register(app: Flask) -> None:
    """Add every command to ``flask``."""
    app.cli.add_command(serve.serve)
    app.cli.add_command(worker.worker)
    app.cli.add_command(database.migrate)
    app.cli.add_command(demo.demo)
    app.cli.add_command(accounts.account)
    app.cli.add_command(timestamps.timestamps)
    app.cli.add_command(witnesses.witnesses)
    app.cli.add_command(ledger.ledger)
    app.cli.add_command(store.store)
    app.cli.add_command(retention.retention)
