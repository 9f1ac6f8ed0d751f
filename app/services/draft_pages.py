"""What pages show of a draft: its state, talk, checks, and what the reader may do. Never for a court."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.permissions import Permission
from app.domain.roles import Actor
from app.models.cases import Case, Participant
from app.models.drafts import DraftChange, DraftComment, DraftProposal
from app.models.settlements import Settlement
from app.services import access, draft_reviews, draft_talk, drafts, settlements
from app.services.context import Work
from app.services.draft_reviews import Review
from app.services.drafts import DraftAccess


@dataclass(frozen=True)
class DraftPage:
    """A draft as somebody at the table sees it."""

    found: DraftAccess
    review: Review
    comments: tuple[DraftComment, ...]
    proposals: tuple[DraftProposal, ...]
    newest: Settlement | None
    missing_keys: tuple[Participant, ...]
    can_draft: bool

    @property
    def case(self) -> Case:
        """The case."""
        return self.found.entry.case

    def may(self, permission: Permission) -> bool:
        """Whether the reader may do this in the case."""
        return self.found.entry.may(permission)

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        draft, review = self.found.draft, self.review
        return {
            "number": self.case.number,
            "revision": draft.revision,
            "activity": draft.activity,
            "open_editing": draft.open_editing,
            "me": person_as_json(self.found.entry.seat),
            "may": {
                "write": self.found.may_write,
                "propose_changes": self.can_draft,
                "decide": self.can_draft and self.may(Permission.DRAFT_SETTLEMENT),
            },
            "agreement": review.agreement.as_json(),
            "text": review.text,
            "missing": review.missing,
            "hits": [_hit_as_json(one) for one in review.hits],
            "comments": [comment_as_json(one) for one in self.comments],
            "proposals": [proposal_as_json(one) for one in self.proposals],
            "missing_keys": [person.person_name for person in self.missing_keys],
        }


def page(work: Work, actor: Actor, number: str) -> DraftPage:
    """The draft now; NOT_FOUND before it is opened."""
    found = drafts.look(work, actor, number)
    case = found.entry.case
    newest = settlements.current(work, case)
    return DraftPage(
        found=found,
        review=draft_reviews.review_of(work, case, found.draft, found.agreement),
        comments=tuple(draft_talk.comments(work, found.draft)),
        proposals=tuple(draft_talk.proposals(work, found.draft)),
        newest=newest,
        missing_keys=tuple(settlements.missing_keys(work, case)),
        can_draft=settlements.can_draft(case, newest),
    )


@dataclass(frozen=True)
class Before:
    """A case whose draft is not open yet, as somebody at the table sees it."""

    entry: access.CaseAccess
    can_open: bool


def before(work: Work, actor: Actor, number: str) -> Before | None:
    """None where the draft is open."""
    entry = access.in_case(work, actor, number, Permission.SEE_DRAFT)
    if drafts.of_case(work, entry.case) is not None:
        return None
    ready = entry.case.room_opened_at is not None
    newest = settlements.current(work, entry.case)
    can_open = ready and entry.may(Permission.DRAFT_SETTLEMENT) and settlements.can_draft(entry.case, newest)
    return Before(entry, can_open)


def person_as_json(person: Participant) -> dict[str, Any]:
    """Somebody at the table."""
    return {
        "id": person.id,
        "name": person.person_name,
        "party": person.party_name,
        "side": person.side.value,
    }


def _time(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at is not None else None


def change_as_json(change: DraftChange) -> dict[str, Any]:
    """One change; ``patch`` is ``{element: [before, after]}``. Times are UTC (RFC 3339)."""
    return {
        "revision": change.revision,
        "base": change.base,
        "kind": change.kind.value,
        "target": change.target,
        "touched": change.touched,
        "patch": change.patch,
        "author": person_as_json(change.author),
        "client_id": change.client_id,
        "proposal": change.proposal_id,
        "at": _time(change.at),
    }


def proposal_as_json(proposal: DraftProposal) -> dict[str, Any]:
    """One proposal with what was decided."""
    return {
        "id": proposal.id,
        "target": proposal.target,
        "base": proposal.base,
        "operation": proposal.operation,
        "note": proposal.note,
        "author": person_as_json(proposal.author),
        "client_id": proposal.client_id,
        "at": _time(proposal.at),
        "state": proposal.state.value,
        "decided_by": person_as_json(proposal.decided_by) if proposal.decided_by else None,
        "decided_at": _time(proposal.decided_at),
        "reason": proposal.reason,
    }


def comment_as_json(comment: DraftComment) -> dict[str, Any]:
    """One comment or reply."""
    return {
        "id": comment.id,
        "target": comment.target,
        "reply_to": comment.reply_to_id,
        "text": comment.text,
        "author": person_as_json(comment.author),
        "client_id": comment.client_id,
        "at": _time(comment.at),
        "resolved_at": _time(comment.resolved_at),
    }


def _hit_as_json(one: draft_reviews.Reviewed) -> dict[str, Any]:
    hit = one.hit
    return {
        "rule": hit.rule,
        "severity": hit.severity.value,
        "ref": hit.ref,
        "field": hit.field,
        "start": hit.start,
        "end": hit.end,
        "excerpt": hit.excerpt,
        "source": hit.source,
        "since": hit.since.isoformat(),
        "certain": hit.certain,
        "values": dict(hit.values),
        "override": {
            "reason": one.override.reason,
            "by": one.override.by.person_name,
            "at": _time(one.override.at),
        }
        if one.override
        else None,
    }
