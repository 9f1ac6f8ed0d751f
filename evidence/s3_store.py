"""The store in an S3-compatible service: uploads wait on the local disk, finished files go there encrypted.
Not here: what both stores share (see `store`). botocore is imported when a bucket is opened, not before.

Names in the bucket: `files/<address>.<file id>` sealed segments; `keys/<address>` the header with the wrapped file
key: it is written last and alone makes the file exist; `erased/<address>` a tombstone.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from .errors import EvidenceError, MalformedInput, NotFound, Refused, Tampered, Unavailable
from .master_keys import MasterKeys
from .sealed_file import HEADER, SEALED_SEGMENT, file_id, plain_size, read_header, rewrap
from .staging import Staging
from .store import EncryptedStore, SealedReader, check_address, is_address, tombstone_text

PART = 16 << 20
"""Bytes of one part of an upload; S3 wants at least 5 MiB and at most 10,000 parts."""
MAX_PARTS = 10_000
CONNECT_TIMEOUT, READ_TIMEOUT = 5, 30
ATTEMPTS = 3
READ_ATTEMPTS = 3
Result = TypeVar("Result")


@dataclass(frozen=True)
class S3Place:
    """Where the files are: `s3://bucket/prefix?endpoint=https://…&region=…`; the secrets stand in files."""

    bucket: str
    prefix: str
    endpoint: str | None
    region: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)

    @classmethod
    def read(cls, url: str, secrets: Path) -> S3Place:
        """From the address and the files `s3.access_key` and `s3.secret_key`; MalformedInput."""
        parts = urlsplit(url)
        query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        unknown = set(query) - {"endpoint", "region"}
        if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc or unknown:
            raise MalformedInput("write s3://bucket?endpoint=https://…&region=…", where="store url")
        endpoint = query.get("endpoint", [None])[0]
        if endpoint is not None and not endpoint.startswith(("https://", "http://")):
            raise MalformedInput("an endpoint begins with https://", where="store url")
        prefix = parts.path.strip("/")
        return cls(
            bucket=parts.netloc,
            prefix=f"{prefix}/" if prefix else "",
            endpoint=endpoint,
            region=query.get("region", ["us-east-1"])[0] or "us-east-1",
            access_key=_secret(secrets / "s3.access_key"),
            secret_key=_secret(secrets / "s3.secret_key"),
        )


def _secret(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise MalformedInput(f"{path} is readable by others; chmod 600")
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise MalformedInput(f"cannot read {path}: {error.strerror}") from error


_making = threading.Lock()
"""botocore's session is not made for several threads."""


@functools.cache
def _session() -> Any:
    import botocore.session  # type: ignore[import-untyped]

    return botocore.session.Session()


