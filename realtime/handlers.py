"""What people in a room may do: enter, speak, fetch what they missed, move between rooms, set up live video.

Each handler parses, calls one service with the actor and acknowledges. Permissions are in ``events``.
"""

import json
import re
from typing import Any

from flask_socketio import SocketIO

from app.domain.audience import AudienceKind
from app.domain.errors import DomainError, ErrorKind
from app.domain.roles import Side
from app.services import delivery, room
from app.services.context import Services
from app.services.delivery import AudienceState
from app.services.room import Seat
from realtime.gate import Call, Gate
from realtime.presence import Connection, Presence
from realtime.relay import Relay, channel

SIGNAL_LIMIT = 32 * 1024
DRAFT_PLACE = re.compile(r"[a-z0-9_.]{1,40}")


class Handlers:
    """The events of a room, over the services of this process."""

    def __init__(self, socketio: SocketIO, services: Services, presence: Presence, relay: Relay) -> None:
        self._socketio = socketio
        self._services = services
        self._presence = presence
        self._relay = relay

    def register(self, gate: Gate) -> None:
        """Open every event of a room."""
        gate.open("enter", self.enter)
        gate.open("missed", self.missed)
        gate.open("say", self.say)
        gate.open("move", self.move)
        gate.open("devices", self.devices)
        gate.open("signal", self.signal)
        gate.open("open_caucus", self.open_caucus)
        gate.open("drafting", self.drafting)

    def enter(self, call: Call) -> dict[str, Any]:
        """``{number, place?, beside?}``: take the seat, in the joint room or where one was before the line broke.

        With ``beside`` (the draft's page) one hears what happens but is in no room: nobody's picture goes there, and
        nobody is told of a listener. The answer names the seat, its audiences and the ICE servers.
        """
        connection, seat = call.connection, call.seat
        connection.seat = seat
        with self._services.reading() as work:
            every = delivery.audiences(work, {seat.case_id})
        mine = [state for state in every if state.includes(seat.side)]
        self._relay.watch(connection, mine)
        joint = next(state for state in mine if state.kind is AudienceKind.JOINT)
        if call.data.get("beside") is True:
            return self._entered(connection, seat, mine, None)
        before = call.data.get("place")
        place = next((state.id for state in mine if state.id == before), joint.id)
        self._place(connection, place)
        for state in mine:
            if state.id != place:
                self._relay.show(state.id)
        return self._entered(connection, seat, mine, place)

    def _entered(
        self, connection: Connection, seat: Seat, mine: list[AudienceState], place: int | None
    ) -> dict[str, Any]:
        return {
            "participant": seat.participant_id,
            "side": seat.side.value,
            "peer": connection.peer,
            "audiences": [state.as_sent() for state in mine],
            "place": place,
            "ice_servers": [{"urls": url} for url in self._services.settings.ice_servers],
        }

    def missed(self, call: Call) -> dict[str, Any]:
        """``{audience, after}``: stored events above a number, in order."""
        with self._services.reading() as work:
            events = room.events_after(work, call.actor, call.number("audience"), call.number("after"))
        return {"events": events, "more": len(events) == room.PAGE}

    def say(self, call: Call) -> dict[str, Any]:
        """``{audience, text, client_id}``: store a message; everybody then receives it, the sender too."""
        text, client_id = call.text("text", room.MESSAGE_LIMIT), call.text("client_id", 64)
        with self._services.work() as work:
            event = room.post_message(work, call.actor, call.number("audience"), text, client_id)
            return {"id": event.id, "sequence": event.sequence}

    def move(self, call: Call) -> dict[str, Any]:
        """``{audience}``: go to another room of the case; pictures and sound stop towards the one left."""
        self._seated(call)
        audience_id = call.number("audience")
        if audience_id not in call.seat.audience_ids:
            raise DomainError(ErrorKind.NOT_FOUND)
        self._place(call.connection, audience_id)
        return {}

    def devices(self, call: Call) -> dict[str, Any]:
        """``{microphone, camera}``: what is on, for the others to see."""
        self._seated(call)
        call.connection.microphone, call.connection.camera = call.flag("microphone"), call.flag("camera")
        if call.connection.place is not None:
            self._relay.show(call.connection.place)
        return {}

    def signal(self, call: Call) -> dict[str, Any]:
        """``{to, data}``: WebRTC descriptions and candidates, only to somebody in the same room now."""
        self._seated(call)
        place, data = call.connection.place, call.data.get("data")
        if not isinstance(data, dict) or len(json.dumps(data)) > SIGNAL_LIMIT:
            raise DomainError(ErrorKind.INVALID_INPUT, "data")
        if place is None or place not in call.seat.audience_ids:
            raise DomainError(ErrorKind.NOT_FOUND)
        target = self._presence.peer(call.text("to", 32), place)
        if target is None or target.seat is None:
            raise DomainError(ErrorKind.NOT_FOUND, "to")
        with self._services.reading() as work:
            gone = delivery.removed_participants(work, [target.seat.participant_id])
        if gone:
            self._relay.close(target, "removed")
            raise DomainError(ErrorKind.NOT_FOUND, "to")
        self._socketio.emit("signal", {"from": call.connection.peer, "data": data}, to=target.sid)
        return {}

    def open_caucus(self, call: Call) -> dict[str, Any]:
        """``{side}``: the mediator opens the private room with one side, or finds it again."""
        self._seated(call)
        try:
            side = Side(call.text("side", 20))
        except ValueError as unknown:
            raise DomainError(ErrorKind.INVALID_INPUT, "side") from unknown
        with self._services.work() as work:
            audience = room.open_caucus(work, call.actor, call.seat.case_number, side)
            audience_id = audience.id
        self._relay.deliver()
        self._relay.show(audience_id)
        return {"audience": audience_id}

    def drafting(self, call: Call) -> dict[str, Any]:
        """``{target, field?}``: which element of the draft somebody is writing in, null for none; told, not stored."""
        self._seated(call)
        if "target" not in call.data or not set(call.data) <= {"target", "field"}:
            raise DomainError(ErrorKind.INVALID_INPUT, "target")
        target, field = call.data["target"], call.data.get("field")
        for value in (target, field):
            if value is not None and not (isinstance(value, str) and DRAFT_PLACE.fullmatch(value)):
                raise DomainError(ErrorKind.INVALID_INPUT, "target")
        with self._services.reading() as work:
            every = delivery.audiences(work, {call.seat.case_id})
        joint = next(state.id for state in every if state.kind is AudienceKind.JOINT)
        who = {"peer": call.connection.peer, "participant": call.seat.participant_id, "name": call.seat.name}
        told = {"audience": joint, "target": target, "field": field, **who}
        self._socketio.emit("drafting", told, to=channel(joint), skip_sid=call.connection.sid)
        return {}

    def left(self, connection: Connection) -> None:
        """A page has gone; those who were with it are told."""
        if connection.place is not None:
            self._relay.show(connection.place)

    def _seated(self, call: Call) -> None:
        if call.connection.seat is None:
            raise DomainError(ErrorKind.WRONG_STATE)

    def _place(self, connection: Connection, audience_id: int) -> None:
        left, connection.place = connection.place, audience_id
        if left is not None and left != audience_id:
            self._relay.show(left)
        self._relay.show(audience_id)
