"""Breaks the platform on purpose, one rule at a time in a copy, and names each break that no test notices.
Not here: the tests. Run as `python -m tests.faults.mutate [WORD …]`; exit 1 when one was missed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from scripts.chain import ROOT, foundry_binary

FOLDERS = ("app", "contracts/artifacts", "evidence", "migrations", "realtime", "scripts", "tests")
FAULTS = "tests/faults/test_"
PATIENCE = 300.0
"""Seconds after which a test that waits for what never comes about counts as failed."""


class Break(NamedTuple):
    """`old`, which stands once in the file, becomes `new`; one of the tests then has to fail."""

    what: str
    file: str
    old: str
    new: str
    tests: str


BREAKS = (
    Break(
        "a receipt before the bytes are durable",
        "evidence/staging.py",
        '                reach("store.fsync")\n                os.fsync(self._data)',
        '                reach("store.fsync")',
        f"{FAULTS}disk.py -k everything_is_durable",
    ),
    Break(
        "a receipt after an fsync that failed",
        "evidence/staging.py",
        '                reach("store.fsync")\n                os.fsync(self._data)',
        '                with contextlib.suppress(OSError):\n                    reach("store.fsync")\n'
        "                    os.fsync(self._data)",
        f"{FAULTS}disk.py -k write_or_fsync",
    ),
    Break(
        "a receipt before the file's name is durable",
        "evidence/store.py",
        "    try:\n        sync_folder(folder)\n",
        "    try:\n        pass\n",
        f"{FAULTS}disk.py -k everything_is_durable",
    ),
    Break(
        "a commit that is not on the disk",
        "app/services/context.py",
        "synchronous=FULL",
        "synchronous=NORMAL",
        f"{FAULTS}disk.py -k everything_is_durable",
    ),
    Break(
        "an upload that is finished twice",
        "app/services/registering.py",
        "        if upload.exhibit_id is not None:\n            return work.session.get_one(Exhibit, upload.exhibit_id)\n",
        "        if upload.exhibit_id is not None:\n            return row  # type: ignore[return-value]\n",
        f"{FAULTS}kill_at_points.py -k receiving",
    ),
    Break(
        "sent before its hash is stored",
        "app/services/anchoring.py",
        '    reach("anchoring.signed")\n',
        '    reach("anchoring.signed")\n    services.ledger.send(prepared.raw)\n',
        f"{FAULTS}liars.py -k answers_after",
    ),
    Break(
        "no look at the ledger before sending",
        "app/services/anchoring.py",
        "    if _found(services, batch):\n        return True\n    if batch.state",
        "    if batch.state",
        f"{FAULTS}duty_commands.py -k moved",
    ),
    Break(
        "FINAL before the depth of finality",
        "app/services/anchoring.py",
        "if not services.ledger.is_final(found.block_number):",
        "if found is None:",
        "tests/services/test_anchoring.py -k final",
    ),
    Break(
        "another batch on the ledger is taken for ours",
        "app/services/anchoring.py",
        "    if found.head != batch.head:\n        raise _forked(services, batch.number, number)\n",
        "",
        f"{FAULTS}liars.py -k another",
    ),
    Break(
        "a ledger that lost its end is not noticed",
        "app/services/anchoring.py",
        "    if last is None or last <= number:\n        return []\n",
        "    if last is None or last >= number:\n        return []\n",
        f"{FAULTS}chain_troubles.py -k lost",
    ),
    Break(
        "a replay that forgets custody",
        "app/services/telling.py",
        "    begin(work, batch.number, ANCHORED if batch.replays == 0 else ANCHORED_AGAIN, **facts)",
        "    if batch.replays == 0:\n        begin(work, batch.number, ANCHORED, **facts)",
        f"{FAULTS}chain_troubles.py -k lost",
    ),
    Break(
        "an exhibit that hears of its batch twice",
        "app/services/telling.py",
        "notice.next_leaf = rows[-1].leaf_index + 1",
        "notice.next_leaf = rows[-1].leaf_index",
        f"{FAULTS}large_batches.py",
    ),
    Break(
        "a worker that acts without the lease",
        "app/commands/worker.py",
        "            if held():\n",
        "            if held() is not None:\n",
        f"{FAULTS}two_workers.py -k waits",
    ),
    Break(
        "a lease taken from one that lives",
        "app/services/leases.py",
        "return asked - self._watched_since >= self.patience",
        "return asked - self._watched_since >= 0.0",
        f"{FAULTS}two_workers.py -k waits {FAULTS}clocks.py",
    ),
    Break(
        "an older database beside the chain, without a word",
        "app/services/anchoring.py",
        "if rest := unknown[known:]:",
        "if rest := unknown[len(unknown) :]:",
        f"{FAULTS}restored.py -k does_not_know",
    ),
    Break(
        "forgotten batches anchored once more",
        "app/services/anchoring.py",
        "while known < len(unknown) and _recognise(work, unknown[known]):",
        "while known > len(unknown):",
        f"{FAULTS}restored.py -k recognised",
    ),
    Break(
        "a monitor that does not look at code",
        "app/services/monitor.py",
        "        comparison.identity()\n        comparison.look_back(",
        "        comparison.look_back(",
        f"{FAULTS}rewritten.py -k other_code",
    ),
    Break(
        "a monitor that does not look at the entries",
        "app/services/monitor.py",
        "        comparison.look_back(self._sightings(services))\n",
        "",
        f"{FAULTS}rewritten.py -k other_entry",
    ),
    Break(
        "a state proof that is kept unread",
        "app/services/state_proofs.py",
        "return entry == wanted.entry and",
        "return entry is not None or",
        "tests/services/test_state_proofs.py",
    ),
    Break(
        "a token for another question",
        "evidence/timestamp.py",
        "if nonce is not None and info.nonce != nonce:",
        "if nonce is not None and info.nonce == 0:",
        f"{FAULTS}liars.py -k authority",
    ),
    Break(
        "a copy of the database without its log",
        "scripts/backup.py",
        "        live.backup(copy)\n",
        "        shutil.copy2(source, target / DATABASE)\n",
        f"{FAULTS}copies.py",
    ),
    Break(
        "bytes beyond a full disk taken for stored",
        "evidence/staging.py",
        '                reach("store.write")\n                self._take(',
        '                with contextlib.suppress(OSError):\n                    reach("store.write")\n'
        "                    return self._held + len(view)\n                self._take(",
        f"{FAULTS}disk.py -k write_or_fsync",
    ),
)


def copied(folder: Path) -> None:
    """What the tests need; caches stay behind."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "contracts" / "__init__.py", folder / "contracts")


