"""Builds the web application around services that were built elsewhere."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, g, request, session
from flask.json.provider import DefaultJSONProvider
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from app.services.context import Services
from app.web import access, display, errors, pages
from app.web.labels import label_of
from app.web.navigation import links_for
from app.web.six_questions import six_questions
from evidence.strict import MAX_SAFE_INTEGER

BEIJING = ZoneInfo("Asia/Shanghai")
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), publickey-credentials-get=(self), geolocation=()",
}


class _Number(IntegerConverter):
    """A number in an address: of no more digits than our databases and browsers can count; a longer one is not found."""

    regex = r"\d{1,16}"


class _Json(DefaultJSONProvider):
    """JSON as browsers send it; what no database keeps and no text shows is refused like JSON that is broken."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """ValueError for half characters, NUL, numbers that cannot be counted exactly, and nesting without end."""
        try:
            value = super().loads(s, parse_int=_countable, **kwargs)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        left = [value]
        while left:
            item = left.pop()
            if isinstance(item, str):
                if "\0" in item:
                    raise ValueError("holds NUL")
                item.encode()
            elif isinstance(item, dict):
                left += [*item, *item.values()]
            elif isinstance(item, list):
                left += item
        return value


def _countable(digits: str) -> int:
    number = int(digits)
    if abs(number) > MAX_SAFE_INTEGER:
        raise ValueError("a number too large")
    return number


def create_app(services: Services) -> Flask:
    """A Flask application with every page, closed unless opened."""
    settings = services.settings
    app = Flask(__name__)
    app.url_map.converters["int"] = _Number
    app.json = _Json(app)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0)  # type: ignore[method-assign]
    app.config.update(
        SECRET_KEY=services.secrets.session_key,
        SESSION_COOKIE_NAME="__Host-hezheng" if settings.secure else "hezheng",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=200,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        BABEL_DEFAULT_LOCALE="zh",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        RATELIMIT_HEADERS_ENABLED=False,
    )
    app.extensions["hezheng"] = services
    Babel(app, locale_selector=lambda: session.get("language", "zh"))
    CSRFProtect(app)
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    _add_template_helpers(app, services)
    access.install(app)
    errors.install(app)
    pages.register(app, limiter)
    app.after_request(_add_headers)
    return app


def _add_headers(response: Response) -> Response:
    worker = request.path.startswith("/static/build/") and "-worker" in request.path
    response.headers.setdefault(
        "Content-Security-Policy", WORKER_POLICY if worker else CONTENT_SECURITY_POLICY
    )
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.mimetype == "text/html":
        response.headers["Cache-Control"] = "no-store"
    elif not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
    elif request.path.startswith("/static/build/") and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"  # names carry a hash
    return response


def _add_template_helpers(app: Flask, services: Services) -> None:
    display.install(app)
    app.add_template_filter(_beijing, "beijing")
    app.add_template_filter(_utc, "utc")
    app.add_template_filter(_iso, "iso")
    app.add_template_global(label_of, "label")
    app.add_template_global(links_for, "links_for")
    app.add_template_global(six_questions, "six_questions")

    @app.context_processor
    def shared() -> dict[str, Any]:
        actor = g.get("actor")
        return {
            "current": actor if actor is not None and actor.account_id is not None else None,
            "settings": services.settings,
            "language": session.get("language", "zh"),
        }


def _beijing(time: datetime) -> str:
    return time.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def _utc(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
