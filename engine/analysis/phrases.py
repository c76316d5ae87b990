"""Finding phrases in noisy text.

A phrase is a run of words. `*` stands for up to three words, `a/b` for either word, `[PERSON_NAME]` for any privacy
marker of that entity. Speech recognition drops and adds small words, so a phrase of three words or more may have one
other word in it, and one of four words or more may lack one weak word. A negator never fills a gap.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Generic, NamedTuple, TypeVar

from engine.analysis.tokens import Token, Tokenizer

MAX_GAP = 3
NEGATION_REACH = 3
"""A negator counts for the three words after it, within its clause."""

KeyT = TypeVar("KeyT")


class Match(NamedTuple, Generic[KeyT]):
    """A phrase found in tokens[start:stop]."""

    key: KeyT
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class _Element:
    stems: frozenset[str]
    gap: int
    droppable: bool


@dataclass(frozen=True, slots=True)
class _Phrase(Generic[KeyT]):
    """`reach`: how many words after the first one the second may stand."""

    key: KeyT
    elements: tuple[_Element, ...]
    reach: int


@dataclass(frozen=True, slots=True)
class _Start(Generic[KeyT]):
    """The phrases that begin with one word, by their second word; `always` are those that may do without it."""

    always: list[_Phrase[KeyT]] = field(default_factory=list)
    by_second: dict[str, list[_Phrase[KeyT]]] = field(default_factory=lambda: defaultdict(list))


class Phrases(Generic[KeyT]):
    """Phrases with a key each, looked up by their first two words. Read-only once made."""

    def __init__(
        self,
        entries: Iterable[tuple[KeyT, str]],
        tokenizer: Tokenizer,
        negators: Collection[str] = (),
        weak_words: Collection[str] = (),
    ) -> None:
        self._negators = frozenset(negators)
        self._starts: dict[str, _Start[KeyT]] = defaultdict(_Start)
        self._stems: set[str] = set()
        for key, text in entries:
            elements = _parse(text, tokenizer, weak_words)
            phrase = _Phrase(key, elements, 1 + (elements[1].gap or _spare(elements)) if len(elements) > 1 else 0)
            self._stems.update(stem for element in phrase.elements for stem in element.stems)
            for first in phrase.elements[0].stems if phrase.elements else ():
                self._file(phrase, self._starts[first])

    @property
    def stems(self) -> frozenset[str]:
        """Every word of every phrase."""
        return frozenset(self._stems)

    def find(self, tokens: Sequence[Token]) -> Iterator[Match[KeyT]]:
        """Every phrase that starts at every word, in the order of the words."""
        stems = [token.stem for token in tokens]
        for position, stem in enumerate(stems):
            start = self._starts.get(stem)
            if start is None:
                continue
            for phrase in chain(start.always, self._candidates(start, stems[position + 1 : position + MAX_GAP + 2])):
                stop = self._stop(phrase.elements, stems, position)
                if stop:
                    yield Match(phrase.key, position, stop)

    def _candidates(self, start: _Start[KeyT], following: Sequence[str]) -> Iterator[_Phrase[KeyT]]:
        """The phrases whose second word is among the following ones, near enough."""
        by_second = start.by_second
        seen: set[str] = set()
        for distance, stem in enumerate(following, 1):
            if stem in by_second and stem not in seen:
                seen.add(stem)
                for phrase in by_second[stem]:
                    if distance <= phrase.reach:
                        yield phrase

    def _file(self, phrase: _Phrase[KeyT], start: _Start[KeyT]) -> None:
        if len(phrase.elements) == 1 or (len(phrase.elements) >= 4 and phrase.elements[1].droppable):
            start.always.append(phrase)
            return
        for second in sorted(phrase.elements[1].stems):
            start.by_second[second].append(phrase)

    def _stop(self, elements: Sequence[_Element], stems: Sequence[str], start: int) -> int:
        """Where the phrase that starts at `start` ends, 0 if it is not there."""
        position = start + 1
        spare_words, spare_drops = _spare(elements), int(len(elements) >= 4)
        for element in elements[1:]:
            found = self._seek(element.stems, stems, position, element.gap or spare_words)
            if found < 0:
                if not (element.droppable and spare_drops):
                    return 0
                spare_drops -= 1
                continue
            if not element.gap:
                spare_words -= found - position
            position = found + 1
        return position

    def _seek(self, wanted: frozenset[str], stems: Sequence[str], start: int, reach: int) -> int:
        """The first of the wanted words from `start` on, at most `reach` words away; -1 if a negator comes first."""
        for position, stem in enumerate(stems[start : start + reach + 1], start):
            if stem in wanted:
                return position
            if stem in self._negators:
                break
        return -1


def _spare(elements: Sequence[_Element]) -> int:
    """How many words of another kind a phrase may have in it."""
    return int(len(elements) >= 3)


def negated(tokens: Sequence[Token], start: int, negators: Collection[str]) -> bool:
    """Whether a negator stands just before tokens[start], in the same clause."""
    before = tokens[max(start - NEGATION_REACH, 0) : start]
    return any(token.stem in negators and token.clause == tokens[start].clause for token in before)


def _parse(phrase: str, tokenizer: Tokenizer, weak_words: Collection[str]) -> tuple[_Element, ...]:
    """Nothing where a word of the phrase is none in this language ("em" is but a pause in Spanish)."""
    elements: list[_Element] = []
    gap = 0
    for chunk in phrase.split():
        if chunk == "*":
            gap = MAX_GAP
            continue
        if "/" in chunk:
            words = [frozenset(stem for word in chunk.split("/") for stem in tokenizer.stems(word)[:1])]
        else:
            words = [frozenset((stem,)) for stem in tokenizer.stems(chunk)]
        if not all(words) or not words:
            return ()
        for stems in words:
            elements.append(_Element(stems, gap, stems <= set(weak_words)))
            gap = 0
    return tuple(elements)
