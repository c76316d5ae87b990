"""Texts cut into the tokens that word lists are looked up by. A text is a passage: its lines are turns."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from engine.privacy.layout import Held, layout
from engine.privacy.recognizers.base import Find

_TOKEN = re.compile(r"\[[A-Z_]+_\d+\]|[^\W_]+(?:['’&][^\W_]+)*")
_SENTENCE_END = re.compile(r"[.?!:;…\"“”(\[>*|]")
_JOINING = frozenset(("", "-", "–", "&", "'", "’"))
_ABBREVIATIONS = frozenset(
    (
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "ste",
        "mt",
        "ft",
        "jr",
        "sr",
        "rev",
        "capt",
        "sgt",
        "gen",
        "apt",
        "no",
        "inc",
    )
)


_LINES_KEPT = 1024
"""A few passages of short turns."""


class Token(NamedTuple):
    """A word or number of a text.

    `word`: lower case; `stem`: the same without a possessive 's. `written`: its line uses capitals as written text
    does; `capital`: it begins with one there. `opening`: first word of a sentence, where a capital says little.
    `joined`: only a space, hyphen or ampersand, or the full stop of an abbreviation, stands before it.
    `line`: where its line begins.
    """

    start: int
    end: int
    word: str
    stem: str
    written: bool
    capital: bool
    opening: bool
    joined: bool
    line: int

    @property
    def stem_end(self) -> int:
        return self.end - len(self.word) + len(self.stem)


def split(entry: str) -> list[str]:
    """The lower-case words of a list's entry, cut as a text is."""
    return [word.lower().replace("’", "'") for word in _TOKEN.findall(entry)]


def tokenize(text: str) -> list[Token]:
    return [token for offset, line in layout(text).lines for token in line_tokens(line, offset)]


def lines_with(text: str, keys: Held | None, *more: Held) -> Iterator[tuple[int, str]]:
    """Offset and text of each line that holds one of the words `keys` (None: of each line) and what each of `more`
    names: all that most lines cost."""
    return layout(text).lines_with(keys, *more)


@lru_cache(maxsize=_LINES_KEPT)
def line_tokens(line: str, offset: int) -> tuple[Token, ...]:
    """The tokens of one line that begins at `offset` of its text; cut once for all recognizers of it."""
    return tuple(_line_tokens(line, offset))


def tokens_at(text: str, position: int) -> tuple[tuple[Token, ...], int]:
    """The tokens of the line that holds a position, and the index of the first that begins there or after."""
    offset, line = layout(text).line_at(position)
    tokens = line_tokens(line, offset)
    return tokens, bisect_left(tokens, position, key=lambda token: token.start)


def span(tokens: Sequence[Token], first: int, last: int, score: float) -> Find:
    """The find of tokens `first`..`last`, without a possessive 's at its end."""
    return Find(tokens[first].start, tokens[last].stem_end, score)


def _line_tokens(line: str, offset: int) -> Iterator[Token]:
    matches = list(_TOKEN.finditer(line))
    written = _is_written([match[0] for match in matches])
    end = 0
    before = ""
    for match in matches:
        text = match[0]
        start = match.start()
        word = text.lower().replace("’", "'")
        opening, joined = (False, True) if line[end:start] == " " and end else _gap(line[end:start], before)
        end = match.end()
        stem = word[:-2] if word.endswith("'s") else word
        capital = written and text[0].isupper()
        yield Token(offset + start, offset + end, word, stem, written, capital, opening, joined, offset)
        before = word


def _gap(gap: str, before: str) -> tuple[bool, bool]:
    """Whether a sentence begins after the gap behind word `before`, and whether the gap joins."""
    if not before:
        return True, False
    abbreviated = len(before) == 1 or before in _ABBREVIATIONS
    opening = not abbreviated and _SENTENCE_END.search(gap) is not None
    return opening, gap.strip(" ") in _JOINING or gap == "." or (abbreviated and gap == ". ")


def _is_written(texts: Sequence[str]) -> bool:
    """Whether a line sets names apart by capitals: neither all lower case, nor all upper, nor Every Word Like This."""
    capitals = sum(text[0].isupper() and text[1:2].islower() for text in texts)
    return capitals > 0 and (capitals < len(texts) or len(texts) < 5)
