"""Outside witnesses: their co-signatures, collected from the chain into the batches; how they stand; their offices.

A witness itself is ``python -m evidence witness``, on its own machine with its own node. No custody entry is written: a
co-signature is about a head, which stands for every batch before it, and may come long after an exhibit's record ended.
"""

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from app.domain.roles import SYSTEM
from app.models.exhibits import Batch, BatchState, WitnessSignature
from app.network import OutsideWitness
from app.services import audit
from app.services.context import Services, Work
from evidence.errors import MalformedInput, NotFound
from evidence.faults import reach
from evidence.records import WitnessEvent, witness_word
from evidence.signature import is_canonical, verify_signature
from evidence.strict import to_hex
from evidence.trust import TrustRoot
from evidence.typed_data import Witness

SILENT_AFTER = timedelta(minutes=10)
"""How long a head may wait for a witness until the witness counts as silent."""
WAIT = 15.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Place:
    """The last event that was dealt with; reading goes on after it."""

    block: int
    transaction: str
    number: int
    signer: bytes

    @classmethod
    def of(cls, event: WitnessEvent) -> "_Place":
        return cls(event.recorded_block, event.transaction, event.number, event.signer)


@dataclass
class Collector:
    """The worker's duty of collecting. It remembers how far it has read; anew after a start or when the chain lost that."""

    _place: _Place | None = field(default=None, init=False)
    _begun: bool = field(default=False, init=False)

    def collect(self, services: Services) -> int:
        """Keep every co-signature that came onto the chain since the last time; how many are new."""
        if not self._begun:
            with services.reading() as work:
                self._place = _last_kept(work)
            self._begun = True
        kept = 0
        for event in self._events(services):
            reach("witnesses.read")
            outcome = _keep(services, event)
            reach("witnesses.kept")
            if outcome is None:
                break
            kept += outcome
            self._place = _Place.of(event)
        return kept

    def _events(self, services: Services) -> list[WitnessEvent]:
        """What came after the place; everything, when the chain no longer has the place."""
        if self._place is not None:
            events = services.ledger.witness_events(self._place.block)
            places = [_Place.of(event) for event in events]
            if self._place in places:
                return events[places.index(self._place) + 1 :]
            log.warning("the chain lost transaction %s; reading co-signatures anew", self._place.transaction)
            self._place = None
        return services.ledger.witness_events(0)


def _last_kept(work: Work) -> _Place | None:
    query = select(WitnessSignature).order_by(
        WitnessSignature.recorded_block.desc(), WitnessSignature.id.desc()
    )
    last = work.session.scalar(query.limit(1))
    if last is None:
        return None
    return _Place(last.recorded_block, last.transaction_hash, last.batch_number, last.signer)


def _known(work: Work, event: WitnessEvent) -> bool:
    query = select(WitnessSignature.id).where(
        WitnessSignature.batch_number == event.number,
        WitnessSignature.signer == event.signer,
        WitnessSignature.block_hash == to_hex(event.block_hash),
    )
    return work.session.scalar(query) is not None


def _keep(services: Services, event: WitnessEvent) -> bool | None:
    """Check one co-signature and store it once; False when it is not one of ours, None while its batch is under way."""
    with services.work() as work:
        batch = work.session.get(Batch, event.number)
        if batch is None or batch.head != event.head:
            log.warning("a co-signature over batch %s, which is not in the database", event.number)
            return False
        if batch.state is not BatchState.ANCHORED:
            return None
        if batch.block_hash != to_hex(event.block_hash) or not _holds(services.trust, batch, event):
            log.warning(
                "a co-signature over batch %s by %s does not hold", event.number, to_hex(event.signer)
            )
            return False
        if _known(work, event):
            return False
        work.session.add(
            WitnessSignature(
                batch_number=batch.number,
                signer=event.signer,
                signature=event.signature,
                block_hash=batch.block_hash,
                transaction_hash=event.transaction,
                recorded_block=event.recorded_block,
                recorded_time=datetime.fromtimestamp(event.recorded_time, UTC),
            )
        )
        audit.record(work, SYSTEM, "keep_witness", batch=batch.number, signer=to_hex(event.signer))
    return True


