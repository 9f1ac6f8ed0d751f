"""Sealing an agreement's PDF as PAdES B-LT, beside pyHanko called as its manual says, with the same authority and lists.
Not here: setting the PDF. Both sides use the key in the encrypted file, opened beforehand."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps import HTTPTimeStamper

from app.documents import pades
from app.documents.agreement_pdf import AgreementPaper, Attachment, render
from app.network import Authority
from app.services.seals import Sealer
from benchmarks.measure import Line, Setting, alternate, medians, seconds, short
from benchmarks.tokens import serving
from evidence.authority import Source
from scripts.trial_seal import ensure_seal
from scripts.trial_tsa import CA_FILE, create_authority

LINES = 60
GOAL = 1.3


def row(setting: Setting) -> list[Line]:
    """Our seal with its check afterwards, pyHanko's B-LT, and pyHanko's plain signature for scale."""
    folder, count = setting.folder / "authority", setting.pick(8, 1)
    (setting.folder / "secrets").mkdir()
    create_authority(folder)
    paper = _paper()
    pdf = render(paper)
    with serving(folder) as url:
        ensure_seal(folder, setting.folder / "secrets", url)
        authority = Authority("trial", url, None, ((folder / CA_FILE).read_text(),), True)
        with pades.opened(pades.KeyPlace(setting.folder / "secrets")) as key:
            sealer, source = Sealer(), Source(url, 10)

            def ours() -> None:
                sealer.sealed(source, authority, key, pdf, paper)

            ours()
            around = next(iter(sealer._kept.values())).around
            sides = {
                "ours": lambda: seconds(lambda: [ours() for _ in range(count)]) / count,
                "pyHanko": lambda: (
                    seconds(lambda: [_theirs(pdf, key, around, url) for _ in range(count)]) / count
                ),
                "plain": lambda: seconds(lambda: [_plain(pdf, key) for _ in range(count)]) / count,
            }
            figures = alternate(setting, sides)
    middle = medians(figures)
    ratio = middle["ours"] / middle["pyHanko"]
    what = f"sealing an agreement of {LINES} clauses ({len(pdf) // 1024} KiB), PAdES B-LT, checked afterwards"
    return [
        Line(
            *(what, short(middle["ours"]), "pyHanko, B-LT, unchecked", short(middle["pyHanko"]), ratio),
            goal=f"≤ {GOAL} ×",
            met=ratio <= GOAL,
            rounds=figures,
        ),
        Line(
            what,
            short(middle["ours"]),
            "pyHanko, signature alone",
            short(middle["plain"]),
            middle["ours"] / middle["plain"],
        ),
    ]


def _theirs(pdf: bytes, key: pades.SealKey, around: pades.Surroundings, url: str) -> None:
    meta = PdfSignatureMetadata(
        field_name="Seal",
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        embed_validation_info=True,
        validation_context=around.context(key.chain[1:]),
    )
    stamper = HTTPTimeStamper(url)
    PdfSigner(meta, key.signer, timestamper=stamper).sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)))


def _plain(pdf: bytes, key: pades.SealKey) -> None:
    meta = PdfSignatureMetadata(field_name="Seal", md_algorithm="sha256")
    PdfSigner(meta, key.signer).sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)))


def _paper() -> AgreementPaper:
    text = "乙方应于2026年12月31日前（含当日）向甲方支付人民币 120,000.00 元（大写：人民币壹拾贰万元整）。"
    words = dict.fromkeys(("page", "beijing", "signature", "facts", "check", "note"), "字")
    return AgreementPaper(
        number="HZ2026-00001 第 1 版",
        title="调解协议书",
        organisation="北京市知识产权纠纷调解中心",
        lines=[("title", "调解协议书"), *(("line", f"{n}. {text}") for n in range(1, LINES + 1))],
        signers=[],
        facts=[("SHA-256", "0" * 64)],
        words=words,
        attachments=[Attachment("agreement.txt", text * LINES, "text/plain", "source", "协议原文")],
        link="https://example.cn/verify",
        sealed_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
