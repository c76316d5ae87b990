"""Context: cue words near a find, or in the turn before it, make it surer.

Presidio's own enhancer needs the tokens of a language model, looks five words back and none ahead, and copies every
result; this one works on the text, weighs how near the cue is, and lets a number use a cue up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from engine.privacy.languages import LANGUAGES, section, vocabulary
from engine.privacy.languages.reader import listed
from engine.privacy.layout import WORD, Layout, Place

if TYPE_CHECKING:
    import regex

LIFT = 0.6
"""What a cue that adjoins a find adds to its score; each word between takes a bit away."""

_LIFT_PER_WORD = 0.025
_LEAST_LIFT = 0.3
_STATED_LIFT = 0.25
"""From a cue in a turn before that does not ask for anything: too little for the shortest numbers."""

_CEILING = 0.95
_WORDS_BEFORE = 12
_CHARACTERS_BEFORE, _CHARACTERS_AFTER = 110, 45
_LINES_BEFORE = 4
_LINES_OF_A_FIND = 2
"""So many lines a number may go on after the one it begins in."""

_SENTENCE_WORDS = 2
_WORDS_BEHIND = 2
_WORDS_BETWEEN_NUMBERS = 2
"""Numbers with no more than this between them ("4421 and 5512") share a cue."""

_NUMBER = re.compile(r"\d(?:[ -]?\d){2,}")
_SENTENCE_END = re.compile(r"[.?!](?=\s)")


_WINDOWS_KEPT = 512
"""About as many as a passage full of numbers has."""

_SYLLABLES_PER_WORD = 3
"""Characters that count as a word where words are not spaced."""


class _Habits(NamedTuple):
    """How a language asks, and how it says of a value what it was. Texts are folded before they are matched."""

    fold: Callable[[str], str]
    asks: regex.Pattern[str]
    said_of_it: regex.Pattern[str]


class Cues:
    """The cues of one recognizer, in a language (any other than the 17: in all of them). Built once, read-only."""

    def __init__(self, phrases: Sequence[str], language: str = "en") -> None:
        self._phrases = phrases
        self._language = language if language in LANGUAGES else ""

    def reach(self, seen: Layout) -> list[Place] | None:
        """The lines in which a cue may lift what begins there; None: it may be any."""
        if self._openers is None or not (seen.text.isascii() or self._all_spelled):
            return None
        return seen.near(self._openers, _LINES_OF_A_FIND, _LINES_BEFORE, _CHARACTERS_BEFORE)

    @cached_property
    def _openers(self) -> frozenset[str] | None:
        """The first words of the phrases that are not of letters beyond ASCII alone; None if a stem is among them."""
        spelled = [WORD.findall(cue) for cue in map(self._habits.fold, self._phrases) if cue.isascii()]
        if any("*" in cue for cue in self._phrases) or not all(spelled):
            return None
        plurals = {f"{words[0]}s" for words in spelled if len(words) == 1}
        return frozenset(words[0] for words in spelled) | plurals

    @cached_property
    def _all_spelled(self) -> bool:
        """Whether a text beyond ASCII has no other cues: accents and their absence are one to some languages."""
        bare = bool(self._language) and not vocabulary(self._language).folds
        return bare and all(cue.isascii() for cue in self._phrases)

    @property
    def _habits(self) -> _Habits:
        return _habits(self._language)

    @cached_property
    def _pattern(self) -> regex.Pattern[str]:
        """Compiled when first needed: most calls are in one of the languages."""
        return _any_of(map(self._habits.fold, self._phrases))

    def lifted(self, score: float, text: str, start: int, end: int) -> float:
        """The score of the find text[start:end] with what the nearest cue adds to it."""
        lift = max(self._lift_from_before(text, start), self._lift_from_behind(text, end))
        return max(score, min(score + lift, _CEILING))

    def nearest(self, text: str, start: int, end: int) -> str:
        """The cue that lifts the find text[start:end], folded; "" if none does."""
        before = self._pattern.findall(self._habits.fold(_window_before(text, start)))
        if before and self._lift_from_before(text, start) >= self._lift_from_behind(text, end):
            return str(before[-1])
        behind = self._pattern.search(self._habits.fold(text[end : end + _CHARACTERS_AFTER]))
        return behind[0] if behind else ""

    def _lift_from_before(self, text: str, start: int) -> float:
        window = _folded_before(text, start, self._language)
        near = _last_end(self._pattern, window)
        if near is None:
            return 0.0
        between = window[near:]
        words = _count_words(between) + _SENTENCE_WORDS * len(_SENTENCE_END.findall(between))
        if words > _WORDS_BEFORE:
            return 0.0
        said_in = window.rsplit("\n", between.count("\n"))[0]
        asked = said_in == window or self._habits.asks.search(said_in) or self._is_all_of(said_in)
        return max(LIFT - _LIFT_PER_WORD * words, _LEAST_LIFT) if asked else _STATED_LIFT

    def _is_all_of(self, said: str) -> bool:
        """Whether the last line is little more than the cue: "дата рождения" asks without a word of asking."""
        line = said.rsplit("\n", 1)[-1]
        return _count_words(self._pattern.sub(" ", line)) <= 1

    def _lift_from_behind(self, text: str, end: int) -> float:
        """Behind a find a cue must be said of it ("4421 is my pin"), not of the next number ("4421 and pin 5512")."""
        window = _folded_behind(text, end, self._language)
        found = self._pattern.search(window)
        if not found or not self._habits.said_of_it.fullmatch(window[: found.start()]):
            return 0.0
        return LIFT - _LIFT_PER_WORD * (_count_words(window[: found.start()]) + _WORDS_BEHIND)


@lru_cache(maxsize=_WINDOWS_KEPT)
def _folded_before(text: str, start: int, language: str) -> str:
    """What stands before a find, as the cues of the language are written; many recognizers ask for the same."""
    return _habits(language).fold(_window_before(text, start))


@lru_cache(maxsize=_WINDOWS_KEPT)
def _folded_behind(text: str, end: int, language: str) -> str:
    return _habits(language).fold(text[end : end + _CHARACTERS_AFTER].split("\n", 1)[0])


@cache
def _habits(language: str) -> _Habits:
    import regex

    languages = [language] if language else LANGUAGES
    fold = vocabulary(language).fold if language else str.lower

    def words(key: str) -> str:
        return _either(fold(word) for code in languages for word in listed(section(code, "turns").get(key, "")))

    asks = rf"[?？]|[:：]\s*$|{words('trails')}\W*$|{words('asks')}(?!.*\n)"
    said_of_it = rf"\s*|[,、，]? ?{words('said_of_it')}(?: ?\w+){{0,2}}[ 的の]?"
    return _Habits(fold, regex.compile(asks), regex.compile(said_of_it))


def _any_of(cues: Iterable[str]) -> regex.Pattern[str]:
    import regex

    return regex.compile(_either(cues, plural=True))


def _either(cues: Iterable[str], *, plural: bool = False) -> str:
    """An alternation of phrases as whole words; `*` ends a stem. Scripts without spaces have no word borders."""
    return f"(?:{'|'.join(_whole(cue, 's?' if plural else '') for cue in sorted(set(cues), key=len, reverse=True))})"


def _whole(cue: str, ending: str) -> str:
    if ord(max(cue)) >= 0x2E80:
        return re.escape(cue.rstrip("*"))
    if cue.endswith("*"):
        return rf"\b{re.escape(cue[:-1])}\w*"
    return rf"\b{re.escape(cue)}{ending}(?!\w)"


def _count_words(text: str) -> int:
    unspaced = sum("぀" <= character < "ꀀ" for character in text)
    return len(text.split()) + unspaced // _SYLLABLES_PER_WORD


def _window_before(text: str, start: int) -> str:
    """The text in which a cue may stand: a few lines, less what belongs to another number."""
    window = text[max(0, start - _CHARACTERS_BEFORE) : start]
    window = "\n".join(window.split("\n")[-1 - _LINES_BEFORE :])
    used = _last_end(_NUMBER, window)
    return window if used is None or _count_words(window[used:]) <= _WORDS_BETWEEN_NUMBERS else window[used:]


def _last_end(pattern: re.Pattern[str] | regex.Pattern[str], window: str) -> int | None:
    end = None
    for match in pattern.finditer(window):
        end = match.end()
    return end
