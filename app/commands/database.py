"""`flask migrate`: bring the database to the newest schema."""

from pathlib import Path

import click
from alembic import command
from alembic.config import Config
from flask import current_app
from flask.cli import with_appcontext

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def alembic_config(url: str) -> Config:
    """Alembic's configuration for a database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


@click.command()
@with_appcontext
def migrate() -> None:
    """Bring the database to the newest schema."""
    url = current_app.extensions["hezheng"].settings.database_url
    command.upgrade(alembic_config(url), "head")
    click.echo("database is at the newest schema")
