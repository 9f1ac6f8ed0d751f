"""The ledger on an Ethereum node: which calls answer the ledger's questions, and which transactions are its acts.
Not here: the connection (see `node`), encoding (`artifacts`), signing and waiting (`sending`), deployment (`deployment`)."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from .artifacts import interface
from .errors import MalformedInput, Refused, Unavailable
from .merkle import next_head
from .node import REQUEST_TIMEOUT, Call, Foreseen, Node
from .proof import StateClaim
from .records import (
    AnchoredBatch,
    LedgerIdentity,
    Office,
    OfficeQuestion,
    PreparedTransaction,
    ProofQuestions,
    SealedSettlement,
    SettlementCall,
    WitnessEvent,
)
from .sending import SendingAccount, bytes_of, load_key, member, number_of, wait_for
from .signature import address_of, keccak, sign_digest
from .state_reading import take_state_proof
from .strict import to_hex
from .trust import TrustRoot
from .typed_data import OUTCOME_CONFIRMED, OUTCOME_REFUSED, Attestation

__all__ = ["EthereumLedger", "Node", "load_key", "settlement_tuple"]

CODES_REMEMBERED = 32
"""Codes whose hash is not computed again each time a node shows them."""

LONGEST_CODE = 2_000_000
"""Digits of a contract's code beyond any chain's limit."""

_EVIDENCE = "EvidenceLedger"
_SETTLEMENT = "SettlementLedger"
_OFFICIALS = "Officials"
_BLOCK_NUMBER: Call = ("eth_blockNumber", ())
_LOG = {"topics", "data", "blockNumber", "blockHash", "transactionHash"}


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
        self._node: Node | Foreseen = Node(rpc_url, request_timeout)
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
        chain_id, *codes = self._node.batch(self._identity_calls())
        hashes = {
            address: _code_hash(code) for address, code in zip(self.trust.code_hashes, codes, strict=True)
        }
        return LedgerIdentity(number_of(chain_id), hashes)

    def ahead(self, questions: ProofQuestions) -> EthereumLedger:
        """As the protocol says: one request for everything, or as few as the node allows."""
        calls = [
            *self._identity_calls(),
            self._call(_EVIDENCE, "head"),
            self._call(_EVIDENCE, "batch", questions.head),
            self._logs_call("Anchored", 0, [_topic(questions.number)]),
            _BLOCK_NUMBER,
            *map(_block_call, questions.blocks),
            *(self._call(_OFFICIALS, "holds", *_held(one)) for one in questions.offices),
        ]
        foreseeing = copy.copy(self)
        foreseeing._node = Foreseen(self._node, calls)
        return foreseeing

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
        numbers = [_topic(number) for number in wanted]
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
        return self.offices_held([(signer, office, at)])[0]

    def offices_held(self, questions: Sequence[OfficeQuestion]) -> list[bool]:
        """As the protocol says."""
        answers = self._read_all(_OFFICIALS, "holds", list(map(_held, questions)))
        return [bool(held) for (held,) in answers]

    def witnessed(self, head: bytes, signer: bytes) -> int | None:
        """When this signer co-signed this head, unix seconds by the chain's clock; None when never."""
        (moment,) = self._read(_EVIDENCE, "witnessed", head, signer)
        return moment or None

    def witness_events(self, from_block: int) -> list[WitnessEvent]:
        """As the protocol says, from the contract's events."""
        logs = self._logs("Witnessed", from_block)
        blocks = sorted({number_of(log["blockNumber"]) for log in logs})
        headers = self._node.batch(list(map(_block_call, blocks)))
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
        return block_number + self._finality_depth <= self._newest()

    def block_hash(self, number: int) -> bytes | None:
        """As the protocol says."""
        return self.block_hashes([number])[0]

    def state_proof(self, head: bytes, block_number: int | None = None) -> StateClaim | None:
        """As the protocol says."""
        number = block_number
        if number is None:
            number = self._newest() - self._finality_depth
        return take_state_proof(self._node, self.trust, head, number) if number >= 0 else None

    def block_hashes(self, numbers: Sequence[int]) -> list[bytes | None]:
        """As the protocol says."""
        blocks = self._node.batch(list(map(_block_call, numbers)))
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
        if from_block > 0 and from_block > self._newest():
            return []  # nodes take such a question for an error
        method, parameters = self._logs_call(event, from_block, numbers)
        logs = self._node.request(method, *parameters)
        if not isinstance(logs, list) or not all(
            isinstance(log, dict) and log.keys() >= _LOG and isinstance(log["topics"], list) for log in logs
        ):
            raise Unavailable("the node answers oddly")
        return logs

    def _logs_call(self, event: str, from_block: int, numbers: Sequence[str] | None) -> Call:
        wanted = {
            "address": self.trust.evidence_ledger,
            "fromBlock": hex(from_block),
            "toBlock": "latest",
            "topics": [to_hex(interface(_EVIDENCE).topic(event)), numbers],
        }
        return "eth_getLogs", (wanted,)

    def _identity_calls(self) -> list[Call]:
        codes: list[Call] = [("eth_getCode", (address, "latest")) for address in self.trust.code_hashes]
        return [("eth_chainId", ()), *codes]

    def _newest(self) -> int:
        """Number of the newest block."""
        method, parameters = _BLOCK_NUMBER
        return number_of(self._node.request(method, *parameters))

    def _call(self, contract: str, function: str, *arguments: object) -> Call:
        data = to_hex(interface(contract).call(function, *arguments))
        return "eth_call", ({"to": self._addresses[contract], "data": data}, "latest")

    def _read(self, contract: str, function: str, *arguments: object) -> Sequence[Any]:
        return self._read_all(contract, function, [arguments])[0]

    def _read_all(
        self, contract: str, function: str, questions: Sequence[tuple[object, ...]]
    ) -> list[Sequence[Any]]:
        """The contract's answers to the same question with several arguments, as it stands now."""
        calls = [self._call(contract, function, *arguments) for arguments in questions]
        try:
            return [
                interface(contract).result(function, bytes_of(answer)) for answer in self._node.batch(calls)
            ]
        except MalformedInput as error:
            raise Unavailable(f"{contract} does not answer {function} on this node") from error


def _topic(number: int) -> str:
    """A batch's number as events are found by it."""
    return to_hex(number.to_bytes(32, "big"))


def _block_call(number: int) -> Call:
    return "eth_getBlockByNumber", (hex(number), False)


def _held(question: OfficeQuestion) -> tuple[bytes, int, int]:
    signer, office, at = question
    return signer, int(office), at


def _code_hash(code: object) -> str:
    """0x keccak-256 of a contract's code as a node tells it; Unavailable when that is no code."""
    if not isinstance(code, str) or len(code) > LONGEST_CODE:
        raise Unavailable("the node answers oddly")
    return _hash_of_code(code)


@lru_cache(CODES_REMEMBERED)
def _hash_of_code(code: str) -> str:
    return to_hex(keccak(bytes_of(code)))


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
