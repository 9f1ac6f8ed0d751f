"""The demonstration's cases are made through the real services, once, and can be taken up again.
Not here: demo links (see tests/web/test_way_in.py)."""

import pytest
from sqlalchemy import func, select

from app.domain.agreement.reading import parse
from app.models.accounts import SigningKey
from app.models.cases import Case
from app.models.drafts import AgreementDraft
from app.models.exhibits import Exhibit
from app.services import anchoring, demo_case, demo_table, draft_reviews, draft_talk
from app.services.context import Services
from tests.builders import FILES


def seed(services: Services) -> None:
    with services.work() as work:
        demo_case.ensure(work)
    demo_table.ensure(services, FILES)


def test_seeding_twice_makes_two_cases_with_real_exhibits_once(services: Services) -> None:
    seed(services)
    seed(services)
    anchoring.anchor_waiting(services)
    with services.reading() as work:
        assert work.session.scalar(select(func.count(Case.id))) == 2
        kinds = set(work.session.scalars(select(Exhibit.media_type)))
        assert kinds == {"image/jpeg", "image/png", "application/pdf", "video/mp4"}
        assert work.session.scalar(select(func.count(Exhibit.id))) == 4
        assert all(key.revoked_at is not None for key in work.session.scalars(select(SigningKey)))


def test_a_seeding_that_was_broken_off_goes_on(services: Services, tmp_path) -> None:
    (tmp_path / "gift-box-photo.jpg").write_bytes((FILES / "gift-box-photo.jpg").read_bytes())
    with pytest.raises(FileNotFoundError):
        demo_table.ensure(services, tmp_path)
    demo_table.ensure(services, FILES)
    with services.reading() as work:
        assert work.session.scalar(select(func.count(Exhibit.id))) == 4


def test_the_demonstration_has_a_draft_that_could_be_proposed_with_talk_about_it(services: Services) -> None:
    seed(services)
    seed(services)
    with services.reading() as work:
        draft = work.session.scalars(select(AgreementDraft)).one()
        review = draft_reviews.review_of(work, draft.case, draft, parse(draft.content))
        assert (review.missing, review.refused) == ({}, ())
        assert [one.state.value for one in draft_talk.proposals(work, draft)] == ["open"]
        assert [one.target for one in draft_talk.comments(work, draft)] == ["c3"]
