"""An RFC 3161 token from the trial authority on this machine: fetched and verified, beside `openssl ts -verify`.
Not here: outside authorities, whose answer takes what the network takes."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import Line, Setting, alternate, command_seconds, medians, seconds, short
from evidence.authority import Source, TimestampRequest, fetch_token, obtain
from evidence.timestamp import verify_token
from evidence.trust import TimestampAuthority
from scripts.trial_tsa import CA_FILE, ISSUER_FILE, create_authority, make_server


def row(setting: Setting) -> list[Line]:
    """Fetch and verify; and verifying alone, beside openssl's."""
    folder, count = setting.folder / "authority", setting.pick(20, 2)
    create_authority(folder)
    trusted = [TimestampAuthority("trial", (folder / CA_FILE).read_text())]
    imprint = os.urandom(32)
    with serving(folder) as url:
        token = fetch_token(url, TimestampRequest.create(imprint), 10)
        source = Source(url, 10)
        sides = {
            "fetch and verify": lambda: seconds(lambda: obtain(source, os.urandom(32), trusted)),
            "verify": lambda: _mean(count, lambda: verify_token(token, imprint, trusted)),
        }
        if not setting.alone:
            (folder / "token.der").write_bytes(token)
            command = ["openssl", "ts", "-verify", "-token_in", "-in", str(folder / "token.der")]
            command += ["-digest", imprint.hex(), "-CAfile", str(folder / CA_FILE)]
            command += ["-untrusted", str(folder / ISSUER_FILE)]
            sides["openssl"] = lambda: command_seconds(command)
        figures = alternate(setting, sides)
    middle = medians(figures)
    theirs = middle.get("openssl")
    both = "an RFC 3161 token fetched from this machine and verified (RSA 3072)"
    return [
        Line(both, short(middle["fetch and verify"]), rounds=figures),
        Line(
            "an RFC 3161 token verified",
            short(middle["verify"]),
            "openssl ts -verify, as a process",
            short(theirs) if theirs else "",
            middle["verify"] / theirs if theirs else None,
        ),
    ]


def _mean(count: int, act: Callable[[], object]) -> float:
    return seconds(lambda: [act() for _ in range(count)]) / count


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of the trial authority of a folder while it answers."""
    server = make_server(folder, 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
