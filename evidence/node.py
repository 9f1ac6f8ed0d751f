"""One JSON-RPC endpoint: connections that are kept, calls in batches, answers held to the ids of their calls.
Not here: what the calls mean (see `ethereum`). The only module that imports web3, whose JSON-RPC form is used."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from urllib3 import HTTPConnectionPool, Timeout, connection_from_url
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse
from urllib3.util import make_headers, parse_url
from web3.exceptions import Web3Exception
from web3.providers import JSONBaseProvider
from web3.types import RPCEndpoint

from .artifacts import interface
from .errors import Refused, Unavailable
from .state_reading import NODE_ERROR

RECURSION_LIMIT = 1_000
"""Python's own. py_ecc, which web3 brings, raises it to 100,000 for the whole process; nested JSON from anybody
would then overflow the C stack of the parser and end the process instead of raising RecursionError."""
sys.setrecursionlimit(min(sys.getrecursionlimit(), RECURSION_LIMIT))

REQUEST_TIMEOUT = 10.0
CALLS_AT_ONCE = 100
"""Most calls in one request: nodes bound them."""
ANSWER_LIMIT = 256 * 1024 * 1024
"""Most bytes of one answer: every co-signature of a long chain comes in one."""
SINGLY_FOR = 60.0
"""Seconds until a node that refused a batch is asked in batches again."""

_CONNECTIONS = 16
_PIECE = 65_536
_BUSY = 429
_CONTRACTS = ("EvidenceLedger", "SettlementLedger", "Officials")
_ODD = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What the library raises about answers that are not of their kind."""

Call = tuple[str, Sequence[object]]
"""A method and its parameters."""


class _NoBatches(Exception):
    """The node refuses a request as such, not one of its calls."""


class _Line(JSONBaseProvider):
    """web3's JSON-RPC over kept connections, which threads and greenlets share.

    It reads neither proxies nor credentials nor certificate files from the environment, follows no redirect, repeats
    nothing and reads no answer without end.
    """

    global_ccip_read_enabled = False

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    @cached_property
    def _pool(self) -> HTTPConnectionPool:
        return connection_from_url(self._url, maxsize=_CONNECTIONS)

    @cached_property
    def _headers(self) -> dict[str, str]:
        return make_headers(basic_auth=parse_url(self._url).auth) | {"Content-Type": "application/json"}

    def ask(self, method: str, params: Sequence[object], deadline: float) -> Any:
        """One call. Deadlines are monotonic seconds. ValueError where the node answers another one."""
        body = self.encode_rpc_request(RPCEndpoint(method), params)
        told: Any = self.decode_rpc_response(self._post(body, deadline))
        if "error" not in told and told["id"] != json.loads(body)["id"]:
            raise ValueError("an answer to another call")
        return told

    def ask_all(self, calls: Sequence[Call], deadline: float) -> dict[int, Any]:
        """Several calls in one request: place of the call → its answer. A call that was not answered is left out.

        _NoBatches where the node takes no such request; ValueError where it answers what was not asked, or twice.
        """
        bodies = [self.encode_rpc_request(RPCEndpoint(method), params) for method, params in calls]
        places = {json.loads(body)["id"]: place for place, body in enumerate(bodies)}
        told: Any = self.decode_rpc_response(self._post(b"[" + b",".join(bodies) + b"]", deadline))
        if not isinstance(told, list):
            raise _NoBatches
        found: dict[int, Any] = {}
        for one in told:
            if not isinstance(one, dict) or type(one.get("id")) is not int:
                continue  # about no call that could be named
            place = places.pop(one["id"])
            found[place] = one
        return found

    def _post(self, body: bytes, deadline: float) -> bytes:
        target = parse_url(self._url).request_uri
        left = Timeout(total=max(deadline - time.monotonic(), 0.001))
        answer = self._pool.urlopen(
            "POST",
            target,
            body,
            self._headers,
            retries=False,
            redirect=False,
            timeout=left,
            preload_content=False,
        )
        try:
            if 400 <= answer.status < 500 and answer.status != _BUSY:
                raise _NoBatches
            if answer.status != 200:
                raise ValueError(f"status {answer.status}")
            whole = _read(answer, deadline)
        except BaseException:
            answer.close()
            raise
        answer.release_conn()
        return whole


def _read(answer: BaseHTTPResponse, deadline: float) -> bytes:
    """The body, unless it is too long or comes too slowly."""
    parts, size = [], 0
    while part := answer.read(_PIECE):
        parts.append(part)
        size += len(part)
        if size > ANSWER_LIMIT or time.monotonic() > deadline:
            raise ValueError("an answer without end")
    return b"".join(parts)


