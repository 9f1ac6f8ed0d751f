"""Names of files for other people's computers: what any of the common systems refuses or misreads is taken out.

Not here: names inside this platform's store, which never come from people.
"""

import unicodedata

LONGEST = 80
"""Characters; a path inside an unpacked folder stays below the 260 that Windows allows."""
LONGEST_BYTES = 200
LONGEST_ENDING = 16
FORBIDDEN = frozenset('<>:"/\\|?*')
RESERVED = frozenset(
    ["CON", "PRN", "AUX", "NUL", *(f"{name}{n}" for name in ("COM", "LPT") for n in "123456789")]
)
"""Device names, which Windows opens instead of a file, whatever follows the first point."""


def safe_name(name: str, default: str = "file") -> str:
    """A name that stays one name everywhere: no folders, no control or reordering characters, no device, not too long."""
    kept = "".join(_kept(character) for character in unicodedata.normalize("NFC", name))
    kept = " ".join(kept.split()).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if not dot or len(ending) > LONGEST_ENDING:
        stem, ending = kept, ""
    stem = stem.rstrip(" .")
    if stem.split(".")[0].strip().upper() in RESERVED:
        stem = f"_{stem}"
    stem = _short(stem or default, LONGEST - len(ending) - 1, LONGEST_BYTES - len(ending.encode()) - 1)
    return f"{stem}.{ending}" if ending else stem


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    if category.startswith("C") or category in ("Zl", "Zp"):
        return ""
    return "_" if character in FORBIDDEN else character


def _short(text: str, characters: int, size: int) -> str:
    return text[:characters].encode()[:size].decode(errors="ignore").rstrip(" .")
