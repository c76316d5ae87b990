"""The smallest readings: one number or letter as it is spoken, and how one follows another."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from engine.privacy.spoken_dates import ORDINALS
from engine.privacy.spoken_words import Line

Kind = Literal["digit", "oh", "number", "large", "written", "letter"]
Link = Literal["near", "comma", "stop", "filler", "correction"]

DIGITS = {
    word: str(value) for value, word in enumerate("zero one two three four five six seven eight nine".split())
} | {"nought": "0", "naught": "0"}
_TEENS = {
    word: value
    for value, word in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(),
        start=10,
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
} | {"fourty": 40}
_SCALES = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_REPEATS = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}
_SPELLING_ALPHABET = {
    word: word[0].upper()
    for word in (
        "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar "
        "papa quebec romeo sierra tango uniform victor whiskey whisky xray yankee zulu"
    ).split()
}
_LETTER_CASE = frozenset({"capital", "uppercase", "lowercase", "caps"})
_FILLERS = frozenset({"uh", "um", "erm", "er", "ah", "hmm", "mm", "well", "then", "so"})
_CORRECTIONS = frozenset({"sorry", "no", "wait", "actually", "correction", "rather"})

_NEAR = re.compile(r"\s+|\s*[-–—]\s*")
_COMMA = re.compile(r"\s*(?:[,;…]|\.\.\.)\s+")
_STOP = re.compile(r"\.\s*")
_LOOSE = re.compile(r"[\s,.;…–—-]+")

STARTERS = frozenset(DIGITS) | _TEENS.keys() | _TENS.keys() | _REPEATS.keys() | _SPELLING_ALPHABET.keys() | _LETTER_CASE
"""Words that may open a number or a spelling; "oh", "a hundred" and single letters come on top."""


class Unit(NamedTuple):
    """Tokens `first`..`last` read as `text`. `explicit`: a letter said as one ("capital B", "B as in Bravo")."""

    kind: Kind
    text: str
    first: int
    last: int
    explicit: bool = False


def unit_at(line: Line, index: int) -> Unit | None:
    """The number or letter that starts at token `index`."""
    return _repeated(line, index) or number_at(line, index) or letter_at(line, index)


def number_at(line: Line, index: int) -> Unit | None:
    """The longest number that starts at token `index`: "five", "oh", "twenty-three", "one hundred and five", "007"."""
    word = line.lower(index)
    if word.isdecimal():
        return Unit("written", word, index, index)
    if word == "oh":
        return Unit("oh", "0", index, index)
    small = _small(line, index)
    if small is None:
        return None
    value, last = small
    large = _large(line, value, last)
    if large:
        return Unit("large", str(large[0]), index, large[1])
    if word == "a":
        return None
    kind: Kind = "digit" if value < 10 else "number"
    return Unit(kind, str(value), index, last)


def _small(line: Line, index: int) -> tuple[int, int] | None:
    """A number under a hundred and its last token; "a" counts as one (the caller sees whether "hundred" follows)."""
    word = line.lower(index)
    if word in DIGITS:
        return int(DIGITS[word]), index
    if word in _TEENS:
        return _TEENS[word], index
    if word in _TENS:
        unit = DIGITS.get(line.lower(index + 1), "0")
        if line.lower(index + 1) in ORDINALS:
            return None
        if unit != "0" and _NEAR.fullmatch(line.gap(index)):
            return _TENS[word] + int(unit), index + 1
        return _TENS[word], index
    return (1, index) if word == "a" else None


def _large(line: Line, value: int, last: int) -> tuple[int, int] | None:
    """A number with "hundred" or more in it, given its first part; None if no such word follows."""
    total, current, found = 0, value, None
    while _NEAR.fullmatch(line.gap(last)):
        word = line.lower(last + 1)
        if word == "hundred" and 0 < current < 100:
            current *= 100
        elif word in _SCALES and current:
            total, current = total + current * _SCALES[word], 0
        else:
            break
        last += 1
        found = (total + current, last)
        rest = _remainder(line, last)
        if rest:
            current, last = current + rest[0], rest[1]
            found = (total + current, last)
    return found


def _remainder(line: Line, last: int) -> tuple[int, int] | None:
    """What adds to "hundred" or "thousand" at `last`: "and five", "twenty-five", not the next digit of a run."""
    joined = line.follows(last, line.lower(last), "and")
    start = last + 2 if joined else last + 1
    small = _small(line, start) if _NEAR.fullmatch(line.gap(start - 1)) and line.lower(start) != "a" else None
    if small is None:
        return None
    after = line.lower(small[1] + 1) if _NEAR.fullmatch(line.gap(small[1])) else ""
    if joined and (after == "hundred" or (after in _SCALES and line.lower(last) in _SCALES)):
        return None
    return None if not joined and small[0] < 10 and (after in DIGITS or after == "oh") else small


def letter_at(line: Line, index: int) -> Unit | None:
    """A spelled letter at token `index`: "S", "capital S", "S as in sugar", "S for sugar", "sierra"."""
    word = line.lower(index)
    if word in _LETTER_CASE and line.spaced(index):
        letter = letter_at(line, index + 1)
        return letter and Unit("letter", letter.text, index, letter.last, True)
    if len(word) == 1 and word.isalpha():
        return _explained(line, index, word.upper())
    if word in _SPELLING_ALPHABET:
        return Unit("letter", _SPELLING_ALPHABET[word], index, index)
    return None


def _explained(line: Line, index: int, letter: str) -> Unit:
    """The letter with its explanation, if there is one."""
    if line.is_x_ray(index):
        return Unit("letter", letter, index, index + 1, True)
    if line.lower(index + 1) == "as" and line.lower(index + 2) == "in" and line.spaced(index + 2):
        return Unit("letter", letter, index, index + 4 if line.is_x_ray(index + 3) else index + 3, True)
    meant = line.lower(index + 2)
    if line.lower(index + 1) in ("for", "like") and meant.startswith(letter.lower()) and len(meant) > 2:
        return Unit("letter", letter, index, index + 2, True)
    return Unit("letter", letter, index, index)


def _repeated(line: Line, index: int) -> Unit | None:
    """ "double five", "triple two", "double oh", "double T"."""
    times = _REPEATS.get(line.lower(index))
    if not times or not _NEAR.fullmatch(line.gap(index)):
        return None
    word = line.lower(index + 1)
    digit = "0" if word == "oh" else word if word.isdecimal() else DIGITS.get(word, "")
    if len(digit) == 1:
        return Unit("digit", digit * times, index, index + 1)
    if len(word) == 1 and word.isalpha():
        return Unit("letter", word.upper() * times, index, index + 1, True)
    return None


def next_unit(line: Line, last: int) -> tuple[Link, Unit] | None:
    """The unit that follows token `last`, over commas, fillers and corrections, and how it is linked."""
    link = _link(line.gap(last))
    if link is None:
        return None
    index = last + 1
    while line.lower(index) in _FILLERS or line.lower(index) in _CORRECTIONS:
        if link != "correction":
            link = "correction" if line.lower(index) in _CORRECTIONS else "filler"
        if not _LOOSE.fullmatch(line.gap(index)):
            return None
        index += 1
    unit = unit_at(line, index)
    return (link, unit) if unit else None


def _link(gap: str) -> Link | None:
    if _NEAR.fullmatch(gap):
        return None if gap == "\n" else "near"
    if _COMMA.fullmatch(gap):
        return "comma"
    return "stop" if _STOP.fullmatch(gap) else None
