"""The network file: who stands around an installation, read strictly.
Not here: what is done with it (see the services' tests)."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.network import Network, is_local, parse_network, trial_problems
from evidence.errors import MalformedInput
from evidence.records import Office
from scripts.vector_keys import FixedAuthority

PEM = FixedAuthority("Network Test Authority").anchor


def text(**changes: Any) -> str:
    whole: dict[str, Any] = {
        "format": "hezheng-network/1",
        "nodes": [{"name": "node-1", "operator": "法院", "role": "validator", "interest": "独立于平台"}],
        "timestamp_authorities": [
            {
                "name": "TSA",
                "url": "https://tsa.example/stamp",
                "policy": "1.2.3.4",
                "anchors": [PEM],
                "trial": False,
            }
        ],
        "witnesses": [
            {
                "name": "公证处",
                "office": "notary",
                "signer": "0x" + "11" * 20,
                "valid_from": 1,
                "valid_until": 2,
                "interest": "独立",
                "trial": False,
            }
        ],
    }
    return json.dumps(whole | changes, ensure_ascii=False)


def test_everybody_is_read_and_comes_into_the_trust_root() -> None:
    network = parse_network(text())
    assert [node.operator for node in network.nodes] == ["法院"]
    (authority,) = network.trusted_authorities
    assert (authority.name, authority.anchor, authority.policies) == ("TSA", PEM, ("1.2.3.4",))
    (witness,) = network.trusted_witnesses
    assert (witness.office, witness.signer) == (Office.NOTARY, b"\x11" * 20)
    assert (witness.covers(1), witness.covers(2)) == (True, False)


@pytest.mark.parametrize(
    ("place", "change", "where"),
    [
        (("nodes", 0, "role"), "boss", "network.nodes[0].role"),
        (("nodes", 0, "interest"), "", "network.nodes[0].interest"),
        (("timestamp_authorities", 0, "url"), "ftp://tsa.example", "network.timestamp_authorities[0].url"),
        (("timestamp_authorities", 0, "anchors"), [], "network.timestamp_authorities[0].anchors"),
        (("timestamp_authorities", 0, "anchors"), ["x"], "network.timestamp_authorities[0].anchors[0]"),
        (("timestamp_authorities", 0, "policy"), 7, "network.timestamp_authorities[0].policy"),
        (("witnesses", 0, "office"), "mediator", "network.witnesses[0].office"),
        (("witnesses", 0, "valid_until"), 1, "network.witnesses[0].valid_until"),
        (("witnesses", 0, "trial"), "no", "network.witnesses[0].trial"),
        (("witnesses", 0, "more"), 1, "network.witnesses[0]"),
    ],
)
def test_what_is_wrong_is_named(place: tuple[str, int, str], change: object, where: str) -> None:
    whole = json.loads(text())
    group, number, key = place
    whole[group][number][key] = change
    with pytest.raises(MalformedInput) as caught:
        parse_network(json.dumps(whole))
    assert caught.value.where == where


def test_two_authorities_of_one_name_are_refused() -> None:
    whole = json.loads(text())
    whole["timestamp_authorities"] *= 2
    with pytest.raises(MalformedInput):
        parse_network(json.dumps(whole))


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:318/", True),
        ("http://localhost/", True),
        ("http://localhost./", True),
        ("http://tsa.localhost/", True),
        ("http://127.1/", True),
        ("http://0x7f000001/", True),
        ("http://2130706433/", True),
        ("http://[::ffff:127.0.0.1]/", True),
        ("http://[::1]:8/", True),
        ("http://0.0.0.0/", True),
        ("https://tsa.example/", False),
    ],
)
def test_local_addresses_are_known(url: str, local: bool) -> None:
    assert is_local(url) is local


def test_trial_parts_are_named() -> None:
    assert trial_problems(Network()) == ["no timestamp authority"]
    assert trial_problems(parse_network(text())) == []
    whole = json.loads(text())
    whole["timestamp_authorities"][0]["trial"] = True
    assert trial_problems(parse_network(json.dumps(whole))) != []


def test_an_authority_without_an_address_is_believed_but_not_asked() -> None:
    whole = json.loads(text())
    whole["timestamp_authorities"][0]["url"] = None
    network = parse_network(json.dumps(whole))
    assert [one.name for one in network.trusted_authorities] == ["TSA"]
    assert network.asked == {}
    assert trial_problems(network) == ["no timestamp authority"]


def test_a_witness_that_the_platform_runs_itself_is_for_trials() -> None:
    whole = json.loads(text())
    whole["witnesses"][0]["trial"] = True
    assert trial_problems(parse_network(json.dumps(whole))) == ["a trial witness"]


def test_the_manual_shows_a_network_file_that_reads() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "running.md").read_text("utf-8")
    shown = json.loads(manual.split("```json network\n")[1].split("```")[0])
    for authority in shown["timestamp_authorities"]:
        authority["anchors"] = [PEM for _ in authority["anchors"]]
    network = parse_network(json.dumps(shown))
    assert len(network.trusted_authorities) == 3
    assert list(network.asked) == ["某某时间戳服务中心", "Second Authority"]
    assert trial_problems(network) == []
