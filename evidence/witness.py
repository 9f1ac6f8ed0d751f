"""A witness's round: follow the ledger on a node of one's own, compare it with what was seen, and co-sign new heads.
Not here: the state file (see `witness_state`), options, waiting and words (see `witness_command`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from .comparing import Comparison, Diverged, twice
from .errors import MalformedInput, NotFound, Refused, Unavailable
from .merkle import GENESIS_HEAD, next_head
from .protocols import LedgerFollower
from .records import WITNESS_OFFICES, AnchoredBatch
from .signature import address_of, sign_digest, wallet_signer
from .strict import to_hex
from .trust import TrustRoot
from .typed_data import Witness
from .witness_state import MOST_UNSENT, Alarm, Sighting, Signed, StateFile, WitnessState

CHUNK = 50
"""Batches that are read, compared, written down and co-signed together while catching up."""
MINED_WITHIN = 5.0
"""Seconds to wait for a co-signature to be taken in; after that it is looked for in the next round."""
ALREADY = "EvidenceLedgerAlreadyWitnessed"

Tell = Callable[..., None]
"""Called as tell(event, **facts); events are the keys of `witness_words.EVENTS`."""


class WitnessedLedger(LedgerFollower, Protocol):
    """What a witness needs of its node: to follow, and to send its own co-signatures."""

    def witness(self, number: int, head: bytes, block_hash: bytes, signer: bytes, signature: bytes) -> str:
        """As `LedgerWriter.witness`."""

    def wait(self, transaction: str, timeout: float) -> None:
        """As `LedgerWriter.wait`."""


@dataclass(frozen=True)
class WitnessKey:
    """The secp256k1 key of a witness, which signs heads and sends its own transactions."""

    secret: bytes

    @property
    def signer(self) -> bytes:
        """The ERC-7913 signer: a wallet's address, 20 bytes."""
        return wallet_signer(address_of(self.secret))

    def sign(self, digest: bytes) -> bytes:
        """r ‖ s ‖ v over a digest."""
        return sign_digest(self.secret, digest)


@dataclass(frozen=True)
class Round:
    """What came of a round. number: the last batch seen; behind: batches on the ledger that are not final yet.

    in_office: None when nothing was there to be co-signed.
    """

    number: int
    behind: int = 0
    signed: int = 0
    in_office: bool | None = None
    alarm: Alarm | None = None


