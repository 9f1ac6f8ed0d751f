"""The encrypted file format of the store: a header with the wrapped file key, then sealed segments of 1 MiB.
Not here: folders, addresses and uploads (see `store`, `staging`).

Header (84 bytes): "HZSTORE2" ‖ name of the master key (8) ‖ file id (8) ‖ nonce (12) ‖ AES-256-GCM(master key's
cipher, file key; AAD: all before the nonce), 48. The older "HZSTORE1" has a file id of 16 bytes and names no key.
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

from .errors import Tampered, Unavailable
from .master_keys import ID_SIZE, MasterKey, MasterKeys, is_key_id

MAGIC, FIRST_MAGIC = b"HZSTORE2", b"HZSTORE1"
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

    def seal_into(self, buffer: bytearray, plain: bytes | bytearray | memoryview, number: int) -> memoryview:
        """As `seal`, not final, into the caller's buffer (`SEALED_SEGMENT` suffices): the part that is filled."""
        buffer[:12] = secrets.token_bytes(12)
        end = len(plain) + OVERHEAD
        view = memoryview(buffer)
        self.cipher.encrypt_into(bytes(view[:12]), plain, self._binding(number, False), view[12:end])
        return view[:end]

    def open(self, sealed: bytes, number: int, *, final: bool) -> bytes:
        """The plain bytes of one segment; Tampered when a bit of it, its place or its flag differs."""
        try:
            return self.cipher.decrypt(sealed[:12], sealed[12:], self._binding(number, final))
        except (InvalidTag, ValueError) as error:
            raise Tampered("a stored segment does not authenticate", where=f"segment {number}") from error

    def _binding(self, number: int, final: bool) -> bytes:
        return self.file_id + number.to_bytes(8, "big") + (b"\x01" if final else b"\x00")


def new_header(keys: MasterKeys) -> tuple[bytes, FileKey]:
    """A header with a fresh file key under the current master key."""
    master = keys.current()
    head, key = MAGIC + master.key_id + secrets.token_bytes(8), AESGCM.generate_key(256)
    return head + _wrap(head, key, master), FileKey(head[8 + ID_SIZE :], AESGCM(key))


def read_header(header: bytes, keys: MasterKeys) -> FileKey:
    """The file key of a header.

    Tampered when it is none or does not authenticate; Unavailable (StoreKeyMissing) when its master key is not here.
    """
    head, key, _ = _unwrap(header, keys)
    return FileKey(_file_id(head), AESGCM(key))


def file_id(header: bytes) -> bytes:
    """What ties a header to its segments; Tampered when it is no header."""
    return _file_id(_head(header))


def rewrap(header: bytes, keys: MasterKeys) -> bytes | None:
    """The same file key under the current master key; None when it is so already. Errors as `read_header`."""
    current = keys.current()
    head, key, master = _unwrap(header, keys)
    if master.key_id == current.key_id:
        return None
    if head.startswith(MAGIC):
        head = MAGIC + current.key_id + _file_id(head)
    return head + _wrap(head, key, current)


def _head(header: bytes) -> bytes:
    if len(header) != HEADER or not header.startswith((MAGIC, FIRST_MAGIC)):
        raise Tampered("not a stored file", where="header")
    return header[:_KEY_AT]


def _file_id(head: bytes) -> bytes:
    return head[8:] if head.startswith(FIRST_MAGIC) else head[8 + ID_SIZE :]


def _wrap(head: bytes, key: bytes, master: MasterKey) -> bytes:
    nonce = secrets.token_bytes(12)
    return nonce + master.cipher.encrypt(nonce, key, head)


def _unwrap(header: bytes, keys: MasterKeys) -> tuple[bytes, bytes, MasterKey]:
    head = _head(header)
    for master in _candidates(head, keys):
        try:
            return (
                head,
                master.cipher.decrypt(header[_KEY_AT : _KEY_AT + 12], header[_KEY_AT + 12 :], head),
                master,
            )
        except InvalidTag:
            continue
    raise Tampered("the file key does not authenticate", where="header")


def _candidates(head: bytes, keys: MasterKeys) -> list[MasterKey]:
    if head.startswith(FIRST_MAGIC):
        return keys.known()
    name = head[8 : 8 + ID_SIZE]
    master = keys.find(name)
    if not is_key_id(name):
        raise Tampered("the master key's name is damaged", where="header")
    if master is None:
        raise Unavailable(f"master key {name.hex()} of this file is not here", code="StoreKeyMissing")
    return [master]


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
