"""Text to stems: the normal form in which the extractive analysis compares words.

Case, accents, contractions, inflection and single misheard letters of long words do not matter afterwards.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

MIN_FUZZY_LETTERS, MAX_FUZZY_LETTERS = 6, 30
"""A shorter word one letter off is too often another word; a longer one is none."""
CACHED_WORDS = 20_000
"""Most words of a language's calls are among these; the others are stemmed anew."""

_CJK = r"\u3040-\u30ff\u3400-\u9fff"
_MARKS = r"\u0300-\u036f\u0900-\u0dff"  # combining accents; vowel signs of the Indic scripts, which \w leaves out
TOKEN = re.compile(
    rf"\[([A-Z][A-Z_]*?)(?:_\d+)?\]|[{_CJK}]|(?:[^\W_{_CJK}]|[{_MARKS}])+(?:['’](?:[^\W_{_CJK}]|[{_MARKS}])+)*"
    r"|[,;:.!?…–—()]"
)
_ACCENT = re.compile(r"[\u0300-\u036f]")
_VOWEL = re.compile(r"[aeiouy]")
_BRITISH = re.compile(r"(?<=\w{3})is(ation)?$")


class Token(NamedTuple):
    """A stem, where its word starts in the text, and the clause (counted by punctuation) it stands in."""

    stem: str
    start: int
    clause: int


@dataclass(frozen=True, slots=True)
class Inflection:
    """How a language bends its words. `rewrites`: a word or a part at an apostrophe -> its full form ("" drops it)."""

    suffixes: tuple[str, ...] = ()
    rewrites: Mapping[str, str] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    english: bool = False

    def stems(self, word: str) -> tuple[str, ...]:
        """The stems of one normalized word; a contraction has several, a filler none."""
        if word in self.rewrites:
            return tuple(map(self.stem, self.rewrites[word].split()))
        if "'" in word:
            return tuple(stem for part in word.split("'") for stem in self.stems(part))
        return (self.stem(word),)

    def stem(self, word: str) -> str:
        if word in self.fixed or len(word) <= 3:
            return word
        return _english_stem(word) if self.english else _strip(word, self.suffixes, 4)


class Tokenizer:
    """Makes the tokens of calls; words one letter off a word of `vocabulary` are taken for it. Safe for threads."""

    def __init__(self, inflection: Inflection, vocabulary: Vocabulary | None = None) -> None:
        self._inflection = inflection
        self._vocabulary = vocabulary or Vocabulary((), ())
        self._stems = functools.lru_cache(CACHED_WORDS)(self._find_stems)

    def tokens(self, text: str) -> tuple[Token, ...]:
        tokens: list[Token] = []
        clause = 0
        for match in TOKEN.finditer(text):
            word = match.group()
            if match.group(1):
                tokens.append(Token(f"[{match.group(1)}]", match.start(), clause))
            elif word[0].isalnum():
                stems = self._stems(word) if len(word) <= MAX_FUZZY_LETTERS else self._find_stems(word)
                tokens += [Token(stem, match.start(), clause) for stem in stems]
            else:
                clause += 1
        return tuple(tokens)

    def stems(self, text: str) -> tuple[str, ...]:
        return tuple(token.stem for token in self.tokens(text))

    def _find_stems(self, word: str) -> tuple[str, ...]:
        return tuple(self._vocabulary.nearest(stem) for stem in self._inflection.stems(normalized(word)))


class Vocabulary:
    """Stems that matter, to find the one that a misheard word was meant to be. `common` words are never misheard."""

    def __init__(self, stems: Iterable[str], common: Collection[str]) -> None:
        self._stems = frozenset(stems)
        self._common = frozenset(common)
        self._shortened: dict[str, str] = {}
        for stem in sorted(self._stems):
            for variant in _shortened(stem) if len(stem) >= MIN_FUZZY_LETTERS else ():
                self._shortened.setdefault(variant, stem)

    def nearest(self, stem: str) -> str:
        """The stem itself, or the one of the vocabulary that is one letter off and starts alike."""
        known = stem in self._stems or stem in self._common
        if known or not MIN_FUZZY_LETTERS <= len(stem) <= MAX_FUZZY_LETTERS or not stem.isalpha():
            return stem
        for variant in _shortened(stem):
            nearest = self._shortened.get(variant)
            if nearest is not None and nearest[0] == stem[0]:
                return nearest
        return stem


def normalized(text: str) -> str:
    """Case-folded, straight apostrophes, Latin accents off; other scripts keep their marks."""
    folded = text.casefold().replace("’", "'")
    if folded.isascii():
        return folded
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFKD", folded)))


def _shortened(stem: str) -> list[str]:
    """The stem and what is left of it without one of its letters: two words one letter off share one of these."""
    return [stem, *(stem[:i] + stem[i + 1 :] for i in range(len(stem)))]


def _strip(word: str, suffixes: Iterable[str], keep: int) -> str:
    for suffix in suffixes:
        if len(word) - len(suffix) >= keep and word.endswith(suffix):
            return word[: -len(suffix)]
    return word


def _english_stem(word: str) -> str:
    """Plural, -ed, -ing, British spelling and final -e off, so that all forms of a verb or noun meet.

    "charges", "charged", "charging" -> "charg"; "apologise", "apologized" -> "apologiz"; "taking" -> "take".
    """
    stem = _strip(word, ("ing", "ed"), 3)
    if stem == word or not _VOWEL.search(stem):
        stem = _singular(word)
    elif len(stem) == 3 and _consonant_vowel_consonant(stem):
        return f"{stem}e"
    if len(stem) > 3 and stem[-1] == stem[-2]:
        stem = stem[:-1]
    stem = _BRITISH.sub(r"iz\1", stem)
    return f"{stem[:-1]}i" if stem.endswith("y") and len(stem) > 3 else stem


def _singular(word: str) -> str:
    if word.endswith(("xes", "ches", "shes", "sses", "zes")):
        return word[:-2]
    if word.endswith("es") and len(word) > 5:
        return word[:-2]
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def _consonant_vowel_consonant(stem: str) -> bool:
    first, middle, last = (letter in "aeiou" for letter in stem)
    return not first and middle and not last and stem[-1] not in "wxy"
