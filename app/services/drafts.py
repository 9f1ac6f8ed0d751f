"""The draft that the table writes together: opening, changing, earlier states. Proposals and remarks: ``draft_talk``.

Every change is numbered and stored before anybody hears of it. What two people change in different fields is merged;
the same field changed meanwhile is a CONFLICT that gives both texts, and nothing is overwritten.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from app.domain.agreement import compare as comparison
from app.domain.agreement.changes import (
    Applied,
    Numbers,
    Op,
    apply,
    clashes,
    flatten,
    patch,
    plain,
    read_op,
    touched,
    undo,
    unflatten,
)
from app.domain.agreement.library import BY_KEY, clause_of, started
from app.domain.agreement.model import Agreement, Organisation, Party, Representative, Track
from app.domain.agreement.reading import parse
from app.domain.agreement.render import TITLES
from app.domain.agreement.text import clean
from app.domain.errors import DomainError, ErrorKind, InvalidForm
from app.domain.permissions import Permission
from app.domain.roles import PARTIES, Actor, Side
from app.models.cases import Case, Participant, PartyKind
from app.models.drafts import AgreementDraft, ChangeKind, DraftChange, DraftProposal, ProposalState
from app.services import access, audit, settlements
from app.services.access import CaseAccess
from app.services.context import Work

MOST_REVISIONS = 5000
MOST_OPEN_PROPOSALS, MOST_PROPOSALS = 50, 1000
"""Of one person: nobody takes the room that others need."""
NOTE_LIMIT = 1000
PAGE = 200


@dataclass(frozen=True)
class Given:
    """A change as somebody sends it: from which revision, under which name of the sender's own choosing."""

    base: int
    client_id: str
    operation: dict[str, Any]
    note: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a change became: itself, or (of a party while the mediator holds the pen) a proposal."""

    draft: AgreementDraft
    change: DraftChange | None = None
    proposal: DraftProposal | None = None


@dataclass(frozen=True)
class DraftAccess:
    """A draft with who looks at it."""

    entry: CaseAccess
    draft: AgreementDraft
    may_write: bool
    """Whether the actor's changes take effect at once."""

    @property
    def agreement(self) -> Agreement:
        """The terms as they are now."""
        return parse(self.draft.content)


def of_case(work: Work, case: Case) -> AgreementDraft | None:
    """The draft of a case, or None before it is opened."""
    return work.session.scalar(select(AgreementDraft).where(AgreementDraft.case_id == case.id))


def look(work: Work, actor: Actor, number: str, permission: Permission = Permission.SEE_DRAFT) -> DraftAccess:
    """The draft as the actor may touch it; NOT_FOUND where none is open yet."""
    entry = access.in_case(work, actor, number, permission)
    draft = of_case(work, entry.case)
    if draft is None or entry.participant is None:
        raise DomainError(ErrorKind.NOT_FOUND)
    pen = entry.may(Permission.DRAFT_SETTLEMENT) or draft.open_editing
    return DraftAccess(
        entry, draft, pen and settlements.can_draft(entry.case, settlements.current(work, entry.case))
    )


def to_write(work: Work, actor: Actor, number: str, permission: Permission) -> DraftAccess:
    """As ``look``, locked until the end of the work; WRONG_STATE where nothing may be drafted now."""
    found = look(work, actor, number, permission)
    case = found.entry.case
    if not settlements.can_draft(case, settlements.current(work, case)):
        raise DomainError(ErrorKind.WRONG_STATE, state=case.state.value)
    work.session.refresh(found.draft, with_for_update=True)
    return found


