"""An S3 service that is away, breaks off, answers wrongly or slowly: said as it is, and nothing lost.
Not here: what holds for both stores (`test_behaviour`)."""

from __future__ import annotations

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from evidence import s3_store
from evidence.digest import digest_bytes
from evidence.errors import MalformedInput, Refused, Tampered, Unavailable
from evidence.master_keys import KeyFolder
from evidence.s3_store import S3Place
from evidence.sealed_file import SEGMENT
from evidence.store import EncryptedStore
from tests.object_store import Handler, Proxy, Times
from tests.stores.conftest import S3Folder, Swift, make_place, write_secret
from tests.stores.test_behaviour import put

DATA = secrets.token_bytes(3 * SEGMENT + 77)
SMALL = b"the same bytes"
ALWAYS = 10_000
NOW = partial(datetime.now, UTC)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short waits."""
    monkeypatch.setattr(s3_store, "READ_TIMEOUT", 1)
    monkeypatch.setattr(s3_store, "ATTEMPTS", 2)


def is_body(request: Handler) -> bool:
    return "/evidence/files/" in request.path


def puts(request: Handler) -> bool:
    return request.command == "PUT" and is_body(request)


def gets(request: Handler) -> bool:
    return request.command == "GET" and is_body(request)


def drop(request: Handler, _body: bytes) -> None:
    request.drop()


def fail(request: Handler, _body: bytes) -> None:
    request.answer(500, [("Content-Type", "text/plain")], b"broken")


def answer_lost(request: Handler, body: bytes) -> None:
    """The service has done it, but nobody hears."""
    request.upstream(body)
    request.drop()


def truncated(request: Handler, body: bytes) -> None:
    status, headers, content = request.upstream(body)
    request.answer(status, headers, content, cut=len(content) // 2)


def silent(request: Handler, body: bytes) -> None:
    """Slower than anybody waits: the line stays open until the caller hangs up."""
    while request.connection.recv(1):
        pass
    request.drop()


def flipped(request: Handler, body: bytes) -> None:
    status, headers, content = request.upstream(body)
    request.answer(status, headers, bytes([content[0] ^ 1]) + content[1:] if content else content)


def shorter(request: Handler, body: bytes) -> None:
    """A whole answer of fewer bytes than were asked for, with a Content-Length that fits it."""
    status, headers, content = request.upstream(body)
    lying = [pair for pair in headers if pair[0].lower() != "content-length"]
    request.answer(status, lying, content[: len(content) // 2])


def whole_instead_of_range(request: Handler, body: bytes) -> None:
    del request.headers["Range"]
    status, headers, content = request.upstream(body)
    request.answer(status, headers, content)


@pytest.mark.parametrize("fault", [drop, fail, answer_lost, silent])
def test_a_service_that_fails_while_a_file_is_sent_gets_no_receipt(
    s3: S3Folder, proxy: Proxy, fault: object
) -> None:
    store = s3.open()
    store.stage("u").append(0, DATA)
    proxy.fault = Times(ALWAYS, puts, fault)
    with pytest.raises(Unavailable):
        store.stage("u").commit("case")
    assert list(store.addresses()) == [] and store.staged() == ["u"]
    assert store.stage("u").offset == len(DATA)
    proxy.fault = None
    stored = store.stage("u").commit("case")
    assert stored.digest == digest_bytes(DATA) and not stored.existed
    assert store.check(stored.address) == stored.digest
    assert len(list(s3.bucket().names("files"))) == 1 and store.staged() == []


@pytest.mark.parametrize("fault", [drop, fail, truncated, silent])
def test_one_failure_is_overcome(s3: S3Folder, proxy: Proxy, fault: object) -> None:
    store = s3.open()
    address = put(store, DATA)
    proxy.fault = once = Times(1, gets, fault)
    assert store.check(address) == digest_bytes(DATA)
    assert once.done == 1


@pytest.mark.parametrize("fault", [drop, fail, truncated, shorter, silent, whole_instead_of_range])
def test_answers_that_never_come_whole_are_unavailable(
    s3: S3Folder, proxy: Proxy, fault: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = s3.open()
    address = put(store, DATA)
    proxy.fault = Times(ALWAYS, gets, fault)
    if fault is truncated:  # each attempt goes on from where the last one broke: cut it to nothing
        proxy.fault = Times(ALWAYS, gets, lambda r, b: r.answer(*r.upstream(b), cut=0))
    with pytest.raises(Unavailable):
        b"".join(store.read(address, 5, 2 * SEGMENT - 5))
    proxy.fault = None
    assert store.check(address) == digest_bytes(DATA)


def test_other_bytes_are_never_handed_out(s3: S3Folder, proxy: Proxy) -> None:
    store = s3.open()
    address = put(store, DATA)
    proxy.fault = Times(ALWAYS, gets, flipped)
    with pytest.raises(Tampered):
        store.check(address)
    with pytest.raises(Tampered):
        next(store.read(address, 10, 20))


def test_a_service_that_keeps_other_bytes_gets_no_receipt(s3: S3Folder, proxy: Proxy) -> None:
    """What is stored is what was hashed: the file is read back before it may exist."""
    store = s3.open()
    store.stage("u").append(0, DATA)

    def spoil(request: Handler, body: bytes) -> None:
        """Take the bytes with a good signature, then put others in their place."""
        request.answer(*request.upstream(body))
        sent.append(body)

    sent: list[bytes] = []
    proxy.fault = Times(1, puts, spoil)
    with pytest.MonkeyPatch.context() as patch:
        real = s3_store.S3Store._send

        def send(self: s3_store.S3Store, path: object, size: int, name: str) -> None:
            real(self, path, size, name)
            self._bucket.put(name, bytes([sent[0][0] ^ 1]) + sent[0][1:])

        patch.setattr(s3_store.S3Store, "_send", send)
        with pytest.raises(Unavailable) as caught:
            store.stage("u").commit("case")
    assert caught.value.code == "StoreUnfaithful"
    assert list(store.addresses()) == [] and list(s3.bucket().names("files")) == []
    proxy.fault = None
    assert store.stage("u").commit("case").digest == digest_bytes(DATA)


def test_a_large_file_goes_in_parts_and_a_broken_attempt_leaves_none_behind(
    s3: S3Folder, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_store, "PART", 5 << 20)
    data = secrets.token_bytes(12 << 20)
    store = s3.open()
    store.stage("u").append(0, data)
    proxy.fault = Times(ALWAYS, lambda r: puts(r) and "partNumber=2" in r.path, fail)
    with pytest.raises(Unavailable):
        store.stage("u").commit("case")
    (name,) = {entry.split("?")[0].split("/", 2)[2] for _, entry in proxy.seen if "partNumber=2" in entry}
    assert s3.bucket().abandoned_parts(name) == []
    proxy.fault = Times(1, lambda r: r.command == "DELETE" or (puts(r) and "partNumber=3" in r.path), drop)
    stored = store.stage("u").commit("case")
    assert store.check(stored.address) == digest_bytes(data)
    assert len(list(s3.bucket().names("files"))) == 1
    assert s3.bucket().abandoned_parts(name) == []


def test_a_store_never_writes_over_a_file(s3: S3Folder, proxy: Proxy) -> None:
    """Two processes with the same bytes in one scope: one header stays, and the other's bytes are taken away."""
    one, two = s3.open(), s3.open()
    address = put(one, DATA, upload="a")
    before = s3.raw(address)
    second = two.stage("b")
    second.append(0, DATA)
    assert second.commit("case").existed
    assert s3.raw(address) == before
    assert len(list(s3.bucket().names("files"))) == 1


