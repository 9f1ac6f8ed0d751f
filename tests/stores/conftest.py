"""Two stores, one interface: a folder on this disk, and a bucket of a running S3-compatible server."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from evidence.master_keys import KeyFolder
from evidence.s3_store import Bucket, S3Place, S3Store
from evidence.store import EncryptedFolder, EncryptedStore
from tests.object_store import ACCESS_KEY, REGION, SECRET_KEY, Proxy, Swift, proxied


@pytest.fixture(scope="session")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swift]:
    server = Swift(tmp_path_factory.mktemp("swift") / "data")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def proxy(swift: Swift) -> Iterator[Proxy]:
    with proxied(swift.port) as proxy:
        yield proxy


def write_secret(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)


@dataclass
class Place:
    """Where a store keeps its things; `open` gives it as a new process would find it."""

    folder: Path
    keys: KeyFolder
    _opened: list[EncryptedStore] = field(default_factory=list)

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    def open(self) -> EncryptedStore:
        store = self._make(KeyFolder(self.secrets))
        self._opened.append(store)
        return store

    def crash(self) -> EncryptedStore:
        """What the death of a process leaves: descriptors closed by the system, nothing tidied."""
        for store in self._opened:
            for staging in store._uploads.values():
                staging.close()
        return self.open()

    def _make(self, keys: KeyFolder) -> EncryptedStore:
        return EncryptedFolder(self.folder / "files", keys)

    def raw(self, address: str) -> bytes:
        """All that is stored under an address, header first."""
        return self._path(address).read_bytes()

    def spoil(self, address: str, data: bytes) -> None:
        self._path(address).write_bytes(data)

    def _path(self, address: str) -> Path:
        return self.folder / "files" / "objects" / address[:2] / address


@dataclass
class S3Folder(Place):
    """The same over a bucket."""

    port: int = 0
    bucket_name: str = ""

    @property
    def url(self) -> str:
        return f"s3://{self.bucket_name}/evidence?endpoint=http://127.0.0.1:{self.port}&region={REGION}"

    def bucket(self) -> Bucket:
        return Bucket(S3Place.read(self.url, self.secrets))

    def _make(self, keys: KeyFolder) -> EncryptedStore:
        return S3Store(self.bucket(), self.folder / "files", keys)

    def _body(self, address: str) -> str:
        (entry,) = self.bucket().ask("list_objects_v2", Prefix=f"evidence/files/{address}.")["Contents"]
        return entry["Key"]

    def raw(self, address: str) -> bytes:
        bucket = self.bucket()
        return bucket.get(f"evidence/keys/{address}", 100) + bucket.get(self._body(address), 1 << 30)

    def spoil(self, address: str, data: bytes) -> None:
        bucket = self.bucket()
        bucket.put(f"evidence/keys/{address}", data[:84])
        bucket.put(self._body(address), data[84:])


def make_place(kind: str, folder: Path, port: int = 0) -> Place:
    write_secret(folder / "secrets" / "master.key", secrets.token_hex(32))
    if kind == "folder":
        return Place(folder, KeyFolder(folder / "secrets"))
    write_secret(folder / "secrets" / "s3.access_key", ACCESS_KEY)
    write_secret(folder / "secrets" / "s3.secret_key", SECRET_KEY)
    place = S3Folder(folder, KeyFolder(folder / "secrets"), port=port, bucket_name=f"b{os.urandom(8).hex()}")
    place.bucket().ask("create_bucket")
    return place


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    port = request.getfixturevalue("swift").port if request.param == "s3" else 0
    return make_place(request.param, tmp_path, port)


@pytest.fixture
def s3(tmp_path: Path, proxy: Proxy) -> S3Folder:
    """A bucket behind the misbehaving proxy."""
    return make_place("s3", tmp_path, proxy.server_address[1])


@pytest.fixture
def store(place: Place) -> EncryptedStore:
    return place.open()
