"""Cross-talk between channels: the far speaker heard faintly on the near speaker's channel.

A region of one channel is leakage where another channel speaks at the same time, much louder, and the faint signal is
the loud one again: their short-time levels rise and fall together.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.types import SAMPLE_RATE, Audio, SpeechRegion

_HOP_S = 0.02
_MIN_CORRELATION = 0.6
_MIN_COVERED = 0.8


def without_leakage(audio: Audio, regions: Sequence[SpeechRegion], min_difference_db: float) -> list[SpeechRegion]:
    """`regions` less those that are another channel's speech at least `min_difference_db` weaker."""
    channels = sorted({region.channel for region in regions})
    if len(channels) < 2:
        return list(regions)
    speech = {channel: [region for region in regions if region.channel == channel] for channel in channels}
    return [region for region in regions if not _leaked(audio, region, speech, min_difference_db)]


def _leaked(
    audio: Audio, region: SpeechRegion, speech: Mapping[int, Sequence[SpeechRegion]], min_difference_db: float
) -> bool:
    for channel in speech.keys() - {region.channel}:
        if _covered(region, speech[channel]) < _MIN_COVERED:
            continue
        near = _levels_db(audio, region.channel, region)
        far = _levels_db(audio, channel, region)
        if _mean_level(far) - _mean_level(near) >= min_difference_db and _correlation(near, far) >= _MIN_CORRELATION:
            return True
    return False


def _covered(region: SpeechRegion, others: Sequence[SpeechRegion]) -> float:
    """Share of the region during which one of the others (sorted, disjoint) speaks."""
    first = bisect.bisect_right(others, region.start_s, key=lambda other: other.end_s)
    overlap_s = 0.0
    for other in itertools.takewhile(lambda other: other.start_s < region.end_s, itertools.islice(others, first, None)):
        overlap_s += min(region.end_s, other.end_s) - max(region.start_s, other.start_s)
    return overlap_s / (region.end_s - region.start_s)


def _levels_db(audio: Audio, channel: int, region: SpeechRegion) -> NDArray[np.float64]:
    """Level of every 20 ms in dB, shape (frames,)."""
    samples = audio.read(channel, region.start_s, region.end_s).astype(np.float64)
    hop = round(_HOP_S * SAMPLE_RATE)
    frames = samples[: len(samples) // hop * hop].reshape(-1, hop)
    return np.asarray(10 * np.log10(np.mean(frames**2, axis=1) + 1e-10))


def _mean_level(levels_db: NDArray[np.float64]) -> float:
    return float(10 * np.log10(np.mean(10 ** (levels_db / 10)))) if len(levels_db) else -100.0


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    if len(a) < 3 or a.std() < 1e-6 or b.std() < 1e-6:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])
