"""A case package as an audit reads it: a ZIP or the folder that it was unpacked to, by its manifest.
Not here: what is checked of each item (see `audit`) and how packages are made. Nothing here writes or unpacks."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from .audit_records import Finding, Item, Read
from .audit_sources import SourceUnreadable, file_pieces, is_inside
from .digest import CHUNK
from .errors import EvidenceError, MalformedInput, Tampered, Unavailable
from .proof import MAX_BYTES
from .strict import Fields, load_json, to_hex
from .trust import TrustRoot
from .verdict import CheckStatus

FORMAT = "hezheng-package/1"
MANIFEST = "manifest.json"
MAX_MANIFEST = 64_000_000
MAX_ITEMS = 100_000
BEYOND = 16 * 1024 * 1024
"""Bytes that are read beyond the size that the manifest lists: enough to say what is wrong, too few for a bomb."""
FAILED, UNDETERMINED = CheckStatus.FAILED, CheckStatus.UNDETERMINED


class _Container(Protocol):
    """Files by path, ``/`` between."""

    def paths(self) -> list[str]: ...
    def read(self, path: str) -> Read: ...


class _Folder:
    """A folder on disk; links are not followed out of it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def paths(self) -> list[str]:
        found = (one for one in self._root.rglob("*") if one.is_file() and not one.is_symlink())
        return sorted(one.relative_to(self._root).as_posix() for one in found)

    def read(self, path: str) -> Read:
        return file_pieces(self._root / PurePosixPath(path))


class _Zip:
    """A ZIP file, read where it lies. Names that lead outside, or stand twice, are told as `odd`."""

    def __init__(self, path: Path) -> None:
        try:
            self._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, struct.error, ValueError, OSError, NotImplementedError) as error:
            raise SourceUnreadable(f"cannot read {path}: {error}") from error
        if sum(info.compress_size for info in self._archive.infolist()) > path.stat().st_size:
            raise SourceUnreadable(f"cannot read {path}: entries that lie over each other")
        self._names: dict[str, zipfile.ZipInfo] = {}
        self.odd: list[str] = []
        for info in self._archive.infolist():
            if info.filename.endswith("/"):
                continue
            if not is_inside(info.filename) or info.filename in self._names:
                self.odd.append(info.filename)
                continue
            self._names[info.filename] = info

    def paths(self) -> list[str]:
        return sorted(self._names)

    def read(self, path: str) -> Read:
        info = self._names[path]

        def read() -> Iterator[bytes]:
            try:
                with self._archive.open(info) as source:
                    while data := source.read(CHUNK):
                        yield data
            except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError) as error:
                raise Tampered(f"the archive's entry does not read: {error}", where=path) from error
            except (OSError, RuntimeError, NotImplementedError) as error:
                raise Unavailable(f"cannot read {path}: {error}") from error

        return read


