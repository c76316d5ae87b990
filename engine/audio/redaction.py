"""A copy of a recording at its own rate, in which a beep or silence covers what must not be heard."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.audio.files import AudioFormat, AudioWriter
from engine.audio.limits import Limits
from engine.audio.resample import resampled
from engine.audio.source import Source, opened
from engine.config_types import AudioConfig
from engine.errors import InputError, SourceChangedError
from engine.files import replacing
from engine.types import Audio, Span

Sound = Literal["beep", "silence"]
Samples = NDArray[np.int16]

BEEP_HZ = 1000.0
BEEP_LEVEL = 0.1
"""Peak, of full scale: as loud as speech on a telephone line, no louder."""
_RAMP_S = 0.005
_ECHO_S = 0.5
"""How much later than it is spoken a word may come back on another channel of a telephone call."""
_CARRIES = 0.1
"""Correlation from which on a channel counts as carrying another's speech. Two people who talk at once reach it now and
then, and are then both covered: too much rather than too little."""
_COMPARED_S = 20.0


@dataclass(frozen=True, slots=True)
class Cover:
    """Call time that is not to be heard on `channels`; None: on all."""

    span: Span
    channels: frozenset[int] | None = None


def covers(audio: Audio, spoken: Iterable[tuple[Span, int | None]]) -> list[Cover]:
    """What to cover for words spoken at a time on a channel (None: not known): that channel and every other that
    carries them too, as an echo or a leak. Channels that the decoder folded into one are covered together."""
    if audio.n_channels == 1:
        return [Cover(span) for span, _ in spoken]
    return [Cover(span, None if channel is None else _carriers(audio, span, channel)) for span, channel in spoken]


def _carriers(audio: Audio, span: Span, spoken_on: int) -> frozenset[int]:
    others = set(range(audio.n_channels)) - {spoken_on}
    return frozenset({spoken_on} | {channel for channel in others if _carries(audio, span, spoken_on, channel)})


def _carries(audio: Audio, span: Span, spoken_on: int, other: int) -> bool:
    """Whether speech on one channel is heard on another, up to `_ECHO_S` later."""
    starts = np.arange(span.start_s, max(span.end_s, span.start_s + 0.1), _COMPARED_S)
    for start_s in starts:
        end_s = min(start_s + _COMPARED_S, span.end_s)
        said = audio.read(spoken_on, max(start_s, 0.0), end_s)
        heard = audio.read(other, max(start_s, 0.0), end_s + _ECHO_S)
        if _correlation(said, heard) >= _CARRIES:
            return True
    return False


def _correlation(said: NDArray[np.float32], heard: NDArray[np.float32]) -> float:
    """The largest normalised cross-correlation over all delays, 0-1; by FFT. Silence is like nothing."""
    energy = float(np.square(said, dtype=np.float64).sum())
    if not energy or len(heard) < len(said):
        return 0.0
    size = 1 << (len(said) + len(heard)).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)
    delays = len(heard) - len(said) + 1
    running = np.concatenate([[0.0], np.cumsum(np.square(heard, dtype=np.float64))])
    windows = running[len(said) :] - running[:delays]
    floor = 1e-9 * energy  # rounding of the FFT, where the other channel is silent
    return float(np.max(np.abs(product[:delays]) / np.sqrt(energy * np.maximum(windows, floor + 1e-12))))


def redact_audio(
    source: Source,
    target: Path,
    covered: Sequence[Cover],
    *,
    sound: Sound = "beep",
    format: AudioFormat = "flac",
    margin_s: float = 0.2,
    config: AudioConfig | None = None,
    sha256: str | None = None,
) -> None:
    """Write the recording to `target` with `sound` over every cover and `margin_s` on either side of it.

    Rate and channels are the recording's own; samples are 16 bit and, in FLAC and WAV, outside the covers exactly what
    was decoded. Nothing under a cover reaches the encoder. It goes block by block: memory is that of a few seconds.
    `sha256`: of the content that the covers belong to. Raises as `decode` does, SourceChangedError where the content is
    another, StorageError where `target` cannot be written; a target is whole or absent.
    """
    with opened(source) as ready:
        if sha256 not in (None, ready.sha256):
            raise SourceChangedError(
                "the recording changed since it was transcribed",
                received=ready.path or "another content",
                remedy="process it again once the recorder or the copy is done",
            )
        frames = iter(Limits(config or AudioConfig()).counted(ready.track.frames()))
        first = next(frames, None)
        if first is None:
            raise InputError("no audio could be decoded", received=ready.path, remedy="check that the recording plays")
        rate = first.sample_rate
        with replacing(target) as file, AudioWriter(file, format, rate) as writer:
            for block in _covered(resampled(itertools.chain([first], frames), rate), covered, rate, margin_s, sound):
                writer.write(block)


def _covered(
    blocks: Iterable[Samples], covered: Sequence[Cover], rate: int, margin_s: float, sound: Sound
) -> Iterator[Samples]:
    """The blocks with the covers laid over them."""
    position = 0
    channels: list[Intervals] = []
    for block in blocks:
        channels = channels or [_intervals(covered, channel, rate, margin_s) for channel in range(len(block))]
        block = block.copy()
        for samples, intervals in zip(block, channels, strict=True):
            for first, last in intervals.within(position, position + len(samples)):
                place = slice(max(first - position, 0), last - position)
                length = len(samples[place])
                samples[place] = _SOUNDS[sound](max(first, position), length, first, last, rate)
        position += block.shape[1]
        yield block


@dataclass(frozen=True, slots=True)
class Intervals:
    """Stretches of samples, first to last (exclusive), that neither touch nor overlap, in order."""

    bounds: tuple[tuple[int, int], ...]

    def within(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Those that share samples with start..stop."""
        index = bisect_right(self.bounds, start, key=lambda bound: bound[1])
        yield from itertools.takewhile(lambda bound: bound[0] < stop, self.bounds[index:])


def _intervals(covered: Iterable[Cover], channel: int, rate: int, margin_s: float) -> Intervals:
    """What is covered on a channel, with its margins; merged where it meets."""
    merged: list[tuple[int, int]] = []
    for start_s, end_s in sorted(
        (cover.span.start_s - margin_s, cover.span.end_s + margin_s)
        for cover in covered
        if cover.channels is None or channel in cover.channels
    ):
        first, last = max(int(np.floor(start_s * rate)), 0), int(np.ceil(end_s * rate))
        if merged and first <= merged[-1][1]:
            first, last = merged[-1][0], max(last, merged.pop()[1])
        if last > first:
            merged.append((first, last))
    return Intervals(tuple(merged))


def _silence(_start: int, length: int, _first: int, _last: int, _rate: int) -> Samples:
    return np.zeros(length, np.int16)


def _beep(start: int, length: int, first: int, last: int, rate: int) -> Samples:
    """Samples `start`.. of a tone that fades in at `first` and out before `last`; its phase counts from the start of
    the call, so that blocks join."""
    index = np.arange(start, start + length)
    edge = np.minimum(index - first, last - 1 - index) / max(_RAMP_S * rate, 1.0)
    tone = BEEP_LEVEL * np.clip(edge, 0.0, 1.0) * np.sin(2 * np.pi * BEEP_HZ / rate * index)
    beep: Samples = np.rint(32767 * tone).astype(np.int16)
    return beep


_SOUNDS: dict[Sound, Callable[[int, int, int, int, int], Samples]] = {"beep": _beep, "silence": _silence}
