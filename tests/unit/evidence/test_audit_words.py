"""What an audit tells people: every finding has words, hostile names stay text, the bar counts."""

import io
import re
from pathlib import Path

import pytest

from evidence import audit_words, progress
from evidence.audit_command import tell
from evidence.audit_records import Finding, LedgerFacts, Report, SourceFacts
from evidence.audit_report import as_html, as_markdown
from evidence.audit_words import outcome_text
from evidence.progress import ProgressBar
from evidence.verdict import CheckStatus

EVIDENCE = Path(audit_words.__file__).parent
HOSTILE = "<script>alert(1)</script>|`x`\n# y"


def report(*findings: Finding) -> Report:
    source = SourceFacts(HOSTILE, True, 3, 2, 1_000)
    return Report("2026-03-02T01:30:00Z", HOSTILE, (source,), LedgerFacts(True, 2, bytes(32)), findings, 1.25)


def test_every_finding_that_is_made_has_words_in_both_languages():
    made = set()
    for path in EVIDENCE.glob("audit*.py"):
        made |= set(re.findall(r'Finding\(\s*"([a-z._]+)"', path.read_text()))
        made |= set(re.findall(r'_malformed\("([a-z._]+)"', path.read_text()))
    assert made == audit_words.FINDINGS.keys()
    for chinese, english in audit_words.FINDINGS.values():
        assert re.search("[一-鿿]", chinese)
        assert english.isascii()


def test_the_document_lists_every_finding():
    text = (EVIDENCE.parent / "docs" / "packages-and-audits.md").read_text()
    assert set(re.findall(r"^\| `([a-z._]+)` \| [FU]", text, re.MULTILINE)) == audit_words.FINDINGS.keys()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_names_from_outside_stay_text(language):
    found = Finding(
        "file.differs", CheckStatus.FAILED, (HOSTILE,), None, {"differs": ["sha256"], "message": HOSTILE}
    )
    page = as_html(report(found), language)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    table = as_markdown(report(found), language).splitlines()
    assert len([line for line in table if line.startswith("| ")]) == 2
    assert not [line for line in table if line.startswith("# y")]


def test_a_name_from_outside_makes_no_line_of_its_own(capsys):
    """Nobody can put a favourable outcome under a report by calling an item so."""
    lie = f"x\n\n{outcome_text(CheckStatus.PASSED, 'en')}\x1b[2J\u202e"
    tell(
        report(Finding("file.missing", CheckStatus.FAILED, (lie,), None, {"path": lie})), "en", as_json=False
    )
    shown = capsys.readouterr().out
    assert outcome_text(CheckStatus.PASSED, "en") not in shown.splitlines()
    assert not set("\x1b\u202e") & set(shown)


def test_the_outcome_is_the_worst_and_nothing_is_not_clean():
    failed, still = Finding("a", CheckStatus.FAILED), Finding("b", CheckStatus.UNDETERMINED)
    assert report().outcome is CheckStatus.PASSED
    assert report(still).outcome is CheckStatus.UNDETERMINED
    assert report(still, failed).outcome is CheckStatus.FAILED
    empty = Report("2026-03-02T01:30:00Z", "", (), LedgerFacts(False), (), 0.0)
    assert empty.outcome is CheckStatus.UNDETERMINED


def test_a_finding_that_is_a_check_borrows_its_words():
    found = Finding("custody.chain", CheckStatus.FAILED, detail={"where": "custody[1]"})
    assert audit_words.finding_text(found, "en").startswith("Does not hold: ")
    assert "custody[1]" in audit_words.detail_text(found, "en")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_counts_items_and_bytes(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    out = Terminal()
    bar = ProgressBar(out, "en")
    bar.begin(4, 4_096)
    now[0] = 10.0
    bar.read(2_048)
    bar.checked()
    bar.checked()
    assert bar.line(now[0]) == f"{'█' * 12}{'·' * 12}  50%  2/4 items  2.0 KB/4.0 KB  0:10 left"
    assert "items" in out.getvalue()
    bar.finish()
    assert out.getvalue().endswith("\r\033[K")


def test_elsewhere_there_is_a_plain_line_now_and_then(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    out = io.StringIO()
    bar = ProgressBar(out, "zh")
    bar.begin(1_000, 0)
    for _ in range(100):
        now[0] += 0.25
        bar.checked()
    bar.finish()
    lines = out.getvalue().splitlines()
    assert len(lines) == 2
    assert "\033" not in out.getvalue()
    assert "/1000 件" in lines[0]