class Package:
    """One case package. trust: the auditor's own, with which the one inside is compared."""

    complete = False

    def __init__(self, path: Path, trust: TrustRoot) -> None:
        self.name = path.name
        self._trust = trust
        self._container: _Container = _Folder(path) if path.is_dir() else _Zip(path)
        self._odd = self._container.odd if isinstance(self._container, _Zip) else []
        root = self._root()
        self._paths = {_relative(one, root): one for one in self._container.paths()}
        manifest = self._manifest()
        self._items = manifest["items"]
        self._erased = manifest["erased"]
        self._listed: dict[str, dict[str, Any]] = {one["path"]: one for one in manifest["files"]}
        self._digests: dict[str, str] = {}
        self._of_item: dict[str, str] = {}

    def _root(self) -> str:
        """Where the manifest lies: paths in it begin there, whether or not the package's own folder is around it."""
        found = [one for one in self._container.paths() if one.rpartition("/")[2] == MANIFEST]
        if not found:
            raise SourceUnreadable(f"no {MANIFEST} in {self.name}")
        return min(found, key=len).removesuffix(MANIFEST)

    def _manifest(self) -> dict[str, Any]:
        data = _whole(self._container.read(self._paths[MANIFEST]), MAX_MANIFEST)
        value = load_json(data, where=MANIFEST, max_bytes=MAX_MANIFEST)
        fields = Fields(value, MANIFEST)
        if fields.text("format") != FORMAT:
            raise SourceUnreadable(f"{self.name} is not a {FORMAT}")
        items = fields.array("items", max_items=MAX_ITEMS)
        files = [_listed(one, n) for n, one in enumerate(fields.array("files", max_items=10 * MAX_ITEMS))]
        left_out = fields.array("left_out", max_items=MAX_ITEMS) if "left_out" in value else []
        erased = [name for name in map(_erased, left_out) if name is not None]
        return {"items": items, "files": files, "erased": erased}

    def measure(self) -> tuple[int, int]:
        """As its manifest says."""
        return len(self._items), sum(one["size"] for one in self._listed.values())

    def items(self) -> Iterator[Item | Finding]:
        """Every item of the manifest."""
        for path in self._odd:
            yield Finding("package.name", FAILED, detail={"path": path})
        for name in self._erased:
            yield Finding("file.erased", UNDETERMINED, (name,))
        for number, value in enumerate(self._items):
            where = f"{MANIFEST}.items[{number}]"
            try:
                yield self._item(value, where)
            except MalformedInput as error:
                detail = {"where": error.where or where, "message": error.message}
                yield Finding("package.malformed", FAILED, detail=detail)

    def _item(self, value: object, where: str) -> Item:
        fields = Fields(value, where)
        name = fields.text("name", max_length=200, min_length=1)
        statement, state = fields.take("statement"), fields.text("state", max_length=20)
        path = fields.optional_text("file", max_length=1_000)
        proof_path = fields.optional_text("proof", max_length=1_000)
        for one in (path, proof_path):
            if one is not None:
                self._of_item[one] = name
        read = absence = None
        if path is None:
            absence = Finding("file.not_read", UNDETERMINED, (name,), detail={"reason": "no_file_named"})
        elif path not in self._paths:
            absence = Finding("file.missing", FAILED, (name,), detail={"path": path})
        else:
            read = self._noting(path)
        place: tuple[int, int | None] | None = (0, None) if state == "anchored" else None
        size = self._listed.get(path or "", {}).get("size", 0)
        return Item(name, statement, self._proof(proof_path), read, place, size, absence)

    def _noting(self, path: str) -> Read:
        """Reads a file, not far beyond what the manifest says, and notes its SHA-256 for the comparison with it."""
        pieces = self._container.read(self._paths[path])
        listed = self._listed.get(path)

        def read() -> Iterator[bytes]:
            digest, left = sha256(), BEYOND + (0 if listed is None else listed["size"])
            for piece in pieces():
                left -= len(piece)
                if left < 0:
                    raise Tampered("far more bytes than the manifest lists", where=path)
                digest.update(piece)
                yield piece
            self._digests[path] = to_hex(digest.digest())

        return read

    def _proof(self, path: str | None) -> bytes | None:
        if path is None or path not in self._paths:
            return None
        try:
            return _whole(self._noting(path), MAX_BYTES + 1)
        except EvidenceError:
            return b""

    def leftovers(self, failed: frozenset[str]) -> Iterator[Finding]:
        """Files that are not as the manifest lists them, and files that it does not list."""
        for path, listed in self._listed.items():
            if self._of_item.get(path) in failed:
                continue
            if path not in self._paths:
                yield Finding("package.missing", FAILED, detail={"path": path})
                continue
            found = self._sha256(path)
            if found != listed["sha256"]:
                detail = {"path": path, "expected": listed["sha256"], "actual": found}
                yield Finding("package.changed", FAILED, detail=detail)
        for path in sorted(self._paths.keys() - self._listed.keys() - {MANIFEST}):
            yield Finding("package.extra", FAILED, detail={"path": path})
        yield from self._trust_findings()

    def _sha256(self, path: str) -> str | None:
        if path not in self._digests:
            try:
                for _ in self._noting(path)():
                    pass
            except EvidenceError:
                return None
        return self._digests[path]

    def _trust_findings(self) -> Iterator[Finding]:
        """The trust root inside is never believed; where it is another one, that is said."""
        if "trust.json" not in self._paths:
            return
        try:
            inside = TrustRoot.parse(_whole(self._container.read(self._paths["trust.json"]), 1_000_001))
        except EvidenceError:
            inside = None
        if inside != self._trust:
            yield Finding("package.trust", UNDETERMINED, detail={"path": "trust.json"})


def _relative(path: str, root: str) -> str:
    return path.removeprefix(root) if path.startswith(root) else f"../{path}"


def _erased(value: object) -> str | None:
    """The name of something left out because it was erased; None for another reason, or none that can be read."""
    if not isinstance(value, dict) or value.get("reason") != "erased":
        return None
    name = value.get("name")
    return name if isinstance(name, str) and 0 < len(name) <= 200 else None


def _listed(value: object, number: int) -> dict[str, Any]:
    fields = Fields(value, f"{MANIFEST}.files[{number}]")
    path = fields.text("path", max_length=1_000, min_length=1)
    if not is_inside(path):
        raise MalformedInput("leads outside the package", where=fields.path("path"))
    size, digest = fields.integer("size"), "0x" + fields.hex("sha256", size=32).hex()
    fields.done()
    return {"path": path, "size": size, "sha256": digest}


def _whole(read: Read, most: int) -> bytes:
    """All bytes of a small file, but no more than `most`."""
    found = bytearray()
    for piece in read():
        found += piece
        if len(found) > most:
            return bytes(found[:most])
    return bytes(found)
