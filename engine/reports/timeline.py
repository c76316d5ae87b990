"""The picture of a call: who speaks when, where it is silent, what is redacted, who cuts in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.analysis_types import Sentiment
from engine.result_types import CallResult, ResultUtterance

MIN_SILENCE_S = 2.0
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_MAX_TICKS = 9
_MIN_WIDTH = 0.15
"""Percent: what is shorter stays visible in a call of hours."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of the time axis, in percent of the call."""

    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Lane:
    """One speaker: speech, redacted stretches, and where the speaker starts inside another's utterance."""

    speaker: str
    speech: tuple[Bar, ...]
    redacted: tuple[Bar, ...]
    cuts_in: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """`silences`: where nobody speaks for MIN_SILENCE_S or more. `moods`: what is not neutral. `ticks`: seconds."""

    duration_s: float
    lanes: tuple[Lane, ...]
    silences: tuple[Bar, ...]
    moods: tuple[tuple[Bar, Sentiment], ...]
    ticks: tuple[int, ...]

    def percent(self, seconds: float) -> float:
        return round(min(max(seconds / self.duration_s, 0.0), 1.0) * 100, 3)


def lay_out(result: CallResult) -> Timeline | None:
    """The timeline of a call; None where there is nothing to draw (no speech, or a chat, which has no times)."""
    timed = [each for each in result.utterances if each.start_s is not None and each.end_s is not None]
    duration_s = max([result.source.duration_s, *(each.end_s or 0.0 for each in timed)])
    if not timed or duration_s <= 0:
        return None
    order = dict.fromkeys([*(speaker.id for speaker in result.speakers), *(each.speaker for each in timed)])
    return Timeline(
        duration_s,
        lanes=tuple(_lane(speaker, timed, result, duration_s) for speaker in order),
        silences=_bars(_silences(timed, duration_s), duration_s),
        moods=_moods(timed, duration_s),
        ticks=_ticks(duration_s),
    )


def _lane(speaker: str, timed: Sequence[ResultUtterance], result: CallResult, duration_s: float) -> Lane:
    own = {each.index for each in timed if each.speaker == speaker}
    redacted = (each for each in result.redactions if each.utterance in own)
    return Lane(
        speaker,
        speech=_bars(((each.start_s, each.end_s) for each in timed if each.index in own), duration_s),
        redacted=_bars(((each.start_s, each.end_s) for each in redacted), duration_s),
        cuts_in=_bars(((each.start_s, each.start_s) for each in _cutting_in(timed, speaker)), duration_s),
    )


def _moods(timed: Sequence[ResultUtterance], duration_s: float) -> tuple[tuple[Bar, Sentiment], ...]:
    felt = [(each, each.sentiment) for each in timed if each.sentiment not in (None, "neutral")]
    bars = _bars(((each.start_s, each.end_s) for each, _ in felt), duration_s)
    return tuple((bar, sentiment) for bar, (_, sentiment) in zip(bars, felt, strict=True) if sentiment)


def _bars(stretches: Iterable[tuple[float | None, float | None]], duration_s: float) -> tuple[Bar, ...]:
    scale = 100 / duration_s
    return tuple(
        Bar(round(start_s * scale, 3), round(max((end_s - start_s) * scale, _MIN_WIDTH), 3))
        for start_s, end_s in stretches
        if start_s is not None and end_s is not None
    )


def _cutting_in(timed: Sequence[ResultUtterance], speaker: str) -> list[ResultUtterance]:
    """The utterances of `speaker` that start inside one of somebody else."""
    longest: dict[str, float] = {}  # of each speaker: the latest end so far
    found = []
    for each in sorted(timed, key=lambda item: (item.start_s or 0.0, item.index)):
        others = (end for other, end in longest.items() if other != each.speaker)
        if each.speaker == speaker and any(end > (each.start_s or 0.0) for end in others):
            found.append(each)
        longest[each.speaker] = max(longest.get(each.speaker, 0.0), each.end_s or 0.0)
    return found


def _silences(timed: Sequence[ResultUtterance], duration_s: float) -> list[tuple[float, float]]:
    edges = sorted((each.start_s or 0.0, each.end_s or 0.0) for each in timed)
    silences, heard_s = [], 0.0
    for start_s, end_s in [*edges, (duration_s, duration_s)]:
        if start_s - heard_s >= MIN_SILENCE_S:
            silences.append((heard_s, start_s))
        heard_s = max(heard_s, end_s)
    return silences


def _ticks(duration_s: float) -> tuple[int, ...]:
    step = next((step for step in _STEPS_S if duration_s / step <= _MAX_TICKS), math.ceil(duration_s / _MAX_TICKS))
    return tuple(range(0, math.floor(duration_s) + 1, step))
