"""Gas of checking a passkey's signature on chain, as SettlementLedger does it, beside OpenZeppelin's WebAuthn.verify.
One contract counts the gas around each call (contracts/PasskeyCost.sol); whole seals are sent to a ledger."""

from __future__ import annotations

import os
import time

import solcx

from benchmarks.measure import HERE, Line, Setting
from contracts.compile import COMPILER, SETTINGS, with_imports
from evidence.artifacts import Interface
from evidence.ethereum import Node
from evidence.records import Office
from evidence.sending import SendingAccount, bytes_of, number_of, wait_for
from evidence.strict import to_hex
from tests.agreements import agreement
from tests.anvil import Deployment, deploy_contracts, running_anvil
from tests.signers import passkey

SOURCE = HERE / "contracts" / "PasskeyCost.sol"
PEER = "OpenZeppelin WebAuthn.verify"
FEW, MANY = 2, 10
"""Parties of the two agreements whose difference shows what one more costs."""


def row(setting: Setting) -> list[Line]:
    """With the P-256 precompile (Osaka) and without it (Cancun)."""
    lines = []
    for name, hardfork in (("with the P-256 precompile", None), ("without it", "cancun")):
        with running_anvil(hardfork=hardfork) as url:
            deployment = deploy_contracts(url)
            ledger, library, checker = _check_gas(deployment)
            sealing, calldata = _gas_of_one_more(deployment)
        goal, met = ("≤ 1.10 ×", ledger / library <= 1.10) if hardfork is None else ("", None)
        rows = (
            (f"passkey check on chain, {name}", ledger, goal, met),
            (f"the same check through SignatureChecker, {name}", checker, "", None),
            (
                f"one more passkey in a seal, without its {calldata:,} gas of call data, {name}",
                sealing,
                "",
                None,
            ),
        )
        lines += [
            Line(what, f"{gas:,} gas", PEER, f"{library:,} gas", gas / library, aim, reached)
            for what, gas, aim, reached in rows
        ]
    return lines


def _check_gas(deployment: Deployment) -> tuple[int, int, int]:
    """(as the ledger checks, by the library alone, by SignatureChecker) of one signature."""
    contract, trust = _compiled(), deployment.trust
    node = Node(deployment.url)
    account = SendingAccount(node, deployment.relay_key, trust.chain_id)
    prepared = account.prepare(None, contract.creation(trust.passkey_verifier, trust.device_verifier))
    node.request("eth_sendRawTransaction", to_hex(prepared.raw))
    address = wait_for(node, prepared.transaction, 30)["contractAddress"]
    signer, digest = passkey(trust), os.urandom(32)
    call = contract.call("measure", signer.name, digest, signer.sign(digest))
    answer = node.request("eth_call", {"to": address, "data": to_hex(call)}, "latest")
    ledger, library, checker = contract.result("measure", bytes_of(answer))
    return int(ledger), int(library), int(checker)


def _gas_of_one_more(deployment: Deployment) -> tuple[int, int]:
    """(execution, call data) gas that one more party with a passkey adds to a seal."""
    (few, few_data), (many, many_data) = (_seal_gas(deployment, count) for count in (FEW, MANY))
    calldata = (many_data - few_data) // (MANY - FEW)
    return (many - few) // (MANY - FEW) - calldata, calldata


def _seal_gas(deployment: Deployment, parties: int) -> tuple[int, int]:
    """(all, call data) gas of sealing an agreement of so many parties, everybody with a passkey."""
    ledger, now = deployment.ledger(), int(time.time())
    mediator = passkey(ledger.trust)
    ledger.wait(ledger.grant_office(mediator.name, Office.MEDIATOR, now - 60, now + 600), 30)
    deal = agreement(ledger.trust, [passkey(ledger.trust) for _ in range(parties)], mediator)
    node, transaction = Node(deployment.url), ledger.seal(deal.call, deal.consents(), deal.seal())
    used = number_of(wait_for(node, transaction, 30)["gasUsed"])
    data = bytes_of(node.request("eth_getTransactionByHash", transaction)["input"])
    return used, sum(16 if byte else 4 for byte in data)  # EIP-2028


def _compiled() -> Interface:
    sources = with_imports({SOURCE.name: SOURCE.read_text(encoding="utf-8")})
    request = {"language": "Solidity", "sources": sources, "settings": SETTINGS}
    output = solcx.compile_standard(request, solc_binary=COMPILER)
    made = output["contracts"][SOURCE.name]["PasskeyCost"]
    bytecode = "0x" + made["evm"]["bytecode"]["object"]
    return Interface({"contract": "PasskeyCost", "abi": made["abi"], "bytecode": bytecode})
