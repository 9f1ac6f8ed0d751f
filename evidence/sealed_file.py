"""The encrypted file format of the store: a header with the wrapped file key, then sealed segments of 1 MiB.
Not here: folders, addresses and uploads (see `store`, `staging`).

Header (84 bytes): "HZSTORE1" ‖ file id (16) ‖ nonce (12) ‖ AES-256-GCM(key of keys, file key; AAD: all before
the nonce), 48.
Segment n: random nonce (12) ‖ AES-256-GCM(file key, plain; AAD: file id ‖ n as 8 bytes ‖ final flag).
All segments but the last hold exactly 1 MiB and flag 0; the last holds less than 1 MiB (or none) and flag 1.
So the file's length tells the plain size, and a file that lost its end has no segment with flag 1.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .errors import Tampered

MAGIC = b"HZSTORE1"
SEGMENT = 1 << 20
OVERHEAD = 28
"""Bytes that sealing adds: nonce 12, tag 16."""
SEALED_SEGMENT = SEGMENT + OVERHEAD
HEADER = 8 + 16 + 32 + OVERHEAD
_KEY_AT = 24


@dataclass(frozen=True)
class FileKey:
    """The random key of one file, with the id that binds its segments together."""

    file_id: bytes
    cipher: AESGCM

    def seal(self, plain: bytes | bytearray | memoryview, number: int, *, final: bool) -> bytes:
        """Nonce ‖ ciphertext ‖ tag of one segment. Every call takes a fresh random nonce."""
        nonce = secrets.token_bytes(12)
        return nonce + self.cipher.encrypt(nonce, plain, self._binding(number, final))

    def open(self, sealed: bytes, number: int, *, final: bool) -> bytes:
        """The plain bytes of one segment; Tampered when a bit of it, its place or its flag differs."""
        try:
            return self.cipher.decrypt(sealed[:12], sealed[12:], self._binding(number, final))
        except (InvalidTag, ValueError) as error:
            raise Tampered("a stored segment does not authenticate", where=f"segment {number}") from error

    def _binding(self, number: int, final: bool) -> bytes:
        return self.file_id + number.to_bytes(8, "big") + (b"\x01" if final else b"\x00")


def new_header(key_of_keys: AESGCM) -> tuple[bytes, FileKey]:
    """A header with a fresh file key."""
    file_id, key, nonce = secrets.token_bytes(16), AESGCM.generate_key(256), secrets.token_bytes(12)
    wrapped = key_of_keys.encrypt(nonce, key, MAGIC + file_id)
    return MAGIC + file_id + nonce + wrapped, FileKey(file_id, AESGCM(key))


def read_header(header: bytes, key_of_keys: AESGCM) -> FileKey:
    """The file key of a header; Tampered when it is not one or was sealed under another master key."""
    if len(header) != HEADER or not header.startswith(MAGIC):
        raise Tampered("not a stored file", where="header")
    file_id = header[8:_KEY_AT]
    try:
        key = key_of_keys.decrypt(header[_KEY_AT : _KEY_AT + 12], header[_KEY_AT + 12 :], MAGIC + file_id)
    except InvalidTag as error:
        raise Tampered("the file key does not authenticate", where="header") from error
    return FileKey(file_id, AESGCM(key))


def plain_size(stored_size: int) -> int:
    """Plain bytes of a whole stored file, from its length; Tampered when no file has that length."""
    count, last = divmod(stored_size - HEADER, SEALED_SEGMENT)
    if stored_size < HEADER + OVERHEAD or last < OVERHEAD:
        raise Tampered("cut short", where="length")
    return count * SEGMENT + last - OVERHEAD


def write_at(descriptor: int, data: bytes | memoryview, offset: int) -> None:
    """Write all of it at that offset; OSError as the system gives it."""
    view = memoryview(data)
    while view:
        count = os.pwrite(descriptor, view, offset)
        view, offset = view[count:], offset + count


def sync_folder(path: str | os.PathLike[str]) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
