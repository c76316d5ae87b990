"""Is a recording with several channels really mono? Measured while it is decoded."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Likeness = Literal["distinct", "alike", "equal"]
"""equal: the same samples; alike: the same recording but for coding noise or gain; distinct: anything else."""

_ALIKE = 10 ** (-30 / 10)
"""Difference over sum, as energies of the whole recording. Mono coded as stereo measures -33 dB (AAC without joint
stereo), -36 dB (MP2), below -50 dB (others); a gain 0.5 dB off, -31 dB. Speech in one channel only is near 0 dB."""
_DISTINCT_BLOCK = 10 ** (-15 / 10)
_INAUDIBLE = 33.0**2
"""A block (about a second) settles it alone: a difference this close to the sum, and above -60 dB of full scale.
So a word on one channel is not lost after an hour of music on both."""


class ChannelComparison:
    """Running energies of each channel's difference from the first, and of their sum."""

    def __init__(self) -> None:
        self._difference: float | NDArray[np.float64] = 0.0
        self._sum: float | NDArray[np.float64] = 0.0
        self._distinct = False

    def add(self, block: NDArray[np.int16]) -> None:
        """The next block, shape (channels, samples)."""
        if self._distinct or len(block) < 2:
            return
        samples = block.astype(np.float32)
        difference, total = _energies(samples[1:] - samples[0]), _energies(samples[1:] + samples[0])
        audible = difference > _INAUDIBLE * block.shape[1]
        self._distinct = bool((audible & (difference > _DISTINCT_BLOCK * total)).any())
        self._difference += difference
        self._sum += total

    @property
    def likeness(self) -> Likeness:
        if self._distinct or np.any(self._difference > _ALIKE * self._sum):
            return "distinct"
        return "alike" if np.any(self._difference) else "equal"


def _energies(channels: NDArray[np.float32]) -> NDArray[np.float64]:
    energies: NDArray[np.float64] = np.einsum("ij,ij->i", channels, channels).astype(np.float64)
    return energies
