"""From bytes to receipt through the services: resuming, refusing, finishing again after a crash."""

import pytest
from sqlalchemy import func, select

from app.domain.errors import DomainError, ErrorKind, InvalidForm
from app.domain.lifecycle import CaseState, ConsentStage
from app.models.exhibits import Exhibit, LedgerJob, Upload, UploadState
from app.models.room import CaseEvent
from app.services import consents, custody, receipts, uploads
from evidence.custody import check_custody, opens_for
from evidence.statement import Statement
from tests.builders import FILES, ORIGIN, digests, restarted, submit

PHOTO = (FILES / "gift-box-photo.jpg").read_bytes()
PDF = (FILES / "purchase-record.pdf").read_bytes()


def begin(services, table, content=PHOTO, name="礼盒照片.jpg", who=None, **changes):
    form = {**ORIGIN, "case": table.number, "file_name": name, "claimed_type": "image/jpeg", **changes}
    with services.work() as work:
        return uploads.create(work, (who or table.claimant).actor, form, len(content))


def refusal(act, *arguments, **options):
    with pytest.raises(DomainError) as caught:
        act(*arguments, **options)
    return caught.value


def count(services, table):
    with services.reading() as work:
        return work.session.scalar(select(func.count()).select_from(table))


def test_a_file_becomes_an_exhibit_with_everything_in_one_transaction(services, table):
    exhibit = submit(services, table.claimant, table.number, FILES / "gift-box-photo.jpg")

    assert (exhibit.number, exhibit.receipt_number) == (1, f"{table.number}-E001")
    assert exhibit.media_type == "image/jpeg"
    assert {"sha256": exhibit.sha256, "sm3": exhibit.sm3} == digests(PHOTO)
    assert b"".join(services.store.open(exhibit.store_address)) == PHOTO
    statement = Statement.parse(exhibit.statement)
    assert statement.commitment() == exhibit.commitment
    assert "李晴" not in str(exhibit.statement["body"]["submitter"])
    assert exhibit.statement["body"]["origin"]["made_at"] == "2026-02-26T14:05+08:00"
    with services.reading() as work:
        record = custody.entries(work, work.session.get_one(Exhibit, exhibit.id))
        check_custody(record)
        assert opens_for(record[0], statement)
        job = work.session.scalars(select(LedgerJob).where(LedgerJob.exhibit_id == exhibit.id)).one()
        assert (job.commitment, job.batch_number) == (exhibit.commitment, None)
        event = work.session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc()).limit(1)).one()
        assert event.payload["file_name"] == exhibit.file_name
        assert work.session.scalars(select(Upload)).one().state is UploadState.FINISHED


def test_the_joint_room_learns_only_the_number_of_a_secret_exhibit(services, table):
    submit(
        services, table.claimant, table.number, FILES / "purchase-record.pdf", secret=True, proves="独家配方"
    )

    with services.reading() as work:
        event = work.session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc()).limit(1)).one()
    assert event.payload == {"exhibit": 1, "receipt": f"{table.number}-E001", "secret": True}


def test_an_upload_goes_on_after_a_break_and_a_restart(services, table):
    upload = begin(services, table)
    actor = table.claimant.actor
    uploads.receive(services, actor, upload, 0, PHOTO[:20_000])

    wrong = refusal(uploads.receive, services, actor, upload, 30_000, PHOTO[30_000:40_000])
    assert (wrong.kind, wrong.detail["offset"]) == (ErrorKind.UPLOAD_OFFSET, 20_000)
    early = refusal(receipts.finish, services, actor, upload.id, **digests(PHOTO))
    assert (early.kind, early.detail["offset"]) == (ErrorKind.UPLOAD_BROKEN, 20_000)

    services.store.stage(upload.id)._staging.release()
    again = restarted(services)
    assert uploads.offset(again, upload) == 20_000
    uploads.receive(again, actor, upload, 20_000, PHOTO[20_000:])
    exhibit = receipts.finish(again, actor, upload.id, **digests(PHOTO))
    assert b"".join(again.store.open(exhibit.store_address)) == PHOTO
    again.sessions.kw["bind"].dispose()


def test_finishing_twice_gives_the_same_exhibit(services, table):
    upload = begin(services, table)
    uploads.receive(services, table.claimant.actor, upload, 0, PHOTO)

    first = receipts.finish(services, table.claimant.actor, upload.id, **digests(PHOTO))
    second = receipts.finish(services, table.claimant.actor, upload.id, **digests(PHOTO))

    assert first.id == second.id
    assert count(services, Exhibit) == 1
    with services.reading() as work:
        assert uploads.offset(services, uploads.own(work, table.claimant.actor, upload.id)) == len(PHOTO)


