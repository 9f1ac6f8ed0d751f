"""Sets a sealed agreement as PDF/A-3 with its exact text and statement attached. Knows no database and no request.

The PDF is for reading; what was signed is the attached text through its statement.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import segno
import typst

from app.documents.setting import set_pdf

TEMPLATE = Path(__file__).with_name("agreement.typ")
FONTS = ("Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", "Noto Sans CJK SC", "Source Han Sans SC")
"""Chinese typefaces in order of preference; one must be installed."""


@dataclass(frozen=True)
class SignerBlock:
    """One signature as it is printed; times as ``YYYY-MM-DD HH:MM:SS``."""

    role: str
    name: str
    person: str
    act: str
    beijing: str
    utc: str
    key: str
    signature: str
    seal: bool
    identity: str = ""
    """How the signer's identity was checked, as a sentence."""


@dataclass(frozen=True)
class Attachment:
    """A file inside the PDF: UTF-8 text, and how it relates to the page (``source``, ``data``)."""

    name: str
    content: str
    media_type: str
    relationship: str
    description: str


@dataclass(frozen=True)
class AgreementPaper:
    """Everything on the paper; ``lines`` are (title, heading or line) with their words; link: the page for checking."""

    number: str
    title: str
    organisation: str
    lines: list[tuple[str, str]]
    signers: list[SignerBlock]
    facts: list[tuple[str, str]]
    words: dict[str, str]
    attachments: list[Attachment]
    link: str
    sealed_at: datetime


@cache
def fonts() -> list[str]:
    """The installed Chinese typefaces among those that we know, the best first; empty when there is none."""
    installed = set(typst.Fonts().families())
    return [name for name in FONTS if name in installed]


def render(paper: AgreementPaper) -> bytes:
    """The PDF (PDF/A-3b), the same bytes for the same paper. Takes a second of work; raises TypstError."""
    picture = segno.make(paper.link, error="m", micro=False).svg_inline(border=0, dark="#1c2733")
    content = {**asdict(paper), "sealed_at": None, "fonts": fonts(), "qr": picture}
    return set_pdf(TEMPLATE, content, paper.sealed_at)
