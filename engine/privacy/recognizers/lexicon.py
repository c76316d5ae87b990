"""Word lists: entries in sets, phrases by their first word, and what counts as an everyday English word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from engine.privacy.layout import WORD
from engine.privacy.recognizers.tokens import Token, split

_FOLDER = Path(__file__).with_name("lexicons")
_ENDINGS = ("ings", "ing", "ers", "er", "ed", "es", "ally", "ly", "s", "d")
_ABSTRACT = re.compile(
    r"\w{3,}(?:tion|sion|ment|ness|ship|able|ible|ful|less|ous|ously|ally|ility|ivity|ance|ence|ware)s?"
)


@cache
def words(*lists: str) -> frozenset[str]:
    """The entries of word lists: files of `lexicons/`, with commas between entries; lines with # are comments."""
    lines = [line for name in lists for line in (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()]
    entries = (entry.strip() for line in lines if not line.startswith("#") for entry in line.split(","))
    return frozenset(entry for entry in entries if entry)


def is_common(word: str) -> bool:
    """An everyday English word, an inflected form of one, an abstract noun, or something with a digit."""
    everyday = words("common_words", "function_words")
    if word in everyday or not word.replace("'", "").isalpha():
        return True
    inflected = any(word.endswith(ending) and _base(word, ending, everyday) for ending in _ENDINGS)
    return inflected or _ABSTRACT.fullmatch(word) is not None


class Phrases:
    """Entries of word lists as they stand in a text, the longest first; `plural` adds a form in -s.

    A line without any of `keys` holds none of them: a word of each entry, a rare one where it has one.
    """

    def __init__(self, entries: Iterable[str], *, plural: bool = False) -> None:
        rests: dict[str, list[tuple[str, ...]]] = {}
        keys = set()
        for entry in entries:
            singular = [entry] if entry.isalnum() else split(entry)
            for form in (singular, [*singular[:-1], singular[-1] + "s"]) if plural else (singular,):
                rests.setdefault(form[0], []).append(tuple(form[1:]))
                keys.add(form[0] if len(form) == 1 and entry.isalnum() else _key(form))
        self._rests = {first: tuple(sorted(found, key=len, reverse=True)) for first, found in rests.items()}
        """In tuples of words, which the garbage collector need not walk through."""
        self.keys = frozenset(keys)

    def at(self, tokens: Sequence[Token], first: int) -> int:
        """Index of the last token of the entry that begins with token `first`; -1 if none does."""
        token = tokens[first]
        for rest in self._rests.get(token.word) or self._rests.get(token.stem) or ():
            last = first + len(rest)
            if last < len(tokens) and _follows(rest, tokens[first + 1 : last + 1]):
                return last
        return -1

    def find(self, tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
        """Every entry in the text as (first, last) token index, left to right, not overlapping."""
        rests = self._rests
        position = 0
        for first, token in enumerate(tokens):
            known = token.word in rests or token.stem in rests
            if known and first >= position and (last := self.at(tokens, first)) >= 0:
                yield first, last
                position = last + 1


def _key(entry: Sequence[str]) -> str:
    parts: list[str] = [part for word in entry for part in WORD.findall(word)]
    everyday = words("common_words", "function_words")
    return max(reversed(parts), key=lambda part: (len(part) > 1, part not in everyday, len(part)))


@cache
def phrases_of(*lists: str) -> Phrases:
    """The entries of word lists that several recognizers look for."""
    return Phrases(words(*lists))


def _follows(rest: Sequence[str], tokens: Sequence[Token]) -> bool:
    return all(token.joined and wanted in (token.word, token.stem) for wanted, token in zip(rest, tokens, strict=True))


def _base(word: str, ending: str, everyday: frozenset[str]) -> bool:
    """Whether `word` without `ending` is an everyday word, give or take the spelling ("stopped", "tried")."""
    stem = word[: -len(ending)]
    doubled = stem[:-1] if stem[-2:-1] == stem[-1:] else stem
    tried = stem[:-1] + "y" if ending != "s" else stem
    return len(stem) > 2 and any(base in everyday for base in (stem, stem + "e", doubled, tried))
