"""Transactions signed a second by eth-account. Arguments: count, and "pure" for the curve in pure Python.
Prints {"rate": transactions/s, "backend": the curve's implementation}."""

import json
import os
import sys
import time

if sys.argv[2:] == ["pure"]:
    os.environ["ECC_BACKEND_CLASS"] = "eth_keys.backends.NativeECCBackend"

from eth_account import Account
from eth_keys.backends import get_backend

FIELDS = {
    "type": 2,
    "chainId": 31_337,
    "gas": 100_000,
    "maxFeePerGas": 0,
    "maxPriorityFeePerGas": 0,
    "value": 0,
    "to": "0x" + "11" * 20,
    "data": b"\x01" * 100,
}


def main() -> None:
    """Sign them one after another."""
    count, key = int(sys.argv[1]), b"\x07" * 32
    Account.sign_transaction({**FIELDS, "nonce": 0}, key)
    start = time.perf_counter()
    for nonce in range(count):
        Account.sign_transaction({**FIELDS, "nonce": nonce}, key)
    took = time.perf_counter() - start
    print(json.dumps({"rate": count / took, "backend": type(get_backend()).__name__}))


main()
