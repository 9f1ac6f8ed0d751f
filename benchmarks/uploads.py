"""Uploads as the web process takes them: pieces of 1 MiB encrypted, digested twice, made durable and filed.
Also what a large one does to memory. The peer is `openssl dgst -sm3` over the same bytes. Run as a module it takes
one upload: `python -m benchmarks.uploads FILE FOLDER` prints {"seconds", "grown"} (bytes of resident memory)."""

from __future__ import annotations

import json
import secrets
import shutil
import sys
import time
from pathlib import Path

from benchmarks.digests import MIB, rate, warm_file
from benchmarks.measure import Line, Setting, alternate, command_seconds, medians, own
from evidence.store import EncryptedFolder

PIECE = 1 << 20
"""As app.web.uploads hands them on."""


def row(setting: Setting) -> list[Line]:
    """512 MiB, both digests, stored and encrypted and durable."""
    size = setting.pick(512, 8) * MIB
    path = warm_file(setting.folder / "file", size)
    sides = {"ours": lambda: float(_upload(path, setting.folder)["seconds"])}
    if not setting.alone:
        sides["openssl"] = lambda: command_seconds(["openssl", "dgst", "-sm3", str(path)])
    figures = alternate(setting, sides)
    middle = medians(figures)
    theirs = middle.get("openssl")
    ratio = theirs / middle["ours"] if theirs else None
    return [
        Line(
            f"upload of {size // MIB} MiB, both digests, stored and encrypted",
            rate(size, middle["ours"]),
            "openssl dgst -sm3",
            rate(size, theirs) if theirs else "",
            ratio,
            "≥ 0.75 ×",
            None if ratio is None else ratio >= 0.75,
            figures,
        )
    ]


def memory_row(setting: Setting) -> list[Line]:
    """How far resident memory grows while 2 GiB arrive."""
    size = setting.pick(2048, 16) * MIB
    grown = int(_upload(warm_file(setting.folder / "file", size), setting.folder)["grown"])
    what = f"memory that an upload of {size // MIB:,} MiB takes"
    return [Line(what, f"+{grown / 1e6:.0f} MB", goal="≤ +64 MB", met=grown <= 64 * MIB)]


def _upload(path: Path, folder: Path) -> dict[str, float]:
    store = folder / f"store-{secrets.token_hex(4)}"
    result: dict[str, float] = own("uploads", path, store)
    shutil.rmtree(store)
    return result


def main(arguments: list[str]) -> int:
    """One upload in this process."""
    source, folder = map(Path, arguments)
    store = EncryptedFolder(folder, bytes(32))
    before = _resident()
    start = time.perf_counter()
    upload, offset = store.stage("benchmark"), 0
    with source.open("rb", buffering=0) as pieces:
        while piece := pieces.read(PIECE):
            offset = upload.append(offset, piece)
    upload.commit("benchmark")
    took = time.perf_counter() - start
    print(json.dumps({"seconds": took, "grown": _resident() - before}))
    return 0


def _resident() -> int:
    """The most memory that this process has had, in bytes. Not getrusage: that remembers the parent's from before exec."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
