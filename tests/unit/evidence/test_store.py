"""The encrypted store under any chunking, any crash and any flipped bit.
Not here: the speed of it (see benchmarks)."""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.digest import DigestStream, digest_bytes
from evidence.errors import MalformedInput, NotFound, Refused, Tampered, Unavailable
from evidence.sealed_file import HEADER, SEALED_SEGMENT, SEGMENT, sync_folder
from evidence.store import EncryptedFolder, StoredFile

MASTER = bytes(range(32))
BLOCK = secrets.token_bytes(4 * SEGMENT)


@pytest.fixture
def store(tmp_path: Path) -> EncryptedFolder:
    return EncryptedFolder(tmp_path / "files", MASTER)


def put(store: EncryptedFolder, data: bytes, scope: str = "case", upload: str = "u") -> str:
    staged = store.stage(upload)
    staged.append(0, data)
    return staged.commit(scope).address


def object_path(store: EncryptedFolder, address: str) -> Path:
    return store._path(address)


@pytest.mark.parametrize("size", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT])
def test_whole_and_partial_reads_give_back_the_bytes(store: EncryptedFolder, size: int) -> None:
    data = BLOCK[:size]
    staged = store.stage("u")
    staged.append(0, data)
    stored = staged.commit("case")
    assert stored.digest == digest_bytes(data)
    assert b"".join(store.open(stored.address)) == data
    assert store.size(stored.address) == size
    assert store.check(stored.address) == stored.digest
    for start, end in [(0, 0), (0, size // 2), (size // 3, size), (max(size - 1, 0), size)]:
        assert b"".join(store.read(stored.address, start, end)) == data[start:end]


def test_reading_out_of_range_is_refused(store: EncryptedFolder) -> None:
    address = put(store, b"abc")
    for start, end in [(0, 4), (-1, 2), (2, 1)]:
        with pytest.raises(MalformedInput):
            store.read(address, start, end)


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_random_pieces_with_crashes_between_them(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    root = tmp_path_factory.mktemp("files")
    whole = BLOCK[: data.draw(st.integers(0, 3 * SEGMENT), label="size")]
    store = EncryptedFolder(root, MASTER)
    while (offset := store.stage("u").offset) < len(whole):
        piece = data.draw(
            st.sampled_from([1, 65_536, 300_001, SEGMENT - 1, SEGMENT, SEGMENT + 7, 2 * SEGMENT])
        )
        assert store.stage("u").append(offset, whole[offset : offset + piece]) == min(
            offset + piece, len(whole)
        )
        if data.draw(st.booleans(), label="crash"):
            crash(store)
            store = EncryptedFolder(root, MASTER)
            assert store.stage("u").offset == min(offset + piece, len(whole))
    stored = store.stage("u").commit("case")
    assert stored.digest == digest_bytes(whole)
    assert b"".join(store.open(stored.address)) == whole
    assert store.staged() == []
    shutil.rmtree(root)


def crash(store: EncryptedFolder) -> None:
    """What the death of a process leaves: descriptors closed by the system, nothing flushed, nothing tidied."""
    for staging in store._uploads.values():
        staging.close()


@settings(max_examples=12, deadline=None)
@given(cut=st.integers(0, 2 * SEALED_SEGMENT + 500_000), tail_cut=st.integers(0, 600_000))
def test_a_torn_write_loses_only_what_was_torn(
    tmp_path_factory: pytest.TempPathFactory, cut: int, tail_cut: int
) -> None:
    root = tmp_path_factory.mktemp("files")
    store = EncryptedFolder(root, MASTER)
    whole = BLOCK[: 2 * SEGMENT + 400_000]
    for start in range(0, len(whole), 300_000):
        store.stage("u").append(start, whole[start : start + 300_000])
    crash(store)
    for name, keep in (("data", cut), ("tail", tail_cut)):
        path = root / "staging" / "u" / name
        os.truncate(path, min(keep, path.stat().st_size))
    store = EncryptedFolder(root, MASTER)
    staged = store.stage("u")
    assert staged.offset <= len(whole)
    assert staged.digest() == digest_bytes(whole[: staged.offset])
    staged.append(staged.offset, whole[staged.offset :])
    assert staged.commit("case").digest == digest_bytes(whole)
    shutil.rmtree(root)


def test_no_nonce_serves_twice_even_after_a_crash(tmp_path: Path) -> None:
    nonces = set()
    store = EncryptedFolder(tmp_path, MASTER)
    store.stage("u").append(0, BLOCK[:10])
    data, tail = (tmp_path / "staging" / "u" / name for name in ("data", "tail"))
    for _ in range(20):
        nonces.add(tail.read_bytes()[12:24])
        crash(store)
        os.truncate(tail, 0)
        store = EncryptedFolder(tmp_path, MASTER)
        assert store.stage("u").append(0, BLOCK[:10]) == 10
    assert len(nonces) == 20
    assert data.stat().st_size == HEADER


def test_a_piece_at_the_wrong_place_is_refused(store: EncryptedFolder) -> None:
    staged = store.stage("u")
    staged.append(0, b"abc")
    for offset in (0, 2, 4):
        with pytest.raises(Refused) as caught:
            staged.append(offset, b"d")
        assert caught.value.code == "StoreOffset"
    assert staged.offset == 3


def test_the_same_bytes_share_an_address_within_a_scope_only(store: EncryptedFolder) -> None:
    first = store.stage("a")
    first.append(0, b"same")
    second = store.stage("b")
    second.append(0, b"same")
    one, two = first.commit("case 1"), second.commit("case 1")
    assert (one.address, one.existed, two.existed) == (two.address, False, True)
    assert put(store, b"same", "case 2", "c") != one.address
    assert len(list(store.addresses())) == 2


def test_a_crash_after_filing_leaves_the_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = EncryptedFolder(tmp_path, MASTER)
    data = BLOCK[: SEGMENT + 5]
    store.stage("u").append(0, data)
    with monkeypatch.context() as patch:
        patch.setattr(EncryptedFolder, "_forget", killed)
        with pytest.raises(Killed):
            store.stage("u").commit("case")
    crash(store)
    store = EncryptedFolder(tmp_path, MASTER)
    address = store.address("case", digest_bytes(data).sha256)
    staged = store.stage("u")
    assert b"".join(store.open(address)) == data
    assert staged.offset == len(data)
    with pytest.raises(Refused):
        staged.append(len(data), b"more")
    assert staged.commit("case").existed
    assert b"".join(store.open(address)) == data
    assert store.staged() == []


class Killed(BaseException):
    """Stands for the end of the process at a named point."""


def killed(*_: object) -> None:
    raise Killed


def test_opening_an_upload_while_it_is_filed_waits(
    store: EncryptedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening cuts off an unfinished last segment, which must never happen to one that is just being filed."""
    data, real, offsets = BLOCK[: SEGMENT + 5], os.link, []
    store.stage("u").append(0, data)
    asking = threading.Thread(target=lambda: offsets.append(store.stage("u").offset))

    def link(source: Path, target: Path) -> None:
        asking.start()
        asking.join(timeout=0.3)
        real(source, target)

    monkeypatch.setattr(os, "link", link)
    address = store.stage("u").commit("case").address
    asking.join()
    assert b"".join(store.open(address)) == data
    assert offsets == [0]


@pytest.mark.parametrize("point", ["fsync", "link", "pwrite"])
def test_no_receipt_when_the_disk_fails(
    store: EncryptedFolder, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    data = BLOCK[: SEGMENT + 5]
    store.stage("u").append(0, data)

    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, point, fail)
        with pytest.raises(Unavailable):
            store.stage("u").commit("case")
    assert list(store.addresses()) == []
    staged = store.stage("u")
    assert staged.offset == (0 if point == "fsync" else len(data))
    staged.append(staged.offset, data[staged.offset :])
    assert staged.commit("case").digest == digest_bytes(data)


def test_a_failed_append_can_be_resumed(store: EncryptedFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    staged = store.stage("u")
    staged.append(0, BLOCK[:100])
    real = os.pwrite

    def half(descriptor: int, data: bytes, offset: int) -> int:
        real(descriptor, bytes(data)[:50], offset)
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", half)
        with pytest.raises(Unavailable):
            staged.append(100, BLOCK[100:200])
    assert staged.offset == 100
    staged.append(100, BLOCK[100:200])
    assert staged.commit("case").digest == digest_bytes(BLOCK[:200])


@settings(max_examples=25, deadline=None)
@given(place=st.integers(0, HEADER + SEALED_SEGMENT + 127), bit=st.integers(0, 7))
def test_any_flipped_bit_is_noticed(tmp_path_factory: pytest.TempPathFactory, place: int, bit: int) -> None:
    store = EncryptedFolder(tmp_path_factory.mktemp("files"), MASTER)
    address = put(store, BLOCK[: SEGMENT + 100])
    path = object_path(store, address)
    raw = bytearray(path.read_bytes())
    raw[place] ^= 1 << bit
    path.write_bytes(raw)
    with pytest.raises(Tampered):
        store.check(address)


@pytest.mark.parametrize(
    "length", [0, 10, HEADER, HEADER + 27, HEADER + SEALED_SEGMENT, HEADER + SEALED_SEGMENT + 30]
)
def test_a_file_that_lost_its_end_is_noticed(store: EncryptedFolder, length: int) -> None:
    address = put(store, BLOCK[: 2 * SEGMENT + 100])
    os.truncate(object_path(store, address), length)
    with pytest.raises(Tampered):
        store.check(address)


def test_segments_cannot_change_places(store: EncryptedFolder) -> None:
    address = put(store, BLOCK[: 2 * SEGMENT + 100])
    path = object_path(store, address)
    raw = path.read_bytes()
    first, second = HEADER, HEADER + SEALED_SEGMENT
    path.write_bytes(
        raw[:first]
        + raw[second : second + SEALED_SEGMENT]
        + raw[first:second]
        + raw[second + SEALED_SEGMENT :]
    )
    with pytest.raises(Tampered):
        store.check(address)


def test_another_master_key_reads_nothing(tmp_path: Path) -> None:
    store = EncryptedFolder(tmp_path, MASTER)
    address = put(store, b"secret words")
    assert b"secret words" not in object_path(store, address).read_bytes()
    with pytest.raises(Unavailable) as caught:
        EncryptedFolder(tmp_path, bytes(32)).check(address)
    assert caught.value.code == "StoreKeyMissing"


def test_erasing_leaves_a_tombstone_and_no_key(store: EncryptedFolder) -> None:
    address = put(store, b"personal")
    store.erase(address)
    store.erase(address)
    assert not store.exists(address)
    assert store.erased(address)
    assert list(store.addresses()) == []
    with pytest.raises(NotFound):
        store.open(address)
    staged = store.stage("again")
    staged.append(0, b"personal")
    with pytest.raises(Refused) as caught:
        staged.commit("case")
    assert caught.value.code == "StoreErased"


def test_erasing_goes_on_after_a_crash(store: EncryptedFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    address = put(store, b"personal")
    with monkeypatch.context() as patch:
        patch.setattr(EncryptedFolder, "_destroy", killed)
        with pytest.raises(Killed):
            store.erase(address)
    assert not store.exists(address)
    store.erase(address)
    assert not object_path(store, address).exists()


def test_what_is_not_there_is_not_found(store: EncryptedFolder) -> None:
    for act in (store.open, store.size, store.erase):
        with pytest.raises(NotFound):
            act("0" * 64)
    for name in ("../../etc/passwd", "", "A" * 64):
        with pytest.raises(MalformedInput):
            store.open(name)
    for name in ("../up", "", "a/b", "x" * 65):
        with pytest.raises(MalformedInput):
            store.stage(name)


def test_threads_share_one_upload(store: EncryptedFolder) -> None:
    """Many threads append the piece that is due; each piece goes in once and none is lost."""
    pieces = [BLOCK[start : start + 70_000] for start in range(0, 40 * 70_000, 70_000)]
    taken = []

    def work() -> None:
        while (offset := store.stage("u").offset) < 40 * 70_000:
            try:
                store.stage("u").append(offset, pieces[offset // 70_000])
                taken.append(offset)
            except Refused:
                continue

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(0, 40 * 70_000, 70_000))
    assert store.stage("u").commit("case").digest == digest_bytes(b"".join(pieces))


def test_many_uploads_stay_open_within_bounds(
    store: EncryptedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence.store.MAX_OPEN_UPLOADS", 3)
    handles = [store.stage(f"u{n}") for n in range(6)]
    for turn in range(3):
        for number, handle in enumerate(handles):
            assert handle.append(turn, bytes([number])) == turn + 1
    assert len(store._uploads) == 3
    assert [handle.commit(f"case {n}").digest.size for n, handle in enumerate(handles)] == [3] * 6


def test_another_process_cannot_write_the_same_upload(tmp_path: Path) -> None:
    store = EncryptedFolder(tmp_path, MASTER)
    store.stage("u").append(0, b"abc")
    with pytest.raises(Unavailable) as caught:
        EncryptedFolder(tmp_path, MASTER).stage("u")
    assert caught.value.code == "StoreBusy"


def test_a_discarded_upload_is_gone(store: EncryptedFolder) -> None:
    staged = store.stage("u")
    staged.append(0, b"abc")
    staged.discard()
    assert store.staged() == []
    assert store.stage("u").offset == 0


def test_many_are_filed_in_one_go_and_can_be_filed_again_until_they_are_forgotten(tmp_path: Path) -> None:
    store = EncryptedFolder(tmp_path, MASTER)
    parts = {f"u{n}": BLOCK[n : n + size] for n, size in enumerate((1, 5_000, SEGMENT, SEGMENT + 9, 0))}
    for name, data in parts.items():
        store.stage(name).append(0, data)
    first = store.file_away([(store.stage(name), name) for name in parts])
    crash(store)
    store = EncryptedFolder(tmp_path, MASTER)
    assert store.staged() == sorted(parts)
    again = store.file_away([(store.stage(name), name) for name in parts])
    for (name, data), one, other in zip(parts.items(), first, again, strict=True):
        assert isinstance(one, StoredFile) and isinstance(other, StoredFile)
        assert (one.address, one.digest, one.existed) == (other.address, digest_bytes(data), False)
        assert other.existed
        assert b"".join(store.open(one.address)) == data
        assert store.address(name, one.digest.sha256) == one.address
    store.forget(*parts)
    store.forget(*parts)
    assert store.staged() == []
    assert sorted(store.addresses()) == sorted(one.address for one in first if isinstance(one, StoredFile))


def test_a_folder_that_cannot_be_made_durable_fails_only_what_was_placed_in_it(
    store: EncryptedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"u{n}" for n in range(20)]
    for name in names:
        store.stage(name).append(0, name.encode())
    bad = object_path(store, store.address("u7", digest_bytes(b"u7").sha256)).parent
    real = sync_folder

    def sync(path: Path) -> None:
        if path == bad:
            raise OSError(5, "Input/output error")
        real(path)

    monkeypatch.setattr("evidence.store.sync_folder", sync)
    found = store.file_away([(store.stage(name), name) for name in names])
    for name, one in zip(names, found, strict=True):
        place = object_path(store, store.address(name, digest_bytes(name.encode()).sha256)).parent
        assert isinstance(one, Unavailable if place == bad else StoredFile)
    assert isinstance(found[7], Unavailable)


def test_the_head_is_that_of_the_upload_wherever_it_stands(store: EncryptedFolder) -> None:
    staged = store.stage("u")
    staged.append(0, BLOCK[:100])
    assert (staged.head(10), staged.head(500)) == (BLOCK[:10], BLOCK[:100])
    staged.append(100, BLOCK[100 : SEGMENT + 50])
    assert staged.head(4096) == BLOCK[:4096]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 200_000), st.booleans(), st.booleans()), max_size=8))
def test_digests_beside_are_the_same(pieces: list[tuple[int, bool, bool]]) -> None:
    stream, place = DigestStream(), 0
    for size, beside, look in pieces:
        piece = memoryview(BLOCK)[place : place + size]
        (stream.update_beside if beside else stream.update)(piece)
        place += size
        if look:
            assert stream.copy().finish() == digest_bytes(BLOCK[:place])
    assert stream.finish() == digest_bytes(BLOCK[:place])


def test_a_piece_is_not_digested_before_the_one_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = memoryview(BLOCK)[:SEGMENT], memoryview(BLOCK)[SEGMENT : 2 * SEGMENT]
    gate, seen = threading.Event(), []
    stream = DigestStream()

    class Slow:
        def update(self, data: memoryview) -> None:
            if data == first:
                gate.wait()
            seen.append(data)

        def digest(self) -> bytes:
            return bytes(32)

    monkeypatch.setattr(stream, "_sm3", Slow())
    stream.update_beside(first)
    other = threading.Thread(target=stream.update_beside, args=(second,))
    other.start()
    other.join(timeout=0.3)
    gate.set()
    other.join()
    stream.finish()
    assert seen == [first, second]
