"""What an audit reads: an inventory with the store that it names. Case packages are in `audit_package`.
Not here: what is checked (see `audit`). Nothing here writes anything."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from .audit_records import Finding, Item, Read
from .digest import CHUNK
from .errors import EvidenceError, MalformedInput, NotFound, Unavailable
from .proof import MAX_BYTES
from .store import Store
from .strict import Fields, load_json
from .verdict import CheckStatus

FORMAT = "hezheng-inventory/1"
MAX_LINE = 3 * MAX_BYTES
"""A proof file as a JSON string may need two bytes where the file has one."""
MAX_TEXT = 1_000_000
FAILED, UNDETERMINED = CheckStatus.FAILED, CheckStatus.UNDETERMINED


class SourceUnreadable(MalformedInput):
    """A source that is neither a case package nor an inventory, or cannot be opened."""


def file_pieces(path: Path) -> Read:
    """Opens a file on disk."""

    def read() -> Iterator[bytes]:
        try:
            with path.open("rb") as source:
                while data := source.read(CHUNK):
                    yield data
        except (FileNotFoundError, IsADirectoryError) as error:
            raise NotFound(f"no file {path}") from error
        except OSError as error:
            raise Unavailable(f"cannot read {path}: {error.strerror}") from error

    return read


def is_inside(path: str) -> bool:
    """Does a path that somebody else wrote stay inside the folder that it begins in?"""
    parts = path.split("/")
    return bool(path) and not set(path) & {"\\", "\0"} and not any(part in ("", ".", "..") for part in parts)


def inventory_line(
    *,
    name: str,
    statement: object,
    proof: str | None,
    place: tuple[int, int | None] | None,
    address: str | None = None,
    path: str | None = None,
    text: str | None = None,
    size: int = 0,
) -> str:
    """One line of an inventory. address: in the store; path: beside the inventory; text: the bytes themselves."""
    line = {
        "name": name,
        "size": size,
        "statement": statement,
        "file": {"address": address, "path": path, "text": text},
        "place": None if place is None else {"batch": place[0], "index": place[1]},
        "proof": proof,
    }
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def inventory_head(*, items: int, size: int) -> str:
    """The first line of an inventory: its format, how many lines follow, and the bytes of their files."""
    return json.dumps({"format": FORMAT, "items": items, "bytes": size}, separators=(",", ":"))


@dataclass
class _Counts:
    items: int
    size: int


class Inventory:
    """A ``.jsonl`` file: a head, then a line per item. store: where addresses lead; None when none was given."""

    complete = True

    def __init__(self, path: Path, store: Store | None) -> None:
        self.name = path.name
        self._path = path
        self._store = store
        self._claimed: set[str] = set()
        self._lines = 0
        self._counts = self._head()

    def _head(self) -> _Counts:
        try:
            with self._path.open("rb") as source:
                fields = Fields(
                    load_json(source.readline(MAX_LINE), where="line 1", max_bytes=10_000), "line 1"
                )
        except OSError as error:
            raise SourceUnreadable(f"cannot read {self._path}: {error.strerror}") from error
        if fields.text("format") != FORMAT:
            raise SourceUnreadable(f"{self._path} is not a {FORMAT} file")
        counts = _Counts(fields.integer("items"), fields.integer("bytes"))
        fields.done()
        return counts

    def measure(self) -> tuple[int, int]:
        """As its head says."""
        return self._counts.items, self._counts.size

    def items(self) -> Iterator[Item | Finding]:
        """Every line; one that cannot be read is a finding."""
        with self._path.open("rb") as source:
            source.readline(MAX_LINE)
            for number, line in enumerate(_lines(source), 2):
                self._lines += 1
                try:
                    yield self._item(line, f"line {number}")
                except MalformedInput as error:
                    detail = {"where": error.where or f"line {number}", "message": error.message}
                    yield Finding("inventory.malformed", FAILED, detail=detail)
        if self._lines != self._counts.items:
            counted = {"expected": self._counts.items, "actual": self._lines}
            yield Finding("inventory.cut", FAILED, detail=counted)

    def _item(self, line: bytes, where: str) -> Item:
        fields = Fields(load_json(line, where=where, max_bytes=MAX_LINE), where)
        name = fields.text("name", max_length=200, min_length=1)
        statement, size = fields.take("statement"), fields.integer("size")
        proof = fields.optional_text("proof", max_length=MAX_LINE)
        place = _place(fields)
        file = fields.object("file")
        address, path = (
            file.optional_text("address", max_length=64),
            file.optional_text("path", max_length=1_000),
        )
        if path is not None and not is_inside(path):
            raise MalformedInput("leads outside the inventory's folder", where=file.path("path"))
        text = file.optional_text("text", max_length=MAX_TEXT)
        file.done()
        fields.done()
        read = self._read(address, path, text)
        absence = None if read is not None else self._absence(name, address)
        return Item(name, statement, proof, read, place, size, absence, address)

    def _read(self, address: str | None, path: str | None, text: str | None) -> Read | None:
        if text is not None:
            content = text.encode()
            return lambda: iter((content,))
        if path is not None:
            return file_pieces(self._path.parent / PurePosixPath(path))
        if address is None or self._store is None:
            return None
        self._claimed.add(address)
        store = self._store
        return lambda: store.open(address)

    def _absence(self, name: str, address: str | None) -> Finding:
        reason = "no_store" if address is not None else "no_file_named"
        return Finding("file.not_read", UNDETERMINED, (name,), detail={"reason": reason})

    def leftovers(self, failed: frozenset[str]) -> Iterator[Finding]:
        """Files of the store that no line claims."""
        del failed
        if self._store is None:
            return
        try:
            for address in self._store.addresses():
                if address not in self._claimed:
                    yield Finding("store.extra", UNDETERMINED, detail={"address": address})
        except (EvidenceError, OSError) as error:
            yield Finding("store.not_listed", UNDETERMINED, detail={"message": str(error)})


def _place(fields: Fields) -> tuple[int, int | None] | None:
    value = fields.take("place")
    if value is None:
        return None
    place = Fields(value, fields.path("place"))
    index = place.take("index")
    if index is not None and (not isinstance(index, int) or isinstance(index, bool) or index < 0):
        raise MalformedInput("not a leaf", where=place.path("index"))
    found = (place.integer("batch", low=1), index)
    place.done()
    return found


def _lines(source: BinaryIO) -> Iterator[bytes]:
    """Lines of bounded length; a longer one comes in parts, which are then refused one by one."""
    while line := source.readline(MAX_LINE):
        if line.strip():
            yield line


def write_inventory(path: Path, lines: Iterable[dict[str, Any]], *, items: int, size: int) -> None:
    """Write an inventory; lines: arguments of `inventory_line`."""
    with path.open("w", encoding="utf-8") as target:
        target.write(inventory_head(items=items, size=size) + "\n")
        for line in lines:
            target.write(inventory_line(**line) + "\n")
