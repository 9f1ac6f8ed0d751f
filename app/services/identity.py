"""Checks of signers' identity: what the session shows by itself, what the mediator saw, what a real-name service said.

Which are needed before a signature is a setting (``HEZHENG_IDENTITY``); the kinds are in ``app.domain.identity``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import select

from app.domain import identity
from app.domain.errors import DomainError, ErrorKind
from app.domain.identity import Document, IdentityKind
from app.domain.permissions import Permission
from app.domain.roles import PARTIES, Actor
from app.models.cases import Case, Participant
from app.models.signing import IdentityCheck
from app.services import access, accounts, audit
from app.services.context import Work

CODE_METHODS = frozenset({"one_time_code"})
DEMO_METHODS = frozenset({"demo_link"})


class RealNameService(Protocol):
    """Answers whether a name and a number belong to one person. None is built in: an installation brings its own."""

    name: str

    def matches(self, person: str, id_number: str) -> str | None:
        """A receipt number when they belong together, None when not; OSError when it cannot be reached."""


@dataclass(frozen=True)
class Done:
    """A check that counts now, as people read it."""

    kind: IdentityKind
    at: datetime
    by: str | None = None
    document: Document | None = None
    service: str | None = None


def note_seen(work: Work, actor: Actor, number: str, participant_id: int, document: Document) -> None:
    """The mediator saw a party's document beside its holder; it counts for this session."""
    entry = access.in_case(work, actor, number, Permission.SEAL_SETTLEMENT)
    party = _party(entry.case, participant_id)
    work.session.add(
        IdentityCheck(
            participant_id=party.id,
            kind=IdentityKind.DOCUMENT_SEEN,
            document=document,
            session_id=actor.session_id,
            checked_by_id=actor.account_id,
            at=work.now(),
        )
    )
    audit.record(
        work, actor, "see_identity_document", entry.case, participant=party.id, document=document.value
    )


def note_real_name(work: Work, actor: Actor, number: str, service: str, receipt: str) -> None:
    """A real-name service confirmed the actor; ask it before, outside any transaction."""
    entry = access.in_case(work, actor, number, Permission.SIGN_SETTLEMENT)
    work.session.add(
        IdentityCheck(
            participant_id=entry.seat.id,
            kind=IdentityKind.REAL_NAME,
            service=f"{service} {receipt}"[:120],
            session_id=actor.session_id,
            at=work.now(),
        )
    )
    audit.record(work, actor, "confirm_real_name", entry.case, participant=entry.seat.id)


def done(work: Work, participant: Participant, at: datetime | None = None) -> list[Done]:
    """The checks of a participant that count at a moment (aware; now), the oldest first; a repeated kind as it was last."""
    moment = at or work.now()
    query = (
        select(IdentityCheck)
        .where(
            IdentityCheck.participant_id == participant.id,
            IdentityCheck.at >= moment - identity.SEEN_FOR,
            IdentityCheck.at <= moment,
        )
        .order_by(IdentityCheck.id)
    )
    found: dict[IdentityKind, Done] = {}
    for check in work.session.scalars(query):
        by = check.checked_by.name if check.checked_by else None
        found[check.kind] = Done(check.kind, check.at, by, check.document, check.service)
    return sorted(found.values(), key=lambda one: one.at)


def require(work: Work, actor: Actor, seat: Participant) -> None:
    """Note what the running session shows of the actor; IDENTITY_MISSING names the checks that are still to be done."""
    methods = CODE_METHODS | (DEMO_METHODS if work.settings.demo else frozenset())
    had = {one.kind for one in done(work, seat)}
    if accounts.identity_method(work, actor) in methods:
        had.add(IdentityKind.ONE_TIME_CODE)
        _note_session(work, actor, seat)
    lacking = identity.missing(work.settings.identity, had)
    if lacking:
        raise DomainError(ErrorKind.IDENTITY_MISSING, missing=[kind.value for kind in lacking])


def _note_session(work: Work, actor: Actor, seat: Participant) -> None:
    """One row for each session that somebody signs in."""
    known = select(IdentityCheck.id).where(
        IdentityCheck.participant_id == seat.id,
        IdentityCheck.kind == IdentityKind.ONE_TIME_CODE,
        IdentityCheck.session_id == actor.session_id,
    )
    if work.session.scalar(known.limit(1)) is None:
        work.session.add(
            IdentityCheck(
                participant_id=seat.id,
                kind=IdentityKind.ONE_TIME_CODE,
                session_id=actor.session_id,
                at=work.now(),
            )
        )
        work.session.flush()


def of_case(work: Work, case: Case) -> Mapping[int, list[Done]]:
    """The checks that count now, by participant."""
    return {person.id: done(work, person) for person in case.participants if person.removed_at is None}


def _party(case: Case, participant_id: int) -> Participant:
    for person in case.participants:
        if person.id == participant_id and person.side in PARTIES and person.removed_at is None:
            return person
    raise DomainError(ErrorKind.NOT_FOUND)
