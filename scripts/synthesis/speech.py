"""What a synthesizer gives: samples, and when each word and each phone is said."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Literal

import av
import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000


class MissingSynthesizerError(Exception):
    """A synthesizer or one of its voices is not installed; its only argument is what was looked for."""

    def __str__(self) -> str:
        return f"{self.args[0]} is missing. Install the synthesizers: bash scripts/install-synthesizers"


@dataclass(frozen=True, slots=True)
class Voice:
    """`name`: an espeak-ng voice ("gmw/en-US+f2"), a flite voice ("slt") or a festival voice ("kal_diphone").

    `tempo` 1.0 is the voice's own pace; `pitch` 0-99 is espeak-ng's, the others ignore it.
    """

    synthesizer: Literal["espeak-ng", "flite", "festival"]
    name: str
    tempo: float = 1.0
    pitch: int = 50


@dataclass(frozen=True, slots=True)
class SpokenWord:
    text: str
    start_s: float
    end_s: float

    def shifted(self, by_s: float) -> SpokenWord:
        return SpokenWord(self.text, self.start_s + by_s, self.end_s + by_s)


@dataclass(frozen=True, slots=True)
class SpokenPhone:
    """`name` in espeak-ng's mnemonics ("A:", "tS"); "" is a pause."""

    name: str
    start_s: float

    def shifted(self, by_s: float) -> SpokenPhone:
        return SpokenPhone(self.name, self.start_s + by_s)


@dataclass(frozen=True, slots=True)
class Speech:
    """`samples`: 16 kHz mono in [-1, 1], shape (samples,), without silence at either end."""

    samples: NDArray[np.float32]
    words: tuple[SpokenWord, ...]
    phones: tuple[SpokenPhone, ...]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE


def load(name: str) -> ctypes.CDLL:
    """The shared library `name`; raises MissingSynthesizerError."""
    try:
        return ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        raise MissingSynthesizerError(name) from error


def resampled(samples: NDArray[np.float32], sample_rate: int, wanted_rate: int) -> NDArray[np.float32]:
    """One channel at another sample rate, shape (samples,)."""
    frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="flt", layout="mono")
    frame.sample_rate = sample_rate
    resampler = av.AudioResampler(format="flt", layout="mono", rate=wanted_rate)
    return np.concatenate([block.to_ndarray()[0] for block in (*resampler.resample(frame), *resampler.resample(None))])


def at_16_khz(samples: NDArray[np.int16], sample_rate: int) -> NDArray[np.float32]:
    """int16 samples at any rate as floats at SAMPLE_RATE."""
    return resampled(samples.astype(np.float32) / np.float32(32768), sample_rate, SAMPLE_RATE)


def trimmed(samples: NDArray[np.float32], words: list[SpokenWord], phones: list[SpokenPhone]) -> Speech:
    """Without the silence around the first and the last word."""
    start_s = max(words[0].start_s, 0.0)
    end_s = min(words[-1].end_s, len(samples) / SAMPLE_RATE)
    kept = samples[round(start_s * SAMPLE_RATE) : round(end_s * SAMPLE_RATE)]
    return Speech(
        kept,
        tuple(word.shifted(-start_s) for word in words),
        tuple(phone.shifted(-start_s) for phone in phones if phone.start_s < end_s),
    )
