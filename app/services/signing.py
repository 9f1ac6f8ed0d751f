"""Taking one signature: the right person's own key, over exactly this digest, made on this site?

The contracts check the signature again; relying party, origin and count are checked only here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from app.domain.assertions import PasskeyAssertion, base64url, check_assertion, unbase64url
from app.domain.errors import DomainError, ErrorKind
from app.domain.roles import Actor
from app.models.accounts import KeyKind, SigningKey
from app.services import signing_keys
from app.services.context import Work
from evidence.errors import MalformedInput
from evidence.signature import (
    encode_device_signature,
    encode_passkey_signature,
    encode_wallet_signature,
    verify_signature,
)
from evidence.typed_data import TypedMessage


@dataclass(frozen=True)
class Submission:
    """As the browser sends it: raw r ‖ s of a device key, r ‖ s ‖ v of a wallet, a passkey's assertion (DER signature)."""

    signature: bytes
    signer: bytes | None = None
    credential_id: bytes | None = None
    authenticator_data: bytes = b""
    client_data_json: bytes = b""


def parse_submission(raw: Mapping[str, Any]) -> Submission:
    """From the browser's JSON (base64url, names as in WebAuthn); INVALID_INPUT for anything malformed."""
    credential, signer = raw.get("credential"), raw.get("signer")
    return Submission(
        signature=unbase64url(raw.get("signature")),
        signer=unbase64url(signer) if signer is not None else None,
        credential_id=unbase64url(credential) if credential is not None else None,
        authenticator_data=unbase64url(raw.get("authenticatorData", "")),
        client_data_json=unbase64url(raw.get("clientDataJSON", "")),
    )


def request_for(key: SigningKey, digest: bytes, message: TypedMessage, work: Work) -> dict[str, Any]:
    """What the page needs in order to ask the key for a signature over ``digest`` (32 bytes)."""
    return {
        "kind": key.kind.value,
        "label": key.label,
        "challenge": base64url(digest),
        "credential": base64url(key.credential_id) if key.credential_id else None,
        "signer": base64url(key.signer),
        "rpId": work.settings.relying_party,
        "typedData": message.as_json(work.services.trust.settlement_domain),
    }


def accept(work: Work, actor: Actor, key: SigningKey, digest: bytes, submission: Submission) -> bytes:
    """The signature as the contracts take it.

    SIGNER_NOT_OWN: the key is not the actor's, or another key signed. SIGNATURE_INVALID: anything else that
    does not fit, named in ``problem``.
    """
    if key.account_id != actor.account_id or key.revoked_at is not None:
        raise DomainError(ErrorKind.SIGNER_NOT_OWN)
    encoded = (
        _from_passkey(work, key, digest, submission) if key.kind is KeyKind.PASSKEY else _raw(key, submission)
    )
    if not verify_signature(key.signer, digest, encoded, work.services.trust.verifiers):
        raise DomainError(ErrorKind.SIGNATURE_INVALID, problem="signature")
    key.last_used_at = work.now()
    return encoded


def _from_passkey(work: Work, key: SigningKey, digest: bytes, submission: Submission) -> bytes:
    if submission.credential_id != key.credential_id:
        raise DomainError(ErrorKind.SIGNER_NOT_OWN)
    assertion = PasskeyAssertion(
        submission.credential_id or b"",
        submission.authenticator_data,
        submission.client_data_json,
        submission.signature,
    )
    key.sign_count = check_assertion(assertion, digest, signing_keys.relying_party(work), key.sign_count)
    try:
        r, s = decode_dss_signature(submission.signature)
        return encode_passkey_signature(submission.authenticator_data, submission.client_data_json, r, s)
    except (MalformedInput, ValueError) as error:
        raise DomainError(ErrorKind.SIGNATURE_INVALID, problem="signature") from error


def _raw(key: SigningKey, submission: Submission) -> bytes:
    if submission.signer is not None and submission.signer != key.signer:
        raise DomainError(ErrorKind.SIGNER_NOT_OWN)
    if len(submission.signature) != (65 if key.kind is KeyKind.WALLET else 64):
        raise DomainError(ErrorKind.SIGNATURE_INVALID, problem="signature")
    try:
        if key.kind is KeyKind.WALLET:
            return encode_wallet_signature(submission.signature)
        return encode_device_signature(submission.signature[:32], submission.signature[32:])
    except MalformedInput as error:
        raise DomainError(ErrorKind.SIGNATURE_INVALID, problem="signature") from error
