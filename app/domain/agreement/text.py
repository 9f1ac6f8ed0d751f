"""What text may be in an agreement, and its canonical bytes. Nothing of clauses.

Characters that nobody sees could make two people sign different words that look alike: they are taken out.
"""

import unicodedata

_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Co"})
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Letters and marks that are drawn as nothing or as a blank."""
_LINE_ENDS = str.maketrans(dict.fromkeys("\r\x0b\x0c\x85\u2028\u2029", "\n") | {"\t": " "})


def clean(value: str) -> str:
    """Text as it goes into an agreement: NFC, line feeds, plain blanks, no hidden characters, no outer blanks.

    Hidden are control and format characters (direction marks, zero width), private and half characters.
    """
    return unicodedata.normalize("NFC", value if _is_plain(value) else _kept(value)).strip()


def _is_plain(value: str) -> bool:
    """Whether nothing has to be taken out: true for nearly every text, and quick to tell."""
    shown = value.replace("\n", "").replace("\u3000", "")
    return shown.isprintable() and _INVISIBLE.isdisjoint(shown)


def _kept(value: str) -> str:
    text = value.replace("\r\n", "\n").translate(_LINE_ENDS)
    return "".join(_blank(char) for char in text if char == "\n" or not _hidden(char))


def clean_line(value: str) -> str:
    """As ``clean``, on one line."""
    return " ".join(clean(value).split("\n"))


def hidden_count(value: str) -> int:
    """How many characters ``clean`` takes out because nobody sees them."""
    text = value.replace("\r\n", "\n").translate(_LINE_ENDS)
    return sum(1 for char in text if char != "\n" and _hidden(char))


def _hidden(char: str) -> bool:
    if char in _INVISIBLE or unicodedata.category(char) in _FORBIDDEN:
        return True
    code = ord(char)
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _blank(char: str) -> str:
    return " " if unicodedata.category(char) == "Zs" and char != "\u3000" else char


def canonical(text: str) -> bytes:
    """The bytes that are hashed: UTF-8, NFC, line feeds, no blanks at line ends, one line feed last."""
    lines = [line.rstrip() for line in unicodedata.normalize("NFC", text).replace("\r\n", "\n").split("\n")]
    return ("\n".join(lines).strip("\n") + "\n").encode("utf-8")
