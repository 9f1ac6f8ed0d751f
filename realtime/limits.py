"""How often one account may send one kind of event: a token bucket each. In memory, per process."""

import time
from collections.abc import Callable
from dataclasses import dataclass

IDLE = 600.0


@dataclass(frozen=True)
class Rate:
    """``burst`` events at once, then ``per_second`` on average."""

    per_second: float
    burst: int


@dataclass
class _Bucket:
    tokens: float
    at: float


class Limits:
    """Buckets by account and event; ``now`` gives seconds that never run backwards."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._buckets: dict[tuple[int, str], _Bucket] = {}
        self._swept = now()

    def allow(self, account_id: int, event: str, rate: Rate) -> bool:
        """Whether this event may pass; uses up one token if so."""
        now = self._now()
        self._sweep(now)
        bucket = self._buckets.setdefault((account_id, event), _Bucket(float(rate.burst), now))
        bucket.tokens = min(float(rate.burst), bucket.tokens + (now - bucket.at) * rate.per_second)
        bucket.at = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def _sweep(self, now: float) -> None:
        if now - self._swept < IDLE:
            return
        self._swept = now
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if now - bucket.at < IDLE}
