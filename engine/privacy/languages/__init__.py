"""What each language calls numbers, letters, days and signs, and which words ask for what: one TOML file a language.

In the files a list is one string with commas; "/" stands between words for the same thing, `*` ends a stem that takes
any ending. Keys that a language has no use for are left out.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from engine.errors import ConfigurationError

LANGUAGES = ("fr", "en", "es", "de", "it", "pt", "nl", "hi", "ja", "zh", "fi", "ko", "pl", "ru", "tr", "uk", "vi")
"""ISO 639-1 codes of the languages whose spoken forms are known."""

_CODE = re.compile(r"(?:[a-z]{2,3}(?:[-_]\w+)*)?", re.IGNORECASE)

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
        return lowered.translate(_BARE) if self.folds else lowered


def check_code(language: str) -> None:
    """Raises ConfigurationError for what is no code of a language at all, such as "english": it would be searched with
    the rules of no language. Any code will do, and none where the language is not known."""
    if not isinstance(language, str) or not _CODE.fullmatch(language):
        raise unknown_language("language", str(language))


def unknown_language(what: str, language: str, *more: str) -> ConfigurationError:
    """The error for a language that is none; `more`: what else could have been given."""
    known = (*more, *sorted(LANGUAGES))
    begun = [code for code in known if language.lower().startswith(code)]
    nearest = (begun or get_close_matches(language, known, n=1, cutoff=0.0))[0]
    return ConfigurationError(
        f"unknown {what}",
        received=repr(language),
        expected=f"the ISO 639-1 code of one, as {', '.join(known)}",
        remedy=f"did you mean {nearest!r}?",
    )


@cache
def vocabulary(code: str) -> Vocabulary:
    """The vocabulary of one of LANGUAGES."""
    return _Reader(code, _file(code)).vocabulary()


def listed(text: str) -> tuple[str, ...]:
    """The entries of a list in a file, alternatives one by one."""
    return tuple(part.strip() for entry in text.split(",") for part in entry.split("/") if part.strip())


@cache
def section(code: str, name: str) -> Mapping[str, Any]:
    """A section of a language's file as it stands there; empty if there is none."""
    found: Mapping[str, Any] = _file(code).get(name, {})
    return found


@cache
def _file(code: str) -> dict[str, Any]:
    return tomllib.loads((files(__name__) / f"{code}.toml").read_text("utf-8"))


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


