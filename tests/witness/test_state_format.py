"""The witness's state file under every small change: read back as it was written, or refused with the place named."""

import contextlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import MalformedInput
from evidence.witness_state import Acknowledged, Alarm, Sighting, Signed, WitnessState

HASHES = st.binary(min_size=32, max_size=32)
NUMBERS = st.integers(min_value=0, max_value=2**53 - 1)
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.just(1.5), st.text(max_size=8), st.just([]), st.just({})
)


@st.composite
def states(draw: st.DrawFn) -> WitnessState:
    """Any state that a witness can be in."""
    first, count = draw(st.integers(1, 10_000)), draw(st.integers(0, 5))
    seen = tuple(
        Sighting(first + n, draw(HASHES), draw(NUMBERS), draw(HASHES), draw(NUMBERS)) for n in range(count)
    )
    unsent = tuple(Signed(one, draw(st.binary(min_size=65, max_size=65))) for one in seen[:2])
    alarm = Alarm(
        "rewritten", "2026-03-02T01:30:00Z", draw(st.none() | NUMBERS), draw(st.booleans()), {"a": 1}, {}
    )
    return WitnessState(
        chain_id=draw(st.integers(1, 2**53 - 1)),
        evidence_ledger="0x" + "11" * 20,
        signer=draw(st.binary(min_size=20, max_size=20)),
        seen=seen,
        signed_to=first + count,
        unsent=unsent,
        sent=tuple(Signed(one, bytes(65)) for one in seen[2:]),
        alarm=draw(st.none() | st.just(alarm)),
        history=draw(
            st.lists(
                st.builds(Acknowledged, st.just(alarm.at), st.text(max_size=20), st.just(alarm)), max_size=2
            ).map(tuple)
        ),
    )


@given(states())
def test_what_is_written_is_read_back(state: WitnessState) -> None:
    assert WitnessState.parse(state.dump()) == state


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


@given(states(), st.data())
def test_a_changed_file_is_refused_or_read_as_it_is_written(state: WitnessState, data: st.DataObject) -> None:
    changed = json.loads(state.dump())
    path = data.draw(st.sampled_from([place for place in places(changed) if place]))
    parent = changed
    for key in path[:-1]:
        parent = parent[key]
    if data.draw(st.booleans()) and isinstance(parent, dict):
        del parent[path[-1]]
    else:
        parent[path[-1]] = data.draw(ODD)
    with contextlib.suppress(MalformedInput):
        assert json.loads(WitnessState.parse(json.dumps(changed)).dump()) == changed
