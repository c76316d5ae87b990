"""Hop 1: any recording becomes 16 kHz samples."""

from __future__ import annotations

from engine.audio.limits import Limits
from engine.audio.pcm import PcmWriter
from engine.audio.resample import resampled
from engine.audio.source import OpenSource, Source, opened
from engine.config import AudioConfig
from engine.errors import NotAudioError
from engine.files import printable
from engine.types import SAMPLE_RATE, Audio, Pcm, SourceInfo


def decode(source: Source, config: AudioConfig) -> Audio:
    """The whole call at 16 kHz, int16; identical channels are folded into one.

    Decoding goes block by block: samples beyond `config.spool_bytes` wait in an unlinked temporary file. What a
    damaged file still holds is kept, and `Audio.damage` says what is missing.

    Raises InputError where the source cannot be read, NotAudioError where nothing in it can be decoded,
    AudioLimitError over the caps of `config` or at absurd rates, InvalidSamplesError on NaN, infinite or wrongly
    shaped samples, SourceChangedError where a file changes meanwhile, StorageError where the temporary file is full.
    """
    with opened(source) as ready:
        pcm = _samples(ready, config)
        if pcm.n_samples == 0:
            raise NotAudioError(
                "no audio could be decoded",
                received=f"{ready.path or 'a source'} ({ready.track.info.container}, {ready.track.info.codec})",
                expected="at least one sample",
                remedy="check that the recording plays",
            )
        return Audio(pcm, _source_info(ready, pcm), ready.track.damage)


def _samples(ready: OpenSource, config: AudioConfig) -> Pcm:
    limits, writer = Limits(config), PcmWriter(config.spool_bytes)
    for block in resampled(limits.counted(ready.track.frames())):
        limits.count_output(block)
        writer.write(block)
    return writer.finish()


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
