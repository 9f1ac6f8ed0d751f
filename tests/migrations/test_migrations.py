"""Migrations lead to exactly the models, and up and down with rows in the tables.
Not here: what the rows mean."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from app.commands.database import alembic_config
from app.models import Base
from app.services.context import open_database
from tests import builders


def test_head_is_exactly_the_models(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'fresh.sqlite3'}"
    command.upgrade(alembic_config(url), "head")
    engine = open_database(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_up_down_and_up_again_with_rows(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hezheng.sqlite3'}"
    command.upgrade(alembic_config(url), "head")
    services = builders.build_test_services(tmp_path, builders.Clock())
    table = builders.set_table(services)
    engine = open_database(url)
    with engine.connect() as connection:
        assert connection.scalar(text("select number from mediation_case")) == table.number
    command.downgrade(alembic_config(url), "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    command.upgrade(alembic_config(url), "head")
    assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_database_refuses_a_refusal_without_reason(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hezheng.sqlite3'}"
    command.upgrade(alembic_config(url), "head")
    services = builders.build_test_services(tmp_path, builders.Clock())
    builders.set_table(services)
    engine = open_database(url)
    with engine.connect() as connection:
        checks = [c["name"] for c in inspect(connection).get_check_constraints("participant")]
    assert "ck_participant_decline_has_reason" in checks
    engine.dispose()
