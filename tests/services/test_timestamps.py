"""Tokens from the real trial authority on loopback: kept once verified, asked for again after an outage."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.models.exhibits import TimestampToken
from app.services import anchoring, proofs, timestamps, verification
from app.services.context import Services
from evidence.digest import digest_file
from evidence.timestamp import verify_token
from evidence.verify import Answer, CheckStatus
from scripts.trial_tsa import CA_FILE, create_authority, make_server
from tests.builders import FILES, submit

PHOTO = FILES / "gift-box-photo.jpg"


class Tsa:
    """A trial authority that can go away and come back under the same address."""

    def __init__(self, folder) -> None:
        create_authority(folder)
        self.folder = folder
        self.anchor = (folder / CA_FILE).read_text()
        self.server = make_server(folder, 0)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self._serve()

    def _serve(self) -> None:
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def start_again(self) -> None:
        self.server = make_server(self.folder, self.port)
        self._serve()


@pytest.fixture(scope="module")
def authority_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tsa")


@pytest.fixture
def tsa(authority_folder):
    authority = Tsa(authority_folder)
    yield authority
    authority.stop()


@pytest.fixture
def stamped(services, tsa) -> Services:
    """The services with the authority configured and trusted."""
    return replace(
        services,
        settings=replace(services.settings, tsa_urls=(tsa.url,)),
        trust=replace(services.trust, tsa_anchors=(tsa.anchor,)),
    )


def rows(services):
    with services.reading() as work:
        return list(work.session.scalars(select(TimestampToken)))


def test_a_token_over_the_head_is_verified_and_kept(stamped, table, tsa):
    exhibit = submit(stamped, table.claimant, table.number, PHOTO)
    anchoring.anchor_waiting(stamped)

    assert timestamps.fetch_waiting(stamped) == 1
    assert timestamps.fetch_waiting(stamped) == 0

    (row,) = rows(stamped)
    with stamped.reading() as work:
        head = work.session.get_one(TimestampToken, row.id).batch.head
    stamp = verify_token(row.token, head, [tsa.anchor])
    assert (row.generated_at, row.policy) == (stamp.gen_time, stamp.policy)
    assert "TRIAL" in row.authority
    verdict = verification.check_exhibit(stamped, exhibit.id, digest_file(PHOTO))
    token = next(check for check in verdict.of(Answer.TIME) if check.code == "time.token")
    assert token.status is CheckStatus.PASSED


def test_an_outage_marks_it_as_to_come_and_it_is_asked_for_again(stamped, table, tsa, clock):
    exhibit = submit(stamped, table.claimant, table.number, PHOTO)
    anchoring.anchor_waiting(stamped)
    tsa.stop()
    try:
        assert timestamps.fetch_waiting(stamped) == 0
        (row,) = rows(stamped)
        assert (row.token, row.attempts) == (None, 1)
        assert row.failure.startswith("Unavailable")
        with stamped.reading() as work:
            proof = proofs.build(work, work.session.get_one(type(exhibit), exhibit.id))
        assert proof.timestamps == ()
        assert verification.check(stamped, proof, digest_file(PHOTO)).missing(Answer.TIME)

        assert timestamps.fetch_waiting(stamped) == 0
        assert rows(stamped)[0].attempts == 1, "not due yet"
        clock.advance(seconds=6)
        timestamps.fetch_waiting(stamped)
        waits = rows(stamped)[0].next_attempt_at - clock()
        assert waits.total_seconds() == 10
    finally:
        tsa.start_again()
    clock.advance(seconds=11)
    assert timestamps.fetch_waiting(stamped) == 1
    assert rows(stamped)[0].failure is None


def test_a_token_of_an_authority_that_is_not_trusted_is_not_kept(services, table, tsa):
    trusting_nobody = replace(services, settings=replace(services.settings, tsa_urls=(tsa.url,)))
    submit(services, table.claimant, table.number, PHOTO)
    anchoring.anchor_waiting(services)
    assert timestamps.fetch_waiting(trusting_nobody) == 0
    assert rows(services)[0].token is None
    assert rows(services)[0].failure.startswith("Tampered")


def test_pauses_grow_to_an_hour_and_no_further(stamped, table, tsa, clock, monkeypatch):
    submit(stamped, table.claimant, table.number, PHOTO)
    anchoring.anchor_waiting(stamped)
    broken = replace(stamped, trust=replace(stamped.trust, tsa_anchors=()))
    for _ in range(15):
        timestamps.fetch_waiting(broken)
        clock.advance(hours=2)
    row = rows(stamped)[0]
    assert row.attempts == 15
    assert (row.next_attempt_at - clock()).total_seconds() == -3600


def test_an_authority_that_is_configured_later_stamps_only_what_has_no_token(stamped, table, tsa, clock):
    submit(stamped, table.claimant, table.number, PHOTO)
    anchoring.anchor_waiting(stamped)
    assert timestamps.fetch_waiting(stamped) == 1
    moved = replace(stamped, settings=replace(stamped.settings, tsa_urls=(tsa.url + "moved",)))
    gone = replace(stamped, settings=replace(stamped.settings, tsa_urls=("http://127.0.0.1:9/",)))
    assert timestamps.fetch_waiting(moved) == 0
    assert len(rows(stamped)) == 1

    submit(stamped, table.claimant, table.number, FILES / "unboxing.mp4")
    anchoring.anchor_waiting(stamped)
    assert timestamps.fetch_waiting(gone) == 0
    assert timestamps.fetch_waiting(moved) == 1, "a request that nobody can answer any more is made anew"
    assert [row.token is not None for row in rows(stamped)] == [True, False, True]
