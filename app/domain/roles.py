"""Who somebody is: offices held on the platform, and roles within one case. No look-ups."""

from dataclasses import dataclass, field
from enum import StrEnum


class Office(StrEnum):
    """An office that an account holds on the platform; a party holds none."""

    OFFICE = "office"
    MEDIATOR = "mediator"
    JUDGE = "judge"
    NOTARY = "notary"


class Role(StrEnum):
    """What somebody is, towards the platform or towards one case."""

    ANYONE = "anyone"
    SIGNED_IN = "signed_in"
    CLAIMANT = "claimant"
    RESPONDENT = "respondent"
    CASE_MEDIATOR = "case_mediator"
    CASE_JUDGE = "case_judge"
    OFFICE = "office"
    MEDIATOR = "mediator"
    JUDGE = "judge"
    NOTARY = "notary"


class Side(StrEnum):
    """On which side of a case a participant stands."""

    CLAIMANT = "claimant"
    RESPONDENT = "respondent"
    MEDIATOR = "mediator"


PARTIES = frozenset({Side.CLAIMANT, Side.RESPONDENT})


@dataclass(frozen=True)
class Actor:
    """Who acts. ``account_id`` is None for an outsider; ``session_id`` is the login session, if any."""

    account_id: int | None
    name: str
    offices: frozenset[Office] = field(default_factory=frozenset)
    session_id: str | None = None

    @property
    def roles(self) -> frozenset[Role]:
        """Roles that hold outside any case."""
        if self.account_id is None:
            return frozenset({Role.ANYONE})
        return frozenset({Role.ANYONE, Role.SIGNED_IN, *(Role(office.value) for office in self.offices)})


OUTSIDER = Actor(None, "")
SYSTEM = Actor(None, "system")
