"""The content-addressed store: files encrypted at rest, digested while written, never overwritten.
Not here: the file format (`sealed_file`), uploads in progress (`staging`), the S3 store (`s3_store`), who may read.
"""

from __future__ import annotations

import contextlib
import fcntl
import hmac
import json
import os
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Protocol

from .digest import DigestStream, FileDigest
from .errors import EvidenceError, MalformedInput, NotFound, Refused, Tampered, Unavailable
from .faults import reach
from .helpers import all_at_once
from .master_keys import MasterKeys, as_keys
from .sealed_file import (
    HEADER,
    SEALED_SEGMENT,
    SEGMENT,
    FileKey,
    plain_size,
    read_header,
    rewrap,
    sync_folder,
    write_at,
)
from .staging import JOURNAL, Staging, remove, replace_header, stored_header
from .strict import instant_text

MAX_OPEN_UPLOADS = 64
OPENING_LOCKS = 1024
_UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ADDRESS = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class StoredFile:
    """A file in the store. address: 64 hexadecimal digits, opaque; existed: it was there already."""

    address: str
    digest: FileDigest
    existed: bool = False


class Store(Protocol):
    """What the application asks of a store; `EncryptedFolder` and `S3Store` pass one behaviour suite.

    Every method may raise Unavailable; none gives bytes that do not authenticate (Tampered).
    """

    def stage(self, upload_id: str) -> Upload:
        """Open or resume an upload."""

    def file_away(self, wanted: Sequence[tuple[Upload, str]]) -> list[StoredFile | EvidenceError]:
        """Finish uploads and file each in its scope, all in one go; they stay open to be filed again."""

    def forget(self, *upload_ids: str) -> None:
        """Take uploads off the disk; files that were made of them stay."""

    def staged(self) -> list[str]:
        """Ids of all uploads on disk that are not committed."""

    def free_space(self) -> int:
        """Bytes that uploads can still take before the disk is full."""

    def address(self, scope: str, sha256: bytes) -> str:
        """Where a file with this SHA-256 stands in a scope, stored or not."""

    def exists(self, address: str) -> bool:
        """Is there a readable file (not an erased one)?"""

    def erased(self, address: str) -> bool:
        """Was the file at this address erased?"""

    def size(self, address: str) -> int:
        """Plain size in bytes. NotFound, Tampered."""

    def open(self, address: str) -> Iterator[bytes]:
        """The whole file in pieces, each authenticated before it is handed out. NotFound, Tampered."""

    def read(self, address: str, start: int, end: int) -> Iterator[bytes]:
        """Bytes from start up to end (not included), in pieces."""

    def check(self, address: str) -> FileDigest:
        """Read and authenticate the whole file again and return its digests."""

    def addresses(self) -> Iterator[str]:
        """Every address with a readable file, in order."""

    def erase(self, address: str) -> None:
        """Destroy the file's key and bytes and leave a tombstone."""

    def rewrap(self, address: str) -> bool:
        """Wrap the file's key under the current master key; False when it was so already."""

    def rewrap_staged(self, upload_id: str) -> bool:
        """The same for an upload in progress."""

    def sweep(self, before: datetime) -> int:
        """Remove what broken attempts to file an upload left behind before then (UTC). How many."""

    def close(self) -> None:
        """Let go of connections; before the process ends."""


