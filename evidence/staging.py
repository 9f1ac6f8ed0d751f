"""One upload on its way into the store: appended in any pieces, encrypted at once, resumable after a crash.
Not here: where finished files live (see `store`) and who may upload (the application decides).

Two files: `data` is a sealed file without its last segment; `tail` is a log of the bytes after the last whole
segment: offset (8) ‖ length (4) ‖ nonce ‖ ciphertext ‖ tag, under the same file key as number offset + 2^63.
A whole segment is written to `data` before the tail is emptied: a crash leaves each acknowledged byte in one.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from .digest import DigestStream, FileDigest
from .errors import EvidenceError, Refused, Tampered, Unavailable
from .faults import reach
from .master_keys import MasterKeys
from .sealed_file import (
    HEADER,
    OVERHEAD,
    SEALED_SEGMENT,
    SEGMENT,
    FileKey,
    new_header,
    read_header,
    sync_folder,
    write_at,
)

JOURNAL = "key"
"""Name of a header that is being written anew (see `replace_header`), beside `data`."""
WRITE_BACK = 8
"""Segments after which the system is asked to write them back."""
SPARE_BUFFERS = 4
_TAIL_HEAD = 12
_TAIL_NUMBERS = 1 << 63


_spare: list[bytearray] = []


@contextlib.contextmanager
def _buffer() -> Iterator[bytearray]:
    """Room for a sealed segment, used again and again: fresh memory of that size costs more than the encryption."""
    try:
        buffer = _spare.pop()
    except IndexError:
        buffer = bytearray(SEALED_SEGMENT)
    try:
        yield buffer
    finally:
        if len(_spare) < SPARE_BUFFERS:
            _spare.append(buffer)


class Staging:
    """A resumable upload. Safe from several threads; memory stays below two segments and one piece.

    Open it through a store's `stage`, which hands every thread the same object.
    """

    def __init__(self, folder: Path, keys: MasterKeys) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._broken = False
        self._placed = False
        self._tail = bytearray()
        self._tail_end = 0
        self._segments = 0
        self._digests = DigestStream()
        self._data = self._log = -1
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._data = os.open(folder / "data", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._data, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._log = os.open(folder / "tail", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._key = self._recover(keys)
        except BlockingIOError as error:
            self.close()
            raise Unavailable("the upload is open in another process", code="StoreBusy") from error
        except OSError as error:
            self.close()
            raise Unavailable(f"cannot open the upload: {error.strerror}") from error
        except EvidenceError:
            self.close()
            raise

    @property
    def offset(self) -> int:
        """Bytes held so far: where the next piece has to start; waits for a piece that is being taken."""
        with self._lock:
            return self._held

    @property
    def _held(self) -> int:
        return self._segments * SEGMENT + len(self._tail)

    @property
    def usable(self) -> bool:
        """False after a failed write: open the upload again to go on from what the disk holds."""
        return not self._broken

    def append(self, offset: int, chunk: bytes | bytearray | memoryview) -> int:
        """Take the next bytes and return the new offset; they survive the death of the process from here on.

        offset: where the chunk starts, which must be `self.offset`, else Refused (code StoreOffset).
        Unavailable when the disk failed: open the upload again and ask for its offset.
        """
        with self._lock:
            self._check_usable()
            if offset != self._held or (self._placed and len(chunk)):
                raise Refused(f"the next byte is {self._held}, not {offset}", code="StoreOffset")
            view = memoryview(chunk).cast("B")
            try:
                reach("store.write")
                self._take(view, isinstance(chunk, bytes))
            except OSError as error:
                self._broken = True
                raise Unavailable(f"cannot write the upload: {error.strerror}") from error
            return self._held

    def digest(self) -> FileDigest:
        """Both digests and the size of everything appended so far."""
        with self._lock:
            return self._digests.finish()

    def head(self, count: int) -> bytes:
        """The first bytes, at most `count` of the first segment, as far as they are here. Unavailable, Tampered."""
        with self._lock:
            self._check_usable()
            if self._segments == 0:
                return bytes(self._tail[:count])
            try:
                return self._key.open(self._read_segment(0), 0, final=False)[:count]
            except OSError as error:
                raise Unavailable(f"cannot read the upload: {error.strerror}") from error

    def seal(self) -> FileDigest:
        """Seal the last segment; nothing can be appended any more. To be followed by `sync`. Unavailable."""
        with self._lock:
            self._check_usable()
            self._broken = True
            if not self._placed:
                last = self._key.seal(self._tail, self._segments, final=True)
                place = HEADER + self._segments * SEALED_SEGMENT
                try:
                    write_at(self._data, last, place)
                    os.ftruncate(self._data, place + len(last))
                except OSError as error:
                    raise Unavailable(f"cannot write the upload: {error.strerror}") from error
            return self._digests.finish()

    def sync(self) -> None:
        """Make the sealed data durable.

        Unavailable when the disk failed. After a failed fsync the upload is discarded: the system may have
        dropped the pages it could not write, so no later fsync could be believed.
        """
        with self._lock:
            if self._placed:
                return
            try:
                reach("store.fsync")
                os.fsync(self._data)
            except OSError as error:
                with contextlib.suppress(
                    OSError
                ):  # the disk is failing; what counts is that no receipt follows
                    self._remove()
                raise Unavailable(f"cannot make the upload durable: {error.strerror}") from error

    def header(self) -> bytes:
        """The header of the sealed file; OSError."""
        descriptor = os.open(self.data_path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return stored_header(descriptor, self._folder / JOURNAL)
        finally:
            os.close(descriptor)

    @property
    def data_path(self) -> Path:
        """The sealed file, whole after `finish`."""
        return self._folder / "data"

    def discard(self) -> None:
        """Forget the upload and its bytes."""
        with self._lock:
            self._broken = True
            self._remove()

    def release(self) -> None:
        """Close it once nobody is writing; the upload stays on disk."""
        with self._lock:
            self.close()

    def close(self) -> None:
        """Let go of the files; the upload stays on disk."""
        self._broken = True
        for descriptor in (self._data, self._log):
            if descriptor >= 0:
                os.close(descriptor)
        self._data = self._log = -1

    def _remove(self) -> None:
        self.close()
        remove(self._folder)

    def _check_usable(self) -> None:
        if self._broken:
            raise Unavailable("the upload was closed or failed; open it again", code="StoreReopen")

    def _take(self, view: memoryview, lasting: bool) -> None:
        """lasting: nobody will write into these bytes, so that they may still be digested after the return."""
        kept = len(self._tail)
        while view:
            room = SEGMENT - len(self._tail)
            piece, view = view[:room], view[room:]
            if lasting:  # begun first, so that it goes on beside encrypting and writing
                self._digests.update_beside(piece)
            else:
                self._digests.update(piece)
            if len(piece) == SEGMENT:
                self._write_segment(piece)
            else:
                self._tail += piece
                if len(self._tail) == SEGMENT:
                    self._write_segment(self._tail)
                    kept = self._empty_tail()
        if len(self._tail) > kept:
            self._log_tail(kept)

    def _write_segment(self, plain: memoryview | bytearray) -> None:
        with _buffer() as buffer:
            sealed = self._key.seal_into(buffer, plain, self._segments)
            write_at(self._data, sealed, HEADER + self._segments * SEALED_SEGMENT)
        self._segments += 1
        if self._segments % WRITE_BACK == 0:
            self._begin_writing_back()

    def _begin_writing_back(self) -> None:
        """Have the system begin with the newest segments, so that the sync at the end has little left to do."""
        first = HEADER + (self._segments - WRITE_BACK) * SEALED_SEGMENT
        with contextlib.suppress(OSError):  # only a hint: what counts is the sync
            os.posix_fadvise(self._data, first, WRITE_BACK * SEALED_SEGMENT, os.POSIX_FADV_DONTNEED)

    def _empty_tail(self) -> int:
        self._tail = bytearray()
        os.ftruncate(self._log, 0)
        self._tail_end = 0
        return 0

    def _log_tail(self, kept: int) -> None:
        start = self._segments * SEGMENT + kept
        plain = bytes(self._tail[kept:])
        sealed = self._key.seal(plain, _TAIL_NUMBERS + start, final=False)
        record = start.to_bytes(8, "big") + len(plain).to_bytes(4, "big") + sealed
        write_at(self._log, record, self._tail_end)
        self._tail_end += len(record)

    def _recover(self, keys: MasterKeys) -> FileKey:
        header = stored_header(self._data, self._folder / JOURNAL)
        try:
            key = read_header(header, keys)
        except Tampered:
            if len(header) == HEADER and any(header):
                raise
            return self._start(keys)
        self._placed = os.fstat(self._data).st_nlink > 1
        for plain in self._whole_segments(key):
            self._digests.update(plain)
            self._segments += 1
        if self._placed:
            self._read_last(key)
            return key
        os.ftruncate(self._data, HEADER + self._segments * SEALED_SEGMENT)
        for plain in self._tail_records(key):
            self._digests.update(plain)
            self._tail += plain
        os.ftruncate(self._log, self._tail_end)
        return key

    def _read_last(self, key: FileKey) -> None:
        """The upload was filed just before the crash: the data now belong to the store and only get read."""
        self._tail += key.open(self._read_segment(self._segments), self._segments, final=True)
        self._digests.update(self._tail)

    def _start(self, keys: MasterKeys) -> FileKey:
        header, key = new_header(keys)
        if os.fstat(self._data).st_nlink > 1:
            raise Unavailable("the upload was filed and erased", code="StoreErased")
        os.ftruncate(self._data, 0)
        os.ftruncate(self._log, 0)
        write_at(self._data, header, 0)
        return key

    def _whole_segments(self, key: FileKey) -> Iterator[bytes]:
        """Segments that authenticate, from the first; a torn one ends the list and is sent again."""
        number = 0
        while len(sealed := self._read_segment(number)) == SEALED_SEGMENT:
            try:
                yield key.open(sealed, number, final=False)
            except Tampered:
                return
            number += 1

    def _read_segment(self, number: int) -> bytes:
        return os.pread(self._data, SEALED_SEGMENT, HEADER + number * SEALED_SEGMENT)

    def _tail_records(self, key: FileKey) -> Iterator[bytes]:
        """Logged bytes that follow the last whole segment; records from before it are left behind."""
        expected, place = self._segments * SEGMENT, 0
        while len(head := os.pread(self._log, _TAIL_HEAD, place)) == _TAIL_HEAD:
            start, length = int.from_bytes(head[:8], "big"), int.from_bytes(head[8:], "big")
            if start != expected or not 0 < length < SEGMENT:
                return
            sealed = os.pread(self._log, length + OVERHEAD, place + _TAIL_HEAD)
            try:
                plain = key.open(sealed, _TAIL_NUMBERS + start, final=False)
            except Tampered:
                return
            yield plain
            expected += length
            place += _TAIL_HEAD + len(sealed)
            self._tail_end = place


def remove(folder: Path) -> None:
    """Remove an upload's files and folder, as far as they are there. OSError."""
    for names in (("data", "tail"), (JOURNAL, f"{JOURNAL}.new")):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(folder / name)
        try:
            os.rmdir(folder)
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
        else:
            return


def stored_header(descriptor: int, journal: Path) -> bytes:
    """The header that counts: the journal's while one is there for this file, else the file's own. OSError."""
    own = os.pread(descriptor, HEADER, 0)
    try:
        waiting = journal.read_bytes()
    except FileNotFoundError:
        return own
    return waiting if len(waiting) == HEADER and waiting[16:24] == own[16:24] else own


def replace_header(descriptor: int, journal: Path, header: bytes) -> None:
    """Write a header anew so that a crash at any point leaves one that is whole: journal, file, journal away."""
    new = journal.with_name(journal.name + ".new")
    target = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        write_at(target, header, 0)
        os.fsync(target)
    finally:
        os.close(target)
    new.replace(journal)
    sync_folder(journal.parent)
    write_at(descriptor, header, 0)
    os.fsync(descriptor)
    journal.unlink(missing_ok=True)
    sync_folder(journal.parent)
