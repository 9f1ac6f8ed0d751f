"""Brings contracts, database and, for a demonstration, its people up to date; prints what came of it as JSON.
Not here: those steps themselves (`deploy`, `flask migrate`, `flask demo`). One process: starting one is slow."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from pathlib import Path

from flask import Flask
from flask.cli import ScriptInfo

from app.main import application
from app.network import read_network
from evidence.errors import EvidenceError
from scripts.deploy import WrongChain, ensure_contracts


def run(app: Flask, *arguments: str) -> str:
    """One command of the `flask` program inside this process; what it printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        app.cli.main(
            args=list(arguments),
            prog_name="flask",
            standalone_mode=False,
            obj=ScriptInfo(create_app=lambda: app),
        )
    return printed.getvalue()


def prepare(folder: Path) -> dict[str, object]:
    """Contracts, schema and demonstration of a data folder, by the settings in the environment."""
    network_file = Path(os.environ.get("HEZHENG_NETWORK_FILE") or folder / "network.json")
    contracts = ensure_contracts(
        os.environ["HEZHENG_RPC_URL"], folder / "secrets", folder / "trust.json", read_network(network_file)
    )
    app = application()
    sys.stderr.write(run(app, "migrate"))
    if not app.extensions["hezheng"].settings.demo:
        return {"contracts": contracts, "links": {}}
    sys.stderr.write(run(app, "witnesses", "grant"))
    sys.stderr.write(run(app, "demo", "seed"))
    return {"contracts": contracts, "links": json.loads(run(app, "demo", "links", "--json"))}


def main(arguments: list[str]) -> int:
    """Run for the data folder given; 1 when the chain is the wrong one or away."""
    try:
        print(json.dumps(prepare(Path(arguments[0]))))
    except (EvidenceError, WrongChain, ValueError) as error:
        print(f"prepare: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
