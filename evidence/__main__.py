"""python -m evidence digest | inspect | verify | audit | witness: the kernel on the command line, without the web app.
Not here: any check of its own; it prints what `verify` finds. Exit 0 passed, 1 failed, 2 undetermined, 64 usage."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from . import audit_command, witness_command
from .errors import EvidenceError, MalformedInput
from .verdict import Answer, CheckStatus, Verdict

if TYPE_CHECKING:
    from .digest import FileDigest, PartialDigest
    from .proof import Proof
    from .protocols import LedgerReader
    from .trust import TrustRoot

USAGE = 64
CUT_OFF = 141
"""As a shell says that a program ended because nobody read its output any more (128 + SIGPIPE)."""
EXIT = {CheckStatus.PASSED: 0, CheckStatus.FAILED: 1, CheckStatus.UNDETERMINED: 2}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m evidence", description="Verify evidence without the platform that made it."
    )
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    digest = commands.add_parser("digest", help="SHA-256 and SM3 of a file")
    digest.add_argument("file", type=Path)
    inspect = commands.add_parser("inspect", help="what a proof file says, without believing it")
    inspect.add_argument("proof", type=Path)
    verify = commands.add_parser("verify", help="the four answers about a file and its proof")
    _verify_options(verify)
    audit_command.add_parser(commands)
    witness_command.add_parsers(commands)
    for command in (digest, verify):
        command.add_argument("--json", action="store_true", help="machine-readable output")
    for command in (digest, inspect, verify):
        command.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the output")
    return parser


def _verify_options(verify: argparse.ArgumentParser) -> None:
    verify.add_argument("file", type=Path, nargs="?", help="left out where only its digests are at hand")
    verify.add_argument("proof", type=Path)
    verify.add_argument(
        "--trust-root", type=Path, required=True, help="whom you believe: a hezheng-trust/1 file"
    )
    verify.add_argument(
        "--rpc", metavar="URL", help="a node of the chain; without it the ledger is not asked"
    )
    verify.add_argument(
        "--block-hash",
        metavar="NUMBER:HASH",
        type=_block,
        help="number and hash of a block, known from elsewhere",
    )
    verify.add_argument("--sha256", metavar="HEX", type=_word, help="the file's SHA-256, instead of the file")
    verify.add_argument("--sm3", metavar="HEX", type=_word, help="the file's SM3, instead of the file")
    verify.add_argument("--size", metavar="BYTES", type=_size, help="the file's size, instead of the file")


def _word(text: str) -> bytes:
    """32 bytes in hexadecimal as people copy them: with or without 0x, in any case."""
    digits = text.strip().lower().removeprefix("0x")
    if not re.fullmatch("[0-9a-f]{64}", digits):
        raise argparse.ArgumentTypeError("not 32 bytes in hexadecimal")
    return bytes.fromhex(digits)


def _block(text: str) -> tuple[int, bytes]:
    """Number and hash of a block, with a colon between them."""
    number, _, digits = text.partition(":")
    if not re.fullmatch("[0-9]{1,15}", number.strip()):
        raise argparse.ArgumentTypeError("not NUMBER:HASH")
    return int(number), _word(digits)


def _size(text: str) -> int:
    if not re.fullmatch("[0-9]{1,15}", text):
        raise argparse.ArgumentTypeError("not a number of bytes")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command == "verify":
        _require_one_file(parser, options)
    own = {"digest": _digest, "inspect": _inspect, "verify": _verify}
    command: Callable[[argparse.Namespace], int] = own.get(options.command) or options.run
    try:
        code = command(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # whoever was reading has seen enough; what is left must not be tried again at the exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CUT_OFF
    return code


def _require_one_file(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Either the file or what is known of it, never both and never neither."""
    known = any(value is not None for value in (options.sha256, options.sm3, options.size))
    if known == (options.file is not None):
        parser.error("verify takes the file, or --sha256, --sm3 or --size in its place")


def _say(options: argparse.Namespace, chinese: str, english: str) -> None:
    print(_plain(english if options.lang == "en" else chinese), file=sys.stderr)


def _plain(text: object) -> str:
    """Text from a file that may be hostile, without what steers a terminal or reorders a line."""
    return "".join(
        c if c.isprintable() or c == "\u3000" else c.encode("unicode_escape").decode() for c in str(text)
    )


