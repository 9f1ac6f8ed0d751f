"""What a predicate sees: the agreement, its passages, what is known of the case; and small helpers for all predicates."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.domain.agreement.model import Agreement
from app.domain.draft_checks.model import CaseFacts, Found
from app.domain.draft_checks.passages import Passage, Sentence

CONDITIONAL = re.compile(r"如果?(?!下)|若|逾期|违约|违反|一旦|的，(?:应|须|由|按)|未(?:按|能|履行)")
NEGATIVE = re.compile(r"不得|不再|互不|无需|无须|不需|不必|不予|不支付|不承担|停止(?!使用费)")


@dataclass(frozen=True)
class Scene:
    """All that a predicate may look at."""

    agreement: Agreement
    case: CaseFacts
    passages: tuple[Passage, ...]

    def standing_alone(self) -> Iterator[Passage]:
        """Texts that must say all by themselves."""
        return (passage for passage in self.passages if passage.free)

    def sentences(self, duties: bool = False, free: bool = False) -> Iterator[tuple[Passage, Sentence]]:
        """Every sentence with its passage; only of duties, or only of texts that stand alone, if asked for."""
        for passage in self.passages:
            if (not duties or passage.duty) and (not free or passage.free):
                yield from ((passage, sentence) for sentence in passage.sentences)


Predicate = Callable[[Scene], Iterator[Found]]


def at(passage: Passage, sentence: Sentence, start: int, end: int, **values: str) -> Found:
    """A finding at these characters of a sentence."""
    return passage.found(sentence.start + start, sentence.start + end, sentence, **values)
