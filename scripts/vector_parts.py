"""Parts that test vectors are made of: a statement, a batch, a recorded ledger and a proof; the same in every run.
Not here: the vectors themselves (see `make_vectors`) and the keys (see `vector_keys`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Self

from evidence.custody import CustodyEntry, append_entry, received_entry
from evidence.digest import digest_bytes
from evidence.errors import MalformedInput, Unavailable
from evidence.merkle import GENESIS_HEAD, MerkleTree, next_head
from evidence.proof import (
    AnchorClaim,
    BatchClaim,
    Inclusion,
    Proof,
    StateClaim,
    TokenClaim,
    WitnessClaim,
)
from evidence.records import AnchoredBatch, LedgerIdentity, Office, OfficeQuestion, ProofQuestions
from evidence.signature import (
    address_of,
    checksum_address,
    keccak,
    sign_digest,
)
from evidence.state import LedgerState, entry_value, write_header
from evidence.statement import Statement, StatementKind, exhibit_body, origin_json, subject_of, submitter_json
from evidence.strict import to_hex, unhex
from evidence.trust import TimestampAuthority, TrustedWitness, TrustRoot
from evidence.typed_data import Attestation, Witness
from scripts.vector_keys import OPERATOR_KEY, FixedAuthority, FixedDevice, FixedPasskey

RECEIVED = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
ANCHORED = RECEIVED + timedelta(seconds=4)
STAMPED = RECEIVED + timedelta(seconds=9)
PRESENT = RECEIVED + timedelta(days=30)
"""When the vectors are verified."""
FILE = "礼盒正面照片：江南岸（测试文件）\n".encode() * 3
ORIGIN = {
    "made_by": "李晴",
    "made_at": "2026-02-26T14:05",
    "device": "手机",
    "method": "拍照，未经编辑",
    "proves": "被申请人销售的礼盒正面使用“江南岸”字样。",
}


@dataclass(frozen=True)
class RecordedLedger:
    """A ledger's answers as a vector records them. away: every question raises Unavailable.

    offices: (signer, office, from, until) with unix seconds; final_to: the last block that is final.
    """

    chain_id: int
    code_hashes: dict[str, str]
    batches: tuple[AnchoredBatch, ...] = ()
    offices: tuple[tuple[bytes, Office, int, int], ...] = ()
    final_to: int = 2**53 - 1
    away: bool = False

    def identity(self) -> LedgerIdentity:
        """As the protocol says."""
        if self.away:
            raise Unavailable("no answer")
        return LedgerIdentity(self.chain_id, self.code_hashes)

    def head(self) -> tuple[int, bytes]:
        """As the protocol says."""
        return (self.batches[-1].number, self.batches[-1].head) if self.batches else (0, GENESIS_HEAD)

    def batch(self, number: int) -> AnchoredBatch | None:
        """As the protocol says."""
        return next((one for one in self.batches if one.number == number), None)

    def settlement(self, agreement: bytes) -> None:
        """No vector seals an agreement."""
        return

    def holds_office(self, signer: bytes, office: Office, at: int) -> bool:
        """As the protocol says."""
        return any(
            (who, what) == (signer, office) and start <= at < end for who, what, start, end in self.offices
        )

    def offices_held(self, questions: Sequence[OfficeQuestion]) -> list[bool]:
        """As the protocol says."""
        return [self.holds_office(*one) for one in questions]

    def ahead(self, questions: ProofQuestions) -> RecordedLedger:
        """As the protocol says: nothing to gain here."""
        return self

    def is_final(self, block_number: int) -> bool:
        """As the protocol says."""
        return block_number <= self.final_to

    def block_hash(self, number: int) -> bytes | None:
        """As the protocol says, for the blocks of its batches."""
        return next((one.block_hash for one in self.batches if one.block_number == number), None)

    def state_proof(self, head: bytes, block_number: int | None = None) -> None:
        """No vector's node is asked for proofs."""
        return

    def as_json(self) -> dict[str, Any]:
        """The answers as a vector holds them."""
        return {
            "away": self.away,
            "chain_id": self.chain_id,
            "code_hashes": self.code_hashes,
            "batches": [
                {key: to_hex(v) if isinstance(v, bytes) else v for key, v in vars(one).items()}
                for one in self.batches
            ],
            "offices": [
                {"signer": to_hex(who), "office": int(what), "from": start, "until": end}
                for who, what, start, end in self.offices
            ],
            "final_to": self.final_to,
        }

    @classmethod
    def parse(cls, value: dict[str, Any]) -> RecordedLedger:
        """Inverse of `as_json`."""

        def batch(one: dict[str, Any]) -> AnchoredBatch:
            words = ("root", "previous_head", "head", "block_hash")
            return AnchoredBatch(**{k: unhex(v, where=k) if k in words else v for k, v in one.items()})

        offices = tuple(
            (unhex(o["signer"], where="signer"), Office(o["office"]), o["from"], o["until"])
            for o in value["offices"]
        )
        batches = tuple(map(batch, value["batches"]))
        known = {key: value[key] for key in ("chain_id", "code_hashes", "final_to", "away")}
        return cls(batches=batches, offices=offices, **known)