def fails(folder: Path, tests: str) -> str | None:
    """The first of these tests that fails, if one does. RuntimeError when they cannot even be collected."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests.split()]
    node = str(foundry_binary("anvil").parent)
    environment = {
        **os.environ,
        "PATH": f"{os.environ['PATH']}{os.pathsep}{node}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            told, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return f"{tests}: does not come to an end"
    if process.returncode not in (0, 1) or "error" in told.splitlines()[-1]:
        raise RuntimeError(told[-3000:])
    failed = [line for line in told.splitlines() if line.startswith("FAILED")]
    return failed[0].split(" ")[1].split("/")[-1] if failed else None


def noticed(folder: Path, change: Break) -> str | None:
    """The test that fails with this change. ValueError when `old` does not stand once in the file."""
    path = folder / change.file
    text = path.read_text(encoding="utf-8")
    if text.count(change.old) != 1:
        raise ValueError(f"stands {text.count(change.old)} times in {change.file}: {change.old}")
    path.write_text(text.replace(change.old, change.new), encoding="utf-8")
    try:
        return fails(folder, change.tests)
    finally:
        path.write_text(text, encoding="utf-8")


def main(words: list[str]) -> int:
    """Try every break that contains one of the words, or all; 1 when a break was missed."""
    chosen = [one for one in BREAKS if not words or any(word in " ".join(one) for word in words)]
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copied(folder)
        for change in chosen:
            by = noticed(folder, change)
            missed += by is None
            print(f"| {change.what} | {f'`{by}`' if by else '**not noticed**'} |", flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} breaks noticed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
