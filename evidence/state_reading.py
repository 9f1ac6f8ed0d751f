"""Takes a state proof from a node: block and EIP-1186 proof in one batch, the header put together again, all verified.
Not here: what the bytes prove (see `state`) and the connection (see `ethereum`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .errors import MalformedInput, Tampered, Unavailable
from .proof import StateClaim
from .rlp import Item, decode, encode, encode_integer
from .sending import Rpc, bytes_of, number_of
from .signature import keccak
from .state import entry_slot, read_state
from .strict import to_hex
from .trust import TrustRoot

NODE_ERROR = "NodeError"
"""Code of Unavailable where a node did answer: that it does not have, or does not do, what was asked."""

_NUMBERS = {
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "baseFeePerGas",
    "blobGasUsed",
    "excessBlobGas",
}
_ALWAYS = (
    "parentHash",
    "sha3Uncles",
    "miner",
    "stateRoot",
    "transactionsRoot",
    "receiptsRoot",
    "logsBloom",
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "extraData",
    "mixHash",
    "nonce",
)
_BY_FORKS = (
    "baseFeePerGas",
    "withdrawalsRoot",
    "blobGasUsed",
    "excessBlobGas",
    "parentBeaconBlockRoot",
    "requestsHash",
)
"""What London, Shanghai, Cancun and Prague added at the end of a header; Osaka added nothing."""


def take_state_proof(node: Rpc, trust: TrustRoot, head: bytes, block_number: int) -> StateClaim | None:
    """The state proof for a head in that block. None when the node no longer has that state, or the head is not in it.

    Raises Unavailable when the node cannot be reached or what it says does not add up.
    """
    block, slot = hex(block_number), to_hex(entry_slot(head))
    try:
        header, proof = node.batch(
            [
                ("eth_getBlockByNumber", (block, False)),
                ("eth_getProof", (trust.evidence_ledger, [slot], block)),
            ]
        )
    except Unavailable as error:
        if error.code == NODE_ERROR:
            return None
        raise
    if header is None or proof is None:
        return None
    try:
        stored = proof["storageProof"][0]
        if number_of(stored["value"]) == 0:
            return None
        account, storage = (tuple(map(bytes_of, nodes)) for nodes in (proof["accountProof"], stored["proof"]))
        claim = StateClaim(header_of(header), account, storage)
        StateClaim.parse(claim.as_json(), "state")
        read, _ = read_state(claim, trust.evidence_ledger, trust.code_hashes[trust.evidence_ledger], head)
    except (MalformedInput, Tampered, KeyError, IndexError, TypeError) as error:
        raise Unavailable(f"the node's state proof does not add up: {error}") from error
    if read.number != block_number:
        raise Unavailable("the node gives another block")
    return claim


def header_of(block: Mapping[str, Any]) -> bytes:
    """The RLP of a block's header from the JSON of eth_getBlockByNumber. Unavailable unless its hash is the block's."""
    fields = {name: _field(block, name) for name in _ALWAYS}
    later = []
    for name in _BY_FORKS:
        if block.get(name) is None:
            break
        later.append(_field(block, name))
    wanted = bytes_of(block["hash"])
    for extra in _forms_of(fields["extraData"]):
        header = encode([*{**fields, "extraData": extra}.values(), *later])
        if keccak(header) == wanted:
            return header
    raise Unavailable("the node's header does not give the block's hash")


def _field(block: Mapping[str, Any], name: str) -> bytes:
    value = block[name]
    return encode_integer(number_of(value)) if name in _NUMBERS else bytes_of(value)


def _forms_of(extra: bytes) -> Iterator[bytes]:
    """`extraData` as a header is hashed with. Besu's QBFT leaves out round and seals, its IBFT 2.0 the members too."""
    yield extra
    try:
        parts: Item = decode(extra)
    except MalformedInput:
        return
    if isinstance(parts, list) and len(parts) == 5:
        yield encode([*parts[:3], b"", []])
        yield encode(parts[:3])
