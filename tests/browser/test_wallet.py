"""A party enrols an Ethereum wallet and signs the agreement with it, in a browser whose wallet is a stand-in.
Not here: real wallets' own windows; the stand-in answers EIP-1193 requests with eth-account's signatures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from app.factory import create_app
from app.models.accounts import KeyKind
from app.services.context import Services
from tests import deals
from tests.authorities import served
from tests.builders import Table

pytestmark = [pytest.mark.browser, pytest.mark.databases("sqlite")]
PROVIDER = "window.ethereum = { request: (call) => window.walletAnswers(call.method, call.params || []) };"


@pytest.fixture
def site(services: Services) -> Iterator[tuple[Services, str]]:
    """The web application over the services, on loopback."""
    server = make_server("127.0.0.1", 0, lambda *given: app(*given), threaded=True)
    address = f"http://localhost:{server.server_port}"
    here = replace(services, settings=replace(services.settings, public_url=address))
    app = create_app(here)
    with served(server):
        yield here, address


def seat(chromium: Browser, services: Services, address: str, token: str) -> Page:
    """A signed-in browser."""
    app = create_app(services)
    value = app.session_interface.get_signing_serializer(app).dumps({"login": token, "language": "zh"})
    context = chromium.new_context()
    context.add_cookies([{"name": app.config["SESSION_COOKIE_NAME"], "value": value, "url": address}])
    return context.new_page()


def test_a_wallet_is_enrolled_and_signs(
    services: Services, site: tuple[Services, str], table: Table, chromium: Browser
) -> None:
    here, address = site
    wallet, asked = Account.create(), []

    def answer(_source: object, method: str, params: list[str]) -> object:
        asked.append(method)
        if method == "eth_requestAccounts":
            return [wallet.address.lower()]
        if method == "personal_sign":
            made = wallet.sign_message(encode_defunct(hexstr=params[0]))
        else:
            made = wallet.sign_message(encode_typed_data(full_message=json.loads(params[1])))
        return "0x" + made.signature.hex().removeprefix("0x")

    page = seat(chromium, here, address, table.claimant.token)
    page.context.expose_binding("walletAnswers", answer)
    page.context.add_init_script(PROVIDER)
    page.goto(f"{address}/keys")
    page.get_by_text("登记钱包").first.click()
    page.get_by_role("button", name="登记钱包").click()
    expect(page.get_by_text("签名钥匙已登记。")).to_be_visible()
    deal = deals.make_deal(services, table, claimant_key=False)
    deal.propose(year=2027)
    page.goto(f"{address}/cases/{deal.number}/settlement")
    page.locator("[data-text-end]").scroll_into_view_if_needed()
    page.get_by_role("button", name="签署协议").first.click()
    page.get_by_role("dialog").get_by_role("button", name="签署协议").click()
    expect(page.get_by_text("您已签署，签名已核验并保存。")).to_be_visible()
    assert asked == ["eth_requestAccounts", "personal_sign", "eth_requestAccounts", "eth_signTypedData_v4"]
    with services.reading() as work:
        (act,) = deal.current(work).signatures
        assert deal.current(work).signers[0].key.kind is KeyKind.WALLET
        assert act.signer == bytes.fromhex(wallet.address[2:])
    page.context.close()