def test_two_writers_at_the_same_instant_leave_one_whole_file(s3: S3Folder, proxy: Proxy) -> None:
    """Swift knows no If-None-Match: both look, both find nothing, both write. Whichever counts leads to its own body."""
    together = threading.Barrier(2, timeout=20)

    def look_at_once(request: Handler, body: bytes) -> None:
        answer = request.upstream(body)
        together.wait()
        request.answer(*answer)

    proxy.fault = both = Times(2, lambda r: r.command == "HEAD" and "/evidence/keys/" in r.path, look_at_once)
    stores = [s3.open(), make_second(s3).open()]
    for store in stores:
        store.stage("u").append(0, SMALL)
    with ThreadPoolExecutor(2) as pool:
        filed = list(pool.map(lambda store: store.stage("u").commit("case"), stores))
    assert both.done == 2 and filed[0].address == filed[1].address
    assert [one.existed for one in filed] == [False, False]
    assert len(list(s3.bucket().names("files"))) == 2
    for store in stores:
        assert store.check(filed[0].address) == digest_bytes(SMALL)
        assert list(store.addresses()) == [filed[0].address]
    assert stores[0].sweep(NOW() - timedelta(hours=1)) == 0
    assert stores[0].sweep(NOW() + timedelta(hours=1)) == 1
    assert len(list(s3.bucket().names("files"))) == 1
    assert stores[1].check(filed[0].address) == digest_bytes(SMALL)


