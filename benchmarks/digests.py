"""Hashing a warm file: SHA-256 alone, and both digests in one read. The peer is the openssl command.
Not here: hashing while storing (`uploads`)."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from benchmarks.measure import Line, Setting, alternate, command_seconds, medians, seconds
from evidence.digest import CHUNK, digest_file

MIB = 1 << 20


def sha256_row(setting: Setting) -> list[Line]:
    """SHA-256 in pieces of 1 MiB, as the kernel reads, beside `openssl dgst -sha256`."""
    size = setting.pick(1024, 8) * MIB
    path = warm_file(setting.folder / "file", size)
    sides = {"ours": lambda: seconds(lambda: _sha256(path))}
    if not setting.alone:
        sides["openssl"] = lambda: command_seconds(["openssl", "dgst", "-sha256", str(path)])
    return [
        _line(f"SHA-256, {size // MIB} MiB", size, alternate(setting, sides), "≥ 0.90 ×", 0.90, "-sha256")
    ]


def both_row(setting: Setting) -> list[Line]:
    """SHA-256 and SM3 in one read, beside `openssl dgst -sm3` alone. The ratio is of times."""
    size = setting.pick(512, 16) * MIB
    path = warm_file(setting.folder / "file", size)
    sides = {"ours": lambda: seconds(lambda: digest_file(path))}
    if not setting.alone:
        sides["openssl"] = lambda: command_seconds(["openssl", "dgst", "-sm3", str(path)])
    figures = alternate(setting, sides)
    what = f"SHA-256 and SM3 in one read, {size // MIB} MiB"
    return [_line(what, size, figures, "time ≤ 1.10 ×", 1 / 1.10, "-sm3", of_time=True)]


def warm_file(path: Path, size: int) -> Path:
    """A file of random bytes, in the page cache."""
    with path.open("wb") as target:
        for _ in range(size // MIB):
            target.write(os.urandom(MIB))
    _sha256(path)
    return path


def _sha256(path: Path) -> bytes:
    digest, buffer = hashlib.sha256(), memoryview(bytearray(CHUNK))
    with path.open("rb", buffering=0) as source:
        while count := source.readinto(buffer):
            digest.update(buffer[:count])
    return digest.digest()


def _line(
    what: str,
    size: int,
    figures: dict[str, list[float]],
    goal: str,
    least: float,
    option: str,
    of_time: bool = False,
) -> Line:
    """least: our speed as a share of the peer's that meets the goal."""
    middle = medians(figures)
    theirs = middle.get("openssl")
    speed = None if theirs is None else theirs / middle["ours"]
    ratio = None if speed is None else 1 / speed if of_time else speed
    return Line(
        what,
        rate(size, middle["ours"]),
        f"openssl dgst {option}",
        rate(size, theirs) if theirs else "",
        ratio,
        goal,
        None if speed is None else speed >= least,
        figures,
    )


def rate(size: int, took: float) -> str:
    """Bytes in seconds as MB/s."""
    return f"{size / took / 1e6:.0f} MB/s"
