"""What the tagger knows of a word: itself, its affixes, its shape, and the word lists that it is on.

The trainer and the tagger share this file, so that a model sees at work what it saw in training.
"""

from __future__ import annotations

import re
import zlib
from functools import cache

from engine.privacy.layout import WORD
from engine.privacy.recognizers.lexicon import is_common, words

TURN_BREAK = "\n"
TOKEN = re.compile(r"\n|[^\W\d_]+|\d+|['’](?:s|t|re|ve|ll|d|m)\b|[^\w\s]|_")
"""Words, numbers, English contractions, single signs, and line breaks, which end turns."""

AFFIX_ROWS = 4096
_AFFIXES = 4
SHAPES = 32
_LONGEST_NUMBER = 8
_LISTS = (
    ("given_names",),
    ("surnames",),
    ("cities",),
    ("regions", "countries"),
    ("companies",),
    ("organization_suffixes", "plain_organization_suffixes", "legal_forms"),
    ("streets",),
    ("us_state_codes",),
    ("occupations", "plain_occupations"),
    ("nationalities",),
    ("languages",),
    ("religions", "politics"),
    ("identities",),
    ("conditions",),
    ("drugs",),
    ("procedures",),
    ("injuries", "body_parts"),
    ("events",),
    ("function_words",),
)
COMMON = len(_LISTS)
"""The bit of an everyday word, after those of the lists."""

LIST_BITS = len(_LISTS) + 1


def norm(token: str) -> str:
    """What the vocabulary holds of a token: lower case, numbers by their length."""
    if token == TURN_BREAK:
        return "//"
    return "0" * min(len(token), _LONGEST_NUMBER) if token[0].isdecimal() else token.lower().replace("’", "'")


def affixes(word: str) -> tuple[int, ...]:
    """Rows of the affix table for the normalised word: its first three letters and its last two, three and four."""
    parts = (f"<{word[:3]}", f"{word[-2:]}>", f"{word[-3:]}>", f"{word[-4:]}>")
    return tuple(
        zlib.crc32(part.encode(errors="replace")) % AFFIX_ROWS + kind * AFFIX_ROWS for kind, part in enumerate(parts)
    )


def affix_rows() -> int:
    return _AFFIXES * AFFIX_ROWS


def shape(token: str) -> int:
    """Letter case and length of a token as a number below SHAPES."""
    if not token[0].isalpha():
        return (1 if token[0].isdecimal() else 2) + (min(len(token), 6) * 2 if token[0].isdecimal() else 0)
    case = 0 if token.islower() else 1 if token[1:].islower() or len(token) == 1 else 2 if token.isupper() else 3
    return 16 + case * 4 + min((len(token) + 1) // 3, 3)


def list_bits(word: str) -> tuple[int, ...]:
    """The word lists, by number, of which an entry has the normalised word."""
    found = _listed().get(word, ())
    return (*found, COMMON) if word[0].isalpha() and is_common(word) else found


@cache
def _listed() -> dict[str, tuple[int, ...]]:
    """Every word of every list's entries with the numbers of the lists."""
    numbers: dict[str, list[int]] = {}
    for number, names in enumerate(_LISTS):
        for word in {part for entry in words(*names) for part in WORD.findall(entry)}:
            numbers.setdefault(word, []).append(number)
    return {word: tuple(found) for word, found in numbers.items()}
