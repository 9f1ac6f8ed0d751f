"""The ledger on an Ethereum node over JSON-RPC. The only module that imports web3.
Not here: encoding (see `artifacts`), signing and waiting (see `sending`), deployment (see `deployment`)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from requests.exceptions import RequestException
from web3 import HTTPProvider
from web3.exceptions import Web3Exception
from web3.types import RPCEndpoint

from .artifacts import interface
from .errors import MalformedInput, Refused, Unavailable
from .merkle import next_head
from .proof import StateClaim
from .records import (
    AnchoredBatch,
    LedgerIdentity,
    Office,
    PreparedTransaction,
    SealedSettlement,
    SettlementCall,
    WitnessEvent,
)
from .sending import SendingAccount, bytes_of, load_key, member, number_of, wait_for
from .signature import address_of, keccak, sign_digest
from .state_reading import NODE_ERROR, take_state_proof
from .strict import to_hex
from .trust import TrustRoot
from .typed_data import OUTCOME_CONFIRMED, OUTCOME_REFUSED, Attestation

__all__ = ["EthereumLedger", "Node", "load_key", "settlement_tuple"]

REQUEST_TIMEOUT = 10.0
CALLS_AT_ONCE = 100
"""Most calls in one request: nodes bound them."""

RECURSION_LIMIT = 1_000
"""Python's own. py_ecc, which web3 brings, raises it to 100,000 for the whole process; nested JSON from anybody
would then overflow the C stack of the parser and end the process instead of raising RecursionError."""
sys.setrecursionlimit(min(sys.getrecursionlimit(), RECURSION_LIMIT))

_EVIDENCE = "EvidenceLedger"
_SETTLEMENT = "SettlementLedger"
_OFFICIALS = "Officials"
_CONTRACTS = (_EVIDENCE, _SETTLEMENT, _OFFICIALS)
_ODD = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What the library raises about answers that are not of their kind."""
_LOG = {"topics", "data", "blockNumber", "blockHash", "transactionHash"}


class Node:
    """One JSON-RPC endpoint. Raises Unavailable for whatever the node does not answer properly."""

    def __init__(self, url: str, timeout: float = REQUEST_TIMEOUT) -> None:
        self._provider = HTTPProvider(
            url, request_kwargs={"timeout": timeout}, exception_retry_configuration=None
        )
        self._provider.global_ccip_read_enabled = False

    def request(self, method: str, *parameters: object) -> Any:
        """The `result` of one call. Refused when a contract reverted; code: its custom error's name."""
        answer = self._ask(lambda: self._provider.make_request(RPCEndpoint(method), parameters))
        return _answer(method, answer)

    def batch(self, calls: Sequence[tuple[str, Sequence[object]]]) -> list[Any]:
        """The results of several calls in one round trip, in their order; errors as in `request`."""
        wanted = [(RPCEndpoint(method), parameters) for method, parameters in calls]
        answers = self._ask(lambda: self._provider.make_batch_request(wanted))
        if not isinstance(answers, list) or len(answers) != len(calls):
            raise Unavailable("the node does not answer a batch of calls")
        return [_answer(method, answer) for (method, _), answer in zip(calls, answers, strict=True)]

    def _ask(self, act: Any) -> Any:
        try:
            return act()
        except (RequestException, Web3Exception, *_ODD) as error:
            raise Unavailable(f"the node cannot be reached: {type(error).__name__}") from error


def _answer(method: str, response: Any) -> Any:
    if not isinstance(response, dict):
        raise Unavailable(f"{method}: not a JSON-RPC answer")
    if "error" not in response:
        return response.get("result")
    error = response["error"] if isinstance(response["error"], dict) else {}
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


