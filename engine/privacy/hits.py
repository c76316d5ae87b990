"""Finds in a turn, and which of them stand: one span a place, no span over a marker that is already there."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine.privacy.entities import ENTITIES

_MARKER = re.compile(r"\[(" + "|".join(entity.upper() for entity in ENTITIES) + r")_(\d+)\]")
_EDGE = " \t\n\r.,;:!?…\"'“”‘’"

_BROAD = ("url", "date", "organization", "location")
"""Entities that give way where another one, equally sure, claims the same characters."""


class Hit(NamedTuple):
    """Characters `start`..`end` of a turn are an `entity`; `value` is what they say, normalised.

    `recognizer` and `why` say who found it and by which rule or cue; they never hold words of the call.
    """

    entity: str
    start: int
    end: int
    score: float
    value: str
    recognizer: str = ""
    why: str = ""

    def moved(self, by: int) -> Hit:
        """The hit so many characters further on."""
        return self._replace(start=self.start + by, end=self.end + by)


def folded(value: str) -> str:
    """What makes two values the same: letters with their combining marks, and digits; not case, space, punctuation or
    invisible characters."""
    plain = unicodedata.normalize("NFKC", value).casefold()
    return "".join(character for character in plain if unicodedata.category(character)[0] in "LNM")


def markers_in(text: str) -> list[tuple[str, int, int, int]]:
    """Markers that stand in a text already: (entity, number, start, end)."""
    return [(match[1].lower(), int(match[2]), match.start(), match.end()) for match in _MARKER.finditer(text)]


def resolve(text: str, hits: Iterable[Hit], settled: Iterable[tuple[int, int]] = ()) -> list[Hit]:
    """The hits that stand, by position. The surer one wins, then the longer; what it leaves of another still stands.

    `settled`: stretches, apart from each other and from markers, that are replacements already.
    """
    taken = sorted([*((start, end) for _, _, start, end in markers_in(text)), *settled])
    standing: list[Hit] = []
    for hit in sorted(hits, key=_rank):
        for start, end in _free(hit.start, hit.end, taken):
            kept = _trimmed(text, start, end)
            if kept:
                standing.append(hit if kept == (hit.start, hit.end) else _part(text, hit, kept))
                insort(taken, kept)
    return sorted(standing, key=lambda hit: hit.start)


def _part(text: str, hit: Hit, kept: tuple[int, int]) -> Hit:
    """What is kept of a hit; its value is that of the whole where only its edges are gone."""
    value = hit.value if kept == _trimmed(text, hit.start, hit.end) else text[slice(*kept)]
    return hit._replace(start=kept[0], end=kept[1], value=value)


def _rank(hit: Hit) -> tuple[bool, float, int, bool, float, int]:
    """Sureness in steps of a tenth, so that a find inside a longer one does not win by a hair. A number sequence is by
    definition what nothing else claims."""
    last = hit.entity == "number_sequence"
    return last, -round(hit.score, 1), hit.start - hit.end, hit.entity in _BROAD, -hit.score, hit.start


def _free(start: int, end: int, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The stretches of start..end that nothing has taken; `taken` is sorted and does not overlap itself."""
    free = []
    for index in range(max(bisect_left(taken, (start, start)) - 1, 0), len(taken)):
        taken_start, taken_end = taken[index]
        if taken_start >= end:
            break
        if taken_start > start:
            free.append((start, taken_start))
        start = max(start, taken_end)
    return [*free, (start, end)] if start < end else free


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """start..end without space and punctuation at its edges; None if nothing to hide is left."""
    while start < end and text[start] in _EDGE:
        start += 1
    while end > start and text[end - 1] in _EDGE:
        end -= 1
    return (start, end) if any(character.isalnum() for character in text[start:end]) else None
