"""Reads contracts/artifacts and encodes calls, results, events and custom errors of one contract.
Not here: any network (see `ethereum`) and the compiler (see `contracts.compile`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from .errors import MalformedInput
from .signature import keccak

ARTIFACTS = Path(__file__).resolve().parent.parent / "contracts" / "artifacts"


class Interface:
    """One contract's ABI and creation code. Values: int, bytes, bool, 0x addresses, tuples and lists."""

    def __init__(self, artifact: dict[str, Any]) -> None:
        self.name: str = artifact["contract"]
        self.creation_code = bytes.fromhex(artifact["bytecode"].removeprefix("0x"))
        entries: list[dict[str, Any]] = artifact["abi"]
        self._functions = {e["name"]: e for e in entries if e["type"] == "function"}
        self._events = {e["name"]: e for e in entries if e["type"] == "event"}
        self._constructor: list[dict[str, Any]] = next(
            (e["inputs"] for e in entries if e["type"] == "constructor"), []
        )
        self._selectors = {
            name: keccak(_signature(entry).encode())[:4] for name, entry in self._functions.items()
        }
        self.errors: dict[bytes, str] = {
            keccak(_signature(entry).encode())[:4]: entry["name"]
            for entry in entries
            if entry["type"] == "error"
        }

    def creation(self, *arguments: object) -> bytes:
        """Creation code with the constructor's arguments."""
        return self.creation_code + encode(_types(self._constructor), arguments)

    def call(self, function: str, *arguments: object) -> bytes:
        """Call data: selector and arguments."""
        return self._selectors[function] + encode(_types(self._functions[function]["inputs"]), arguments)

    def result(self, function: str, data: bytes) -> Sequence[Any]:
        """What a call returned. Raises MalformedInput when the bytes do not decode."""
        return _decoded(_types(self._functions[function]["outputs"]), data)

    def topic(self, event: str) -> bytes:
        """The first topic of an event, 32 bytes."""
        return keccak(_signature(self._events[event]).encode())

    def event(self, event: str, topics: Sequence[bytes], data: bytes) -> dict[str, Any]:
        """The event's values by name. Indexed values must be of static type. Raises MalformedInput."""
        inputs: list[dict[str, Any]] = self._events[event]["inputs"]
        plain = [entry for entry in inputs if not entry["indexed"]]
        values = dict(zip((entry["name"] for entry in plain), _decoded(_types(plain), data), strict=True))
        indexed = [entry for entry in inputs if entry["indexed"]]
        if len(topics) != 1 + len(indexed):
            raise MalformedInput("not the topics of this event")
        for entry, topic in zip(indexed, topics[1:], strict=True):
            values[entry["name"]] = _decoded([entry["type"]], topic)[0]
        return values


@cache
def interface(name: str) -> Interface:
    """The interface of one contract from its artifact file."""
    return Interface(json.loads((ARTIFACTS / f"{name}.json").read_text(encoding="utf-8")))


def _decoded(types: list[str], data: bytes) -> Sequence[Any]:
    try:
        values: Sequence[Any] = decode(types, data)
    except (DecodingError, ValueError, OverflowError) as error:
        raise MalformedInput("the contract's answer does not decode") from error
    return values


def _types(inputs: Sequence[dict[str, Any]]) -> list[str]:
    return [_type(entry) for entry in inputs]


def _type(entry: dict[str, Any]) -> str:
    kind: str = entry["type"]
    if not kind.startswith("tuple"):
        return kind
    return "(" + ",".join(_types(entry["components"])) + ")" + kind.removeprefix("tuple")


def _signature(entry: dict[str, Any]) -> str:
    return f"{entry['name']}({','.join(_types(entry['inputs']))})"
