"""Settings as they are read: what an installation in earnest must not be given.
Not here: what each setting does."""

import pytest

from app.settings import SettingsError, read_settings

GIVEN = {
    "HEZHENG_DATA_DIR": "/var/lib/hezheng",
    "HEZHENG_PUBLIC_URL": "https://hezheng.example",
    "HEZHENG_RPC_URL": "http://node:8545",
    "HEZHENG_TRUST_FILE": "/var/lib/hezheng/trust.json",
}


@pytest.mark.parametrize(
    "host", ["127.0.0.1:3", "LOCALHOST", "[::1]:3", "127.9.9.9", "0.0.0.0:3", "user@localhost"]
)
def test_an_authority_on_this_machine_is_for_trials(host: str) -> None:
    given = GIVEN | {"HEZHENG_TSA_URLS": f"https://tsa.example/ http://{host}/"}
    with pytest.raises(SettingsError, match="for trials only"):
        read_settings(given)
    assert read_settings(given | {"HEZHENG_DEMO": "1"}).demo


def test_an_authority_elsewhere_is_taken() -> None:
    settings = read_settings(
        GIVEN | {"HEZHENG_TSA_URLS": "https://tsa.example/localhost", "HEZHENG_PROXIES": "1"}
    )
    assert settings.tsa_urls == ("https://tsa.example/localhost",)
    assert settings.proxies == 1


@pytest.mark.parametrize("value", ["-1", "one", "1.5"])
def test_proxies_are_a_number(value: str) -> None:
    with pytest.raises(SettingsError, match="not a number: HEZHENG_PROXIES"):
        read_settings(GIVEN | {"HEZHENG_PROXIES": value})


def test_earnest_needs_tls() -> None:
    with pytest.raises(SettingsError, match="https://"):
        read_settings(GIVEN | {"HEZHENG_PUBLIC_URL": "http://hezheng.example"})


def test_earnest_needs_a_timestamp_authority() -> None:
    with pytest.raises(SettingsError, match="must name a timestamp authority"):
        read_settings(GIVEN | {"HEZHENG_TSA_URLS": ""})


def test_everything_that_is_missing_or_unknown_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as refusal:
        read_settings({"HEZHENG_DATA_DIR": "/srv/hezheng", "HEZHENG_COLOUR": "red"})
    for name in ("PUBLIC_URL", "RPC_URL", "TRUST_FILE", "COLOUR"):
        assert f"HEZHENG_{name}" in str(refusal.value)
