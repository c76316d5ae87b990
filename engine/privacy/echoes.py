"""Values that come back: a number read back without its cue, its last four digits, a name spelled after it was said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.privacy.hits import Hit
from engine.privacy.passages import Turn
from engine.privacy.recognizers.lexicon import is_common

_NUMBER = re.compile(r"(?<![\w.,$€£])[A-Z0-9](?:[ .-]?[A-Z0-9])*[ .-]?\d(?![\w%]|[.,]\d)")
_WORD = re.compile(r"[^\W\d_]{3,}")
_SENTENCE_ENDS = ".?!:\n"
_NOT_REPEATED = frozenset({"money_amount", "date", "person_age", "medical_condition", "event"})
"""Amounts, days and ages are said of other things too."""
_COMMON_WORDS_IN = frozenset({"location", "organization"})
"""Of "New York" and "First Bank" single words say nothing."""

_LEAST_DIGITS = 3
_LAST_DIGITS = 4
_LONG = 7
_SURE = 0.75


@dataclass(slots=True)
class Echoes:
    """Values heard so far in one call, by their compact form."""

    numbers: dict[str, Hit] = field(default_factory=dict)
    words: dict[str, Hit] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.numbers or self.words)

    def learn(self, hits: Iterable[Hit]) -> None:
        """Keep what the hits say; of several with a value the shortest wins, then the surest entity."""
        for hit in sorted(hits, key=lambda hit: (hit.entity == "number_sequence", len(hit.value.split()), -hit.score)):
            if hit.entity in _NOT_REPEATED:
                continue
            compact = "".join(filter(str.isalnum, hit.value)).upper()
            digits = sum(character.isdecimal() for character in compact)
            if digits >= _LEAST_DIGITS:
                self.numbers.setdefault(compact, hit)
            if digits >= _LONG:
                self.numbers.setdefault(compact[-_LAST_DIGITS:], hit)
            for word in _WORD.findall(hit.value) if not digits and hit.entity not in _COMMON_WORDS_IN else ():
                self.words.setdefault(word.upper(), hit)

    def heard_in(self, turn: Turn) -> Iterator[Hit]:
        """Where a turn repeats a value; the hit carries the value that it repeats, and so gets its marker."""
        text = turn.text.text
        for match in _NUMBER.finditer(text) if self.numbers else ():
            compact = "".join(filter(str.isalnum, match[0]))
            yield from self._hit(turn, match, self.numbers.get(compact))
        for match in () if self.words.keys().isdisjoint(_WORD.findall(text.upper())) else _WORD.finditer(text):
            heard = self.words.get(match[0].upper())
            if heard and (match[0].isupper() or _stands_as_name(heard, text, match)):
                yield from self._hit(turn, match, heard)

    def _hit(self, turn: Turn, match: re.Match[str], heard: Hit | None) -> Iterator[Hit]:
        if heard:
            start, end = turn.text.source_span(*match.span())
            yield heard._replace(start=start, end=end, recognizer="echoes", why="repeats a value of the call")


def _stands_as_name(heard: Hit, text: str, match: re.Match[str]) -> bool:
    """Whether a word of a sure name is that name again: with a capital inside a sentence, or no everyday word."""
    if heard.entity != "person_name" or heard.score < _SURE:
        return False
    inside = not _opens_sentence(text, match.start())
    return (match[0][0].isupper() and inside) or not is_common(match[0].casefold())


def _opens_sentence(text: str, start: int) -> bool:
    """Whether nothing stands before `start`, or the end of a sentence between it and the word before."""
    while start and not (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
        if text[start] in _SENTENCE_ENDS:
            return True
    return start == 0
