"""Joins the Socket.IO server to the web application. What events do: ``handlers``; who may: ``gate``."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, session
from flask_socketio import ConnectionRefusedError, SocketIO

from app.services import accounts
from app.services.context import Services
from realtime.gate import Gate
from realtime.handlers import Handlers
from realtime.limits import Limits
from realtime.presence import Connection, Presence
from realtime.relay import Relay

PATH = "/socket.io"
FRAME_LIMIT = 64 * 1024
PAGES_PER_ACCOUNT = 8

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True)
class RoomServer:
    """The parts of a running room server."""

    socketio: SocketIO
    gate: Gate
    relay: Relay
    presence: Presence


def attach(
    app: Flask, async_mode: str = "gevent", background: bool = True, limits: Limits | None = None
) -> RoomServer:
    """Serve rooms beside the pages of ``app``.

    With ``background`` a relay runs on its own; without it stored events are sent before a service call
    returns, and nothing is heard of other processes (for tests).
    """
    services: Services = app.extensions["hezheng"]
    socketio = SocketIO(
        app,
        async_mode=async_mode,
        manage_session=False,
        cors_allowed_origins=[services.settings.public_url],
        path=PATH.lstrip("/"),
        max_http_buffer_size=FRAME_LIMIT,
        ping_interval=10,
        ping_timeout=10,
        always_connect=False,
    )
    presence = Presence()
    relay = Relay(socketio, services, presence)
    gate = Gate(socketio, services, presence, relay, limits or Limits())
    handlers = Handlers(socketio, services, presence, relay)
    handlers.register(gate)
    _listen(socketio, gate, presence, handlers)
    app.wsgi_app = _closed_to_strangers(app, app.wsgi_app)  # type: ignore[method-assign]
    if background:
        services.wake.append(relay.wake)
        socketio.start_background_task(relay.run)
    else:
        services.wake.append(relay.deliver)
    return RoomServer(socketio, gate, relay, presence)


def _listen(socketio: SocketIO, gate: Gate, presence: Presence, handlers: Handlers) -> None:
    def connect(_auth: object = None) -> None:
        actor = gate.actor()
        if actor is None or actor.account_id is None:
            raise ConnectionRefusedError("not_signed_in")
        if presence.count(actor.account_id) >= PAGES_PER_ACCOUNT:
            raise ConnectionRefusedError("too_many_attempts")
        presence.add(Connection(request.sid, actor.account_id, actor.session_id))  # type: ignore[attr-defined]

    def disconnect(_reason: object = None) -> None:
        connection = presence.drop(request.sid)  # type: ignore[attr-defined]
        if connection is not None:
            handlers.left(connection)

    def failed(error: Exception) -> dict[str, Any]:
        current_app.logger.error("a socket event failed", exc_info=error)
        return {"ok": False, "error": {"kind": "internal"}}

    socketio.on_event("connect", connect)
    socketio.on_event("disconnect", disconnect)
    socketio.on_event("*", gate.refuse_unknown)
    socketio.on_error_default(failed)


def _closed_to_strangers(app: Flask, inner: WsgiApp) -> WsgiApp:
    """Refuse a transport to anybody who is not signed in, before it costs a connection."""
    services: Services = app.extensions["hezheng"]

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith(PATH) and "sid=" not in environ.get("QUERY_STRING", ""):
            with app.request_context(environ), services.reading() as work:
                known = accounts.actor_of(work, session.get(accounts.BROWSER_KEY)) is not None
            if not known:
                start_response("401 Unauthorized", [("Content-Type", "application/json")])
                return [b'{"error": {"kind": "not_signed_in"}}']
        return inner(environ, start_response)

    return guarded
