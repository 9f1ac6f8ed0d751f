"""Creates the random secrets of an installation, each once, readable by their owner only.
Not here: what the keys may do (the contracts say) and how they are opened (`evidence.ethereum.load_key`)."""

from __future__ import annotations

import json
import os
import secrets
import sys
from pathlib import Path

from eth_account import Account

SECRET_SIZE = 32
SCRYPT_ROUNDS = 2**14
"""scrypt's n. The password is 32 random bytes, so the cost of guessing does not rest on this number."""

RAW_SECRETS = ("session.key", "master.key", "keystore.password")
KEYSTORES = ("operator", "relay", "admin")


def write_private(path: Path, text: str) -> None:
    """Write a new file with mode 0600, whole or not at all; FileExistsError when there is one already."""
    if path.exists():
        raise FileExistsError(path)
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)


def write_keystore(path: Path, key: bytes, password: str) -> None:
    """An encrypted keystore (Web3 Secret Storage v3, scrypt) of a 32-byte key."""
    write_private(path, json.dumps(Account.encrypt(key, password, kdf="scrypt", iterations=SCRYPT_ROUNDS)))


def create_secrets(folder: Path) -> None:
    """Make what is missing: three secrets in hexadecimal and three encrypted keystores."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name in RAW_SECRETS:
        if not (folder / name).exists():
            write_private(folder / name, secrets.token_hex(SECRET_SIZE) + "\n")
    password = (folder / "keystore.password").read_text().strip()
    for role in KEYSTORES:
        if not (folder / f"{role}.json").exists():
            write_keystore(folder / f"{role}.json", secrets.token_bytes(SECRET_SIZE), password)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("usage: python -m scripts.keys FOLDER", file=sys.stderr)
        sys.exit(64)
    create_secrets(Path(sys.argv[1]))
