"""What is known of the words of a language: its vocabulary, and what its entries mean."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar

V = TypeVar("V")
Sign = Literal["dot", "at", "underscore", "dash", "plus", "slash", "point"]
Cut = Literal["", "words", "anywhere"]


class NumberWord(NamedTuple):
    """What a number word means. What is added to it must be less than `room`; a `factor` multiplies what stands before.

    `bare`: a factor that may open a number ("cent" is 100, but "hundred" needs "a"). `ordinal`: ends numbers only.
    """

    value: int
    room: int = 0
    factor: int = 0
    bare: bool = False
    ordinal: bool = False


class Phrases(Generic[V]):
    """Values by phrases of one or more words, by the first word and with the longest phrase first."""

    def __init__(self, entries: Mapping[str, V]) -> None:
        self.by_first: dict[str, list[tuple[tuple[str, ...], V]]] = {}
        for phrase, value in sorted(entries.items(), key=lambda entry: -len(entry[0].split())):
            words = tuple(phrase.split())
            self.by_first.setdefault(words[0], []).append((words[1:], value))

    def __contains__(self, word: str) -> bool:
        return word in self.by_first


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One language's file, looked up by folded lower-case words."""

    code: str
    folds: bool
    cut: Cut
    numbers: Phrases[NumberWord]
    pieces: tuple[str, ...]
    """Words that a token may be cut into, and those in `kept` that must stay whole where it is."""
    kept: tuple[str, ...]
    counters: frozenset[str]
    tens_and: frozenset[str]
    hundred_and: frozenset[str]
    unit_and_tens: frozenset[str]
    only_before_factor: frozenset[str]
    oh: frozenset[str]
    ambiguous: frozenset[str]
    repeats: Phrases[int]
    repeat_links: frozenset[str]
    repeated: Mapping[str, str]
    not_after: Mapping[str, str]
    never_alone: frozenset[str]
    """Pieces of numbers that are another word where they stand alone."""
    number_openers: frozenset[str]
    before_one: frozenset[str]
    after_one: frozenset[str]
    counted: frozenset[str]
    year_openers: frozenset[str]
    fillers: Phrases[bool]
    """Words inside a number that is read out; True where they correct it."""
    explains: Phrases[bool]
    """ "as in": True where the word after it need not begin with the letter."""
    alphabet: Mapping[str, str]
    letter_case: frozenset[str]
    letter_words: frozenset[str]
    ordinals: Mapping[str, int]
    ordinal_years: bool
    months: Mapping[str, int]
    unsure_months: frozenset[str]
    of: frozenset[str]
    the: frozenset[str]
    subjects: frozenset[str]
    day_suffixes: Mapping[str, str]
    signs: Phrases[Sign]
    says: Mapping[str, str]
    common: frozenset[str]
    email_cues: frozenset[str]
    openers: frozenset[str]
    """Words that may begin a number or a spelling."""

    def fold(self, word: str) -> str:
        """The word in lower case, without accents where the language is often typed without; as long as it was."""
        lowered = word.lower()
        if len(lowered) != len(word):
            lowered = "".join(_one_lower(character) for character in word)
        return without_marks(lowered) if self.folds else lowered


def without_marks(lowered: str) -> str:
    """Latin letters without their marks; as long as it was."""
    return lowered.translate(_BARE)


def _one_lower(character: str) -> str:
    lowered = character.lower()
    return lowered if len(lowered) == 1 else lowered[0]


def _bare_letters() -> Iterator[tuple[int, str]]:
    """Latin letters with a mark, and the letter alone; one for one, so that no offset moves."""
    for code in range(0xC0, 0x250):
        bare = unicodedata.normalize("NFD", chr(code))[0]
        if bare != chr(code) and bare.isascii():
            yield code, bare
    yield from ((ord(letter), bare) for letter, bare in zip("łøıæ’ʼ", "loia''", strict=True))


_BARE = dict(_bare_letters())