def open_draft(work: Work, actor: Actor, number: str) -> AgreementDraft:
    """The case's draft, begun with what fits the right in dispute where there is none yet."""
    entry = access.in_case(work, actor, number, Permission.DRAFT_SETTLEMENT)
    case = entry.case
    existing = of_case(work, case)
    if existing is not None:
        return existing
    if case.room_opened_at is None or not settlements.can_draft(case, settlements.current(work, case)):
        raise DomainError(ErrorKind.WRONG_STATE, state=case.state.value)
    people = [person for person in settlements.at_table(case) if person.side in PARTIES]
    agreement = started(_empty(case, people), case.right_kind, case.right_details)
    draft = AgreementDraft(
        case_id=case.id,
        content=agreement.as_json(),
        seats={f"p{at}": person.id for at, person in enumerate(people, 1)},
        revision=0,
        activity=0,
        last_clause=len(agreement.clauses),
        last_fact=0,
        open_editing=False,
        opened_by_id=entry.seat.id,
        opened_at=work.now(),
    )
    work.session.add(draft)
    work.session.flush()
    audit.record(work, actor, "open_draft", case)
    work.wake_room()
    return draft


def _empty(case: Case, people: list[Participant]) -> Agreement:
    mediator = next(person for person in settlements.at_table(case) if person.side is Side.MEDIATOR)
    return Agreement(
        track=Track.INDUSTRY,
        title=TITLES[Track.INDUSTRY],
        number=case.number,
        dispute="",
        organisation=Organisation(mediator.party_name),
        mediators=(mediator.person_name,),
        parties=tuple(_party(f"p{at}", person) for at, person in enumerate(people, 1)),
    )


def _party(ref: str, person: Participant) -> Party:
    """Somebody who stands for an organisation is taken for its head until the mediator says otherwise."""
    stands_for = person.party_kind is PartyKind.ORGANISATION
    return Party(
        ref=ref,
        side=person.side.value,
        kind=person.party_kind.value,
        name=person.party_name,
        id_number=person.party_id_number,
        address=person.party_address,
        representative=Representative(person.person_name) if stands_for else None,
    )


def change(work: Work, actor: Actor, number: str, given: Given) -> Outcome:
    """Change the draft; a party's change becomes a proposal unless the mediator opened editing to all.

    The same ``client_id`` by the same person is taken once. CONFLICT names what was changed since ``given.base``,
    with both values; InvalidForm names values that do not fit.
    """
    found = to_write(work, actor, number, Permission.WRITE_IN_DRAFT)
    draft, seat = found.draft, found.entry.seat
    known = _known(work, draft, seat, given.client_id)
    if known is not None:
        return known
    _require_base(draft, given.base)
    if not found.may_write:
        return Outcome(draft, proposal=_ask(work, actor, found, given))
    kind = ChangeKind(str(read_op(given.operation)["op"]))
    return Outcome(draft, change=carry_out(work, actor, found, given, kind))


def _known(work: Work, draft: AgreementDraft, seat: Participant, client_id: str) -> Outcome | None:
    if not client_id or len(client_id) > 64:
        raise DomainError(ErrorKind.INVALID_INPUT, "client_id", problem="missing")
    for table in (DraftChange, DraftProposal):
        query = select(table).where(
            table.draft_id == draft.id, table.author_id == seat.id, table.client_id == client_id
        )
        stored = work.session.scalar(query)
        if isinstance(stored, DraftChange):
            return Outcome(draft, change=stored)
        if stored is not None:
            return Outcome(draft, proposal=stored)
    return None


def _require_base(draft: AgreementDraft, base: int) -> None:
    if not 0 <= base <= draft.revision:
        raise DomainError(ErrorKind.INVALID_INPUT, "base", problem="unknown")


