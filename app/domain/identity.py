"""How a signer's identity was checked, and which checks a signature needs. Pure; nobody is looked up here.

在线调解规则 13: identity is checked again at every session. Face recognition is never one of the kinds.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum


class IdentityKind(StrEnum):
    """What was done to know who somebody is."""

    ONE_TIME_CODE = "one_time_code"
    """The running session was opened with a code sent to the verified contact."""
    DOCUMENT_SEEN = "document_seen"
    """The mediator saw the document of identity beside its holder, on video or in person."""
    REAL_NAME = "real_name"
    """A real-name service answered that name and number belong together."""


class Document(StrEnum):
    """What the mediator saw; its number is not kept."""

    ID_CARD = "id_card"
    PASSPORT = "passport"
    PERMIT = "permit"
    LAWYER_LICENCE = "lawyer_licence"
    AUTHORITY = "authority"
    """Identity card together with the organisation's letter of authority."""


SEEN_FOR = timedelta(hours=24)
"""How long a document that was seen counts: one session, which may go past midnight."""


def missing(required: Iterable[IdentityKind], done: Iterable[IdentityKind]) -> tuple[IdentityKind, ...]:
    """Which checks are still to be done, in their order."""
    had = frozenset(done)
    wanted = frozenset(required)
    return tuple(kind for kind in IdentityKind if kind in wanted and kind not in had)


def counts(at: datetime, now: datetime) -> bool:
    """Whether what was seen then still counts now; a time to come never does."""
    return timedelta(0) <= now - at <= SEEN_FOR
