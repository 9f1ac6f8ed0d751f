"""python -m evidence witness | witness-key: options, waiting, telling and alarming. Exit codes: docs/running.md.
Not here: what is compared and signed (see `witness`)."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .audit_command import plain
from .errors import EvidenceError
from .strict import instant_text, to_hex
from .witness_state import Alarm, StateFile
from .witness_words import event_text

if TYPE_CHECKING:
    from .trust import TrustRoot
    from .witness import Observer, Round, WitnessKey

DONE, NOTHING_SIGNED, ALARM, USAGE = 0, 2, 3, 64
INTERVAL = 15.0
LONGEST_PAUSE = 60.0
REMIND = 3600.0
"""Seconds after which an alarm that nobody has acknowledged is raised again; the log repeats it every minute."""
REPEAT = 60.0
PROGRESS_EVERY = 5.0
ALARM_PROGRAM_TIMEOUT = 60.0
PASSWORD_BYTES = 32


def add_parsers(commands: Any) -> None:
    """Add the two commands to the kernel's command line."""
    witness = commands.add_parser("witness", help="follow the ledger on your own node and co-sign its heads")
    witness.add_argument("--trust-root", type=Path, help="whom you believe: a hezheng-trust/1 file")
    witness.add_argument("--rpc", metavar="URL", help="your own node of the chain")
    witness.add_argument(
        "--state", type=Path, required=True, help="what this witness remembers; never share or delete it"
    )
    witness.add_argument(
        "--key", type=Path, metavar="KEYSTORE", help="encrypted keystore (Web3 Secret Storage v3)"
    )
    witness.add_argument(
        "--password-file", type=Path, help="file that holds the keystore's password, mode 600"
    )
    witness.add_argument("--interval", type=_seconds, default=INTERVAL, help="seconds between looks (15)")
    witness.add_argument(
        "--finality-depth", type=_count, default=0, help="blocks that must follow (0: final at once)"
    )
    witness.add_argument("--once", action="store_true", help="look once; the exit code says what came of it")
    witness.add_argument(
        "--on-alarm",
        nargs=argparse.REMAINDER,
        metavar="PROGRAM ARG",
        help="last option: a program to run on an alarm, with its arguments; it reads the alarm as JSON",
    )
    witness.add_argument(
        "--acknowledge", metavar="REASON", help="end an alarm that you have looked into; kept for ever"
    )
    witness.set_defaults(run=run)
    key = commands.add_parser("witness-key", help="make the key of a witness and tell its signer")
    key.add_argument(
        "--key", type=Path, metavar="KEYSTORE", required=True, help="keystore to be written, mode 600"
    )
    key.add_argument(
        "--password-file", type=Path, required=True, help="its password; made when there is no such file"
    )
    key.set_defaults(run=make_key)
    for command in (witness, key):
        command.add_argument("--json", action="store_true", help="machine-readable lines")
        command.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the output")


