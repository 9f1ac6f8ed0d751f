"""Wraps every file key anew after the master key has changed, while uploads and reads go on.
Not here: making a new master key (see `master_keys`) and how one header is replaced (see the stores)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .errors import EvidenceError, NotFound
from .store import Store

MAX_PASSES = 20


class Progress(Protocol):
    """Told how far the work has come, as by `progress.ProgressBar`."""

    def begin(self, items: int, size: int) -> None:
        """So many items lie ahead."""

    def checked(self) -> None:
        """One more is done."""


@dataclass(frozen=True)
class Rewrapped:
    """changed: keys wrapped anew; looked_at: in the last pass; failed: what could not be, with the reason."""

    changed: int
    looked_at: int
    failed: dict[str, EvidenceError]

    @property
    def complete(self) -> bool:
        """Whether no file and no upload needs an older master key any more."""
        return not self.failed


def rewrap_all(store: Store, progress: Progress) -> Rewrapped:
    """Every file and upload under the current master key.

    Repeated until a pass finds nothing to do: an upload may be filed, or begun by a process that looked at the
    key just before it changed, while we walk. May be killed and begun again at any time.
    """
    changed = 0
    for _ in range(MAX_PASSES):
        one = _pass(store, progress)
        changed += one.changed
        if not one.changed:
            break
    return Rewrapped(changed, one.looked_at, one.failed)


def _pass(store: Store, progress: Progress) -> Rewrapped:
    # uploads first: one that is filed meanwhile is then found among the files
    acts: list[tuple[str, Callable[[str], bool]]] = [
        *((name, store.rewrap_staged) for name in store.staged()),
        *((name, store.rewrap) for name in store.addresses()),
    ]
    changed, failed = 0, dict[str, EvidenceError]()
    progress.begin(len(acts), 0)
    for name, act in acts:
        try:
            changed += act(name)
        except NotFound:
            pass  # erased or given up meanwhile
        except EvidenceError as error:
            failed[name] = error
        progress.checked()
    return Rewrapped(changed, len(acts), failed)
