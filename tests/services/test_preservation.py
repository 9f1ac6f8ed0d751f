"""The agreement on preservation: signed by each party's own key, complete with the last signature, anchored.
Not here: the consents (see test_way_in)."""

import pytest
from sqlalchemy import select

from app.domain.assertions import base64url
from app.domain.errors import DomainError, ErrorKind
from app.domain.lifecycle import ConsentStage
from app.models.cases import Case, PreservationAgreement
from app.models.exhibits import LedgerJob
from app.services import anchoring, consents, invitations, preservation, signing, signing_keys
from app.services.context import Services
from evidence.signature import verify_signature
from evidence.statement import Statement
from evidence.typed_data import Preservation
from tests import builders
from tests.builders import INTAKE, Person, Table
from tests.signers import DeviceKey


def agreement_of(services: Services, number: str) -> PreservationAgreement | None:
    with services.reading() as work:
        query = select(PreservationAgreement).join(Case, Case.id == PreservationAgreement.case_id)
        return work.session.scalar(query.where(Case.number == number))


@pytest.fixture
def consenting(services: Services) -> tuple[str, Person, Person]:
    """A case whose parties consented to everything and have signed nothing."""
    claimant = builders.person(services, "李晴", "liqing@example.cn")
    number = builders.submitted_case(services, claimant)
    respondent = builders.join(services, INTAKE["respondent_contact"])
    with services.work() as work:
        invitations.answer(work, respondent.actor, number, accept=True)
    for party in (claimant, respondent):
        with services.work() as work:
            consents.give(work, party.actor, number, dict.fromkeys(ConsentStage, True))
    return number, claimant, respondent


def test_it_is_complete_and_anchored_with_the_last_signature(
    services: Services, consenting: tuple[str, Person, Person]
) -> None:
    number, claimant, respondent = consenting
    builders.sign_preservation(services, claimant, number)
    assert agreement_of(services, number) is None
    builders.sign_preservation(services, respondent, number)
    agreement = agreement_of(services, number)
    assert agreement is not None
    statement = Statement.parse(agreement.statement)
    assert statement.commitment() == agreement.commitment
    trust = services.trust
    case_ref = bytes.fromhex(statement.body["case_ref"][2:])
    message = Preservation(case_ref, bytes.fromhex(preservation.TEXT.sha256))
    for one in statement.body["details"]["signatures"]:
        signer, signature = (bytes.fromhex(one[name][2:]) for name in ("signer", "signature"))
        assert verify_signature(signer, message.digest(trust.settlement_domain), signature, trust.verifiers)
    anchoring.anchor_waiting(services)
    with services.reading() as work:
        job = work.session.scalars(
            select(LedgerJob).where(LedgerJob.commitment == agreement.commitment)
        ).one()
        assert job.batch_number == 1


def test_nobody_signs_before_consenting_or_with_anothers_key(
    services: Services, consenting: tuple[str, Person, Person]
) -> None:
    number, claimant, respondent = consenting
    device = DeviceKey(services.trust.device_verifier)
    for party in (claimant, respondent):
        challenge = signing_keys.new_challenge()
        own = DeviceKey(services.trust.device_verifier) if party is respondent else device
        point, proof = base64url(b"\x04" + own.name[20:]), base64url(own.sign(challenge))
        with services.work() as work:
            signing_keys.enrol_device_key(work, party.actor, "电脑", point, proof, challenge)
    with services.work() as work:
        request = preservation.request_for(work, respondent.actor, number)
        assert request is not None
        digest = builders.unbase64url(request["challenge"])
        with pytest.raises(DomainError) as foreign:
            preservation.sign(
                work, respondent.actor, number, signing.Submission(device.sign(digest), device.name)
            )
    assert foreign.value.kind is ErrorKind.SIGNER_NOT_OWN
    with services.work() as work:
        given = dict.fromkeys(ConsentStage, True) | {ConsentStage.PRESERVATION: False}
        consents.give(work, claimant.actor, number, given)
    with services.work() as work, pytest.raises(DomainError) as refused:
        preservation.sign(work, claimant.actor, number, signing.Submission(device.sign(digest), device.name))
    assert refused.value.kind is ErrorKind.WRONG_STATE


def test_a_second_signature_changes_nothing(services: Services, table: Table) -> None:
    before = agreement_of(services, table.number)
    with services.work() as work:
        preservation.sign(work, table.claimant.actor, table.number, signing.Submission(b"\0" * 64))
    after = agreement_of(services, table.number)
    assert before is not None and after is not None and before.commitment == after.commitment
