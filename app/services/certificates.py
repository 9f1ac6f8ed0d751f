"""What a certificate of an exhibit states: proof, custody record and verdict as they stood at one moment.

The words are written in the web layer (they follow the reader's language); the paper is set in ``app.documents``.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from app.domain.roles import Actor, Side
from app.models.cases import Case, Participant
from app.models.exhibits import Batch, Exhibit
from app.network import Network, trial_problems
from app.services import exhibits, proofs, verification
from app.services.aside import offload
from app.services.context import Services, Work
from evidence.digest import FileDigest
from evidence.proof import Proof
from evidence.trust import TrustRoot
from evidence.verdict import Verdict

CLOCK_TOLERANCE = 60
"""Seconds by which a token and the block may differ before it is pointed out."""


@dataclass(frozen=True)
class Certified:
    """One exhibit with everything that its certificate is made of; nothing is loaded later.

    text: the proof file exactly as attached; read_again: whether the original's bytes were read again for the verdict;
    trial: whether this installation, or an authority that it asks, is for trials only.
    """

    case: Case
    exhibit: Exhibit
    submitter: Participant
    organisation: str
    batch: Batch
    proof: Proof
    text: str
    record: tuple[exhibits.CustodyStep, ...]
    verdict: Verdict
    read_again: bool
    trust: TrustRoot
    network: Network
    trial: bool
    public_url: str

    @property
    def number(self) -> str:
        """Receipt number and the first eight digits of the attached proof file's SHA-256: another state, another number."""
        return f"{self.exhibit.receipt_number}-{sha256(self.text.encode()).hexdigest()[:8].upper()}"

    @property
    def as_of(self) -> datetime:
        """Time of the newest custody entry, UTC."""
        return self.record[-1].at


@dataclass(frozen=True)
class Snapshot:
    """What is read of one exhibit in one steady view of the database."""

    case: Case
    exhibit: Exhibit
    submitter: Participant
    organisation: str
    batch: Batch
    proof: Proof
    record: tuple[exhibits.CustodyStep, ...]


def certify(
    services: Services, actor: Actor, number: str, exhibit_number: int, digest: FileDigest | None
) -> Certified:
    """One exhibit's certificate as things stand now; asks the node, so never call it inside a transaction.

    digest: of the original read again, None when it was not. WRONG_STATE while the exhibit is not anchored.
    """
    with services.reading() as work:
        _entry, exhibit = exhibits.get(work, actor, number, exhibit_number)
        found = snapshot(work, exhibit)
    return conclude(services, found, digest)


def conclude(services: Services, found: Snapshot, digest: FileDigest | None) -> Certified:
    """The verdict on what was read before; asks the node."""
    return Certified(
        **vars(found),
        text=offload(found.proof.dump),
        verdict=verification.check(services, found.proof, digest),
        read_again=digest is not None,
        trust=services.trust,
        network=services.network,
        trial=services.settings.demo or bool(trial_problems(services.network)),
        public_url=services.settings.public_url,
    )


def snapshot(work: Work, exhibit: Exhibit) -> Snapshot:
    """Everything of an exhibit that its certificate needs; WRONG_STATE while it is not anchored."""
    _job, batch = proofs.require_ready(exhibit.job)
    people = exhibit.case.participants
    return Snapshot(
        case=exhibit.case,
        exhibit=exhibit,
        submitter=exhibit.participant,
        organisation=next((one.party_name for one in people if one.side is Side.MEDIATOR), ""),
        batch=batch,
        proof=proofs.build(work, exhibit),
        record=tuple(exhibits.record(work, exhibit)),
    )
