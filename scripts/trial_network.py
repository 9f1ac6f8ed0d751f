"""The network file of an installation on one machine: its own node, its trial authority and its trial witnesses.
Not here: what the file means (see `app.network`). Each entry says that the platform itself stands behind it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scripts.trial_witnesses import entries

NAME = "和证试用时间戳（演示）"
NODE = {
    "name": "演示节点（anvil）",
    "operator": "平台运营方",
    "role": "validator",
    "interest": "演示：唯一的出块节点由平台自己运行，平台可以改写这条链；演示用的时间戳和见证人也由平台运行，不具有独立性",
}
ROOTS = ("ca.pem", "anchors/earlier-trial-root.pem")
"""Roots of the trial authority below a data folder's tsa/, the one in use first."""


def ensure_network(folder: Path, tsa_url: str) -> None:
    """Write a data folder's network.json if there is none; else bring only the trial authority's entry up to date.

    Entries that somebody added, and a file from which the trial authority was taken out, stay as they are.
    """
    path = folder / "network.json"
    trial = _authority(folder / "tsa", tsa_url)
    if not path.exists():
        network = {
            "format": "hezheng-network/1",
            "nodes": [NODE],
            "timestamp_authorities": [trial],
            "witnesses": entries(folder),
        }
        _write(path, network)
        return
    try:
        network = json.loads(path.read_text("utf-8"))
        listed = list(network["timestamp_authorities"])
    except (ValueError, KeyError, TypeError):
        return  # whoever reads the file for use says what is wrong with it, and where
    current = [trial if _is_trial(one) else one for one in listed]
    if current != listed:
        _write(path, {**network, "timestamp_authorities": current})


def _write(path: Path, network: dict[str, Any]) -> None:
    temporary = path.with_name("network.json.new")
    temporary.write_text(json.dumps(network, ensure_ascii=False, indent=2) + "\n", "utf-8")
    temporary.replace(path)


def _authority(folder: Path, url: str) -> dict[str, Any]:
    roots = [(folder / name).read_text() for name in ROOTS if (folder / name).exists()]
    return {"name": NAME, "url": url, "policy": None, "anchors": roots, "trial": True}


def _is_trial(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get("name") == NAME and entry.get("trial") is True
