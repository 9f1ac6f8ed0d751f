"""The custody record: each entry stands on the one before, and every tampering is named by its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest

from evidence.custody import (
    NO_ENTRY,
    CustodyEntry,
    append_entry,
    check_custody,
    opens_for,
    received_entry,
)
from evidence.errors import MalformedInput, Tampered
from evidence.statement import canonical_bytes
from scripts.vector_parts import World, exhibit

RECORD = World().custody(("viewed", "anchored", "downloaded"))


def test_a_whole_record_holds() -> None:
    check_custody(RECORD)
    for length in range(1, len(RECORD)):
        check_custody(RECORD[:length])
    assert [entry.sequence for entry in RECORD] == [1, 2, 3, 4]
    assert RECORD[0].previous == NO_ENTRY


def test_the_digest_is_that_of_the_canonical_content() -> None:
    content = {"format": "hezheng-custody/1", **RECORD[1].as_json()}
    del content["digest"]
    assert RECORD[1].digest == sha256(canonical_bytes(content)).digest()


@pytest.mark.parametrize("number", range(len(RECORD)))
@pytest.mark.parametrize(
    "change",
    [
        {"act": "erased"},
        {"actor": "somebody else"},
        {"at": "2026-03-02T01:30:01Z"},
        {"reason": "no reason"},
        {"details": {"a": 1}},
        {"digest": bytes(31) + b"\x01"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_entry_is_found(number: int, change: dict[str, object]) -> None:
    entries = list(RECORD)
    entries[number] = replace(entries[number], **change)
    with pytest.raises(Tampered) as caught:
        check_custody(entries)
    assert caught.value.where == f"custody[{number}]"


def test_leaving_out_swapping_or_repeating_is_found() -> None:
    first, second, third, fourth = RECORD
    for entries in ([second, third], [first, third], [first, third, second], [first, first, second]):
        with pytest.raises(Tampered):
            check_custody(entries)
    with pytest.raises(Tampered):
        check_custody([first, second, replace(fourth, sequence=3)])


def test_an_entry_that_was_made_anew_breaks_the_next() -> None:
    first, second, third, _ = RECORD
    other = append_entry(first, act="exported", actor=second.actor, at=second.at)
    with pytest.raises(Tampered, match="does not follow") as caught:
        check_custody([first, other, third])
    assert caught.value.where == "custody[2]"


def test_no_entries_are_no_record() -> None:
    with pytest.raises(MalformedInput):
        check_custody([])


def test_the_first_entry_belongs_to_one_statement() -> None:
    statement = exhibit()
    entry = received_entry(statement)
    assert opens_for(entry, statement)
    assert not opens_for(entry, exhibit(salt=bytes(32)))
    for change in ({"act": "viewed"}, {"actor": "x"}, {"at": "2026-03-02T01:30:01Z"}, {"details": {}}):
        assert not opens_for(replace(entry, **change), statement)


def test_times_are_utc_whatever_zone_they_come_in() -> None:
    moment = datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    assert append_entry(None, act="received", actor="a", at=moment).at == "2026-03-02T01:30:00Z"
    with pytest.raises(MalformedInput, match="zone"):
        append_entry(None, act="received", actor="a", at=datetime(2026, 3, 2))
    with pytest.raises(MalformedInput):
        append_entry(None, act="received", actor="a", at="yesterday")
    assert append_entry(
        None, act="x", actor="a", at=datetime(2026, 1, 1, 0, 0, 0, 5, tzinfo=UTC)
    ).at.endswith(".000005Z")


@pytest.mark.parametrize(
    "change",
    [{"sequence": 0}, {"act": ""}, {"details": []}, {"details": {"x": 0.1}}, {"previous": "0x"}, {"more": 1}],
    ids=lambda change: next(iter(change)),
)
def test_entries_are_read_strictly(change: dict[str, object]) -> None:
    value = RECORD[1].as_json()
    assert CustodyEntry.parse(value, "entry") == RECORD[1]
    with pytest.raises(MalformedInput, match="entry"):
        CustodyEntry.parse(value | change, "entry")
