"""From speech probabilities to regions, and from regions to windows of the model's length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.config_types import VadConfig
from engine.types import Span, SpeechRegion, Window
from engine.vad.silero import FRAME_S

_HYSTERESIS = 0.15  # Silero's own: speech ends below threshold - 0.15
_Run = tuple[int, int]


def speech_regions(
    probabilities: NDArray[np.float32], duration_s: float, config: VadConfig, max_region_s: float
) -> tuple[SpeechRegion, ...]:
    """Regions of every channel, sorted by start; none longer than `max_region_s`, none outside the call.

    probabilities: (channels, frames), one per 32 ms.
    """
    regions = [
        SpeechRegion(channel, start_s, end_s)
        for channel, row in enumerate(probabilities)
        for start_s, end_s in _channel_regions(row, duration_s, config, max_region_s)
    ]
    return tuple(sorted(regions, key=lambda region: (region.start_s, region.channel)))


def _channel_regions(
    row: NDArray[np.float32], duration_s: float, config: VadConfig, max_region_s: float
) -> Iterable[tuple[float, float]]:
    runs = _runs(_hysteresis(row, config.threshold))
    runs = _bridged(runs, round(config.min_silence_ms / 1000 / FRAME_S))
    runs = [run for run in runs if (run[1] - run[0]) * FRAME_S * 1000 >= config.min_speech_ms]
    padded = _padded(runs, config.speech_pad_ms / 1000, duration_s)
    for start_s, end_s in padded:
        yield from _split(row, start_s, end_s, max_region_s)


def _hysteresis(row: NDArray[np.float32], threshold: float) -> NDArray[np.bool_]:
    """Speech starts at `threshold` and goes on until the probability falls below threshold - 0.15."""
    marks = np.where(row >= threshold, 1, np.where(row < max(threshold - _HYSTERESIS, 0.01), 0, -1))
    decided = np.where(marks >= 0, np.arange(len(marks)), 0)
    latest = np.maximum.accumulate(decided) if len(decided) else decided
    return np.asarray(marks[latest] == 1)


def _runs(speech: NDArray[np.bool_]) -> list[_Run]:
    """First and one-past-last frame of every stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], speech.astype(np.int8), [0]])))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _bridged(runs: Sequence[_Run], min_silence_frames: int) -> list[_Run]:
    """Join runs with less silence between them than the minimum."""
    joined: list[_Run] = []
    for start, stop in runs:
        if joined and start - joined[-1][1] < min_silence_frames:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return joined


def _padded(runs: Sequence[_Run], pad_s: float, duration_s: float) -> list[tuple[float, float]]:
    """Widen each run, at most to the middle of the silence between two, and clip it to the call."""
    bounds: list[tuple[float, float]] = []
    for i, (start, stop) in enumerate(runs):
        before = runs[i - 1][1] * FRAME_S if i else -np.inf
        after = runs[i + 1][0] * FRAME_S if i + 1 < len(runs) else np.inf
        start_s, end_s = start * FRAME_S, stop * FRAME_S
        first = max(start_s - pad_s, (before + start_s) / 2, 0.0)
        last = min(end_s + pad_s, (end_s + after) / 2, duration_s)
        if last > first:
            bounds.append((float(first), float(last)))
    return bounds


def _split(row: NDArray[np.float32], start_s: float, end_s: float, max_s: float) -> Iterable[tuple[float, float]]:
    """Cut a region that exceeds `max_s` at the least speech-like frame of the second half of each piece."""
    while end_s - start_s > max_s:
        first, last = int((start_s + max_s / 2) / FRAME_S) + 1, int((start_s + max_s) / FRAME_S)
        cut_s = (first + int(np.argmin(row[first:last]))) * FRAME_S if last > first else start_s + max_s
        yield start_s, cut_s
        start_s = cut_s
    yield start_s, end_s


def pack(regions: Sequence[SpeechRegion], max_window_s: float, max_gap_s: float) -> tuple[Window, ...]:
    """Regions of each channel, in order, into windows of at most `max_window_s`; a region is never cut here.

    A gap up to `max_gap_s` stays in the window as it is (natural pauses help the recognizer); of a longer one nothing
    is kept, and `Window.call_time` maps across it.
    """
    windows: list[Window] = []
    for channel in sorted({region.channel for region in regions}):
        pieces: list[Span] = []
        for region in (region for region in regions if region.channel == channel):
            joined = _joined(pieces, region, max_gap_s)
            if pieces and sum(piece.duration_s for piece in joined) > max_window_s:
                windows.append(Window(channel, tuple(pieces)))
                joined = [Span(region.start_s, region.end_s)]
            pieces = joined
        windows.append(Window(channel, tuple(pieces)))
    return tuple(sorted(windows, key=lambda window: (window.start_s, window.channel)))


def _joined(pieces: Sequence[Span], region: SpeechRegion, max_gap_s: float) -> list[Span]:
    """`pieces` and the region behind them, its gap kept where it is short."""
    if pieces and region.start_s - pieces[-1].end_s <= max_gap_s:
        return [*pieces[:-1], Span(pieces[-1].start_s, region.end_s)]
    return [*pieces, Span(region.start_s, region.end_s)]
