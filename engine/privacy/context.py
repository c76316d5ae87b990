"""Context: cue words near a find, or in the turn before it, make it surer.

Presidio's own enhancer needs the tokens of a language model, looks five words back and none ahead, and copies every
result; this one works on the text, weighs how near the cue is, and lets a number use a cue up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

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
_SENTENCE_WORDS = 2
_WORDS_BEHIND = 2
_WORDS_BETWEEN_NUMBERS = 2
"""Numbers with no more than this between them ("4421 and 5512") share a cue."""

_NUMBER = re.compile(r"\d(?:[ -]?\d){2,}")
_SAID_OF_IT = re.compile(
    r"\s*|,? ?(?:that's|that is|it's|which is|is|was|being|for|as|on|of)(?: \w+){0,2} ", re.IGNORECASE
)
_ASKS = re.compile(
    r"[?？]|[:：]\s*$|\b(?:is|number|digits|code|at|to)\W*$|\b(?:your|please|what|which|may i|can i|could|tell me|"
    r"give me|confirm|verify|provide|have the|need the)\b(?!.*\n)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.?!](?=\s)")


class Cues:
    """The cues of one recognizer; built once, read-only."""

    def __init__(self, phrases: Sequence[str]) -> None:
        longest_first = sorted(phrases, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_whole, longest_first)), re.IGNORECASE)

    def lifted(self, score: float, text: str, start: int, end: int) -> float:
        """The score of the find text[start:end] with what the nearest cue adds to it."""
        return max(score, min(score + _lift(text, start, end, self._pattern), _CEILING))


def _whole(cue: str) -> str:
    """The cue as whole words, plural too; scripts without spaces have no word borders."""
    if ord(max(cue)) >= 0x2E80:
        return re.escape(cue)
    return rf"\b{re.escape(cue)}s?\b"


def _lift(text: str, start: int, end: int, cue: re.Pattern[str]) -> float:
    """What the nearest cue adds to the score of text[start:end]; 0 if there is none within reach."""
    return max(_lift_from_before(text, start, cue), _lift_from_behind(text, end, cue))


def _lift_from_before(text: str, start: int, cue: re.Pattern[str]) -> float:
    window = _window_before(text, start)
    near = _last_end(cue, window)
    if near is None:
        return 0.0
    between = window[near:]
    words = len(between.split()) + _SENTENCE_WORDS * len(_SENTENCE_END.findall(between))
    if words > _WORDS_BEFORE:
        return 0.0
    said_in = window.rsplit("\n", between.count("\n"))[0]
    asked = said_in == window or _ASKS.search(said_in)
    return max(LIFT - _LIFT_PER_WORD * words, _LEAST_LIFT) if asked else _STATED_LIFT


def _window_before(text: str, start: int) -> str:
    """The text in which a cue may stand: a few lines, less what belongs to another number."""
    window = text[max(0, start - _CHARACTERS_BEFORE) : start]
    window = "\n".join(window.split("\n")[-1 - _LINES_BEFORE :])
    used = _last_end(_NUMBER, window)
    return window if used is None or len(window[used:].split()) <= _WORDS_BETWEEN_NUMBERS else window[used:]


def _lift_from_behind(text: str, end: int, cue: re.Pattern[str]) -> float:
    """Behind a find a cue must be said of it ("4421 is my pin"), not of the next number ("4421 and pin 5512")."""
    window = text[end : end + _CHARACTERS_AFTER].split("\n", 1)[0]
    found = cue.search(window)
    if not found or not _SAID_OF_IT.fullmatch(window[: found.start()]):
        return 0.0
    return LIFT - _LIFT_PER_WORD * (len(window[: found.start()].split()) + _WORDS_BEHIND)


def _last_end(pattern: re.Pattern[str], window: str) -> int | None:
    end = None
    for match in pattern.finditer(window):
        end = match.end()
    return end
