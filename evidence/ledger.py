"""The ledger: records, protocols and trust root under one name, and the in-memory stand-in for fast tests.
Not here: any chain client (see `ethereum`)."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .errors import MalformedInput, NotFound, Refused, Unavailable
from .merkle import GENESIS_HEAD, next_head
from .proof import StateClaim
from .protocols import LedgerFollower, LedgerReader, LedgerWriter
from .records import (
    WITNESS_OFFICES,
    ZERO,
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
from .signature import P256_SIGNER_SIZE, address_bytes, address_of, keccak, sign_digest, verify_signature
from .state import LedgerState, write_header
from .strict import to_hex
from .trust import TrustRoot
from .typed_data import (
    OUTCOME_CONFIRMED,
    OUTCOME_REFUSED,
    Attestation,
    Confirmation,
    Consent,
    Seal,
    TypedMessage,
    Witness,
)

__all__ = [
    "WITNESS_OFFICES",
    "ZERO",
    "AnchoredBatch",
    "LedgerFollower",
    "LedgerIdentity",
    "LedgerReader",
    "LedgerWriter",
    "MemoryLedger",
    "Office",
    "PreparedTransaction",
    "SealedSettlement",
    "SettlementCall",
    "TrustRoot",
    "WitnessEvent",
]


@dataclass(frozen=True)
class _Block:
    number: int
    hash: bytes
    time: int
    header: bytes = b""
    batches: tuple[AnchoredBatch, ...] = ()


_Check = Callable[[int], None]
_Apply = Callable[[_Block, str], object]


@dataclass(frozen=True)
class _Pending:
    transaction: str
    check: _Check
    apply: _Apply


class MemoryLedger:
    """The ledger without a chain, for fast tests: the same acts and the same refusals as the contracts.

    operator_key: 32-byte secp256k1 key of the attesting operator; random when None.
    clock: unix seconds of the next block. automine: False keeps transactions pending until `mine`.
    finality_depth: blocks that must follow before a block is final.
    `down` set to True makes every call raise Unavailable, as a node that is gone would. `pruned_below`: blocks before
    that number have no state any more.
    """

    def __init__(
        self,
        *,
        chain_id: int = 31_337,
        operator_key: bytes | None = None,
        clock: Callable[[], int] = lambda: int(time.time()),
        automine: bool = True,
        finality_depth: int = 0,
    ) -> None:
        self.down = False
        self.pruned_below = 0
        self.automine = automine
        self.finality_depth = finality_depth
        self._lock = threading.RLock()
        self._clock = clock
        self._operator_key = operator_key or secrets.token_bytes(32)
        names = ("evidence_ledger", "settlement_ledger", "officials", "passkey_verifier", "device_verifier")
        addresses = {name: to_hex(keccak(f"memory {name}".encode())[12:]) for name in names}
        self.trust = TrustRoot(
            name="memory ledger",
            chain_id=chain_id,
            operator=address_of(self._operator_key),
            code_hashes={address: to_hex(keccak(address.encode())) for address in addresses.values()},
            evidence_ledger=addresses["evidence_ledger"],
            settlement_ledger=addresses["settlement_ledger"],
            officials=addresses["officials"],
            passkey_verifier=addresses["passkey_verifier"],
            device_verifier=addresses["device_verifier"],
        )
        self._mined = 0
        self._blocks: list[_Block] = []
        self._batches: list[AnchoredBatch] = []
        self._settlements: dict[bytes, SealedSettlement] = {}
        self._parties: dict[bytes, tuple[bytes, ...]] = {}
        self._terms: dict[tuple[bytes, Office], list[tuple[int, int]]] = {}
        self._witnesses: list[WitnessEvent] = []
        self._prepared: dict[bytes, _Pending] = {}
        self._pending: list[_Pending] = []
        self._outcomes: dict[str, Refused | None] = {}
        self._blocks.append(self._closed(_Block(0, ZERO, clock()), secrets.token_bytes(32)))

    def identity(self) -> LedgerIdentity:
        """As the protocol says."""
        self._reach()
        return LedgerIdentity(self.trust.chain_id, dict(self.trust.code_hashes))

    def head(self) -> tuple[int, bytes]:
        """As the protocol says."""
        self._reach()
        with self._lock:
            return (len(self._batches), self._batches[-1].head if self._batches else GENESIS_HEAD)

    def batch(self, number: int) -> AnchoredBatch | None:
        """As the protocol says."""
        self._reach()
        with self._lock:
            return self._batches[number - 1] if 1 <= number <= len(self._batches) else None

    def settlement(self, agreement: bytes) -> SealedSettlement | None:
        """As the protocol says."""
        self._reach()
        return self._settlements.get(agreement)

    def holds_office(self, signer: bytes, office: Office, at: int) -> bool:
        """As the protocol says."""
        self._reach()
        return self._holds(signer, office, at)

    def offices_held(self, questions: Sequence[OfficeQuestion]) -> list[bool]:
        """As the protocol says."""
        return [self.holds_office(*one) for one in questions]

    def ahead(self, questions: ProofQuestions) -> MemoryLedger:
        """As the protocol says: nothing to gain here."""
        return self

    def is_final(self, block_number: int) -> bool:
        """As the protocol says."""
        self._reach()
        return block_number + self.finality_depth <= self._blocks[-1].number

    def block_hash(self, number: int) -> bytes | None:
        """As the protocol says."""
        self._reach()
        return self._blocks[number].hash if 0 <= number < len(self._blocks) else None

    def batches(self, first: int, last: int, from_block: int = 0) -> list[AnchoredBatch]:
        """As the protocol says."""
        found = [self.batch(number) for number in range(max(first, 1), last + 1)]
        return [one for one in found if one is not None and one.block_number >= from_block]

    def state_proof(self, head: bytes, block_number: int | None = None) -> StateClaim | None:
        """As the protocol says."""
        self._reach()
        with self._lock:
            number = self._blocks[-1].number - self.finality_depth if block_number is None else block_number
            if not max(self.pruned_below, 0) <= number < len(self._blocks):
                return None
            block = self._blocks[number]
            held = any(one.head == head for one in block.batches)
            kept = any(one.head == head for one in self._batches)
            return self._state(block.batches).prove(block.header, head) if held and kept else None

    def block_hashes(self, numbers: Sequence[int]) -> list[bytes | None]:
        """As the protocol says."""
        return [self.block_hash(number) for number in numbers]

    def witnessed(self, head: bytes, signer: bytes) -> int | None:
        """As the protocol says."""
        self._reach()
        found = [one.recorded_time for one in self._witnesses if (one.head, one.signer) == (head, signer)]
        return found[0] if found else None

    def witness_events(self, from_block: int) -> list[WitnessEvent]:
        """As the protocol says."""
        self._reach()
        return [one for one in self._witnesses if one.recorded_block >= from_block]

    def is_syncing(self) -> bool:
        """As the protocol says: never."""
        self._reach()
        return False

    def anchor(self, root: bytes, size: int, previous_head: bytes) -> str:
        """As the protocol says."""
        return self.send(self.prepare_anchor(root, size, previous_head).raw)

    def prepare_anchor(self, root: bytes, size: int, previous_head: bytes) -> PreparedTransaction:
        """As the protocol says."""

        def check(_now: int) -> None:
            _require(root != ZERO, "EvidenceLedgerEmptyRoot")
            _require(0 < size < 2**64, "EvidenceLedgerEmptyBatch")
            _require(self.head()[1] == previous_head, "EvidenceLedgerUnexpectedHead")

        def apply(block: _Block, transaction: str) -> None:
            head = next_head(previous_head, root, size)
            number = len(self._batches) + 1
            self._batches.append(
                AnchoredBatch(
                    number, root, size, previous_head, head, block.number, block.hash, block.time, transaction
                )
            )

        return self._prepare(check, apply)

    def send(self, raw: bytes) -> str:
        """As the protocol says."""
        self._reach()
        with self._lock:
            one = self._prepared[raw]
            sent = one.transaction in self._outcomes or one in self._pending
            if not sent:
                self._pending.append(one)
                if self.automine:
                    self.mine()
            return one.transaction

    def witness(self, number: int, head: bytes, block_hash: bytes, signer: bytes, signature: bytes) -> str:
        """As the protocol says."""

        def check(now: int) -> None:
            batch = self.batch(number)
            if batch is None or batch.head != head:
                raise Refused("the ledger refused", code="EvidenceLedgerUnexpectedHead")
            _require(batch.block_hash == block_hash, "EvidenceLedgerUnexpectedBlock")
            held = any(self._holds(signer, office, now) for office in WITNESS_OFFICES)
            _require(held, "EvidenceLedgerNotAWitness")
            _require(self.witnessed(head, signer) is None, "EvidenceLedgerAlreadyWitnessed")
            message = Witness(number, head, batch.block_number, block_hash)
            digest = message.digest(self.trust.evidence_domain)
            _require(self._signed(signer, digest, signature), "EvidenceLedgerBadSignature")

        def apply(block: _Block, transaction: str) -> None:
            told = (number, head, block_hash, signer, signature)
            self._witnesses.append(WitnessEvent(*told, transaction, block.number, block.time))

        return self._send(check, apply)

    def seal(self, call: SettlementCall, consents: Sequence[bytes], seal_signature: bytes) -> str:
        """As the protocol says."""
        fields = (call.agreement, call.case_ref, call.version, call.supersedes, call.signers())

        def check(now: int) -> None:
            _require(call.agreement != ZERO, "SettlementLedgerEmptyAgreement")
            _require(call.agreement not in self._settlements, "SettlementLedgerAlreadySealed")
            _require(len(call.parties) >= 2, "SettlementLedgerTooFewParties")
            everyone = [*call.parties, call.mediator]
            _require(all(map(self._known_kind, everyone)), "SettlementLedgerUnknownVerifier")
            _require(len(set(everyone)) == len(everyone), "SettlementLedgerRepeatedSigner")
            _require(len(consents) == len(call.parties), "SettlementLedgerConsentCount")
            _require(self._holds(call.mediator, Office.MEDIATOR, now), "SettlementLedgerNotAMediator")
            self._check_superseded(call)
            consent, seal = Consent(*fields), Seal(*fields)
            for party, signature in zip(call.parties, consents, strict=True):
                _require(self._signed_settlement(party, consent, signature), "SettlementLedgerBadConsent")
            _require(self._signed_settlement(call.mediator, seal, seal_signature), "SettlementLedgerBadSeal")

        def apply(block: _Block, _transaction: str) -> None:
            self._settlements[call.agreement] = SealedSettlement(
                *fields, block.number, block.time, 0, ZERO, ZERO
            )
            self._parties[call.agreement] = call.parties
            if call.supersedes != ZERO:
                old = self._settlements[call.supersedes]
                self._settlements[call.supersedes] = replace(old, superseded_by=call.agreement)

        return self._send(check, apply)

    def _check_superseded(self, call: SettlementCall) -> None:
        if call.supersedes == ZERO:
            return
        old = self._settlements.get(call.supersedes)
        if old is None:
            raise Refused("the superseded agreement is not sealed", code="SettlementLedgerUnknownAgreement")
        _require(old.superseded_by == ZERO, "SettlementLedgerAlreadySuperseded")
        _require(old.outcome != OUTCOME_CONFIRMED, "SettlementLedgerAlreadyDecided")
        _require(old.case_ref == call.case_ref, "SettlementLedgerOtherCase")
        _require(old.version < call.version, "SettlementLedgerOldVersion")
        _require(self._parties[call.supersedes] == call.parties, "SettlementLedgerOtherParties")

    def decide(self, agreement: bytes, outcome: int, ruling: bytes, signer: bytes, signature: bytes) -> str:
        """As the protocol says."""
        if outcome not in (OUTCOME_CONFIRMED, OUTCOME_REFUSED):
            raise MalformedInput("an outcome is 1 or 2")

        def check(now: int) -> None:
            sealed = self._settlements.get(agreement)
            _require(sealed is not None, "SettlementLedgerUnknownAgreement")
            _require(sealed is not None and sealed.outcome == 0, "SettlementLedgerAlreadyDecided")
            _require(sealed is not None and sealed.superseded_by == ZERO, "SettlementLedgerAlreadySuperseded")
            _require(self._holds(signer, Office.COURT, now), "SettlementLedgerNotACourt")
            message = Confirmation(agreement, outcome, ruling)
            _require(self._signed_settlement(signer, message, signature), "SettlementLedgerBadSignature")

        def apply(_block: _Block, _transaction: str) -> None:
            sealed = self._settlements[agreement]
            self._settlements[agreement] = replace(sealed, outcome=outcome, ruling=ruling)

        return self._send(check, apply)

    def grant_office(self, signer: bytes, office: Office, valid_from: int, valid_until: int) -> str:
        """As the protocol says."""

        def check(_now: int) -> None:
            _require(len(signer) >= 20, "OfficialsInvalidSigner")
            _require(office != Office.NONE, "OfficialsNoOffice")
            _require(valid_from < valid_until, "OfficialsEmptyPeriod")

        def apply(_block: _Block, _transaction: str) -> None:
            self._terms.setdefault((signer, office), []).append((valid_from, valid_until))

        return self._send(check, apply)

    def revoke_office(self, signer: bytes, office: Office) -> str:
        """As the protocol says."""

        def live(now: int) -> bool:
            terms = self._terms.get((signer, office), [])
            return any(now < end and start < end for start, end in terms)

        def apply(block: _Block, _transaction: str) -> None:
            terms = self._terms[signer, office]
            self._terms[signer, office] = [
                (start, max(start, block.time) if block.time < end else end) for start, end in terms
            ]

        return self._send(lambda now: _require(live(now), "OfficialsNotGranted"), apply)

    def attest(self, commitment: bytes, subject: bytes) -> bytes:
        """As the protocol says."""
        return sign_digest(
            self._operator_key, Attestation(commitment, subject).digest(self.trust.evidence_domain)
        )

    def wait(self, transaction: str, timeout: float) -> None:
        """As the protocol says; never really waits, because blocks come from `mine`."""
        self._reach()
        if transaction not in self._outcomes:
            if all(pending.transaction != transaction for pending in self._pending):
                raise NotFound("no such transaction")
            raise Unavailable(f"not mined within {timeout} s")
        refusal = self._outcomes[transaction]
        if refusal is not None:
            raise refusal

    def mine(self, blocks: int = 1) -> None:
        """Mine pending transactions into one block, then empty blocks up to the given count."""
        with self._lock:
            for _ in range(blocks):
                last = self._blocks[-1]
                moment = max(self._clock(), last.time)
                block = _Block(last.number + 1, ZERO, moment)
                self._blocks.append(block)
                pending, self._pending = self._pending, []
                for one in pending:
                    self._outcomes[one.transaction] = self._execute(one, block)
                self._blocks[-1] = self._closed(block, last.hash)

    def _closed(self, block: _Block, parent: bytes) -> _Block:
        """The block with its header over the state as it is now; its batches learn the block's hash."""
        root = self._state(self._batches).root
        self._mined += 1
        header = write_header(block.number, block.time, root, parent, self._mined.to_bytes(8, "big"))
        known = keccak(header)
        self._batches = [
            replace(one, block_hash=known) if one.block_number == block.number else one
            for one in self._batches
        ]
        return replace(block, hash=known, header=header, batches=tuple(self._batches))

    def _state(self, batches: Sequence[AnchoredBatch]) -> LedgerState:
        return LedgerState(self.trust.evidence_ledger, self.trust.code_hashes, batches)

    def drop_tail(self, batches: int) -> None:
        """Forget the last batches with their blocks and co-signatures, as a chain does that lost its newest state."""
        with self._lock:
            lost = self._batches[len(self._batches) - batches :]
            del self._batches[len(self._batches) - batches :]
            for batch in lost[:1]:
                del self._blocks[batch.block_number :]
            heads = {batch.head for batch in self._batches}
            self._witnesses = [one for one in self._witnesses if one.head in heads]

    def drop_co_signatures(self, newest: int) -> None:
        """Forget the newest co-signatures and nothing else, as a chain does that lost its last blocks."""
        with self._lock:
            del self._witnesses[len(self._witnesses) - newest :]

    def _execute(self, one: _Pending, block: _Block) -> Refused | None:
        try:
            one.check(block.time)
        except Refused as refusal:
            return refusal
        one.apply(block, one.transaction)
        return None

    def _prepare(self, check: _Check, apply: _Apply) -> PreparedTransaction:
        self._reach()
        with self._lock:
            check(max(self._clock(), self._blocks[-1].time))
            raw = secrets.token_bytes(32)
            self._prepared[raw] = _Pending(to_hex(keccak(raw)), check, apply)
            return PreparedTransaction(self._prepared[raw].transaction, raw)

    def _send(self, check: _Check, apply: _Apply) -> str:
        return self.send(self._prepare(check, apply).raw)

    def _reach(self) -> None:
        if self.down:
            raise Unavailable("the ledger is down")

    def _holds(self, signer: bytes, office: Office, at: int) -> bool:
        return any(start <= at < end for start, end in self._terms.get((signer, office), []))

    def _known_kind(self, signer: bytes) -> bool:
        verifiers = [address_bytes(self.trust.passkey_verifier), address_bytes(self.trust.device_verifier)]
        return len(signer) == 20 or (len(signer) == P256_SIGNER_SIZE and signer[:20] in verifiers)

    def _signed_settlement(self, signer: bytes, message: TypedMessage, signature: bytes) -> bool:
        return self._signed(signer, message.digest(self.trust.settlement_domain), signature)

    def _signed(self, signer: bytes, digest: bytes, signature: bytes) -> bool:
        try:
            return verify_signature(signer, digest, signature, self.trust.verifiers)
        except MalformedInput:
            return False


def _require(condition: bool, code: str) -> None:
    if not condition:
        raise Refused("the ledger refused", code=code)