class Observer:
    """One witness: its trust root, node, key and state file. The file must be locked by whoever makes one.

    clock: the present time, aware; stopping: asked between batches whether to leave off.
    """

    def __init__(
        self,
        ledger: WitnessedLedger,
        trust: TrustRoot,
        key: WitnessKey,
        file: StateFile,
        *,
        tell: Tell = lambda _event, **_facts: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._comparison = Comparison(ledger, trust, clock)
        self._ledger, self._trust, self._key, self._file = ledger, trust, key, file
        self._tell, self._clock, self._stopping = tell, clock, stopping
        self._out_of_term: set[int] = set()
        self._told_office: bool | None = None
        self._told_refusals: set[tuple[int, str]] = set()
        known = (trust.chain_id, trust.evidence_ledger, key.signer)
        self.state = file.load() or WitnessState(*known)
        if (self.state.chain_id, self.state.evidence_ledger, self.state.signer) != known:
            raise MalformedInput("the state file belongs to another chain, ledger or key", where="state")

    def round(self) -> Round:
        """Look once. With an alarm nothing is asked and nothing signed.

        Raises Unavailable (or another kernel error) while the node does not answer sanely, OSError when the state
        cannot be written. Nothing is lost then; call again.
        """
        if self.state.alarm is not None:
            return Round(self._number, alarm=self.state.alarm)
        try:
            return self._follow()
        except Diverged as diverged:
            self._save(replace(self.state, alarm=diverged.alarm))
            return Round(self._number, alarm=diverged.alarm)

    def _follow(self) -> Round:
        if self._ledger.is_syncing():
            raise Unavailable("the node is still fetching the chain")
        head = twice(self._look_back)
        self._take_back_lost()
        signed = self._send_unsent()
        while not self._stopping() and (chunk := twice(self._next)):
            self._save(self.state.saw([Sighting.of(batch) for batch in chunk]))
            self._tell("followed", number=chunk[-1].number, head=to_hex(chunk[-1].head), of=head)
            signed += self._co_sign()
        signed += self._co_sign()
        in_office = self._in_office(self._now()) if self._waiting() else None
        return Round(self._number, max(head - self._number, 0), signed, in_office)

    @property
    def _number(self) -> int:
        return self.state.last.number if self.state.last is not None else 0

    def _save(self, state: WitnessState) -> None:
        self._file.save(state)
        self.state = state

    def _now(self) -> int:
        return int(self._clock().timestamp())

    def _look_back(self) -> int:
        """Chain, code and every batch that is remembered must be as they were. The number of the ledger's last batch."""
        self._comparison.identity(fresh=not self.state.seen and self.state.signed_to == 0)
        return self._comparison.look_back(self._remembered(), self._oldest)

    @property
    def _oldest(self) -> int:
        return self.state.seen[0].number if self.state.seen else 1

    def _diverged(self, kind: str, number: int, seen: object, found: object) -> Diverged:
        return self._comparison.diverged(kind, number, seen, found, self._oldest)

    def _remembered(self) -> list[Sighting]:
        """What was seen last, and before it what was signed and could not be sent since."""
        oldest = self.state.seen[0].number if self.state.seen else 0
        return [one.sighting for one in self.state.unsent if one.sighting.number < oldest] + list(
            self.state.seen
        )

    def _next(self) -> list[AnchoredBatch]:
        """The next batches, which must follow the last one seen; those only that are final."""
        (end, value), last = self._ledger.head(), self.state.last
        first, end = self._number + 1, min(end, self._number + CHUNK)
        if end < first:
            return []
        batches = self._ledger.batches(first, end, last.block_number if last is not None else 0)
        hashes = self._ledger.block_hashes([batch.block_number for batch in batches])
        previous, block = (last.head, last.block_number) if last is not None else (GENESIS_HEAD, 0)
        for number, batch, block_hash in zip(range(first, end + 1), batches, hashes, strict=False):
            if batch.number != number:
                raise self._diverged("missing", number, last or {}, batch)
            follows = (
                batch.previous_head == previous
                and batch.head == next_head(previous, batch.root, batch.size)
                and batch.block_number >= block
                and batch.block_hash == block_hash
            )
            if not follows:
                raise self._diverged("broken", number, last or {}, batch)
            previous, block = batch.head, batch.block_number
        if len(batches) != end - first + 1:
            raise self._diverged("missing", first + len(batches), last or {}, {"batches_on_ledger": end})
        ends_here = self._ledger.head() == (end, value)
        if ends_here and previous != value:
            raise self._diverged("broken", end, last or {}, {"number": end, "head": to_hex(value)})
        return self._final(batches)

    def _final(self, batches: list[AnchoredBatch]) -> list[AnchoredBatch]:
        while batches and not self._ledger.is_final(batches[-1].block_number):
            batches = batches[:-1]
        return batches

    def _in_office(self, moment: int) -> bool:
        return any(self._ledger.holds_office(self._key.signer, office, moment) for office in WITNESS_OFFICES)

    def _waiting(self) -> list[Sighting]:
        """Batches that may still be co-signed: above every number that ever was, and not known to be out of term."""
        return [
            one
            for one in self.state.seen
            if one.number > self.state.signed_to and one.number not in self._out_of_term
        ]

    def _co_sign(self) -> int:
        """Sign the heads that wait, write the signatures down, then send them; how many came onto the chain."""
        waiting = self._waiting()
        if not waiting or self._stopping():
            return 0
        if not self._in_office(self._now()):
            if self._told_office is not False:
                self._tell("no_office", signer=to_hex(self._key.signer))
            self._told_office = False
            return 0
        self._told_office = True
        due = [one for one in waiting if self._in_office(one.block_time)]
        self._out_of_term |= {one.number for one in waiting if one not in due}
        if not due or len(self.state.unsent) + len(due) > MOST_UNSENT:
            return 0
        signed = tuple(Signed(one, self._signature(one)) for one in due)
        self._save(replace(self.state, signed_to=due[-1].number, unsent=(*self.state.unsent, *signed)))
        return self._send_unsent()

    def _signature(self, one: Sighting) -> bytes:
        message = Witness(one.number, one.head, one.block_number, one.block_hash)
        return self._key.sign(message.digest(self._trust.evidence_domain))

    def _take_back_lost(self) -> None:
        """Where the chain holds the batches and lost the co-signatures, the same ones are sent again.

        A chain loses its newest blocks first: while it shows the last co-signature, it shows those before.
        """
        sent, signer = self.state.sent, self._key.signer
        if not sent or self._ledger.witnessed(sent[-1].sighting.head, signer) is not None:
            return
        lost = tuple(one for one in sent if self._ledger.witnessed(one.sighting.head, signer) is None)
        for one in lost:
            self._tell("lost", number=one.sighting.number)
        left = tuple(one for one in sent if one not in lost)
        self._save(replace(self.state, sent=left, unsent=(*lost, *self.state.unsent)))

    def _send_unsent(self) -> int:
        """Send what is written down, unless the chain has it; whatever does not arrive is tried again next round."""
        if not self.state.unsent:
            return 0
        on_chain: list[Signed] = []
        try:
            transactions = [(one, self._send(one)) for one in self.state.unsent if not self._stopping()]
            on_chain += [one for one, sent in transactions if sent is None or self._mined(one, sent)]
        finally:
            left = tuple(one for one in self.state.unsent if one not in on_chain)
            arrived = [one for one in on_chain if one.sighting in self.state.seen]
            sent = sorted((*self.state.sent, *arrived), key=lambda one: one.sighting.number)
            self._save(replace(self.state, unsent=left, sent=tuple(sent)))
        for one in on_chain:
            self._tell("co_signed", number=one.sighting.number, head=to_hex(one.sighting.head))
        return len(on_chain)

    def _send(self, one: Signed) -> str | None:
        """The transaction that carries a co-signature; None when the chain has it; empty when it was refused."""
        seen, signer = one.sighting, self._key.signer
        if self._ledger.witnessed(seen.head, signer) is not None:
            return None
        try:
            return self._ledger.witness(seen.number, seen.head, seen.block_hash, signer, one.signature)
        except Refused as refusal:
            if refusal.code == ALREADY:
                return None
            self._refused(one, refusal)
            return ""

    def _refused(self, one: Signed, refusal: Refused) -> None:
        """Tell of it once: it is tried again in every round."""
        told = (one.sighting.number, refusal.code or refusal.message)
        if told not in self._told_refusals:
            self._told_refusals.add(told)
            self._tell("refused", number=told[0], code=told[1])

    def _mined(self, one: Signed, transaction: str) -> bool:
        if not transaction:
            return False
        try:
            self._ledger.wait(transaction, MINED_WITHIN)
        except Refused as refusal:
            if refusal.code != ALREADY:
                self._refused(one, refusal)
            return refusal.code == ALREADY
        except (Unavailable, NotFound):
            return False
        return True
