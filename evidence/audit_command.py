"""python -m evidence audit: options, sources, progress and reports. Exit 0 clean, 1 failed, 2 undetermined, 64 usage.
Not here: any check (see `audit`)."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import EvidenceError, MalformedInput
from .verdict import CheckStatus
from .words import pick

if TYPE_CHECKING:
    from .audit_records import Report, Source
    from .master_keys import MasterKeys
    from .protocols import LedgerReader
    from .store import Store
    from .trust import TrustRoot

USAGE = 64
EXIT = {CheckStatus.PASSED: 0, CheckStatus.FAILED: 1, CheckStatus.UNDETERMINED: 2}
SHOWN = 200
"""Findings that are printed; a report holds all."""


def add_parser(commands: Any) -> None:
    """Add the command to the kernel's command line."""
    audit = commands.add_parser("audit", help="re-verify case packages or an inventory, from bytes to chain")
    audit.add_argument(
        "source", type=Path, nargs="+", help="a case package (.zip or folder) or an inventory (.jsonl)"
    )
    audit.add_argument(
        "--trust-root", type=Path, required=True, help="whom you believe: a hezheng-trust/1 file"
    )
    audit.add_argument("--rpc", metavar="URL", help="a node of the chain; without it the ledger is not asked")
    audit.add_argument(
        "--store",
        metavar="PLACE",
        help="where the files of an inventory are: a folder, or s3://bucket/prefix?endpoint=…",
    )
    audit.add_argument(
        "--master-key",
        type=Path,
        metavar="PATH",
        help="the secrets folder with every master key (and, for s3://, its two secrets), or a file with one key",
    )
    audit.add_argument(
        "--report", type=Path, metavar="FILE", help="write .html, .md or .json (JSON beside the others)"
    )
    audit.add_argument("--threads", type=_threads, default=4, help="files that are read at a time (4)")
    audit.add_argument("--json", action="store_true", help="machine-readable output")
    audit.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of output and report")
    audit.set_defaults(run=run)


def _threads(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError("not a number from 1 to 64")
    return int(text)


class _Usage(Exception):
    """What is wrong with the command line, in both languages."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(english)
        self.pair = (chinese, english)


def run(options: argparse.Namespace) -> int:
    """Audit; gives the exit code."""
    from .audit import Auditor
    from .audit_report import write_report
    from .progress import ProgressBar

    with contextlib.ExitStack() as held:
        try:
            trust = _trust(options.trust_root)
            store = _store(options, held)
            sources = [_source(path, trust, store) for path in options.source]
            reader = _reader(options, trust)
        except _Usage as problem:
            print(plain(pick(problem.pair, options.lang)), file=sys.stderr)
            return USAGE
        progress = ProgressBar(sys.stderr, options.lang)
        held.callback(progress.finish)
        report = Auditor(trust, reader, progress, threads=options.threads).run(sources)
    if options.report is not None:
        try:
            write_report(report, options.report, options.lang)
        except OSError as error:
            print(plain(f"{options.report}: {error.strerror}"), file=sys.stderr)
            tell(report, options.lang, as_json=options.json)
            return USAGE
    tell(report, options.lang, as_json=options.json)
    return EXIT[report.outcome]


def tell(report: Report, language: str, *, as_json: bool) -> None:
    """Print a report to standard output."""
    from .audit_report import rows, summary_lines
    from .audit_words import outcome_text

    if as_json:
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
        return
    for line in summary_lines(report, language):
        print(plain(line))
    found = rows(report, language)
    for _finding, status, what, items, batch, detail in found[:SHOWN]:
        where = " · ".join(
            part for part in (items, batch and pick((f"第 {batch} 批", f"batch {batch}"), language)) if part
        )
        print()
        print(plain(f"{status}  {what}" + (f"  [{where}]" if where else "")))
        if detail:
            print(plain(f"      {detail}"))
    if len(found) > SHOWN:
        count = len(found) - SHOWN
        print(
            pick(
                (f"\n另有 {count} 项，见报告（--report）", f"\n{count} more: see the report (--report)"),
                language,
            )
        )
    print(f"\n{outcome_text(report.outcome, language)}")


def plain(text: str) -> str:
    """One line of text without what steers a terminal, reorders the line or begins another."""
    return "".join(
        c if c.isprintable() or c == "\u3000" else c.encode("unicode_escape").decode() for c in text
    )


def _trust(path: Path) -> TrustRoot:
    from .trust import TrustRoot

    try:
        return TrustRoot.load(path)
    except (EvidenceError, OSError) as error:
        raise _Usage(f"信任根无法读取：{error}", f"the trust root cannot be read: {error}") from error


def _store(options: argparse.Namespace, held: contextlib.ExitStack) -> Store | None:
    """The store as it is named; held: ends with the audit. Nothing is written into it."""
    if (options.store is None) != (options.master_key is None):
        raise _Usage("--store 与 --master-key 须同时给出", "--store and --master-key belong together")
    if options.store is None:
        return None
    try:
        store = _open_store(options, held)
    except EvidenceError as error:
        raise _Usage(f"存储无法打开：{error}", f"the store cannot be opened: {error}") from error
    held.callback(store.close)
    return store


def _open_store(options: argparse.Namespace, held: contextlib.ExitStack) -> Store:
    from .s3_store import open_s3
    from .store import EncryptedFolder

    keys = _keys(options.master_key)
    if options.store.startswith("s3://"):
        if not options.master_key.is_dir():
            raise _Usage(
                "使用 s3:// 时，--master-key 须为含 s3.access_key 与 s3.secret_key 的文件夹",
                "for s3://, --master-key is the folder that also holds s3.access_key and s3.secret_key",
            )
        waiting = Path(held.enter_context(tempfile.TemporaryDirectory()))
        return open_s3(options.store, options.master_key, waiting, keys)
    if not (Path(options.store) / "objects").is_dir():
        raise _Usage(f"{options.store} 不是存储文件夹", f"{options.store} is not a store")
    return EncryptedFolder(options.store, keys)


def _keys(path: Path) -> MasterKeys:
    """Every key of a secrets folder, or the one in a file."""
    from .master_keys import FixedKeys, KeyFolder

    if path.is_dir():
        keys = KeyFolder(path)
        try:
            keys.known()
        except OSError as error:
            raise _Usage(
                f"主密钥无法读取：{error.strerror}", f"the keys cannot be read: {error.strerror}"
            ) from error
        return keys
    key = None
    with contextlib.suppress(OSError, ValueError):
        key = bytes.fromhex(path.read_text("ascii").strip())
    if key is None or len(key) != 32:
        raise _Usage("主密钥文件应为 64 个十六进制数字", "the master key's file holds 64 hexadecimal digits")
    return FixedKeys(key)


def _source(path: Path, trust: TrustRoot, store: Store | None) -> Source:
    from .audit_package import Package
    from .audit_sources import Inventory

    try:
        if path.suffix.lower() == ".jsonl":
            return Inventory(path, store)
        if path.is_dir() or path.is_file():
            return Package(path, trust)
    except (MalformedInput, EvidenceError) as error:
        raise _Usage(f"无法读取 {path}：{error}", f"cannot read {path}: {error}") from error
    raise _Usage(f"没有 {path}", f"there is no {path}")


def _reader(options: argparse.Namespace, trust: TrustRoot) -> LedgerReader | None:
    if options.rpc is None:
        return None
    from .ethereum import EthereumLedger

    return EthereumLedger(options.rpc, trust)
