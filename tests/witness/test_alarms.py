"""Every way in which a ledger can diverge from what a witness saw: named, kept, and nothing signed from then on."""

import secrets
from collections.abc import Callable
from dataclasses import replace

import pytest

from evidence.errors import Refused, Unavailable
from evidence.ledger import AnchoredBatch, LedgerIdentity, MemoryLedger
from evidence.signature import keccak
from evidence.strict import to_hex
from evidence.witness_state import WINDOW
from tests.witness.conftest import World, grow

Forgery = Callable[[World], None]


def random_root(_number: int) -> bytes:
    return secrets.token_bytes(32)


def other_batches(world: World) -> None:
    world.mend(2, random_root)


def other_batches_and_more(world: World) -> None:
    world.mend(2, random_root)
    grow(world.ledger, 3)


def rolled_back(world: World) -> None:
    world.ledger.drop_tail(2)


def rolled_back_and_begun_anew(world: World) -> None:
    world.ledger.drop_tail(2)
    grow(world.ledger)


def same_batches_in_other_blocks(world: World) -> None:
    roots = {number: world.batch(number).root for number in (2, 3)}
    world.mend(2, roots.__getitem__)


def lost_altogether(world: World) -> None:
    world.ledger.drop_tail(3)


FORGERIES: list[tuple[Forgery, str, int]] = [
    (other_batches, "rewritten", 2),
    (other_batches_and_more, "rewritten", 2),
    (rolled_back, "shorter", 2),
    (rolled_back_and_begun_anew, "rewritten", 2),
    (same_batches_in_other_blocks, "moved", 2),
    (lost_altogether, "shorter", 1),
]


@pytest.mark.parametrize(("forge", "kind", "number"), FORGERIES)
def test_a_rewritten_history_is_an_alarm(world: World, forge: Forgery, kind: str, number: int) -> None:
    observer = world.observer()
    observer.round()
    before = world.batch(number)
    forge(world)
    found = observer.round()
    assert found.alarm is not None
    assert (found.alarm.kind, found.alarm.number, found.alarm.perhaps_earlier) == (kind, number, False)
    assert found.alarm.seen["number"] == number
    assert found.alarm.seen["head"] == to_hex(before.head)
    assert found.alarm.seen["block_hash"] == to_hex(before.block_hash)
    signed = world.signed()
    grow(world.ledger)
    for later in (observer.round(), world.round()):
        assert later.alarm == found.alarm
        assert later.signed == 0
    assert world.signed() == signed


class Lying(MemoryLedger):
    """A node whose answers are replaced one by one."""

    chain_id: int | None = None
    codes: dict[str, str] | None = None
    shown: dict[int, AnchoredBatch | None] | None = None
    blocks: dict[int, bytes | None] | None = None
    told_head: tuple[int, bytes] | None = None
    lies_once = False

    def identity(self) -> LedgerIdentity:
        """As it is, or replaced."""
        honest = super().identity()
        return LedgerIdentity(self.chain_id or honest.chain_id, {**honest.code_hashes, **(self.codes or {})})

    def head(self) -> tuple[int, bytes]:
        """As it is, or replaced."""
        told, self.told_head = self.told_head, None if self.lies_once else self.told_head
        return told or super().head()

    def batch(self, number: int) -> AnchoredBatch | None:
        """As it is, or replaced."""
        return (self.shown or {}).get(number, super().batch(number))

    def block_hash(self, number: int) -> bytes | None:
        """As it is, or replaced."""
        return (self.blocks or {}).get(number, super().block_hash(number))


@pytest.fixture
def lying(world: World) -> Lying:
    """The world's node, after three batches were seen and signed; one more waits."""
    world.round()
    grow(world.ledger)
    ledger = Lying()
    ledger.__dict__.update(world.ledger.__dict__)
    world.ledger = ledger
    return ledger


def kind_and_number(world: World) -> tuple[str, int | None]:
    """What the alarm of the next round says; nothing new is signed with it."""
    alarm = world.round().alarm
    assert alarm is not None
    assert world.observer().state.alarm == alarm
    assert world.signed() == [1, 2, 3]
    return alarm.kind, alarm.number


def test_another_chain_is_an_alarm(world: World, lying: Lying) -> None:
    lying.chain_id = 5
    assert kind_and_number(world) == ("chain", None)


@pytest.mark.parametrize("name", ["evidence_ledger", "officials"])
@pytest.mark.parametrize("code", [b"other code", b""])
def test_other_code_is_an_alarm(world: World, lying: Lying, name: str, code: bytes) -> None:
    address = getattr(lying.trust, name)
    lying.codes = {address: to_hex(keccak(code))}
    assert kind_and_number(world) == ("code", None)
    alarm = world.observer().state.alarm
    assert alarm is not None
    assert (alarm.seen, alarm.found) == ({address: lying.trust.code_hashes[address]}, lying.codes)


