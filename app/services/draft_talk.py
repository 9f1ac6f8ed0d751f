"""What people say about a draft: decisions on proposals, comments and replies. Changes themselves: ``drafts``."""

from dataclasses import dataclass

from sqlalchemy import func, select

from app.domain.agreement.changes import flatten
from app.domain.agreement.text import clean
from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.domain.roles import Actor, Side
from app.models.cases import Participant
from app.models.drafts import (
    AgreementDraft,
    ChangeKind,
    DraftComment,
    DraftProposal,
    ProposalState,
)
from app.services import audit, drafts
from app.services.context import Work
from app.services.drafts import DraftAccess, Given

COMMENT_LIMIT = 2000
MOST_COMMENTS = 500
"""Of one person: nobody takes the room that others need."""
REASON_LIMIT = 1000


@dataclass(frozen=True)
class Decision:
    """What the mediator decides: ``reason`` is needed to reject; ``base`` set to the present revision accepts in spite
    of later changes to the same fields."""

    accept: bool
    reason: str = ""
    base: int | None = None


def proposals(work: Work, draft: AgreementDraft, open_only: bool = False) -> list[DraftProposal]:
    """Proposals in the order they were made."""
    query = select(DraftProposal).where(DraftProposal.draft_id == draft.id).order_by(DraftProposal.id)
    if open_only:
        query = query.where(DraftProposal.state == ProposalState.OPEN)
    return list(work.session.scalars(query))


def comments(work: Work, draft: AgreementDraft) -> list[DraftComment]:
    """Comments and replies in the order they were made."""
    query = select(DraftComment).where(DraftComment.draft_id == draft.id).order_by(DraftComment.id)
    return list(work.session.scalars(query))


def decide(work: Work, actor: Actor, number: str, proposal_id: int, decision: Decision) -> DraftProposal:
    """The mediator accepts (a change is made, CONFLICT where the same was changed since) or rejects with a reason.

    What the proposal changes may have gone: then it is marked outdated and nothing is changed.
    """
    found = drafts.to_write(work, actor, number, Permission.DRAFT_SETTLEMENT)
    proposal = _open_proposal(work, found, proposal_id)
    if not decision.accept:
        return _close(work, actor, found, proposal, ProposalState.REJECTED, _text(decision.reason, "reason"))
    if _gone(found, proposal):
        return _close(work, actor, found, proposal, ProposalState.OUTDATED)
    base = proposal.base if decision.base is None else decision.base
    if not proposal.base <= base <= found.draft.revision:
        raise DomainError(ErrorKind.INVALID_INPUT, "base", problem="unknown")
    given = Given(base, f"proposal-{proposal.id}", proposal.operation)
    drafts.carry_out(work, actor, found, given, ChangeKind.ACCEPT, proposal)
    reason = clean(decision.reason)[:REASON_LIMIT] or None
    return _close(work, actor, found, proposal, ProposalState.ACCEPTED, reason)


def withdraw(work: Work, actor: Actor, number: str, proposal_id: int) -> DraftProposal:
    """Its author takes a proposal back."""
    found = drafts.to_write(work, actor, number, Permission.WRITE_IN_DRAFT)
    proposal = _open_proposal(work, found, proposal_id)
    if proposal.author_id != found.entry.seat.id:
        raise DomainError(ErrorKind.NOT_ALLOWED)
    return _close(work, actor, found, proposal, ProposalState.WITHDRAWN)


def _open_proposal(work: Work, found: DraftAccess, proposal_id: int) -> DraftProposal:
    proposal = work.session.get(DraftProposal, proposal_id)
    if proposal is None or proposal.draft_id != found.draft.id:
        raise DomainError(ErrorKind.NOT_FOUND)
    if proposal.state is not ProposalState.OPEN:
        raise DomainError(ErrorKind.WRONG_STATE, state=proposal.state.value)
    return proposal


def _gone(found: DraftAccess, proposal: DraftProposal) -> bool:
    return proposal.target is not None and proposal.target not in flatten(found.agreement)


