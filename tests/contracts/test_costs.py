"""What acts cost is held against the snapshot: small moves pass, large ones, new and missing acts do not."""

import json

from contracts.forge import SNAPSHOT, differences


def test_small_moves_pass_and_large_ones_are_named() -> None:
    kept = {"anchor": "10000", "seal": "20000"}
    assert differences(kept, {"anchor": "10100", "seal": "19800"}) == []
    assert differences(kept, {"anchor": "10101", "seal": "19799"}) == [
        "anchor: 10000 gas in the snapshot, 10101 now",
        "seal: 20000 gas in the snapshot, 19799 now",
    ]


def test_new_and_missing_acts_are_named() -> None:
    assert differences({"anchor": "1"}, {"seal": "1"}) == [
        "seal: not in the snapshot",
        "anchor: no longer measured",
    ]


def test_a_batch_of_ten_thousand_costs_what_a_batch_of_one_costs() -> None:
    costs = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    assert costs["anchor a batch of 10000"] == costs["anchor a batch of 1"]
    assert int(costs["anchor a batch of 10000"]) <= 7 * 10_000
