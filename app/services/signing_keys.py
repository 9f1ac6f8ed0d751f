"""Signing keys of people: enrolling a passkey or a device key, labels, revoking. What they sign is elsewhere.

The private key never reaches the server (电子签名法 13); a key is a public key with its ERC-7913 form.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from webauthn import generate_registration_options, options_to_json, verify_registration_response
from webauthn.helpers import decode_credential_public_key
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.decode_credential_public_key import DecodedEC2PublicKey
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.domain.agreement.text import clean_line
from app.domain.assertions import RelyingParty, unbase64url
from app.domain.errors import DomainError, ErrorKind
from app.domain.lifecycle import SettlementState
from app.domain.permissions import Permission
from app.domain.roles import Actor, Office
from app.models.accounts import Account, KeyKind, SigningKey
from app.models.settlements import Settlement, SettlementSigner
from app.services import access, accounts, audit, messages, officials, settlement_texts
from app.services.context import Work
from evidence.errors import MalformedInput
from evidence.signature import (
    device_signer,
    encode_device_signature,
    encode_wallet_signature,
    keccak,
    passkey_signer,
    verify_signature,
    wallet_signer,
)

CHALLENGE_SIZE = 32
MOST_KEYS = 10
FRESH = timedelta(minutes=15)
"""How young a sign-in must be for reporting a device lost and for another key: whoever holds an old session can neither
take keys away nor put one of theirs beside them."""
OPEN_STATES = (SettlementState.PROPOSED, SettlementState.SEALING)
_P256 = 1


def own(work: Work, actor: Actor) -> list[SigningKey]:
    """The actor's keys, newest first, the revoked ones included."""
    access.require(actor, Permission.KEEP_SIGNING_KEYS)
    query = select(SigningKey).where(SigningKey.account_id == actor.account_id)
    return list(work.session.scalars(query.order_by(SigningKey.id.desc())))


def of_account(work: Work, account_id: int | None) -> list[SigningKey]:
    """Usable keys of an account, the best first: passkeys, device keys, wallets; the newest of each first."""
    query = select(SigningKey).where(SigningKey.account_id == account_id, SigningKey.revoked_at.is_(None))
    keys = list(work.session.scalars(query.order_by(SigningKey.id.desc())))
    return sorted(keys, key=lambda key: list(KeyKind).index(key.kind))


def relying_party(work: Work) -> RelyingParty:
    """Whom passkeys of this installation are bound to."""
    return RelyingParty(work.settings.relying_party, work.settings.public_url)


def new_challenge() -> bytes:
    """32 random bytes for one enrolment."""
    return secrets.token_bytes(CHALLENGE_SIZE)


def registration_options(work: Work, actor: Actor, challenge: bytes) -> dict[str, Any]:
    """Options for ``navigator.credentials.create``: ES256 only, user verified, no attestation."""
    access.require(actor, Permission.KEEP_SIGNING_KEYS)
    account = work.session.get_one(Account, actor.account_id)
    known = [key.credential_id for key in own(work, actor) if key.credential_id and key.revoked_at is None]
    options = generate_registration_options(
        rp_id=work.settings.relying_party,
        rp_name="和证 Hezheng",
        user_id=bytes.fromhex(account.pseudonym),
        user_name=account.contact,
        user_display_name=account.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=credential) for credential in known],
        supported_pub_key_algs=[COSEAlgorithmIdentifier.ECDSA_SHA_256],
    )
    parsed: dict[str, Any] = json.loads(options_to_json(options))
    return parsed


def enrol_passkey(
    work: Work, actor: Actor, label: str, credential: Mapping[str, Any], challenge: bytes
) -> SigningKey:
    """Keep a passkey whose registration answers ``challenge``; KEY_REFUSED where anything does not fit."""
    access.require(actor, Permission.KEEP_SIGNING_KEYS)
    party = relying_party(work)
    try:
        verified = verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier.ECDSA_SHA_256],
        )
        public = decode_credential_public_key(verified.credential_public_key)
    except WebAuthnException as error:
        raise DomainError(ErrorKind.KEY_REFUSED, problem=type(error).__name__) from error
    if not isinstance(public, DecodedEC2PublicKey) or public.crv != _P256:
        raise DomainError(ErrorKind.KEY_REFUSED, problem="curve")
    signer = _refuse_malformed(
        lambda: passkey_signer(work.services.trust.passkey_verifier, public.x, public.y)
    )
    return _keep(
        work, actor, KeyKind.PASSKEY, label, signer, verified.credential_id, sign_count=verified.sign_count
    )


