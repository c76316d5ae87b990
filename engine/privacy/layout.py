"""Where things stand in one text, for all its recognizers: lines, the words on them, where numbers and codes begin."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from operator import itemgetter

import regex

_KEPT = 8
"""Texts in work at one time: one a thread, and the raw and the normalised form of it."""

WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
_UNUSUAL = re.compile("[\u017f\u0131\u0130\u1c80-\u1c88]")
"""Letters that patterns without regard to letter case take for others, which their lower case is not."""

DIGIT, FIVE_DIGITS, MIXED = "#", "#####", "#a"
"""Stand among the words of a line that holds a digit, five digits in a row, letters and digits in one word."""

_SHAPES = (
    (DIGIT, _DIGIT),
    (FIVE_DIGITS, re.compile(r"\d{5}")),
    (MIXED, re.compile(r"[^\W\d_]\d|\d[^\W\d_]")),
)

_DIGIT_CHAIN = re.compile(r"\d(?:(?:[ .,/()-]{0,3}|[.,]?\n)\d)*")
"""Digits with at most the signs between them that any rule allows within one number."""

ADJOINING = r"[\p{Latin}\p{Cyrillic}\p{Nd}_@]"
"""What must not adjoin a number; scripts without spaces ("は03-1234-5678です") may."""

NUMBER = rf"(?<!{ADJOINING})(?<!\d[.,:/-])(?<![$€£¥₹] ?)(?<!\[)(?=\d)"
"""Where a number begins: not inside a word, an amount or another number."""

DIGITS = r"(?<!\d)(?=\d)"
"""Where digits begin."""

CODE = r"(?<![\w@.-])(?=[A-Z-]*\d[A-Z-]*\d)(?=[\d-]*[A-Z])(?=[A-Z0-9])"
"""Where a word of letters and at least two digits begins, hyphens inside."""

OPENINGS = (NUMBER, DIGITS, CODE)
"""Patterns without width that open many rules: where one stands, on a line with a digit, is looked up once for all."""

DIGITS_KEY = frozenset((DIGIT,))

Opening = str | frozenset[str]
"""One of OPENINGS, or words one of which a rule begins with."""

Held = frozenset[str] | tuple[str, ...]
"""What a line holds: one of these words, or, of a tuple, a word with one of these endings."""

Place = tuple[int, int]
"""Where a rule may match, and where the text that it may look at ends."""


class Layout:
    """One text, as many as its turns stand on lines of it. Threads may share it: what it keeps is never changed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines: list[tuple[int, str]] = []
        """Each with its offset in the text."""
        self._holding: defaultdict[str, list[int]] = defaultdict(list)
        self._unusual: list[int] = []
        self._numbers: dict[Held, Sequence[int]] = {}
        self._regions: dict[str, list[Place]] = {}
        self._near: dict[frozenset[str], list[Place]] = {}
        self._openings: dict[Opening, list[int]] = {}
        self._places: dict[tuple[Opening, str, int], list[Place]] = {}
        offset = 0
        for number, line in enumerate(text.split("\n")):
            self.lines.append((offset, line))
            offset += len(line) + 1
            for word in set(WORD.findall(line.lower())):
                self._holding[word].append(number)
            if _DIGIT.search(line):
                self._note_shapes(number, line)
            if not line.isascii() and _UNUSUAL.search(line):
                self._unusual.append(number)
        self.words = frozenset(self._holding)
        """All words of the text in lower case, and the shapes that stand among them."""

    def _note_shapes(self, number: int, line: str) -> None:
        for shape, pattern in _SHAPES:
            if pattern.search(line):
                self._holding[shape].append(number)

    def lines_with(self, keys: Held | None, *more: Held) -> Iterator[tuple[int, str]]:
        """Offset and text of each line that holds one of the words `keys` (None: of each line), and what each of
        `more` names.

        A line with letters that have several lower cases counts as one with any of `more`.
        """
        numbers: Sequence[int] = range(len(self.lines)) if keys is None else self._lines_of(keys)
        for held in more:
            also = {*self._lines_of(held), *self._unusual}
            numbers = [number for number in numbers if number in also]
        return map(self.lines.__getitem__, numbers)

    def line_at(self, position: int) -> tuple[int, str]:
        """Offset and text of the line that holds a position."""
        return self.lines[bisect_right(self.lines, position, key=itemgetter(0)) - 1]

    def _lines_of(self, keys: Held) -> Sequence[int]:
        """The numbers of the lines that hold one of the words, or a word with one of the endings."""
        if keys not in self._numbers:
            found = [self._holding[word] for word in self._known(keys)]
            self._numbers[keys] = found[0] if len(found) == 1 else sorted(set().union(*found))
        return self._numbers[keys]

    def _known(self, keys: Held) -> Iterable[str]:
        if isinstance(keys, tuple):
            return [word for word in self.words if word.endswith(keys)]
        return keys & self.words

    def regions(self, needed: str) -> list[Place]:
        """The lines that hold a pattern, each with the line before and after it; neighbors are one region.

        The pattern has no capitals, and letter case is ignored.
        """
        if needed not in self._regions:
            self._regions[needed] = list(
                self._merged((number - 1, number + 1) for number in self._lines_matching(needed))
            )
        return self._regions[needed]

    def places(self, opening: Opening, needed: str, digits: int = 0) -> list[Place]:
        """Where one of OPENINGS, or one of several words, begins in the regions of a pattern, each with the end of its
        region; only where at least so many digits follow in one number."""
        key = opening, needed, digits
        if key not in self._places:
            found = self._long_enough(opening, needed, digits) if digits else self._all(opening, needed)
            self._places[key] = list(found)
        return self._places[key]

    def near(self, words: frozenset[str], before: int, after: int, characters: int) -> list[Place]:
        """The lines that hold one of the words, with so many lines before and, as far as they begin within so many
        characters, after each; neighbors are one stretch. Lines with unusual letters count as ones that do."""
        if words not in self._near:
            numbers = sorted({*self._lines_of(words), *self._unusual})
            self._near[words] = list(
                self._merged((number - before, self._last_near(number, after, characters)) for number in numbers)
            )
        return self._near[words]

    def _last_near(self, number: int, after: int, characters: int) -> int:
        last, most = number, min(number + after, len(self.lines) - 1)
        while last < most and self.lines[last + 1][0] - self._ends[number] <= characters:
            last += 1
        return last

    def _long_enough(self, opening: Opening, needed: str, digits: int) -> Iterator[Place]:
        return (place for place in self.places(opening, needed) if self._digits_from[place[0]] >= digits)

    def _all(self, opening: Opening, needed: str) -> Iterator[Place]:
        starts = self._starts(opening)
        for region_start, region_end in self.regions(needed):
            for start in starts[bisect_left(starts, region_start) : bisect_left(starts, region_end)]:
                yield start, region_end

    @cached_property
    def _digits_from(self) -> dict[int, int]:
        """For the place of each digit: how many come from there on in one number, itself among them."""
        found: dict[int, int] = {}
        for chain in _DIGIT_CHAIN.finditer(self.text):
            digits = [chain.start() + at for at, character in enumerate(chain[0]) if character.isdecimal()]
            found.update(zip(digits, range(len(digits), 0, -1), strict=True))
        return found

    def _starts(self, opening: Opening) -> list[int]:
        if opening not in self._openings:
            found = self._openings_in(opening) if isinstance(opening, str) else self._words_in(opening)
            self._openings[opening] = list(found)
        return self._openings[opening]

    def _openings_in(self, opening: str) -> Iterator[int]:
        for offset, line in self.lines_with(DIGITS_KEY):
            for found in _compiled(opening).finditer(self.text, offset, offset + len(line)):
                yield found.start()

    def _words_in(self, wanted: frozenset[str]) -> Iterator[int]:
        """Where the words that are wanted begin, and all that have letters with several lower cases."""
        numbers = sorted({*self._lines_of(wanted), *self._unusual})
        for offset, line in map(self.lines.__getitem__, numbers):
            for word in WORD.finditer(self.text, offset, offset + len(line)):
                if word[0].lower() in wanted or _UNUSUAL.search(word[0]):
                    yield word.start()

    def _lines_matching(self, needed: str) -> Sequence[int]:
        """The numbers of the lines that hold a pattern."""
        if needed in ("", _DIGIT.pattern):
            return self._lines_of(DIGITS_KEY) if needed else range(len(self.lines))
        plain = not self._unusual
        pattern, text = re.compile(needed, 0 if plain else re.IGNORECASE), self._lowered if plain else self.text
        numbers: list[int] = []
        position = 0
        while position <= len(text) and (found := pattern.search(text, position)):
            numbers.append(bisect_left(self._ends, found.start()))
            position = self._ends[bisect_left(self._ends, found.end())] + 1
        return numbers

    @cached_property
    def _lowered(self) -> str:
        return self.text.lower()

    @cached_property
    def _ends(self) -> list[int]:
        return [offset + len(line) for offset, line in self.lines]

    def _merged(self, ranges: Iterable[tuple[int, int]]) -> Iterator[Place]:
        """Ranges of line numbers, in order, as stretches of the text; those that share a line are one."""
        first, last = 0, -2
        for start, end in ranges:
            if start > last:
                if last >= 0:
                    yield self._stretch(first, last)
                first = max(start, 0)
            last = max(last, min(end, len(self.lines) - 1))
        if last >= 0:
            yield self._stretch(first, last)

    def _stretch(self, first: int, last: int) -> Place:
        offset, line = self.lines[last]
        return self.lines[first][0], offset + len(line)


@lru_cache(maxsize=_KEPT)
def layout(text: str) -> Layout:
    """The layout of a text, made once for all its recognizers."""
    return Layout(text)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern, regex.IGNORECASE)
