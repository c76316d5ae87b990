"""Numbers in words: "twenty-three", "quatre-vingt-dix-sept", "einundzwanzig", "二十三", "сто пять".

One grammar for all languages: a number is a word, which factors multiply ("hundred", "mille", "万") and to which
smaller numbers are added as long as it has room for them. What the words are is in the languages' files.
"""

from __future__ import annotations

from typing import NamedTuple

from engine.privacy.languages.words import NumberWord
from engine.privacy.spoken_words import Line

_ANY_SIZE = 10**15


class Number(NamedTuple):
    """A number and its last token. `room`: what is added must be less. `bound`: it is more than what digits make."""

    value: int
    last: int
    room: int
    bound: bool = False


def read_number(line: Line, index: int) -> Number | None:
    """The longest number that starts at token `index`."""
    number = _number(line, index, _ANY_SIZE, opening=True)
    if number and line.lower(number.last) in line.vocabulary.only_before_factor:
        return None
    return number


def _number(line: Line, index: int, limit: int, *, opening: bool = False) -> Number | None:
    """The longest number below `limit` from token `index` on."""
    number = _reversed(line, index) or _word(line, index, opening=opening)
    if number is None or number.value >= limit or (number.room == 10 and _is_ordinal_next(line, number.last)):
        return None
    while grown := _multiplied(line, number, limit) or _added(line, number, limit):
        number = grown
    return number


def _word(line: Line, index: int, *, opening: bool) -> Number | None:
    found = line.phrase(line.vocabulary.numbers, index)
    if found is None:
        return None
    word, last = found
    if (word.factor and not word.bare) or (word.ordinal and opening):
        return None
    return Number(word.value, last, word.room, word.factor > 0)


def _reversed(line: Line, index: int) -> Number | None:
    """ "ein und zwanzig": the unit before the tens."""
    words = line.vocabulary
    if line.lower(index + 1) not in words.unit_and_tens or not (line.near(index) and line.near(index + 1)):
        return None
    unit, tens = _plain(line, index), _plain(line, index + 2)
    if unit and tens and 0 < unit.value < 10 and 20 <= tens.value < 100:
        return Number(unit.value + tens.value, index + 2, 0)
    return None


def _plain(line: Line, index: int) -> NumberWord | None:
    """The number that token `index` is on its own."""
    found = line.phrase(line.vocabulary.numbers, index)
    return found[0] if found and found[1] == index else None


def _is_ordinal_next(line: Line, last: int) -> bool:
    """ "twenty" before "first" is no number of its own, except where an ordinal ends a year."""
    words = line.vocabulary
    return not words.ordinal_years and words.ordinals.get(line.lower(last + 1), 99) < 10 and line.near(last)


def _multiplied(line: Line, number: Number, limit: int) -> Number | None:
    factor = _factor(line, number.last)
    if factor is None or not number.value < factor[0] or number.value * factor[0] >= limit:
        return None
    return Number(number.value * factor[0], factor[1], factor[0], True)


def _factor(line: Line, last: int) -> tuple[int, int] | None:
    """The factor that follows token `last`, and its last token."""
    found = line.phrase(line.vocabulary.numbers, last + 1) if line.near(last) else None
    return (found[0].factor, found[1]) if found and found[0].factor else None


def _added(line: Line, number: Number, limit: int) -> Number | None:
    """The number with what is added to it: "and five", "twenty-five", not the next digit of a run."""
    if not number.room or not line.near(number.last):
        return None
    start = number.last + 1
    joined = line.lower(start) in _joiners(line, number) and line.near(start)
    rest = _number(line, start + 1 if joined else start, number.room)
    if rest is None or rest.value == 0:
        return None
    value = number.value + rest.value
    if (factor := _factor(line, rest.last)) and not value < factor[0] < limit / value:
        return None
    if not joined and number.room >= 100 and rest.value < 10 and rest.last == start and _is_digit(line, rest.last):
        return None
    return Number(value, rest.last, rest.room if rest.room < number.room else 0, number.bound)


def _joiners(line: Line, number: Number) -> frozenset[str]:
    return line.vocabulary.tens_and if number.value % 100 and number.room <= 20 else line.vocabulary.hundred_and


def _is_digit(line: Line, last: int) -> bool:
    """Whether a single digit follows token `last`."""
    word = line.lower(last + 1)
    following = _plain(line, last + 1)
    return line.near(last) and (word in line.vocabulary.oh or (following is not None and following.value < 10))
