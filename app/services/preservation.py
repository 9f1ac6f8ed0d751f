"""The parties' agreement on how electronic data is preserved: signed by each with an own key, then anchored.

民事诉讼证据规定 94 favours data kept as the parties agreed, so it is signed before the first session.
"""

from typing import Any

from app.domain.consent_texts import CONSENT_TEXTS
from app.domain.errors import DomainError, ErrorKind
from app.domain.lifecycle import ConsentStage
from app.domain.permissions import Permission
from app.domain.roles import Actor
from app.models.accounts import Account, SigningKey
from app.models.cases import Case, Participant, PreservationAgreement, PreservationSignature
from app.models.exhibits import LedgerJob
from app.services import access, accounts, audit, consents, signing, signing_keys
from app.services.context import Work
from evidence.digest import digest_bytes
from evidence.statement import Statement, StatementKind, document_body, submitter_json
from evidence.strict import instant_text, to_hex
from evidence.typed_data import Preservation

TEXT = CONSENT_TEXTS[ConsentStage.PRESERVATION]


def text_bytes() -> bytes:
    """The agreement's text as its digest covers it: title and body, UTF-8, joined by a line feed."""
    return f"{TEXT.title}\n{TEXT.body}".encode()


def _message(case: Case) -> Preservation:
    return Preservation(case.reference, bytes.fromhex(TEXT.sha256))


def _key(work: Work, seat: Participant) -> SigningKey | None:
    return next(iter(signing_keys.of_account(work, seat.account_id)), None)


def _due(seat: Participant) -> bool:
    return seat.preservation is None and consents.current(seat).get(ConsentStage.PRESERVATION, False)


def request_for(work: Work, actor: Actor, number: str) -> dict[str, Any] | None:
    """What the page asks the party's key to sign; None when nothing is due, or no key is registered yet."""
    entry = access.in_case(work, actor, number, Permission.GIVE_CONSENT)
    key = _key(work, entry.seat)
    if key is None or not _due(entry.seat):
        return None
    message = _message(entry.case)
    return signing.request_for(key, message.digest(work.services.trust.settlement_domain), message, work)


def sign(work: Work, actor: Actor, number: str, submission: signing.Submission) -> None:
    """A party signs; with the last signature the agreement is complete and waits to be anchored."""
    entry = access.in_case(work, actor, number, Permission.GIVE_CONSENT)
    seat, case = entry.seat, entry.case
    if seat.preservation is not None:
        return
    if not _due(seat):
        raise DomainError(ErrorKind.WRONG_STATE, state="preservation")
    key = _key(work, seat)
    if key is None:
        raise DomainError(ErrorKind.KEY_MISSING, missing=[seat.person_name])
    digest = _message(case).digest(work.services.trust.settlement_domain)
    seat.preservation = PreservationSignature(
        text_sha256=TEXT.sha256,
        signer=key.signer,
        signature=signing.accept(work, actor, key, digest, submission),
        signed_at=work.now(),
    )
    audit.record(work, actor, "sign_preservation", case, key=key.id)
    if all(party.preservation is not None for party in consents.parties(case)):
        _complete(work, actor, case)


def _complete(work: Work, actor: Actor, case: Case) -> None:
    account = work.session.get_one(Account, actor.account_id)
    signatures = [party.preservation for party in consents.parties(case) if party.preservation is not None]
    body = document_body(
        case_ref=to_hex(case.reference),
        title=TEXT.title,
        media_type="text/plain; charset=utf-8",
        digest=digest_bytes(text_bytes()),
        submitter=submitter_json(
            account=account.pseudonym,
            role=next(p.side.value for p in consents.parties(case) if p.account_id == account.id),
            identity_method=accounts.identity_method(work, actor),
        ),
        received_at=work.now(),
        details={
            "signatures": [
                {
                    "signer": to_hex(one.signer),
                    "signature": to_hex(one.signature),
                    "signed_at": instant_text(one.signed_at),
                }
                for one in signatures
            ]
        },
    )
    statement = Statement.create(StatementKind.PRESERVATION, body)
    agreement = PreservationAgreement(
        case_id=case.id,
        statement=statement.as_json(),
        commitment=statement.commitment(),
        completed_at=work.now(),
    )
    work.session.add(agreement)
    work.session.add(LedgerJob(commitment=agreement.commitment, case_id=case.id, created_at=work.now()))
