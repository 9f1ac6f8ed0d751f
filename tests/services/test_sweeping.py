"""What broken attempts leave behind goes after a time, and never a file with a receipt.
Not here: what a bucket's sweep finds (tests/stores/test_s3_faults.py)."""

import pytest

from app.domain.errors import DomainError
from app.services import receipts, sweeping, uploads
from evidence.errors import Unavailable
from tests.services.test_uploads import PHOTO, begin, digests


def test_bytes_of_uploads_that_are_over_go_after_eight_days(services, table, clock, monkeypatch):
    """Given up while the disk did not answer, filed and killed: both go. What the database does not know stays."""
    given_up, unknown = begin(services, table), "from-another-database"
    uploads.receive(services, table.claimant.actor, given_up, 0, PHOTO[:5000])
    services.store.stage(unknown).append(0, b"x")
    with monkeypatch.context() as patch:
        patch.setattr(type(services.store), "forget", away)
        clock.advance(days=7, minutes=1)
        with pytest.raises(DomainError):
            uploads.abandon_old(services)
    waiting = begin(services, table)
    uploads.receive(services, table.claimant.actor, waiting, 0, PHOTO[:5000])
    assert set(services.store.staged()) == {given_up.id, unknown, waiting.id}
    assert sweeping.sweep(services) == 0
    clock.advance(days=1)
    assert sweeping.sweep(services) == 1
    assert set(services.store.staged()) == {unknown, waiting.id}
    assert uploads.receive(services, table.claimant.actor, waiting, 5000, PHOTO[5000:]) == len(PHOTO)


def test_a_file_that_became_an_exhibit_stays_when_its_upload_goes(services, table, clock):
    upload = begin(services, table)
    uploads.receive(services, table.claimant.actor, upload, 0, PHOTO)
    receipts.finish(services, table.claimant.actor, upload.id, **digests(PHOTO))
    services.store.stage(upload.id).append(0, PHOTO[:9])
    clock.advance(days=9)
    assert sweeping.sweep(services) == 1
    assert services.store.staged() == []
    (address,) = services.store.addresses()
    assert services.store.check(address).size == len(PHOTO)


def away(*_: object) -> None:
    raise Unavailable("away")