def word(text: str) -> bytes:
    """32 bytes that stand for something that has no content here."""
    return sha256(f"hezheng vectors: {text}".encode()).digest()


LOOK_ALIKE = checksum_address(word("look-alike")[:20])
"""A contract on the same chain with the very code of the evidence ledger, which nobody trusts."""


def fixed_trust(*authorities: FixedAuthority) -> TrustRoot:
    """The trust root of the vectors; the settlement ledger plays no part in them."""
    names = ("evidence_ledger", "settlement_ledger", "officials", "passkey_verifier", "device_verifier")
    addresses = {name: to_hex(word(name)[:20]) for name in names}
    return TrustRoot(
        name="测试向量 test vectors",
        chain_id=31_337,
        operator=address_of(OPERATOR_KEY),
        code_hashes={
            addresses[name]: to_hex(keccak(name.encode())) for name in ("evidence_ledger", "officials")
        },
        timestamp_authorities=tuple(
            TimestampAuthority(authority.name, authority.anchor) for authority in authorities
        ),
        **addresses,
    )


def exhibit(file: bytes = FILE, salt: bytes = word("salt"), **changes: Any) -> Statement:
    """An exhibit's statement; ``form``, ``compared_by`` … go to its origin, the rest to its body."""
    origin_keys = {*ORIGIN, "form", "compared_by", "compared_at"}
    origin = {"form": "original", **ORIGIN, **{k: v for k, v in changes.items() if k in origin_keys}}
    body = exhibit_body(
        case_ref="和证调（2026）0001",
        number="证据 1",
        file_name="礼盒正面.txt",
        media_type="text/plain",
        digest=digest_bytes(file),
        submitter=submitter_json(account="a-7f3e", role="claimant", identity_method="one_time_code"),
        received_at=RECEIVED,
        origin=origin_json(**origin),
        secret=False,
    )
    body |= {key: value for key, value in changes.items() if key not in origin_keys}
    return Statement(StatementKind.EXHIBIT, body, salt)


