"""Telephone audio: recorded at 8 kHz, heard by the models at 16 kHz.

Every sample stays, and one is put behind each: what FFmpeg's resampler gives at its defaults (libswresample: 32 taps of
a sinc under a Kaiser window of beta 9; at twice the rate its other phase is the identity), but that FFmpeg mirrors the
samples at the ends, where here is silence. The new ones are rounded to 16 bits as well: above 4 kHz a call has nothing
but that noise, and Silero's probabilities move by 0.1 where it is missing. The kernels have the same for a device.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

TELEPHONE_RATE = 8_000
REACH_SAMPLES = 16
"""A new sample is made of so many on either side."""

_BETA = 9.0
_BLOCK = 2 * REACH_SAMPLES  # the taps, and as many new samples at once
_AT_ONCE = 512 * _BLOCK  # 2 s: what is made of them on the way stays in cache


def doubled(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """8 kHz (channels, samples) to 16 kHz (channels, 2 × samples)."""
    channels, length = samples.shape
    pairs = np.empty((channels, length, 2), np.int16)
    pairs[..., 0] = samples
    for first in range(0, length, _AT_ONCE):
        last = min(first + _AT_ONCE, length)
        pairs[:, first:last, 1] = _between(samples, first, last)
    return pairs.reshape(channels, 2 * length)


def _between(samples: NDArray[np.int16], first: int, last: int) -> NDArray[np.float32]:
    """The new samples behind those from `first` to `last`, whole numbers."""
    channels, blocks = len(samples), -(-(last - first) // _BLOCK)
    known = np.zeros((channels, (blocks + 1) * _BLOCK), np.float32)
    begin = first - REACH_SAMPLES + 1
    around = samples[:, max(begin, 0) : last + REACH_SAMPLES]
    known[:, max(-begin, 0) :][:, : around.shape[1]] = around
    halves = known.reshape(channels, blocks + 1, _BLOCK)
    made = halves[:, :-1] @ banded()[:_BLOCK]
    made += halves[:, 1:] @ banded()[_BLOCK:]
    np.rint(made, out=made).clip(-32768, 32767, out=made)
    return made.reshape(channels, blocks * _BLOCK)[:, : last - first]


def as_float(samples: NDArray[np.int16] | NDArray[np.float32]) -> NDArray[np.float32]:
    """int16 as float32 in [-1, 1); float32 as it is."""
    if samples.dtype == np.int16:
        return samples.astype(np.float32) / np.float32(32768.0)
    return np.asarray(samples, np.float32)


@cache
def banded() -> NDArray[np.float32]:
    """(64, 32): two blocks of samples to the 32 new ones of which the first lies half-way between rows 15 and 16. Each
    column holds the taps, a row below those of the column before. FFmpeg scales them to a peak of one, not to a sum."""
    place = np.arange(_BLOCK) - REACH_SAMPLES + 0.5
    taps = np.sinc(place) * np.i0(_BETA * np.sqrt(1 - (place / REACH_SAMPLES) ** 2)) / np.i0(_BETA)
    columns = np.zeros((2 * _BLOCK, _BLOCK), np.float32)
    for new in range(_BLOCK):
        columns[new : new + _BLOCK, new] = taps
    return columns
