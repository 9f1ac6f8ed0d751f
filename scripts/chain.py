"""How the local chain node is started: which program, with which arguments, on which port.
Not here: keeping it running (see `supervisor`) and putting contracts on it (see `deploy`)."""

from __future__ import annotations

import platform
import shutil
import socket
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HISTORY_KEPT = "16"


def anvil_binary() -> Path:
    """The native node program, see `foundry_binary`."""
    return foundry_binary("anvil")


def foundry_binary(tool: str) -> Path:
    """A native program of foundry: from its npm package, else (on a platform that has none) from the search path.

    Never the npm wrapper, which passes no signals on. Raises FileNotFoundError when there is neither.
    """
    machine = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "unknown")
    package = f"{tool}-{platform.system().lower()}-{machine}"
    packed = ROOT / "node_modules" / "@foundry-rs" / package / "bin" / tool
    if packed.exists():
        return packed
    installed = shutil.which(tool)
    if installed is None:
        raise FileNotFoundError(f"neither {package} nor {tool} on the search path")
    return Path(installed)


def anvil_command(port: int, chain_id: int, state: Path | None = None) -> list[str]:
    """The node's command line: loopback only, not for pages in browsers, no ready-made accounts, no fees.

    Each transaction makes a block and an idle chain none, so its state file does not grow by itself.
    state: file that is read at the start, written every second and at the end.
    """
    command = [str(anvil_binary()), "--host", "127.0.0.1", "--port", str(port), "--chain-id", str(chain_id)]
    command += ["--no-cors", "--accounts", "0", "--gas-price", "0", "--base-fee", "0", "--quiet"]
    if state is not None:
        command += ["--state", str(state), "--state-interval", "1", "--prune-history", HISTORY_KEPT]
    return command


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
