"""Fixtures shared by the tests: services on temporary folders, the application and its clients.
Not here: how cases are built (see `builders`)."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from app.services.context import Services
from tests import builders
from tests.builders import Clock, Person, Table


@pytest.fixture
def clock() -> Clock:
    """The clock of the services and of the ledger in memory; stands until moved."""
    return Clock()


@pytest.fixture
def services(tmp_path: Path, clock: Clock) -> Iterator[Services]:
    """Real services on a fresh SQLite database, an encrypted folder and a ledger in memory."""
    built = builders.build_test_services(tmp_path, clock)
    yield built
    with built.sessions() as session:
        session.get_bind().dispose()


@pytest.fixture
def table(services: Services) -> Table:
    """A case in mediation, its room open, with claimant, respondent and mediator signed in."""
    return builders.set_table(services)


@pytest.fixture
def app(services: Services) -> Flask:
    """The web application around the services (the front end must have been built once)."""
    from app.factory import create_app

    built = create_app(services)
    built.test_client_class = Browser
    return built


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
