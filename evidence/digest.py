"""SHA-256 and SM3 (GB/T 32905) of the same bytes in one streaming pass, with the size.
Not here: storing the bytes (see `store`) or claiming anything about them (see `statement`)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, Self

from .errors import EvidenceError, MalformedInput, NotFound, Unavailable
from .helpers import Started, start
from .strict import Fields, to_hex

CHUNK = 1 << 20
_PARALLEL_FROM = 8 * CHUNK
_BESIDE_FROM = 1 << 16
_SM3_OF_ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


class _Hash(Protocol):
    def update(self, data: bytes | bytearray | memoryview, /) -> None: ...
    def copy(self) -> Self: ...
    def digest(self) -> bytes: ...


class _CryptographySm3:
    """SM3 by the `cryptography` package, for a Python whose OpenSSL lacks it."""

    def __init__(self, state: Any = None) -> None:
        from cryptography.hazmat.primitives import hashes

        self._state = hashes.Hash(hashes.SM3()) if state is None else state

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        self._state.update(data)

    def copy(self) -> _CryptographySm3:
        return _CryptographySm3(self._state.copy())

    def digest(self) -> bytes:
        result: bytes = self._state.copy().finalize()
        return result


def _native_sm3() -> Callable[[], _Hash]:
    """A constructor of native SM3, proven on "abc"; refuses to go on without one."""
    try:
        hashlib.new("sm3", b"")
        make: Callable[[], _Hash] = _hashlib_sm3
    except ValueError:
        make = _CryptographySm3
    trial = make()
    trial.update(b"abc")
    if trial.digest().hex() != _SM3_OF_ABC:
        raise EvidenceError(
            "no native SM3 in this Python: neither OpenSSL nor cryptography offers a correct one"
        )
    return make


def _hashlib_sm3() -> _Hash:
    return hashlib.new("sm3")


_new_sm3 = _native_sm3()


@dataclass(frozen=True)
class FileDigest:
    """Both digests (32 bytes each) and the size in bytes of one file."""

    sha256: bytes
    sm3: bytes
    size: int

    def as_json(self) -> dict[str, Any]:
        """{"sha256": 0x…, "sm3": 0x…, "size": n}."""
        return {"sha256": to_hex(self.sha256), "sm3": to_hex(self.sm3), "size": self.size}

    @classmethod
    def parse(cls, fields: Fields) -> FileDigest:
        """Read the JSON shape strictly."""
        digest = cls(fields.hex("sha256", size=32), fields.hex("sm3", size=32), fields.integer("size"))
        fields.done()
        return digest


@dataclass(frozen=True)
class PartialDigest:
    """What somebody knows of a file that is not at hand, for example from a protocol; None: not known."""

    sha256: bytes | None = None
    sm3: bytes | None = None
    size: int | None = None


class DigestStream:
    """Both digests of bytes that arrive in pieces. Not for several threads at once."""

    def __init__(self) -> None:
        self._sha256: _Hash = hashlib.sha256()
        self._sm3 = _new_sm3()
        self._size = 0
        self._beside: Started | None = None

    @property
    def size(self) -> int:
        """Bytes taken so far."""
        return self._size

    def update(self, data: bytes | bytearray | memoryview) -> None:
        """Take the next bytes."""
        self._settle()
        self._sm3.update(data)
        self._sha256.update(data)
        self._size += len(data)

    def update_beside(self, data: bytes | memoryview) -> None:
        """Take the next bytes, which stay as they are; a helper goes on with SM3, the slower one, after the return."""
        if len(data) < _BESIDE_FROM:
            self.update(data)
            return
        self._settle()
        self._beside = start(partial(self._sm3.update, data))
        self._sha256.update(data)
        self._size += len(data)

    def _settle(self) -> None:
        if self._beside is not None:
            self._beside.wait()
            self._beside = None

    def copy(self) -> DigestStream:
        """An independent stream with the same state."""
        self._settle()
        twin = DigestStream()
        twin._sha256, twin._sm3, twin._size = self._sha256.copy(), self._sm3.copy(), self._size
        return twin

    def finish(self) -> FileDigest:
        """The digests of everything so far; more may follow."""
        self._settle()
        return FileDigest(self._sha256.digest(), self._sm3.digest(), self._size)


def digest_bytes(data: bytes) -> FileDigest:
    """Both digests of bytes in memory."""
    stream = DigestStream()
    stream.update(data)
    return stream.finish()


def digest_file(path: str | os.PathLike[str], progress: Callable[[int], None] | None = None) -> FileDigest:
    """Both digests of a file, read once in pieces of 1 MiB; the two run side by side for larger files.

    progress: called with the bytes read so far. Raises NotFound, MalformedInput (a folder), Unavailable.
    """
    try:
        with open(path, "rb", buffering=0) as source:
            if os.fstat(source.fileno()).st_size >= _PARALLEL_FROM:
                return _digest_parallel(source.readinto, progress)
            stream = DigestStream()
            while data := source.read(CHUNK):
                stream.update(data)
                if progress:
                    progress(stream.size)
            return stream.finish()
    except FileNotFoundError as error:
        raise NotFound(f"no file {os.fspath(path)}") from error
    except IsADirectoryError as error:
        raise MalformedInput(f"{os.fspath(path)} is a folder") from error
    except OSError as error:
        raise Unavailable(f"cannot read {os.fspath(path)}: {error.strerror}") from error


def _digest_parallel(
    readinto: Callable[[memoryview], int | None], progress: Callable[[int], None] | None
) -> FileDigest:
    """SM3, the slower one, in this thread, of one buffer; meanwhile a helper reads the other and computes SHA-256."""
    sha256, sm3, size = hashlib.sha256(), _new_sm3(), 0
    buffers = [memoryview(bytearray(CHUNK)), memoryview(bytearray(CHUNK))]
    counts = [0, 0]

    def fill(turn: int) -> None:
        counts[turn] = readinto(buffers[turn]) or 0
        sha256.update(buffers[turn][: counts[turn]])

    fill(0)
    turn = 0
    while count := counts[turn]:
        beside = start(partial(fill, 1 - turn))
        try:
            sm3.update(buffers[turn][:count])
        finally:
            beside.wait()
        size += count
        turn = 1 - turn
        if progress:
            progress(size)
    return FileDigest(sha256.digest(), sm3.digest(), size)
