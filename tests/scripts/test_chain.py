"""The local chain node: what a page in a browser on the same machine can do to it, namely nothing.
Not here: that it is kept running (see test_serve)."""

import requests

from tests.anvil import running_anvil

QUESTION = '{"jsonrpc": "2.0", "id": 1, "method": "anvil_setBalance", "params": ["0x1", "0x1"]}'
FOREIGN = {"Origin": "http://evil.example"}


def test_pages_of_other_sites_cannot_talk_to_the_node() -> None:
    with running_anvil() as url:
        asked = requests.options(
            url,
            headers=FOREIGN
            | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"},
            timeout=10,
        )
        assert "Access-Control-Allow-Origin" not in asked.headers
        simple = requests.post(url, QUESTION, headers=FOREIGN | {"Content-Type": "text/plain"}, timeout=10)
        assert "error" in simple.json()
