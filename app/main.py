"""Entry point of the `flask` command (FLASK_APP=app.main): settings from the environment, services, application."""

import sys

if "serve" in sys.argv:  # rooms run on gevent, which must patch before anything else is imported
    from gevent import monkey

    monkey.patch_all()

import os

from flask import Flask

from app.commands.registry import register
from app.factory import create_app
from app.settings import read_settings
from app.wiring import build_services


def application() -> Flask:
    """The application that this process's environment describes."""
    app = create_app(build_services(read_settings(os.environ), appoints="worker" not in sys.argv))
    register(app)
    return app
