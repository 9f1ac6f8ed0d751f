"""Runs the rules over an agreement and binds overrides to what they were given for. Pure; time grows with the text only.

A mediator overrides a hit for one clause as it stands: a changed clause has another digest and is asked about again.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict

from app.domain.agreement.model import Agreement, clause_digest
from app.domain.draft_checks.model import CaseFacts, Found, Hit, Rule, Wording
from app.domain.draft_checks.passages import Passage, Sentence, passages
from app.domain.draft_checks.rules import PREDICATES, RULES
from app.domain.draft_checks.scene import Scene, at

MOST_PER_TEXT = 20
"""Hits of one rule in one text; whoever has twenty of them will read the whole text again."""
_Placed = tuple[Rule, Found]


def check(agreement: Agreement, case: CaseFacts) -> tuple[Hit, ...]:
    """Every hit, in the order of the agreement (the whole and the parties first), then of the text, then of the rules."""
    scene = Scene(agreement, case, passages(agreement))
    placed = [(rule, found) for rule in RULES if _applies(rule, agreement) for found in _finds(rule, scene)]
    order = _order(agreement)
    kept = sorted(
        _unhidden(placed), key=lambda one: (order.get(one[1].ref, 0), one[1].field or "", one[1].start)
    )
    return tuple(_hit(rule, found) for rule, found in kept)


def digest_of(agreement: Agreement, ref: str | None) -> str:
    """SHA-256 (hex) of the canonical JSON of what a hit points at; of the whole terms where it points at no part.

    KeyError where nothing has this ref.
    """
    clause = agreement.clause(ref) if ref is not None else None
    if clause is not None:
        return clause_digest(clause)
    part = json.dumps(_part(agreement, ref), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(part.encode("utf-8")).hexdigest()


def _part(agreement: Agreement, ref: str | None) -> object:
    if ref is None:
        return agreement.as_json()
    if ref == "dispute":
        return agreement.dispute
    found = agreement.party(ref) or next((fact for fact in agreement.facts if fact.ref == ref), None)
    if found is None:
        raise KeyError(ref)
    return asdict(found)


def _applies(rule: Rule, agreement: Agreement) -> bool:
    return not rule.tracks or agreement.track.value in rule.tracks


def _finds(rule: Rule, scene: Scene) -> Iterator[Found]:
    for passage in scene.passages:
        if passage.duty or not rule.duties_only:
            yield from _worded(rule, passage)
    if rule.predicate:
        yield from PREDICATES[rule.predicate](scene)


def _worded(rule: Rule, passage: Passage) -> Iterator[Found]:
    wordings = [
        one for one in rule.wordings if not one.needs or any(word in passage.folded for word in one.needs)
    ]
    count = 0
    for sentence in passage.sentences if wordings else ():
        found = next((hit for one in wordings if (hit := _match(one, passage, sentence)) is not None), None)
        if found is not None:
            yield found
            count += 1
            if count == MOST_PER_TEXT:
                return


def _match(wording: Wording, passage: Passage, sentence: Sentence) -> Found | None:
    match = wording.pattern.search(sentence.text)
    if match is None or (wording.unless is not None and wording.unless.search(sentence.text)):
        return None
    if wording.before is not None and wording.before.search(sentence.text[: match.start()]):
        return None
    return at(passage, sentence, match.start(), match.end())


def _unhidden(placed: list[_Placed]) -> Iterator[_Placed]:
    """Leaves out a hit where a rule that it yields to has one in the same sentence."""
    places = {(rule.code, found.ref, found.field, found.sentence) for rule, found in placed}
    for rule, found in placed:
        if not any((code, found.ref, found.field, found.sentence) in places for code in rule.yields_to):
            yield rule, found


def _order(agreement: Agreement) -> dict[str | None, int]:
    refs = [party.ref for party in agreement.parties] + ["dispute"]
    refs += [fact.ref for fact in agreement.facts] + [clause.ref for clause in agreement.clauses]
    return {ref: place for place, ref in enumerate(refs, 1)}


def _hit(rule: Rule, found: Found) -> Hit:
    return Hit(
        rule.code,
        rule.severity,
        found.ref,
        found.field,
        found.start,
        found.end,
        found.excerpt,
        rule.source,
        rule.since,
        rule.certain,
        found.values,
    )