def test_before_anything_is_deployed_it_waits(tmp_path) -> None:
    world = World(tmp_path)
    ledger = Lying()
    ledger.__dict__.update(world.ledger.__dict__)
    ledger.codes = dict.fromkeys(ledger.trust.code_hashes, to_hex(keccak(b"")))
    with pytest.raises(Unavailable):
        world.observer(ledger=ledger).round()


def test_a_missing_batch_is_an_alarm(world: World, lying: Lying) -> None:
    lying.shown = {2: None}
    assert kind_and_number(world) == ("missing", 2)


def test_another_head_value_at_the_seen_number_is_an_alarm(world: World, lying: Lying) -> None:
    lying.told_head = (3, secrets.token_bytes(32))
    assert kind_and_number(world) == ("rewritten", 3)


def test_a_head_number_that_shrinks_is_an_alarm_even_while_the_batches_are_shown(
    world: World, lying: Lying
) -> None:
    lying.told_head = (1, world.batch(1).head)
    assert kind_and_number(world) == ("shorter", 2)


@pytest.mark.parametrize("block_hash", [bytes(32), None])
def test_another_hash_of_a_seen_block_is_an_alarm(
    world: World, lying: Lying, block_hash: bytes | None
) -> None:
    lying.blocks = {world.batch(2).block_number: block_hash}
    assert kind_and_number(world) == ("moved", 2)


@pytest.mark.parametrize(
    "change",
    [
        {"previous_head": bytes(32)},
        {"root": bytes(32)},
        {"size": 4},
        {"head": bytes(32)},
        {"block_hash": bytes(32)},
        {"block_number": 0},
    ],
)
def test_a_new_batch_that_does_not_follow_is_an_alarm(
    world: World, lying: Lying, change: dict[str, object]
) -> None:
    lying.shown = {4: replace(world.batch(4), **change)}
    expected = "missing" if change == {"block_number": 0} else "broken"
    assert kind_and_number(world) == (expected, 4)


def test_a_new_head_that_no_batch_explains_is_an_alarm(world: World, lying: Lying) -> None:
    lying.told_head = (4, secrets.token_bytes(32))
    assert kind_and_number(world) == ("broken", 4)


def test_a_head_without_its_batch_is_an_alarm(world: World, lying: Lying) -> None:
    lying.told_head = (6, secrets.token_bytes(32))
    assert kind_and_number(world) == ("missing", 5)


def test_a_contradiction_between_two_questions_is_looked_at_twice(world: World, lying: Lying) -> None:
    lying.lies_once, lying.told_head = True, (1, world.batch(1).head)
    assert world.round().alarm is None
    assert world.signed() == [1, 2, 3, 4]


def test_what_diverges_before_the_remembered_batches_is_called_perhaps_earlier(world: World) -> None:
    grow(world.ledger, WINDOW + 10)
    world.round()
    total = world.ledger.head()[0]
    world.mend(total, random_root)
    alarm = world.round().alarm
    assert alarm is not None
    assert (alarm.kind, alarm.number, alarm.perhaps_earlier) == ("rewritten", total - WINDOW + 1, True)


def test_a_person_ends_an_alarm_with_a_reason_that_is_kept(world: World) -> None:
    world.round()
    other_batches(world)
    alarm = world.round().alarm
    assert alarm is not None
    state = world.observer().state.acknowledged("磁盘损坏，已从备份恢复", "2026-03-02T01:30:00Z")
    world.file.save(state)
    assert world.round().alarm is None
    kept = world.observer().state
    assert [(one.reason, one.alarm) for one in kept.history] == [("磁盘损坏，已从备份恢复", alarm)]
    assert world.signed() == [1]
    grow(world.ledger, 2)
    world.round()
    assert world.signed() == [1, 4, 5]


def test_without_an_alarm_there_is_nothing_to_acknowledge(world: World) -> None:
    world.round()
    with pytest.raises(Refused):
        world.observer().state.acknowledged("nothing", "2026-03-02T01:30:00Z")


def test_an_alarm_that_still_holds_comes_again_after_it_was_acknowledged(world: World, lying: Lying) -> None:
    lying.chain_id = 5
    world.round()
    world.file.save(world.observer().state.acknowledged("hoped it was nothing", "2026-03-02T01:30:00Z"))
    assert kind_and_number(world) == ("chain", None)
    assert len(world.observer().state.history) == 1
