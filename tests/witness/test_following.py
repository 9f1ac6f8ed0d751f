"""A witness follows an honest ledger and co-signs every head once, whatever interrupts it."""

import secrets

import pytest

from evidence.errors import MalformedInput, Refused, Unavailable
from evidence.ledger import MemoryLedger, Office
from evidence.signature import verify_signature
from evidence.typed_data import Witness
from evidence.witness import CHUNK, WitnessKey
from evidence.witness_state import WINDOW, StateFile, WitnessState
from tests.witness.conftest import World, grow


def test_every_head_is_co_signed_once_and_in_order(world: World) -> None:
    assert (world.round().signed, world.round().signed) == (3, 0)
    grow(world.ledger, 2)
    found = world.round()
    assert (found.number, found.signed, found.behind, found.alarm) == (5, 2, 0, None)
    assert world.signed() == [1, 2, 3, 4, 5]


def test_what_is_signed_is_head_and_block_of_the_batch(world: World) -> None:
    world.round()
    event = world.ledger.witness_events(0)[1]
    batch = world.batch(2)
    message = Witness(2, batch.head, batch.block_number, batch.block_hash)
    digest = message.digest(world.ledger.trust.evidence_domain)
    assert verify_signature(world.key.signer, digest, event.signature, world.ledger.trust.verifiers)
    assert (event.signer, event.block_hash) == (world.key.signer, batch.block_hash)


def test_catching_up_with_many_batches_keeps_the_newest_in_mind(world: World) -> None:
    grow(world.ledger, 2 * CHUNK + 7)
    total = 2 * CHUNK + 10
    assert world.round().number == total
    assert world.signed() == list(range(1, total + 1))
    assert [one.number for one in world.observer().state.seen] == list(range(total - WINDOW + 1, total + 1))
    followed = [facts["number"] for event, facts in world.told if event == "followed"]
    assert followed == [CHUNK, 2 * CHUNK, total]


def test_an_empty_ledger_is_nothing_to_sign(tmp_path) -> None:
    world = World(tmp_path)
    world.appoint()
    found = world.round()
    assert (found.number, found.signed, found.in_office) == (0, 0, None)
    assert not world.file.path.exists()


def test_a_witness_without_office_follows_and_does_not_sign(tmp_path) -> None:
    world = World(tmp_path)
    grow(world.ledger, 2)
    observer = world.observer()
    for _ in range(2):
        found = observer.round()
        assert (found.number, found.signed, found.in_office) == (2, 0, False)
    assert [event for event, _ in world.told].count("no_office") == 1
    world.appoint()
    assert observer.round().signed == 2
    assert world.signed() == [1, 2]


def test_heads_from_before_the_term_are_not_signed(tmp_path) -> None:
    world = World(tmp_path)
    grow(world.ledger)
    world.time[0] += 100
    world.appoint(start=-10)
    grow(world.ledger)
    found = world.observer()
    assert found.round().signed == 1
    assert world.signed() == [2]
    assert found.round().in_office is None


def test_nothing_is_signed_after_the_term(world: World) -> None:
    world.round()
    grow(world.ledger)
    world.ledger.revoke_office(world.key.signer, Office.COURT_WITNESS)
    world.time[0] += 1
    found = world.round()
    assert (found.number, found.signed, found.in_office, found.alarm) == (4, 0, False, None)
    assert world.signed() == [1, 2, 3]


@pytest.mark.parametrize("office", [Office.COURT, Office.MEDIATOR])
def test_offices_that_witness_nothing_do_not_count(tmp_path, office: Office) -> None:
    world = World(tmp_path)
    world.appoint(office=office)
    grow(world.ledger)
    assert world.round().in_office is False


def test_a_block_that_is_not_final_waits(tmp_path) -> None:
    world = World(tmp_path)
    world.ledger.finality_depth = 2
    grow(world.ledger, 3)
    assert (world.round().number, world.round().behind) == (1, 2)
    world.ledger.mine(2)
    assert (world.round().number, world.round().behind) == (3, 0)


def test_a_node_that_is_away_is_no_alarm(world: World) -> None:
    observer = world.observer()
    observer.round()
    grow(world.ledger)
    world.ledger.down = True
    with pytest.raises(Unavailable):
        observer.round()
    world.ledger.down = False
    assert (observer.round().signed, observer.state.alarm) == (1, None)


class Syncing(MemoryLedger):
    """A node that still fetches the chain and has nothing to show yet."""

    def is_syncing(self) -> bool:
        """It does."""
        return True


def test_a_node_that_still_fetches_the_chain_is_no_alarm(world: World) -> None:
    world.round()
    with pytest.raises(Unavailable):
        world.observer(ledger=Syncing()).round()
    assert world.observer().state.alarm is None


class Interrupted(Exception):
    """Stands for a process that is killed."""


