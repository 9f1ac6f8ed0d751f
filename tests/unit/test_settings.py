"""Settings as they are read: what an installation in earnest must not be given.
Not here: what each setting does."""

from pathlib import Path

import pytest

from app.network import Authority, Network
from app.settings import SettingsError, read_settings, refuse_trial_in_production
from scripts.vector_keys import FixedAuthority

GIVEN = {
    "HEZHENG_DATA_DIR": "/var/lib/hezheng",
    "HEZHENG_PUBLIC_URL": "https://hezheng.example",
    "HEZHENG_RPC_URL": "http://node:8545",
    "HEZHENG_TRUST_FILE": "/var/lib/hezheng/trust.json",
}


PEM = FixedAuthority("Settings Test Authority").anchor


def around(*authorities: tuple[str | None, bool]) -> Network:
    """A network with authorities at these addresses, on trial or not."""
    return Network(
        authorities=tuple(
            Authority(f"TSA {number}", url, None, (PEM,), trial)
            for number, (url, trial) in enumerate(authorities)
        )
    )


@pytest.mark.parametrize(
    "host", ["127.0.0.1:3", "LOCALHOST", "[::1]:3", "127.9.9.9", "0.0.0.0:3", "user@localhost"]
)
def test_an_authority_on_this_machine_is_for_trials(host: str) -> None:
    network = around(("https://tsa.example/", False), (f"http://{host}/", False))
    with pytest.raises(SettingsError, match="for trials only"):
        refuse_trial_in_production(read_settings(GIVEN), network)
    refuse_trial_in_production(read_settings(GIVEN | {"HEZHENG_DEMO": "1"}), network)


def test_an_authority_that_says_it_is_for_trials_is() -> None:
    for url in ("https://tsa.example/", None):
        network = around(("https://other.example/", False), (url, True))
        with pytest.raises(SettingsError, match="for trials only"):
            refuse_trial_in_production(read_settings(GIVEN), network)


def test_an_authority_elsewhere_is_taken() -> None:
    settings = read_settings(GIVEN | {"HEZHENG_NETWORK_FILE": "/etc/hezheng.json", "HEZHENG_PROXIES": "1"})
    refuse_trial_in_production(settings, around(("https://tsa.example/localhost", False)))
    assert settings.network_file == Path("/etc/hezheng.json")
    assert settings.proxies == 1


@pytest.mark.parametrize("value", ["-1", "one", "1.5"])
def test_proxies_are_a_number(value: str) -> None:
    with pytest.raises(SettingsError, match="not a number: HEZHENG_PROXIES"):
        read_settings(GIVEN | {"HEZHENG_PROXIES": value})


def test_earnest_needs_tls() -> None:
    with pytest.raises(SettingsError, match="https://"):
        read_settings(GIVEN | {"HEZHENG_PUBLIC_URL": "http://hezheng.example"})


@pytest.mark.parametrize("network", [Network(), around((None, False))])
def test_earnest_needs_a_timestamp_authority_that_is_asked(network: Network) -> None:
    with pytest.raises(SettingsError, match="no timestamp authority"):
        refuse_trial_in_production(read_settings(GIVEN), network)


def test_everything_that_is_missing_or_unknown_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as refusal:
        read_settings({"HEZHENG_DATA_DIR": "/srv/hezheng", "HEZHENG_COLOUR": "red"})
    for name in ("PUBLIC_URL", "RPC_URL", "TRUST_FILE", "COLOUR"):
        assert f"HEZHENG_{name}" in str(refusal.value)


@pytest.mark.parametrize("value", ["", " , "])
def test_a_signature_needs_some_check_of_identity(value: str) -> None:
    with pytest.raises(SettingsError, match="IDENTITY names no check"):
        read_settings(GIVEN | {"HEZHENG_IDENTITY": value})
