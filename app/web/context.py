"""Small helpers that views share: the services of this application, and where to go next. No rules."""

import re
from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from app.services.aside import begin as begin
from app.services.aside import offload as offload
from app.services.context import Services


def services() -> Services:
    """The services this application was built with."""
    built: Services = current_app.extensions["hezheng"]
    return built


def came_from() -> str | None:
    """The path of the page on this site that the request came from, or None.

    A page shown in answer to a form has the form's address; where that cannot be opened, the page above it can.
    """
    if not request.referrer:
        return None
    parts = urlsplit(request.referrer)
    if parts.netloc != request.host:
        return None
    path = _openable(parts.path)
    return local_path(path + (f"?{parts.query}" if parts.query and path == parts.path else ""), "/")


def _openable(path: str) -> str:
    routes = current_app.url_map.bind(request.host)
    while path != "/":
        try:
            routes.match(path, method="GET")
        except MethodNotAllowed:
            path = path.rstrip("/").rpartition("/")[0] or "/"
            continue
        except HTTPException:
            break
        break
    return path


def local_path(target: str | None, default: str) -> str:
    """``target`` if it is a path on this site, else ``default``; never another site.

    Browsers drop tabs and line ends inside an address and read ``\\`` as ``/``, so neither is let through.
    """
    if target and re.fullmatch(r"/(?![/\\])[^\x00-\x20\x7f\\]*", target):
        return target
    return default


def wants_json() -> bool:
    """Whether the caller is a script rather than a person with a browser."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json" or request.path.startswith(("/api/", "/uploads"))
