"""Sets a template as PDF/A-3b with typst, whatever characters people used. Knows no paper.
Not here: what stands on the papers (see ``agreement_pdf`` and ``certificate_pdf``)."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

GIVEN = "attachments"
"""Files inside the PDF: their bytes are never changed."""


def set_pdf(template: Path, content: dict[str, Any], as_of: datetime) -> bytes:
    """The PDF, the same bytes for the same content; raises TypstError. as_of: its own date (aware).

    PDF/A allows no character that no installed typeface has. One of them in a file's name must not keep anybody from
    the paper, so what an ordinary Chinese typeface lacks is then written as its number, as in ``[U+1F381]``.
    """
    try:
        return _compile(template, content, as_of)
    except typst.TypstError:
        spelt = {key: value if key == GIVEN else spell_out(value) for key, value in content.items()}
        if spelt == content:
            raise
        return _compile(template, spelt, as_of)


def _compile(template: Path, content: dict[str, Any], as_of: datetime) -> bytes:
    result: bytes = typst.compile(
        template,
        format="pdf",
        sys_inputs={"data": json.dumps(content, ensure_ascii=False)},
        pdf_standards="a-3b",
        timestamp=int(as_of.timestamp()),
    )
    return result


def spell_out(value: Any) -> Any:
    """The same with every character beyond GBK, which Chinese typefaces have, as its number; in texts at any depth."""
    if isinstance(value, str):
        return "".join(_spelt(character) for character in value)
    if isinstance(value, dict):
        return {key: spell_out(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [spell_out(one) for one in value]
    return value


def _spelt(character: str) -> str:
    try:
        character.encode("gbk")
    except UnicodeEncodeError:
        return f"[U+{ord(character):04X}]"
    return character if character.isprintable() or character in "\n\t\u3000" else f"[U+{ord(character):04X}]"
