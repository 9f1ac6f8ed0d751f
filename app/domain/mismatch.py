"""Why a file is not the one in the record, as far as name, kind and size hint at it. Guesses for people, never findings.
Never here: that something was forged. Codes are the kernel's (``evidence.words``)."""

CHANGED_BY_MESSENGERS = ("image/", "video/", "audio/")


def likely_causes(recorded_name: str, media_type: str, recorded_size: int, name: str, size: int) -> list[str]:
    """The likely causes, the likeliest first: ``compressed``, ``forwarded``, ``re_saved``, ``other_version``."""
    if _stem(recorded_name) != _stem(name):
        return ["other_file", "other_version", "re_saved", "compressed", "forwarded"]
    if size == recorded_size:
        return ["re_saved", "other_version"]
    media = media_type.startswith(CHANGED_BY_MESSENGERS)
    if media and size < recorded_size:
        return ["compressed", "forwarded", "re_saved", "other_version"]
    return ["re_saved", "other_version", "forwarded"] if media else ["other_version", "re_saved"]


def same_name(recorded_name: str, name: str) -> bool:
    """Whether two files are called alike, but for case, extension and the numbers that copies are given."""
    return bool(_stem(name)) and _stem(recorded_name) == _stem(name)


def _stem(name: str) -> str:
    stem = name.strip().lower().rpartition(".")[0] or name.strip().lower()
    for ending in ("(1)", "(2)", " - 副本", " copy", "_副本"):
        stem = stem.removesuffix(ending).strip()
    return stem
