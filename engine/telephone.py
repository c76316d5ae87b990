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

Samples = NDArray[np.int16] | NDArray[np.float32]

_BETA = 9.0
_BLOCK = 2 * REACH_SAMPLES  # the taps, and as many new samples at once
_STEPS = np.float32(32768.0)


def doubled(samples: Samples) -> NDArray[np.float32]:
    """8 kHz (channels, samples) to 16 kHz: float32 (channels, 2 × samples) in [-1, 1)."""
    channels, length = samples.shape
    blocks = -(-length // _BLOCK)
    known = np.zeros((channels, (blocks + 1) * _BLOCK), np.float32)
    known[:, REACH_SAMPLES - 1 :][:, :length] = as_float(samples)
    known = known.reshape(channels, blocks + 1, _BLOCK)
    made = known[:, :-1] @ banded()[:_BLOCK] + known[:, 1:] @ banded()[_BLOCK:]
    new = made.reshape(channels, blocks * _BLOCK)[:, :length]
    wide = np.empty((channels, 2 * length), np.float32)
    wide[:, ::2] = as_float(samples)
    wide[:, 1::2] = np.rint(new * _STEPS).clip(-_STEPS, _STEPS - 1) / _STEPS
    return wide


def as_float(samples: Samples) -> NDArray[np.float32]:
    """int16 as float32 in [-1, 1); float32 as it is."""
    if samples.dtype == np.int16:
        return samples.astype(np.float32) / _STEPS
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