@pytest.fixture
def killed_before_sending(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The process ends after the co-signatures are written down and before any is sent."""

    def killed(*_arguments: object) -> str:
        raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(world.ledger, "witness", killed)
        with pytest.raises(Interrupted):
            world.round()
    return world


def test_a_signature_is_on_the_disk_before_it_is_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    honest, on_disk = world.ledger.witness, []

    def looks(number: int, head: bytes, block_hash: bytes, signer: bytes, signature: bytes) -> str:
        state = WitnessState.parse(world.file.path.read_bytes())
        kept = [one.sighting.head for one in state.unsent if one.signature == signature]
        on_disk.append(kept == [head] and state.signed_to >= number)
        return honest(number, head, block_hash, signer, signature)

    monkeypatch.setattr(world.ledger, "witness", looks)
    world.round()
    assert on_disk == [True, True, True]


def test_what_was_written_down_is_sent_after_a_crash(killed_before_sending: World) -> None:
    world = killed_before_sending
    kept = world.observer().state
    assert (world.signed(), kept.signed_to, len(kept.unsent)) == ([], 3, 3)
    assert world.round().signed == 3
    assert [event.signature for event in world.ledger.witness_events(0)] == [
        one.signature for one in kept.unsent
    ]
    assert world.observer().state.unsent == ()


def test_after_a_crash_no_other_head_of_the_number_is_signed(killed_before_sending: World) -> None:
    world = killed_before_sending
    world.mend(1, lambda _number: secrets.token_bytes(32))
    found = world.round()
    assert found.alarm is not None
    assert (found.alarm.kind, found.alarm.number) == ("rewritten", 3)
    assert world.signed() == []
    world.file.save(world.observer().state.acknowledged("looked into it", "2026-03-02T01:30:00Z"))
    grow(world.ledger)
    assert world.round().alarm is None
    assert world.signed() == [4]


def test_a_crash_after_sending_does_not_send_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_arguments: object) -> None:
        raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(world.ledger, "wait", killed)
        with pytest.raises(Interrupted):
            world.round()
    assert world.signed() == [1, 2, 3]
    world.round()
    assert world.signed() == [1, 2, 3]
    assert world.observer().state.unsent == ()


def test_co_signatures_that_the_chain_lost_are_sent_again_unchanged(world: World) -> None:
    world.round()
    before = world.ledger.witness_events(0)
    world.ledger.drop_co_signatures(2)
    assert world.signed() == [1]
    assert world.round().signed == 2
    assert world.signed() == [1, 2, 3]
    again = {event.number: event.signature for event in world.ledger.witness_events(0)}
    assert again == {event.number: event.signature for event in before}
    assert [facts["number"] for event, facts in world.told if event == "lost"] == [2, 3]
    assert world.round().signed == 0


def test_what_was_sent_is_kept_as_long_as_the_batch_is(world: World) -> None:
    grow(world.ledger, WINDOW + 5)
    world.round()
    state = world.observer().state
    assert [one.sighting for one in state.sent] == list(state.seen)
    assert len(state.sent) == WINDOW


def test_a_state_that_cannot_be_written_stops_before_signing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: StateFile, _state: WitnessState) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(StateFile, "save", full)
    with pytest.raises(OSError, match="no space left"):
        world.round()
    assert world.signed() == []


def test_co_signatures_by_another_process_with_this_key_are_fine(world: World) -> None:
    other = World(world.folder / "elsewhere", key=world.key)
    other.folder.mkdir()
    world.round()
    assert other.observer(ledger=world.ledger).round().signed == 3
    assert world.signed() == [1, 2, 3]


def test_a_refusal_is_told_and_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_arguments: object) -> str:
        raise Refused("no", code="EvidenceLedgerNotAWitness")

    with monkeypatch.context() as patched:
        patched.setattr(world.ledger, "witness", refuses)
        assert world.round().signed == 0
    assert ("refused", {"number": 1, "code": "EvidenceLedgerNotAWitness"}) in world.told
    assert world.round().signed == 3


def test_it_leaves_off_between_batches_when_asked(world: World) -> None:
    assert world.observer(stopping=lambda: True).round().number == 0
    assert world.signed() == []


def test_a_state_file_serves_one_ledger_and_one_key(world: World) -> None:
    world.round()
    with pytest.raises(MalformedInput):
        world.observer(key=WitnessKey(secrets.token_bytes(32)))
    other = MemoryLedger(chain_id=7)
    with pytest.raises(MalformedInput):
        world.observer(ledger=other, trust=other.trust)


def test_a_trust_root_must_name_the_code_of_ledger_and_register(world: World) -> None:
    del world.ledger.trust.code_hashes[world.ledger.trust.officials]
    with pytest.raises(MalformedInput) as caught:
        world.observer()
    assert caught.value.where == "trust.code_hashes"


def test_two_processes_cannot_hold_one_state_file(tmp_path) -> None:
    first, second = StateFile(tmp_path / "state.json"), StateFile(tmp_path / "state.json")
    with first.locked():
        with pytest.raises(Refused) as caught:
            second.locked().__enter__()
        assert caught.value.code == "Locked"
    with second.locked():
        pass


def test_a_damaged_state_file_is_refused_and_never_taken_for_none(world: World) -> None:
    world.round()
    whole = world.file.path.read_text()
    assert WitnessState.parse(whole).dump() == whole
    for broken in (whole[:-20], "", whole.replace("hezheng-witness/1", "hezheng-witness/2")):
        world.file.path.write_text(broken)
        with pytest.raises(MalformedInput):
            world.observer()


def test_a_state_that_contradicts_itself_is_refused(world: World) -> None:
    world.round()
    state = world.observer().state
    gap = WitnessState(state.chain_id, state.evidence_ledger, state.signer, (state.seen[0], state.seen[2]))
    with pytest.raises(MalformedInput):
        WitnessState.parse(gap.dump())
