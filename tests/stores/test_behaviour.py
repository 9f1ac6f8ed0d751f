"""What every store promises, once for the folder and once for the S3 service.
Not here: faults of the service (`test_s3_faults`), changing the master key (`test_rotation`)."""

from __future__ import annotations

import errno
import os
import secrets

import pytest

from evidence.digest import digest_bytes
from evidence.errors import MalformedInput, NotFound, Refused, Tampered, Unavailable
from evidence.sealed_file import HEADER, SEALED_SEGMENT, SEGMENT
from evidence.store import EncryptedStore
from tests.stores.conftest import Place

BLOCK = secrets.token_bytes(3 * SEGMENT)


def put(store: EncryptedStore, data: bytes, scope: str = "case", upload: str = "u") -> str:
    staged = store.stage(upload)
    staged.append(staged.offset, data[staged.offset :])
    return staged.commit(scope).address


@pytest.mark.parametrize("size", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT])
def test_whole_and_partial_reads_give_back_the_bytes(store: EncryptedStore, size: int) -> None:
    data = BLOCK[:size]
    staged = store.stage("u")
    staged.append(0, data)
    stored = staged.commit("case")
    assert stored.digest == digest_bytes(data) and not stored.existed
    assert store.exists(stored.address) and list(store.addresses()) == [stored.address]
    assert b"".join(store.open(stored.address)) == data
    assert store.size(stored.address) == size
    assert store.check(stored.address) == stored.digest
    for start, end in [(0, 0), (0, size // 2), (size // 3, size), (max(size - 1, 0), size)]:
        assert b"".join(store.read(stored.address, start, end)) == data[start:end]
    with pytest.raises(MalformedInput):
        store.read(stored.address, 0, size + 1)
    assert store.staged() == []


def test_a_new_process_finds_uploads_and_files(place: Place) -> None:
    store = place.open()
    address = put(store, BLOCK[:100], upload="done")
    store.stage("begun").append(0, BLOCK[: SEGMENT + 9])
    again = place.crash()
    assert b"".join(again.open(address)) == BLOCK[:100]
    assert again.staged() == ["begun"]
    assert again.stage("begun").offset == SEGMENT + 9
    assert again.check(put(again, BLOCK, upload="begun")) == digest_bytes(BLOCK)


def test_the_same_bytes_share_an_address_within_a_scope_only(store: EncryptedStore) -> None:
    first, second = store.stage("a"), store.stage("b")
    first.append(0, b"same")
    second.append(0, b"same")
    one, two = first.commit("case 1"), second.commit("case 1")
    assert (one.address, one.existed, two.existed) == (two.address, False, True)
    assert put(store, b"same", "case 2", "c") != one.address
    assert len(list(store.addresses())) == 2
    assert b"".join(store.open(one.address)) == b"same"


@pytest.mark.parametrize("place_", ["header", "key", "first", "last"])
def test_a_store_that_gives_other_bytes_is_noticed(place: Place, place_: str) -> None:
    store = place.open()
    address = put(store, BLOCK[: SEGMENT + 100])
    raw = bytearray(place.raw(address))
    at = {"header": 20, "key": HEADER - 3, "first": HEADER + 5000, "last": len(raw) - 1}[place_]
    raw[at] ^= 1
    place.spoil(address, bytes(raw))
    with pytest.raises(Tampered):
        store.check(address)


@pytest.mark.parametrize("cut", [1, 100 + 28, SEALED_SEGMENT])
def test_a_file_that_lost_its_end_is_noticed(place: Place, cut: int) -> None:
    store = place.open()
    address = put(store, BLOCK[: SEGMENT + 100])
    place.spoil(address, place.raw(address)[:-cut])
    with pytest.raises(Tampered):
        store.check(address)


def test_files_cannot_change_places(place: Place) -> None:
    store = place.open()
    one, two = put(store, BLOCK[:100], "1", "a"), put(store, BLOCK[100:200], "2", "b")
    place.spoil(one, place.raw(one)[:HEADER] + place.raw(two)[HEADER:])
    with pytest.raises(Tampered):
        store.check(one)


def test_nothing_readable_is_stored(place: Place) -> None:
    address = put(place.open(), b"secret words" * 10)
    assert b"secret" not in place.raw(address)


def test_erasing_leaves_a_tombstone_and_no_key(place: Place) -> None:
    store = place.open()
    address = put(store, b"personal")
    store.erase(address)
    store.erase(address)
    assert not store.exists(address)
    assert store.erased(address)
    assert list(store.addresses()) == []
    with pytest.raises(NotFound) as caught:
        store.open(address)
    assert caught.value.code == "StoreErased"
    staged = store.stage("again")
    staged.append(0, b"personal")
    with pytest.raises(Refused) as refused:
        staged.commit("case")
    assert refused.value.code == "StoreErased"
    with pytest.raises((FileNotFoundError, NotFound)):
        place.raw(address)


def test_what_is_not_there_is_not_found(store: EncryptedStore) -> None:
    for act in (store.open, store.size, store.erase, store.check):
        with pytest.raises(NotFound):
            act("0" * 64)
    for name in ("../../etc/passwd", "", "A" * 64):
        for act in (store.open, store.exists, store.erased, store.erase):
            with pytest.raises(MalformedInput):
                act(name)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("point", ["pwrite", "fsync"])
def test_no_file_when_the_disk_fails(
    place: Place, monkeypatch: pytest.MonkeyPatch, point: str, code: int
) -> None:
    """A full or broken disk under the upload: nothing is promised, and what the disk holds is said honestly."""
    store = place.open()
    data = BLOCK[: SEGMENT + 5]
    store.stage("u").append(0, data)

    def fail(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, point, fail)
        with pytest.raises(Unavailable):
            store.stage("u").commit("case")
    assert list(store.addresses()) == []
    staged = store.stage("u")
    assert staged.offset == (0 if point == "fsync" else len(data))
    staged.append(staged.offset, data[staged.offset :])
    assert staged.commit("case").digest == digest_bytes(data)


class Killed(BaseException):
    """Stands for the end of the process at a named point."""


def killed(*_: object) -> None:
    raise Killed


@pytest.mark.parametrize("point", ["_place", "_forget"])
def test_a_process_killed_while_filing_loses_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """Before the file has its place the upload goes on; after it the file is whole, and filing again finds it."""
    store, data = place.open(), BLOCK[: SEGMENT + 5]
    store.stage("u").append(0, data)
    with monkeypatch.context() as patch:
        patch.setattr(type(store), point, killed)
        with pytest.raises(Killed):
            store.stage("u").commit("case")
    again = place.crash()
    address = again.address("case", digest_bytes(data).sha256)
    assert again.exists(address) == (point == "_forget")
    staged = again.stage("u")
    assert staged.offset == len(data)
    stored = staged.commit("case")
    assert (stored.address, stored.existed) == (address, point == "_forget")
    assert again.check(address) == digest_bytes(data)
    assert again.staged() == []


def test_free_space_is_that_of_the_disk(store: EncryptedStore) -> None:
    assert store.free_space() > 0
