"""One agreement from proposal to ruling on real contracts: what software passkeys sign, a node accepts.
Not here: refusals (see test_settlements and tests/ledger)."""

import dataclasses
from datetime import UTC, datetime

import pytest

from app.domain.lifecycle import CaseState
from app.models.settlements import ConfirmationOutcome
from app.services import confirmations, relays, settlement_pages
from tests import builders, deals
from tests.anvil import Deployment, anvil_url, deployment

__all__ = ["anvil_url", "deployment"]


@pytest.fixture
def on_node(services, deployment: Deployment):
    """Services whose ledger is the node, on the node's clock."""
    return dataclasses.replace(
        services,
        ledger=deployment.ledger(),
        trust=deployment.trust,
        clock=lambda: datetime.now(UTC),
    )


@pytest.mark.node
def test_a_settlement_is_sealed_and_confirmed_on_real_contracts(on_node):
    table = builders.set_table(on_node)
    device = deals.enrol_device(on_node, table.respondent)
    claimant, mediator = deals.enrol(on_node, table.claimant), deals.enrol(on_node, table.mediator)
    deal = deals.Deal(on_node, table, claimant, None, mediator)
    deals.register(on_node, table.mediator, mediator, builders.Office.MEDIATOR)
    year = datetime.now(UTC).year + 1
    version = deal.propose(year=year)
    deal.sign("claimant", version)
    made = deals.device_submission(device, deal.consent_digest())
    deal.submit("respondent", made, version)
    assert relays.relay_seal(on_node, deal.store_seal(version)) is relays.Relay.DONE
    facts = settlement_pages.facts_of_page(on_node, table.claimant.actor, table.number)
    assert facts.verified == (True, True, True)
    assert (facts.signers_match, facts.official) == (True, True)
    judge = deal.judge()
    code = deal.filed()
    with on_node.work() as work:
        assert confirmations.open_file(work, judge.actor, table.number, code) == table.number
    decided = relays.relay_decision(on_node, deal.store_decision(judge, ConfirmationOutcome.VALID))
    assert decided is relays.Relay.DONE
    with on_node.reading() as work:
        made = deal.current(work)
        assert made.case.state is CaseState.CONFIRMED
        assert on_node.ledger.settlement(made.agreement).outcome == 1
