"""The store's master keys: changing the current one and wrapping every file key anew, with a line in the audit.

How files are kept is the kernel's (``evidence.store``, ``evidence.rewrapping``).
"""

from dataclasses import dataclass

from app.domain.roles import SYSTEM
from app.services import audit
from app.services.context import Services
from evidence.master_keys import KeyFolder
from evidence.rewrapping import Progress, Rewrapped, rewrap_all


@dataclass(frozen=True)
class Changed:
    """What a change of the master key did. made: a new key was made now; unneeded: old key files nothing is under."""

    made: bool
    current: str
    rewrapped: Rewrapped
    unneeded: tuple[str, ...]


def change_master_key(services: Services, progress: Progress) -> Changed:
    """Wrap everything under one key: a new one, unless an earlier change is still to be finished.

    May be killed and called again. Unavailable when keys or store cannot be written.
    """
    keys = KeyFolder(services.settings.secrets_dir)
    found = rewrap_all(services.store, progress)
    made = not found.changed and found.complete
    if made:
        old, new = keys.change()
        _note(services, "change_master_key", old=old.hex(), new=new.hex())
        found = rewrap_all(services.store, progress)
    current = keys.current().key_id.hex()
    _note(services, "rewrap_file_keys", key=current, changed=found.changed, failed=len(found.failed))
    unneeded = tuple(keys.old_names()) if found.complete else ()
    return Changed(made, current, found, unneeded)


def _note(services: Services, act: str, **detail: object) -> None:
    with services.work() as work:
        audit.record(work, SYSTEM, act, **detail)
