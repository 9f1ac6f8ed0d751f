"""What exactly is claimed about a file: a salted statement, its RFC 8785 canonical bytes, its commitment.
Not here: where commitments are anchored (see `merkle`, `ledger`) and whether a claim is true."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from .digest import FileDigest
from .errors import MalformedInput, UnknownVersion
from .strict import MAX_SAFE_INTEGER, Fields, instant_text, to_hex

FORMAT = "hezheng-statement/1"
MAX_CANONICAL_BYTES = 65_536
SALT_SIZE = 32
MAX_DEPTH = 8


class StatementKind(StrEnum):
    """What the statement is about."""

    EXHIBIT = "exhibit"
    MINUTES = "minutes"
    SETTLEMENT = "settlement"
    PRESERVATION = "preservation"
    RULING = "ruling"


class SourceForm(StrEnum):
    """Is the exhibit an original or a copy (在线诉讼规则 11–13)?"""

    ORIGINAL = "original"
    COPY = "copy"


def canonical_bytes(value: Any) -> bytes:
    """RFC 8785 (JCS) bytes of a JSON value; MalformedInput for what has none."""
    import rfc8785

    try:
        if _is_plain(value):
            return _PLAIN.encode(value).encode("utf-8")
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise MalformedInput(f"no canonical form: {error}") from error


_PLAIN = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
"""Writes RFC 8785 of plain values, many times faster than the library: it escapes the same and sorts ASCII the same."""


def _is_ascii(key: object) -> bool:
    return type(key) is str and key.isascii()


def _is_plain(value: object) -> bool:
    """Only objects with ASCII keys, lists, strings, safe integers, true, false and null; no subclass of them.

    Numbers with a fraction are written otherwise there, and keys sorted by UTF-16.
    """
    left = [value]
    while left:
        item = left.pop()
        kind = type(item)
        if kind is str or kind is bool or item is None:
            continue
        if isinstance(item, dict) and kind is dict:
            if not all(map(_is_ascii, item)):
                return False
            left.extend(item.values())
        elif isinstance(item, list) and kind is list:
            left.extend(item)
        elif not (isinstance(item, int) and kind is int and abs(item) <= MAX_SAFE_INTEGER):
            return False
    return True


def subject_of(submitter: dict[str, Any]) -> bytes:
    """SHA-256 of the submitter's canonical JSON, 32 bytes: the `subject` of the operator's Attestation."""
    return sha256(canonical_bytes(submitter)).digest()


@dataclass(frozen=True)
class Statement:
    """One claim. body: object of the kind's shape; salt: 32 random bytes that keep the commitment opaque."""

    kind: StatementKind
    body: dict[str, Any]
    salt: bytes

    @classmethod
    def create(cls, kind: StatementKind, body: dict[str, Any]) -> Statement:
        """A statement with a fresh random salt, its body checked."""
        return cls.parse(cls(kind, body, secrets.token_bytes(SALT_SIZE)).as_json())

    def as_json(self) -> dict[str, Any]:
        """{"format", "kind", "salt", "body"}: the object whose canonical bytes are committed to."""
        return {"format": FORMAT, "kind": self.kind.value, "salt": to_hex(self.salt), "body": self.body}

    def canonical(self) -> bytes:
        """RFC 8785 bytes of `as_json`."""
        return canonical_bytes(self.as_json())

    def commitment(self) -> bytes:
        """SHA-256 of the canonical bytes, 32 bytes."""
        return sha256(self.canonical()).digest()

    @property
    def digest(self) -> FileDigest:
        """The digests and size that the statement claims for its file."""
        return FileDigest.parse(Fields(self.body.get("digest"), "statement.body.digest"))

    @property
    def submitter(self) -> dict[str, Any]:
        """{"account", "role", "identity_method"}."""
        submitter: dict[str, Any] = self.body["submitter"]
        return submitter

    @property
    def received_at(self) -> str:
        """When the operator received the file: RFC 3339, UTC, the operator's clock."""
        received: str = self.body["received_at"]
        return received

    @classmethod
    def parse(cls, value: object, where: str = "statement") -> Statement:
        """Read the JSON object strictly. Raises MalformedInput or UnknownVersion with the place."""
        fields = Fields(value, where)
        if (version := fields.text("format")) != FORMAT:
            raise UnknownVersion(f"format {version[:40]!r} is not {FORMAT}", where=f"{where}.format")
        name = fields.text("kind")
        if name not in set(StatementKind):
            raise MalformedInput(f"unknown kind {name[:40]!r}", where=f"{where}.kind")
        kind = StatementKind(name)
        salt = fields.hex("salt", size=SALT_SIZE)
        body = fields.take("body")
        fields.done()
        _check_body(kind, Fields(body, f"{where}.body"))
        statement = cls(kind, body, salt)
        if len(statement.canonical()) > MAX_CANONICAL_BYTES:
            raise MalformedInput(f"longer than {MAX_CANONICAL_BYTES} bytes", where=where)
        return statement