def enrol_device_key(
    work: Work, actor: Actor, label: str, public_key: object, signature: object, challenge: bytes
) -> SigningKey:
    """Keep a browser's key: its point (04 ‖ x ‖ y) and its signature over ``challenge``, both base64url."""
    access.require(actor, Permission.KEEP_SIGNING_KEYS)
    point, proof = unbase64url(public_key), unbase64url(signature)
    if len(point) != 65 or point[0] != 4 or len(proof) != 64:
        raise DomainError(ErrorKind.KEY_REFUSED, problem="shape")
    trust = work.services.trust
    signer = device_signer(trust.device_verifier, point[1:33], point[33:])
    encoded = _refuse_malformed(lambda: encode_device_signature(proof[:32], proof[32:]))
    if not verify_signature(signer, challenge, encoded, trust.verifiers):
        raise DomainError(ErrorKind.KEY_REFUSED, problem="signature")
    return _keep(work, actor, KeyKind.DEVICE_KEY, label, signer, None)


def wallet_text(address: str, challenge: bytes) -> str:
    """What a wallet signs at enrolment, as EIP-191 text: an act that can be taken for no other."""
    return f"和证 Hezheng：登记签名钱包 / enrol this wallet for signing\n{address}\n{challenge.hex()}"


def enrol_wallet(
    work: Work, actor: Actor, label: str, address: object, signature: object, challenge: bytes
) -> SigningKey:
    """Keep a wallet: its address (0x…) and its EIP-191 signature (0x…, 65 bytes) under ``wallet_text``."""
    access.require(actor, Permission.KEEP_SIGNING_KEYS)
    if not isinstance(address, str) or not isinstance(signature, str):
        raise DomainError(ErrorKind.KEY_REFUSED, problem="shape")
    try:
        signer, proof = (
            wallet_signer(address),
            encode_wallet_signature(bytes.fromhex(signature.removeprefix("0x"))),
        )
    except (MalformedInput, ValueError) as error:
        raise DomainError(ErrorKind.KEY_REFUSED, problem="shape") from error
    text = wallet_text(address, challenge).encode()
    digest = keccak(b"\x19Ethereum Signed Message:\n" + str(len(text)).encode() + text)
    if not verify_signature(signer, digest, proof, work.services.trust.verifiers):
        raise DomainError(ErrorKind.KEY_REFUSED, problem="signature")
    return _keep(work, actor, KeyKind.WALLET, label, signer, None)


def _refuse_malformed(encode: Any) -> bytes:
    try:
        encoded: bytes = encode()
    except MalformedInput as error:
        raise DomainError(ErrorKind.KEY_REFUSED, problem="shape") from error
    return encoded


def _keep(
    work: Work,
    actor: Actor,
    kind: KeyKind,
    label: str,
    signer: bytes,
    credential_id: bytes | None,
    sign_count: int = 0,
) -> SigningKey:
    known = work.session.scalar(select(SigningKey.id).where(SigningKey.signer == signer))
    if known is not None or len(of_account(work, actor.account_id)) >= MOST_KEYS:
        raise DomainError(ErrorKind.KEY_REFUSED, problem="known" if known is not None else "too_many")
    _require_fresh_for_another(work, actor)
    key = SigningKey(
        account_id=actor.account_id,
        kind=kind,
        label=_label(label),
        credential_id=credential_id,
        signer=signer,
        sign_count=sign_count,
        created_at=work.now(),
    )
    work.session.add(key)
    work.session.flush()
    audit.record(work, actor, "enrol_key", key=key.id, kind=kind.value)
    _tell_owner(work, key, added=True)
    if kind is KeyKind.PASSKEY:
        _tell_office(work, actor)
    return key


def _require_fresh_for_another(work: Work, actor: Actor) -> None:
    """Beside or after an own key another one needs a fresh sign-in: the next version to be signed might name it."""
    had = select(SigningKey.id).where(SigningKey.account_id == actor.account_id).limit(1)
    if work.session.scalar(had) is not None:
        _require_fresh(work, actor)