class EthereumLedger:
    """`LedgerWriter` over an Ethereum node whose contracts the trust root names.

    operator_key anchors and attests; relay_key pays for what others have signed (witness, seal, decide);
    admin_key grants and revokes offices. A key that is absent makes its acts Refused with code ``NoKey``.
    finality_depth: how many blocks must follow until a block is final (0 where blocks are final at once).
    """

    def __init__(
        self,
        rpc_url: str,
        trust: TrustRoot,
        *,
        operator_key: bytes | None = None,
        relay_key: bytes | None = None,
        admin_key: bytes | None = None,
        finality_depth: int = 0,
        request_timeout: float = REQUEST_TIMEOUT,
    ) -> None:
        if operator_key is not None and address_of(operator_key) != trust.operator:
            raise MalformedInput("the operator key is not the trust root's operator")
        self.trust = trust
        self._node = Node(rpc_url, request_timeout)
        self._operator_key = operator_key
        self._finality_depth = finality_depth
        self._addresses = {
            _EVIDENCE: trust.evidence_ledger,
            _SETTLEMENT: trust.settlement_ledger,
            _OFFICIALS: trust.officials,
        }
        keys = {"operator": operator_key, "relay": relay_key, "admin": admin_key}
        self._accounts = {
            role: SendingAccount(self._node, key, trust.chain_id)
            for role, key in keys.items()
            if key is not None
        }

    def identity(self) -> LedgerIdentity:
        """As the protocol says, for the addresses whose code the trust root names."""
        addresses = list(self.trust.code_hashes)
        calls: list[tuple[str, Sequence[object]]] = [("eth_chainId", ())]
        calls += [("eth_getCode", (address, "latest")) for address in addresses]
        chain_id, *codes = self._node.batch(calls)
        hashes = {
            address: to_hex(keccak(bytes_of(code))) for address, code in zip(addresses, codes, strict=True)
        }
        return LedgerIdentity(number_of(chain_id), hashes)

    def head(self) -> tuple[int, bytes]:
        """As the protocol says."""
        number, value = self._read(_EVIDENCE, "head")
        return number, value

    def batch(self, number: int) -> AnchoredBatch | None:
        """As the protocol says: from the contract's event, and confirmed by the contract's state now."""
        found = self.batches(number, number)
        return found[0] if found else None

    def batches(self, first: int, last: int, from_block: int = 0) -> list[AnchoredBatch]:
        """As the protocol says: from the contract's events, and confirmed by the contract's state now."""
        wanted = range(max(first, 1), min(last, 2**64 - 1) + 1)
        if not wanted:
            return []
        numbers = [to_hex(number.to_bytes(32, "big")) for number in wanted]
        logs = self._logs("Anchored", from_block, numbers)
        events = [interface(_EVIDENCE).event("Anchored", _topics(log), bytes_of(log["data"])) for log in logs]
        entries = self._read_all(_EVIDENCE, "batch", [(event["head"],) for event in events])
        found: dict[int, AnchoredBatch] = {}
        for log, event, entry in zip(logs, events, entries, strict=True):
            batch = _anchored(log, event, entry)
            if batch is not None:
                found[batch.number] = batch
        return [found[number] for number in sorted(found)]

    def settlement(self, agreement: bytes) -> SealedSettlement | None:
        """As the protocol says."""
        (record,) = self._read(_SETTLEMENT, "settlementOf", agreement)
        case_ref, supersedes, _, signers, superseded_by, ruling, version, outcome, block, moment = record
        if moment == 0:
            return None
        return SealedSettlement(
            agreement, case_ref, version, supersedes, signers, block, moment, outcome, ruling, superseded_by
        )

    def holds_office(self, signer: bytes, office: Office, at: int) -> bool:
        """As the protocol says."""
        (held,) = self._read(_OFFICIALS, "holds", signer, int(office), at)
        return bool(held)

    def witnessed(self, head: bytes, signer: bytes) -> int | None:
        """When this signer co-signed this head, unix seconds by the chain's clock; None when never."""
        (moment,) = self._read(_EVIDENCE, "witnessed", head, signer)
        return moment or None

    def witness_events(self, from_block: int) -> list[WitnessEvent]:
        """As the protocol says, from the contract's events."""
        logs = self._logs("Witnessed", from_block)
        blocks = sorted({number_of(log["blockNumber"]) for log in logs})
        calls = [("eth_getBlockByNumber", (hex(number), False)) for number in blocks]
        headers = self._batched(calls)
        if None in headers:
            raise Unavailable("the node does not know a block that it told of")
        times = {
            number: number_of(member(header, "timestamp"))
            for number, header in zip(blocks, headers, strict=True)
        }
        return [_witness_event(log, times[number_of(log["blockNumber"])]) for log in logs]

    def is_syncing(self) -> bool:
        """As the protocol says."""
        return self._node.request("eth_syncing") is not False

    def verify_inclusion(
        self,
        previous_head: bytes,
        root: bytes,
        size: int,
        commitment: bytes,
        index: int,
        path: Sequence[bytes],
    ) -> bool:
        """The contract's own word on an inclusion path."""
        (included,) = self._read(
            _EVIDENCE, "verify", previous_head, root, size, commitment, index, list(path)
        )
        return bool(included)

    def is_final(self, block_number: int) -> bool:
        """As the protocol says."""
        return block_number + self._finality_depth <= number_of(self._node.request("eth_blockNumber"))

    def block_hash(self, number: int) -> bytes | None:
        """As the protocol says."""
        block = self._node.request("eth_getBlockByNumber", hex(number), False)
        return bytes_of(member(block, "hash")) if block is not None else None

    def state_proof(self, head: bytes, block_number: int | None = None) -> StateClaim | None:
        """As the protocol says."""
        number = block_number
        if number is None:
            number = number_of(self._node.request("eth_blockNumber")) - self._finality_depth
        return take_state_proof(self._node, self.trust, head, number) if number >= 0 else None

    def block_hashes(self, numbers: Sequence[int]) -> list[bytes | None]:
        """As the protocol says."""
        blocks = self._batched([("eth_getBlockByNumber", (hex(number), False)) for number in numbers])
        return [bytes_of(member(block, "hash")) if block is not None else None for block in blocks]

    def prepare_anchor(self, root: bytes, size: int, previous_head: bytes) -> PreparedTransaction:
        """Sign an anchoring transaction without sending it, so that its hash can be stored first.

        Refused as in `anchor`; until it is sent, preparing again reuses its place in the sending order.
        """
        account = self._account("operator")
        data = interface(_EVIDENCE).call("anchor", root, size, previous_head)
        with account.lock:
            return account.prepare(self.trust.evidence_ledger, data)

    def send(self, raw: bytes) -> str:
        """Send a prepared transaction; its 0x hash. Sending the same bytes again is harmless.

        Unavailable when nobody can say whether it arrived: look the outcome up before anything else.
        """
        transaction = to_hex(keccak(raw))
        try:
            self._node.request("eth_sendRawTransaction", to_hex(raw))
        except (Unavailable, Refused):
            if self._knows(transaction):
                return transaction
            raise
        return transaction

    def anchor(self, root: bytes, size: int, previous_head: bytes) -> str:
        """As the protocol says."""
        data = interface(_EVIDENCE).call("anchor", root, size, previous_head)
        return self._act("operator", _EVIDENCE, data)

    def witness(self, number: int, head: bytes, block_hash: bytes, signer: bytes, signature: bytes) -> str:
        """As the protocol says."""
        data = interface(_EVIDENCE).call("witness", number, head, block_hash, signer, signature)
        return self._act("relay", _EVIDENCE, data)

    def seal(self, call: SettlementCall, consents: Sequence[bytes], seal_signature: bytes) -> str:
        """As the protocol says."""
        return self._act(
            "relay",
            _SETTLEMENT,
            interface(_SETTLEMENT).call("seal", settlement_tuple(call), list(consents), seal_signature),
        )

    def decide(self, agreement: bytes, outcome: int, ruling: bytes, signer: bytes, signature: bytes) -> str:
        """As the protocol says."""
        if outcome not in (OUTCOME_CONFIRMED, OUTCOME_REFUSED):
            raise MalformedInput("an outcome is 1 or 2")
        function = "confirm" if outcome == OUTCOME_CONFIRMED else "refuse"
        data = interface(_SETTLEMENT).call(function, agreement, ruling, signer, signature)
        return self._act("relay", _SETTLEMENT, data)

    def grant_office(self, signer: bytes, office: Office, valid_from: int, valid_until: int) -> str:
        """As the protocol says."""
        data = interface(_OFFICIALS).call("grant", signer, int(office), valid_from, valid_until)
        return self._act("admin", _OFFICIALS, data)

    def revoke_office(self, signer: bytes, office: Office) -> str:
        """As the protocol says."""
        return self._act("admin", _OFFICIALS, interface(_OFFICIALS).call("revoke", signer, int(office)))

    def attest(self, commitment: bytes, subject: bytes) -> bytes:
        """As the protocol says."""
        if self._operator_key is None:
            raise Refused("no operator key here", code="NoKey")
        digest = Attestation(commitment, subject).digest(self.trust.evidence_domain)
        return sign_digest(self._operator_key, digest)

    def wait(self, transaction: str, timeout: float) -> None:
        """As the protocol says; NotFound when the node does not even know the transaction by then."""
        wait_for(self._node, transaction, timeout)

    def _knows(self, transaction: str) -> bool:
        try:
            return self._node.request("eth_getTransactionByHash", transaction) is not None
        except Unavailable:
            return False

    def _account(self, role: str) -> SendingAccount:
        account = self._accounts.get(role)
        if account is None:
            raise Refused(f"no {role} key here", code="NoKey")
        return account

    def _act(self, role: str, contract: str, data: bytes) -> str:
        account = self._account(role)
        with account.lock:
            return self.send(account.prepare(self._addresses[contract], data).raw)

    def _logs(self, event: str, from_block: int, numbers: Sequence[str] | None = None) -> list[Any]:
        """Logs of one event of the evidence ledger, oldest first; numbers: batches as 32-byte topics, None: all."""
        if from_block > 0 and from_block > number_of(self._node.request("eth_blockNumber")):
            return []  # nodes take such a question for an error
        logs = self._node.request(
            "eth_getLogs",
            {
                "address": self.trust.evidence_ledger,
                "fromBlock": hex(from_block),
                "toBlock": "latest",
                "topics": [to_hex(interface(_EVIDENCE).topic(event)), numbers],
            },
        )
        if not isinstance(logs, list) or not all(
            isinstance(log, dict) and log.keys() >= _LOG and isinstance(log["topics"], list) for log in logs
        ):
            raise Unavailable("the node answers oddly")
        return logs

    def _batched(self, calls: Sequence[tuple[str, Sequence[object]]]) -> list[Any]:
        """The results of any number of calls, none included."""
        found: list[Any] = []
        for start in range(0, len(calls), CALLS_AT_ONCE):
            found += self._node.batch(calls[start : start + CALLS_AT_ONCE])
        return found

    def _read(self, contract: str, function: str, *arguments: object) -> Sequence[Any]:
        return self._read_all(contract, function, [arguments])[0]

    def _read_all(
        self, contract: str, function: str, questions: Sequence[tuple[object, ...]]
    ) -> list[Sequence[Any]]:
        """The contract's answers to the same question with several arguments, as it stands now."""
        target, address = interface(contract), self._addresses[contract]
        calls = [
            ("eth_call", ({"to": address, "data": to_hex(target.call(function, *arguments))}, "latest"))
            for arguments in questions
        ]
        try:
            return [target.result(function, bytes_of(answer)) for answer in self._batched(calls)]
        except MalformedInput as error:
            raise Unavailable(f"{contract} does not answer {function} on this node") from error


