"""What every backend's turns go through before they leave the stage."""

from __future__ import annotations

import dataclasses
import heapq
import itertools
from collections.abc import Iterable, Sequence

from engine.types import Span, SpeechRegion, Turn


def speech_spans(regions: Iterable[SpeechRegion], channel: int, duration_s: float) -> list[Span]:
    """The speech of one channel: in order, clipped to the call, overlapping regions joined."""
    spans: list[Span] = []
    for region in sorted((r for r in regions if r.channel == channel), key=lambda r: (r.start_s, r.end_s)):
        start_s, end_s = max(region.start_s, 0.0), min(region.end_s, duration_s)
        if end_s <= start_s:
            continue
        if spans and start_s <= spans[-1].end_s:
            start_s, end_s = spans[-1].start_s, max(end_s, spans.pop().end_s)
        spans.append(Span(start_s, end_s))
    return spans


def exclusive(turns: Iterable[Turn], duration_s: float) -> list[Turn]:
    """One channel's turns clipped to the call and without overlap: whoever spoke up last has the floor."""
    clipped = [
        dataclasses.replace(turn, start_s=max(turn.start_s, 0.0), end_s=min(turn.end_s, duration_s)) for turn in turns
    ]
    opening = sorted((turn for turn in clipped if turn.end_s > turn.start_s), key=lambda turn: turn.start_s)
    borders = sorted({time for turn in opening for time in (turn.start_s, turn.end_s)})
    floor: list[tuple[float, int]] = []
    pieces: list[Turn] = []
    opened = 0
    for start_s, end_s in itertools.pairwise(borders):
        while opened < len(opening) and opening[opened].start_s <= start_s:
            heapq.heappush(floor, (-opening[opened].start_s, -opened))
            opened += 1
        while floor and opening[-floor[0][1]].end_s <= start_s:
            heapq.heappop(floor)
        if floor:
            _extend(pieces, dataclasses.replace(opening[-floor[0][1]], start_s=start_s, end_s=end_s))
    return pieces


def _extend(pieces: list[Turn], piece: Turn) -> None:
    """Append `piece`, joined to the last one where it only carries on."""
    last = pieces[-1] if pieces else None
    if last and (last.speaker, last.channel, last.end_s) == (piece.speaker, piece.channel, piece.start_s):
        pieces[-1] = dataclasses.replace(last, end_s=piece.end_s)
    else:
        pieces.append(piece)


def numbered(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns by start time, their speakers renamed "S1", "S2" … in order of first speech."""
    ordered = sorted(turns, key=lambda turn: (turn.start_s, turn.channel or 0))
    ids: dict[str, str] = {}
    for turn in ordered:
        ids.setdefault(turn.speaker, f"S{len(ids) + 1}")
    return tuple(dataclasses.replace(turn, speaker=ids[turn.speaker]) for turn in ordered)
