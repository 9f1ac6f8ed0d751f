"""The environment of the installation that ./scripts/serve keeps on this machine, for one `flask` command in it.
Not here: starting the installation (see `supervisor`) and the commands (see app/commands)."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STARTED_IN = "HEZHENG_STARTED_IN"
"""Where the person stood who typed the command; a relative data folder begins there."""
USAGE = "usage: ./scripts/flask [--data-dir DIR] COMMAND …   (for example: ledger status)"


def environment(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    """What a command needs to speak for the installation in this folder. FileNotFoundError where there is none."""
    ports = json.loads((folder / "installation.json").read_text("utf-8"))
    own = {
        "HEZHENG_DATA_DIR": str(folder),
        "HEZHENG_RPC_URL": f"http://127.0.0.1:{ports['chain_port']}",
        "HEZHENG_TRUST_FILE": str(folder / "trust.json"),
        "FLASK_APP": "app.main:application",
    }
    usual = {"HEZHENG_PUBLIC_URL": "http://localhost:8480", "HEZHENG_DEMO": "1"}
    kept = {key: value for key, value in given.items() if key != STARTED_IN}
    return {**usual, **kept, **own}


def main(arguments: list[str]) -> None:
    """Become the command; its exit code is the process's. 64 for wrong usage, as the other commands have it."""
    folder = ROOT / "data"
    if arguments[:1] == ["--data-dir"]:
        folder = Path(os.environ.get(STARTED_IN, ".")).absolute() / "".join(arguments[1:2])
        arguments = arguments[2:]
    try:
        settled = environment(folder, os.environ)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"没有找到安装 / no installation in {folder}: {type(error).__name__}\n{USAGE}", file=sys.stderr)
        raise SystemExit(64) from error
    os.chdir(ROOT)
    os.execve(sys.executable, [sys.executable, "-m", "flask", *arguments], settled)  # noqa: S606  (no shell wanted)


if __name__ == "__main__":
    main(sys.argv[1:])