def exhibit_body(
    *,
    case_ref: str,
    number: str,
    file_name: str,
    media_type: str,
    digest: FileDigest,
    submitter: dict[str, str],
    received_at: datetime,
    origin: dict[str, str | None],
    secret: bool,
) -> dict[str, Any]:
    """Body of an exhibit's statement.

    case_ref: the case's reference; number: the exhibit's number as people call it; received_at: aware
    datetime; submitter: see `submitter_json`; origin: see `origin_json`; secret: for named viewers only.
    """
    return {
        "case_ref": case_ref,
        "number": number,
        "file_name": file_name,
        "media_type": media_type,
        "digest": digest.as_json(),
        "submitter": submitter,
        "received_at": instant_text(received_at),
        "origin": origin,
        "secret": secret,
    }


def document_body(
    *,
    case_ref: str,
    title: str,
    media_type: str,
    digest: FileDigest,
    submitter: dict[str, str],
    received_at: datetime,
    details: dict[str, Any],
) -> dict[str, Any]:
    """Body of a statement about minutes, a settlement, a preservation agreement or a ruling.

    details: further JSON facts without floating-point numbers, for example the agreement's version.
    """
    return {
        "case_ref": case_ref,
        "title": title,
        "media_type": media_type,
        "digest": digest.as_json(),
        "submitter": submitter,
        "received_at": instant_text(received_at),
        "details": details,
    }


def submitter_json(*, account: str, role: str, identity_method: str) -> dict[str, str]:
    """Who submitted: a pseudonymous account reference, the role in the case, how identity was checked."""
    return {"account": account, "role": role, "identity_method": identity_method}


ORIGIN_TEXTS = ("made_by", "made_at", "device", "method", "compared_by", "compared_at", "proves")
"""Origin fields that are free text as stated by the submitter, or null when not stated."""


def origin_json(
    *,
    form: SourceForm | str,
    made_by: str | None = None,
    made_at: str | None = None,
    device: str | None = None,
    method: str | None = None,
    compared_by: str | None = None,
    compared_at: str | None = None,
    proves: str | None = None,
) -> dict[str, str | None]:
    """What was stated about the file before chaining (在线诉讼规则 18); null when not stated."""
    return {
        "form": str(form),
        "made_by": made_by,
        "made_at": made_at,
        "device": device,
        "method": method,
        "compared_by": compared_by,
        "compared_at": compared_at,
        "proves": proves,
    }


def _check_body(kind: StatementKind, body: Fields) -> None:
    body.text("case_ref", max_length=200, min_length=1)
    body.text("media_type", max_length=200, min_length=1)
    FileDigest.parse(body.object("digest"))
    submitter = body.object("submitter")
    for key in ("account", "role", "identity_method"):
        submitter.text(key, max_length=200, min_length=1)
    submitter.done()
    body.instant("received_at")
    if kind is StatementKind.EXHIBIT:
        _check_exhibit(body)
    else:
        body.text("title", max_length=500, min_length=1)
        details = body.take("details")
        Fields(details, body.path("details"))
        check_json(details, body.path("details"))
    body.done()


def _check_exhibit(body: Fields) -> None:
    body.text("number", max_length=100, min_length=1)
    body.text("file_name", max_length=500, min_length=1)
    body.boolean("secret")
    origin = body.object("origin")
    if (form := origin.text("form")) not in set(SourceForm):
        raise MalformedInput(f"unknown form {form[:40]!r}", where=origin.path("form"))
    for key in ORIGIN_TEXTS:
        origin.optional_text(key, max_length=2_000)
    origin.done()


def check_json(value: object, where: str, depth: int = MAX_DEPTH) -> None:
    """Refuse floats, unsafe integers, odd keys and deep nesting in free JSON."""
    if depth == 0:
        raise MalformedInput("nested too deep", where=where)
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise MalformedInput("a key is not a string", where=where)
            check_json(item, f"{where}.{key[:64]}", depth - 1)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            check_json(item, f"{where}[{number}]", depth - 1)
    elif isinstance(value, int) and not isinstance(value, bool):
        if abs(value) > MAX_SAFE_INTEGER:
            raise MalformedInput("an integer beyond 2^53 - 1", where=where)
    elif value is not None and not isinstance(value, str | bool):
        raise MalformedInput(f"a {type(value).__name__} is not allowed", where=where)
