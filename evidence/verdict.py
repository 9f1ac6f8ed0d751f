"""What a verification answers: four answers, each resting on listed checks; never one green tick.
Not here: how checks are made (see `verify`) and words for people (see `words`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

NOT_PROVIDED = "not_provided"
"""`reason` of a check that could not be made because the proof does not hold what it needs."""


class Answer(StrEnum):
    """The four questions of a court, answered apart from each other."""

    INTEGRITY = "integrity"
    TIME = "time"
    SUBMITTER = "submitter"
    ORIGIN = "origin"


class CheckStatus(StrEnum):
    """Outcome of one check. UNDETERMINED: not provided, or nobody could be asked; never a sign of forgery."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    UNDETERMINED = "UNDETERMINED"


@dataclass(frozen=True)
class Check:
    """One check. code: stable name such as ``file.sha256``; detail: JSON facts (times are RFC 3339 UTC)."""

    answer: Answer
    code: str
    status: CheckStatus
    detail: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """{"answer", "code", "status", "detail"}."""
        return {
            "answer": self.answer.value,
            "code": self.code,
            "status": self.status.value,
            "detail": self.detail,
        }


@dataclass(frozen=True)
class Verdict:
    """All checks, in the order in which they were made."""

    checks: tuple[Check, ...]

    def of(self, answer: Answer) -> tuple[Check, ...]:
        """The checks that one answer rests on."""
        return tuple(check for check in self.checks if check.answer is answer)

    def status(self, answer: Answer | str) -> CheckStatus:
        """FAILED if any check failed, else UNDETERMINED if any is (or there is none), else PASSED."""
        return _worst(self.of(Answer(answer)))

    def missing(self, answer: Answer | str) -> bool:
        """Is the answer undetermined only because something was not provided?"""
        open_checks = [c for c in self.of(Answer(answer)) if c.status is not CheckStatus.PASSED]
        return bool(open_checks) and all(c.detail.get("reason") == NOT_PROVIDED for c in open_checks)

    @property
    def overall(self) -> CheckStatus:
        """The worst of the four answers: for exit codes, never for a page."""
        statuses = {self.status(answer) for answer in Answer}
        for status in (CheckStatus.FAILED, CheckStatus.UNDETERMINED):
            if status in statuses:
                return status
        return CheckStatus.PASSED

    @property
    def passed(self) -> bool:
        """Did all four answers pass?"""
        return self.overall is CheckStatus.PASSED

    def as_json(self) -> dict[str, Any]:
        """{"answers": {answer: status}, "checks": […]}."""
        return {
            "answers": {answer.value: self.status(answer).value for answer in Answer},
            "checks": [check.as_json() for check in self.checks],
        }


def _worst(checks: tuple[Check, ...]) -> CheckStatus:
    statuses = {check.status for check in checks}
    if CheckStatus.FAILED in statuses:
        return CheckStatus.FAILED
    if CheckStatus.UNDETERMINED in statuses or not statuses:
        return CheckStatus.UNDETERMINED
    return CheckStatus.PASSED
