"""Migrations lead to exactly the models, and up and down step by step with rows in the tables, on each database.
Not here: what the rows mean."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Inspector, inspect, text
from sqlalchemy.exc import IntegrityError

from app.commands.database import alembic_config
from app.models import Base
from app.models.exhibits import TimestampToken
from app.services import anchoring
from app.services.context import open_database
from tests import builders
from tests.builders import FILES
from tests.databases import Databases

NOW = datetime(2026, 3, 2, tzinfo=UTC)
Open = Callable[[], Engine]


@pytest.fixture
def empty(databases: Databases, tmp_path: Path) -> Iterator[Open]:
    """``empty()`` is a new database without a table."""
    engines = []

    def make() -> Engine:
        folder = tmp_path / str(len(engines))
        folder.mkdir()
        engines.append(open_database(databases.new(folder)))
        return engines[-1]

    yield make
    for engine in engines:
        engine.dispose()
        databases.drop(address(engine))


def address(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def migrate(engine: Engine, to: str = "head") -> None:
    config = alembic_config(address(engine))
    known = [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()]
    with engine.connect() as connection:
        now = MigrationContext.configure(connection).get_current_revision()
    target = known[0] if to == "head" else to
    if now is None or (target != "base" and known.index(target) < known.index(now)):
        command.upgrade(config, target)
    else:
        command.downgrade(config, target)


def shape(engine: Engine) -> dict[str, Any]:
    """All that a database says of its tables: columns with types and defaults, keys, checks, indexes with conditions."""
    with engine.connect() as connection:
        found = inspect(connection)
        return {name: _table(found, name) for name in found.get_table_names() if name != "alembic_version"}


def _table(found: Inspector, name: str) -> dict[str, Any]:
    def all_of(parts: list[Any], key: str = "name") -> dict[str, str]:
        return {str(part[key]): repr(sorted(part.items(), key=str)) for part in parts}

    columns = [{**one, "type": repr(one["type"]), "comment": None} for one in found.get_columns(name)]
    return {
        "columns": all_of(columns),
        "primary key": found.get_pk_constraint(name),
        "foreign keys": all_of(found.get_foreign_keys(name)),
        "unique": all_of(found.get_unique_constraints(name)),
        "checks": all_of(found.get_check_constraints(name)),
        "indexes": all_of(found.get_indexes(name)),
    }


def test_head_is_exactly_the_models(empty: Open) -> None:
    migrated, made = empty(), empty()
    migrate(migrated)
    Base.metadata.create_all(made)
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    assert shape(migrated) == shape(made)


@pytest.fixture
def filled(empty: Open, tmp_path: Path) -> Engine:
    """A migrated database with a case, an anchored exhibit, and a token with its renewal."""
    engine = empty()
    migrate(engine)
    services = builders.build_test_services(tmp_path, builders.Clock(), database=address(engine))
    table = builders.set_table(services)
    builders.submit(services, table.claimant, table.number, FILES / "gift-box-photo.jpg")
    anchoring.anchor_waiting(services)
    with services.work() as work:
        for generation in (0, 1):
            work.session.add(
                TimestampToken(
                    batch_number=1,
                    line="Authority",
                    generation=generation,
                    authority_url=f"https://tsa.example/{generation}",
                    token=b"\x00\xff",
                    generated_at=NOW,
                    certificates=["AA=="],
                    revocation_complete=True,
                    next_attempt_at=NOW,
                )
            )
    services.sessions.kw["bind"].dispose()
    return engine


def kept(engine: Engine) -> list[tuple[Any, ...]]:
    """What every revision has: of cases, exhibits, custody, batches and the first token."""
    queries = (
        "SELECT number, title, reference, room_opened_at FROM mediation_case",
        "SELECT receipt_number, sha256, size, received_at FROM exhibit",
        "SELECT number, root, head, state, block_time FROM batch",
        "SELECT id, batch_number, token, generated_at FROM timestamp_token ORDER BY id LIMIT 1",
        "SELECT count(*) FROM custody_record",
    )
    with engine.connect() as connection:
        return [tuple(row) for query in queries for row in connection.execute(text(query))]


def test_rows_survive_the_way_down_and_up_again_step_by_step(filled: Engine) -> None:
    before, head = kept(filled), shape(filled)
    assert len(before) == 5
    revisions = [
        one.revision
        for one in ScriptDirectory.from_config(alembic_config(address(filled))).walk_revisions("0001", "head")
    ]
    for revision in revisions[1:]:
        migrate(filled, revision)
        assert kept(filled) == before, revision
    for revision in reversed(revisions[:-1]):
        migrate(filled, revision)
        assert kept(filled) == before, revision
    assert shape(filled) == head
    with filled.connect() as connection:
        token = connection.execute(text("SELECT line, generation, certificates FROM timestamp_token")).one()
    assert (token.line, token.generation) == ("https://tsa.example/0", 0)


def test_all_the_way_down_nothing_is_left(filled: Engine) -> None:
    migrate(filled, "base")
    assert set(inspect(filled).get_table_names()) <= {"alembic_version"}
    migrate(filled)
    assert set(Base.metadata.tables) <= set(inspect(filled).get_table_names())


@pytest.mark.parametrize(
    "impossible",
    [
        "UPDATE mediation_case SET mediator_disclosure = NULL",  # while its room is open
        "UPDATE batch SET block_number = NULL",  # while it is anchored
        "UPDATE batch SET state = 'somewhere'",
        "UPDATE timestamp_token SET generation = 0",  # a line has one of each
        "UPDATE exhibit SET case_id = 4711",
    ],
)
def test_the_database_refuses_impossible_states(filled: Engine, impossible: str) -> None:
    with (
        filled.connect().execution_options(writes=True) as connection,
        pytest.raises(IntegrityError),
    ):
        connection.execute(text(impossible))
