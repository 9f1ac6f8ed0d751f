"""Strict reading of JSON objects: unknown keys, wrong types and unbounded values are refused by place.
Not here: the formats themselves (see `statement`, `custody`, `proof`, `ledger`)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .errors import MalformedInput

Json = dict[str, Any]

MAX_SAFE_INTEGER = 2**53 - 1
"""Largest integer that RFC 8785 (and JavaScript) can carry exactly."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
_HEX = re.compile(r"[0-9a-f]*")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""A JSON string, or the unfinished rest; it matches at every quotation mark, so one pass suffices."""
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_ABSENT = object()


def load_json(data: bytes | str, *, where: str, max_bytes: int, max_depth: int = 24) -> Json:
    """Parse one JSON object; refuses duplicate keys, NaN, floats, wrong UTF-8, half characters and too much."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(raw) > max_bytes:
        raise MalformedInput(f"longer than {max_bytes} bytes", where=where)
    if not raw.strip():
        raise MalformedInput("empty", where=where)
    _bound_nesting(raw, max_depth, where)
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_no_duplicates,
            parse_constant=_no_float,
            parse_float=_no_float,
        )
    except UnicodeDecodeError as error:
        raise MalformedInput(f"not UTF-8 at byte {error.start}", where=where) from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise MalformedInput(f"not JSON: {error.msg} at {place}", where=where) from error
    except ValueError as error:
        raise MalformedInput(str(error), where=where) from error
    if not isinstance(value, dict):
        raise MalformedInput("not a JSON object", where=where)
    _check_characters(value, where)
    return value


def _bound_nesting(raw: bytes, limit: int, where: str) -> None:
    """Refuse deep nesting before parsing: json recurses in C, and a library that raised the recursion limit
    (py_ecc does) would let a hostile file end the process."""
    depth = 0
    for byte in _STRING.sub(b"", raw).translate(None, _NOT_BRACKETS):
        depth += 1 if byte in b"[{" else -1
        if depth > limit:
            raise MalformedInput(f"nested deeper than {limit}", where=where)


def _whole_characters(text: str, where: str) -> None:
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise MalformedInput("half a surrogate pair, which has no UTF-8 form", where=where) from error


def _check_characters(value: object, where: str) -> None:
    left: list[object] = [value]
    while left:
        item = left.pop()
        if isinstance(item, str):
            _whole_characters(item, where)
        elif isinstance(item, dict):
            left.extend(item.keys())
            left.extend(item.values())
        elif isinstance(item, list):
            left.extend(item)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> Json:
    result = dict(pairs)
    if len(result) != len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise ValueError(f"key {twice[:64]!r} appears twice")
    return result


def _no_float(text: str) -> Any:
    raise ValueError(f"number {text[:32]!r} is not an integer")


def unhex(text: str, *, where: str, size: int | None = None, max_size: int = 65_536) -> bytes:
    """Bytes of ``0x`` + lower-case hexadecimal; `size` bytes exactly when given."""
    if not text.startswith("0x") or len(text) % 2 or not _HEX.fullmatch(text, 2):
        raise MalformedInput("not 0x and lower-case hexadecimal", where=where)
    if size is not None and len(text) != 2 + 2 * size:
        raise MalformedInput(f"not {size} bytes of hexadecimal", where=where)
    if len(text) > 2 + 2 * max_size:
        raise MalformedInput(f"longer than {max_size} bytes", where=where)
    return bytes.fromhex(text[2:])


def to_hex(value: bytes) -> str:
    """``0x`` + lower-case hexadecimal."""
    return "0x" + value.hex()


def parse_instant(text: str, *, where: str) -> datetime:
    """An aware UTC datetime from RFC 3339 text that ends in ``Z``."""
    if not _INSTANT.fullmatch(text):
        raise MalformedInput("not a UTC time such as 2026-01-31T08:00:00Z", where=where)
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedInput("no such time", where=where) from error


