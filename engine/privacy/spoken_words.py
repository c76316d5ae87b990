"""What spoken-form rewriting works on: a line of tokens with its vocabulary, and rewrites laid over token ranges."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from engine.privacy.languages.words import Phrases, Vocabulary
from engine.privacy.offsets import Edit

V = TypeVar("V")

NEAR = re.compile(r"\s*|\s*[-–—]\s*")
"""What may stand between the words of one number; nothing does where a language writes no spaces."""


class Token(NamedTuple):
    """A word, number, sign or redaction marker; `text` is its normalised form, `start`..`end` count in the source.

    `lower` is what vocabularies are looked up by: folded, and for a spoken sign its English name ("arobase": "at").
    """

    text: str
    lower: str
    start: int
    end: int


class Part(NamedTuple):
    """Tokens `first`..`last` (inclusive) read as `text`."""

    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One turn, its tokens and the vocabulary of its language."""

    source: str
    tokens: tuple[Token, ...]
    vocabulary: Vocabulary

    def gap(self, index: int) -> str:
        """What stands between tokens `index` and `index + 1`; "\\n" at either end of the line."""
        if not 0 <= index < len(self.tokens) - 1:
            return "\n"
        return self.source[self.tokens[index].end : self.tokens[index + 1].start]

    def lower(self, index: int) -> str:
        """The token as vocabularies have it, "" outside the line."""
        return self.tokens[index].lower if 0 <= index < len(self.tokens) else ""

    def text(self, index: int) -> str:
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def spaced(self, index: int) -> bool:
        """Only white space, or nothing, between tokens `index` and `index + 1`."""
        gap = self.gap(index)
        return (not gap or gap.isspace()) and gap != "\n"

    def near(self, index: int) -> bool:
        """White space, a hyphen or nothing between tokens `index` and `index + 1`."""
        gap = self.gap(index)
        return gap != "\n" and (gap == " " or NEAR.fullmatch(gap) is not None)

    def is_x_ray(self, index: int) -> bool:
        """Token `index` opens "x-ray" or "x ray"."""
        return self.lower(index) == "x" and self.lower(index + 1) == "ray"

    def phrase(self, phrases: Phrases[V], index: int) -> tuple[V, int] | None:
        """The value of the longest of the phrases that starts at token `index`, and its last token."""
        for words, value in phrases.by_first.get(self.lower(index), ()):
            if all(self.near(index + at) and self.lower(index + at + 1) == word for at, word in enumerate(words)):
                return value, index + len(words)
        return None


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Adjoining parts read as one token; what stands between them is left out."""

    parts: tuple[Part, ...]

    @property
    def first(self) -> int:
        return self.parts[0].first

    @property
    def last(self) -> int:
        return self.parts[-1].last

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)

    def edits(self, line: Line) -> list[Edit]:
        """The parts and the gaps between them as edits of the source."""
        edits = []
        end = line.tokens[self.first].start
        for part in self.parts:
            start = line.tokens[part.first].start
            if start > end:
                edits.append(Edit(end, start, ""))
            end = line.tokens[part.last].end
            edits.append(Edit(start, end, part.text))
        return edits


def rewritten(line: Line, rewrites: Iterable[Rewrite]) -> Line:
    """The line with each rewrite as one token (rewrites in order, not overlapping)."""
    tokens: list[Token] = []
    position = 0
    for rewrite in rewrites:
        tokens.extend(line.tokens[position : rewrite.first])
        start, end = line.tokens[rewrite.first].start, line.tokens[rewrite.last].end
        tokens.append(Token(rewrite.text, rewrite.text.lower(), start, end))
        position = rewrite.last + 1
    tokens.extend(line.tokens[position:])
    return Line(line.source, tuple(tokens), line.vocabulary)
