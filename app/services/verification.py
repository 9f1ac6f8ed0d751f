"""Checking proofs: the kernel's verifier with this installation's trust root and its way to the ledger.

What a proof is made of is in ``proofs``; how a verdict is worded is in the web layer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.errors import DomainError, ErrorKind
from app.models.exhibits import Exhibit
from app.services import proofs
from app.services.aside import offload
from app.services.context import Services
from evidence.digest import FileDigest
from evidence.errors import MalformedInput
from evidence.proof import Proof
from evidence.verify import Verdict, Verifier


def check(services: Services, proof: Proof, digest: FileDigest | None) -> Verdict:
    """All checks of one proof; asks the node, so never call it inside a transaction.

    The node is asked here, everything else is computed beside the rooms: a proof file may be megabytes of signatures.
    """
    verifier = Verifier(services.trust, services.ledger, at=services.clock())
    examined = offload(verifier.examine, proof)
    return offload(verifier.judge, digest, examined, verifier.look(examined))


def read_proof(text: str) -> Proof:
    """A proof from its file's text; PROOF_MALFORMED names the place (``where``) and what is wrong there."""
    try:
        return offload(Proof.parse, text)
    except MalformedInput as error:
        raise DomainError(
            ErrorKind.PROOF_MALFORMED, "proof", where=error.where or "proof", problem=error.message
        ) from error


def read_digest(raw: object) -> FileDigest | None:
    """The digests that a browser computed (hexadecimal, and the size in bytes); None when it sent none."""
    if raw is None:
        return None
    if not isinstance(raw, Mapping):
        raise DomainError(ErrorKind.INVALID_INPUT, "digest")
    size = raw.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise DomainError(ErrorKind.INVALID_INPUT, "digest")
    return FileDigest(_hash(raw, "sha256"), _hash(raw, "sm3"), size)


def _hash(raw: Mapping[str, Any], name: str) -> bytes:
    text = str(raw.get(name, "")).removeprefix("0x")
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise DomainError(ErrorKind.INVALID_INPUT, "digest")
    return bytes.fromhex(text)


@dataclass(frozen=True)
class Examined:
    """A proof as it would be handed out now, and what checking it gave."""

    proof: Proof
    verdict: Verdict


def examine_exhibit(services: Services, exhibit_id: int, digest: FileDigest | None) -> Examined | None:
    """An exhibit's own proof with its verdict; None while it is not anchored, or erased."""
    with services.reading() as work:
        exhibit = work.session.get_one(Exhibit, exhibit_id)
        if exhibit.erased_at is not None or not proofs.is_ready(exhibit.job):
            return None
        proof = proofs.build(work, exhibit)
    return Examined(proof, check(services, proof, digest))


def check_exhibit(services: Services, exhibit_id: int, digest: FileDigest | None) -> Verdict | None:
    """The verdict on an exhibit's own proof as it would be handed out now; None while it is not anchored."""
    examined = examine_exhibit(services, exhibit_id, digest)
    return examined.verdict if examined is not None else None