def instant_text(moment: datetime) -> str:
    """RFC 3339 text in UTC, ending in ``Z``, from an aware datetime; microseconds only when not zero."""
    if moment.tzinfo is None:
        raise MalformedInput("a time without a zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


class Fields:
    """One JSON object being read strictly: take every key by name and kind, then call `done`.

    A key that is missing, of another kind, out of bounds or left over raises MalformedInput with its path.
    """

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, Mapping):
            raise MalformedInput("not an object", where=where)
        self.where = where
        self._left: dict[str, Any] = dict(value)

    def path(self, key: str) -> str:
        """Where a key stands, for messages."""
        return f"{self.where}.{key}"

    def take(self, key: str) -> Any:
        """The raw value of a key that must be present."""
        value = self._left.pop(key, _ABSENT)
        if value is _ABSENT:
            raise MalformedInput("missing", where=self.path(key))
        return value

    def has(self, key: str) -> bool:
        """Is the key still there?"""
        return key in self._left

    def text(self, key: str, *, max_length: int = 1_000, min_length: int = 0) -> str:
        """A string of min_length to max_length characters."""
        value = self.take(key)
        if not isinstance(value, str):
            raise MalformedInput("not a string", where=self.path(key))
        if not min_length <= len(value) <= max_length:
            raise MalformedInput(f"not {min_length} to {max_length} characters", where=self.path(key))
        return value

    def optional_text(self, key: str, *, max_length: int = 1_000) -> str | None:
        """A string, or null."""
        if self._left.get(key, _ABSENT) is None:
            del self._left[key]
            return None
        return self.text(key, max_length=max_length)

    def integer(self, key: str, *, low: int = 0, high: int = MAX_SAFE_INTEGER) -> int:
        """An integer from low to high."""
        value = self.take(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise MalformedInput("not an integer", where=self.path(key))
        if not low <= value <= high:
            raise MalformedInput(f"not between {low} and {high}", where=self.path(key))
        return value

    def boolean(self, key: str) -> bool:
        """True or false."""
        value = self.take(key)
        if not isinstance(value, bool):
            raise MalformedInput("not true or false", where=self.path(key))
        return value

    def hex(self, key: str, *, size: int | None = None, max_size: int = 65_536) -> bytes:
        """Bytes written as ``0x`` and lower-case hexadecimal."""
        return unhex(
            self.text(key, max_length=2 + 2 * max_size), where=self.path(key), size=size, max_size=max_size
        )

    def base64(self, key: str, *, max_size: int) -> bytes:
        """Bytes written in standard, padded base64."""
        text = self.text(key, max_length=(max_size + 2) // 3 * 4)
        try:
            value = base64.b64decode(text.encode("ascii"), validate=True)
        except (binascii.Error, ValueError) as error:
            raise MalformedInput("not base64", where=self.path(key)) from error
        if base64.b64encode(value).decode("ascii") != text:
            raise MalformedInput("not canonical base64", where=self.path(key))
        if len(value) > max_size:
            raise MalformedInput(f"longer than {max_size} bytes", where=self.path(key))
        return value

    def instant(self, key: str) -> str:
        """A UTC time in RFC 3339 form ending in Z, kept as text."""
        value = self.text(key, max_length=32)
        parse_instant(value, where=self.path(key))
        return value

    def array(self, key: str, *, max_items: int) -> list[Any]:
        """A list of at most max_items."""
        value = self.take(key)
        if not isinstance(value, list):
            raise MalformedInput("not a list", where=self.path(key))
        if len(value) > max_items:
            raise MalformedInput(f"more than {max_items} entries", where=self.path(key))
        return value

    def object(self, key: str) -> Fields:
        """A nested object, to be read in the same way."""
        return Fields(self.take(key), self.path(key))

    def keys(self) -> list[str]:
        """The keys that are still there."""
        return [str(key) for key in self._left]

    def done(self) -> None:
        """Refuse whatever was not taken."""
        if self._left:
            raise MalformedInput(f"unknown key {min(map(str, self._left))[:64]!r}", where=self.where)
