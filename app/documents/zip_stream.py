"""Writes a ZIP archive as a stream: nothing compressed, the same bytes for the same entries, length known beforehand.

Format: PKWARE APPNOTE 6.3.9, with zip64 where a size, an offset or a count needs it. Times are fixed, names are UTF-8.
Not here: which entries there are (see ``app.services.packages``).
"""

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

LIMIT32 = 0xFFFFFFFF
LIMIT16 = 0xFFFF
UTF8, DESCRIPTOR = 0x0800, 0x0008
TIME, DATE = 0, 0x0021
"""1980-01-01 00:00:00, the first time that the format knows: an archive tells nothing about when it was taken."""
PERMISSIONS = 0o100644 << 16
LOCAL, CENTRAL, DESCRIBED = b"PK\x03\x04", b"PK\x01\x02", b"PK\x07\x08"
END, END64, LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"


@dataclass(frozen=True)
class ZipEntry:
    """One file. name: path inside, ``/`` between; size: bytes; crc: CRC-32, None where it is known only afterwards.

    pieces: opens the content; it must yield exactly `size` bytes, or `stream` raises ValueError.
    """

    name: str
    size: int
    crc: int | None
    pieces: Callable[[], Iterable[bytes]]

    @property
    def large(self) -> bool:
        """Whether its size needs zip64."""
        return self.size >= LIMIT32


def length(entries: Iterable[ZipEntry]) -> int:
    """How many bytes `stream` gives for these entries."""
    offset = central = count = 0
    for entry in entries:
        central += len(_central(entry, 0, offset))
        offset += len(_local(entry)) + entry.size + len(_descriptor(entry, 0))
        count += 1
    return offset + central + len(_end(count, central, offset))


def stream(entries: Iterable[ZipEntry]) -> Iterator[bytes]:
    """The archive in pieces, at most one piece of content in memory at a time."""
    offset, records = 0, []
    for entry in entries:
        head = _local(entry)
        yield head
        size = crc = 0
        for piece in entry.pieces():
            size, crc = size + len(piece), zlib.crc32(piece, crc)
            yield piece
        if size != entry.size or entry.crc not in (None, crc):
            raise ValueError(f"{entry.name}: the content is not the one that was announced")
        tail = _descriptor(entry, crc)
        yield tail
        records.append(_central(entry, crc, offset))
        offset += len(head) + size + len(tail)
    central = b"".join(records)
    yield central
    yield _end(len(records), len(central), offset)


def _flags(entry: ZipEntry) -> int:
    return UTF8 | (DESCRIPTOR if entry.crc is None else 0)


def _local(entry: ZipEntry) -> bytes:
    name = entry.name.encode()
    known = entry.size if entry.crc is not None else 0
    extra = struct.pack("<HHQQ", 1, 16, known, known) if entry.large else b""
    size = LIMIT32 if entry.large else known
    fixed = struct.pack(
        "<4sHHHHHLLLHH",
        LOCAL,
        45 if entry.large else 20,
        _flags(entry),
        0,
        TIME,
        DATE,
        entry.crc or 0,
        size,
        size,
        len(name),
        len(extra),
    )
    return fixed + name + extra


def _descriptor(entry: ZipEntry, crc: int) -> bytes:
    if entry.crc is not None:
        return b""
    return struct.pack("<4sLQQ" if entry.large else "<4sLLL", DESCRIBED, crc, entry.size, entry.size)


def _central(entry: ZipEntry, crc: int, offset: int) -> bytes:
    name = entry.name.encode()
    wide = ([entry.size] * 2 if entry.large else []) + ([offset] if offset >= LIMIT32 else [])
    extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    version = 45 if wide else 20
    size = LIMIT32 if entry.large else entry.size
    fixed = struct.pack(
        "<4sBBHHHHHLLLHHHHHLL",
        CENTRAL,
        version,
        3,
        version,
        _flags(entry),
        0,
        TIME,
        DATE,
        crc,
        size,
        size,
        len(name),
        len(extra),
        0,
        0,
        0,
        PERMISSIONS,
        min(offset, LIMIT32),
    )
    return fixed + name + extra


def _end(count: int, size: int, offset: int) -> bytes:
    wide = b""
    if count >= LIMIT16 or size >= LIMIT32 or offset >= LIMIT32:
        record = struct.pack("<4sQHHLLQQQQ", END64, 44, 45, 45, 0, 0, count, count, size, offset)
        wide = record + struct.pack("<4sLQL", LOCATOR64, 0, offset + size, 1)
    counted = min(count, LIMIT16)
    return wide + struct.pack(
        "<4sHHHHLLH", END, 0, 0, counted, counted, min(size, LIMIT32), min(offset, LIMIT32), 0
    )
