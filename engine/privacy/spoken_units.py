"""The smallest readings: one number or letter as it is spoken, and how one follows another."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from engine.privacy.languages.words import Vocabulary
from engine.privacy.spoken_numbers import read_number
from engine.privacy.spoken_words import Line

Kind = Literal["digit", "oh", "number", "large", "written", "letter"]
Link = Literal["near", "comma", "stop", "filler", "correction"]

_COMMA = re.compile(r"\s*(?:[,;…]|\.\.\.)\s+|\s*[、،，]\s*")
_STOP = re.compile(r"\.\s*|。\s*")
_LOOSE = re.compile(r"[\s,.;…–—、。，-]*")


class Unit(NamedTuple):
    """Tokens `first`..`last` read as `text`. `explicit`: a letter said as one ("capital B", "B as in Bravo")."""

    kind: Kind
    text: str
    first: int
    last: int
    explicit: bool = False


def may_open(line: Line, index: int) -> bool:
    """Whether token `index` may begin a number or a spelling; quick, since most tokens do not."""
    return opens(line.lower(index), line.vocabulary)


def opens(word: str, words: Vocabulary) -> bool:
    """Whether a word may begin a number or a spelling."""
    return len(word) == 1 or word in words.openers or word.isdecimal()


def unit_at(line: Line, index: int) -> Unit | None:
    """The number or letter that starts at token `index`."""
    return _repeated(line, index) or number_at(line, index) or letter_at(line, index)


def number_at(line: Line, index: int) -> Unit | None:
    """The longest number that starts at token `index`: "five", "oh", "twenty-three", "one hundred and five", "007"."""
    word = line.lower(index)
    if word.isdecimal():
        return Unit("written", word, index, index)
    if word in line.vocabulary.oh:
        return Unit("oh", "0", index, index)
    number = read_number(line, index)
    if number is None:
        return None
    kind: Kind = "large" if number.bound and number.value >= 100 else "digit" if number.value < 10 else "number"
    return _of_zeros(line, Unit(kind, str(number.value), index, number.last))


def _of_zeros(line: Line, unit: Unit) -> Unit:
    """ "deux zéros", "два нуля": so many times the digit."""
    digit = line.vocabulary.repeated.get(line.lower(unit.last + 1))
    if digit is None or unit.kind != "digit" or not 2 <= int(unit.text) <= 5 or not line.near(unit.last):
        return unit
    return Unit("digit", digit * int(unit.text), unit.first, unit.last + 1)


def letter_at(line: Line, index: int) -> Unit | None:
    """A spelled letter at token `index`: "S", "capital S", "S as in sugar", "D wie Dora", "sierra"."""
    word = line.lower(index)
    if word in line.vocabulary.letter_case and line.spaced(index):
        letter = letter_at(line, index + 1)
        return letter and Unit("letter", letter.text, index, letter.last, True)
    if len(word) == 1 and word.isalpha() and word < "\u0e00":
        return _explained(line, index, word.upper())
    if word in line.vocabulary.alphabet:
        return Unit("letter", line.vocabulary.alphabet[word], index, index)
    return None


def _explained(line: Line, index: int, letter: str) -> Unit:
    """The letter with its explanation, if there is one."""
    if line.is_x_ray(index):
        return Unit("letter", letter, index, index + 1, True)
    found = line.phrase(line.vocabulary.explains, index + 1) if _LOOSE.fullmatch(line.gap(index)) else None
    if found is None or not line.spaced(found[1]):
        return Unit("letter", letter, index, index)
    any_word, last = found
    meant = line.lower(last + 1)
    if any_word:
        return Unit("letter", letter, index, last + 2 if line.is_x_ray(last + 1) else last + 1, True)
    if meant.startswith(letter.lower()) and len(meant) > 2:
        return Unit("letter", letter, index, last + 1, True)
    return Unit("letter", letter, index, index)


def _repeated(line: Line, index: int) -> Unit | None:
    """ "double five", "triple two", "double oh", "double T", "zweimal die Null"."""
    found = line.phrase(line.vocabulary.repeats, index)
    if found is None or not line.near(found[1]):
        return None
    times, last = found
    last += 2 if line.lower(last + 1) in line.vocabulary.repeat_links else 1
    word = line.lower(last)
    if len(word) == 1 and word.isalpha() and word not in line.vocabulary.numbers:
        return Unit("letter", word.upper() * times, index, last, True)
    digit = _digit(line, last)
    return Unit("digit", digit * times, index, last) if digit else None


def _digit(line: Line, index: int) -> str:
    """The digit that token `index` is, "" if it is none."""
    word = line.lower(index)
    if word.isdecimal():
        return word if len(word) == 1 else ""
    if word in line.vocabulary.oh:
        return "0"
    for rest, number in line.vocabulary.numbers.by_first.get(word, ()):
        if not rest and number.value < 10 and not number.ordinal:
            return str(number.value)
    return line.vocabulary.repeated.get(word, "")


def next_unit(line: Line, last: int) -> tuple[Link, Unit] | None:
    """The unit that follows token `last`, over commas, fillers and corrections, and how it is linked."""
    link = _link(line, last)
    if link is None:
        return None
    index = last + 1
    while found := line.phrase(line.vocabulary.fillers, index):
        corrects, filler_last = found
        if link != "correction":
            link = "correction" if corrects else "filler"
        if not _LOOSE.fullmatch(line.gap(filler_last)) or line.gap(filler_last) == "\n":
            return None
        index = filler_last + 1
    unit = unit_at(line, index) if may_open(line, index) else None
    return (link, unit) if unit else None


def _link(line: Line, last: int) -> Link | None:
    gap = line.gap(last)
    if gap == "\n":
        return None
    if line.near(last):
        return "near"
    if _COMMA.fullmatch(gap):
        return "comma"
    return "stop" if _STOP.fullmatch(gap) else None
