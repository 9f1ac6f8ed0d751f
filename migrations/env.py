"""Runs migrations against the database that the caller names; the models are the target."""

from alembic import context
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from app.models import Base
from app.models.base import UtcDateTime
from app.services.context import open_database

config = context.config


def render(kind: str, item: object, _autogenerate: object) -> str | bool:
    """Write our own column type as the type it is stored as, so that migrations stand without the application."""
    return "sa.DateTime()" if kind == "type" and isinstance(item, UtcDateTime) else False


def unreferenced(raw: DBAPIConnection, _record: object) -> None:
    """A table that others refer to is altered by dropping it: SQLite must look at references afterwards, not then."""
    raw.execute("PRAGMA foreign_keys=OFF")


def require_whole(connection: Connection) -> None:
    """Every reference leads somewhere; RuntimeError otherwise, before anything is committed."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise RuntimeError(f"references that lead nowhere after the migration: {broken[:10]}")


def run() -> None:
    """Migrate inside one transaction; SQLite tables are altered by copying (batch mode)."""
    engine = open_database(config.get_main_option("sqlalchemy.url") or "")
    files = engine.dialect.name == "sqlite"
    if files:
        event.listen(engine, "connect", unreferenced)
    with engine.connect().execution_options(writes=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            render_item=render,
        )
        with context.begin_transaction():
            context.run_migrations()
            if files:
                require_whole(connection)
        connection.commit()
    engine.dispose()


run()