class _Reader:
    """Reads the sections of one file, folding every word as texts are folded."""

    def __init__(self, code: str, data: Mapping[str, Any]) -> None:
        self.code = code
        self.data = data
        self.folds = bool(data.get("fold", False))

    def _get(self, section_name: str, key: str) -> Any:
        return self.data.get(section_name, {}).get(key, "")

    def fold(self, text: str) -> str:
        lowered = text.lower()
        return lowered.translate(_BARE) if self.folds else lowered

    def words(self, section_name: str, key: str) -> tuple[str, ...]:
        return listed(self.fold(self._get(section_name, key)))

    def set(self, section_name: str, key: str) -> frozenset[str]:
        return frozenset(self.words(section_name, key))

    def table(self, section_name: str, key: str) -> dict[str, Any]:
        """A table of words to values, with alternatives as words of their own."""
        found = self._get(section_name, key) or {}
        return {word: value for entry, value in found.items() for word in listed(self.fold(entry))}

    def row(self, section_name: str, key: str) -> Iterator[tuple[int, str]]:
        """The words of a list with the position of their entry."""
        text = self.fold(self._get(section_name, key))
        for position, entry in enumerate(text.split(",") if text else ()):
            for word in listed(entry):
                yield position, word

    def numbers(self) -> dict[str, NumberWord]:
        """The words of every number, with what may follow them."""
        wide = self.set("numbers", "wide")
        bare = self.set("numbers", "bare")
        found = {word: NumberWord(value) for value, word in self.row("numbers", "count")}
        for place, word in self.row("numbers", "tens"):
            found[word] = NumberWord(20 + 10 * place, 20 if word in wide else 10)
        for place, word in self.row("numbers", "hundreds"):
            found[word] = NumberWord(100 + 100 * place, 100)
        for word, value in self.table("numbers", "more").items():
            found[word] = NumberWord(value, 10 if value >= 10 else 0)
        for word, factor in self.table("numbers", "factors").items():
            found[word] = NumberWord(factor, factor, factor, word in bare)
        return found

    def ordinals(self) -> dict[str, int]:
        endings = [ending.strip() for ending in self.fold(self._get("dates", "ordinal_endings")).split(",")]
        found: dict[str, int] = {}
        for position, stem in self.row("dates", "ordinals"):
            found |= {stem + ending: position + 1 for ending in endings}
        for position, stem in self.row("dates", "ordinal_tens"):
            found |= {stem + ending: 20 + 10 * position for ending in endings}
        return found

    def all_numbers(self) -> dict[str, NumberWord]:
        """With the ordinals that end a year ("восемьдесят пятого")."""
        found = self.numbers()
        if self._get("dates", "ordinal_years"):
            for word, value in self.ordinals().items():
                found.setdefault(word, NumberWord(value, 10 if value >= 20 else 0, ordinal=True))
        return found

    def signs(self) -> dict[str, Sign]:
        names: tuple[Sign, ...] = ("point", "slash", "plus", "dash", "underscore", "dot", "at")
        return {word: name for name in names for word in self.words("addresses", name)}

    def pieces(self) -> Iterable[str]:
        """The words of the numbers, joiners, signs: all that a token may be cut into."""
        cut = self._get("numbers", "pieces")
        yield from (word for word in self.numbers() if " " not in word)
        yield from self.words("numbers", "unit_and_tens")
        yield from listed(self.fold(cut))
        if self.data.get("cut") == "anywhere":
            yield from self.signs()
            yield from self.table("addresses", "says")

    def alphabet(self) -> dict[str, str]:
        return {word: word[0].upper() for word in self.words("letters", "alphabet")}

    def openers(self) -> Iterator[str]:
        """Besides single letters and figures."""
        for phrase in (*self.all_numbers(), *self.table("numbers", "repeats")):
            yield phrase.split()[0]
        yield from self.alphabet()
        yield from self.words("numbers", "oh")
        yield from self.words("letters", "case")

    def vocabulary(self) -> Vocabulary:
        repeated = {word: str(value) for word, value in self.table("numbers", "repeated").items()}
        fillers = dict.fromkeys(self.words("runs", "fillers"), False)
        return Vocabulary(
            code=self.code,
            folds=self.folds,
            cut=self.data.get("cut", ""),
            numbers=Phrases(self.all_numbers()),
            pieces=tuple(sorted(set(self.pieces()), key=len, reverse=True)),
            kept=tuple(sorted(self.words("numbers", "kept"), key=len, reverse=True)),
            counters=self.set("numbers", "counters"),
            tens_and=self.set("numbers", "tens_and"),
            hundred_and=self.set("numbers", "hundred_and"),
            unit_and_tens=self.set("numbers", "unit_and_tens"),
            only_before_factor=self.set("numbers", "only_before_factor"),
            oh=self.set("numbers", "oh"),
            ambiguous=self.set("numbers", "ambiguous"),
            repeats=Phrases(self.table("numbers", "repeats")),
            repeat_links=self.set("numbers", "repeat_links"),
            repeated=repeated,
            not_after=self.table("numbers", "not_after"),
            never_alone=self.set("numbers", "never_alone"),
            number_openers=self.set("numbers", "openers"),
            before_one=self.set("runs", "before_one"),
            after_one=self.set("runs", "after_one"),
            counted=self.set("runs", "counted"),
            year_openers=self.set("dates", "year_openers"),
            fillers=Phrases(fillers | dict.fromkeys(self.words("runs", "corrections"), True)),
            explains=Phrases(
                dict.fromkeys(self.words("letters", "explains"), False)
                | dict.fromkeys(self.words("letters", "explains_any"), True)
            ),
            alphabet=self.alphabet(),
            letter_case=self.set("letters", "case"),
            letter_words=self.set("letters", "words"),
            ordinals=self.ordinals(),
            ordinal_years=bool(self._get("dates", "ordinal_years")),
            months={word: place + 1 for place, word in self.row("dates", "months")},
            unsure_months=self.set("dates", "unsure_months"),
            of=self.set("dates", "of"),
            the=self.set("dates", "the"),
            subjects=self.set("dates", "subjects"),
            day_suffixes=self.table("dates", "day_suffixes"),
            signs=Phrases(self.signs()),
            says=self.table("addresses", "says"),
            common=self.set("addresses", "common"),
            email_cues=self.set("addresses", "email_cues"),
            openers=frozenset(self.openers()),
        )