class EncryptedStore(ABC):
    """What both stores share: uploads staged on the local disk, addresses, authenticated reading.

    Safe from several threads; one process at a time may hold an upload open.
    folder: where uploads wait (made when missing). keys: the master key, or where to find them.
    address = HMAC-SHA-256(address key, scope length ‖ scope ‖ SHA-256): the same bytes in one scope share an
    address, and an address tells nothing about the bytes.
    """

    def __init__(self, folder: str | os.PathLike[str], keys: bytes | MasterKeys) -> None:
        self._keys = as_keys(keys)
        self._address_key = self._keys.address_key()
        self._staging = Path(folder) / "staging"
        self._lock = threading.Lock()
        self._uploads: dict[str, Staging] = {}
        self._opening = tuple(threading.Lock() for _ in range(OPENING_LOCKS))
        self._make(self._staging)

    def _make(self, folder: Path) -> None:
        try:
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
        staging = Staging(self._staging / upload_id, self._keys)
        with self._lock:
            while len(self._uploads) >= MAX_OPEN_UPLOADS:
                self._uploads.pop(next(iter(self._uploads))).release()
            self._uploads[upload_id] = staging
        return Upload(self, upload_id, staging)

    def staged(self) -> list[str]:
        """Ids of all uploads on disk that are not committed, so that old ones can be discarded."""
        return sorted(entry.name for entry in self._staging.iterdir() if entry.is_dir())

    def free_space(self) -> int:
        """Bytes free on the disk where uploads are staged."""
        try:
            state = os.statvfs(self._staging)
        except OSError as error:
            raise Unavailable(f"cannot ask the disk: {error.strerror}") from error
        return state.f_bavail * state.f_frsize

    def address(self, scope: str, sha256: bytes) -> str:
        """Where a file with this SHA-256 stands in a scope, stored or not."""
        name = scope.encode()
        content = len(name).to_bytes(8, "big") + name + sha256
        return hmac.digest(self._address_key, content, "sha256").hex()

    @abstractmethod
    def exists(self, address: str) -> bool:
        """Is there a readable file (not an erased one)?"""

    @abstractmethod
    def erased(self, address: str) -> bool:
        """Was the file at this address erased?"""

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

    @abstractmethod
    def addresses(self) -> Iterator[str]:
        """Every address with a readable file, in order."""

    @abstractmethod
    def erase(self, address: str) -> None:
        """Destroy the file's key and bytes and leave a tombstone. Repeating it is harmless. NotFound.

        Copies in backups stay readable with the master key: they have to be erased as well.
        """

    @abstractmethod
    def rewrap(self, address: str) -> bool:
        """Wrap the file's key under the current master key; False when it was so already, or is erased."""

    def rewrap_staged(self, upload_id: str) -> bool:
        """The same for an upload in progress, also one that another process holds open."""
        folder = self._staging / upload_id
        with self._key_work():
            try:
                return _rewrap_in_place(folder / "data", folder / JOURNAL, self._keys)
            except FileNotFoundError:
                return False
            except OSError as error:
                raise Unavailable(f"cannot write the upload: {error.strerror}") from error

    def sweep(self, before: datetime) -> int:
        """Nothing: a folder's files get their place in one step."""
        del before
        return 0

    def close(self) -> None:  # noqa: B027  (not abstract: only a store with connections has something to end)
        """Nothing is held open."""

    @contextlib.contextmanager
    def _key_work(self) -> Iterator[None]:
        """Wrapping a key anew and erasing it exclude each other, among processes too: no key comes back."""
        try:
            descriptor = os.open(
                self._staging.parent / "keys.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise Unavailable(f"cannot lock the store: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def file_away(self, wanted: Sequence[tuple[Upload, str]]) -> list[StoredFile | EvidenceError]:
        """Finish uploads, (upload, scope) each, and file them: durable on return, or the error that each one met.

        Many cost little more than one, since the disk is asked once for all. An upload stays on disk until it is
        forgotten (`forget`), so that whoever crashes before noting the address can file it again.
        """
        filings = [_Filing(upload, scope) for upload, scope in wanted]
        with self._opening_all(upload.upload_id for upload, _ in wanted):
            self._file(filings)
        return [filing.result() for filing in filings]

    def _file_and_forget(self, filing: _Filing) -> StoredFile | EvidenceError:
        """One alone, for a caller that keeps no note of it. Nobody opens the upload between filing and forgetting."""
        upload_id = filing.upload.upload_id
        with self._opening_lock(upload_id):
            self._file([filing])
            result = filing.result()
            if isinstance(result, StoredFile):
                self._forget(upload_id)
        return result

    def _file(self, filings: Sequence[_Filing]) -> None:
        """Each step for all of them before the next: a disk that is asked to sync many at once has little more to do."""
        try:
            for filing in filings:
                filing.go_on(self._seal)
            self._sync_and_name(filings)
            for filing in filings:
                filing.go_on(lambda _: reach("store.placed"))
        finally:
            for filing in filings:
                filing.close()

    @contextlib.contextmanager
    def _opening_all(self, upload_ids: Iterable[str]) -> Iterator[None]:
        """Every one's opening lock, always taken in the same order."""
        with contextlib.ExitStack() as held:
            for number in sorted({hash(upload_id) % OPENING_LOCKS for upload_id in upload_ids}):
                held.enter_context(self._opening[number])
            yield

    def _seal(self, filing: _Filing) -> None:
        """Take it out of the open ones first: nobody may close it before it is durable."""
        upload_id = filing.upload.upload_id
        with self._lock:
            staging = self._uploads.pop(upload_id, None)
        if staging is not None and not staging.usable:
            staging.release()
            staging = None
        filing.take(staging or Staging(self._staging / upload_id, self._keys))
        filing.digest = filing.staging.seal()

    def _sync(self, filing: _Filing) -> None:
        filing.staging.sync()

    def _name(self, filing: _Filing) -> None:
        digest = filing.digest
        address = self.address(filing.scope, digest.sha256)
        if self.erased(address):
            raise Refused("this file was erased in this scope", code="StoreErased")
        filing.existed = not self._place(filing.staging, address)
        if filing.existed and self.size(address) != digest.size:
            raise Refused("another file stands at this address", code="StoreConflict")
        filing.address = address

    def _sync_and_name(self, filings: Sequence[_Filing]) -> None:
        """Make their data durable, then their names."""
        all_at_once(partial(filing.go_on, self._sync) for filing in filings)
        for filing in filings:
            filing.go_on(self._name)

    @abstractmethod
    def _place(self, staging: Staging, address: str) -> bool:
        """Give durable data its final name, never overwriting; False when the name is taken."""

    def forget(self, *upload_ids: str) -> None:
        """Take uploads off the disk; files that were made of them stay in the store. Unavailable."""
        if not all(map(_UPLOAD_ID.fullmatch, upload_ids)):
            raise MalformedInput("not an upload id", where="upload_id")
        with self._opening_all(upload_ids):
            self._forget(*upload_ids)

    def _forget(self, *upload_ids: str) -> None:
        for upload_id in upload_ids:
            with self._lock:
                staging = self._uploads.pop(upload_id, None)
            if staging is not None:
                staging.release()
        try:
            all_at_once(partial(remove, self._staging / upload_id) for upload_id in upload_ids)
        except OSError as error:
            raise Unavailable(f"cannot forget the upload: {error.strerror}") from error

    def _discard(self, upload_id: str, staging: Staging) -> None:
        staging.discard()
        with self._lock:
            if self._uploads.get(upload_id) is staging:
                del self._uploads[upload_id]

    def _pieces(self, address: str, start: int, end: int) -> Iterator[bytes]:
        with self._reader(address) as reader:
            yield from reader.pieces(start, end)

    def _reader(self, address: str) -> SealedReader:
        check_address(address)
        if self.erased(address):
            raise NotFound("the file was erased", where="address", code="StoreErased")
        return self._open_reader(address)

    @abstractmethod
    def _open_reader(self, address: str) -> SealedReader:
        """Open a stored file. NotFound, Tampered, Unavailable."""


class _Filing:
    """An upload on its way to its name. staging, digest, address: once the steps before have set them."""

    staging: Staging
    digest: FileDigest
    address: str

    def __init__(self, upload: Upload, scope: str) -> None:
        self.upload = upload
        self.scope = scope
        self.existed = False
        self._opened = False
        self._error: EvidenceError | None = None

    def take(self, staging: Staging) -> None:
        """Work on this from now on."""
        self.staging, self._opened = staging, True

    def go_on(self, step: Callable[[_Filing], None]) -> None:
        """One step further, unless one before failed."""
        if self._error is None:
            try:
                step(self)
            except EvidenceError as error:
                self._error = error
            except OSError as error:
                self.fail(error)

    def fail(self, error: OSError) -> None:
        """The disk has failed for it."""
        self._error = Unavailable(f"cannot file the upload: {error.strerror}")

    @property
    def going(self) -> bool:
        """Nothing has failed yet."""
        return self._error is None

    def close(self) -> None:
        """Let go of the files; whoever opens the upload again goes on from what the disk holds."""
        if self._opened:
            self.staging.release()

    def result(self) -> StoredFile | EvidenceError:
        """Where it stands now, or why it does not."""
        return self._error or StoredFile(self.address, self.digest, self.existed)


def is_address(name: str) -> bool:
    """Whether it has the form of an address."""
    return _ADDRESS.fullmatch(name) is not None


def check_address(address: str) -> None:
    """MalformedInput for anything that is not an address, before it becomes a path or a name."""
    if not is_address(address):
        raise MalformedInput("not an address", where="address")


def tombstone_text() -> bytes:
    """What stays at the place of an erased file: only that it was, and when."""
    return json.dumps({"erased_at": instant_text(datetime.now(UTC).replace(microsecond=0))}).encode()


class SealedReader(ABC):
    """A stored file opened for reading. size: plain bytes."""

    size: int
    key: FileKey

    def __enter__(self) -> SealedReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Let go of the file."""

    @abstractmethod
    def sealed(self, first: int, stop: int) -> Iterator[bytes]:
        """The sealed segments first to stop (not included), as they stand in the store."""

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """Plain bytes [start, end) by segment; for a whole file the last one proves that none is missing."""
        last = self.size // SEGMENT
        whole = start == 0 and end == self.size
        first, stop = start // SEGMENT, last + 1 if whole else (end + SEGMENT - 1) // SEGMENT
        for number, sealed in enumerate(self.sealed(first, stop), first):
            plain = self.key.open(sealed, number, final=number == last)
            piece = plain[max(start - number * SEGMENT, 0) : end - number * SEGMENT]
            if piece:
                yield piece


class EncryptedFolder(EncryptedStore):
    """A folder of encrypted files. root: the folder (made when missing)."""

    def __init__(self, root: str | os.PathLike[str], keys: bytes | MasterKeys) -> None:
        super().__init__(root, keys)
        self._objects = Path(root) / "objects"
        self._durable_folders: set[Path] = set()
        self._make(self._objects)

    def exists(self, address: str) -> bool:
        """Is there a readable file (not an erased one)?"""
        return self._path(address).exists() and not self.erased(address)

    def erased(self, address: str) -> bool:
        """Was the file at this address erased?"""
        return self._beside(address, ".erased").exists()

    def addresses(self) -> Iterator[str]:
        """Every address with a readable file, in order."""
        for folder in sorted(self._objects.iterdir()):
            names = sorted(entry.name for entry in folder.iterdir())
            yield from (name for name in names if is_address(name) and not self.erased(name))

    def erase(self, address: str) -> None:
        """Destroy the file's key and bytes and leave a tombstone. Repeating it is harmless. NotFound.

        Copies in backups stay readable with the master key: they have to be erased as well.
        """
        path, tombstone = self._path(address), self._beside(address, ".erased")
        if not path.exists() and not tombstone.exists():
            raise NotFound("no such file", where="address")
        with self._key_work():
            try:
                if not tombstone.exists():
                    self._bury(tombstone)
                for suffix in (".key", ".key.new"):
                    self._beside(address, suffix).unlink(missing_ok=True)
                if path.exists():
                    self._destroy(path)
            except OSError as error:
                raise Unavailable(f"cannot erase: {error.strerror}") from error

    def _bury(self, tombstone: Path) -> None:
        descriptor = os.open(tombstone, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            write_at(descriptor, tombstone_text(), 0)
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

    def rewrap(self, address: str) -> bool:
        """Wrap the file's key under the current master key; False when it was so already, or is erased."""
        path = self._path(address)
        with self._key_work():
            if self.erased(address):
                return False
            try:
                return _rewrap_in_place(path, self._beside(address, ".key"), self._keys)
            except FileNotFoundError as error:
                raise NotFound("no such file", where="address") from error
            except OSError as error:
                raise Unavailable(f"cannot write the file's key: {error.strerror}") from error

    def _place(self, staging: Staging, address: str) -> bool:
        try:
            return self._link(staging.data_path, self._path(address))
        except OSError as error:
            raise Unavailable(f"cannot place the file: {error.strerror}") from error

    def _link(self, source: Path, path: Path) -> bool:
        if path.parent not in self._durable_folders:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self._objects)
            self._durable_folders.add(path.parent)
        try:
            os.link(source, path)
        except FileExistsError:
            return False
        return True

    def _sync_and_name(self, filings: Sequence[_Filing]) -> None:
        """All files at once, then all folders that got a name; one that cannot be made durable fails all of its own."""
        all_at_once(partial(self._sync_one, filing) for filing in filings)
        folders: dict[Path, list[_Filing]] = {}
        for filing in filings:
            if filing.going:
                folders.setdefault(self._path(filing.address).parent, []).append(filing)
        all_at_once(partial(_keep_folder, folder, placed) for folder, placed in folders.items())

    def _sync_one(self, filing: _Filing) -> None:
        filing.go_on(self._sync)
        filing.go_on(self._name)

    def _open_reader(self, address: str) -> SealedReader:
        return _FileReader(self._path(address), self._beside(address, ".key"), self._keys)

    def _path(self, address: str) -> Path:
        check_address(address)
        return self._objects / address[:2] / address

    def _beside(self, address: str, suffix: str) -> Path:
        path = self._path(address)
        return path.with_name(path.name + suffix)


