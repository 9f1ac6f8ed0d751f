"""Verifies many proofs of the same batches: what they share is checked once, with the same outcome as one by one.
Not here: any check (see `verify`, `time_checks`); a test holds this against the verifier over all vectors."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime

from .digest import FileDigest
from .proof import Proof
from .protocols import LedgerReader
from .strict import parse_instant
from .time_checks import order_check
from .trust import TrustRoot
from .verdict import Check, Verdict
from .verify import Verifier

REMEMBERED = 256
"""Batches whose checks are kept; sources list their items about in the order of batches."""
OWN = ("file.", "batch.", "anchor.", "submitter.", "origin.", "custody.")
"""Checks that each proof has of its own; `time.order` looks at both, all others at the shared parts alone."""
ORDER = "time.order"


@dataclass(frozen=True)
class _Shared:
    """Checks of what a batch's proofs share. earliest: the earliest token that holds, None when none does."""

    checks: tuple[Check, ...]
    earliest: datetime | None


class BatchVerifier:
    """As `Verifier`, for many proofs. at: the present time, aware. Not for several threads at once."""

    def __init__(self, trust: TrustRoot, reader: LedgerReader | None, at: datetime) -> None:
        self._whole = Verifier(trust, reader, at=at)
        self._own = Verifier(trust, None, at=at)
        self._known: OrderedDict[Hashable, _Shared] = OrderedDict()

    def verify(self, digest: FileDigest | None, proof: Proof) -> Verdict:
        """All checks of one proof; `digest` None when the file is not at hand."""
        key = (
            proof.batch,
            proof.inclusion.size,
            proof.anchor,
            proof.state,
            proof.timestamps,
            proof.witnesses,
        )
        shared = self._known.get(key)
        if shared is None:
            verdict = self._whole.verify(digest, proof)
            self._remember(key, verdict)
            return verdict
        self._known.move_to_end(key)
        bare = replace(proof, state=None, timestamps=(), witnesses=())
        own = [check for check in self._own.verify(digest, bare).checks if check.code.startswith(OWN)]
        order = [] if shared.earliest is None else [order_check(proof, shared.earliest)]
        return Verdict((*own, *shared.checks, *order))

    def _remember(self, key: Hashable, verdict: Verdict) -> None:
        others = [check for check in verdict.checks if not check.code.startswith(OWN)]
        times = [str(check.detail["earliest_token"]) for check in others if check.code == ORDER]
        earliest = parse_instant(times[0], where="earliest_token") if times else None
        self._known[key] = _Shared(tuple(check for check in others if check.code != ORDER), earliest)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
