"""The ZIP writer: read by another reader, the length foretold, zip64 where it is needed."""

import io
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents import zip_stream
from app.documents.zip_stream import ZipEntry, length, stream


def entry(name: str, content: bytes, foretold: bool) -> ZipEntry:
    half = len(content) // 2
    crc = zlib.crc32(content) if foretold else None
    return ZipEntry(name, len(content), crc, lambda: (content[:half], content[half:]))


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=("C",), exclude_characters="/\\"), min_size=1, max_size=20),
        st.tuples(st.binary(max_size=300), st.booleans()),
        max_size=6,
    )
)
def test_what_is_written_is_read_by_another_reader(contents):
    entries = [entry(name, content, foretold) for name, (content, foretold) in contents.items()]
    written = b"".join(stream(entries))
    assert len(written) == length(entries)
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        assert archive.testzip() is None
        assert {info.filename: archive.read(info) for info in archive.infolist()} == {
            name: content for name, (content, _) in contents.items()
        }
        assert all(info.date_time == (1980, 1, 1, 0, 0, 0) for info in archive.infolist())


@pytest.mark.parametrize("foretold", [True, False])
def test_large_sizes_and_many_entries_use_zip64(monkeypatch, foretold):
    """With the limits lowered, every wide record is written; Python's reader takes them as the format says."""
    monkeypatch.setattr(zip_stream, "LIMIT16", 2)
    entries = [entry(f"{n}.bin", bytes([n]) * 50, foretold) for n in range(3)]
    written = b"".join(stream(entries))
    assert zip_stream.END64 in written
    assert len(written) == length(entries)
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        assert archive.read("2.bin") == b"\x02" * 50


def test_a_file_of_five_gigabytes_is_announced_and_read(tmp_path):
    """Sparse zeros: the wide size fields are real."""
    piece = bytes(1 << 24)
    size = 5 * (1 << 30)
    entries = [
        ZipEntry("big.bin", size, None, lambda: (piece for _ in range(size >> 24))),
        entry("after.txt", b"after", True),
    ]
    path = tmp_path / "big.zip"
    with path.open("wb") as target:
        for part in stream(entries):
            if part is piece:
                target.seek(len(part), io.SEEK_CUR)
            else:
                target.write(part)
    assert path.stat().st_size == length(entries)
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("big.bin").file_size == size
        assert archive.read("after.txt") == b"after"


def test_content_that_is_not_as_announced_breaks_off():
    with pytest.raises(ValueError, match="announced"):
        b"".join(stream([ZipEntry("a", 3, None, lambda: [b"ab"])]))
    with pytest.raises(ValueError, match="announced"):
        b"".join(stream([ZipEntry("a", 2, 1, lambda: [b"ab"])]))