def _seconds(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError("not a number of seconds above zero")
    return value


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise argparse.ArgumentTypeError("not a number of blocks")
    return int(text)


class _Usage(Exception):
    """What was given cannot be worked with; Chinese and English."""


class Teller:
    """Writes one line for each event to standard output: words, or JSON with ``at`` and ``event``.

    A node's words are among them: they cannot make a second line or steer a terminal.
    """

    def __init__(self, language: str, as_json: bool) -> None:
        self._language, self._json = language, as_json
        self._progress = -math.inf

    def __call__(self, event: str, **facts: Any) -> None:
        """Tell of an event; while catching up, only every few seconds and at the end."""
        if event == "followed" and facts["number"] < facts["of"]:
            if time.monotonic() - self._progress < PROGRESS_EVERY:
                return
            self._progress = time.monotonic()
        at = instant_text(datetime.now(UTC).replace(microsecond=0))
        if self._json:
            line = json.dumps({"at": at, "event": event, **facts}, ensure_ascii=False)
        else:
            line = plain(f"{at} {event_text(event, self._language, facts)}")
        print(line, flush=True)


def run(options: argparse.Namespace) -> int:
    """`python -m evidence witness`; gives the exit code."""
    tell = Teller(options.lang, options.json)
    file = StateFile(options.state)
    stop = threading.Event()
    try:
        with file.locked():
            if options.acknowledge is not None:
                return _acknowledge(options, file, tell)
            with _stopped_by_signals(stop):
                return _Watch(options, file, tell, stop).run()
    except (_Usage, EvidenceError) as error:
        return _say(options, "无法开始", "cannot start", error)
    except OSError as error:
        return _say(options, "无法读写文件", "a file cannot be read or written", error)


def _say(options: argparse.Namespace, chinese: str, english: str, error: Exception) -> int:
    print(plain(f"{english if options.lang == 'en' else chinese}: {error}"), file=sys.stderr)
    return USAGE


@contextlib.contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _acknowledge(options: argparse.Namespace, file: StateFile, tell: Teller) -> int:
    state, reason = file.load(), options.acknowledge.strip()
    if state is None:
        raise _Usage("there is no state file")
    if not 1 <= len(reason) <= 2_000:
        raise _Usage("a reason has 1 to 2,000 characters")
    state = state.acknowledged(reason, instant_text(datetime.now(UTC).replace(microsecond=0)))
    file.save(state)
    tell("acknowledged", signed_to=state.signed_to)
    return DONE


class _Watch:
    """One running witness: rounds, pauses, telling."""

    def __init__(
        self, options: argparse.Namespace, file: StateFile, tell: Teller, stop: threading.Event
    ) -> None:
        self._options, self._tell, self._stop = options, tell, stop
        self._observer = _observer(options, file, tell, stop)
        self._away_since: str | None = None
        self._failures = 0
        self._next_alarm = self._next_reminder = -math.inf

    def run(self) -> int:
        """Round after round until a signal; with --once, one. The exit code."""
        state = self._observer.state
        number = state.last.number if state.last is not None else 0
        self._tell("started", signer=to_hex(state.signer), number=number, signed_to=state.signed_to)
        code = DONE
        while not self._stop.is_set():
            code, pause = self._round()
            if self._options.once:
                return code
            self._stop.wait(pause)
        self._tell("stopped")
        return ALARM if self._observer.state.alarm is not None else DONE

    def _round(self) -> tuple[int, float]:
        try:
            found = self._observer.round()
        except EvidenceError as error:
            return NOTHING_SIGNED, self._away(error)
        if self._away_since is not None:
            self._tell("back", since=self._away_since)
        self._away_since, self._failures = None, 0
        if found.alarm is not None:
            self._raise(found.alarm)
            return ALARM, self._options.interval
        return self._code(found), self._options.interval

    def _code(self, found: Round) -> int:
        waits = found.behind > 0 or found.in_office is not None or self._observer.state.unsent
        return NOTHING_SIGNED if waits else DONE

    def _away(self, error: EvidenceError) -> float:
        since = self._away_since or instant_text(datetime.now(UTC).replace(microsecond=0))
        longest = max(LONGEST_PAUSE, self._options.interval)
        pause: float = min(self._options.interval * 2.0 ** min(self._failures, 10), longest)
        self._away_since, self._failures = since, self._failures + 1
        self._tell("away", since=since, problem=error.message, pause=pause)
        return pause

    def _raise(self, alarm: Alarm) -> None:
        """Tell at once and then every minute; call the program at once and then every hour."""
        now = time.monotonic()
        if now >= self._next_alarm:
            self._next_alarm = now + REPEAT
            self._tell("alarm", **alarm.as_json())
        if self._options.on_alarm and now >= self._next_reminder:
            self._next_reminder = now + REMIND
            self._call(alarm)

    def _call(self, alarm: Alarm) -> None:
        try:
            done = subprocess.run(
                self._options.on_alarm,
                input=json.dumps(alarm.as_json(), ensure_ascii=False).encode(),
                timeout=ALARM_PROGRAM_TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            self._tell("program_failed", problem=type(error).__name__)
            return
        if done.returncode:
            self._tell("program_failed", problem=f"exit code {done.returncode}")


def _observer(options: argparse.Namespace, file: StateFile, tell: Teller, stop: threading.Event) -> Observer:
    for name in ("trust_root", "rpc", "key", "password_file"):
        if getattr(options, name) is None:
            raise _Usage(f"--{name.replace('_', '-')} is missing")
    from .ethereum import EthereumLedger
    from .trust import TrustRoot
    from .witness import Observer

    trust: TrustRoot = TrustRoot.load(options.trust_root)
    key = _open_key(options)
    ledger = EthereumLedger(options.rpc, trust, relay_key=key.secret, finality_depth=options.finality_depth)
    return Observer(ledger, trust, key, file, tell=tell, stopping=stop.is_set)


def _open_key(options: argparse.Namespace) -> WitnessKey:
    from .sending import load_key
    from .witness import WitnessKey

    for path in (options.key, options.password_file):
        if path.stat().st_mode & 0o077:
            raise _Usage(f"{path} is readable by others; chmod 600")
    return WitnessKey(load_key(options.key, options.password_file.read_text(encoding="utf-8").strip()))


def make_key(options: argparse.Namespace) -> int:
    """`python -m evidence witness-key`: a new keystore, and the signer that the office and trust roots are told."""
    from .sending import create_keystore

    try:
        if options.key.exists():
            raise _Usage(f"{options.key} exists")
        if not options.password_file.exists():
            _write_secret(options.password_file, secrets.token_hex(PASSWORD_BYTES))
        password = options.password_file.read_text(encoding="utf-8").strip()
        if len(password) < 12:
            raise _Usage("a password has at least 12 characters")
        keystore, address = create_keystore(password)
        _write_secret(options.key, keystore)
    except (_Usage, OSError) as error:
        return _say(options, "未能生成密钥", "no key was made", error)
    signer = address.lower()
    if options.json:
        print(json.dumps({"signer": signer, "key": str(options.key)}, ensure_ascii=False))
    else:
        print(f"{'signer' if options.lang == 'en' else '签名人'}  {signer}")
    return DONE


def _write_secret(path: Path, text: str) -> None:
    """A new file with mode 0600; FileExistsError when there is one."""
    import os

    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
