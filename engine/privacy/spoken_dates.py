"""Spoken days of the month: "March third" -> "March 3rd", "the third of March" -> "the 3rd of March"."""

from __future__ import annotations

from collections.abc import Iterator

from engine.privacy.spoken_words import MONTHS, Line, Part, Rewrite

_UNITS = {
    word: value
    for value, word in enumerate(
        (
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
            "fifteenth sixteenth seventeenth eighteenth nineteenth"
        ).split(),
        start=1,
    )
}
_TENS = {"twentieth": 20, "thirtieth": 30}
_COMPOUND = {"twenty": 20, "thirty": 30}
_SUFFIXES = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
_SUBJECTS = frozenset("i you we they he she it that this who".split())

ORDINALS = frozenset(_UNITS) | _TENS.keys()


def rewrite_days(line: Line) -> Iterator[Rewrite]:
    """Ordinals that stand beside a month; "second" and "first" elsewhere stay words."""
    for index, token in enumerate(line.tokens):
        if token.lower in ORDINALS:
            first, value = _value(line, index)
            if value <= 31 and (_month_before(line, first) or _month_after(line, index)):
                yield Rewrite((Part(first, index, f"{value}{_SUFFIXES.get(value, 'th')}"),))


def _value(line: Line, index: int) -> tuple[int, int]:
    """The first token of the ordinal that ends at `index`, and its value."""
    word = line.lower(index)
    tens = _COMPOUND.get(line.lower(index - 1), 0)
    if tens and _UNITS.get(word, 10) < 10:
        return index - 1, tens + _UNITS[word]
    return index, _UNITS.get(word) or _TENS[word]


def _month_before(line: Line, index: int) -> bool:
    month = index - 2 if line.lower(index - 1) == "the" else index - 1
    if line.lower(month) == "may" and line.lower(month - 1) in _SUBJECTS:
        return False
    return line.lower(month) in MONTHS and line.spaced(month)


def _month_after(line: Line, index: int) -> bool:
    """ "third of May", "third March"; without "of", "a second may" is no date."""
    after = index + 2 if line.lower(index + 1) == "day" else index + 1
    if line.lower(after) == "of":
        return line.lower(after + 1) in MONTHS
    return line.lower(after) in MONTHS - {"may", "march"}
