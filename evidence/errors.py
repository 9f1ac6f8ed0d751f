"""The kinds of failure that the evidence kernel reports.
Not here: texts for users (the callers map kinds to words) and verdicts (see `verify`)."""

from __future__ import annotations


class EvidenceError(Exception):
    """Base of every error that the kernel raises on purpose.

    message: one English sentence for logs and developers.
    where:   path of the offending value, for example ``proof.batch.root``; None when there is no such place.
    code:    a short stable name, for example the contract's custom error; None when the kind says enough.
    """

    def __init__(self, message: str, *, where: str | None = None, code: str | None = None) -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.message = message
        self.where = where
        self.code = code


class MalformedInput(EvidenceError):
    """Bytes or JSON that do not have the documented shape."""


class UnknownVersion(MalformedInput):
    """A format name or version that this kernel does not know; never guessed at."""


class Refused(EvidenceError):
    """A ledger or a store refused an act, and repeating it unchanged cannot succeed."""


class Unavailable(EvidenceError):
    """A node, an authority or a disk could not be reached. Leads to UNDETERMINED, never to FAILED."""


class NotFound(EvidenceError):
    """What was asked for does not exist here (or was erased)."""


class Tampered(EvidenceError):
    """Bytes that were once authentic no longer are, or a signature does not fit."""
