"""What every backend's turns go through before they leave the stage."""

from __future__ import annotations

import dataclasses
import heapq
import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence

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


def alone(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """What of `spans` is not during one of `others`; both in order and disjoint."""
    starts, ends = [other.start_s for other in others], [other.end_s for other in others]
    left: list[Span] = []
    for span in spans:
        from_s = span.start_s
        for other in others[bisect_right(ends, span.start_s) : bisect_left(starts, span.end_s)]:
            if other.start_s > from_s:
                left.append(Span(from_s, other.start_s))
            from_s = other.end_s
        if from_s < span.end_s:
            left.append(Span(from_s, span.end_s))
    return left


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
    whole = dataclasses.replace(last, end_s=piece.end_s) if last else None
    if last and last.end_s == piece.start_s and whole == dataclasses.replace(piece, start_s=last.start_s):
        pieces[-1] = whole
    else:
        pieces.append(piece)


def with_others(exclusive: Iterable[Turn], spoken: Iterable[Turn]) -> list[Turn]:
    """Exclusive turns, cut where somebody else starts or ends to speak, with who that is; `spoken` may overlap."""
    ordered = sorted(spoken, key=lambda turn: turn.start_s)
    starts = [turn.start_s for turn in ordered]
    reach = list(itertools.accumulate((turn.end_s for turn in ordered), max))
    pieces: list[Turn] = []
    for turn in exclusive:
        near = ordered[bisect_right(reach, turn.start_s) : bisect_left(starts, turn.end_s)]
        beside = [other for other in near if other.speaker != turn.speaker and other.end_s > turn.start_s]
        times = {turn.start_s, turn.end_s, *(time for other in beside for time in (other.start_s, other.end_s))}
        inside = sorted(time for time in times if turn.start_s <= time <= turn.end_s)
        for start_s, end_s in itertools.pairwise(inside):
            others = {other.speaker for other in beside if other.start_s < end_s and other.end_s > start_s}
            pieces.append(dataclasses.replace(turn, start_s=start_s, end_s=end_s, others=tuple(sorted(others))))
    return pieces


def numbered(turns: Sequence[Turn], known: frozenset[str] = frozenset()) -> tuple[Turn, ...]:
    """The turns by start time, their speakers renamed "S1", "S2" … in order of first speech, but for `known` names."""
    ordered = sorted(turns, key=lambda turn: (turn.start_s, turn.channel or 0))
    # Those who never have the floor come last.
    heard = dict.fromkeys([*(turn.speaker for turn in ordered), *(name for turn in ordered for name in turn.others)])
    ids = {name: name if name in known else f"S{number}" for number, name in enumerate(heard, 1)}
    return tuple(
        dataclasses.replace(turn, speaker=ids[turn.speaker], others=tuple(ids[other] for other in turn.others))
        for turn in ordered
    )


def renamed(turns: Sequence[Turn], names: Mapping[str, str]) -> list[Turn]:
    """With the names that some speakers have."""
    return [dataclasses.replace(turn, speaker=names.get(turn.speaker, turn.speaker)) for turn in turns]
