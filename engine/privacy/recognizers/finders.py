"""Finders made of word lists: entries with what must stand around them, rules for lines that hold a word, endings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from engine.privacy.layout import DIGITS_KEY, WORD, layout
from engine.privacy.recognizers.base import Find, Finder, Rule
from engine.privacy.recognizers.lexicon import Phrases
from engine.privacy.recognizers.tokens import line_tokens, lines_with

_BEFORE_CHARACTERS = 90


class Frame(NamedTuple):
    """Words around an entry that give it `score`: `before` ends where it begins, `after` begins where it ends.

    Regular expressions without regard to letter case; an empty one is always met. `before` may look at the turn before.
    """

    score: float
    before: str = ""
    after: str = ""


def either(*alternatives: str) -> str:
    """A regular expression group of alternatives, each of them a regular expression; commas separate them too."""
    return "(?:" + "|".join(part.strip() for listed in alternatives for part in listed.split(",") if part.strip()) + ")"


def listed(groups: Sequence[tuple[Iterable[str], float]], frames: Sequence[Frame], *, plural: bool = False) -> Finder:
    """Finds the entries of the groups: each with the score of its group or of the best frame that it stands in.

    A group's score of 0 says that its entries are everyday words, which count in a frame only.
    """
    lists = [(Phrases(entries, plural=plural), score) for entries, score in groups]
    keys = frozenset[str]().union(*(phrases.keys for phrases, _ in lists))
    compiled = [
        (frame.score, re.compile(rf"(?:{frame.before})\Z", re.IGNORECASE), re.compile(frame.after, re.IGNORECASE))
        for frame in frames
    ]

    def framed(text: str, start: int, end: int) -> Iterator[float]:
        for score, before, after in compiled:
            if after.match(text, end) and before.search(text, max(0, start - _BEFORE_CHARACTERS), start):
                yield score

    def find(text: str) -> Iterator[Find]:
        for offset, line in lines_with(text, keys):
            tokens = line_tokens(line, offset)
            for phrases, score in lists:
                for first, last in phrases.find(tokens):
                    start, end = tokens[first].start, tokens[last].stem_end
                    best = max(score, *framed(text, start, end), 0.0)
                    if best:
                        yield Find(start, end, best)

    return find


def in_lines(keys: Iterable[str], *rules: Rule, check: Callable[[str], bool] | None = None) -> Finder:
    """Finds what the rules match in lines that hold one of the words `keys` (no keys: a digit) and what they say.

    `check` may drop a find by its text.
    """
    wanted = frozenset(keys) or DIGITS_KEY
    compiled = [(rule, re.compile(rule.pattern, 0 if rule.cased else re.IGNORECASE)) for rule in rules]

    def find(text: str) -> Iterator[Find]:
        for rule, pattern in compiled:
            group = "value" if "value" in pattern.groupindex else 0
            for offset, line in lines_with(text, wanted, *rule.holds):
                for match in pattern.finditer(line):
                    if match[group] and (check is None or check(match[group])):
                        yield Find(offset + match.start(group), offset + match.end(group), rule.score)

    return find


def with_endings(endings: tuple[str, ...], score: float, *, least: int, but: frozenset[str]) -> Finder:
    """Finds words of at least `least` letters with one of the endings ("-itis"), except those in `but`."""

    def is_one(word: str) -> bool:
        return word.endswith(endings) and len(word) >= least and word not in but

    def find(text: str) -> Iterator[Find]:
        wanted = frozenset(filter(is_one, layout(text).words))
        for offset, line in lines_with(text, wanted) if wanted else ():
            lowered = line.lower()
            for match in WORD.finditer(lowered if len(lowered) == len(line) else line):
                if is_one(match[0]):
                    yield Find(offset + match.start(), offset + match.end(), score)

    return find