def make_second(first: S3Folder) -> S3Folder:
    """Another machine with the same keys and bucket, and a disk of its own for uploads."""
    return Second(first.folder, first.keys, port=first.port, bucket_name=first.bucket_name)


class Second(S3Folder):
    def _make(self, keys: KeyFolder) -> EncryptedStore:
        return s3_store.S3Store(self.bucket(), self.folder / "files of the second", keys)


def test_what_broken_attempts_left_is_swept_after_a_time(
    s3: S3Folder, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body whose header was never written, and parts never completed; files and younger attempts stay."""
    monkeypatch.setattr(s3_store, "PART", 5 << 20)
    store, bucket = s3.open(), s3.bucket()
    kept = [put(store, SMALL, upload="kept"), put(store, b"", upload="empty")]
    proxy.fault = Times(ALWAYS, lambda r: r.command == "PUT" and "/evidence/keys/" in r.path, fail)
    store.stage("no-header").append(0, b"proved, then killed")
    with pytest.raises(Unavailable):
        store.stage("no-header").commit("case")
    proxy.fault = Times(ALWAYS, lambda r: "partNumber=2" in r.path or r.command == "DELETE", fail)
    store.stage("parts").append(0, bytes(6 << 20))
    with pytest.raises(Unavailable):
        store.stage("parts").commit("case")
    proxy.fault = None
    assert len(list(bucket.names("files"))) == 3 and len(list(bucket.begun_parts("files"))) == 1
    assert store.sweep(NOW() - timedelta(hours=1)) == 0
    assert store.sweep(NOW() + timedelta(hours=1)) == 2
    assert len(list(bucket.names("files"))) == 2 and list(bucket.begun_parts("files")) == []
    assert [store.check(address).size for address in kept] == [len(SMALL), 0]
    for upload in ("no-header", "parts"):
        assert store.check(store.stage(upload).commit("case").address).size > 0


def test_a_sweep_by_a_clock_that_jumped_costs_no_file_its_bytes(
    s3: S3Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes a body that was just proved for an old one: no file may exist without its bytes."""
    store, prove = s3.open(), s3_store.S3Store._prove

    def proved_then_swept(self: s3_store.S3Store, header: bytes, body: str, size: int) -> None:
        prove(self, header, body, size)
        assert store.sweep(NOW() + timedelta(days=9)) == 1

    store.stage("u").append(0, SMALL)
    with monkeypatch.context() as patch:
        patch.setattr(s3_store.S3Store, "_prove", proved_then_swept)
        with pytest.raises(Unavailable):
            store.stage("u").commit("case")
    assert list(store.addresses()) == [] and store.staged() == ["u"]
    assert store.check(store.stage("u").commit("case").address) == digest_bytes(SMALL)


def test_a_header_that_cannot_be_read_costs_no_body(s3: S3Folder) -> None:
    store, bucket = s3.open(), s3.bucket()
    address = put(store, SMALL)
    bucket.put(f"evidence/files/{address}.{'0' * 16}", b"another")
    whole = bucket.get(f"evidence/keys/{address}", 100)
    bucket.put(f"evidence/keys/{address}", b"damaged")
    assert store.sweep(NOW() + timedelta(hours=1)) == 0
    bucket.put(f"evidence/keys/{address}", whole)
    assert store.sweep(NOW() + timedelta(hours=1)) == 1
    assert store.check(address) == digest_bytes(SMALL)


def test_a_file_erased_while_it_is_filed_again_stays_erased(s3: S3Folder, proxy: Proxy) -> None:
    """By another machine, after this one has looked for a tombstone: no key is left behind."""
    store, bucket = s3.open(), s3.bucket()
    address = store.address("case", digest_bytes(SMALL).sha256)
    store.stage("again").append(0, SMALL)

    def bury_first(request: Handler, body: bytes) -> None:
        bucket.put(f"evidence/erased/{address}", b"{}")
        request.answer(*request.upstream(body))

    proxy.fault = once = Times(1, puts, bury_first)
    with pytest.raises(Refused) as refused:
        store.stage("again").commit("case")
    assert once.done == 1 and refused.value.code == "StoreErased"
    assert list(bucket.names("keys")) == [] and list(bucket.names("files")) == []


def test_a_service_that_knows_conditions_is_asked_with_one(s3: S3Folder, proxy: Proxy) -> None:
    """Where the service can refuse an existing name itself, its refusal (412) decides."""
    store = s3.open()
    store.stage("u").append(0, b"x")
    is_key = lambda r: r.command == "PUT" and "/evidence/keys/" in r.path  # noqa: E731
    conditions = []

    def refuse(request: Handler, _body: bytes) -> None:
        conditions.append(request.headers.get("If-None-Match"))
        del request.headers["If-None-Match"]
        request.answer(412, [], b"<Error><Code>PreconditionFailed</Code></Error>")

    proxy.fault = Times(1, is_key, refuse)
    with pytest.raises(Unavailable):
        store.stage("u").commit("case")
    assert conditions == ["*"]
    assert store.stage("u").commit("case").digest.size == 1


def test_a_service_that_was_away_comes_back_with_its_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("away")
    server = Swift(folder / "data")
    server.start()
    try:
        place = make_place("s3", folder, server.port)
        store = place.open()
        address = put(store, DATA, upload="first")
        store.stage("second").append(0, b"second")
        server.stop()
        with pytest.raises(Unavailable):
            store.exists(address)
        with pytest.raises(Unavailable):
            store.stage("second").commit("case")
        assert store.stage("second").append(6, b" more") == 11
        server.start()
        again = place.crash()
        assert again.check(address) == digest_bytes(DATA)
        assert again.check(put(again, b"second more", upload="second")) == digest_bytes(b"second more")
    finally:
        server.stop()


def test_the_address_of_a_store_is_read_strictly(s3: S3Folder) -> None:
    for url in (
        "s3://",
        "https://bucket",
        "s3://b?endpoint=ftp://x",
        "s3://b?key=secret",
        "s3://user:pass@b",
    ):
        with pytest.raises(MalformedInput):
            S3Place.read(url, s3.secrets)
    place = S3Place.read(s3.url, s3.secrets)
    assert place.prefix == "evidence/" and place.secret_key not in repr(place)
    (s3.secrets / "s3.secret_key").chmod(0o644)
    with pytest.raises(MalformedInput):
        S3Place.read(s3.url, s3.secrets)
    write_secret(s3.secrets / "s3.secret_key", "testing")


def test_a_bucket_is_made_once(s3: S3Folder) -> None:
    """`flask store prepare` may be run again after each update."""
    store = s3.open()
    assert store.create_bucket() is False
    s3.bucket_name = "made-anew"
    fresh = s3.open()
    assert fresh.create_bucket() is True
    assert fresh.create_bucket() is False
    assert fresh.check(put(fresh, SMALL)) == digest_bytes(SMALL)
