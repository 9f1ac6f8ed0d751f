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


def create_store_secrets(folder: Path, bucket: str) -> None:
    """Make the two secrets of an S3-compatible store that is one's own, and the file that tells them to SeaweedFS."""
    access, secret = secrets.token_hex(10), secrets.token_hex(20)
    identities = folder / "s3.identities.json"
    if identities.exists():
        return
    write_private(folder / "s3.access_key", access + "\n")
    write_private(folder / "s3.secret_key", secret + "\n")
    one = {
        "name": "hezheng",
        "credentials": [{"accessKey": access, "secretKey": secret}],
        "actions": [f"{act}:{bucket}" for act in ("Admin", "Read", "Write", "List")],
    }
    write_private(identities, json.dumps({"identities": [one]}, indent=2) + "\n")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        print("usage: python -m scripts.keys FOLDER [BUCKET]", file=sys.stderr)
        sys.exit(64)
    create_secrets(Path(sys.argv[1]))
    if len(sys.argv) == 3:
        create_store_secrets(Path(sys.argv[1]), sys.argv[2])