def _ask(work: Work, actor: Actor, found: DraftAccess, given: Given) -> DraftProposal:
    draft, seat = found.draft, found.entry.seat
    if len(given.note) > NOTE_LIMIT:
        raise DomainError(ErrorKind.INVALID_INPUT, "note", problem="too_long")
    own = select(func.count(DraftProposal.id)).where(
        DraftProposal.draft_id == draft.id, DraftProposal.author_id == seat.id
    )
    waiting = own.where(DraftProposal.state == ProposalState.OPEN)
    for count, most in ((waiting, MOST_OPEN_PROPOSALS), (own, MOST_PROPOSALS)):
        if (work.session.scalar(count) or 0) >= most:
            raise DomainError(ErrorKind.TOO_MANY_ATTEMPTS)
    operation = expanded(found, given.operation)
    _applied(found, operation, lambda revision: at_revision(work, draft, revision))
    proposal = DraftProposal(
        draft_id=draft.id,
        target=operation.get("target"),
        base=given.base,
        operation=operation,
        note=clean(given.note),
        author_id=seat.id,
        client_id=given.client_id,
        at=work.now(),
        state=ProposalState.OPEN,
    )
    work.session.add(proposal)
    happened(work, draft)
    audit.record(work, actor, "propose_draft_change", found.entry.case, target=proposal.target)
    return proposal


def carry_out(
    work: Work,
    actor: Actor,
    found: DraftAccess,
    given: Given,
    kind: ChangeKind,
    proposal: DraftProposal | None = None,
) -> DraftChange | None:
    """Apply and store one change to a locked draft; None where everything is already as the change wants it."""
    draft = found.draft
    if draft.revision >= MOST_REVISIONS:
        raise DomainError(ErrorKind.TOO_MANY_ATTEMPTS)
    before = parse(draft.content)
    operation = expanded(found, given.operation)
    _require_no_clash(work, draft, before, operation, given.base)
    after = _applied(found, operation, lambda revision: at_revision(work, draft, revision))
    done = patch(flatten(before), flatten(after.agreement))
    if not done:
        return None
    draft.content = after.agreement.as_json()
    draft.revision += 1
    draft.last_clause, draft.last_fact = after.numbers.clauses, after.numbers.facts
    stored = DraftChange(
        draft_id=draft.id,
        revision=draft.revision,
        base=given.base,
        kind=kind,
        target=after.target,
        patch=done,
        touched=touched(done),
        author_id=found.entry.seat.id,
        proposal_id=proposal.id if proposal is not None else None,
        client_id=given.client_id,
        at=work.now(),
    )
    work.session.add(stored)
    happened(work, draft)
    audit.record(work, actor, "change_draft", found.entry.case, revision=draft.revision, change=kind.value)
    return stored


def expanded(found: DraftAccess, operation: Mapping[str, Any]) -> dict[str, Any]:
    """The operation in good form; a clause that names only its library entry gets that entry's words."""
    read = read_op(operation)
    clause = read.get("clause")
    if isinstance(clause, Mapping) and "fields" not in clause:
        entry = BY_KEY.get(str(clause.get("library")))
        if entry is None:
            return read if clause.get("library") is None else _unknown_entry()
        case = found.entry.case
        made = clause_of(entry, "c1", parse(found.draft.content).parties, case.right_details).as_json()
        read["clause"] = {name: made[name] for name in ("kind", "fields", "library")}
    return read


def _unknown_entry() -> dict[str, Any]:
    raise InvalidForm({"library": "unknown"})


def _applied(found: DraftAccess, operation: Mapping[str, Any], state: Callable[[int], Agreement]) -> Applied:
    draft = found.draft
    numbers = Numbers(draft.last_clause, draft.last_fact)
    if operation["op"] == Op.RESTORE:
        return Applied(state(operation["revision"]), numbers, None)
    return apply(parse(draft.content), numbers, operation)