def _topics(log: Any) -> list[bytes]:
    return [bytes_of(topic) for topic in log["topics"]]


def _anchored(log: Any, event: dict[str, Any], entry: Sequence[Any]) -> AnchoredBatch | None:
    """The batch of an event; None when the contract's state no longer holds it at that block."""
    number, root, size, previous, head = (
        event[k] for k in ("number", "root", "size", "previousHead", "head")
    )
    if next_head(previous, root, size) != head:
        raise Unavailable("the node's event does not add up")
    recorded, _, block_number, block_time = entry
    if (recorded, block_number) != (number, number_of(log["blockNumber"])):
        return None
    block_hash, transaction = bytes_of(log["blockHash"]), str(log["transactionHash"])
    return AnchoredBatch(
        number, root, size, previous, head, block_number, block_hash, block_time, transaction
    )


def _witness_event(log: Any, recorded_time: int) -> WitnessEvent:
    event = interface(_EVIDENCE).event("Witnessed", _topics(log), bytes_of(log["data"]))
    return WitnessEvent(
        number=event["number"],
        head=event["head"],
        block_hash=event["blockHash"],
        signer=event["signer"],
        signature=event["signature"],
        transaction=str(log["transactionHash"]),
        recorded_block=number_of(log["blockNumber"]),
        recorded_time=recorded_time,
    )


def settlement_tuple(call: SettlementCall) -> tuple[object, ...]:
    """The contract's Settlement struct."""
    return (
        call.agreement,
        call.case_ref,
        call.version,
        call.supersedes,
        list(call.parties),
        call.mediator,
    )
