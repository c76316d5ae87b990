"""Turns laid line by line into texts for the recognizers, and the way back from a find to the turns it stands in."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from engine.privacy.hits import Hit
from engine.privacy.languages import LANGUAGES, section
from engine.privacy.languages.reader import listed
from engine.privacy.offsets import NormalizedText

if TYPE_CHECKING:
    import regex

_MAX_CHARACTERS = 4000
_LEAD_LINES, _LEAD_CHARACTERS = 4, 400
"""Of the passage before, so many turns, or fewer where they are long, open the next one as context; `context.py` looks
no further back."""

_LONG_TURN, _MOST_OF_A_TURN = 8000, 2000
"""Turns longer than the one are searched in parts no longer than the other."""

_STRETCH_CHARACTERS = 250_000
"""More than any call has, and short of filling memory."""

_CUTS = (re.compile(r"\n"), re.compile(r"[.?!。！？](?=\s)|[。！？]"), re.compile(r"\s"))
"""After what a long turn is cut, the first that the second half of a part has."""

_LINE_BREAK = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_BORDER = r"(?:(?<=[\u3040-\ua000])|\b)"
"""Between words: nothing where a script writes no spaces."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the conversation: its place there and its text as the recognizers shall see it."""

    index: int
    text: NormalizedText


@dataclass(frozen=True, slots=True)
class Passage:
    """Turns joined by line breaks. Finds that end before `body` belong to the passage before."""

    text: str
    turns: tuple[Turn, ...]
    starts: tuple[int, ...]
    body: int

    def hits(
        self, entity: str, start: int, end: int, score: float, recognizer: str = "", why: str = ""
    ) -> Iterator[tuple[int, Hit]]:
        """A find as (turn index, hit), one for every turn that it touches, all with the value of the whole."""
        if end <= self.body:
            return
        value = self.text[start:end]
        for position in range(bisect_right(self.starts, start) - 1, bisect_right(self.starts, end - 1)):
            turn = self.turns[position]
            offset = self.starts[position]
            from_char, to_char = max(start - offset, 0), min(end - offset, len(turn.text.text))
            if from_char < to_char:
                source = turn.text.source_span(from_char, to_char)
                yield turn.index, Hit(entity, *source, score, value, recognizer, why)


class Part(NamedTuple):
    """Characters of turn `turn` from `start` on."""

    turn: int
    start: int
    text: str


def parts(turns: Sequence[str]) -> Iterator[Part]:
    """The turns, in order; a very long one, such as a document pasted into a chat, in parts, so that what is kept of a
    text while it is searched stays small."""
    for index, turn in enumerate(turns):
        start = 0
        while len(turn) > _LONG_TURN and len(turn) - start > _MOST_OF_A_TURN:
            end = _cut(turn, start)
            yield Part(index, start, turn[start:end])
            start = end
        yield Part(index, start, turn[start:])


def _cut(turn: str, start: int) -> int:
    """Where the part that begins at `start` ends."""
    half, most = start + _MOST_OF_A_TURN // 2, start + _MOST_OF_A_TURN
    for cut in _CUTS:
        if ends := [found.end() for found in cut.finditer(turn, half, most)]:
            return ends[-1]
    return most


def stretches(turns: Sequence[str]) -> Iterator[range]:
    """The turns, in order, as many at once as are searched together; a call is one stretch."""
    first, length = 0, 0
    for index, turn in enumerate(turns):
        if length > _STRETCH_CHARACTERS:
            yield range(first, index)
            first, length = index, 0
        length += len(turn)
    if turns:
        yield range(first, len(turns))


def plain_breaks(text: str) -> str:
    """The text, equally long, with line breaks of every kind as `\\n`: lines of a chat message are as good as turns."""
    return _LINE_BREAK.sub("\n", text.replace("\r\n", " \n"))


@cache
def _acknowledgement(language: str) -> regex.Pattern[str]:
    """Whole turns that only acknowledge, of a language, else of English."""
    import regex

    words = listed(section(language if language in LANGUAGES else "en", "turns")["acknowledgements"])
    said = "|".join(regex.escape(word) for word in sorted(words, key=len, reverse=True))
    return regex.compile(rf"\W*+(?:(?>{said}){_BORDER}\W*+)*+", regex.IGNORECASE)


def passages(turns: Sequence[Turn], language: str = "en", first: int = 0) -> Iterator[Passage]:
    """Passages of a few thousand characters; acknowledgements ("yes, go ahead") are left out, so that a number read
    out over several turns stands on adjoining lines. Turns before turn `first` are only context."""
    acknowledgement = _acknowledgement(language)
    said = [turn for turn in turns if not acknowledgement.fullmatch(turn.text.source)]
    before = bisect_left(said, first, key=lambda turn: turn.index)
    lead, said = _last(said[:before]), said[before:]
    body: list[Turn] = []
    length = 0
    for turn in said:
        if body and length + len(turn.text.text) > _MAX_CHARACTERS:
            yield _passage(lead, body)
            lead, body, length = _last(lead + body), [], 0
        body.append(turn)
        length += len(turn.text.text) + 1
    if body:
        yield _passage(lead, body)


def _last(turns: list[Turn]) -> list[Turn]:
    """The turns at the end that are context of what follows; at least one where there are any."""
    first = len(turns) - 1
    length = len(turns[first].text.text) if turns else 0
    while first > 0 and len(turns) - first < _LEAD_LINES and length < _LEAD_CHARACTERS:
        first -= 1
        length += len(turns[first].text.text)
    return turns[max(first, 0) :]


def _passage(lead: list[Turn], body: list[Turn]) -> Passage:
    starts: list[int] = []
    position = 0
    for turn in (*lead, *body):
        starts.append(position)
        position += len(turn.text.text) + 1
    text = "\n".join(turn.text.text for turn in (*lead, *body))
    return Passage(text, (*lead, *body), tuple(starts), starts[len(lead)])