def _require_no_clash(
    work: Work, draft: AgreementDraft, now: Agreement, operation: Mapping[str, Any], base: int
) -> None:
    query = select(DraftChange).where(DraftChange.draft_id == draft.id, DraftChange.revision > base)
    later = list(work.session.scalars(query.options(defer(DraftChange.patch)).order_by(DraftChange.revision)))
    found = clashes(operation, dict.fromkeys(name for one in later for name in one.touched))
    flat, target = flatten(now), str(operation.get("target"))
    theirs = plain(flat[target]) if isinstance(flat.get(target), dict) else None
    yours = operation.get("set", {})
    both = {}
    for name in found:
        field_name = name.partition(".")[2]
        if theirs is not None and field_name in yours and yours[field_name] == theirs.get(field_name):
            continue
        author = next(one for one in reversed(later) if name in one.touched)
        both[name] = {
            "yours": yours.get(field_name),
            "theirs": theirs.get(field_name) if theirs is not None else None,
            "removed": theirs is None,
            "by": author.author.person_name,
            "revision": author.revision,
        }
    if both:
        raise DomainError(ErrorKind.CONFLICT, target, revision=draft.revision, both=both)


def happened(work: Work, draft: AgreementDraft) -> None:
    """Count an act, and let the room hear of it after the commit."""
    draft.activity += 1
    work.session.flush()
    work.wake_room()


def set_open_editing(work: Work, actor: Actor, number: str, open_to_all: bool) -> AgreementDraft:
    """The mediator gives the pen to everybody at the table, or takes it back."""
    found = to_write(work, actor, number, Permission.DRAFT_SETTLEMENT)
    if found.draft.open_editing is not open_to_all:
        found.draft.open_editing = open_to_all
        happened(work, found.draft)
        audit.record(work, actor, "open_draft_editing", found.entry.case, open=open_to_all)
    return found.draft


def at_revision(work: Work, draft: AgreementDraft, revision: int) -> Agreement:
    """The terms as they were at a revision; NOT_FOUND for one that never was."""
    if not 0 <= revision <= draft.revision:
        raise DomainError(ErrorKind.NOT_FOUND, "revision")
    flat = flatten(parse(draft.content))
    later = select(DraftChange.patch).where(DraftChange.draft_id == draft.id, DraftChange.revision > revision)
    newest_first = later.order_by(DraftChange.revision.desc()).execution_options(yield_per=50)
    for done in work.session.scalars(newest_first):  # a patch can hold the whole draft twice
        flat = undo(flat, done)
    return parse(unflatten(flat))


def shown_at(work: Work, actor: Actor, number: str, revision: int) -> Agreement:
    """An earlier state for somebody at the table."""
    return at_revision(work, look(work, actor, number).draft, revision)


def differences(
    work: Work, actor: Actor, number: str, before: int, after: int
) -> tuple[comparison.Difference, ...]:
    """What differs between two revisions, in the order of the later one."""
    draft = look(work, actor, number).draft
    return comparison.compare(at_revision(work, draft, before), at_revision(work, draft, after))


def changes_after(work: Work, actor: Actor, number: str, revision: int) -> list[DraftChange]:
    """Changes above a revision in order, at most 200 at a time."""
    draft = look(work, actor, number).draft
    query = select(DraftChange).where(DraftChange.draft_id == draft.id, DraftChange.revision > revision)
    return list(work.session.scalars(query.order_by(DraftChange.revision).limit(PAGE)))


def latest_changes(work: Work, draft: AgreementDraft, limit: int = PAGE) -> list[DraftChange]:
    """The newest changes first."""
    query = select(DraftChange).where(DraftChange.draft_id == draft.id)
    return list(work.session.scalars(query.order_by(DraftChange.revision.desc()).limit(limit)))


def frozen(work: Work, actor: Actor, number: str, revision: int) -> tuple[DraftAccess, Agreement]:
    """Exactly this revision, to be proposed; CONFLICT if the draft has moved on meanwhile."""
    found = to_write(work, actor, number, Permission.DRAFT_SETTLEMENT)
    if found.draft.revision != revision:
        raise DomainError(ErrorKind.CONFLICT, "revision", revision=found.draft.revision, both={})
    seated = {person.id for person in settlements.at_table(found.entry.case) if person.side in PARTIES}
    if set(found.draft.seats.values()) != seated:
        raise DomainError(ErrorKind.WRONG_STATE, state="parties")
    return found, found.agreement
