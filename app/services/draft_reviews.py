"""Checks of a draft, the mediator's written reasons against them, and proposing a revision to be signed.

The rules are in ``app.domain.draft_checks``; what proposing does then is in ``settlements``.
"""

from dataclasses import dataclass

from sqlalchemy import select

from app.domain.agreement.model import Agreement, missing
from app.domain.agreement.render import render
from app.domain.agreement.text import clean
from app.domain.deadlines import BEIJING
from app.domain.draft_checks import CaseFacts, Hit, Severity, check, digest_of
from app.domain.errors import DomainError, ErrorKind, InvalidForm
from app.domain.permissions import Permission
from app.domain.roles import Actor
from app.models.cases import Case
from app.models.drafts import AgreementDraft, DraftOverride
from app.models.settlements import Settlement
from app.services import audit, drafts, settlements
from app.services.context import Work

SHORTEST_REASON, LONGEST_REASON = 10, 2000
MOST_OVERRIDES = 500


@dataclass(frozen=True)
class Reviewed:
    """One hit with the reason that the mediator gave to keep the text, if there is one for this very text."""

    hit: Hit
    override: DraftOverride | None


@dataclass(frozen=True)
class Review:
    """What stands between a draft and its proposal. ``missing`` is by path, ``text`` what would be signed."""

    agreement: Agreement
    missing: dict[str, str]
    hits: tuple[Reviewed, ...]
    text: str

    @property
    def refused(self) -> tuple[Hit, ...]:
        """Hits for which a court would probably refuse, and for which no reason was given."""
        return tuple(
            one.hit for one in self.hits if one.hit.severity is Severity.REFUSE and one.override is None
        )

    @property
    def may_be_proposed(self) -> bool:
        """Whether nothing lacks and nothing is refused."""
        return not self.missing and not self.refused


def review(work: Work, actor: Actor, number: str, revision: int | None = None) -> Review:
    """The present state, or an earlier one, as the checks see it today."""
    found = drafts.look(work, actor, number)
    agreement = found.agreement if revision is None else drafts.at_revision(work, found.draft, revision)
    return review_of(work, found.entry.case, found.draft, agreement)


def review_of(work: Work, case: Case, draft: AgreementDraft, agreement: Agreement) -> Review:
    """As ``review``, for an agreement at hand."""
    overrides = {(one.rule, one.target, one.sha256): one for one in _overrides(work, draft)}
    hits = check(agreement, CaseFacts(work.now().astimezone(BEIJING).date(), case.right_kind))
    reviewed = tuple(
        Reviewed(hit, overrides.get((hit.rule, hit.ref, digest_of(agreement, hit.ref)))) for hit in hits
    )
    return Review(agreement, missing(agreement), reviewed, render(agreement))


def _overrides(work: Work, draft: AgreementDraft) -> list[DraftOverride]:
    query = select(DraftOverride).where(DraftOverride.draft_id == draft.id).order_by(DraftOverride.id)
    return list(work.session.scalars(query))


def override(work: Work, actor: Actor, number: str, rule: str, ref: str | None, reason: str) -> DraftOverride:
    """Keep what a check found, for a written reason of 10 characters or more; holds until the text changes.

    NOT_FOUND where the check finds no such thing now.
    """
    found = drafts.to_write(work, actor, number, Permission.DRAFT_SETTLEMENT)
    written = clean(reason)
    if len(written) < SHORTEST_REASON:
        raise DomainError(ErrorKind.INVALID_INPUT, "reason", problem="reason_short")
    if len(written) > LONGEST_REASON:
        raise DomainError(ErrorKind.INVALID_INPUT, "reason", problem="too_long")
    reviewed = review_of(work, found.entry.case, found.draft, found.agreement).hits
    hit = next((one for one in reviewed if (one.hit.rule, one.hit.ref) == (rule, ref)), None)
    if hit is None:
        raise DomainError(ErrorKind.NOT_FOUND, "rule")
    if hit.override is not None:
        return hit.override
    if len(_overrides(work, found.draft)) >= MOST_OVERRIDES:
        raise DomainError(ErrorKind.TOO_MANY_ATTEMPTS)
    made = DraftOverride(
        draft_id=found.draft.id,
        rule=rule,
        target=ref,
        sha256=digest_of(found.agreement, ref),
        reason=written,
        by_id=found.entry.seat.id,
        at=work.now(),
    )
    work.session.add(made)
    drafts.happened(work, found.draft)
    audit.record(work, actor, "override_draft_check", found.entry.case, rule=rule, target=ref)
    return made


def propose(work: Work, actor: Actor, number: str, revision: int, in_order: bool = False) -> Settlement:
    """Freeze exactly this revision as a version for everybody to sign.

    CONFLICT if the draft moved on; InvalidForm names what lacks; DRAFT_REFUSED if a court would probably refuse it and
    the mediator gave no reason; then as ``settlements.propose``.
    """
    found, agreement = drafts.frozen(work, actor, number, revision)
    state = review_of(work, found.entry.case, found.draft, agreement)
    if state.missing:
        raise InvalidForm(state.missing)
    if state.refused:
        places = {hit.ref or "whole": hit.rule for hit in state.refused}
        raise DomainError(ErrorKind.DRAFT_REFUSED, next(iter(places)), hits=places)
    overrides = tuple(
        {
            "rule": one.override.rule,
            "ref": one.override.target,
            "reason": one.override.reason,
            "by": one.override.by.person_name,
            "at": one.override.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        for one in {id(one.override): one for one in state.hits if one.override is not None}.values()
        if one.override is not None
    )
    draft = settlements.FrozenDraft(agreement, revision, overrides)
    made = settlements.propose(work, actor, number, draft, in_order)
    drafts.happened(work, found.draft)
    return made
