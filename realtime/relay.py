"""Sends stored events to the people of their audience, in order, after the commit, whoever stored them.

Nothing is sent that cannot be read back from the database. What the events say is no concern of this module.
"""

import logging
import threading
import time

from flask_socketio import SocketIO

from app.domain.audience import AudienceKind
from app.services import delivery
from app.services.context import DatabaseTrouble, Services
from app.services.delivery import AudienceState
from realtime.presence import Connection, Presence

POLL_SECONDS = 0.3
REVIEW_SECONDS = 3.0

log = logging.getLogger(__name__)


def channel(audience_id: int) -> str:
    """The Socket.IO room of an audience."""
    return f"audience:{audience_id}"


class Relay:
    """One per process. ``deliver`` may be called at any time and from any number of places."""

    def __init__(self, socketio: SocketIO, services: Services, presence: Presence) -> None:
        self._socketio = socketio
        self._services = services
        self._presence = presence
        self._sent: dict[int, int] = {}
        self._known: dict[int, AudienceState] = {}
        self._drafts: dict[int, tuple[int, int]] = {}
        self._news = threading.Event()
        self._turn = threading.Lock()
        self._reviewed = 0.0

    def wake(self) -> None:
        """Something was stored in this process: send it soon."""
        self._news.set()

    def run(self) -> None:
        """Deliver for ever: at once when woken, and regularly for what other processes stored."""
        while True:
            self._news.wait(POLL_SECONDS)
            self._news.clear()
            try:
                self.deliver()
            except (
                DatabaseTrouble
            ):  # the database is away for a moment; nothing counts as sent, so the next look finds it
                log.exception("stored events could not be read")

    def watch(self, connection: Connection, states: list[AudienceState]) -> None:
        """Send from here on, to a connection that has just entered, what is stored after ``states``."""
        with self._turn:
            for state in states:
                self._sent.setdefault(state.id, state.last)
                self._known[state.id] = state
                self._socketio.server.enter_room(connection.sid, channel(state.id), namespace="/")
                connection.channels.add(state.id)

    def deliver(self) -> None:
        """Send everything stored and not yet sent in the audiences that somebody here belongs to."""
        with self._turn:
            seated = self._presence.seated()
            if not seated:
                self._sent.clear()
                self._known.clear()
                self._drafts.clear()
                return
            cases = {each.seat.case_id for each in seated if each.seat}
            with self._services.reading() as work:
                states = delivery.audiences(work, cases)
                drafts = delivery.drafts(work, cases)
                news = {
                    state.id: delivery.events(work, state.id, self._sent[state.id])
                    for state in states
                    if state.last > self._sent.setdefault(state.id, self._start(state))
                }
            self._known.update((state.id, state) for state in states)
            moved = any(self._drafts.get(case_id) != newest for case_id, newest in drafts.items())
            if news or moved or time.monotonic() - self._reviewed > REVIEW_SECONDS:
                self.review()
            self._admit(states)
            for audience_id, events in news.items():
                for event in events:
                    self._socketio.emit("event", event, to=channel(audience_id))
                    self._sent[audience_id] = event["sequence"]
            self._tell_drafts(states, drafts)

    def _tell_drafts(self, states: list[AudienceState], drafts: dict[int, tuple[int, int]]) -> None:
        """Name the newest numbers of a draft to everybody in the joint room; what is new is asked for over HTTP."""
        for state in states:
            newest = drafts.get(state.case_id)
            if (
                state.kind is not AudienceKind.JOINT
                or newest is None
                or self._drafts.get(state.case_id) == newest
            ):
                continue
            self._drafts[state.case_id] = newest
            told = {"audience": state.id, "revision": newest[0], "activity": newest[1]}
            self._socketio.emit("draft", told, to=channel(state.id))

    def _start(self, state: AudienceState) -> int:
        """A caucus opened while people are here is sent from its beginning; older ones are asked for."""
        same_case = any(known.case_id == state.case_id for known in self._known.values())
        return 0 if same_case and state.id not in self._known else state.last

    def _admit(self, states: list[AudienceState]) -> None:
        """Put every connection into the audiences its side belongs to, and tell it of new ones."""
        for connection in self._presence.seated():
            seat = connection.seat
            if seat is None:
                continue
            mine = [state for state in states if state.case_id == seat.case_id and state.includes(seat.side)]
            new = {state.id for state in mine} - connection.channels
            for audience_id in new:
                self._socketio.server.enter_room(connection.sid, channel(audience_id), namespace="/")
                connection.channels.add(audience_id)
            if new:
                self._socketio.emit("audiences", [state.as_sent() for state in mine], to=connection.sid)

    def review(self) -> None:
        """Close connections whose login has ended or whose seat is gone, before anything more is sent."""
        self._reviewed = time.monotonic()
        connections = list(self._presence)
        with self._services.reading() as work:
            ended = delivery.ended_sessions(
                work, {each.session_id for each in connections if each.session_id}
            )
            gone = delivery.removed_participants(
                work, {each.seat.participant_id for each in connections if each.seat}
            )
        for each in connections:
            if each.session_id in ended:
                self.close(each, "signed_out")
            elif each.seat is not None and each.seat.participant_id in gone:
                self.close(each, "removed")

    def close(self, connection: Connection, reason: str) -> None:
        """Silence a connection and end it."""
        self.silence(connection, reason)
        self._socketio.server.disconnect(connection.sid, namespace="/")

    def silence(self, connection: Connection, reason: str) -> None:
        """Tell a connection why, and take it out of every audience."""
        self._socketio.emit("closed", {"reason": reason}, to=connection.sid)
        for audience_id in connection.channels:
            self._socketio.server.leave_room(connection.sid, channel(audience_id), namespace="/")
        connection.channels.clear()
        place, connection.place, connection.seat = connection.place, None, None
        if place is not None:
            self.show(place)

    def show(self, audience_id: int) -> None:
        """Tell an audience who belongs to it and who of them is in it now."""
        with self._services.reading() as work:
            people = delivery.members(work, audience_id)
        here = self._presence.at(audience_id)
        for person in people:
            person["pages"] = [
                {"peer": each.peer, "microphone": each.microphone, "camera": each.camera}
                for each in here
                if each.seat is not None and each.seat.participant_id == person["id"]
            ]
        self._socketio.emit("presence", {"audience": audience_id, "people": people}, to=channel(audience_id))