def _keep_folder(folder: Path, placed: Sequence[_Filing]) -> None:
    try:
        sync_folder(folder)
    except OSError as error:
        for filing in placed:
            filing.fail(error)


def _rewrap_in_place(path: Path, journal: Path, keys: MasterKeys) -> bool:
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        header = stored_header(descriptor, journal)
        if not any(header):
            return False
        fresh = rewrap(header, keys)
        if fresh is None and not journal.exists():
            return False
        replace_header(descriptor, journal, fresh or header)
        return True
    finally:
        os.close(descriptor)


class Upload:
    """A caller's handle on an upload in progress; reopens it by itself when the store had to close it."""

    def __init__(self, store: EncryptedStore, upload_id: str, staging: Staging) -> None:
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
        result = self._store._file_and_forget(_Filing(self, scope))
        if isinstance(result, EvidenceError):
            raise result
        return result

    def head(self, count: int) -> bytes:
        """Its first bytes, at most `count` (up to a segment), as far as they are here."""
        return self._current().head(count)

    def discard(self) -> None:
        """Forget the upload and its bytes."""
        self._store._discard(self.upload_id, self._current())

    def _current(self) -> Staging:
        if not self._staging.usable:
            self._staging = self._store.stage(self.upload_id)._staging
        return self._staging


