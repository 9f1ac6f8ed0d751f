"""Words of signing that several layers share. Pure."""

from enum import StrEnum


class ReadingKind(StrEnum):
    """How the end of the text was reached: seen on the screen, or declared by somebody who reads by other means."""

    SCROLLED = "scrolled"
    DECLARED = "declared"
