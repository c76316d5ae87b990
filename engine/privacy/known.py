"""Values and names that are known: of a call that was redacted, or of the people it is with."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.privacy.anonymizer import Cut
from engine.privacy.hits import Hit, folded
from engine.privacy.lists import whole_words
from engine.privacy.recognizers.lexicon import is_common

_LEAST = 4
"""Letters and digits; shorter values are said of other things too."""
_SURE = 1.0
_SPEAKER = "name of a speaker"
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_PART = re.compile(r"[^\W\d_]{3,}")


@dataclass(slots=True)
class KnownValues:
    """The values of one call by what they look like, and what stands in their place."""

    _entities: dict[str, str] = field(default_factory=dict)
    _texts: dict[str, str] = field(default_factory=dict)
    _replacements: set[str] = field(default_factory=set)

    def learn(self, text: str, made: Iterable[Cut]) -> None:
        """Remember what was cut out of a text, and what for."""
        for cut in made:
            if cut.marker:
                self._replacements.add(cut.marker)
            value = text[cut.start : cut.end]
            if len(folded(value)) >= _LEAST and not _everyday(value):
                self._entities.setdefault(folded(value), cut.entity)
                self._texts.setdefault(folded(value), value)

    def hits(self, text: str) -> Iterator[Hit]:
        """Where a value stands in a text, whatever its letter case and spacing."""
        for match in whole_words(self._texts.values()).finditer(text) if self._texts else ():
            yield Hit(self._entities[folded(match[0])], *match.span(), _SURE, match[0], "known", "value of the call")

    def replacements_in(self, text: str) -> list[tuple[int, int]]:
        """Where a replacement stands in a text, whole or by one of its words (a summary says "Mary" of "Mary Cole").

        Markers are left out: they are known by their form.
        """
        words = {part for given in self._replacements if "[" not in given for part in (given, *_PART.findall(given))}
        entities = {given for given in self._replacements if given.startswith("[") and not given[-2:-1].isdigit()}
        known = [phrase for phrase in words | entities if phrase.strip()]
        return [match.span() for match in whole_words(known).finditer(text)] if known else []


def name_hits(text: str, names: Mapping[str, str], whole: bool) -> Iterator[Hit]:
    """Words of names, and runs of words of one name, in a text; everyday words only where they begin with a capital.

    `whole`: the value of a hit is the whole name, so that "Jane" and "Jane Doe" are one person; else what stands there.
    """
    for run in _runs(tuple(names)).finditer(text):
        words = [match for match in _WORD.finditer(text, *run.span()) if match[0].casefold() in names]
        for name, group in itertools.groupby(words, key=lambda match: names[match[0].casefold()]):
            spoken = list(group)
            start, end = spoken[0].start(), spoken[-1].end()
            if not (text[start:end].islower() and _everyday(text[start:end])):
                yield Hit("person_name", start, end, _SURE, name if whole else text[start:end], "names", _SPEAKER)


def _everyday(text: str) -> bool:
    """Whether a text has everyday words only, and no digit."""
    words = _WORD.findall(text)
    return bool(words) and not any(map(str.isdecimal, text)) and all(is_common(word.casefold()) for word in words)


@functools.lru_cache(maxsize=64)
def _runs(names: tuple[str, ...]) -> re.Pattern[str]:
    word = f"(?:{whole_words(names).pattern})"
    return re.compile(rf"{word}(?:[\s-]+{word})*", re.IGNORECASE)