def test_a_crash_between_filing_and_writing_the_exhibit_loses_nothing(services, table, monkeypatch):
    upload = begin(services, table)
    actor = table.claimant.actor
    uploads.receive(services, actor, upload, 0, PHOTO)

    def crash(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(receipts, "_register", crash)
        with pytest.raises(KeyboardInterrupt):
            receipts.finish(services, actor, upload.id, **digests(PHOTO))
    assert count(services, Exhibit) == 0

    with services.reading() as work:
        kept = uploads.own(work, actor, upload.id)
    assert uploads.offset(services, kept) == len(PHOTO)
    exhibit = receipts.finish(services, actor, upload.id, **digests(PHOTO))
    assert b"".join(services.store.open(exhibit.store_address)) == PHOTO
    assert list(services.store.addresses()) == [exhibit.store_address]


def test_digests_that_differ_give_no_receipt_and_keep_the_upload(services, table):
    upload = begin(services, table)
    actor = table.claimant.actor
    uploads.receive(services, actor, upload, 0, PHOTO)

    for wrong in (
        {**digests(PHOTO), "sm3": digests(PDF)["sm3"]},
        {**digests(PHOTO), "sha256": digests(PDF)["sha256"]},
    ):
        assert refusal(receipts.finish, services, actor, upload.id, **wrong).kind is ErrorKind.DIGEST_DIFFERS
    assert refusal(receipts.finish, services, actor, upload.id, "abc", "def").kind is ErrorKind.INVALID_INPUT
    assert count(services, Exhibit) == 0
    assert receipts.finish(services, actor, upload.id, **digests(PHOTO)).number == 1


@pytest.mark.parametrize("piece", [len(PHOTO), 1000])
def test_a_false_extension_is_refused_before_a_receipt(services, table, piece):
    upload = begin(services, table, name="购买记录.pdf")
    actor = table.claimant.actor

    def send():
        for start in range(0, len(PHOTO), piece):
            uploads.receive(services, actor, upload, start, PHOTO[start : start + piece])
        receipts.finish(services, actor, upload.id, **digests(PHOTO))

    assert refusal(send).kind is ErrorKind.FILE_TYPE_CLAIM
    assert count(services, Exhibit) == 0
    assert list(services.store.addresses()) == services.store.staged() == []
    with services.reading() as work:
        assert work.session.scalars(select(Upload)).one().state is UploadState.ABANDONED


def test_empty_and_oversized_files_are_refused_at_once(services, table):
    assert refusal(begin, services, table, content=b"").kind is ErrorKind.FILE_EMPTY
    too_large = services.settings.upload_limit + 1
    form = {**ORIGIN, "case": table.number, "file_name": "录像.mp4"}
    with services.work() as work:
        refused = refusal(uploads.create, work, table.claimant.actor, form, too_large)
    assert refused.kind is ErrorKind.FILE_TOO_LARGE


def test_more_bytes_than_announced_are_refused(services, table):
    upload = begin(services, table)
    actor = table.claimant.actor
    uploads.receive(services, actor, upload, 0, PHOTO)
    refused = refusal(uploads.receive, services, actor, upload, len(PHOTO), b"more")
    assert (refused.kind, refused.detail["offset"]) == (ErrorKind.UPLOAD_OFFSET, len(PHOTO))


def test_the_number_of_unfinished_uploads_is_limited(services, table):
    kept = [begin(services, table) for _ in range(uploads.OPEN_UPLOADS)]
    assert refusal(begin, services, table).kind is ErrorKind.UPLOAD_QUOTA
    assert begin(services, table, who=table.respondent)

    uploads.abandon(services, table.claimant.actor, kept[0].id)
    assert begin(services, table)


def test_old_unfinished_uploads_are_forgotten(services, table, clock):
    upload = begin(services, table)
    uploads.receive(services, table.claimant.actor, upload, 0, PHOTO[:5000])
    clock.advance(days=8)

    assert uploads.abandon_old(services) == 1
    assert services.store.staged() == []
    assert uploads.abandon_old(services) == 0


def test_nobody_else_can_continue_or_finish_an_upload(services, table):
    upload = begin(services, table)
    for other in (table.respondent, table.mediator):
        assert (
            refusal(receipts.finish, services, other.actor, upload.id, **digests(PHOTO)).kind
            is ErrorKind.NOT_FOUND
        )
        with services.reading() as work:
            assert refusal(uploads.own, work, other.actor, upload.id).kind is ErrorKind.NOT_FOUND


def test_without_the_preservation_agreement_nothing_is_taken(services, table):
    answers = dict.fromkeys(ConsentStage, True) | {ConsentStage.PRESERVATION: False}
    with services.work() as work:
        consents.give(work, table.claimant.actor, table.number, answers)
    assert refusal(begin, services, table).kind is ErrorKind.CONSENT_MISSING


def test_every_unanswered_origin_question_is_named(services, table):
    with pytest.raises(InvalidForm) as caught:
        begin(services, table, made_by="", made_at="2027-01-01", form="copy", compared_by="李晴", proves=" ")
    assert caught.value.problems == {
        "made_by": "missing",
        "proves": "missing",
        "made_at": "future",
        "compared_at": "missing",
    }


@pytest.mark.parametrize("viewers", [[999], ["1"]])
def test_viewers_must_sit_at_the_table(services, table, viewers):
    assert refusal(begin, services, table, secret=True, viewers=viewers).field == "viewers"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\照片\\礼盒.jpg", "礼盒.jpg"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ("长" * 300 + ".pdf", "长" * 196 + ".pdf"),
    ],
)
def test_file_names_lose_folders_and_control_characters(given, kept):
    assert uploads.clean_name(given) == kept


def test_a_file_begun_before_the_ruling_does_not_become_an_exhibit_after_it(services, table):
    upload = begin(services, table)
    uploads.receive(services, table.claimant.actor, upload, 0, PHOTO)
    with services.work() as work:
        work.session.get_one(Upload, upload.id).case.state = CaseState.CONFIRMED
    found = refusal(receipts.finish, services, table.claimant.actor, upload.id, **digests(PHOTO))
    assert found.kind is ErrorKind.WRONG_STATE
    assert count(services, Exhibit) == 0
