"""Copies a data folder while the platform runs, so that the copy opens and holds every item it knows of.
Not here: keeping and encrypting the copy; it holds the secrets and must be kept as they are."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

DATABASE = "hezheng.sqlite3"
LATER = ("files", "tsa", "secrets", "chain")
SINGLE = ("trust.json", "installation.json", "keys.made")


def back_up(data: Path, target: Path) -> list[str]:
    """Copy to a folder that does not exist yet; the names of what was copied.

    The database goes first, as one consistent snapshot: the store only ever gains files and the chain only
    ever gains blocks, so whatever the snapshot names is in what is copied after it. FileExistsError when the
    target is there, FileNotFoundError when the data folder holds no database.
    """
    source = data / DATABASE
    if not source.exists():
        raise FileNotFoundError(source)
    target.mkdir(mode=0o700, parents=True)
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target / DATABASE)) as copy:
        live.backup(copy)
    copied = [DATABASE]
    for name in LATER:
        if (data / name).is_dir():
            shutil.copytree(data / name, target / name, copy_function=_copy_if_there)
            copied.append(name)
    for name in SINGLE:
        if (data / name).exists():
            shutil.copy2(data / name, target / name)
            copied.append(name)
    return copied


def _copy_if_there(source: str, target: str) -> str:
    """Uploads under way and half-written state files may vanish between listing and copying: nothing is lost."""
    try:
        return str(shutil.copy2(source, target))
    except FileNotFoundError:
        return target


def main(arguments: list[str]) -> int:
    """Back up as told on the command line."""
    if len(arguments) != 2:
        print("usage: python -m scripts.backup DATA_FOLDER NEW_FOLDER", file=sys.stderr)
        return 64
    try:
        copied = back_up(Path(arguments[0]), Path(arguments[1]))
    except OSError as error:
        print(f"backup: {error}", file=sys.stderr)
        return 1
    print(f"copied to {arguments[1]}: {', '.join(copied)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
