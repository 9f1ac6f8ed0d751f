"""Tokens of several authorities over every batch: outages, lies, revocation data later, renewals over the years.
Not here: what a token is held to (see tests/unit/evidence) and the trial authority itself (see tests/scripts)."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.models.exhibits import TimestampToken
from app.network import Network
from app.services import anchoring, custody, proofs, renewals, timestamps, verification
from app.services.context import Services
from app.services.renewals import Concern
from evidence.digest import digest_file
from evidence.proof import Proof
from evidence.verify import Answer, CheckStatus, Verifier
from scripts.vector_keys import FixedAuthority
from tests.authorities import desk
from tests.builders import FILES, submit

PHOTO = FILES / "gift-box-photo.jpg"
VIDEO = FILES / "unboxing.mp4"


@pytest.fixture
def rsa(clock):
    """RSA with an issuer between signer and anchor, and lists for both."""
    with desk("Rsa Authority", clock, key=3_072, intermediate=True) as one:
        yield one


@pytest.fixture
def ecdsa(clock):
    """ECDSA on P-256 straight under its anchor."""
    with desk("Ecdsa Authority", clock) as one:
        yield one


def configured(services: Services, *desks, **believed_only) -> Services:
    """The services with these authorities configured and trusted; believed_only: not asked any more."""
    asked = [one.configured for one in desks]
    gone = [replace(one.configured, url=None) for one in believed_only.values()]
    network = Network(authorities=(*asked, *gone))
    trust = replace(services.trust, timestamp_authorities=network.trusted_authorities)
    return replace(services, network=network, trust=trust)


@pytest.fixture
def stamped(services, rsa, ecdsa) -> Services:
    """The services with both authorities."""
    return configured(services, rsa, ecdsa)


def rows(services):
    with services.reading() as work:
        query = select(TimestampToken).order_by(
            TimestampToken.batch_number, TimestampToken.line, TimestampToken.generation
        )
        return list(work.session.scalars(query))


def kept(services):
    """Line and generation of every token that has arrived."""
    return [(row.batch_number, row.line, row.generation) for row in rows(services) if row.token is not None]


def anchored(services, table, path=PHOTO):
    exhibit = submit(services, table.claimant, table.number, path)
    anchoring.anchor_waiting(services)
    return exhibit


def proof_of(services, exhibit) -> Proof:
    with services.reading() as work:
        return Proof.parse(proofs.build(work, work.session.get_one(type(exhibit), exhibit.id)).dump())


def statuses(services, exhibit, at: datetime, code: str):
    verdict = Verifier(services.trust, at=at).verify(digest_file(PHOTO), proof_of(services, exhibit))
    return [check.status for check in verdict.of(Answer.TIME) if check.code == code]


def concerns(services):
    with services.reading() as work:
        return [(one.concern, one.line, one.batches) for one in renewals.warnings(work)]


def test_each_authority_stamps_each_batch_and_all_of_it_verifies(stamped, table, clock):
    exhibit = anchored(stamped, table)
    assert timestamps.fetch_waiting(stamped) == 2
    assert timestamps.fetch_waiting(stamped) == 0

    assert kept(stamped) == [(1, "Ecdsa Authority", 0), (1, "Rsa Authority", 0)]
    for row in rows(stamped):
        assert (row.generated_at, row.accuracy_ms, row.policy) == (clock(), 1_000, "1.2.3.4")
        assert row.revocation_complete and row.lapses_at > clock()
    for code in ("time.token", "time.revocation", "time.renewal"):
        assert statuses(stamped, exhibit, clock(), code) == [CheckStatus.PASSED] * 2
    with stamped.reading() as work:
        found = custody.entries(work, work.session.get_one(type(exhibit), exhibit.id))
    entries = [entry.details["authority"] for entry in found if entry.act == "timestamped"]
    assert sorted(entries) == ["Ecdsa Authority", "Rsa Authority"]


def test_an_outage_of_one_marks_only_its_token_as_to_come(stamped, table, rsa, clock):
    exhibit = anchored(stamped, table)
    rsa.fault = "error"
    assert timestamps.fetch_waiting(stamped) == 1
    missing = rows(stamped)[1]
    assert (missing.token, missing.attempts) == (None, 1)
    assert missing.failure.startswith("Unavailable")
    assert len(proof_of(stamped, exhibit).timestamps) == 1
    assert verification.check_exhibit(stamped, exhibit.id, digest_file(PHOTO)).of(Answer.TIME)

    assert timestamps.fetch_waiting(stamped) == 0
    assert rows(stamped)[1].attempts == 1, "not due yet"
    clock.advance(seconds=6)
    timestamps.fetch_waiting(stamped)
    assert (rows(stamped)[1].next_attempt_at - clock()).total_seconds() == 10

    rsa.fault = None
    clock.advance(seconds=11)
    assert timestamps.fetch_waiting(stamped) == 1
    assert rows(stamped)[1].failure is None


def test_an_authority_that_hangs_holds_up_no_other(stamped, table, rsa, monkeypatch):
    anchored(stamped, table)
    timestamps.begin(stamped)
    rsa.fault = "hang"
    hanging = threading.Thread(target=timestamps.fetch_from, args=(stamped, "Rsa Authority"))
    hanging.start()
    assert rsa.received.wait(20)
    assert timestamps.fetch_from(stamped, "Ecdsa Authority") == 1
    assert hanging.is_alive()
    rsa.release.set()
    hanging.join()
    assert len(kept(stamped)) == 2


def test_a_hanging_authority_is_asked_once_a_round(stamped, table, rsa, monkeypatch):
    monkeypatch.setattr(timestamps, "TIMEOUT", 0.2)
    for path in (PHOTO, VIDEO):
        anchored(stamped, table, path)
    timestamps.begin(stamped)
    rsa.fault = "hang"
    assert timestamps.fetch_from(stamped, "Rsa Authority") == 0
    assert len(rsa.asked) == 1
    assert sorted(row.attempts for row in rows(stamped)) == [0, 0, 0, 1]


@pytest.mark.parametrize("fault", ["nonce", "imprint", "junk", "refuse"])
def test_what_does_not_hold_is_not_kept(stamped, table, ecdsa, fault):
    ecdsa.fault = fault
    anchored(stamped, table)
    assert timestamps.fetch_waiting(stamped) == 1
    assert kept(stamped) == [(1, "Rsa Authority", 0)]
    assert rows(stamped)[0].attempts == 1


def test_another_policy_than_the_one_demanded_is_not_kept(services, table, ecdsa):
    authority = replace(ecdsa.configured, policy="1.2.3.9")
    network = Network(authorities=(authority,))
    demanding = replace(
        services,
        network=network,
        trust=replace(services.trust, timestamp_authorities=network.trusted_authorities),
    )
    ecdsa.fault = "policy"
    anchored(demanding, table)
    assert timestamps.fetch_waiting(demanding) == 0
    assert "policy" in rows(demanding)[0].failure


def test_a_token_of_another_authority_or_of_one_that_is_not_trusted_is_not_kept(stamped, table, rsa, ecdsa):
    ecdsa.authority = FixedAuthority("Rsa Authority", key=3_072)
    anchored(stamped, table)
    assert timestamps.fetch_waiting(stamped) == 1
    assert rows(stamped)[0].failure.startswith("Tampered"), "signed by the other, which is trusted"

    nobody = replace(stamped, trust=replace(stamped.trust, timestamp_authorities=()))
    anchored(stamped, table, VIDEO)
    assert timestamps.fetch_waiting(nobody) == 0


def test_pauses_grow_to_an_hour_and_no_further(stamped, table, rsa, ecdsa, clock):
    anchored(stamped, table)
    rsa.fault = ecdsa.fault = "error"
    for _ in range(15):
        timestamps.fetch_waiting(stamped)
        clock.advance(hours=2)
    for row in rows(stamped):
        assert row.attempts == 15
        assert (row.next_attempt_at - clock()).total_seconds() == -3600
    assert concerns(stamped) == [
        (Concern.SILENT, "Ecdsa Authority", 1),
        (Concern.SILENT, "Rsa Authority", 1),
    ]


def test_an_authority_that_is_configured_later_stamps_only_new_batches(services, table, rsa, ecdsa):
    first = configured(services, rsa)
    anchored(first, table)
    assert timestamps.fetch_waiting(first) == 1
    both = configured(services, rsa, ecdsa)
    assert timestamps.fetch_waiting(both) == 0
    anchored(both, table, VIDEO)
    assert timestamps.fetch_waiting(both) == 2
    assert kept(both) == [(1, "Rsa Authority", 0), (2, "Ecdsa Authority", 0), (2, "Rsa Authority", 0)]


def test_a_batch_that_nobody_configured_can_stamp_any_more_is_asked_for_anew(services, table, rsa, ecdsa):
    first = configured(services, rsa)
    rsa.fault = "error"
    anchored(first, table)
    assert timestamps.fetch_waiting(first) == 0
    other = configured(services, ecdsa)
    assert timestamps.fetch_waiting(other) == 1
    assert kept(other) == [(1, "Ecdsa Authority", 0)]


def test_a_request_follows_an_authority_that_moved(services, table, ecdsa, clock):
    away = replace(ecdsa.configured, url="http://127.0.0.1:9/")
    moving = replace(configured(services, ecdsa), network=Network(authorities=(away,)))
    anchored(moving, table)
    assert timestamps.fetch_waiting(moving) == 0
    clock.advance(seconds=10)
    there = configured(services, ecdsa)
    assert timestamps.fetch_waiting(there) == 1


def test_revocation_data_that_is_missing_is_completed_later(stamped, table, rsa, clock):
    exhibit = anchored(stamped, table)
    rsa.lists = False
    assert timestamps.fetch_waiting(stamped) == 2
    row = rows(stamped)[1]
    assert not row.revocation_complete and row.token is not None
    unknown = [CheckStatus.PASSED, CheckStatus.UNDETERMINED]
    assert statuses(stamped, exhibit, clock(), "time.revocation") == unknown

    assert timestamps.complete_revocations(stamped) == 0
    rsa.lists = True
    assert timestamps.complete_revocations(stamped) == 0, "not due yet"
    clock.advance(seconds=6)
    assert timestamps.complete_revocations(stamped) == 1
    assert timestamps.complete_revocations(stamped) == 0
    assert statuses(stamped, exhibit, clock(), "time.revocation") == [CheckStatus.PASSED] * 2
    assert rows(stamped)[1].failure is None


def test_revocation_data_that_nobody_gives_is_pointed_out(stamped, table, rsa, clock):
    anchored(stamped, table)
    rsa.lists = False
    timestamps.fetch_waiting(stamped)
    assert concerns(stamped) == []
    clock.advance(days=7)
    assert concerns(stamped) == []
    clock.advance(days=1)
    assert concerns(stamped) == [(Concern.REVOCATION_MISSING, "Rsa Authority", 1)]


def test_lists_from_before_the_token_are_kept_and_asked_for_again(stamped, table, ecdsa, clock, monkeypatch):
    exhibit = anchored(stamped, table)
    published, document = clock().replace(microsecond=0) - timedelta(hours=1), ecdsa.document

    def weekly(path):
        made = ecdsa.authority.lists(published)
        return made[0].value if path == "/list.crl" else document(path)

    monkeypatch.setattr(ecdsa, "document", weekly)
    assert timestamps.fetch_waiting(stamped) == 2
    verdict = Verifier(stamped.trust, at=clock()).verify(digest_file(PHOTO), proof_of(stamped, exhibit))
    found = {check.detail["line"]: check for check in verdict.checks if check.code == "time.revocation"}
    assert [one.status for one in found.values()] == [CheckStatus.UNDETERMINED, CheckStatus.PASSED]
    assert found[0].detail["reason"] == "revocation_too_early"

    for _ in range(12):
        clock.advance(hours=6)
        assert timestamps.complete_revocations(stamped) == 0
    published = clock().replace(microsecond=0)
    clock.advance(hours=6)
    assert timestamps.complete_revocations(stamped) == 1
    assert statuses(stamped, exhibit, clock(), "time.revocation") == [CheckStatus.PASSED] * 2


def renewed_later(services, clock, days: float) -> int:
    """Time goes by, and every authority is asked until nothing arrives."""
    clock.advance(days=days)
    arrived = 0
    for _ in range(4):
        arrived += timestamps.fetch_waiting(services)
        clock.advance(seconds=30)
    return arrived


AT = datetime(2027, 6, 1, tzinfo=UTC)
"""After the short certificates of these tests have expired (2027-02-05)."""


@pytest.fixture
def brief(clock):
    """An authority whose certificate expires on 2027-02-05."""
    with desk("Brief Authority", clock, days=400) as one:
        yield one


def test_a_line_is_renewed_by_its_authority_before_it_lapses(services, table, brief, clock):
    running = configured(services, brief)
    exhibit = anchored(running, table)
    assert timestamps.fetch_waiting(running) == 1
    assert renewed_later(running, clock, 100) == 0, "too early"
    assert len(rows(running)) == 1
    brief.authority = FixedAuthority("Brief Authority", days=4_000, point=f"{brief.url}list.crl")
    assert renewed_later(running, clock, 60) == 1
    assert kept(running) == [(1, "Brief Authority", 0), (1, "Brief Authority", 1)]
    assert renewed_later(running, clock, 1) == 0
    (line,) = proof_of(running, exhibit).timestamps
    assert len(line.renewals) == 1
    for code in ("time.token", "time.revocation", "time.renewal"):
        assert statuses(running, exhibit, AT, code) == [CheckStatus.PASSED]
    with running.reading() as work:
        found = custody.entries(work, work.session.get_one(type(exhibit), exhibit.id))
    assert found[-1].act == "timestamp_renewed"


def test_an_authority_that_cannot_last_longer_gives_way_to_another(services, table, brief, ecdsa, clock):
    running = configured(services, brief, ecdsa)
    exhibit = anchored(running, table)
    assert timestamps.fetch_waiting(running) == 2
    assert renewed_later(running, clock, 160) == 1
    assert kept(running) == [
        (1, "Brief Authority", 0),
        (1, "Brief Authority", 1),
        (1, "Ecdsa Authority", 0),
    ]
    assert rows(running)[1].authority == "Ecdsa Authority"
    assert statuses(running, exhibit, AT, "time.renewal") == [CheckStatus.PASSED] * 2


def test_a_line_of_an_authority_that_is_gone_is_renewed_by_another(services, table, brief, ecdsa, clock):
    first = configured(services, brief)
    exhibit = anchored(first, table)
    assert timestamps.fetch_waiting(first) == 1
    later = configured(services, ecdsa, gone=brief)
    assert renewed_later(later, clock, 160) == 1
    assert statuses(later, exhibit, AT, "time.renewal") == [CheckStatus.PASSED]


def test_a_renewal_waits_for_revocation_data_but_not_for_ever(services, table, brief, ecdsa, clock):
    brief.lists = False
    running = configured(services, ecdsa, gone=brief)
    first = configured(services, brief)
    anchored(first, table)
    assert timestamps.fetch_waiting(first) == 1
    assert renewed_later(running, clock, 160) == 0, "the data is not there, and there is time"
    assert renewed_later(running, clock, 160) == 1, "less than thirty days before it lapses"
    assert timestamps.complete_revocations(running) in (0, 1)
    before = rows(running)[0].revocations
    brief.lists = True
    clock.advance(days=2)
    timestamps.complete_revocations(running)
    assert rows(running)[0].revocations == before, "the renewal is over its bytes"


def test_a_line_that_nobody_renews_is_pointed_out_and_lapses(services, table, brief, clock):
    running = configured(services, brief)
    exhibit = anchored(running, table)
    assert timestamps.fetch_waiting(running) == 1
    brief.fault = "error"
    assert renewed_later(running, clock, 150) == 0
    assert concerns(running) == []
    renewed_later(running, clock, 30)
    assert concerns(running) == [(Concern.LAPSES_SOON, "Brief Authority", 1)]
    brief.fault = None
    brief.authority = FixedAuthority("Brief Authority", days=4_000)
    assert renewed_later(running, clock, 300) == 0, "what has lapsed cannot be renewed"
    assert concerns(running) == [(Concern.LAPSED, "Brief Authority", 1)]
    assert statuses(running, exhibit, clock(), "time.renewal") == [CheckStatus.UNDETERMINED]


def test_a_renewal_over_data_that_changed_meanwhile_is_not_kept(
    services, table, brief, ecdsa, clock, monkeypatch
):
    running = configured(services, brief, ecdsa)
    anchored(running, table)
    timestamps.fetch_waiting(running)
    clock.advance(days=160)
    timestamps.begin(running)
    ask = timestamps._ask

    def meanwhile(*given):
        answer = ask(*given)
        with running.work() as work:
            work.session.get_one(TimestampToken, rows(running)[0].id).revocations = []
        return answer

    brief.authority = FixedAuthority("Brief Authority", days=4_000, point=f"{brief.url}list.crl")
    monkeypatch.setattr(timestamps, "_ask", meanwhile)
    assert timestamps.fetch_from(running, "Brief Authority") == 0
    monkeypatch.setattr(timestamps, "_ask", ask)
    assert timestamps.fetch_from(running, "Brief Authority") == 1


def test_the_command_names_what_somebody_should_look_after(services, table, brief, clock):
    from app.commands.registry import register
    from app.factory import create_app

    running = configured(services, brief)
    app = create_app(running)
    register(app)
    runner = app.test_cli_runner()
    anchored(running, table)
    assert timestamps.fetch_waiting(running) == 1
    calm = runner.invoke(args=["timestamps"])
    assert (calm.exit_code, calm.output.splitlines()[-1]) == (0, "nothing lapses, nothing waits")
    clock.advance(days=300)
    worried = runner.invoke(args=["timestamps"])
    assert worried.exit_code == 1
    assert (
        "Brief Authority: lapses soon and is not renewed: 1 batches from 1 on, 2027-02-05T00:00:00Z"
        in worried.output
    )
