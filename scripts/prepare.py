"""Brings the database up to date and, for a demonstration, makes its people; prints their links as JSON.
Not here: those steps themselves (`flask migrate`, `flask demo`). One process, because starting one takes a while."""

from __future__ import annotations

import contextlib
import json
import sys

from flask import Flask
from flask.cli import ScriptInfo

from app.main import application


def run(app: Flask, *arguments: str) -> None:
    """One command of the `flask` program inside this process."""
    app.cli.main(
        args=list(arguments), prog_name="flask", standalone_mode=False, obj=ScriptInfo(create_app=lambda: app)
    )


def main() -> int:
    """Everything that a start needs from the application; the links on standard output, the rest as messages."""
    app = application()
    with contextlib.redirect_stdout(sys.stderr):
        run(app, "migrate")
    if not app.extensions["hezheng"].settings.demo:
        print(json.dumps({}))
        return 0
    with contextlib.redirect_stdout(sys.stderr):
        run(app, "demo", "seed")
    run(app, "demo", "links", "--json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
