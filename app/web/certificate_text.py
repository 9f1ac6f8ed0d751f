"""Text from outside on its way to paper: what steers or reorders a line is made visible, long words may break.

Not here: which words are said (see ``certificate_words``).
"""

LONGEST_WORD = 24
ZERO_WIDTH_SPACE = "\u200b"


def breakable(text: str) -> str:
    """Printable text; after each run of 24 characters without a space the line may break."""
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    words = [
        ZERO_WIDTH_SPACE.join(word[at : at + LONGEST_WORD] for at in range(0, len(word), LONGEST_WORD))
        for word in plain.split(" ")
    ]
    return " ".join(words)
