"""Compiles contracts/src with the npm compiler through py-solc-x and writes or checks contracts/artifacts.
Not here: deployment (see `evidence.ethereum`). Run as `python -m contracts.compile [--check]`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import solcx

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "src"
ARTIFACTS = HERE / "artifacts"
COMPILER = HERE / "bin" / "solc"
LIBRARY = HERE.parent / "node_modules"

PASSKEY_VERIFIER = (
    "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913WebAuthnVerifier.sol",
    "ERC7913WebAuthnVerifier",
)
OWN = ("DeviceKeyVerifier", "EvidenceLedger", "Officials", "SettlementLedger")

SETTINGS: dict[str, Any] = {
    "optimizer": {"enabled": True, "runs": 10_000},
    "evmVersion": "cancun",
    "metadata": {"bytecodeHash": "none", "appendCBOR": False},
    "outputSelection": {
        "*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "storageLayout"]}
    },
}


def collect_sources() -> dict[str, dict[str, str]]:
    """Every source that is needed, by import name: ours under src/, the library's under @openzeppelin/."""
    names = [f"src/{name}.sol" for name in OWN] + [PASSKEY_VERIFIER[0]]
    return with_imports({name: read_source(name) for name in names})


def with_imports(texts: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """These sources, by import name, and all that they import, as the compiler takes them."""
    found: dict[str, dict[str, str]] = {}
    waiting = list(texts)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        text = texts[name] if name in texts else read_source(name)
        found[name] = {"content": text}
        waiting.extend(_imports(name, text))
    return dict(sorted(found.items()))


def read_source(name: str) -> str:
    """The text of a source, by import name."""
    path = SOURCES / name.removeprefix("src/") if name.startswith("src/") else LIBRARY / name
    return path.read_text(encoding="utf-8")


def _imports(name: str, text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.startswith("import ")]
    paths = [line.rsplit(" from ", 1)[-1].removeprefix("import ").strip('";') for line in lines]
    return [_resolve(name, path) for path in paths]


def _resolve(name: str, path: str) -> str:
    if not path.startswith("."):
        return path
    parts = name.split("/")[:-1]
    for part in path.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def build() -> dict[str, str]:
    """File name → text of every artifact, from a fresh compile. RuntimeError on any compiler warning."""
    request = {"language": "Solidity", "sources": collect_sources(), "settings": SETTINGS}
    output = solcx.compile_standard(request, solc_binary=COMPILER)
    if output.get("errors"):
        raise RuntimeError("\n".join(error["formattedMessage"] for error in output["errors"]))
    version = str(solcx.wrapper.get_solc_version(COMPILER, with_commit_hash=True))
    wanted = [(f"src/{name}.sol", name) for name in OWN] + [PASSKEY_VERIFIER]
    return {f"{name}.json": _artifact(output, source, name, version) for source, name in wanted}


def _artifact(output: dict[str, Any], source: str, name: str, version: str) -> str:
    contract = output["contracts"][source][name]
    artifact = {
        "contract": name,
        "source": source,
        "compiler": {"name": "solc", "version": version},
        "settings": {key: value for key, value in SETTINGS.items() if key != "outputSelection"},
        "abi": contract["abi"],
        "bytecode": "0x" + contract["evm"]["bytecode"]["object"],
        "deployedBytecode": "0x" + contract["evm"]["deployedBytecode"]["object"],
        "storageSlots": {
            entry["label"]: int(entry["slot"]) for entry in contract["storageLayout"]["storage"]
        },
    }
    return json.dumps(artifact, indent=1, ensure_ascii=True) + "\n"


def differences(fresh: dict[str, str]) -> list[str]:
    """Names of artifacts that are missing, left over or unlike the fresh ones."""
    kept = {path.name: path.read_text(encoding="utf-8") for path in ARTIFACTS.glob("*.json")}
    return sorted(name for name in fresh.keys() | kept.keys() if fresh.get(name) != kept.get(name))


def main(arguments: list[str]) -> int:
    """Write the artifacts; with --check only compare, and exit 1 when they differ."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m contracts.compile [--check]", file=sys.stderr)
        return 64
    fresh = build()
    if arguments:
        different = differences(fresh)
        for name in different:
            print(f"contracts/artifacts/{name} differs from a fresh compile", file=sys.stderr)
        return 1 if different else 0
    ARTIFACTS.mkdir(exist_ok=True)
    for path in ARTIFACTS.glob("*.json"):
        path.unlink()
    for name, text in fresh.items():
        (ARTIFACTS / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
