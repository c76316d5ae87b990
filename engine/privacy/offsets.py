"""A rewritten text that knows, for every character of it, which characters of the source it stands for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple


class Edit(NamedTuple):
    """Source characters `start`..`end` read as `text` (empty: left out)."""

    start: int
    end: int
    text: str


class Piece(NamedTuple):
    """Where characters from `start` of the normalised text come from.

    A verbatim piece maps character by character; an edited one stands for `source_start`..`source_end` as a whole.
    """

    start: int
    source_start: int
    source_end: int
    verbatim: bool


@dataclass(frozen=True, slots=True)
class NormalizedText:
    """`text` is `source` with edits applied; `pieces` tile `text`, left to right."""

    source: str
    text: str
    pieces: tuple[Piece, ...]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The source characters behind `text[start:end]`; edited pieces count whole. Raises ValueError if empty."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"span {start}..{end} is empty or outside 0..{len(self.text)}")
        first, last = self._piece_at(start), self._piece_at(end - 1)
        source_start = first.source_start + (start - first.start if first.verbatim else 0)
        source_end = last.source_start + end - last.start if last.verbatim else last.source_end
        return source_start, source_end

    def _piece_at(self, position: int) -> Piece:
        return self.pieces[bisect_right(self.pieces, position, key=lambda piece: piece.start) - 1]


def apply_edits(source: str, edits: Iterable[Edit]) -> NormalizedText:
    """`source` with non-overlapping `edits`, in any order."""
    parts: list[str] = []
    pieces: list[Piece] = []
    length = 0
    for start, end, text, verbatim in _tiles(source, sorted(edits)):
        if text:
            pieces.append(Piece(length, start, end, verbatim))
            parts.append(text)
            length += len(text)
    return NormalizedText(source, "".join(parts), tuple(pieces))


def _tiles(source: str, edits: list[Edit]) -> Iterator[tuple[int, int, str, bool]]:
    """The source cut into kept and edited stretches: (start, end, text, verbatim)."""
    position = 0
    for edit in edits:
        if edit.start < position:
            raise ValueError(f"edit {edit.start}..{edit.end} overlaps the one before")
        yield position, edit.start, source[position : edit.start], True
        yield edit.start, edit.end, edit.text, False
        position = edit.end
    yield position, len(source), source[position:], True
