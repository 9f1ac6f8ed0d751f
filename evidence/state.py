"""What a block's own header proves of the evidence ledger: header, account and entry, read strictly and written.
Not here: the walk through the trie (see `trie`) and what a verifier makes of it (see `state_checks`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .errors import MalformedInput, Tampered
from .proof import StateClaim
from .records import AnchoredBatch
from .rlp import decode, encode, encode_integer, integer, strings
from .signature import address_bytes, keccak
from .strict import to_hex
from .trie import EMPTY_ROOT, Trie, check_proof

ENTRIES_SLOT = 4
"""Storage slot of the contract's mapping from head to entry (contracts/artifacts/EvidenceLedger.json)."""
HEAD_SLOT = 3
"""Storage slot of the contract's last head."""
MIN_HEADER_ITEMS = 15
_STATE_ROOT, _NUMBER, _TIME = 3, 8, 11
_FIELD = 8


@dataclass(frozen=True)
class Header:
    """What is read of a block's header. hash: keccak-256 of its RLP; time: unix seconds; hashes 32 bytes."""

    hash: bytes
    number: int
    time: int
    state_root: bytes


@dataclass(frozen=True)
class Account:
    """What the state holds of the evidence ledger: root of its storage and keccak-256 of its code."""

    storage_root: bytes
    code_hash: bytes


@dataclass(frozen=True)
class Entry:
    """The ledger's record of one head. block_time: unix seconds, the operator's clock."""

    number: int
    size: int
    block_number: int
    block_time: int


def read_header(data: bytes, where: str = "state.header") -> Header:
    """A header's hash, number, time and state root. Raises MalformedInput; knows no fork beyond the first 15 items."""
    items = strings(decode(data, where=where), where=where)
    if len(items) < MIN_HEADER_ITEMS:
        raise MalformedInput(f"fewer than {MIN_HEADER_ITEMS} items", where=where)
    if len(items[_STATE_ROOT]) != 32:
        raise MalformedInput("no state root", where=where)
    return Header(
        hash=keccak(data),
        number=integer(items[_NUMBER], where=where),
        time=integer(items[_TIME], where=where),
        state_root=items[_STATE_ROOT],
    )


def read_account(
    state_root: bytes, address: str | bytes, nodes: Sequence[bytes], where: str = "state.account"
) -> Account:
    """The account at an address, proven from a state root. Raises MalformedInput or Tampered."""
    data = check_proof(state_root, keccak(address_bytes(address)), nodes, where=where)
    items = strings(decode(data, where=where), where=where)
    if len(items) != 4 or len(items[2]) != 32 or len(items[3]) != 32:
        raise MalformedInput("not an account", where=where)
    integer(items[0], where=where)
    integer(items[1], max_size=32, where=where)
    return Account(storage_root=items[2], code_hash=items[3])


def read_entry(
    storage_root: bytes, head: bytes, nodes: Sequence[bytes], where: str = "state.storage"
) -> Entry:
    """The ledger's entry of a head, proven from its storage root. Raises MalformedInput or Tampered."""
    data = decode(check_proof(storage_root, keccak(entry_slot(head)), nodes, where=where), where=where)
    if not isinstance(data, bytes) or not data:
        raise MalformedInput("not an integer", where=where)
    value = integer(data, max_size=32, where=where).to_bytes(32, "big")
    time, block, size, number = (
        int.from_bytes(value[at : at + _FIELD], "big") for at in range(0, 32, _FIELD)
    )
    return Entry(number=number, size=size, block_number=block, block_time=time)


def entry_slot(head: bytes) -> bytes:
    """Storage slot of a head's entry, 32 bytes: keccak-256(head ‖ slot of the mapping)."""
    return keccak(head + ENTRIES_SLOT.to_bytes(32, "big"))


def entry_value(batch: AnchoredBatch) -> bytes:
    """What the contract keeps in that slot, leading zeros left out."""
    fields = (batch.block_time, batch.block_number, batch.size, batch.number)
    return b"".join(field.to_bytes(_FIELD, "big") for field in fields).lstrip(b"\x00")


def write_header(
    number: int,
    time: int,
    state_root: bytes,
    parent: bytes = bytes(32),
    extra: bytes = b"",
    later_items: Sequence[bytes] = (b"",),
) -> bytes:
    """The RLP of a header with nothing in its block; later_items: what forks added, by default London's base fee."""
    no_uncles, fixed = keccak(encode([])), encode_integer(30_000_000)
    before = [parent, no_uncles, bytes(20), state_root, EMPTY_ROOT, EMPTY_ROOT, bytes(256), b""]
    counted = [encode_integer(number), fixed, b"", encode_integer(time), extra, bytes(32), bytes(8)]
    return encode([*before, *counted, *later_items])


class LedgerState:
    """The state of a chain that holds an evidence ledger and its batches, built whole: for stand-ins and vectors.

    code_hashes: address → 0x keccak-256 of its code; others: further accounts, of no meaning; value_of: what the
    ledger keeps of a batch.
    """

    def __init__(
        self,
        ledger: str,
        code_hashes: Mapping[str, str],
        batches: Sequence[AnchoredBatch],
        others: Sequence[bytes] = (),
        value_of: Callable[[AnchoredBatch], bytes] = entry_value,
    ) -> None:
        slots = {entry_slot(one.head): value_of(one) for one in batches}
        if batches:
            slots[HEAD_SLOT.to_bytes(32, "big")] = batches[-1].head.lstrip(b"\x00")
        self._ledger = address_bytes(ledger)
        self._storage = Trie({keccak(slot): encode(value) for slot, value in slots.items()})
        accounts = {keccak(one): _account(EMPTY_ROOT, keccak(b"")) for one in others}
        for address, code_hash in code_hashes.items():
            own = address_bytes(address)
            root = self._storage.root if own == self._ledger else EMPTY_ROOT
            accounts[keccak(own)] = _account(root, bytes.fromhex(code_hash[2:]))
        self._accounts = Trie(accounts)
        self.root = self._accounts.root

    def prove(self, header: bytes, head: bytes, account: str | None = None) -> StateClaim:
        """Header and proofs for the entry of a head, whether it is there or not; account: another than the ledger's."""
        return StateClaim(
            header=header,
            account=self._accounts.proof(keccak(address_bytes(account) if account else self._ledger)),
            storage=self._storage.proof(keccak(entry_slot(head))),
        )


def _account(storage_root: bytes, code_hash: bytes) -> bytes:
    return encode([encode_integer(1), b"", storage_root, code_hash])


def read_state(claim: StateClaim, ledger: str, code_hash: str, head: bytes) -> tuple[Header, Entry]:
    """Everything that a claim proves about a head at once. Raises MalformedInput or Tampered at the first defect."""
    header = read_header(claim.header)
    account = read_account(header.state_root, ledger, claim.account)
    if to_hex(account.code_hash) != code_hash:
        raise Tampered("other code at the ledger's address", where="state.account")
    return header, read_entry(account.storage_root, head, claim.storage)
