"""Puts the contracts on a chain and names them in a trust root.
Not here: calling them (see `ethereum`) and compiling them (see `contracts.compile`)."""

from __future__ import annotations

from .artifacts import interface
from .ethereum import Node
from .sending import SendingAccount, bytes_of, number_of, wait_for
from .signature import address_bytes, checksum_address, keccak
from .strict import to_hex
from .trust import TimestampAuthority, TrustedWitness, TrustRoot


def deploy(
    rpc_url: str,
    admin_key: bytes,
    operator: str,
    *,
    name: str,
    timestamp_authorities: tuple[TimestampAuthority, ...] = (),
    witnesses: tuple[TrustedWitness, ...] = (),
    timeout: float = 60.0,
) -> TrustRoot:
    """Put the five contracts on the chain and return the trust root that names them.

    admin_key: 32 bytes; pays, and becomes the admin of offices and roles. operator: the 0x address that may
    anchor and attest. The same key on a chain that it has not used yet gives the same addresses every time.
    """
    node = Node(rpc_url)
    chain_id = number_of(node.request("eth_chainId"))
    account = SendingAccount(node, admin_key, chain_id)

    def create(contract: str, *arguments: object) -> str:
        prepared = account.prepare(None, interface(contract).creation(*arguments))
        node.request("eth_sendRawTransaction", to_hex(prepared.raw))
        receipt = wait_for(node, prepared.transaction, timeout)
        return checksum_address(str(receipt["contractAddress"]))

    device = create("DeviceKeyVerifier")
    passkey = create("ERC7913WebAuthnVerifier")
    officials = create("Officials", account.address)
    evidence = create("EvidenceLedger", account.address, operator, officials)
    settlement = create("SettlementLedger", officials, passkey, device)
    addresses = (evidence, settlement, officials, passkey, device)
    codes = {
        address: to_hex(keccak(bytes_of(node.request("eth_getCode", address, "latest"))))
        for address in addresses
    }
    return TrustRoot(
        name=name,
        chain_id=chain_id,
        evidence_ledger=evidence,
        settlement_ledger=settlement,
        officials=officials,
        code_hashes=codes,
        operator=checksum_address(address_bytes(operator)),
        passkey_verifier=passkey,
        device_verifier=device,
        timestamp_authorities=timestamp_authorities,
        witnesses=witnesses,
    )