def _digest(options: argparse.Namespace) -> int:
    digest = _digest_of(options, options.file)
    if digest is None:
        return USAGE
    if options.json:
        print(json.dumps(digest.as_json()))
    else:
        print(f"SHA-256  {digest.sha256.hex()}\nSM3      {digest.sm3.hex()}\nbytes    {digest.size}")
    return 0


def _digest_of(options: argparse.Namespace, path: Path) -> FileDigest | None:
    from .digest import digest_file

    try:
        return digest_file(path)
    except (OSError, EvidenceError) as error:
        _say(options, f"无法读取文件 {path}：{error}", f"cannot read {path}: {error}")
        return None


def _read(options: argparse.Namespace, path: Path) -> bytes | None:
    """At most one byte more than the formats allow, so that a huge file is refused and not loaded."""
    from .proof import MAX_BYTES

    try:
        with path.open("rb") as source:
            return source.read(MAX_BYTES + 1)
    except OSError as error:
        _say(options, f"无法读取 {path}：{error.strerror}", f"cannot read {path}: {error.strerror}")
        return None


def _inspect(options: argparse.Namespace) -> int:
    from .proof import Proof

    data = _read(options, options.proof)
    if data is None:
        return USAGE
    try:
        proof = Proof.parse(data)
    except MalformedInput as error:
        return _malformed(options, error)
    summary = proof.as_json()
    summary["commitment"] = "0x" + proof.statement.commitment().hex()
    print(json.dumps(summary, ensure_ascii=False, indent=2))
    return 0


def _malformed(options: argparse.Namespace, error: MalformedInput) -> int:
    _say(options, f"证明文件无法读取：{error}", f"the proof file cannot be read: {error}")
    if getattr(options, "json", False):
        print(json.dumps({"error": {"where": error.where, "message": error.message}}, ensure_ascii=False))
    return EXIT[CheckStatus.FAILED]


def _verify(options: argparse.Namespace) -> int:
    from .proof import Proof
    from .trust import TrustRoot
    from .verify import Verifier

    proof_bytes, trust_bytes = _read(options, options.proof), _read(options, options.trust_root)
    if proof_bytes is None or trust_bytes is None:
        return USAGE
    try:
        trust = TrustRoot.parse(trust_bytes)
    except MalformedInput as error:
        _say(options, f"信任根无法读取：{error}", f"the trust root cannot be read: {error}")
        return USAGE
    digest = _known_digest(options)
    if digest is None:
        return USAGE
    try:
        proof = Proof.parse(proof_bytes)
    except MalformedInput as error:
        return _malformed(options, error)
    verifier = Verifier(trust, _reader(options, trust), block=options.block_hash)
    verdict = verifier.verify(digest, proof)
    _print(options, verdict, proof)
    return EXIT[verdict.overall]


def _known_digest(options: argparse.Namespace) -> FileDigest | PartialDigest | None:
    from .digest import PartialDigest

    if options.file is not None:
        return _digest_of(options, options.file)
    return PartialDigest(options.sha256, options.sm3, options.size)


def _reader(options: argparse.Namespace, trust: TrustRoot) -> LedgerReader | None:
    if options.rpc is None:
        return None
    from .ethereum import EthereumLedger

    return EthereumLedger(options.rpc, trust)


def _print(options: argparse.Namespace, verdict: Verdict, proof: Proof) -> None:
    if options.json:
        print(json.dumps(verdict.as_json(), ensure_ascii=False, indent=2))
        return
    from . import words

    language = options.lang
    print(_plain(proof.statement.body.get("file_name") or proof.statement.body.get("title")))
    for answer in Answer:
        status = words.answer_status_text(verdict, answer, language)
        print(f"\n{words.answer_text(answer, language)}  [{status}]  {words.meaning_text(answer, language)}")
        for check in verdict.of(answer):
            print(f"  {check.status.value:<12} {check.code:<20} {words.check_text(check.code, language)}")
            for name, value in words.detail_lines(check, language):
                print(f"{'':<16}{_plain(name)}: {_plain(value)}")


if __name__ == "__main__":
    sys.exit(main())
