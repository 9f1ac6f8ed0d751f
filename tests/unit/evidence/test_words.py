"""Words for whatever the kernel can say: every check code, reason and fact that its modules write, in both languages.
Not here: what the checks find (see `test_verify`)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence import words
from evidence.verdict import Answer, Check, CheckStatus

KERNEL = Path(words.__file__).parent
CODE = re.compile(r"(file|batch|anchor|state|block|ledger|witness|time|submitter|origin|custody)\.[a-z0-9_]+")
LOOKERS = (
    "verify",
    "ledger_look",
    "state_checks",
    "time_checks",
    "timestamp",
    "token",
    "revocation",
    "lifetimes",
)
"""Modules whose codes and reasons reach a verdict."""


def strings_of(node: ast.expr) -> Iterator[str]:
    """Every text that an expression may give."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def reasons_in(tree: ast.AST) -> Iterator[str]:
    """Texts under a key or keyword ``reason`` or ``code``, as far as the source shows them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            named = [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "reason"]
        elif isinstance(node, ast.Call):
            named = [one.value for one in node.keywords if one.arg in ("reason", "code")]
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            key = node.targets[0].slice
            named = [node.value] if isinstance(key, ast.Constant) and key.value == "reason" else []
        else:
            continue
        for value in named:
            yield from strings_of(value)


def trees() -> dict[str, ast.AST]:
    paths = [KERNEL / f"{name}.py" for name in LOOKERS]
    return {path.name: ast.parse(path.read_text("utf-8")) for path in paths if path.exists()}


def test_every_check_that_a_module_writes_has_words() -> None:
    written = {
        text
        for tree in trees().values()
        for text in strings_of(tree)
        if CODE.fullmatch(text)  # type: ignore[arg-type]
    }
    assert len(written) > 20
    assert written <= set(words.CHECKS), written - set(words.CHECKS)


@pytest.mark.parametrize("module", sorted(trees()))
def test_every_reason_that_a_module_writes_has_words(module: str) -> None:
    simple = {text for text in reasons_in(trees()[module]) if re.fullmatch(r"[a-z_]+", text)}
    assert simple <= set(words.REASONS), simple - set(words.REASONS)


def test_both_languages_say_something_and_not_the_same() -> None:
    for table in (words.CHECKS, words.REASONS, words.FACTS, words.VALUES, words.ANSWERS, words.STATUSES):
        for chinese, english in table.values():
            assert re.search(r"[\u4e00-\u9fff]", chinese)
            assert english.isascii() or "’" in english


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_newer_than_the_words_is_shown_as_it_is(language: str) -> None:
    check = Check(Answer.TIME, "time.tomorrow", CheckStatus.UNDETERMINED, {"reason": "unheard_of"})
    assert words.check_text(check.code, language) == "time.tomorrow"
    assert words.detail_lines(check, language)[0][1] == "unheard_of"


def test_one_word_for_each_term() -> None:
    said = "".join(zh for table in (words.CHECKS, words.REASONS, words.FACTS) for zh, _ in table.values())
    for dropped in ("首值", "说明书", "保管链"):
        assert dropped not in said
