#!/usr/bin/env python3
"""Writes the kernel's words about verdicts, Chinese and English, as JSON for the TypeScript verifier's pages.
Run as ``python -m scripts.verifier_words [--check]`` after a change of ``evidence/words.py``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from evidence import words

TARGET = Path(__file__).resolve().parent.parent / "app" / "frontend" / "verdict" / "words.json"


def build() -> str:
    """The JSON text: every table of words, by code, each with Chinese first."""
    tables: dict[str, Mapping[str, words.Pair]] = {
        "answers": {answer.value: pair for answer, pair in words.ANSWERS.items()},
        "meanings": {answer.value: pair for answer, pair in words.MEANINGS.items()},
        "statuses": {status.value: pair for status, pair in words.STATUSES.items()},
        "checks": words.CHECKS,
        "reasons": words.REASONS,
        "facts": words.FACTS,
        "values": words.VALUES,
    }
    content = {**tables, "missing": words.MISSING, "coded": sorted(words.CODED)}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    """Write the file, or compare it with ``--check``; 1 when it differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing")
    if parser.parse_args().check:
        same = TARGET.exists() and TARGET.read_text("utf-8") == build()
        return 0 if same else 1
    TARGET.write_text(build(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
