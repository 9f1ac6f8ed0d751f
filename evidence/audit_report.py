"""The report of an audit for people: plain text, Markdown or one HTML file without anything from outside.
Not here: what was found (see `audit`) and its words (see `audit_words`)."""

from __future__ import annotations

import html
import json
from pathlib import Path

from .audit_records import Finding, Report
from .audit_words import STATUSES, detail_text, finding_text, outcome_text
from .verdict import CheckStatus
from .words import pick

STYLE = """
body{font:16px/1.6 "Noto Sans SC","PingFang SC","Microsoft YaHei",system-ui,sans-serif;color:#1c2733;background:#fff;
max-width:68rem;margin:2.5rem auto;padding:0 1.5rem}
h1{font-size:1.6rem;margin:0 0 .25rem}h2{font-size:1.15rem;margin:2rem 0 .5rem;border-bottom:1px solid #d5d9de}
p.outcome{font-size:1.15rem;font-weight:600;padding:.75rem 1rem;border-left:4px solid}
.PASSED{border-color:#17603d;color:#17603d}.FAILED{border-color:#a3231b;color:#a3231b}
.UNDETERMINED{border-color:#8a5a00;color:#8a5a00}
table{border-collapse:collapse;width:100%;font-size:.92rem}th,td{text-align:left;vertical-align:top;padding:.45rem .6rem;
border-bottom:1px solid #d5d9de;overflow-wrap:anywhere}th{background:#f4f5f7;white-space:nowrap}
th:nth-child(2),th:nth-child(3){width:22%}td.status{white-space:nowrap;font-weight:600;border-color:#d5d9de}
.quiet{color:#5b6672;font-size:.9rem}@media print{body{margin:0}}
"""
TITLE = ("存证核验报告", "Evidence audit")
HEADS = (
    ("结果", "Result"),
    ("事项", "What was found"),
    ("材料", "Items"),
    ("批次", "Batch"),
    ("详情", "Detail"),
)


def summary_lines(report: Report, language: str) -> list[str]:
    """What was looked at, a line each."""
    lines = [pick((f"信任根：{report.trust}", f"Trust root: {report.trust}"), language)]
    for source in report.sources:
        chinese = f"{source.name}：{source.items} 件，其中有证明的 {source.anchored} 件，{source.size} 字节"
        english = f"{source.name}: {source.items} items, {source.anchored} with a proof, {source.size} bytes"
        lines.append(pick((chinese, english), language))
    lines.append(_ledger_line(report, language))
    chinese = f"开始于 {report.at}（核验人的时钟），用时 {report.seconds:.1f} 秒"
    english = f"Begun {report.at} (the auditor's clock), took {report.seconds:.1f} s"
    return [*lines, pick((chinese, english), language)]


def _ledger_line(report: Report, language: str) -> str:
    facts = report.ledger
    if facts.batches is None or facts.head is None:
        return pick(("账本：没有可用的答复", "Ledger: no usable answer"), language)
    head = facts.head.hex()
    return pick(
        (
            f"账本：从第 1 批走到第 {facts.batches} 批，链头 {head}",
            f"Ledger: walked batches 1 to {facts.batches}, head {head}",
        ),
        language,
    )


def rows(report: Report, language: str) -> list[tuple[Finding, str, str, str, str, str]]:
    """Findings as cells: status, what, items, batch, detail; what failed first."""
    ordered = sorted(report.findings, key=lambda one: one.status is not CheckStatus.FAILED)
    return [
        (
            one,
            pick(STATUSES[one.status], language),
            finding_text(one, language),
            pick(("、", ", "), language).join(one.items),
            "" if one.batch is None else str(one.batch),
            detail_text(one, language),
        )
        for one in ordered
    ]


def as_markdown(report: Report, language: str) -> str:
    """The report as Markdown."""
    lines = [f"# {pick(TITLE, language)}", "", f"**{outcome_text(report.outcome, language)}**", ""]
    lines += [f"- {_cell(line)}" for line in summary_lines(report, language)]
    if report.findings:
        lines += ["", "| " + " | ".join(pick(one, language) for one in HEADS) + " |", "|---|---|---|---|---|"]
        lines += ["| " + " | ".join(_cell(cell) for cell in row[1:]) + " |" for row in rows(report, language)]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return "".join("\\" + c if c in "|\\`*_<>[]" else c for c in " ".join(text.split()))


def as_html(report: Report, language: str) -> str:
    """The report as one HTML file, for reading and printing."""
    title = html.escape(pick(TITLE, language))
    outcome = html.escape(outcome_text(report.outcome, language))
    facts = "".join(f"<li>{html.escape(line)}</li>" for line in summary_lines(report, language))
    head = "".join(f"<th>{html.escape(pick(one, language))}</th>" for one in HEADS)
    body = "".join(_html_row(row) for row in rows(report, language))
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if body else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{"en" if language == "en" else "zh-CN"}"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>"
        f'<p class="outcome {report.outcome.value}">{outcome}</p><ul class="quiet">{facts}</ul>{table}</body></html>\n'
    )


def _html_row(row: tuple[Finding, str, str, str, str, str]) -> str:
    finding, status, *cells = row
    rest = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
    return f'<tr><td class="status {finding.status.value}">{html.escape(status)}</td>{rest}</tr>'


def write_report(report: Report, path: Path, language: str) -> list[Path]:
    """Write the report by the name's ending (.html, .md, .json); beside a readable one the same as JSON."""
    data = json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n"
    ending = path.suffix.lower()
    if ending == ".json":
        path.write_text(data, encoding="utf-8")
        return [path]
    readable = as_html(report, language) if ending in (".html", ".htm") else as_markdown(report, language)
    path.write_text(readable, encoding="utf-8")
    beside = path.with_suffix(".json")
    beside.write_text(data, encoding="utf-8")
    return [path, beside]
