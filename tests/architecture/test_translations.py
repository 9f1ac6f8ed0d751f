"""Every screen reads in English: the catalogue is whole and current, the tool that keeps it is right in both
directions, no Chinese stands outside it, and whole pages come out in English. Not here: the quality of the English."""

import ast
import gettext
import re
from collections import defaultdict
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from jinja2 import Environment, nodes

from scripts import translations

CHINESE = re.compile(r"[\u3400-\u9fff]")
CITATION = re.compile(r"\([^()a-zA-Z]*[\u3400-\u9fff][^()a-zA-Z]*\)")
FULL_WIDTH = re.compile(r"[\u3000-\u303f\uff01-\uff60]")
# Names that the English keeps: marks in examples, and the placeholder that an agreement's Chinese text has.
KEPT = ("“青砚”", "“（待填）”")
BRAND = {"和", "和证"}
OTHER_LANGUAGE = "中文"
SAMPLE_PEOPLE = {"王敏", "李强", "赵静", "和兴居"}


def english() -> dict[str, str]:
    """The catalogue as committed, without its header."""
    return {message.id: message.string for message in translations.read_catalogue() if message.id}


def without_citations(text: str) -> str:
    for kept in KEPT:
        text = text.replace(kept, "")
    return CITATION.sub("", text)


def test_every_string_has_its_english_and_nothing_is_left_over() -> None:
    browser = translations.browser_strings()
    wanted = translations.screen_strings() | browser
    assert translations.problems(translations.read_catalogue(), wanted, browser) == []


def test_the_english_has_chinese_in_citations_and_names_only() -> None:
    left = {text for text in english().values() if CHINESE.search(without_citations(text))}
    wide = {text for text in english().values() if FULL_WIDTH.search(without_citations(text))}
    assert (left, wide) == (set(), set())


def test_screens_can_fill_in_the_english() -> None:
    """Templates format every text with %; a bare per cent sign would break the page."""
    browser = translations.browser_strings()
    for chinese, text in english().items():
        if chinese not in browser:
            assert chinese % defaultdict(str) is not None and text % defaultdict(str) is not None


# The tool itself, on small catalogues in a folder of its own.


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(translations, "ENGLISH", tmp_path / "en" / "LC_MESSAGES" / "messages.po")
    monkeypatch.setattr(translations, "BROWSER", tmp_path / "frontend.en.json")
    return tmp_path


def catalogue_of(texts: dict[str, str]) -> Catalog:
    made = Catalog(locale="en")
    for chinese, text in texts.items():
        made.add(chinese, text)
    return made


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ({}, "not in the catalogue: 邀请%(name)s"),
        ({"邀请%(name)s": ""}, "without English: 邀请%(name)s"),
        ({"邀请%(name)s": "Invite %(names)s"}, "placeholders differ: 邀请%(name)s"),
        ({"邀请%(name)s": "Invite %(name)s", "旧": "Old"}, "no longer used: 旧"),
        ({"邀请%(name)s": "Invite %(name)s"}, "frontend.en.json is out of date"),
    ],
)
def test_the_check_finds_each_kind_of_problem(folder: Path, texts: dict[str, str], problem: str) -> None:
    assert translations.problems(catalogue_of(texts), {"邀请%(name)s"}, set()) == [problem]


def test_update_keeps_what_is_used_drops_what_is_not_and_can_be_read_back(folder: Path) -> None:
    old = catalogue_of({"邀请%(name)s": "Invite “%(name)s”", "旧": "Old", "摄像头": "Camera"})
    wanted, browser = {"邀请%(name)s", "摄像头", "新的一句"}, {"摄像头"}
    assert translations.update(old, wanted, browser) == 1
    assert english() == {"邀请%(name)s": "Invite “%(name)s”", "摄像头": "Camera", "新的一句": ""}
    assert "charset=utf-8" in translations.ENGLISH.read_text("utf-8")
    first = translations.ENGLISH.read_bytes()
    assert translations.update(translations.read_catalogue(), wanted, browser) == 1
    assert translations.ENGLISH.read_bytes() == first

    done = translations.read_catalogue()
    done.get("新的一句").string = "A new one"
    assert translations.update(done, wanted, browser) == 0
    assert translations.problems(translations.read_catalogue(), wanted, browser) == []
    assert translations.BROWSER.read_text("utf-8") == '{\n "摄像头": "Camera"\n}\n'
    with translations.ENGLISH.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.gettext("邀请%(name)s") % {"name": "李晴"} == "Invite “李晴”"


def test_scripts_are_read_wherever_the_call_stands() -> None:
    script = """
      // t('in a comment')
      const a: Map<string, string> = new Map([[t('在泛型旁'), 1]]);
      const c = `${t('在模板里', { n: 1 })} · ${b ? `${t("再深一层")}` : ''}`;
      a.set(t(`反引号`), that.at('不是'), format('也不是'), t(
        '换行 \\'引号\\'',
      ));
      export function t(msgid: string): string { return msgid; }
    """
    assert translations.strings_of_script(script) == {
        "在泛型旁",
        "在模板里",
        "再深一层",
        "反引号",
        "换行 '引号'",
    }


