"""Who may see which exhibit, and what of it is recorded."""

import pytest
from sqlalchemy import select

from app.domain.errors import DomainError, ErrorKind
from app.domain.roles import Office
from app.models.cases import Audit, Case
from app.models.exhibits import Exhibit
from app.services import confirmations, custody, exhibits
from evidence.custody import check_custody
from tests import builders, deals
from tests.builders import FILES, submit

PHOTO = FILES / "gift-box-photo.jpg"


def acts(services, number=1):
    with services.reading() as work:
        record = custody.entries(
            work, work.session.scalars(select(Exhibit).where(Exhibit.number == number)).one()
        )
    check_custody(record)
    return [(entry.act, entry.actor) for entry in record]


def view(services, person, case, number=1):
    with services.work() as work:
        return exhibits.view(work, person.actor, case, number)


def names(services, person, case):
    with services.reading() as work:
        folder = exhibits.folder(work, person.actor, case)
        return [item.exhibit.file_name if item.exhibit else None for item in folder.listed]


def participant_id(services, table, person):
    with services.reading() as work:
        case = work.session.scalars(select(Case).where(Case.number == table.number)).one()
        return next(p.id for p in case.participants if p.account_id == person.account_id)


@pytest.fixture
def judge(services, table):
    """A judge who has opened the court file of the case."""
    deal = deals.make_deal(services, table).sealed()
    person, code = deal.judge(), deal.filed()
    with services.work() as work:
        assert confirmations.open_file(work, person.actor, deal.number, code) == table.number
    return person


def test_everybody_at_the_table_sees_an_open_exhibit(services, table):
    submit(services, table.claimant, table.number, PHOTO)
    for person in (table.claimant, table.respondent, table.mediator):
        assert names(services, person, table.number) == [PHOTO.name]
        assert view(services, person, table.number).number == 1
    assert [act for act, _ in acts(services)] == ["received"]


def test_a_secret_exhibit_is_closed_to_the_other_side(services, table):
    submit(services, table.claimant, table.number, PHOTO, secret=True)

    assert names(services, table.respondent, table.number) == [None]
    with pytest.raises(DomainError) as caught:
        view(services, table.respondent, table.number)
    assert caught.value.kind is ErrorKind.NOT_ALLOWED
    with services.work() as work, pytest.raises(DomainError):
        exhibits.hand_out(work, table.respondent.actor, table.number, 1)
    assert names(services, table.claimant, table.number) == [PHOTO.name]
    assert names(services, table.mediator, table.number) == [PHOTO.name]


def test_a_named_viewer_sees_it_and_each_look_is_recorded(services, table):
    viewer = participant_id(services, table, table.respondent)
    submit(services, table.claimant, table.number, PHOTO, secret=True, viewers=[viewer])

    view(services, table.claimant, table.number)
    view(services, table.respondent, table.number)
    view(services, table.mediator, table.number)

    record = acts(services)
    assert [act for act, _ in record] == ["received", "viewed", "viewed"]
    with services.reading() as work:
        assert record[1][1] == custody.pseudonym(work, table.respondent.actor)
        assert "王磊" not in str(record)


def test_every_download_is_recorded_with_the_person(services, table):
    submit(services, table.claimant, table.number, PHOTO)
    with services.work() as work:
        exhibits.hand_out(work, table.respondent.actor, table.number, 1)
    with services.work() as work:
        exhibits.hand_out(work, table.mediator.actor, table.number, 1, "proof")

    assert [act for act, _ in acts(services)] == ["received", "downloaded", "proof_downloaded"]
    with services.reading() as work:
        lines = set(work.session.scalars(select(Audit.act)))
    assert {"download_original", "download_proof", "submit_exhibit"} <= lines


def test_the_court_sees_secret_exhibits_and_the_look_names_its_purpose(services, table, judge):
    submit(services, table.claimant, table.number, PHOTO, secret=True)

    view(services, judge, table.number)

    with services.reading() as work:
        exhibit = work.session.scalars(select(Exhibit)).one()
        last = custody.entries(work, exhibit)[-1]
    assert (last.act, last.reason) == ("viewed", "judicial confirmation")
    with services.reading() as work:
        folder = exhibits.folder(work, judge.actor, table.number)
    assert (folder.seat, folder.may_upload) == (None, False)


@pytest.mark.parametrize("offices", [(), (Office.JUDGE,), (Office.NOTARY,), (Office.MEDIATOR,)])
def test_nobody_else_learns_that_the_case_exists(services, table, offices):
    submit(services, table.claimant, table.number, PHOTO)
    stranger = builders.person(services, "路人", "passer@example.cn", *offices)
    with services.reading() as work, pytest.raises(DomainError) as caught:
        exhibits.folder(work, stranger.actor, table.number)
    assert caught.value.kind is ErrorKind.NOT_FOUND


def test_the_original_comes_back_whole_and_in_parts(services, table):
    exhibit = submit(services, table.claimant, table.number, PHOTO)
    content = PHOTO.read_bytes()
    assert b"".join(exhibits.pieces(services, exhibit, 0, exhibit.size)) == content
    assert b"".join(exhibits.pieces(services, exhibit, 1000, 50_000)) == content[1000:50_000]


def test_an_erased_original_is_gone_and_its_record_stays(services, table):
    exhibit = submit(services, table.claimant, table.number, PHOTO)
    services.store.erase(exhibit.store_address)
    with pytest.raises(DomainError) as caught:
        exhibits.pieces(services, exhibit, 0, exhibit.size)
    assert caught.value.kind is ErrorKind.NOT_FOUND
    assert exhibits.reread(services, exhibit) is None
