"""Is it DER (X.690)? The readers of tokens take looser encodings too, which other verifiers refuse.
Not here: what the values mean (see `token`, `certificates`, `revocation`)."""

from __future__ import annotations

import re

MAX_NESTING = 64
"""Levels of DER; a token has about fifteen."""


def check_der(data: bytes) -> None:
    """Is this one DER value: lengths definite and shortest all the way down, integers and truth values too?

    The order of sets is not looked at. Raises ValueError; for what readers of BER would take as well.
    """
    end = _check_value(data, 0, len(data), 0)
    if end != len(data):
        raise ValueError("something follows the value")


def _check_value(data: bytes, start: int, limit: int, depth: int) -> int:
    tag, first, begin = data[start], data[start + 1], start + 2
    if tag & 0x1F == 0x1F or depth > MAX_NESTING:
        raise ValueError("a tag beyond 30, or too deep")
    length = first
    if first >= 0x80:
        begin += first - 0x80
        length = int.from_bytes(data[start + 2 : begin])
        if not 0x80 < first <= 0x84 or length < 0x80 or data[start + 2] == 0:
            raise ValueError("a length that is not the shortest")
    if (end := begin + length) > limit:
        raise ValueError("it ends early")
    if tag & 0x20:
        while begin < end:
            begin = _check_value(data, begin, end, depth + 1)
    elif not _is_plain(tag, data[begin:end]):
        raise ValueError("a value that DER writes otherwise")
    return end


def _is_plain(tag: int, content: bytes) -> bool:
    """Is the content of a primitive value what DER has for it, as far as its tag tells?"""
    if tag == 0x01:
        return content in (b"\x00", b"\xff")
    if tag in (0x02, 0x0A):
        alike = int.from_bytes(content[:2]) >> 7  # the first nine bits: not all the same in the shortest form
        return bool(content) and not (len(content) > 1 and alike in (0, 0x1FF))
    return tag != 0x18 or re.fullmatch(rb"\d{14}(\.\d*[1-9])?Z", content) is not None