@dataclass
class World:
    """A statement at a place in a batch, anchored, stamped, witnessed and recorded; change it, then ask for parts.

    place and others: the leaf's index and the other commitments of the batch; earlier: batches before it.
    later_items: of the block's header, see `write_header`; codes: what the chain has at addresses, instead of what is
    trusted; value_of: what the ledger keeps of a batch.
    """

    statement: Statement = field(default_factory=exhibit)
    place: int = 2
    size: int = 5
    earlier: int = 1
    authority: FixedAuthority = field(default_factory=lambda: FixedAuthority("Vector Time Authority"))
    later_items: tuple[bytes, ...] = (b"",)
    codes: dict[str, str] = field(default_factory=dict)
    value_of: Callable[[AnchoredBatch], bytes] = entry_value

    def __post_init__(self) -> None:
        self.trust = fixed_trust(self.authority)
        leaves = [word(f"leaf {number}") for number in range(self.size)]
        leaves[self.place] = self.statement.commitment()
        self.tree = MerkleTree(leaves)
        batches: list[AnchoredBatch] = []
        for number in range(1, self.earlier + 2):
            last = number == self.earlier + 1
            root, size = (self.tree.root, self.size) if last else (word(f"root {number}"), 3)
            batches.append(anchored(number, root, size, batches[-1] if batches else None))
            self.chain_state = self._state_of(batches)
            self.header = self.block(batches[-1].block_number, batches[-1].block_time)
            batches[-1] = replace(batches[-1], block_hash=keccak(self.header))
        self.batches = tuple(batches)
        self.notary = FixedPasskey(self.trust.passkey_verifier, "hezheng vectors: notary")
        self.court = FixedDevice(self.trust.device_verifier, "hezheng vectors: court")

    def _state_of(self, batches: Sequence[AnchoredBatch]) -> LedgerState:
        codes = {**self.trust.code_hashes, LOOK_ALIKE: to_hex(keccak(b"evidence_ledger")), **self.codes}
        others = [word(f"account {number}")[:20] for number in range(40)]
        return LedgerState(self.trust.evidence_ledger, codes, batches, others, self.value_of)

    @property
    def batch(self) -> AnchoredBatch:
        """The statement's batch as recorded, the last one."""
        return self.batches[-1]

    @property
    def known_block(self) -> tuple[int, bytes]:
        """Number and hash of the block that took the batch in, as a verifier brings them."""
        return self.batch.block_number, self.batch.block_hash

    def block(self, number: int, time: int, state_root: bytes | None = None) -> bytes:
        """The header of a block with the chain's state, or with another root."""
        root = state_root or self.chain_state.root
        return write_header(number, time, root, word("parent"), "和证".encode(), self.later_items)

    def anchored_by(self, header: bytes) -> Self:
        """Another header of the block that took the batch in: everything else follows."""
        self.header = header
        self.batches = (*self.batches[:-1], replace(self.batch, block_hash=keccak(header)))
        return self

    def state(self, later: int = 0, **other: Any) -> StateClaim:
        """Header and proofs for the batch, in its own block or so many blocks later; other: parts that differ."""
        batch = self.batch
        header = self.block(batch.block_number + later, batch.block_time + later) if later else self.header
        return replace(self.chain_state.prove(header, batch.head), **other)

    def naming(self, start: int = -1_000, end: int = 1_000) -> TrustRoot:
        """The trust root with notary and court as witnesses, their terms in seconds from the anchoring."""
        at = int(ANCHORED.timestamp())
        named = (
            TrustedWitness("海河公证处", Office.NOTARY, self.notary.name, at + start, at + end),
            TrustedWitness("海河市中级人民法院", Office.COURT_WITNESS, self.court.name, at + start, at + end),
        )
        return replace(self.trust, witnesses=named)

    def ledger(self, **changes: Any) -> RecordedLedger:
        """The honest ledger, with changes."""
        at = int(ANCHORED.timestamp())
        offices = (
            (self.notary.name, Office.NOTARY, at - 1_000, at + 1_000),
            (self.court.name, Office.COURT_WITNESS, at - 1_000, at + 1_000),
        )
        honest = RecordedLedger(self.trust.chain_id, dict(self.trust.code_hashes), self.batches, offices)
        return replace(honest, **changes)

    def attestation(self, key: bytes = OPERATOR_KEY) -> bytes:
        """The operator's signature (or that of another key) over statement and submitter."""
        message = Attestation(self.statement.commitment(), subject_of(self.statement.submitter))
        return sign_digest(key, message.digest(self.trust.evidence_domain))

    def witness(self, signer: FixedPasskey | FixedDevice, block_hash: bytes | None = None) -> WitnessClaim:
        """A co-signature over the batch's head and block, or over another block's hash."""
        batch = self.batch
        message = Witness(batch.number, batch.head, batch.block_number, block_hash or batch.block_hash)
        return WitnessClaim(signer.name, signer.sign(message.digest(self.trust.evidence_domain)))

    def token(self, moment: datetime = STAMPED, head: bytes | None = None) -> TokenClaim:
        """The authority's token over the batch's head."""
        return TokenClaim(self.authority.stamp(head or self.batch.head, moment))

    def custody(self, acts: Sequence[str] = ("viewed", "anchored")) -> tuple[CustodyEntry, ...]:
        """The record from the reception on, an entry a minute."""
        entries = [received_entry(self.statement)]
        for number, act in enumerate(acts, start=1):
            at = RECEIVED + timedelta(minutes=number)
            entries.append(append_entry(entries[-1], act=act, actor="a-11c0", at=at, reason="开庭准备"))
        return tuple(entries)

    def proof(self, **changes: Any) -> Proof:
        """The honest proof, with changes."""
        anchor = AnchorClaim(
            chain_id=self.trust.chain_id,
            contract=self.trust.evidence_ledger,
            transaction=unhex(self.batch.transaction, where="transaction"),
            block_number=self.batch.block_number,
            block_hash=self.batch.block_hash,
            block_time=self.batch.block_time,
        )
        batch = BatchClaim(self.batch.number, self.batch.root, self.batch.previous_head, self.batch.head)
        honest = Proof(
            statement=self.statement,
            inclusion=Inclusion(self.place, self.size, tuple(self.tree.path(self.place))),
            batch=batch,
            anchor=anchor,
            state=self.state(),
            attestation=self.attestation(),
            timestamps=(self.token(),),
            witnesses=(self.witness(self.notary), self.witness(self.court)),
            custody=self.custody(),
        )
        return replace(honest, **changes)


def anchored(number: int, root: bytes, size: int, before: AnchoredBatch | None) -> AnchoredBatch:
    """A recorded batch after another; the transaction stands for nothing, the block's hash is still to come."""
    if size < 1:
        raise MalformedInput("an empty batch")
    previous = before.head if before else GENESIS_HEAD
    head = next_head(previous, root, size)
    moment = int(ANCHORED.timestamp()) - 10 * (2 - min(number, 2))
    transaction = to_hex(word(f"transaction {number}"))
    return AnchoredBatch(number, root, size, previous, head, 10 + number, bytes(32), moment, transaction)