class Node:
    """One JSON-RPC endpoint. Raises Unavailable for whatever the node does not answer properly.

    timeout: seconds for one request, and again for the calls that a batch left open.
    """

    def __init__(self, url: str, timeout: float = REQUEST_TIMEOUT) -> None:
        self._line = _Line(url)
        self._timeout = timeout
        self._singly_until = 0.0

    def request(self, method: str, *parameters: object) -> Any:
        """The `result` of one call. Refused when a contract reverted; code: its custom error's name."""
        return result_of(method, self._alone(method, parameters, time.monotonic() + self._timeout))

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The results of several calls in as few round trips as the node allows, in their order; errors as in `request`."""
        answers = self.answers(calls)
        return [result_of(method, answer) for (method, _), answer in zip(calls, answers, strict=True)]

    def answers(self, calls: Sequence[Call]) -> list[Mapping[str, Any]]:
        """What the node says to each call, errors included (see `result_of`), in their order.

        A node that takes no batches, or leaves calls out, is asked for what is missing one by one.
        """
        found: list[Mapping[str, Any]] = []
        for start in range(0, len(calls), CALLS_AT_ONCE):
            chunk = calls[start : start + CALLS_AT_ONCE]
            told = self._together(chunk) if len(chunk) > 1 else {}
            deadline = time.monotonic() + self._timeout
            found += [
                told[place] if place in told else self._alone(method, parameters, deadline)
                for place, (method, parameters) in enumerate(chunk)
            ]
        return found

    def _together(self, calls: Sequence[Call]) -> dict[int, Any]:
        now = time.monotonic()
        if now < self._singly_until:
            return {}
        try:
            found: dict[int, Any] = _proper(lambda: self._line.ask_all(calls, now + self._timeout))
        except _NoBatches:
            self._singly_until = now + SINGLY_FOR
            return {}
        return found

    def _alone(self, method: str, parameters: Sequence[object], deadline: float) -> Mapping[str, Any]:
        try:
            answer = _proper(lambda: self._line.ask(method, parameters, deadline))
        except _NoBatches as error:
            raise Unavailable(f"{method}: the node refuses the request") from error
        if not isinstance(answer, dict):
            raise Unavailable(f"{method}: not a JSON-RPC answer")
        return answer


def _proper(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except (HTTPError, OSError, Web3Exception, *_ODD) as error:
        raise Unavailable(f"the node cannot be reached: {type(error).__name__}") from error


class Foreseen:
    """A node that was asked some calls at once, ahead; it says to each what was said then, and passes others on."""

    def __init__(self, node: Node | Foreseen, calls: Sequence[Call]) -> None:
        self._node = node
        self._known = dict(zip(map(_key, calls), node.answers(calls), strict=True))

    def request(self, method: str, *parameters: object) -> Any:
        """As the node's."""
        return self.batch([(method, parameters)])[0]

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """As the node's; what is not known yet is asked together."""
        return [
            result_of(method, answer) for (method, _), answer in zip(calls, self.answers(calls), strict=True)
        ]

    def answers(self, calls: Sequence[Call]) -> list[Mapping[str, Any]]:
        """As the node's."""
        keys = list(map(_key, calls))
        unknown = {key: call for key, call in zip(keys, calls, strict=True) if key not in self._known}
        told = self._node.answers(list(unknown.values()))
        found = self._known | dict(zip(unknown, told, strict=True))
        return [found[key] for key in keys]


def _key(call: Call) -> str:
    return json.dumps(call)


def result_of(method: str, answer: Mapping[str, Any]) -> Any:
    """The `result` of an answer. Refused when a contract reverted (code: its custom error's name), else Unavailable."""
    if "error" not in answer:
        return answer.get("result")
    error = answer["error"] if isinstance(answer["error"], dict) else {}
    data = error.get("data")
    data = data.get("data") if isinstance(data, dict) else data
    text = str(error.get("message", "no message"))[:300]
    if isinstance(data, str) and data.startswith("0x") and len(data) >= 10:
        raise Refused(f"{method}: {text}", code=_error_name(data))
    if error.get("code") == 3 or "revert" in text.lower():
        raise Refused(f"{method}: {text}")
    raise Unavailable(f"{method}: {text}", code=NODE_ERROR)


def _error_name(data: str) -> str | None:
    try:
        selector = bytes.fromhex(data[2:10])
    except ValueError:
        return None
    return next((names[selector] for names in map(_errors, _CONTRACTS) if selector in names), None)


def _errors(name: str) -> dict[bytes, str]:
    return interface(name).errors
