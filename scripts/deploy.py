"""Puts the contracts on the chain once and writes the trust file that names them.
Not here: how they are deployed (see `evidence.deployment`) and the keys' making (see `keys`)."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.network import Network, read_network
from evidence.deployment import deploy
from evidence.errors import EvidenceError
from evidence.ethereum import EthereumLedger, load_key
from evidence.signature import address_of
from evidence.trust import TrustRoot


class WrongChain(Exception):
    """The chain that answers is not the one that the trust file names."""


def ensure_contracts(rpc_url: str, secrets_dir: Path, trust_file: Path, network: Network) -> str:
    """Deploy, or check what was deployed. Returns "kept", "deployed" or "restored".

    restored: the chain had lost everything; the same key gives the same contracts at the same addresses, so
    every proof still names the right ones. The file's timestamp authorities and witnesses are brought up to date with
    the network's. Raises WrongChain when the trust file names other contracts than the chain has.
    """
    if not trust_file.exists():
        _write(trust_file, _deploy(rpc_url, secrets_dir, network))
        return "deployed"
    trust = TrustRoot.parse(trust_file.read_bytes())
    people = _people(network)
    if (current := replace(trust, **people)) != trust:
        trust = current
        _write(trust_file, trust)
    identity = EthereumLedger(rpc_url, trust).identity()
    if identity.chain_id == trust.chain_id and identity.code_hashes == trust.code_hashes:
        return "kept"
    if identity.chain_id != trust.chain_id or set(identity.code_hashes.values()) & set(
        trust.code_hashes.values()
    ):
        raise WrongChain(f"chain {identity.chain_id} does not hold the contracts that {trust_file} names")
    if _deploy(rpc_url, secrets_dir, network) != trust:
        raise WrongChain("the keys do not give the contracts that the trust file names")
    return "restored"


def _deploy(rpc_url: str, secrets_dir: Path, network: Network) -> TrustRoot:
    password = (secrets_dir / "keystore.password").read_text().strip()
    operator = address_of(load_key(secrets_dir / "operator.json", password))
    admin = load_key(secrets_dir / "admin.json", password)
    return deploy(rpc_url, admin, operator, name="和证 Hezheng", **_people(network))


def _people(network: Network) -> dict[str, Any]:
    """Whom the trust root believes besides the chain."""
    return {
        "timestamp_authorities": network.trusted_authorities,
        "witnesses": network.trusted_witnesses,
    }


def _write(path: Path, trust: TrustRoot) -> None:
    TrustRoot.parse(trust.dump())
    temporary = path.with_name(path.name + ".new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(trust.dump())
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)


def main(arguments: list[str]) -> int:
    """Deploy for a chain that somebody else runs."""
    parser = argparse.ArgumentParser(prog="python -m scripts.deploy", description=ensure_contracts.__doc__)
    parser.add_argument("--rpc-url", required=True)
    parser.add_argument("--secrets-dir", type=Path, required=True)
    parser.add_argument("--trust-file", type=Path, required=True)
    parser.add_argument("--network", type=Path, required=True, help="the network file (app/network.py)")
    options = parser.parse_args(arguments)
    try:
        network = read_network(options.network)
        print(ensure_contracts(options.rpc_url, options.secrets_dir, options.trust_file, network))
    except (EvidenceError, WrongChain, OSError, ValueError) as error:
        print(f"deploy: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