def _require_fresh(work: Work, actor: Actor) -> None:
    if not accounts.signed_in_since(work, actor, work.now() - FRESH):
        raise DomainError(ErrorKind.FRESH_SIGN_IN_NEEDED)


def _tell_owner(work: Work, key: SigningKey, added: bool) -> None:
    """Whoever has got hold of somebody's session cannot change keys unnoticed."""
    account = work.session.get_one(Account, key.account_id)
    subject, body = settlement_texts.key_changed(key.label, added, f"{work.settings.public_url}/keys")
    messages.post(work, account.contact, subject, body)


def _tell_office(work: Work, actor: Actor) -> None:
    """An official's passkey must be registered on chain before it can seal or decide."""
    names = {Office.MEDIATOR: "调解员", Office.JUDGE: "法官"}
    for office in sorted(actor.offices & set(names)):
        link = f"{work.settings.public_url}/office/officials"
        subject, body = settlement_texts.key_waits(actor.name, names[office], link)
        for clerk in officials.holders(work, Office.OFFICE):
            messages.post(work, clerk.contact, subject, body)


def _label(text: str) -> str:
    label = " ".join(clean_line(text).split())
    if not label or len(label) > 80:
        raise DomainError(ErrorKind.INVALID_INPUT, "label", problem="too_long" if label else "missing")
    return label


def rename(work: Work, actor: Actor, key_id: int, label: str) -> None:
    """Give an own key another label."""
    _own_key(work, actor, key_id).label = _label(label)
    audit.record(work, actor, "rename_key", key=key_id)


def revoke(work: Work, actor: Actor, key_id: int) -> None:
    """Stop using an own key; KEY_IN_USE while an open agreement names it. What it signed stays valid."""
    key = _own_key(work, actor, key_id)
    named = (
        select(SettlementSigner.id)
        .join(Settlement, Settlement.id == SettlementSigner.settlement_id)
        .where(SettlementSigner.key_id == key.id, Settlement.state.in_(OPEN_STATES))
    )
    if work.session.scalar(named.limit(1)) is not None:
        raise DomainError(ErrorKind.KEY_IN_USE)
    if key.revoked_at is not None:
        return
    key.revoked_at = work.now()
    _tell_owner(work, key, added=False)
    audit.record(work, actor, "revoke_key", key=key.id)


def report_lost(work: Work, actor: Actor, key_id: int) -> list[str]:
    """The device with a key is lost: it signs no more, even where an open agreement names it; the mediators are told.

    Gives the numbers of the cases whose open version must be proposed again with another key. FRESH_SIGN_IN_NEEDED
    when the session is older than a quarter of an hour.
    """
    key = _own_key(work, actor, key_id)
    _require_fresh(work, actor)
    if key.lost_at is not None:
        return []
    key.lost_at = work.now()
    key.revoked_at = key.revoked_at or work.now()
    _tell_owner(work, key, added=False)
    open_versions = work.session.scalars(
        select(Settlement)
        .join(SettlementSigner, SettlementSigner.settlement_id == Settlement.id)
        .where(SettlementSigner.key_id == key.id, Settlement.state == SettlementState.PROPOSED)
    ).all()
    for settlement in open_versions:
        audit.record(work, actor, "report_lost_key", settlement.case, key=key.id, version=settlement.version)
        _tell_mediator(work, settlement, work.session.get_one(Account, key.account_id).name)
    if not open_versions:
        audit.record(work, actor, "report_lost_key", key=key.id)
    return [settlement.case.number for settlement in open_versions]


def _tell_mediator(work: Work, settlement: Settlement, name: str) -> None:
    mediator = settlement.signers[-1].participant
    page = f"{work.settings.public_url}/cases/{settlement.case.number}/settlement"
    subject, body = settlement_texts.key_lost(settlement.case.number, name, page)
    messages.post(work, mediator.contact, subject, body, settlement.case)


def _own_key(work: Work, actor: Actor, key_id: int) -> SigningKey:
    access.require(actor, Permission.KEEP_SIGNING_KEYS)
    key = work.session.get(SigningKey, key_id)
    if key is None or key.account_id != actor.account_id:
        raise DomainError(ErrorKind.NOT_FOUND)
    return key