def _holds(trust: TrustRoot, batch: Batch, event: WitnessEvent) -> bool:
    """As a proof's reader would check it: the signature, and that its encoding is the one that proofs may carry."""
    message = Witness(batch.number, batch.head, batch.block_number or 0, event.block_hash)
    digest = message.digest(trust.evidence_domain)
    try:
        return is_canonical(event.signer, event.signature, trust.verifiers) and verify_signature(
            event.signer, digest, event.signature, trust.verifiers
        )
    except MalformedInput:  # a kind of signer that the contract takes and proofs do not
        return False


@dataclass(frozen=True)
class WitnessStanding:
    """A witness of the network file and how it keeps up. office: the word of that file; times: aware UTC.

    last_…: the newest batch that it co-signed, by number, head and the chain's time of the co-signature. behind: batches
    of its term after that one. silent_since: the block time of the first of them, once it has waited too long.
    """

    name: str
    office: str
    signer: bytes
    interest: str
    trial: bool
    valid_from: datetime
    valid_until: datetime
    last_batch: int | None
    last_head: bytes | None
    last_at: datetime | None
    behind: int
    silent_since: datetime | None


def standing(work: Work) -> list[WitnessStanding]:
    """Every witness of the network file. Anybody may know it: it is on the chain and in every proof."""
    return [_standing(work, one) for one in work.services.network.witnesses]


def _standing(work: Work, one: OutsideWitness) -> WitnessStanding:
    start, end = datetime.fromtimestamp(one.valid_from, UTC), datetime.fromtimestamp(one.valid_until, UTC)
    last = work.session.scalar(
        select(WitnessSignature)
        .join(Batch)
        .where(WitnessSignature.signer == one.signer, WitnessSignature.block_hash == Batch.block_hash)
        .order_by(Batch.number.desc())
        .limit(1)
    )
    behind, oldest = work.session.execute(
        select(func.count(), func.min(Batch.block_time)).where(
            Batch.state == BatchState.ANCHORED,
            Batch.number > (last.batch_number if last is not None else 0),
            Batch.block_time >= start,
            Batch.block_time < end,
        )
    ).one()
    silent = oldest is not None and work.now() - oldest >= SILENT_AFTER
    return WitnessStanding(
        name=one.name,
        office=witness_word(one.office),
        signer=one.signer,
        interest=one.interest,
        trial=one.trial,
        valid_from=start,
        valid_until=end,
        last_batch=last.batch_number if last is not None else None,
        last_head=last.batch.head if last is not None else None,
        last_at=last.recorded_time if last is not None else None,
        behind=behind,
        silent_since=oldest if silent else None,
    )


def in_office(services: Services, one: OutsideWitness) -> bool:
    """Whether the chain shows the whole term that the network file states. Unavailable while the node is away."""
    moments = (one.valid_from, one.valid_until - 1)
    return all(services.ledger.holds_office(one.signer, one.office, moment) for moment in moments)


def grant_offices(services: Services) -> list[OutsideWitness]:
    """Write the terms of the network file onto the chain where they are not there yet; those that were written.

    For the command line and the setting up, where the admin key is: Refused (``NoKey``) without it.
    """
    missing = [one for one in services.network.witnesses if not in_office(services, one)]
    for one in missing:
        _grant(services, one)
    return missing


def _grant(services: Services, one: OutsideWitness) -> None:
    ledger = services.ledger
    ledger.wait(ledger.grant_office(one.signer, one.office, one.valid_from, one.valid_until), WAIT)
    with services.work() as work:
        audit.record(
            work, SYSTEM, "grant_witness", signer=to_hex(one.signer), office=witness_word(one.office)
        )


def revoke_office(services: Services, name: str) -> OutsideWitness:
    """End a witness's office now; heads that it co-signed before stay co-signed. NotFound for an unknown name."""
    found = next((one for one in services.network.witnesses if one.name == name), None)
    if found is None:
        raise NotFound("no such witness", where="network.witnesses")
    services.ledger.wait(services.ledger.revoke_office(found.signer, found.office), WAIT)
    with services.work() as work:
        audit.record(work, SYSTEM, "revoke_witness", signer=to_hex(found.signer))
    return found
