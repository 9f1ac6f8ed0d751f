"""What a passkey assertion must say before a signature is taken: challenge, origin, party, user, count.

The contracts check none of origin, party and count. ``evidence.signature`` checks the signature itself.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass

from app.domain.errors import DomainError, ErrorKind

USER_PRESENT, USER_VERIFIED = 0x01, 0x04


@dataclass(frozen=True)
class RelyingParty:
    """Who asks for the signature: the host name that passkeys are bound to, and the page's exact origin."""

    id: str
    origin: str


@dataclass(frozen=True)
class PasskeyAssertion:
    """The browser's answer to ``navigator.credentials.get``; ``signature`` is DER."""

    credential_id: bytes
    authenticator_data: bytes
    client_data_json: bytes
    signature: bytes


def base64url(value: bytes) -> str:
    """URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def unbase64url(text: object, limit: int = 4096) -> bytes:
    """Bytes of URL-safe base64 without padding; INVALID_INPUT for anything else."""
    if not isinstance(text, str) or len(text) > limit * 4 // 3 + 4:
        raise DomainError(ErrorKind.INVALID_INPUT, "signature", problem="unknown")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise DomainError(ErrorKind.INVALID_INPUT, "signature", problem="unknown") from error


def check_assertion(
    assertion: PasskeyAssertion, challenge: bytes, party: RelyingParty, last_count: int
) -> int:
    """The authenticator's new sign count; else SIGNATURE_INVALID, its ``problem`` naming what does not fit.

    A count not above the last one points at a copied key, unless the authenticator keeps none (always 0).
    """
    client = _client_data(assertion.client_data_json)
    _require(client.get("type") == "webauthn.get", "type")
    _require(client.get("challenge") == base64url(challenge), "challenge")
    _require(client.get("origin") == party.origin, "origin")
    _require(client.get("crossOrigin") in (None, False), "origin")
    data = assertion.authenticator_data
    _require(len(data) >= 37, "authenticator_data")
    wanted = hashlib.sha256(party.id.encode()).digest()
    _require(hmac.compare_digest(data[:32], wanted), "relying_party")
    _require(bool(data[32] & USER_PRESENT), "user_present")
    _require(bool(data[32] & USER_VERIFIED), "user_verified")
    count = int.from_bytes(data[33:37], "big")
    _require(count > last_count or count == last_count == 0, "sign_count")
    return count


def _client_data(raw: bytes) -> dict[str, object]:
    try:
        parsed = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise DomainError(ErrorKind.SIGNATURE_INVALID, problem="client_data") from error
    if not isinstance(parsed, dict):
        raise DomainError(ErrorKind.SIGNATURE_INVALID, problem="client_data")
    return parsed


def _require(condition: bool, problem: str) -> None:
    if not condition:
        raise DomainError(ErrorKind.SIGNATURE_INVALID, problem=problem)
