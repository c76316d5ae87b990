"""Where things stand in one text, for all its recognizers: lines, the words on them, where numbers and codes begin."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import itemgetter

import regex

_KEPT = 8
"""Texts in work at one time: one a thread, and the raw and the normalised form of it."""

WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")

ADJOINING = r"[\p{Latin}\p{Cyrillic}\p{Nd}_@]"
"""What must not adjoin a number; scripts without spaces ("は03-1234-5678です") may."""

NUMBER = rf"(?<!{ADJOINING})(?<!\d[.,:/-])(?<![$€£¥₹] ?)(?<!\[)(?=\d)"
"""Where a number begins: not inside a word, an amount or another number."""

DIGITS = r"(?<!\d)(?=\d)"
"""Where digits begin."""

CODE = r"(?<![\w@.-])(?=[A-Z-]*\d[A-Z-]*\d)(?=[\d-]*[A-Z])(?=[A-Z0-9])"
"""Where a word of letters and at least two digits begins, hyphens inside."""

OPENINGS = (NUMBER, DIGITS, CODE)
"""Patterns without width that open many rules: where one stands is looked up once for all of them."""

Place = tuple[int, int]
"""Where a rule may match, and where the text that it may look at ends."""


class Layout:
    """One text, as many as its turns stand on lines of it. Threads may share it: what it keeps is never changed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines: list[tuple[int, str]] = []
        """Each with its offset in the text."""
        self._holding: dict[str, list[int]] = {}
        self._with_digits: list[int] = []
        self._regions: dict[str, list[Place]] = {}
        self._openings: dict[str, list[int]] = {}
        self._places: dict[tuple[str, str], list[Place]] = {}
        offset = 0
        for number, line in enumerate(text.split("\n")):
            self.lines.append((offset, line))
            offset += len(line) + 1
            for word in set(WORD.findall(line.lower())):
                self._holding.setdefault(word, []).append(number)
            if _DIGIT.search(line):
                self._with_digits.append(number)
        self.words = frozenset(self._holding)
        """All words of the text in lower case."""

    def lines_with(self, keys: frozenset[str]) -> Iterator[tuple[int, str]]:
        """Offset and text of each line that holds one of the words `keys` (no keys: a digit)."""
        return map(self.lines.__getitem__, self._numbers(keys) if keys else self._with_digits)

    def line_at(self, position: int) -> tuple[int, str]:
        """Offset and text of the line that holds a position."""
        return self.lines[bisect_right(self.lines, position, key=itemgetter(0)) - 1]

    def _numbers(self, keys: frozenset[str]) -> Sequence[int]:
        found = [self._holding[word] for word in keys & self.words]
        return found[0] if len(found) == 1 else sorted(set().union(*found))

    def regions(self, needed: str) -> list[Place]:
        """The lines that hold a pattern, each with the line before and after it; neighbors are one region."""
        if needed not in self._regions:
            self._regions[needed] = list(_regions(self.text, _compiled(needed)))
        return self._regions[needed]

    def places(self, opening: str, needed: str) -> list[Place]:
        """Where one of OPENINGS stands in the regions of a pattern, each with the end of its region."""
        if (opening, needed) not in self._places:
            starts = self._starts(opening)
            self._places[opening, needed] = [
                (start, region_end)
                for region_start, region_end in self.regions(needed)
                for start in starts[bisect_left(starts, region_start) : bisect_left(starts, region_end)]
            ]
        return self._places[opening, needed]

    def _starts(self, opening: str) -> list[int]:
        if opening not in self._openings:
            self._openings[opening] = [match.start() for match in _compiled(opening).finditer(self.text)]
        return self._openings[opening]


@lru_cache(maxsize=_KEPT)
def layout(text: str) -> Layout:
    """The layout of a text, made once for all its recognizers."""
    return Layout(text)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern, regex.IGNORECASE)


def _regions(text: str, needed: regex.Pattern[str]) -> Iterator[Place]:
    position = start = 0
    end = -1
    while position <= len(text) and (found := needed.search(text, position)):
        line_start = text.rfind("\n", 0, found.start())
        before = text.rfind("\n", 0, line_start) + 1 if line_start > 0 else 0
        if before > end:
            if end >= 0:
                yield start, end
            start = before
        position = _line_end(text, found.end()) + 1
        end = _line_end(text, position)
    if end >= 0:
        yield start, end


def _line_end(text: str, position: int) -> int:
    """Where the line of a position ends; the end of the text if it is the last."""
    end = text.find("\n", position)
    return len(text) if end < 0 else end
