"""Fixtures shared by the tests: services on temporary folders, the application and its clients.
Not here: how cases are built (see `builders`)."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from jinja2.bccache import Bucket, BytecodeCache

from app.services.context import Services
from tests import builders
from tests.builders import Clock, Person, Table
from tests.databases import KINDS, Databases, PostgresServer, SqliteFiles, postgres_server

pytest_plugins = ["tests.parallel"]


ON_ONE = (
    "tests/web/",
    "tests/faults/test_random_kills.py",
    "tests/faults/test_copies.py",
    "tests/faults/test_platform.py",
)
"""Unless asked otherwise these run on SQLite alone: pages reach the database only through the services, which run on
both, and kills at every point, two workers and a breaking server run on both. ``--database=both`` leaves nothing out."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--database``: on which database the tests that use one run."""
    choices = (*KINDS, "both", "usual")
    parser.addoption(
        "--database", choices=choices, default="usual", help="usual: both, pages on SQLite alone"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that uses a database runs on each that is chosen, and on no other than its mark names."""
    if "databases" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("database")
        mark = metafunc.definition.get_closest_marker("databases")
        kinds = mark.args if mark else KINDS
        if chosen == "usual" and metafunc.definition.nodeid.startswith(ON_ONE):
            chosen = "sqlite"
        wanted = [kind for kind in kinds if chosen in (kind, "both", "usual")]
        metafunc.parametrize("databases", wanted or kinds, indirect=True)


@pytest.fixture
def clock() -> Clock:
    """The clock of the services and of the ledger in memory; stands until moved."""
    return Clock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The PostgreSQL server of this process."""
    with postgres_server() as server:
        yield server


class Origins:
    """Databases that others are copied from, each made once in a run: one with the schema only, one with a table set."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[tuple[type[Databases], bool], tuple[str, Table | None]] = {}

    def get(self, databases: Databases, with_table: bool) -> tuple[str, Table | None]:
        """The address of such a database, and the table that is set in it."""
        key = type(databases), with_table
        if key not in self._made:
            folder = self._folder / f"{key[0].__name__} {with_table}"
            folder.mkdir()
            url = databases.new(folder)
            built = builders.build_test_services(folder, Clock(), database=url)
            table = builders.set_table(built) if with_table else None
            built.sessions.kw["bind"].dispose()
            self._made[key] = url, table
        return self._made[key]


@pytest.fixture(scope="session")
def origins(tmp_path_factory: pytest.TempPathFactory) -> Origins:
    """What this process copies databases from."""
    return Origins(tmp_path_factory.mktemp("origins"))


@pytest.fixture
def databases(request: pytest.FixtureRequest) -> Databases:
    """Where databases come from: each test that asks runs on SQLite and on PostgreSQL (see ``--database``)."""
    return SqliteFiles() if request.param == "sqlite" else request.getfixturevalue("postgres")


@pytest.fixture
def database(
    request: pytest.FixtureRequest, tmp_path: Path, databases: Databases, origins: Origins
) -> Iterator[str]:
    """The address of this test's database; a case at the table stands in it where the test asks for ``table``."""
    origin, _table = origins.get(databases, "table" in request.fixturenames)
    url = databases.new(tmp_path, like=origin)
    yield url
    databases.drop(url)


@pytest.fixture
def services(tmp_path: Path, clock: Clock, database: str) -> Iterator[Services]:
    """Real services on a fresh database, an encrypted folder and a ledger in memory."""
    built = builders.build_test_services(tmp_path, clock, database=database)
    yield built
    built.sessions.kw["bind"].dispose()


@pytest.fixture
def table(services: Services, databases: Databases, origins: Origins) -> Table:
    """A case in mediation, its room open, with claimant, respondent and mediator signed in."""
    _origin, table = origins.get(databases, True)
    assert table is not None
    return table


@pytest.fixture
def app(services: Services) -> Flask:
    """The web application around the services (the front end must have been built once)."""
    from app.factory import create_app

    built = create_app(services)
    built.test_client_class = Browser
    built.jinja_env.bytecode_cache = TEMPLATES
    return built


class Compiled(BytecodeCache):
    """Templates that were compiled for an earlier test; a changed template has another checksum."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in what is kept."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = Compiled()


class Browser(FlaskClient):
    """A client that keeps cookies and sends the CSRF token with every request that changes something."""

    def open(self, *arguments, **options):
        """As FlaskClient; ``csrf=False`` leaves the token out."""
        if options.pop("csrf", True) and options.get("method", "GET") not in ("GET", "HEAD", "OPTIONS"):
            headers = dict(options.pop("headers", None) or {})
            headers.setdefault("X-CSRFToken", self._token())
            options["headers"] = headers
        return super().open(*arguments, **options)

    def _token(self) -> str:
        with self.session_transaction() as session:
            raw = session.setdefault("csrf_token", secrets.token_hex(20))
        key = self.application.secret_key
        return str(URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(raw))


@pytest.fixture
def client_for(app: Flask) -> Callable[[Person | None], Browser]:
    """``client_for(person)`` is that person's browser, signed in; ``client_for(None)`` an outsider's."""

    def make(person: Person | None = None) -> Browser:
        client = app.test_client()
        assert isinstance(client, Browser)
        if person is not None:
            with client.session_transaction() as session:
                session["login"] = person.token
        return client

    return make