class Bucket:
    """One bucket through botocore: each method is one request, its failures as kernel errors.

    A client per thread: connections belong to the event loop of the thread that opened them.
    """

    def __init__(self, place: S3Place) -> None:
        self._place = place
        self._own = threading.local()
        self._clients: list[Any] = []

    def close(self) -> None:
        """Close every thread's connections; before the process ends, and with it the event loops that they hang on."""
        with _making:
            clients, self._clients = self._clients, []
        for client in clients:
            client.close()
        self._own = threading.local()

    def create(self) -> bool:
        """Make the bucket; False when it is there already."""
        try:
            self.ask("create_bucket")
        except Unavailable as error:
            if error.code in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                return False
            raise
        return True

    @property
    def _client(self) -> Any:
        client = getattr(self._own, "client", None)
        if client is None:
            with _making:
                client = self._own.client = self._connect()
                self._clients.append(client)
        return client

    def _connect(self) -> Any:
        from botocore.config import Config  # type: ignore[import-untyped]

        return _session().create_client(
            "s3",
            endpoint_url=self._place.endpoint,
            region_name=self._place.region,
            aws_access_key_id=self._place.access_key,
            aws_secret_access_key=self._place.secret_key,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path" if self._place.endpoint else "auto"},
                # newer checksum trailers are not understood by every compatible store; segments authenticate anyway
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=READ_TIMEOUT,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            ),
        )

    def ask(self, operation: str, **options: Any) -> Any:
        """One request. NotFound, Refused (StoreTaken) when a name is taken, Unavailable for everything else."""
        with translated():
            return getattr(self._client, operation)(Bucket=self._place.bucket, **options)

    def name(self, kind: str, rest: str) -> str:
        """The full name of an object."""
        return f"{self._place.prefix}{kind}/{rest}"

    def get(self, key: str, most: int) -> bytes:
        """A small object, at most so many bytes of it."""
        body = self.ask("get_object", Key=key)["Body"]
        with translated(), contextlib.closing(body):
            return bytes(body.read(most))

    def length(self, key: str) -> int | None:
        """Its size in bytes; None when there is none."""
        try:
            return int(self.ask("head_object", Key=key)["ContentLength"])
        except NotFound:
            return None

    def put(self, key: str, data: bytes) -> None:
        """Write a small object, replacing what stands there."""
        self.ask("put_object", Key=key, Body=data)

    def put_new(self, key: str, data: bytes) -> bool:
        """Write a small object where none is; False when the name is taken.

        By the store itself (If-None-Match) where it can; else by looking first, which two writers at the same
        instant can both pass (`S3Store._enter` says why that harms nothing).
        """
        try:
            self.ask("put_object", Key=key, Body=data, IfNoneMatch="*")
        except Refused:
            return False
        except Unavailable as error:
            if error.code != "NotImplemented":
                raise
            if self.length(key) is not None:
                return False
            self.put(key, data)
        return True

    def names(self, kind: str) -> Iterator[str]:
        """Names of all objects of a kind, without the kind, in order."""
        for name, _written in self.dated(kind):
            yield name

    def dated(self, kind: str) -> Iterator[tuple[str, datetime]]:
        """The same with the time of their last writing, by the service's clock."""
        prefix, more = self.name(kind, ""), dict[str, str]()
        while True:
            page = self.ask("list_objects_v2", Prefix=prefix, **more)
            for entry in page.get("Contents", ()):
                yield entry["Key"].removeprefix(prefix), entry["LastModified"]
            if not page.get("IsTruncated") or not page.get("NextContinuationToken"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def remove(self, key: str) -> None:
        """Remove an object and every older version that the store keeps of it."""
        self.ask("delete_object", Key=key)
        for version in self._versions(key):
            self.ask("delete_object", Key=key, VersionId=version)

    def _versions(self, key: str) -> list[str]:
        try:
            page = self.ask("list_object_versions", Prefix=key)
        except Unavailable as error:
            if error.code == "NotImplemented":
                return []
            raise
        found = page.get("Versions", []) + page.get("DeleteMarkers", [])
        return [entry["VersionId"] for entry in found if entry["Key"] == key]

    def abandoned_parts(self, key: str) -> list[str]:
        """Ids of multipart uploads to that name that were never completed."""
        page = self.ask("list_multipart_uploads", Prefix=key)
        return [entry["UploadId"] for entry in page.get("Uploads", []) if entry["Key"] == key]

    def begun_parts(self, kind: str) -> Iterator[tuple[str, str, datetime]]:
        """Key, id and beginning of every multipart upload of a kind that was never completed."""
        more = dict[str, str]()
        while True:
            page = self.ask("list_multipart_uploads", Prefix=self.name(kind, ""), **more)
            for entry in page.get("Uploads", ()):
                yield entry["Key"], entry["UploadId"], entry["Initiated"]
            if not page.get("IsTruncated") or not page.get("NextKeyMarker"):
                return
            more = {
                "KeyMarker": page["NextKeyMarker"],
                "UploadIdMarker": page.get("NextUploadIdMarker", ""),
            }


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """botocore's errors as the kernel's, without addresses and secrets."""
    from botocore.exceptions import (  # type: ignore[import-untyped]
        BotoCoreError,
        ClientError,
        HTTPClientError,
    )
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ClientError as error:
        raise _kernel_error(error) from error
    except (BotoCoreError, HTTPClientError, HTTPError, OSError) as error:
        raise Unavailable(f"the object store does not answer properly: {type(error).__name__}") from error


def _kernel_error(error: Any) -> EvidenceError:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = str(error.response.get("Error", {}).get("Code", ""))
    if status == 404 and code in ("NoSuchKey", "404", "NotFound"):
        return NotFound("no such file", where="address")
    if status == 412 or code == "ConditionalRequestConflict":
        return Refused("the name is taken", code="StoreTaken")
    if status == 501:
        code = "NotImplemented"
    return Unavailable(f"the object store refused: {code or status}", code=code or None)


class S3Store(EncryptedStore):
    """Files in an S3-compatible service. folder: on the local disk, where uploads wait until they are there.

    A file exists when its header stands under `keys/`; before that it was uploaded whole and read back, each
    segment authenticated.
    """

    def __init__(self, bucket: Bucket, folder: str | os.PathLike[str], keys: bytes | MasterKeys) -> None:
        super().__init__(folder, keys)
        self._bucket = bucket

    def exists(self, address: str) -> bool:
        """Is there a readable file (not an erased one)?"""
        return self._bucket.length(self._key_name(address)) is not None and not self.erased(address)

    def erased(self, address: str) -> bool:
        """Was the file at this address erased?"""
        check_address(address)
        return self._bucket.length(self._bucket.name("erased", address)) is not None

    def addresses(self) -> Iterator[str]:
        """Every address with a readable file, in order."""
        erased = set(self._bucket.names("erased"))
        yield from (name for name in self._bucket.names("keys") if is_address(name) and name not in erased)

    def erase(self, address: str) -> None:
        """Destroy the file's key and bytes, with all versions that the service keeps, and leave a tombstone.

        Repeating it is harmless. NotFound. Copies outside the bucket have to be erased as well.
        """
        key, tombstone = self._key_name(address), self._bucket.name("erased", address)
        with self._key_work():
            header = self._header_or_none(key)
            if header is None and not self.erased(address):
                raise NotFound("no such file", where="address")
            self._bucket.put_new(tombstone, tombstone_text())
            self._bucket.remove(key)
            for name in self._bodies(address):
                self._bucket.remove(name)

    def _bodies(self, address: str) -> list[str]:
        start = self._bucket.name("files", f"{address}.")
        found = self._bucket.ask("list_objects_v2", Prefix=start)
        return [entry["Key"] for entry in found.get("Contents", ())]

    def rewrap(self, address: str) -> bool:
        """Wrap the file's key under the current master key; False when it was so already, or is erased.

        Another machine may erase at the same time: the tombstone comes first there and is looked for last here.
        """
        key = self._key_name(address)
        with self._key_work():
            if self.erased(address):
                return False
            fresh = rewrap(self._bucket.get(key, HEADER + 1), self._keys)
            if fresh is None:
                return False
            self._bucket.put(key, fresh)
            if self.erased(address):
                self._bucket.remove(key)
                return False
            return True

    def _key_name(self, address: str) -> str:
        check_address(address)
        return self._bucket.name("keys", address)

    def _header_or_none(self, key: str) -> bytes | None:
        try:
            return self._bucket.get(key, HEADER + 1)
        except NotFound:
            return None

    def _place(self, staging: Staging, address: str) -> bool:
        try:
            header = staging.header()
            size = staging.data_path.stat().st_size
        except OSError as error:
            raise Unavailable(f"cannot read the upload: {error.strerror}") from error
        body, key = self._body_name(address, header), self._key_name(address)
        standing = self._header_or_none(key)
        if standing is None:
            self._send(staging.data_path, size, body)
            self._prove(header, body, size)
            if self._enter(address, header):
                return True
            standing = self._header_or_none(key)
        if standing is None:
            raise Unavailable("the object store refused the name but has no file of that name")
        if file_id(standing) != file_id(header):
            self._bucket.remove(body)
        return False

    def _enter(self, address: str, header: bytes) -> bool:
        """Write the header, which makes the file exist; False when one stands there.

        Where the service knows no conditions two writers may both do it: each has proved its own body before, the
        same bytes, so whichever header is written last leads to a whole file; the other body is swept later.
        An erasure on another machine leaves its tombstone before it removes the header: so either it finds this
        header, or the tombstone is found here. A sweep that took a body without a header for an old one (a clock that
        jumped) has removed it before the lock is taken here, or finds the header.
        """
        key = self._key_name(address)
        with self._key_work():
            if self._bucket.length(self._body_name(address, header)) is None:
                raise Unavailable("the bytes were swept before their key was there; file them again")
            if not self._bucket.put_new(key, rewrap(header, self._keys) or header):
                return False
            if self.erased(address):
                self._bucket.remove(key)
                self._bucket.remove(self._body_name(address, header))
                raise Refused("this file was erased in this scope", code="StoreErased")
            return True

    def sweep(self, before: datetime) -> int:
        """Remove what attempts to file an upload left behind before then (UTC): bodies that no header leads to, parts
        of bodies never completed. How many. An attempt that still goes on must be younger; `before` lies days ago.
        """
        swept = 0
        for name, written in self._unclaimed():
            swept += written < before and self._sweep_body(name)
        for key, upload, begun in self._bucket.begun_parts("files"):
            if begun < before:
                with contextlib.suppress(NotFound):
                    self._bucket.ask("abort_multipart_upload", Key=key, UploadId=upload)
                swept += 1
        return swept

    def _unclaimed(self) -> Iterator[tuple[str, datetime]]:
        """Bodies without a header, or beside another body. Both lists come in order and are walked side by side."""
        keys = self._bucket.names("keys")
        key = next(keys, None)
        for address, group in itertools.groupby(
            self._bucket.dated("files"), lambda one: one[0].split(".")[0]
        ):
            bodies = list(group)
            while key is not None and key < address:
                key = next(keys, None)
            if is_address(address) and (key != address or len(bodies) > 1):
                yield from bodies

    def _sweep_body(self, name: str) -> bool:
        address, _, body_id = name.partition(".")
        with self._key_work():
            header = self._header_or_none(self._key_name(address))
            try:
                if header is not None and file_id(header).hex() == body_id:
                    return False
            except Tampered:
                return False  # nobody can say any more which body was meant
            self._bucket.remove(self._bucket.name("files", name))
            return True

    def create_bucket(self) -> bool:
        """Make the bucket that the files go to; False when it is there already."""
        return self._bucket.create()

    def close(self) -> None:
        """Close the connections to the service."""
        self._bucket.close()

    def _body_name(self, address: str, header: bytes) -> str:
        return self._bucket.name("files", f"{address}.{file_id(header).hex()}")

    def _prove(self, header: bytes, body: str, size: int) -> None:
        """Read back every segment before the file may exist; what does not authenticate is removed again."""
        plain = plain_size(size)
        try:
            reader = _ObjectReader(self._bucket, body, header, self._keys)
            if reader.size != plain or sum(map(len, reader.pieces(0, plain))) != plain:
                raise Tampered("the object store holds another size")
        except (Tampered, NotFound) as error:
            self._bucket.remove(body)
            raise Unavailable(
                f"the object store gave back other bytes than it was sent: {error}", code="StoreUnfaithful"
            ) from error

    def _send(self, path: Path, size: int, name: str) -> None:
        """Everything after the header; a single request when it fits into one part."""
        if self._bucket.length(name) == size - HEADER:
            return  # sent before a crash; it is proved like any other
        try:
            with path.open("rb") as source:
                source.seek(HEADER)
                if size - HEADER <= PART:
                    self._bucket.ask("put_object", Key=name, Body=source.read())
                else:
                    self._send_parts(source.read, size - HEADER, name)
        except OSError as error:
            raise Unavailable(f"cannot read the upload: {error.strerror}") from error

    def _send_parts(self, read: Callable[[int], bytes], size: int, name: str) -> None:
        for stale in self._bucket.abandoned_parts(name):
            self._bucket.ask("abort_multipart_upload", Key=name, UploadId=stale)
        upload = self._bucket.ask("create_multipart_upload", Key=name)["UploadId"]
        parts: list[dict[str, Any]] = []
        step = max(PART, -(-size // MAX_PARTS))
        try:
            while data := read(step):
                answer = self._bucket.ask(
                    "upload_part", Key=name, UploadId=upload, PartNumber=len(parts) + 1, Body=data
                )
                parts.append({"PartNumber": len(parts) + 1, "ETag": answer["ETag"]})
            self._bucket.ask(
                "complete_multipart_upload", Key=name, UploadId=upload, MultipartUpload={"Parts": parts}
            )
        except EvidenceError:
            with contextlib.suppress(EvidenceError):  # the service is away; the next attempt tidies up
                self._bucket.ask("abort_multipart_upload", Key=name, UploadId=upload)
            raise

    def _open_reader(self, address: str) -> SealedReader:
        header = self._bucket.get(self._key_name(address), HEADER + 1)
        return _ObjectReader(self._bucket, self._body_name(address, header), header, self._keys)


class _ObjectReader(SealedReader):
    """A file of the bucket opened for reading: one request for a run of segments, taken up again where it broke."""

    def __init__(self, bucket: Bucket, name: str, header: bytes, keys: MasterKeys) -> None:
        self._bucket, self._name = bucket, name
        self.key = read_header(header, keys)
        length = bucket.length(name)
        if length is None:
            raise Tampered("the object store has the key but not the bytes", where="file")
        self._length = length
        self.size = plain_size(HEADER + length)

    def close(self) -> None:
        """Nothing is held open between two reads."""

    def sealed(self, first: int, stop: int) -> Iterator[bytes]:
        """The sealed segments first to stop (not included), as the service gives them."""
        tries = READ_ATTEMPTS
        while first < stop:
            try:
                for segment in self._run(first, stop):
                    yield segment
                    first, tries = first + 1, READ_ATTEMPTS
            except Unavailable:
                tries -= 1
                if not tries:
                    raise

    def _run(self, first: int, stop: int) -> Iterator[bytes]:
        start, end = first * SEALED_SEGMENT, min(stop * SEALED_SEGMENT, self._length)
        answer = self._bucket.ask("get_object", Key=self._name, Range=f"bytes={start}-{end - 1}")
        body = answer["Body"]
        with contextlib.closing(body):
            if answer.get("ContentRange") != f"bytes {start}-{end - 1}/{self._length}":
                raise Unavailable("the object store answered another range than was asked for")
            for place in range(start, end, SEALED_SEGMENT):
                yield _exactly(body, min(SEALED_SEGMENT, end - place))


def _exactly(body: Any, count: int) -> bytes:
    pieces = []
    with translated():
        while count:
            piece = body.read(count)
            if not piece:
                raise Unavailable("the object store's answer was cut short")
            pieces.append(piece)
            count -= len(piece)
    return b"".join(pieces)


def open_s3(url: str, secrets: Path, folder: Path, keys: MasterKeys) -> S3Store:
    """The store that a `s3://` address names. MalformedInput."""
    return S3Store(Bucket(S3Place.read(url, secrets)), folder, keys)
