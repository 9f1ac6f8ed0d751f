"""Creates the random secrets of an installation, each once, readable by their owner only.
Not here: what the keys may do (the contracts say) and how they are opened (`evidence.ethereum.load_key`)."""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path

from eth_account import Account

from scripts.private import write_private

SECRET_SIZE = 32
SCRYPT_ROUNDS = 2**14
"""scrypt's n. The password is 32 random bytes, so the cost of guessing does not rest on this number."""

RAW_SECRETS = ("session.key", "master.key", "keystore.password")
KEYSTORES = ("operator", "relay", "admin")


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
