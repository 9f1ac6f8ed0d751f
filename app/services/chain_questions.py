"""Questions about the chain that anybody may ask: identity, a batch, a block's hash, a witness's offices.

Answers are public facts of the chain, as a verifier in a browser needs them. Nothing about a statement is asked or told.
Never called inside a transaction: each question goes to the node.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from app.domain.errors import DomainError, ErrorKind
from app.services.context import Services
from evidence.errors import EvidenceError
from evidence.records import WITNESS_OFFICES
from evidence.strict import MAX_SAFE_INTEGER, to_hex

Answer = TypeVar("Answer")
MAX_SIGNER = 1_024


def identity(services: Services) -> dict[str, Any]:
    """Chain id, code hashes (address → keccak-256) and how many batches the ledger holds, as the node says now."""

    def ask() -> dict[str, Any]:
        found = services.ledger.identity()
        return {
            "chain_id": found.chain_id,
            "code_hashes": dict(found.code_hashes),
            "batches": services.ledger.head()[0],
        }

    return _asked(ask)


def batch(services: Services, number: int) -> dict[str, Any]:
    """A batch as the chain recorded it, or null, and whether its block is final."""

    def ask() -> dict[str, Any]:
        found = services.ledger.batch(_bounded(number))
        if found is None:
            return {"batch": None, "final": False}
        shown = {
            key: to_hex(value) if isinstance(value, bytes) else value for key, value in vars(found).items()
        }
        return {"batch": shown, "final": services.ledger.is_final(found.block_number)}

    return _asked(ask)


def block_hash(services: Services, number: int) -> dict[str, Any]:
    """The hash of a block by its number, or null where the node has none."""
    found = _asked(lambda: services.ledger.block_hash(_bounded(number)))
    return {"hash": None if found is None else to_hex(found)}


def witness_offices(services: Services, signer: str, at: int) -> dict[str, Any]:
    """The numbers of the witness offices that a signer (0x text) held at a time in unix seconds."""
    try:
        raw = bytes.fromhex(signer.removeprefix("0x"))
    except ValueError as error:
        raise DomainError(ErrorKind.INVALID_INPUT, "signer") from error
    if not 0 < len(raw) <= MAX_SIGNER:
        raise DomainError(ErrorKind.INVALID_INPUT, "signer")
    moment = _bounded(at)
    held = _asked(lambda: [one for one in WITNESS_OFFICES if services.ledger.holds_office(raw, one, moment)])
    return {"offices": [int(office) for office in held]}


def _bounded(number: int) -> int:
    if not 0 <= number <= MAX_SAFE_INTEGER:
        raise DomainError(ErrorKind.INVALID_INPUT, "number")
    return number


def _asked(ask: Callable[[], Answer]) -> Answer:
    """The node's answer, or LEDGER_UNAVAILABLE."""
    try:
        return ask()
    except EvidenceError as error:
        raise DomainError(ErrorKind.LEDGER_UNAVAILABLE) from error