def _close(
    work: Work,
    actor: Actor,
    found: DraftAccess,
    proposal: DraftProposal,
    state: ProposalState,
    reason: str | None = None,
) -> DraftProposal:
    proposal.state, proposal.reason = state, reason
    proposal.decided_by_id, proposal.decided_at = found.entry.seat.id, work.now()
    drafts.happened(work, found.draft)
    audit.record(
        work, actor, "decide_draft_proposal", found.entry.case, proposal=proposal.id, state=state.value
    )
    return proposal


@dataclass(frozen=True)
class Remark:
    """A comment as somebody sends it; ``target`` None is on the whole."""

    text: str
    client_id: str
    target: str | None = None
    reply_to: int | None = None


def comment(work: Work, actor: Actor, number: str, remark: Remark) -> DraftComment:
    """Say something about an element or the whole; a reply stands with what it answers. Taken once per client id."""
    found = drafts.to_write(work, actor, number, Permission.WRITE_IN_DRAFT)
    draft, seat = found.draft, found.entry.seat
    known = _known(work, draft, seat, remark.client_id)
    if known is not None:
        return known
    text = _text(remark.text, "text", COMMENT_LIMIT)
    parent = _parent(work, draft, remark.reply_to)
    target = parent.target if parent is not None else remark.target
    if parent is None and target is not None and target not in flatten(found.agreement):
        raise DomainError(ErrorKind.NOT_FOUND, "target")
    count = select(func.count(DraftComment.id)).where(
        DraftComment.draft_id == draft.id, DraftComment.author_id == seat.id
    )
    if (work.session.scalar(count) or 0) >= MOST_COMMENTS:
        raise DomainError(ErrorKind.TOO_MANY_ATTEMPTS)
    made = DraftComment(
        draft_id=draft.id,
        target=target,
        author_id=seat.id,
        client_id=remark.client_id,
        text=text,
        at=work.now(),
        reply_to_id=parent.id if parent is not None else None,
    )
    work.session.add(made)
    drafts.happened(work, draft)
    audit.record(work, actor, "comment_on_draft", found.entry.case, target=target)
    return made


def _known(work: Work, draft: AgreementDraft, seat: Participant, client_id: str) -> DraftComment | None:
    if not client_id or len(client_id) > 64:
        raise DomainError(ErrorKind.INVALID_INPUT, "client_id", problem="missing")
    query = select(DraftComment).where(
        DraftComment.draft_id == draft.id,
        DraftComment.author_id == seat.id,
        DraftComment.client_id == client_id,
    )
    return work.session.scalar(query)


def _parent(work: Work, draft: AgreementDraft, comment_id: int | None) -> DraftComment | None:
    """What a reply answers; replies to a reply stand with the first comment."""
    if comment_id is None:
        return None
    found = work.session.get(DraftComment, comment_id)
    if found is None or found.draft_id != draft.id:
        raise DomainError(ErrorKind.NOT_FOUND, "reply_to")
    return found if found.reply_to_id is None else work.session.get_one(DraftComment, found.reply_to_id)


def resolve(work: Work, actor: Actor, number: str, comment_id: int, resolved: bool = True) -> DraftComment:
    """The author or the mediator marks a comment as settled, or opens it again."""
    found = drafts.to_write(work, actor, number, Permission.WRITE_IN_DRAFT)
    made = work.session.get(DraftComment, comment_id)
    if made is None or made.draft_id != found.draft.id or made.reply_to_id is not None:
        raise DomainError(ErrorKind.NOT_FOUND)
    if made.author_id != found.entry.seat.id and found.entry.seat.side is not Side.MEDIATOR:
        raise DomainError(ErrorKind.NOT_ALLOWED)
    made.resolved_at = work.now() if resolved else None
    made.resolved_by_id = found.entry.seat.id if resolved else None
    drafts.happened(work, found.draft)
    audit.record(work, actor, "resolve_draft_comment", found.entry.case, comment=made.id, resolved=resolved)
    return made


def _text(given: str, name: str, limit: int = REASON_LIMIT) -> str:
    text = clean(given)
    if not text or len(text) > limit:
        raise DomainError(ErrorKind.INVALID_INPUT, name, problem="too_long" if text else "missing")
    return text
