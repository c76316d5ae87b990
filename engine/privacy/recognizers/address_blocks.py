"""Addresses of any country, told by a flat or suite in them: in one line, or line by line as on an envelope."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.privacy.recognizers.base import Find, Rule
from engine.privacy.recognizers.lexicon import words

UNIT_WORDS = ("apartment", "apt", "suite", "ste", "flat", "unit")
NUMBERED_UNIT = r"(?i:apartment|apt|suite|ste|flat|unit)\b\.? ?#?\d{1,5}\b"
UNIT_RULE = Rule(
    rf"\b\d{{1,5}} (?:[^\W\d_][\w'’./-]*,? ){{1,6}}(?:\d{{1,5}}[a-z]?,? )?{NUMBERED_UNIT}"
    r"(?:,? (?![a-z\d_])[\w'’-]+){0,5}(?:,? \d{4,6}\b)?",
    0.8,
    cased=True,
)
"""House number, street, unit, and what follows with capitals."""

_UNIT_LINE = re.compile(rf"^[^\w\n]{{0,4}}({NUMBERED_UNIT})[^\w\n]*$", re.MULTILINE)
_STREET = re.compile(r"(?<![\w#])\d{1,5} [^\W\d_][^\n]{2,50}\Z")
_NEXT_LINE = re.compile(r"\n{1,2}[^\w\n]*([^\n]{2,45})")
_TO_POSTCODE = re.compile(r"[^\d\n]{0,40}(?<![\d-])\d{4,6}\b(?!-)")
_IN_PLACES = frozenset("of and the de la el al am an do du le les los las on in st".split())
_MOST_WORDS, _MOST_AFTER = 6, 3
"""Words of a line, and lines of an address after the one with the unit: town, region, country."""


def find_blocks(text: str) -> Iterator[Find]:
    """Street, unit, town and country on lines of their own, each a find; nothing before the house number."""
    for unit in _UNIT_LINE.finditer(text):
        above = text.rfind("\n", 0, max(unit.start() - 1, 0)) + 1
        street = _STREET.search(text[above : unit.start() - 1]) if above < unit.start() else None
        after = list(_lines_after(text, unit.end()))
        if street and after:
            for start, end in ((above + street.start(), above + street.end()), unit.span(1), *after):
                yield Find(start, end, 0.8)


def _lines_after(text: str, position: int) -> Iterator[tuple[int, int]]:
    """The lines from `position` down to a country or one that ends in a postcode; none where none of these comes."""
    lines: list[tuple[int, int]] = []
    while len(lines) < _MOST_AFTER and (line := _NEXT_LINE.match(text, position)):
        postcode = _TO_POSTCODE.match(line[1])
        start, position = line.start(1), line.end()
        end = start + postcode.end() if postcode else position
        said = text[start:end].lower().split()
        talk = any(len(word) > 1 and word in words("function_words") - _IN_PLACES for word in said)
        if talk or len(said) > _MOST_WORDS:
            return
        lines.append((start, end))
        if postcode or " ".join(said) in words("countries"):
            yield from lines
            return
