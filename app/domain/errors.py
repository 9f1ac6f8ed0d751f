"""Everything that a service may refuse, as kinds; every entrance maps a kind to its own answer.

No texts and no HTTP statuses live here: three entrances (pages, sockets, commands) say it in their own way.
"""

from enum import StrEnum


class ErrorKind(StrEnum):
    """What went wrong, in the words of the field."""

    NOT_SIGNED_IN = "not_signed_in"
    NOT_ALLOWED = "not_allowed"
    NOT_FOUND = "not_found"
    INVALID_INPUT = "invalid_input"
    CODE_WRONG = "code_wrong"
    CODE_EXPIRED = "code_expired"
    LINK_EXPIRED = "link_expired"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    WRONG_STATE = "wrong_state"
    CONSENT_MISSING = "consent_missing"
    STALE_VERSION = "stale_version"
    CONFLICT = "conflict"
    DRAFT_REFUSED = "draft_refused"
    SIGNATURE_INVALID = "signature_invalid"
    SIGNER_NOT_OWN = "signer_not_own"
    SIGNATURE_MISSING = "signature_missing"
    READ_FIRST = "read_first"
    IDENTITY_MISSING = "identity_missing"
    NOT_YOUR_TURN = "not_your_turn"
    FRESH_SIGN_IN_NEEDED = "fresh_sign_in_needed"
    KEY_MISSING = "key_missing"
    KEY_IN_USE = "key_in_use"
    KEY_REFUSED = "key_refused"
    FILE_EMPTY = "file_empty"
    FILE_TOO_LARGE = "file_too_large"
    FILE_TYPE_CLAIM = "file_type_claim"
    UPLOAD_BROKEN = "upload_broken"
    UPLOAD_OFFSET = "upload_offset"
    UPLOAD_QUOTA = "upload_quota"
    STORE_UNAVAILABLE = "store_unavailable"
    STORE_FULL = "store_full"
    EXHIBIT_ERASED = "exhibit_erased"
    SECOND_PERSON_NEEDED = "second_person_needed"
    LEGAL_HOLD = "legal_hold"
    DIGEST_DIFFERS = "digest_differs"
    PROOF_MALFORMED = "proof_malformed"
    LEDGER_REFUSED = "ledger_refused"
    LEDGER_UNAVAILABLE = "ledger_unavailable"


class DomainError(Exception):
    """A refusal that a person can act on.

    ``field`` names the form field at fault, if one is; ``detail`` holds facts for the message (never secrets).
    """

    def __init__(self, kind: ErrorKind, field: str | None = None, **detail: object) -> None:
        super().__init__(kind.value if field is None else f"{kind.value}: {field}")
        self.kind = kind
        self.field = field
        self.detail = detail


class InvalidForm(DomainError):
    """Several fields at fault at once: ``problems`` maps each field to a problem code."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(ErrorKind.INVALID_INPUT, next(iter(problems), None), problems=problems)
        self.problems = problems
