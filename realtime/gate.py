"""Closed unless opened: an event passes only with its permission, and its sender is looked up afresh.

Refusals are answered as ``{"ok": false, "error": {"kind": …}}`` and recorded. What events do: ``handlers``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request, session
from flask_socketio import SocketIO

from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.domain.roles import Actor
from app.services import access, accounts, audit, room
from app.services.context import Services
from app.services.room import Seat
from realtime.events import ORDINARY, PERMISSIONS, RATES, RECORDED
from realtime.limits import Limits
from realtime.presence import Connection, Presence
from realtime.relay import Relay


@dataclass(frozen=True)
class Call:
    """One event as its handler gets it. ``seat`` is fresh and None outside a room."""

    actor: Actor
    connection: Connection
    seat: Seat
    data: dict[str, Any]

    def text(self, name: str, limit: int) -> str:
        """A text of 1 to ``limit`` characters, or INVALID_INPUT."""
        value = self.data.get(name)
        if not isinstance(value, str) or not value or len(value) > limit:
            raise DomainError(ErrorKind.INVALID_INPUT, name)
        return value

    def number(self, name: str) -> int:
        """A whole number from 0 on, or INVALID_INPUT."""
        value = self.data.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
            raise DomainError(ErrorKind.INVALID_INPUT, name)
        return value

    def flag(self, name: str) -> bool:
        """True or false, or INVALID_INPUT."""
        value = self.data.get(name)
        if not isinstance(value, bool):
            raise DomainError(ErrorKind.INVALID_INPUT, name)
        return value


Handler = Callable[[Call], dict[str, Any]]


class Gate:
    """The only way by which events reach handlers."""

    def __init__(
        self, socketio: SocketIO, services: Services, presence: Presence, relay: Relay, limits: Limits
    ) -> None:
        self._socketio = socketio
        self._services = services
        self._presence = presence
        self._relay = relay
        self._limits = limits

    def open(self, event: str, handler: Handler) -> None:
        """Let a declared event reach its handler; KeyError for one without a permission."""
        permission = PERMISSIONS[event]
        self._socketio.on_event(event, lambda *sent: self._answer(event, permission, handler, sent))

    def actor(self) -> Actor | None:
        """Who is behind the socket of this event, now."""
        with self._services.reading() as work:
            return accounts.actor_of(work, session.get(accounts.BROWSER_KEY))

    def refuse_unknown(self, _event: str, *_sent: object) -> dict[str, Any]:
        """Answer an event that nobody declared."""
        self._record(self.actor(), "unknown_event", ErrorKind.NOT_ALLOWED)
        return refusal(ErrorKind.NOT_ALLOWED)

    def _answer(
        self, event: str, permission: Permission, handler: Handler, sent: tuple[object, ...]
    ) -> dict[str, Any]:
        connection = self._presence.get(request.sid)  # type: ignore[attr-defined]
        actor = self.actor()
        if actor is None or actor.account_id is None or connection is None:
            self._record(actor, permission.value, ErrorKind.NOT_SIGNED_IN)
            if connection is not None:
                self._relay.silence(connection, "signed_out")
            return refusal(ErrorKind.NOT_SIGNED_IN)
        try:
            if not self._limits.allow(actor.account_id, event, RATES.get(event, ORDINARY)):
                raise DomainError(ErrorKind.TOO_MANY_ATTEMPTS)
            data = sent[0] if sent else {}
            if len(sent) > 1 or not isinstance(data, dict):
                raise DomainError(ErrorKind.INVALID_INPUT)
            seat = self._fresh_seat(actor, connection, permission, data)
            return {"ok": True, **handler(Call(actor, connection, seat, data))}
        except DomainError as error:
            self._record(actor, permission.value, error.kind)
            return refusal(error.kind)

    def _fresh_seat(
        self, actor: Actor, connection: Connection, permission: Permission, data: dict[str, Any]
    ) -> Seat:
        number = connection.seat.case_number if connection.seat is not None else data.get("number")
        if not isinstance(number, str):
            raise DomainError(ErrorKind.INVALID_INPUT, "number")
        try:
            with self._services.reading() as work:
                access.in_case(work, actor, number, permission)
                return room.enter(work, actor, number)
        except DomainError as error:
            if connection.seat is not None and error.kind in (ErrorKind.NOT_FOUND, ErrorKind.WRONG_STATE):
                self._relay.silence(connection, "removed")
            raise

    def _record(self, actor: Actor | None, act: str, kind: ErrorKind) -> None:
        if actor is None or actor.account_id is None or kind is ErrorKind.TOO_MANY_ATTEMPTS:
            return
        if not self._limits.allow(actor.account_id, "refusal", RECORDED):
            return
        with self._services.work() as work:
            audit.record(work, actor, act, allowed=False, kind=kind.value, path="socket")


def refusal(kind: ErrorKind) -> dict[str, Any]:
    """The answer to a refused event; the page says it in words."""
    return {"ok": False, "error": {"kind": kind.value}}
