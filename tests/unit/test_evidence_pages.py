"""What the evidence pages are made of, without a server: drawing, axis, rules beside answers, causes of a mismatch.
Not here: the pages themselves (see tests/web/test_proof_pages.py)."""

import json
from base64 import b64decode
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from app.domain.evidence_rules import RULES, rules_for
from app.domain.mismatch import likely_causes, same_name
from app.web.belief import believed
from app.web.proof_drawing import PLACES, STEPS, Drawing, draw, place_of
from app.web.time_axis import axis
from app.web.verdicts import present
from evidence import words
from evidence.digest import digest_bytes
from evidence.proof import Proof
from evidence.trust import TrustRoot
from evidence.verdict import Answer, Verdict
from evidence.verify import Verifier

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
READABLE = sorted(
    path
    for path in VECTORS.glob("*/*.json")
    if "malformed" not in json.loads(path.read_text("utf-8"))["expected"]
)
START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def babel() -> Flask:
    app = Flask("app")
    app.config["BABEL_DEFAULT_LOCALE"] = "zh"
    Babel(app)
    return app


@cache
def examine(path: Path) -> tuple[Verdict, Proof, TrustRoot]:
    """A vector, verified offline as of its own time."""
    vector = json.loads(path.read_text("utf-8"))
    trust, proof = TrustRoot.parse(json.dumps(vector["trust"])), Proof.parse(vector["proof"])
    digest = None if vector["file"] is None else digest_bytes(b64decode(vector["file"]))
    at = datetime.fromisoformat(vector["at"])
    return Verifier(trust, None, at=at).verify(digest, proof), proof, trust


def drawn(path: Path) -> tuple[Drawing, Verdict]:
    verdict, proof, trust = examine(path)
    return draw(verdict, proof, trust), verdict


def test_there_are_vectors_to_draw() -> None:
    assert len(READABLE) > 40


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_check_stands_at_exactly_one_step_or_end(babel: Flask, language: str) -> None:
    for path in READABLE:
        with babel.test_request_context(), force_locale(language):
            drawing, verdict = drawn(path)
        shown = Counter(check["code"] for step in (*drawing.steps, *drawing.ends) for check in step.checks)
        assert shown == Counter(check.code for check in verdict.checks), path.name
        assert [step.key for step in drawing.steps] == list(STEPS)
        for step in (*drawing.steps, *drawing.ends):
            assert step.title and step.meaning, (path.name, step.key)
            assert step.status in ("passed", "failed", "missing", "undetermined", "flagged")


def test_a_failed_check_is_seen_at_its_step_and_nowhere_else(babel: Flask) -> None:
    for path in READABLE:
        with babel.test_request_context():
            drawing, verdict = drawn(path)
        failed = {place_of(check.code) for check in verdict.checks if check.status.value == "FAILED"}
        marked = {step.key for step in (*drawing.steps, *drawing.ends) if step.status == "failed"}
        assert marked == failed, path.name


def test_every_check_of_the_kernel_has_a_place() -> None:
    for code in words.CHECKS:
        assert [key for key, begins in PLACES.items() if code.startswith(begins)], code


def test_no_step_of_an_honest_proof_fails_and_no_sentence_speaks_of_forgery(babel: Flask) -> None:
    for path in READABLE:
        with babel.test_request_context():
            drawing, verdict = drawn(path)
            texts = [answer["text"] for answer in present(verdict)["list"]]
            texts += [one.text for one in believed(verdict, examine(path)[1])]
        said = "".join([*texts, *(step.meaning for step in (*drawing.steps, *drawing.ends))])
        assert "伪造" not in said
        assert "内容真实。" not in said
        if path.parent.name == "valid":
            assert all(step.status != "failed" for step in (*drawing.steps, *drawing.ends)), path.name


def test_what_is_left_to_believe_is_always_said(babel: Flask) -> None:
    with babel.test_request_context():
        for path in READABLE:
            verdict, proof, _trust = examine(path)
            assert [one.key for one in believed(verdict, proof)] == ["block", "time", "identity", "before"]


def test_the_axis_keeps_the_order_and_shows_seconds_beside_years() -> None:
    times = [START + timedelta(seconds=n) for n in (0, 3, 5, 70, 9 * 365 * 86_400)]
    made = axis(times)
    assert made is not None
    assert list(made.places) == sorted(made.places)
    assert made.places[1] - made.places[0] > 3
    assert all(0 <= place <= 100 for place in (*made.places, *(tick.x for tick in made.ticks)))


@pytest.mark.parametrize("times", [[], [START]])
def test_there_is_no_axis_with_nothing_to_compare(times: list[datetime]) -> None:
    assert axis(times) is None


def test_times_that_are_all_the_same_stand_on_one_place() -> None:
    made = axis([START, START])
    assert made is not None and set(made.places) == {4.0}


@pytest.mark.parametrize(
    ("answer", "articles"),
    [("integrity", [16, 17, 19]), ("time", [17, 19]), ("submitter", [17, 19]), ("origin", [18, 19])],
)
def test_the_rules_beside_each_answer(answer: str, articles: list[int]) -> None:
    assert [rule.article for rule in rules_for(answer, date(2026, 3, 2))] == articles


def test_no_rule_stands_there_before_its_day() -> None:
    assert rules_for("integrity", date(2021, 7, 31)) == []
    assert rules_for("integrity", date(2021, 8, 1))


def test_every_rule_is_cited_and_a_gist_never_a_quotation() -> None:
    for rule in RULES:
        assert rule.answers <= {answer.value for answer in Answer}
        assert rule.source == f"人民法院在线诉讼规则 {rule.article}"
        for answer in rule.answers:
            chinese, english = rule.gist_for(answer)
            assert chinese and english
            assert not chinese.startswith(("第", "“"))


@pytest.mark.parametrize(
    ("recorded", "media", "size", "name", "now", "first"),
    [
        ("礼盒.jpg", "image/jpeg", 900, "礼盒.jpg", 300, "compressed"),
        ("礼盒.jpg", "image/jpeg", 900, "礼盒(1).jpg", 1_200, "re_saved"),
        ("合同.pdf", "application/pdf", 900, "合同.pdf", 950, "other_version"),
        ("合同.pdf", "application/pdf", 900, "合同.pdf", 900, "re_saved"),
        ("合同.pdf", "application/pdf", 900, "照片.jpg", 900, "other_file"),
    ],
)
def test_the_likeliest_cause_comes_first(
    recorded: str, media: str, size: int, name: str, now: int, first: str
) -> None:
    causes = likely_causes(recorded, media, size, name, now)
    assert causes[0] == first
    assert set(causes) <= set(words.REASONS)
    assert len(causes) == len(set(causes))


def test_a_copy_by_its_name_is_known_and_a_nameless_file_is_not() -> None:
    assert same_name("礼盒.JPG", "礼盒 (1).jpg")
    assert same_name("礼盒.jpg", "礼盒 - 副本.jpg")
    assert not same_name("礼盒.jpg", "合同.pdf")
    assert not same_name("", "")
