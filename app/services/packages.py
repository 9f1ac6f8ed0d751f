"""The case package: everything of a case that its reader may see, to be kept and checked without us. Deterministic.

State is what was on record before this hand-out. Its bytes are made in ``package_files``, streamed by the entrance.
"""

from dataclasses import dataclass
from datetime import datetime

from app.domain.permissions import Permission
from app.domain.roles import Actor, Role
from app.models.cases import Case, Participant
from app.models.exhibits import Exhibit
from app.services import (
    access,
    audit,
    certificates,
    custody,
    exhibits,
    package_documents,
    proofs,
    settlements,
)
from app.services.context import Services, Work
from evidence.errors import EvidenceError

COURT = "court"
MARGIN = 600_000
"""Bytes that an exhibit adds besides its original, about: certificate and proof. For the estimate on a page."""


@dataclass(frozen=True)
class TakenExhibit:
    """An exhibit that goes into the package. certified: None while it waits for its anchor."""

    exhibit: Exhibit
    certified: certificates.Snapshot | None


@dataclass(frozen=True)
class Withheld:
    """An exhibit that the reader may not see, or that was erased; only that it is, or was, there."""

    number: int
    receipt_number: str
    reason: str = "secret"


@dataclass(frozen=True)
class Taken:
    """One steady view of a case as its reader may see it. role: side of the reader, or ``court``."""

    case: Case
    role: str
    account: str
    parties: tuple[Participant, ...]
    exhibits: tuple[TakenExhibit, ...]
    withheld: tuple[Withheld, ...]
    documents: tuple[package_documents.TakenDocument, ...]
    as_of: datetime


def take(services: Services, actor: Actor, number: str) -> Taken:
    """What goes into the package as things stand now; NOT_FOUND and NOT_ALLOWED as for the exhibits."""
    with services.reading() as work:
        entry = access.in_case(work, actor, number, Permission.SEE_EXHIBIT)
        listed = exhibits.folder(work, actor, number).listed
        taken = tuple(_exhibit(work, item.exhibit) for item in listed if item.exhibit is not None)
        documents = tuple(package_documents.documents(work, entry))
        parties = tuple(settlements.at_table(entry.case))
        return Taken(
            case=entry.case,
            role=COURT if Role.CASE_JUDGE in entry.roles else entry.seat.side.value,
            account=custody.pseudonym(work, actor),
            parties=parties,
            exhibits=taken,
            withheld=tuple(
                Withheld(item.number, item.receipt_number, "erased" if item.erased_at else "secret")
                for item in listed
                if item.exhibit is None
            ),
            documents=documents,
            as_of=_newest(entry.case, taken, documents),
        )


def _exhibit(work: Work, exhibit: Exhibit) -> TakenExhibit:
    ready = proofs.is_ready(exhibit.job)
    return TakenExhibit(exhibit, certificates.snapshot(work, exhibit) if ready else None)


def _newest(
    case: Case, taken: tuple[TakenExhibit, ...], documents: tuple[package_documents.TakenDocument, ...]
) -> datetime:
    times = [case.submitted_at]
    times += [one.exhibit.received_at for one in taken]
    times += [one.certified.record[-1].at for one in taken if one.certified is not None]
    times += [one.at for one in documents]
    return max(times)


def readable(services: Services, exhibit: Exhibit) -> bool:
    """Whether the stored original can be opened and has its size. File work."""
    try:
        return services.store.size(exhibit.store_address) == exhibit.size
    except EvidenceError:
        return False


def note(services: Services, actor: Actor, number: str, taken: Taken) -> None:
    """Record the hand-out in every exhibit's custody and in the audit; before the first byte goes out.

    So a download that is cut off is on record as well.
    """
    with services.work() as work:
        entry = access.in_case(work, actor, number, Permission.SEE_EXHIBIT)
        for one in taken.exhibits:
            exhibits.hand_out(work, actor, number, one.exhibit.number, "package")
        audit.record(
            work,
            actor,
            "download_package",
            entry.case,
            exhibits=len(taken.exhibits),
            withheld=len(taken.withheld),
            documents=len(taken.documents),
        )


def estimate(work: Work, actor: Actor, number: str) -> int:
    """About how many bytes the package has for this reader; NOT_FOUND and NOT_ALLOWED as for the exhibits."""
    listed = exhibits.folder(work, actor, number).listed
    return MARGIN + sum(item.exhibit.size + MARGIN for item in listed if item.exhibit is not None)
