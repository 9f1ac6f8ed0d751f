"""Both digests: published vectors, any way of cutting a stream, and files that cannot be read."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import given
from hypothesis import strategies as st

from evidence.digest import CHUNK, DigestStream, FileDigest, _CryptographySm3, digest_bytes, digest_file
from evidence.errors import MalformedInput, NotFound
from evidence.strict import Fields

# GB/T 32905-2016, appendix A.
SM3_VECTORS = {
    b"abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    b"abcd" * 16: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
}


@pytest.mark.parametrize(("message", "expected"), SM3_VECTORS.items())
def test_sm3_is_the_standards(message: bytes, expected: str) -> None:
    assert digest_bytes(message).sm3.hex() == expected
    spare = _CryptographySm3()
    spare.update(message)
    assert spare.copy().digest().hex() == expected == spare.digest().hex()


def test_sha256_is_the_standards() -> None:
    digest = digest_bytes(b"abc")
    assert digest.sha256.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest.size == 3


def reference(data: bytes) -> FileDigest:
    sm3 = hashes.Hash(hashes.SM3())
    sm3.update(data)
    return FileDigest(hashlib.sha256(data).digest(), sm3.finalize(), len(data))


@given(pieces=st.lists(st.binary(max_size=300), max_size=12), fork=st.integers(0, 12))
def test_any_cutting_gives_the_digest_of_the_whole(pieces: list[bytes], fork: int) -> None:
    stream, twin = DigestStream(), None
    for number, piece in enumerate(pieces):
        if number == fork:
            twin = stream.copy()
        stream.update(memoryview(piece))
        if twin is not None:
            twin.update(bytearray(piece))
    whole = reference(b"".join(pieces))
    assert stream.finish() == stream.finish() == whole
    assert twin is None or twin.finish() == whole


def test_a_copy_goes_its_own_way() -> None:
    stream = DigestStream()
    stream.update(b"a")
    twin = stream.copy()
    twin.update(b"b")
    stream.update(b"c")
    assert (stream.finish(), twin.finish()) == (reference(b"ac"), reference(b"ab"))


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1, 8 * CHUNK - 1, 8 * CHUNK, 9 * CHUNK + 5])
def test_a_file_has_the_digest_of_its_bytes(tmp_path: Path, size: int) -> None:
    data = secrets.token_bytes(size)
    path = tmp_path / "file"
    path.write_bytes(data)
    seen: list[int] = []
    assert digest_file(path, seen.append) == reference(data)
    assert seen == sorted(seen)
    assert (seen[-1] if seen else 0) == size


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        digest_file(tmp_path / "none")
    with pytest.raises(MalformedInput):
        digest_file(tmp_path)


def test_json_form_is_read_back_strictly() -> None:
    digest = digest_bytes(b"abc")
    assert FileDigest.parse(Fields(digest.as_json(), "digest")) == digest
    for changes in (
        {"size": -1},
        {"size": True},
        {"sm3": "0x00"},
        {"md5": "0x00"},
        {"sha256": "0X" + "00" * 32},
    ):
        with pytest.raises(MalformedInput, match="digest"):
            FileDigest.parse(Fields(digest.as_json() | changes, "digest"))
