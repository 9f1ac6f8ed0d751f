"""Signing transactions with one key, waiting for their receipts, and opening keystores.
Not here: the connection itself (see `ethereum`) and what the transactions say (see `artifacts`)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from eth_account import Account

from .errors import MalformedInput, NotFound, Refused, Unavailable
from .records import PreparedTransaction
from .signature import address_of
from .strict import to_hex

POLL_INTERVAL = 0.05
GAS_MARGIN = 50_000
SCRYPT_ROUNDS = 2**17
"""scrypt's n for keystores whose password a person may have chosen."""


class Rpc(Protocol):
    """A JSON-RPC endpoint: Refused when a contract reverts, Unavailable for any other answer than a result."""

    def request(self, method: str, *parameters: object) -> Any:
        """The result of one call."""

    def batch(self, calls: Sequence[tuple[str, Sequence[object]]]) -> list[Any]:
        """The results of several calls in one round trip."""


def load_key(path: Path, password: str) -> bytes:
    """The 32-byte secp256k1 key from an encrypted keystore (Web3 Secret Storage v3).

    Raises NotFound when the file is missing and MalformedInput when it or the password is wrong.
    """
    try:
        keystore = json.loads(path.read_text(encoding="utf-8"))
        return bytes(Account.decrypt(keystore, password))
    except FileNotFoundError as error:
        raise NotFound("no keystore", where=str(path.name)) from error
    except (ValueError, TypeError, KeyError) as error:
        raise MalformedInput("the keystore does not open", where=str(path.name)) from error


def create_keystore(password: str) -> tuple[str, str]:
    """A new secp256k1 key as the text of an encrypted keystore (Web3 Secret Storage v3, scrypt), and its address."""
    account = Account.create()
    keystore = Account.encrypt(account.key, password, kdf="scrypt", iterations=SCRYPT_ROUNDS)
    return json.dumps(keystore), str(account.address)


class SendingAccount:
    """One key and its sending order. Two processes must not share a key; threads of one process may."""

    def __init__(self, node: Rpc, key: bytes, chain_id: int) -> None:
        self.address = address_of(key)
        self._node = node
        self._key = key
        self._chain_id = chain_id
        self.lock = threading.Lock()

    def prepare(self, to: str | None, data: bytes) -> PreparedTransaction:
        """Sign a transaction with the next nonce, after the node has tried it out. Gas costs nothing."""
        call: dict[str, object] = {"from": self.address, "data": to_hex(data), "value": "0x0"}
        if to is not None:
            call["to"] = to
        nonce, gas = self._node.batch(
            [
                ("eth_getTransactionCount", (self.address, "pending")),
                ("eth_estimateGas", (call, "pending")),
            ]
        )
        fields: dict[str, Any] = {
            "type": 2,
            "chainId": self._chain_id,
            "nonce": number_of(nonce),
            "gas": number_of(gas) * 5 // 4 + GAS_MARGIN,
            "maxFeePerGas": 0,
            "maxPriorityFeePerGas": 0,
            "value": 0,
            "data": data,
        }
        if to is not None:
            fields["to"] = to
        signed = Account.sign_transaction(cast(Any, fields), self._key)
        return PreparedTransaction(to_hex(bytes(signed.hash)), bytes(signed.raw_transaction))


def wait_for(node: Rpc, transaction: str, timeout: float) -> dict[str, Any]:
    """The receipt, once mined.

    Refused when it reverted (code: the custom error's name), Unavailable when it is not mined within timeout
    seconds, NotFound when the node does not even know it by then.
    """
    deadline = time.monotonic() + timeout
    while True:
        receipt = node.request("eth_getTransactionReceipt", transaction)
        if receipt is not None:
            break
        if time.monotonic() >= deadline:
            if node.request("eth_getTransactionByHash", transaction) is None:
                raise NotFound("no such transaction")
            raise Unavailable(f"not mined within {timeout} s")
        time.sleep(min(POLL_INTERVAL, timeout))
    if number_of(member(receipt, "status")) != 1:
        raise Refused("the transaction was mined and reverted", code=_why(node, transaction, receipt))
    return cast(dict[str, Any], receipt)


def _why(node: Rpc, transaction: str, receipt: dict[str, Any]) -> str | None:
    """The custom error's name of a reverted transaction, by trying it again on the block before its own."""
    sent = node.request("eth_getTransactionByHash", transaction)
    try:
        call = {name: member(sent, name) for name in ("from", "to", "gas")} | {"data": member(sent, "input")}
        node.request("eth_call", call, hex(number_of(member(receipt, "blockNumber")) - 1))
    except Refused as refusal:
        return refusal.code
    except Unavailable:
        return None
    return None


def member(value: Any, name: str) -> Any:
    """A member of an object from a node; Unavailable when it is none, or has none of that name."""
    if not isinstance(value, Mapping) or name not in value:
        raise Unavailable("the node answers oddly")
    return value[name]


def bytes_of(value: Any) -> bytes:
    """Bytes of 0x text from a node; Unavailable when it is none."""
    try:
        return bytes.fromhex(value.removeprefix("0x"))
    except (ValueError, AttributeError) as error:
        raise Unavailable("the node answers oddly") from error


def number_of(value: Any) -> int:
    """Integer of 0x text from a node; Unavailable when it is none."""
    try:
        return int(value, 16)
    except (ValueError, TypeError) as error:
        raise Unavailable("the node answers oddly") from error
