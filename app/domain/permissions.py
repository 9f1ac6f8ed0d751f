"""The one table that says which role may do what; everything that is not in it is refused."""

from enum import StrEnum

from app.domain.roles import Role


class Permission(StrEnum):
    """One act that an entrance must declare before it may be called."""

    # the open front
    SEE_PUBLIC_PAGES = "see_public_pages"
    START_INTAKE = "start_intake"
    OPEN_INVITATION = "open_invitation"
    SIGN_IN = "sign_in"
    VERIFY_PUBLICLY = "verify_publicly"
    USE_DEMO_LINK = "use_demo_link"
    # with an account
    SEE_OWN_CASES = "see_own_cases"
    SIGN_OUT = "sign_out"
    KEEP_SIGNING_KEYS = "keep_signing_keys"
    # in a case
    SEE_CASE = "see_case"
    ANSWER_INVITATION = "answer_invitation"
    GIVE_CONSENT = "give_consent"
    ENTER_ROOM = "enter_room"
    OPEN_CAUCUS = "open_caucus"
    UPLOAD_EXHIBIT = "upload_exhibit"
    SEE_EXHIBIT = "see_exhibit"
    SEE_DRAFT = "see_draft"
    WRITE_IN_DRAFT = "write_in_draft"
    DRAFT_SETTLEMENT = "draft_settlement"
    SEE_SETTLEMENT = "see_settlement"
    SIGN_SETTLEMENT = "sign_settlement"
    SEAL_SETTLEMENT = "seal_settlement"
    APPLY_FOR_CONFIRMATION = "apply_for_confirmation"
    # offices
    ACCEPT_CASE = "accept_case"
    ASSIGN_MEDIATOR = "assign_mediator"
    SEE_BOARD = "see_board"
    SEE_OUTBOX = "see_outbox"
    SEE_ACCESS_LOG = "see_access_log"
    KEEP_OFFICIALS = "keep_officials"
    OPEN_COURT_FILE = "open_court_file"
    SEE_COURT_FILE = "see_court_file"
    DECIDE_CONFIRMATION = "decide_confirmation"
    SEE_BATCHES = "see_batches"
    ASK_FOR_TIMESTAMPS = "ask_for_timestamps"
    KEEP_RETENTION = "keep_retention"


_PARTIES = frozenset({Role.CLAIMANT, Role.RESPONDENT})
_TABLE = _PARTIES | {Role.CASE_MEDIATOR}
_EVERYONE = frozenset({Role.ANYONE})
_SIGNED_IN = frozenset({Role.SIGNED_IN})

GRANTS: dict[Permission, frozenset[Role]] = {
    Permission.SEE_PUBLIC_PAGES: _EVERYONE,
    Permission.START_INTAKE: _EVERYONE,
    Permission.OPEN_INVITATION: _EVERYONE,
    Permission.SIGN_IN: _EVERYONE,
    Permission.VERIFY_PUBLICLY: _EVERYONE,
    Permission.USE_DEMO_LINK: _EVERYONE,
    Permission.SEE_OWN_CASES: _SIGNED_IN,
    Permission.SIGN_OUT: _SIGNED_IN,
    Permission.KEEP_SIGNING_KEYS: _SIGNED_IN,
    Permission.SEE_CASE: _TABLE | {Role.OFFICE},
    Permission.ANSWER_INVITATION: frozenset({Role.RESPONDENT}),
    Permission.GIVE_CONSENT: _PARTIES,
    Permission.ENTER_ROOM: _TABLE,
    Permission.OPEN_CAUCUS: frozenset({Role.CASE_MEDIATOR}),
    Permission.UPLOAD_EXHIBIT: _TABLE,
    Permission.SEE_EXHIBIT: _TABLE | {Role.CASE_JUDGE},
    Permission.SEE_DRAFT: _TABLE,
    Permission.WRITE_IN_DRAFT: _TABLE,
    Permission.DRAFT_SETTLEMENT: frozenset({Role.CASE_MEDIATOR}),
    Permission.SEE_SETTLEMENT: _TABLE | {Role.CASE_JUDGE},
    Permission.SIGN_SETTLEMENT: _PARTIES,
    Permission.SEAL_SETTLEMENT: frozenset({Role.CASE_MEDIATOR}),
    Permission.APPLY_FOR_CONFIRMATION: _PARTIES,
    Permission.ACCEPT_CASE: frozenset({Role.MEDIATOR}),
    Permission.ASSIGN_MEDIATOR: frozenset({Role.OFFICE}),
    Permission.SEE_BOARD: frozenset({Role.OFFICE}),
    Permission.SEE_OUTBOX: frozenset({Role.OFFICE}),
    Permission.SEE_ACCESS_LOG: frozenset({Role.OFFICE}),
    Permission.KEEP_OFFICIALS: frozenset({Role.OFFICE}),
    Permission.OPEN_COURT_FILE: frozenset({Role.JUDGE}),
    Permission.SEE_COURT_FILE: frozenset({Role.CASE_JUDGE}),
    Permission.DECIDE_CONFIRMATION: frozenset({Role.CASE_JUDGE}),
    Permission.SEE_BATCHES: frozenset({Role.NOTARY, Role.OFFICE}),
    Permission.ASK_FOR_TIMESTAMPS: frozenset({Role.NOTARY, Role.OFFICE}),
    Permission.KEEP_RETENTION: frozenset({Role.OFFICE}),
}

OUTSIDE_CASES = frozenset(
    permission
    for permission, roles in GRANTS.items()
    if not roles & {Role.CLAIMANT, Role.RESPONDENT, Role.CASE_MEDIATOR, Role.CASE_JUDGE}
)


def may(roles: frozenset[Role], permission: Permission) -> bool:
    """Whether somebody with these roles may do this; closed unless the table opens it."""
    return bool(GRANTS.get(permission, frozenset()) & roles)
