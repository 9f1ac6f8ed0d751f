"""The three witnesses of a trial installation: their folders, keys, entries in the network file, and command lines.
Not here: what a witness does (see `evidence.witness`). Run by the platform itself, they prove no independence."""

from __future__ import annotations

import json
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.private import write_private

SECONDS_BETWEEN_LOOKS = 2
TERM = (1_577_836_800, 2_208_988_800)
"""2020-01-01 to 2040-01-01 in unix seconds (UTC): always the same, so that the network file never changes by itself."""
INTEREST = "演示：由平台自己运行，不具有独立性"


@dataclass(frozen=True)
class TrialWitness:
    """One of the three. office: the word of network and trust files, also the folder's name."""

    office: str
    name: str

    def folder(self, data: Path) -> Path:
        """Its own folder in a data folder: key, password, state. It reads nothing else of the platform's."""
        return data / "witnesses" / self.office

    def command(self, data: Path, rpc_url: str) -> list[str]:
        """The command line that a court, a notary or an association would use with a node of its own.

        Niced: three programs that start at once must not slow the first pages down.
        """
        own = self.folder(data)
        return [
            *("nice", sys.executable, "-m", "evidence", "witness", "--json"),
            *("--trust-root", str(data / "trust.json"), "--rpc", rpc_url, "--state", str(own / "state.json")),
            *("--key", str(own / "key.json"), "--password-file", str(own / "password")),
            *("--interval", str(SECONDS_BETWEEN_LOOKS)),
        ]


WITNESSES = (
    TrialWitness("court", "演示见证人（法院）"),
    TrialWitness("notary", "演示见证人（公证处）"),
    TrialWitness("association", "演示见证人（行业协会）"),
)


def entries(data: Path) -> list[dict[str, Any]]:
    """The `witnesses` of a trial installation's network file. Makes the keys that are not there yet."""
    return [
        {
            "name": one.name,
            "office": one.office,
            "signer": _signer(one.folder(data)),
            "valid_from": TERM[0],
            "valid_until": TERM[1],
            "interest": INTEREST,
            "trial": True,
        }
        for one in WITNESSES
    ]


def _signer(folder: Path) -> str:
    """0x and the address of the key in a witness's folder, which is made when it is not there."""
    keystore = folder / "key.json"
    if not keystore.exists():
        from scripts.keys import write_keystore

        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        (folder / "password").unlink(missing_ok=True)
        password = secrets.token_hex(32)
        write_private(folder / "password", password + "\n")
        write_keystore(keystore, secrets.token_bytes(32), password)
    return "0x" + str(json.loads(keystore.read_text())["address"]).removeprefix("0x").lower()
