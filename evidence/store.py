"""The content-addressed store: files encrypted at rest, digested while written, never overwritten.
Not here: the file format (see `sealed_file`), uploads in progress (see `staging`), and who may read."""

from __future__ import annotations

import hmac
import json
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .digest import DigestStream, FileDigest
from .errors import MalformedInput, NotFound, Refused, Unavailable
from .sealed_file import (
    HEADER,
    SEALED_SEGMENT,
    SEGMENT,
    FileKey,
    plain_size,
    read_header,
    sync_folder,
    write_at,
)
from .staging import Staging
from .strict import instant_text

MAX_OPEN_UPLOADS = 64
OPENING_LOCKS = 64
_UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ADDRESS = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class StoredFile:
    """A file in the store. address: 64 hexadecimal digits, opaque; existed: it was there already."""

    address: str
    digest: FileDigest
    existed: bool = False


class EncryptedFolder:
    """A folder of encrypted files. Safe from several threads; one process at a time may hold an upload open.

    root: the folder (made when missing). master_key: 32 bytes; whoever has it can read everything.
    address = HMAC-SHA-256(derived key, scope length ‖ scope ‖ SHA-256): the same bytes in one scope share an
    address, and an address tells nothing about the bytes.
    """

    def __init__(self, root: str | os.PathLike[str], master_key: bytes) -> None:
        if len(master_key) != 32:
            raise MalformedInput("a master key is 32 bytes")
        self._objects = Path(root) / "objects"
        self._staging = Path(root) / "staging"
        self._key_of_keys = AESGCM(hmac.digest(master_key, b"hezheng-store/1 file keys", "sha256"))
        self._address_key = hmac.digest(master_key, b"hezheng-store/1 addresses", "sha256")
        self._lock = threading.Lock()
        self._uploads: dict[str, Staging] = {}
        self._opening = tuple(threading.Lock() for _ in range(OPENING_LOCKS))
        self._durable_folders: set[Path] = set()
        try:
            for folder in (self._objects, self._staging):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise Unavailable(f"cannot make the store: {error.strerror}") from error

    def stage(self, upload_id: str) -> Upload:
        """Open or resume an upload; every caller in this process shares its state.

        upload_id: 1 to 64 of A-Z a-z 0-9 _ -. After a restart the bytes on disk are read again for the
        digests; who asks for the same upload meanwhile waits here. An upload that another process holds open
        is Unavailable (code StoreBusy).
        """
        if not _UPLOAD_ID.fullmatch(upload_id):
            raise MalformedInput("not an upload id", where="upload_id")
        with self._opening_lock(upload_id):
            return self._open_upload(upload_id)

    def _opening_lock(self, upload_id: str) -> threading.Lock:
        """Opening and finishing one upload exclude each other: opening cuts off a last segment half written."""
        return self._opening[hash(upload_id) % OPENING_LOCKS]

    def _open_upload(self, upload_id: str) -> Upload:
        with self._lock:
            staging = self._uploads.get(upload_id)
            if staging is not None and staging.usable:
                return Upload(self, upload_id, staging)
            self._uploads.pop(upload_id, None)
        if staging is not None:
            staging.release()
        staging = Staging(self._staging / upload_id, self._key_of_keys)
        with self._lock:
            while len(self._uploads) >= MAX_OPEN_UPLOADS:
                self._uploads.pop(next(iter(self._uploads))).release()
            self._uploads[upload_id] = staging
        return Upload(self, upload_id, staging)

    def staged(self) -> list[str]:
        """Ids of all uploads on disk that are not committed, so that old ones can be discarded."""
        return sorted(entry.name for entry in self._staging.iterdir() if entry.is_dir())

    def address(self, scope: str, sha256: bytes) -> str:
        """Where a file with this SHA-256 stands in a scope, stored or not."""
        name = scope.encode()
        content = len(name).to_bytes(8, "big") + name + sha256
        return hmac.digest(self._address_key, content, "sha256").hex()

    def exists(self, address: str) -> bool:
        """Is there a readable file (not an erased one)?"""
        return self._path(address).exists() and not self.erased(address)

    def erased(self, address: str) -> bool:
        """Was the file at this address erased?"""
        return self._tombstone(address).exists()

    def size(self, address: str) -> int:
        """Plain size in bytes. NotFound, Tampered."""
        with self._reader(address) as reader:
            return reader.size

    def open(self, address: str) -> Iterator[bytes]:
        """The whole file in pieces of at most 1 MiB, each authenticated before it is handed out.

        NotFound (also after erasure) and Unavailable come at once; Tampered may come in the middle.
        """
        return self.read(address, 0, self.size(address))

    def read(self, address: str, start: int, end: int) -> Iterator[bytes]:
        """Bytes from start up to end (not included), in pieces; MalformedInput when out of range."""
        size = self.size(address)
        if not 0 <= start <= end <= size:
            raise MalformedInput(f"no bytes {start} to {end} in a file of {size}", where="range")
        return self._pieces(address, start, end)

    def check(self, address: str) -> FileDigest:
        """Read and authenticate the whole file again and return its digests."""
        stream = DigestStream()
        for piece in self.open(address):
            stream.update(piece)
        return stream.finish()

    def addresses(self) -> Iterator[str]:
        """Every address with a readable file, in order."""
        for folder in sorted(self._objects.iterdir()):
            names = sorted(entry.name for entry in folder.iterdir())
            yield from (name for name in names if _ADDRESS.fullmatch(name) and not self.erased(name))

    def erase(self, address: str) -> None:
        """Destroy the file's key and bytes and leave a tombstone. Repeating it is harmless. NotFound.

        Copies in backups stay readable with the master key: they have to be erased as well.
        """
        path, tombstone = self._path(address), self._tombstone(address)
        if not path.exists() and not tombstone.exists():
            raise NotFound("no such file", where="address")
        try:
            if not tombstone.exists():
                self._bury(tombstone)
            if path.exists():
                self._destroy(path)
        except OSError as error:
            raise Unavailable(f"cannot erase: {error.strerror}") from error

    def _bury(self, tombstone: Path) -> None:
        text = json.dumps({"erased_at": instant_text(datetime.now(UTC).replace(microsecond=0))})
        descriptor = os.open(tombstone, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            write_at(descriptor, text.encode(), 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(tombstone.parent)

    def _destroy(self, path: Path) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            write_at(descriptor, bytes(HEADER), 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        path.unlink()
        sync_folder(path.parent)

    def _commit(self, upload_id: str, staging: Staging, scope: str) -> StoredFile:
        with self._opening_lock(upload_id):
            return self._file_away(upload_id, staging, scope)

    def _file_away(self, upload_id: str, staging: Staging, scope: str) -> StoredFile:
        digest = staging.finish()
        address = self.address(scope, digest.sha256)
        path = self._path(address)
        try:
            if self.erased(address):
                raise Refused("this file was erased in this scope", code="StoreErased")
            existed = not self._place(staging.data_path, path)
        except OSError as error:
            raise Unavailable(f"cannot place the file: {error.strerror}") from error
        if existed and self.size(address) != digest.size:
            raise Refused("another file stands at this address", code="StoreConflict")
        self._discard(upload_id, staging)
        return StoredFile(address, digest, existed)

    def _place(self, source: Path, path: Path) -> bool:
        """Give finished data its final name, durably, never overwriting; False when the name is taken."""
        if path.parent not in self._durable_folders:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self._objects)
            self._durable_folders.add(path.parent)
        try:
            os.link(source, path)
        except FileExistsError:
            placed = False
        else:
            placed = True
        sync_folder(path.parent)
        return placed

    def _discard(self, upload_id: str, staging: Staging) -> None:
        staging.discard()
        with self._lock:
            if self._uploads.get(upload_id) is staging:
                del self._uploads[upload_id]

    def _pieces(self, address: str, start: int, end: int) -> Iterator[bytes]:
        with self._reader(address) as reader:
            yield from reader.pieces(start, end)

    def _reader(self, address: str) -> _Reader:
        return _Reader(self._locate(address), self._key_of_keys)

    def _locate(self, address: str) -> Path:
        path = self._path(address)
        if self.erased(address):
            raise NotFound("the file was erased", where="address", code="StoreErased")
        return path

    def _path(self, address: str) -> Path:
        if not _ADDRESS.fullmatch(address):
            raise MalformedInput("not an address", where="address")
        return self._objects / address[:2] / address

    def _tombstone(self, address: str) -> Path:
        path = self._path(address)
        return path.with_name(path.name + ".erased")


class Upload:
    """A caller's handle on an upload in progress; reopens it by itself when the store had to close it."""

    def __init__(self, store: EncryptedFolder, upload_id: str, staging: Staging) -> None:
        self._store = store
        self._staging = staging
        self.upload_id = upload_id

    @property
    def offset(self) -> int:
        """Bytes held so far: where the next piece has to start."""
        return self._current().offset

    def append(self, offset: int, chunk: bytes | bytearray | memoryview) -> int:
        """Take the next bytes, return the new offset; see `Staging.append`."""
        try:
            return self._current().append(offset, chunk)
        except Unavailable as error:
            if error.code != "StoreReopen":
                raise
        return self._current().append(offset, chunk)

    def digest(self) -> FileDigest:
        """Both digests and the size so far, without finishing."""
        return self._current().digest()

    def commit(self, scope: str) -> StoredFile:
        """Finish and file it. After the return the bytes survive a loss of power; repeating it is safe.

        scope: files share an address only within one scope. Refused (StoreErased): erased there before.
        Unavailable: nothing was promised; ask for the offset again and go on from there.
        """
        return self._store._commit(self.upload_id, self._current(), scope)

    def discard(self) -> None:
        """Forget the upload and its bytes."""
        self._store._discard(self.upload_id, self._current())

    def _current(self) -> Staging:
        if not self._staging.usable:
            self._staging = self._store.stage(self.upload_id)._staging
        return self._staging


class _Reader:
    """A stored file opened for reading."""

    def __init__(self, path: Path, key_of_keys: AESGCM) -> None:
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise NotFound("no such file", where="address") from error
        except OSError as error:
            raise Unavailable(f"cannot read: {error.strerror}") from error
        whole = False
        try:
            self.size = plain_size(os.fstat(self._descriptor).st_size)
            self._key: FileKey = read_header(os.pread(self._descriptor, HEADER, 0), key_of_keys)
            whole = True
        except OSError as error:
            raise Unavailable(f"cannot read: {error.strerror}") from error
        finally:
            if not whole:
                os.close(self._descriptor)

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """Plain bytes [start, end) by segment; for a whole file the last one proves that none is missing."""
        last = self.size // SEGMENT
        whole = start == 0 and end == self.size
        stop = last + 1 if whole else (end + SEGMENT - 1) // SEGMENT
        for number in range(start // SEGMENT, stop):
            plain = self._segment(number, final=number == last)
            piece = plain[max(start - number * SEGMENT, 0) : end - number * SEGMENT]
            if piece:
                yield piece

    def _segment(self, number: int, *, final: bool) -> bytes:
        try:
            sealed = os.pread(self._descriptor, SEALED_SEGMENT, HEADER + number * SEALED_SEGMENT)
        except OSError as error:
            raise Unavailable(f"cannot read: {error.strerror}") from error
        return self._key.open(sealed, number, final=final)
