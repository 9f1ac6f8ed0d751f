"""Timestamps of a case package as OpenSSL takes them: tokens, certificates, anchors, and the command for each.

Not here: how tokens are verified by our own rules (see ``evidence.timestamp``).
"""

import ssl
from dataclasses import dataclass

from evidence.proof import Proof, Stamp, renewal_imprint
from evidence.trust import TrustRoot

FOLDER = "timestamps"
HINT = """\
# 在本文件夹中执行；证书此后过期的，加 -attime 和令牌时间的 unix 秒数
# Run in this folder; where a certificate has expired since, add -attime with the token's time in unix seconds"""


@dataclass(frozen=True)
class StampFiles:
    """Files by path inside the package, and one command line per token, to be run in the folder ``timestamps``."""

    files: dict[str, bytes]
    commands: list[str]


def stamp_files(trust: TrustRoot, proofs: list[Proof]) -> StampFiles:
    """Every token of the batches that the proofs are in, once."""
    files: dict[str, bytes] = {}
    commands: list[str] = []
    for proof in sorted(
        {proof.batch.number: proof for proof in proofs}.values(), key=lambda one: one.batch.number
    ):
        for number, line in enumerate(proof.timestamps, 1):
            imprint = proof.batch.head
            for place, stamp in enumerate(line.stamps):
                name = f"batch-{proof.batch.number}-{number}" + (f"-renewal-{place}" if place else "")
                files |= _files(name, stamp)
                commands.append(_command(name, imprint, stamp))
                imprint = renewal_imprint(imprint, stamp)
    if files:
        files[f"{FOLDER}/anchors.pem"] = "".join(
            anchor.strip() + "\n" for anchor in trust.tsa_anchors
        ).encode()
        files[f"{FOLDER}/commands.txt"] = "\n\n".join([HINT, *commands, ""]).encode()
    return StampFiles(files, commands)


def _files(name: str, stamp: Stamp) -> dict[str, bytes]:
    files = {f"{FOLDER}/{name}.tst": stamp.token}
    if stamp.certificates:
        pem = "".join(ssl.DER_cert_to_PEM_cert(one) for one in stamp.certificates)
        files[f"{FOLDER}/{name}.certificates.pem"] = pem.encode()
    return files


def _command(name: str, imprint: bytes, stamp: Stamp) -> str:
    more = f" -untrusted {name}.certificates.pem" if stamp.certificates else ""
    return (
        f"openssl ts -verify -digest {imprint.hex()} \\\n"
        f"    -in {name}.tst -token_in -CAfile anchors.pem{more}"
    )
