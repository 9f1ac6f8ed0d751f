"""Who is connected to this process, in which room they are, and what is switched on. In memory."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.services.room import Seat


@dataclass
class Connection:
    """One open page of one person. ``place`` is the audience it is in; media flows only within one place."""

    sid: str
    account_id: int
    session_id: str | None
    peer: str = field(default_factory=lambda: secrets.token_hex(8))
    """Name towards other connections; says nothing about the account."""
    seat: Seat | None = None
    place: int | None = None
    microphone: bool = False
    camera: bool = False
    channels: set[int] = field(default_factory=set)
    """Audiences whose events this connection receives."""


class Presence:
    """Every connection of this process."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Connection] = {}

    def add(self, connection: Connection) -> None:
        """A page has connected."""
        self._by_sid[connection.sid] = connection

    def drop(self, sid: str) -> Connection | None:
        """A page has gone; gives back what it was."""
        return self._by_sid.pop(sid, None)

    def get(self, sid: str) -> Connection | None:
        """The connection behind a socket, or None."""
        return self._by_sid.get(sid)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._by_sid.values()))

    def count(self, account_id: int) -> int:
        """How many pages an account has open."""
        return sum(1 for each in self if each.account_id == account_id)

    def seated(self) -> list[Connection]:
        """Connections that have entered a room."""
        return [each for each in self if each.seat is not None]

    def at(self, place: int) -> list[Connection]:
        """Connections that are in one audience now."""
        return [each for each in self if each.place == place]

    def peer(self, peer: str, place: int) -> Connection | None:
        """The connection named ``peer``, if it is in this audience now."""
        return next((each for each in self.at(place) if each.peer == peer), None)
