"""Samples that are decoded already: NumPy arrays and soundfile objects as tracks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.audio.limits import check_channels, check_rate
from engine.audio.track import TrackInfo
from engine.errors import InputError, InvalidSamplesError, NotAudioError

if TYPE_CHECKING:
    import soundfile
    from av.audio.frame import AudioFrame

Samples = NDArray[Any]

_FRAME_FORMATS = {"uint8": "u8", "int16": "s16", "int32": "s32", "float32": "flt", "float64": "dbl"}
_FULL_SCALE_PEAK = 100.0
"""Float samples are within -1..1, give or take headroom; 40 dB over it they are integers in disguise."""


class ArrayTrack:
    """Samples of shape (samples,) or (samples, channels) at `sample_rate` Hz.

    Raises InvalidSamplesError on another shape, type or rate, NotAudioError on no samples.
    """

    damage = None

    def __init__(self, samples: Samples, sample_rate: object) -> None:
        self._samples = checked_samples(samples)
        self.info = TrackInfo("array", self._samples.dtype.name, self._samples.shape[1], checked_rate(sample_rate))

    def frames(self) -> Iterator[AudioFrame]:
        for start in range(0, len(self._samples), self.info.sample_rate):
            yield frame_of(self._samples[start : start + self.info.sample_rate], self.info.sample_rate)


class SoundFileTrack:
    """An open `soundfile.SoundFile`, read from its first frame."""

    damage = None

    def __init__(self, file: soundfile.SoundFile) -> None:
        self._file = file
        check_channels(file.channels)
        self.info = TrackInfo(file.format.lower(), file.subtype.lower(), file.channels, checked_rate(file.samplerate))

    def frames(self) -> Iterator[AudioFrame]:
        for block in sound_blocks(self._file):
            yield frame_of(block, self.info.sample_rate)


def sound_blocks(file: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
    """All samples of a soundfile object in blocks of a second, float32 of shape (samples, channels); then rewound.

    Raises InputError where the object is closed, open for writing or not seekable.
    """
    import soundfile

    try:
        file.seek(0)
        while len(block := file.read(file.samplerate, dtype="float32", always_2d=True)):
            yield block
        file.seek(0)
    except soundfile.SoundFileError as error:
        raise InputError(
            "the soundfile object cannot be read",
            received=str(error),
            expected="one that is open for reading and seekable",
            remedy="pass the path instead",
        ) from error


def checked_rate(value: object) -> int:
    """A sample rate as an integer; 16000.0 and NumPy integers are fine."""
    if not isinstance(value, int | float | np.integer | np.floating) or not float(value).is_integer():
        raise InvalidSamplesError(
            "unusable sample rate", received=repr(value), expected="a whole number of Hz, as (samples, sample_rate)"
        )
    check_rate(int(value))
    return int(value)


def frame_of(block: Samples, sample_rate: int) -> AudioFrame:
    """Samples of shape (samples, channels) as one packed frame."""
    from av.audio.frame import AudioFrame

    if block.dtype.kind == "f":
        _check_scale(block)
    packed = np.ascontiguousarray(block).reshape(1, -1)
    frame = AudioFrame.from_ndarray(packed, _FRAME_FORMATS[block.dtype.name], _layout(block.shape[1]))
    frame.sample_rate = sample_rate
    return frame


def _layout(channels: int) -> str:
    return {1: "mono", 2: "stereo"}.get(channels, f"{channels} channels")


def checked_samples(samples: Samples) -> Samples:
    """Shape (samples, channels), in native byte order and in a type that FFmpeg knows."""
    if samples.ndim not in (1, 2):
        raise InvalidSamplesError(
            "unusable array", received=f"shape {samples.shape}", expected="shape (samples,) or (samples, channels)"
        )
    if samples.size == 0:
        raise NotAudioError("the array is empty", received=f"shape {samples.shape}", expected="at least one sample")
    if samples.ndim == 2 and samples.shape[1] > samples.shape[0]:
        raise InvalidSamplesError(
            "more channels than samples",
            received=f"shape {samples.shape}",
            expected="shape (samples, channels)",
            remedy="pass the transposed array",
        )
    dtype = np.dtype(np.float32) if samples.dtype == np.float16 else samples.dtype.newbyteorder("=")
    if dtype.name not in _FRAME_FORMATS:
        raise InvalidSamplesError(
            "unusable sample type", received=samples.dtype.name, expected=f"one of {', '.join(_FRAME_FORMATS)}"
        )
    columns = samples.reshape(len(samples), -1)
    check_channels(columns.shape[1])
    return columns.astype(dtype, copy=False)


def _check_scale(block: Samples) -> None:
    peak = float(np.abs(block).max())
    if _FULL_SCALE_PEAK < peak < np.inf:
        raise InvalidSamplesError(
            "float samples beyond full scale",
            received=f"a peak of {peak:.0f}",
            expected="samples in -1..1",
            remedy="divide by 32768, or pass integers as an integer type",
        )
