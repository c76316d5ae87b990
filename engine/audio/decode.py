"""Hop 1: any recording becomes 16 kHz samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from engine.audio.limits import Limits
from engine.audio.pcm import DoubledPcm, PcmWriter
from engine.audio.resample import resampled
from engine.audio.source import OpenSource, Source, opened
from engine.config_types import AudioConfig
from engine.errors import NotAudioError
from engine.files import printable
from engine.telephone import TELEPHONE_RATE
from engine.types import SAMPLE_RATE, Audio, Pcm, SourceInfo

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame


def decode(source: Source, config: AudioConfig, *, keep_telephone: bool = False) -> Audio:
    """The whole call at 16 kHz, int16; identical channels are folded into one.

    `keep_telephone`: a call recorded at 8 kHz is kept so, in half the memory, for devices that make the rest of it
    themselves. Those that cannot make it at every reading, which costs more than to do it once, here.

    Decoding goes block by block: samples beyond `config.spool_bytes` wait in an unlinked temporary file. What a
    damaged file still holds is kept, and `Audio.damage` says what is missing.

    Raises InputError where the source cannot be read, NotAudioError where nothing in it can be decoded,
    AudioLimitError over the caps of `config` or at absurd rates, InvalidSamplesError on NaN, infinite or wrongly
    shaped samples, SourceChangedError where a file changes meanwhile, StorageError where the temporary file is full.
    """
    try:
        return _decoded(source, config, keep_telephone)
    except _WiderError:
        return _decoded(source, config, keep_telephone=False)


class _WiderError(Exception):
    """A recording that calls itself 8 kHz is not, or does not stay so."""


def _decoded(source: Source, config: AudioConfig, keep_telephone: bool) -> Audio:
    with opened(source) as ready:
        is_telephone = keep_telephone and ready.track.info.sample_rate == TELEPHONE_RATE
        kept = _samples(ready, config, TELEPHONE_RATE if is_telephone else SAMPLE_RATE)
        if kept.n_samples == 0:
            raise NotAudioError(
                "no audio could be decoded",
                received=f"{ready.path or 'a source'} ({ready.track.info.container}, {ready.track.info.codec})",
                expected="at least one sample",
                remedy="check that the recording plays",
            )
        pcm = DoubledPcm(kept) if is_telephone else kept
        return Audio(pcm, _source_info(ready, pcm), ready.track.damage, kept if is_telephone else None)


def _samples(ready: OpenSource, config: AudioConfig, rate: int) -> Pcm:
    limits, writer = Limits(config), PcmWriter(config.spool_bytes)
    frames = limits.counted(ready.track.frames())
    for block in resampled(_narrow(frames) if rate == TELEPHONE_RATE else frames, rate):
        limits.count_output(block)
        writer.write(block)
    return writer.finish()


def _narrow(frames: Iterable[AudioFrame]) -> Iterator[AudioFrame]:
    """The same frames; raises _WiderError at one of another rate than 8 kHz."""
    for frame in frames:
        if frame.sample_rate != TELEPHONE_RATE:
            raise _WiderError
        yield frame


def _source_info(ready: OpenSource, pcm: Pcm) -> SourceInfo:
    info = ready.track.info
    return SourceInfo(
        path=printable(ready.path) if ready.path else None,
        sha256=ready.sha256,
        container=info.container,
        codec=info.codec,
        channels=info.channels,
        sample_rate=info.sample_rate,
        duration_s=round(pcm.n_samples / SAMPLE_RATE, 3),
    )
