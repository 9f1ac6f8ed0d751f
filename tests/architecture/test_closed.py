"""Closed unless opened: every route and event declares its permission, and outsiders get nothing behind them.
Not here: what each service refuses (see tests/services)."""

import pytest
from flask import Flask
from werkzeug.routing import IntegerConverter

from app.domain.permissions import GRANTS, Permission
from app.domain.roles import Role
from app.web.access import OPEN_ENDPOINTS, permission_of
from realtime import events

EXAMPLES = {
    "number": "HZ2026-00001",
    "right": "trademark",
    "language": "en",
    "key": "office",
    "token": "x" * 24,
}


def routes(app: Flask) -> list[tuple[str, str, str]]:
    """Endpoint, method and an example URL of every route."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if rule.endpoint in OPEN_ENDPOINTS:
                continue
            values = {
                name: 1 if isinstance(converter, IntegerConverter) else EXAMPLES.get(name, "x")
                for name, converter in rule._converters.items()
            }
            adapter = app.url_map.bind("localhost")
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                found.append((rule.endpoint, method, adapter.build(rule.endpoint, values, method=method)))
    return found


def test_every_route_declares_its_permission(app: Flask) -> None:
    undeclared = [endpoint for endpoint, _m, _u in routes(app) if permission_of(app, endpoint) is None]
    assert undeclared == []


def test_every_event_declares_its_permission() -> None:
    assert events.PERMISSIONS
    assert all(isinstance(permission, Permission) for permission in events.PERMISSIONS.values())


def test_matrix_is_printed_in_full(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    roles = list(Role)
    lines = [f"{'route or event':<64} " + " ".join(role.value[:9].ljust(9) for role in roles)]
    entries = [(f"{m} {u}", permission_of(app, e)) for e, m, u in routes(app)]
    entries += [(f"event {name}", permission) for name, permission in events.PERMISSIONS.items()]
    for name, permission in entries:
        assert permission is not None
        marks = ["yes" if role in GRANTS[permission] else "-" for role in roles]
        lines.append(f"{name:<64} " + " ".join(mark.ljust(9) for mark in marks))
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    assert len(lines) == len(entries) + 1


def test_outsiders_get_nothing_behind_a_closed_route(app: Flask, client_for) -> None:
    browser = client_for(None)
    for endpoint, method, url in routes(app):
        permission = permission_of(app, endpoint)
        assert permission is not None
        if Role.ANYONE in GRANTS[permission]:
            continue
        answer = browser.open(url, method=method)
        assert answer.status_code in (302, 401, 404), (
            f"{method} {url} gave {answer.status_code} to an outsider"
        )
        if answer.status_code == 302:
            assert answer.location.startswith("/sign-in"), url


def test_strangers_with_an_account_cannot_reach_a_case(app: Flask, client_for, table, services) -> None:
    from tests import builders

    browser = client_for(builders.person(services, "路人", "stranger@example.cn"))
    for endpoint, method, url in routes(app):
        if "/cases/" not in url or endpoint == "cases.accept":
            continue
        url = url.replace("HZ2026-00001", table.number)
        answer = browser.open(url, method=method)
        assert answer.status_code in (403, 404), f"{method} {url} gave {answer.status_code} to a stranger"


def test_a_state_change_without_its_token_is_refused(app: Flask, client_for, table) -> None:
    browser = client_for(table.claimant)
    answer = browser.post(f"/cases/{table.number}/consents", data={"record": "no"}, csrf=False)
    assert answer.status_code == 400


def test_pages_forbid_inline_script_and_framing(client_for) -> None:
    answer = client_for(None).get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
