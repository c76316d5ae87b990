"""Checking what a model cites: the utterances exist, the quoted words occur there, and the right person said them."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.analysis.prompts import Line
from engine.analysis_types import Role

LIKENESS = 80.0
"""Least `rapidfuzz.fuzz.partial_ratio` of a quote and an utterance: one letter in five may be misheard."""
SHORT_CHARS = 4
"""A quote below this length is found by chance in any text, so it must be a word of its own."""


@dataclass(frozen=True, slots=True)
class Citation:
    """The cited utterances that exist, in order; how much was cited that does not; and whether the rest is proof."""

    evidence: tuple[int, ...]
    dropped: int
    proven: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What a model was shown: plain words and role by utterance index, and the ids of the speakers."""

    texts: Mapping[int, str]
    roles: Mapping[int, str]
    speakers: frozenset[str]

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Shown:
        """Pieces of one long utterance are put together again."""
        pieces: dict[int, list[str]] = defaultdict(list)
        roles: dict[int, str] = {}
        speakers = set()
        for line in lines:
            role, _, speaker = line.label.partition("/")
            pieces[line.index].append(line.text)
            roles[line.index] = role
            speakers.add(speaker)
        return cls({index: plain(" ".join(texts)) for index, texts in pieces.items()}, roles, frozenset(speakers))

    def existing(self, indexes: Iterable[int]) -> tuple[int, ...]:
        return tuple(sorted(index for index in set(indexes) if index in self.texts))

    def checked(self, indexes: Sequence[int], quote: str, about: Role = "unknown") -> Citation:
        """The citation of `indexes` with words from them.

        It is proof if something of it exists, the quote occurs in one of the utterances or runs over several, and at
        least one of them was said by whom it is `about` (or by somebody whose role is not known).
        """
        found = self.existing(indexes)
        dropped = len(set(indexes)) - len(found)
        if not found:
            return Citation((), dropped, False)
        if not self._occurs(plain(quote), found):
            return Citation((), dropped + 1, False)
        if about != "unknown" and not {self.roles[index] for index in found} & {about, "unknown"}:
            return Citation((), dropped + len(found), False)
        return Citation(found, dropped, True)

    def _occurs(self, quote: str, indexes: Sequence[int]) -> bool:
        together = " ".join(self.texts[index] for index in indexes)
        return any(occurs(quote, text) for text in (*(self.texts[index] for index in indexes), together))


def occurs(quote: str, text: str) -> bool:
    """Whether `text` holds the words of `quote`, allowing for noise; both `plain`."""
    from rapidfuzz import fuzz

    if len(quote) < SHORT_CHARS:
        return bool(quote) and f" {quote} " in f" {text} "
    return len(quote) <= len(text) / (LIKENESS / 100) and fuzz.partial_ratio(quote, text) >= LIKENESS


def plain(text: str) -> str:
    """Letters, digits and single spaces, in lower case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in folded).split())
