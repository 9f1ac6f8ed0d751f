"""The master keys of a store: the one that wraps new file keys, and older ones until nothing is wrapped by them.
Not here: file keys (see `sealed_file`) and wrapping them anew (see `rewrapping`)."""

from __future__ import annotations

import contextlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .errors import MalformedInput, Unavailable

ID_SIZE = 8
CURRENT, ADDRESS = "master.key", "address.key"
_OLD = re.compile(r"master\.([0-9a-f]{16})\.key")


@dataclass(frozen=True)
class MasterKey:
    """key_id: 8 bytes that name the key and tell nothing about it; the last two are a checksum of the others."""

    key_id: bytes
    cipher: AESGCM

    @classmethod
    def of(cls, secret: bytes) -> MasterKey:
        """From the 32 secret bytes."""
        if len(secret) != 32:
            raise MalformedInput("a master key is 32 bytes")
        wrapping = AESGCM(hmac.digest(secret, b"hezheng-store/1 file keys", "sha256"))
        name = hmac.digest(secret, b"hezheng-store/1 key id", "sha256")[: ID_SIZE - 2]
        return cls(name + sha256(name).digest()[:2], wrapping)


def is_key_id(name: bytes) -> bool:
    """Whether it can be a key's name: a damaged one is told from that of a key that is not here."""
    return len(name) == ID_SIZE and name[-2:] == sha256(name[:-2]).digest()[:2]


class MasterKeys(Protocol):
    """Where a store finds its master keys. Whoever has one can read every file under it."""

    def current(self) -> MasterKey:
        """The key that wraps new file keys, as it is now. Unavailable."""

    def known(self) -> list[MasterKey]:
        """All keys, the current one first. Unavailable."""

    def find(self, key_id: bytes) -> MasterKey | None:
        """The key of that name, None when it is not here."""

    def address_key(self) -> bytes:
        """The key of addresses, 32 bytes; it stays the same when the master key changes."""


class FixedKeys:
    """One master key that never changes, for tools that were given it."""

    def __init__(self, secret: bytes) -> None:
        self._key = MasterKey.of(secret)
        self._address_key = _addresses_of(secret)

    def current(self) -> MasterKey:
        """The one key."""
        return self._key

    def known(self) -> list[MasterKey]:
        """The one key."""
        return [self._key]

    def find(self, key_id: bytes) -> MasterKey | None:
        """The one key, if it has that name."""
        return self._key if key_id == self._key.key_id else None

    def address_key(self) -> bytes:
        """Derived from the one key."""
        return self._address_key


class KeyFolder:
    """The secrets folder: `master.key`, older ones as `master.<id>.key`, and `address.key` after the first change.

    Each file holds 64 hexadecimal digits and is readable by its owner alone. A key that another process puts here
    is used from the next file on: processes need no restart.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: tuple[int, int, int] | None = None
        self._current: MasterKey | None = None
        self._others: dict[bytes, MasterKey] = {}

    def current(self) -> MasterKey:
        """What `master.key` holds now."""
        try:
            state = (self._folder / CURRENT).stat()
        except OSError as error:
            raise Unavailable(f"no master key: {error.strerror}", code="StoreKeyMissing") from error
        seen = (state.st_ino, state.st_mtime_ns, state.st_size)
        if self._current is None or seen != self._seen:
            self._current = MasterKey.of(self._read(CURRENT))
            self._seen = seen
        return self._current

    def known(self) -> list[MasterKey]:
        """Every key in the folder, the current one first."""
        current = self.current()
        found = {current.key_id: current}
        for name in self.old_names():
            with contextlib.suppress(FileNotFoundError):
                key = MasterKey.of(self._read(name))
                found.setdefault(key.key_id, key)
        self._others = found
        return list(found.values())

    def find(self, key_id: bytes) -> MasterKey | None:
        """The key of that name; the folder is looked through again for one not seen so far."""
        current = self.current()
        if key_id == current.key_id:
            return current
        if key_id not in self._others:
            self.known()
        return self._others.get(key_id)

    def address_key(self) -> bytes:
        """From `address.key`, else derived from the only master key there was so far."""
        try:
            return self._read(ADDRESS)
        except FileNotFoundError:
            return _addresses_of(self._read(CURRENT))

    def old_names(self) -> list[str]:
        """File names of the keys that are no longer current."""
        return sorted(name for name in os.listdir(self._folder) if _OLD.fullmatch(name))

    def change(self) -> tuple[bytes, bytes]:
        """Make a new current key and keep the old one beside it; names of both (old, new).

        Each step is durable before the next; after a crash at any point every file stays readable.
        """
        secret = self._read(CURRENT)
        old = MasterKey.of(secret).key_id
        try:
            if not (self._folder / ADDRESS).exists():
                self._write(ADDRESS, _addresses_of(secret))
            self._write(f"master.{old.hex()}.key", secret)
            fresh = secrets.token_bytes(32)
            self._write(CURRENT, fresh)
        except OSError as error:
            raise Unavailable(f"cannot write the keys: {error.strerror}") from error
        return old, MasterKey.of(fresh).key_id

    def _write(self, name: str, secret: bytes) -> None:
        new = self._folder / f".{name}.new"
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, secret.hex().encode() + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        new.replace(self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _read(self, name: str) -> bytes:
        path = self._folder / name
        if path.stat().st_mode & 0o077:
            raise MalformedInput(f"{path} is readable by others; chmod 600")
        try:
            secret = bytes.fromhex(path.read_text("ascii").strip())
        except ValueError as error:
            raise MalformedInput(f"{path} does not hold hexadecimal digits") from error
        if len(secret) != 32:
            raise MalformedInput(f"{path} must hold 32 bytes in hexadecimal")
        return secret


def as_keys(keys: bytes | MasterKeys) -> MasterKeys:
    """Bare secret bytes as keys that never change."""
    return FixedKeys(keys) if isinstance(keys, bytes) else keys


def _addresses_of(secret: bytes) -> bytes:
    return hmac.digest(secret, b"hezheng-store/1 addresses", "sha256")
