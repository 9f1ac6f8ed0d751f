"""Copies database and data folder while the platform runs, so that the copy opens and holds every item it knows of.
Not here: keeping and encrypting the copy; it holds the secrets and must be kept as they are."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

DATABASE = "hezheng.sqlite3"
DUMP = "hezheng.pgdump"
"""A PostgreSQL database in pg_dump's own format, for pg_restore."""
LATER = ("files", "tsa", "secrets", "chain")
SINGLE = ("trust.json", "installation.json", "keys.made")


def back_up(data: Path, target: Path, database_url: str | None = None) -> list[str]:
    """Copy to a folder that does not exist yet; the names of what was copied.

    The database goes first, as one consistent snapshot: the store only ever gains files and the chain only
    ever gains blocks, so whatever the snapshot names is in what is copied after it. database_url: where it is, if not in
    the data folder. FileExistsError when the target is there, FileNotFoundError when the data folder holds no
    database or pg_dump is missing, OSError with pg_dump's words when that fails.
    """
    url = database_url or f"sqlite:///{data / DATABASE}"
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite") and not path.exists():
        raise FileNotFoundError(path)
    target.mkdir(mode=0o700, parents=True)
    copied = [_copy_sqlite(path, target) if url.startswith("sqlite") else _dump_postgresql(url, target)]
    for name in LATER:
        if (data / name).is_dir():
            shutil.copytree(data / name, target / name, copy_function=_copy_if_there)
            copied.append(name)
    for name in SINGLE:
        if (data / name).exists():
            shutil.copy2(data / name, target / name)
            copied.append(name)
    return copied


def _copy_sqlite(path: Path, target: Path) -> str:
    with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(target / DATABASE)) as copy:
        live.backup(copy)
    return DATABASE


def _dump_postgresql(url: str, target: Path) -> str:
    """pg_dump reads everything in one steady view. A password in the address is kept out of the process list."""
    address = make_url(url)
    password = address.password or address.query.get("password")
    # not set(password=None): that keeps it, and "***" would go to the server in place of it
    place = address._replace(drivername="postgresql", password=None).difference_update_query(["password"])
    done = subprocess.run(
        ["pg_dump", "--format=custom", f"--file={target / DUMP}", f"--dbname={place.render_as_string()}"],
        env={**os.environ, **({"PGPASSWORD": str(password)} if password else {})},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        shutil.rmtree(target)
        raise OSError(f"pg_dump: {done.stderr.strip()}")
    return DUMP


def _copy_if_there(source: str, target: str) -> str:
    """Uploads under way and half-written state files may vanish between listing and copying: nothing is lost."""
    try:
        return str(shutil.copy2(source, target))
    except FileNotFoundError:
        return target


def main(arguments: list[str]) -> int:
    """Back up as told on the command line; HEZHENG_DATABASE_URL names a database elsewhere, as for the platform."""
    if len(arguments) != 2:
        print("usage: python -m scripts.backup DATA_FOLDER NEW_FOLDER", file=sys.stderr)
        return 64
    try:
        copied = back_up(Path(arguments[0]), Path(arguments[1]), os.environ.get("HEZHENG_DATABASE_URL"))
    except OSError as error:
        print(f"backup: {error}", file=sys.stderr)
        return 1
    print(f"copied to {arguments[1]}: {', '.join(copied)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
