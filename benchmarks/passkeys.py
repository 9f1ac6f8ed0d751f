"""Gas of checking a passkey's signature on chain: as SettlementLedger does, beside OpenZeppelin's WebAuthn.verify.
Both are called from one contract that counts the gas around each call (contracts/PasskeyCost.sol)."""

from __future__ import annotations

import os

import solcx

from benchmarks.measure import HERE, Line, Setting
from contracts.compile import COMPILER, LIBRARY, SETTINGS, _imports
from evidence.artifacts import Interface
from evidence.ethereum import Node
from evidence.sending import SendingAccount, bytes_of, wait_for
from evidence.strict import to_hex
from tests.anvil import deploy_contracts, running_anvil
from tests.signers import passkey

SOURCE = HERE / "contracts" / "PasskeyCost.sol"


def row(setting: Setting) -> list[Line]:
    """With the P-256 precompile (Osaka) and without it (Cancun)."""
    lines = []
    for name, hardfork in (("with the P-256 precompile", None), ("without it", "cancun")):
        ours, theirs = _gas(hardfork)
        goal, met = ("≤ 1.10 ×", ours / theirs <= 1.10) if hardfork is None else ("", None)
        what = f"passkey check on chain, {name}"
        peer = "OpenZeppelin WebAuthn.verify"
        lines.append(Line(what, f"{ours:,} gas", peer, f"{theirs:,} gas", ours / theirs, goal, met))
    return lines


def _gas(hardfork: str | None) -> tuple[int, int]:
    """(as our contracts check, by the library alone) of one signature."""
    contract = _compiled()
    with running_anvil(hardfork=hardfork) as url:
        deployment = deploy_contracts(url)
        node = Node(url)
        account = SendingAccount(node, deployment.relay_key, deployment.trust.chain_id)
        prepared = account.prepare(None, contract.creation())
        node.request("eth_sendRawTransaction", to_hex(prepared.raw))
        address = wait_for(node, prepared.transaction, 30)["contractAddress"]
        signer, digest = passkey(deployment.trust), os.urandom(32)
        call = contract.call("measure", signer.name, digest, signer.sign(digest))
        answer = node.request("eth_call", {"to": address, "data": to_hex(call)}, "latest")
    ours, theirs = contract.result("measure", bytes_of(answer))
    return int(ours), int(theirs)


def _compiled() -> Interface:
    sources, waiting = {}, ["PasskeyCost.sol"]
    while waiting:
        name = waiting.pop()
        if name not in sources:
            text = (SOURCE if name == SOURCE.name else LIBRARY / name).read_text(encoding="utf-8")
            sources[name] = {"content": text}
            waiting.extend(_imports(name, text))
    request = {"language": "Solidity", "sources": sources, "settings": SETTINGS}
    output = solcx.compile_standard(request, solc_binary=COMPILER)
    made = output["contracts"][SOURCE.name]["PasskeyCost"]
    bytecode = "0x" + made["evm"]["bytecode"]["object"]
    return Interface({"contract": "PasskeyCost", "abi": made["abi"], "bytecode": bytecode})
