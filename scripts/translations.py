"""Collects the strings of screens and scripts into app/translations and makes what the site reads from them.

`python -m scripts.translations` updates the English catalogue, writes the part that the browser needs and compiles;
`--check` changes nothing and fails while a string lacks its English or a placeholder differs.
"""

import argparse
import io
import json
import os
import re
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "app" / "translations"
ENGLISH = FOLDER / "en" / "LC_MESSAGES" / "messages.po"
BROWSER = FOLDER / "frontend.en.json"
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
HEADER = """msgid ""
msgstr ""
"Project-Id-Version: Hezheng\\n"
"Language: en\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
# A call of the browser's t() and, where it is as it must be, the literal that it begins with. A regular expression
# rather than Babel's JavaScript reader: that one skips whatever stands inside a template string.
BROWSER_CALL = re.compile(
    r"""(?<![\w$.])(?<!function\s)t\(\s*(?:(?P<quote>['"`])(?P<text>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)\s*[,)])?"""
)
COMMENT = re.compile(r"^\s*(?://|/?\*).*$", re.MULTILINE)


def screen_strings() -> set[str]:
    """Strings of templates and Python entrances; a template that does not parse is an error."""
    found: set[str] = set()
    for folder in ("app/web", "app/templates", "realtime"):
        for _file, _line, text, _comments, _context in extract_from_dir(
            str(ROOT / folder),
            [("**.html", "jinja2"), ("**.py", "python")],
            options_map={"**.html": {"silent": "false"}},
            keywords=KEYWORDS,
        ):
            found.add(text if isinstance(text, str) else text[0])
    return found


def browser_strings() -> set[str]:
    """Strings of the TypeScript sources, marked by ``t('…')``."""
    found: set[str] = set()
    for source in sorted((ROOT / "app" / "frontend").rglob("*.ts")):
        try:
            found |= strings_of_script(source.read_text("utf-8"))
        except ValueError as error:
            raise ValueError(f"{source.relative_to(ROOT)}: {error}") from None
    return found


def strings_of_script(script: str) -> set[str]:
    """What one TypeScript source gives to ``t``; ValueError where that is not a plain literal."""
    found: set[str] = set()
    for call in BROWSER_CALL.finditer(COMMENT.sub("", script)):
        text = call["text"]
        if text is None or (call["quote"] == "`" and "${" in text):
            raise ValueError(f"t() needs a literal here: {call.string[call.start() : call.start() + 40]!r}")
        found.add(re.sub(r"\\(.)", lambda escape: "\n" if escape[1] == "n" else escape[1], text))
    return found


def read_catalogue() -> Catalog:
    """The English catalogue as committed."""
    if not ENGLISH.exists():
        return Catalog(locale="en")
    with ENGLISH.open("rb") as file:
        return read_po(file, locale="en")


def problems(catalogue: Catalog, wanted: set[str], browser: set[str]) -> list[str]:
    """What is missing, left over or has other placeholders; a line each."""
    found = []
    known = {message.id: message for message in catalogue if message.id}
    for text in sorted(wanted - known.keys()):
        found.append(f"not in the catalogue: {text}")
    for text in sorted(known.keys() - wanted):
        found.append(f"no longer used: {text}")
    for text in sorted(wanted & known.keys()):
        message = known[text]
        if not message.string or message.fuzzy:
            found.append(f"without English: {text}")
        elif sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(str(message.string))):
            found.append(f"placeholders differ: {text}")
    if not found and (
        not BROWSER.exists() or BROWSER.read_text("utf-8") != browser_catalogue(catalogue, browser)
    ):
        found.append(f"{BROWSER.name} is out of date")
    return found


def browser_catalogue(catalogue: Catalog, browser: set[str]) -> str:
    """The JSON text that the front end is built with."""
    texts = {text: catalogue.get(text).string for text in sorted(browser) if catalogue.get(text)}
    return (
        json.dumps({k: v for k, v in texts.items() if v}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    )


def update(catalogue: Catalog, wanted: set[str], browser: set[str]) -> int:
    """Write catalogue, browser part and compiled form; the number of strings still without English."""
    fresh = Catalog(locale="en", project="Hezheng", version="0.1.0", fuzzy=False)
    fresh.revision_date = fresh.creation_date = None
    for text in sorted(wanted):
        old = catalogue.get(text)
        flags = ("python-format",) if "%(" in text and text not in browser else ()
        fresh[text] = Message(text, old.string if old else "", flags=flags)
    written = io.BytesIO()
    write_po(written, fresh, width=118, omit_header=True)
    replace(ENGLISH, HEADER.encode() + written.getvalue())
    replace(BROWSER, browser_catalogue(fresh, browser).encode())
    compile_catalogue(fresh)
    return sum(1 for message in fresh if message.id and not message.string)


def compile_catalogue(catalogue: Catalog) -> None:
    """The binary form that the site reads; made at set-up, never committed."""
    written = io.BytesIO()
    write_mo(written, catalogue)
    replace(ENGLISH.with_suffix(".mo"), written.getvalue())


def replace(path: Path, content: bytes) -> None:
    """Write a file in one step: a running site or a second run never reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)


def main() -> int:
    """Run as a command; 1 when ``--check`` finds a problem."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="change nothing; fail while something is missing"
    )
    parser.add_argument("--compile", action="store_true", help="only compile what is committed")
    options = parser.parse_args()
    catalogue = read_catalogue()
    if options.compile:
        compile_catalogue(catalogue)
        return 0
    browser = browser_strings()
    wanted = screen_strings() | browser
    if options.check:
        found = problems(catalogue, wanted, browser)
        print("\n".join(found) or "every string has its English")
        return 1 if found else 0
    missing = update(catalogue, wanted, browser)
    print(f"{len(wanted)} strings, {missing} without English")
    return 0


if __name__ == "__main__":
    sys.exit(main())
