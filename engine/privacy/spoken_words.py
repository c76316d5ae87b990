"""What spoken-form rewriting works on: a line cut into tokens, and rewrites that lay new text over token ranges."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from engine.privacy.offsets import Edit

_TOKEN = re.compile(r"\[[A-Z_]+_\d+\]|[^\W_]+(?:['’][^\W\d_]+)*")

MONTHS = frozenset("january february march april may june july august september october november december".split())


class Token(NamedTuple):
    """A word, number or redaction marker; `text` is its normalised form, `start`..`end` count in the source."""

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
    """One turn and its tokens."""

    source: str
    tokens: tuple[Token, ...]

    def gap(self, index: int) -> str:
        """What stands between tokens `index` and `index + 1`; "\\n" at either end of the line."""
        if not 0 <= index < len(self.tokens) - 1:
            return "\n"
        return self.source[self.tokens[index].end : self.tokens[index + 1].start]

    def lower(self, index: int) -> str:
        """The lower-case token, "" outside the line."""
        return self.tokens[index].lower if 0 <= index < len(self.tokens) else ""

    def text(self, index: int) -> str:
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def spaced(self, index: int) -> bool:
        """Only white space between tokens `index` and `index + 1`."""
        gap = self.gap(index)
        return gap.isspace() and gap != "\n"

    def is_x_ray(self, index: int) -> bool:
        """Token `index` opens "x-ray" or "x ray"."""
        return self.lower(index) == "x" and self.lower(index + 1) == "ray"

    def follows(self, index: int, *words: str) -> bool:
        """`words` stand from token `index` on, with nothing but space between them."""
        spaced = all(self.spaced(index + offset) for offset in range(len(words) - 1))
        return spaced and all(self.lower(index + offset) == word for offset, word in enumerate(words))


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


def tokenize(source: str) -> Line:
    return Line(source, tuple(Token(m[0], m[0].lower(), m.start(), m.end()) for m in _TOKEN.finditer(source)))


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
    return Line(line.source, tuple(tokens))
