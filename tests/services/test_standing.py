"""Who somebody is in a case when offices, seats and the court's access meet.
Not here: the table of permissions (see tests/architecture/test_closed.py)."""

import pytest

from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.domain.roles import Office, Role
from app.models.settlements import ConfirmationOutcome
from app.services import access, accounts, confirmations, court, exhibits, messages, relays
from evidence.digest import FileDigest
from tests import builders, deals
from tests.builders import FILES, submit


def test_a_party_who_holds_an_office_holds_none_in_the_own_case(services):
    clerk = builders.person(services, "王磊", "wanglei@example.cn", *Office)
    table = builders.set_table(services)
    with services.work() as work:
        entry = access.look(work, clerk.actor, table.number)
        assert entry.roles == {Role.ANYONE, Role.SIGNED_IN, Role.RESPONDENT}


def test_the_outbox_shows_no_messages_of_the_readers_own_case(services):
    clerk = builders.person(services, "王磊", "wanglei@example.cn", Office.OFFICE)
    other = builders.person(services, "值班员", "office@example.cn", Office.OFFICE)
    table = builders.set_table(services)
    with services.reading() as work:
        own = messages.outbox(work, clerk.actor)
        assert own and all(message.case_id is None for message in own)
        assert any(message.case_id is not None for message in messages.outbox(work, other.actor))
        assert access.look(work, other.actor, table.number).roles >= {Role.OFFICE}


@pytest.fixture
def dismissed(services, table, clock):
    """A deal whose application a judge dismissed; afterwards a party handed in a secret exhibit."""
    deal = deals.make_deal(services, table).sealed()
    code = deal.filed()
    judge = deal.judge()
    with services.work() as work:
        assert confirmations.open_file(work, judge.actor, deal.number, code) == deal.number
    decision = deal.store_decision(judge, ConfirmationOutcome.DISMISSED, "内容不明确")
    assert relays.relay_decision(services, decision) is relays.Relay.DONE
    clock.advance(minutes=1)
    submit(services, table.claimant, deal.number, FILES / "purchase-record.pdf", secret=True)
    return deal, judge


def test_a_judge_who_has_decided_sees_nothing_that_came_later(services, dismissed):
    deal, judge = dismissed
    content = (FILES / "purchase-record.pdf").read_bytes()
    given = builders.digests(content)
    digest = FileDigest(bytes.fromhex(given["sha256"]), bytes.fromhex(given["sm3"]), len(content))
    with services.reading() as work:
        assert exhibits.folder(work, judge.actor, deal.number).listed == []
        with pytest.raises(DomainError) as refusal:
            exhibits.get(work, judge.actor, deal.number, 1)
        assert refusal.value.kind is ErrorKind.NOT_FOUND
    found = court.match(services, judge.actor, deal.number, digest, "purchase-record.pdf", 1)
    assert isinstance(found, court.Mismatch)
    assert (found.near, found.near_name) == (None, "")


def test_a_new_application_needs_its_own_code(services, dismissed):
    deal, judge = dismissed
    deal.sealed()
    code = deal.filed()
    with services.reading() as work, pytest.raises(DomainError) as refusal:
        access.in_case(work, judge.actor, deal.number, Permission.DECIDE_CONFIRMATION)
    assert refusal.value.kind is ErrorKind.NOT_FOUND
    with services.work() as work:
        assert confirmations.open_file(work, judge.actor, deal.number, code) == deal.number
    with services.reading() as work:
        access.in_case(work, judge.actor, deal.number, Permission.DECIDE_CONFIRMATION)
        assert [item.number for item in exhibits.folder(work, judge.actor, deal.number).listed] == [1]


def test_a_login_ends_with_its_account_looked_up_afresh(services, table):
    with services.work() as work:
        accounts.close_session(work, table.claimant.actor)
    with services.reading() as work:
        assert accounts.actor_of(work, table.claimant.token) is None
