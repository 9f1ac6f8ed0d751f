"""`flask serve`: pages and rooms on gevent, with real WebSockets."""

import signal
import socket

import click
import gevent
from flask import current_app
from flask.cli import with_appcontext
from gevent.pywsgi import WSGIServer
from geventwebsocket.handler import WebSocketHandler

from realtime import server


@click.command()
@with_appcontext
def serve() -> None:
    """Serve until told to stop; requests under way are finished first."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    services = app.extensions["hezheng"]
    settings = services.settings
    server.attach(app)
    http = WSGIServer((settings.bind, settings.port), app.wsgi_app, handler_class=WebSocketHandler, log=None)
    http.init_socket()
    # head and body of an answer go out at once: the second must not wait for the first one's acknowledgement
    http.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, http.stop, 5)
    click.echo(f"serving {settings.public_url}")
    try:
        http.serve_forever()
    finally:
        services.store.close()