class _FileReader(SealedReader):
    """A file of the folder opened for reading. journal: its header while that is written anew."""

    def __init__(self, path: Path, journal: Path, keys: MasterKeys) -> None:
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise NotFound("no such file", where="address") from error
        except OSError as error:
            raise Unavailable(f"cannot read: {error.strerror}") from error
        try:
            self.size = plain_size(os.fstat(self._descriptor).st_size)
            self.key = self._read_key(journal, keys)
        except OSError as error:
            self.close()
            raise Unavailable(f"cannot read: {error.strerror}") from error
        except EvidenceError:
            self.close()
            raise

    def _read_key(self, journal: Path, keys: MasterKeys) -> FileKey:
        """Again when it does not authenticate: it may just be written anew, and is then in the journal or whole."""
        header = stored_header(self._descriptor, journal)
        for _ in range(3):
            try:
                return read_header(header, keys)
            except (Tampered, Unavailable):
                again = stored_header(self._descriptor, journal)
                if again == header:
                    raise
                header = again
        return read_header(header, keys)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)

    def sealed(self, first: int, stop: int) -> Iterator[bytes]:
        """The sealed segments first to stop (not included), as they stand on disk."""
        for number in range(first, stop):
            try:
                yield os.pread(self._descriptor, SEALED_SEGMENT, HEADER + number * SEALED_SEGMENT)
            except OSError as error:
                raise Unavailable(f"cannot read: {error.strerror}") from error
