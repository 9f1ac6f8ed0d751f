"""Sets the certificate of an exhibit (存证证明) as PDF/A-3, proof file and trust root inside. Knows no database.

Every word on the page is given; which words may be said is decided where they are written (``app.web.certificate_words``).
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

import typst

from app.documents.agreement_pdf import Attachment, fonts
from app.documents.setting import set_pdf

TEMPLATE = Path(__file__).with_name("certificate.typ")
MONO = ("Noto Sans Mono CJK SC", "DejaVu Sans Mono", "Liberation Mono")
"""Typefaces of equal width in order of preference; the text's own where none is installed."""
LATIN = "Libertinus Serif"
"""Comes with typst; for papers in English, whose quotation marks a Chinese typeface would set too wide."""


@dataclass(frozen=True)
class Fact:
    """A name with its value; ``note`` stands below it in small print."""

    name: str
    value: str
    note: str = ""
    mono: bool = False


@dataclass(frozen=True)
class AnswerLine:
    """One of the four answers. kind: passed, failed, missing or undetermined; not_shown: what it does not prove."""

    title: str
    kind: str
    status: str
    text: str
    not_shown: str


@dataclass(frozen=True)
class CheckLine:
    """One check that an answer rests on."""

    answer: str
    text: str
    kind: str
    status: str


@dataclass(frozen=True)
class TimeLine:
    """A time in both zones with its source; ``flag`` is a warning, or empty."""

    name: str
    beijing: str
    utc: str
    source: str
    flag: str = ""


@dataclass(frozen=True)
class CustodyLine:
    """One entry of the custody record, in words; ``digest`` shortened."""

    number: str
    act: str
    who: str
    beijing: str
    utc: str
    digest: str


@dataclass(frozen=True)
class CertificatePaper:
    """Everything on the paper, in the language of the paper (``zh`` or ``en``).

    trial: why this is for trial only, or None; qr: an SVG picture; as_of: the newest record that it shows (aware).
    """

    language: str
    title: str
    subtitle: str
    number: str
    issuer: str
    trial: str | None
    facts: list[Fact]
    digests: list[tuple[str, str]]
    answers: list[AnswerLine]
    checks: list[CheckLine]
    times: list[TimeLine]
    time_notes: list[str]
    origin: list[Fact]
    custody: list[CustodyLine]
    custody_note: str
    six: list[tuple[str, str]]
    chain: list[Fact]
    nodes: list[list[str]]
    witnesses: list[list[str]]
    believe: list[str]
    ways: list[str]
    address: str
    link: str
    qr: str
    commands: list[tuple[str, str]]
    words: dict[str, str | list[str]]
    as_of: datetime
    attachments: list[Attachment] = field(default_factory=list)


@cache
def mono_fonts() -> list[str]:
    """The installed typefaces of equal width among those that we know, then the text's own."""
    installed = set(typst.Fonts().families())
    return [*(name for name in MONO if name in installed), *fonts()]


def render(paper: CertificatePaper) -> bytes:
    """The PDF (PDF/A-3b), the same bytes for the same paper. A second of work; raises TypstError."""
    content = {
        **asdict(paper),
        "as_of": None,
        "fonts": fonts() if paper.language == "zh" else [LATIN, *fonts()],
        "mono": mono_fonts(),
        "region": "cn" if paper.language == "zh" else "gb",
    }
    return set_pdf(TEMPLATE, content, paper.as_of)