@pytest.mark.parametrize("call", ["t(name)", "t(a ? '是' : '否')", "t(`第 ${n} 版`)", "t('一' + '二')"])
def test_scripts_may_only_translate_literals(call: str) -> None:
    with pytest.raises(ValueError, match="literal"):
        translations.strings_of_script(f"el('p', {{}}, {call})")


# Chinese that never reaches the catalogue.


def marks(call: ast.expr | nodes.Expr) -> bool:
    return str(getattr(call, "id", getattr(call, "name", ""))) in translations.KEYWORDS


def unmarked_in_template(node: nodes.Node) -> set[str]:
    if isinstance(node, nodes.Call) and marks(node.node):
        assert isinstance(node.args[0], nodes.Const), f"_() needs a literal, line {node.lineno}"
        return set().union(*(unmarked_in_template(child) for child in node.kwargs))
    if isinstance(node, nodes.Compare):
        return set()  # looked at, not shown
    found = set().union(*(unmarked_in_template(child) for child in node.iter_child_nodes()))
    if isinstance(node, nodes.TemplateData):
        found |= set(re.findall(r"[\u3400-\u9fff]+", node.data)) - BRAND
    elif isinstance(node, nodes.Const) and isinstance(node.value, str) and CHINESE.search(node.value):
        found |= {node.value} - {OTHER_LANGUAGE} - SAMPLE_PEOPLE
    return found


def test_templates_have_no_chinese_outside_the_catalogue() -> None:
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    templates = sorted((translations.ROOT / "app" / "templates").rglob("*.html"))
    assert templates
    found = {
        str(file.relative_to(translations.ROOT)): unmarked_in_template(
            environment.parse(file.read_text("utf-8"))
        )
        for file in templates
    }
    assert {name: texts for name, texts in found.items() if texts} == {}


def unmarked_in_python(tree: ast.Module) -> set[str]:
    fine: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and marks(node.func):
            assert isinstance(node.args[0], ast.Constant), f"_() needs a literal, line {node.lineno}"
            fine.add(id(node.args[0]))
        elif isinstance(node, ast.Expr):
            fine.add(id(node.value))
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in fine]
    return {node.value for node in constants if isinstance(node.value, str) and CHINESE.search(node.value)}


def test_entrances_have_no_chinese_outside_the_catalogue() -> None:
    found: dict[str, set[str]] = {}
    for folder in ("app/web", "realtime"):
        for file in (translations.ROOT / folder).rglob("*.py"):
            found[str(file.relative_to(translations.ROOT))] = unmarked_in_python(
                ast.parse(file.read_text("utf-8"))
            )
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_scripts_have_no_chinese_outside_the_catalogue() -> None:
    found = {}
    for file in (translations.ROOT / "app" / "frontend").rglob("*.ts"):
        text = translations.COMMENT.sub("", file.read_text("utf-8"))
        found[str(file.relative_to(translations.ROOT))] = CHINESE.findall(
            translations.BROWSER_CALL.sub("", text)
        )
    assert {name: texts for name, texts in found.items() if texts} == {}


# Whole pages.


def seen(page: str) -> str:
    """What a reader of an English page gets to see or hear, without what is marked as being in Chinese."""
    page = re.sub(r"<script\b.*?</script>|<!--.*?-->", "", page, flags=re.DOTALL)
    return re.sub(r'<(\w+)\b[^>]*(?:lang="zh-CN"|translate="no")[^>]*>.*?</\1>', "", page, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "Apply for mediation"),
        ("/sign-in", "Mobile number or e-mail address"),
        ("/intake", "Step one: which intellectual property right is in dispute?"),
        ("/intake/trademark", "Apply for mediation: Trade mark"),
        ("/verify", "Trust root"),
        ("/no-such-page", "This page was not found."),
    ],
)
def test_a_page_in_english_is_english(client_for, path: str, expected: str) -> None:
    translations.compile_catalogue(translations.read_catalogue())
    client = client_for(None)
    assert "Mediation" not in client.get(path).text
    assert client.post("/language/en").status_code == 303
    page = client.get(path).text
    assert '<html lang="en">' in page and expected in page
    assert CHINESE.findall(without_citations(seen(page))) == []


def test_an_english_page_is_filled_in_from_the_case(client_for, table) -> None:
    translations.compile_catalogue(translations.read_catalogue())
    client = client_for(table.claimant)
    client.post("/language/en")
    consents = client.get(f"/cases/{table.number}/consents").text
    assert "Digest of the text " in consents and "%(digest)s" not in consents
    assert "Consent to online mediation" in consents
