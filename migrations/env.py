"""Runs migrations against the database that the caller names; the models are the target."""

from alembic import context
from app.models import Base
from app.services.context import open_database

config = context.config


def run() -> None:
    """Migrate inside one transaction; SQLite tables are altered by copying (batch mode)."""
    engine = open_database(config.get_main_option("sqlalchemy.url") or "")
    with engine.connect().execution_options(writes=True) as connection:
        context.configure(
            connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
