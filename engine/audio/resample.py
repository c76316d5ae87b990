"""Frames of any format become blocks of 16 kHz int16."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidSamplesError, NotAudioError
from engine.types import SAMPLE_RATE

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.filter import Graph

Samples = NDArray[np.int16]

_SENDERS_FLOATS = ("flt", "dbl")
"""Packed floats come from float PCM and arrays, where NaN is the sender's; codecs decode to planar floats."""


def resampled(frames: Iterable[AudioFrame], sample_rate: int = SAMPLE_RATE) -> Iterator[Samples]:
    """Blocks of about a second at `sample_rate`, shape (channels, samples), with the channels of the first frame.

    FFmpeg's resampler is made anew where rate, layout or sample format change in mid-stream; a later change of
    the channel count is mixed to the first. Raises InvalidSamplesError on NaN or infinite samples and NotAudioError
    on a change that cannot be mixed.
    """
    rest = iter(frames)
    for first in rest:
        layout = _standard_layout(first)
        for _, run in itertools.groupby(itertools.chain([first], rest), key=_format):
            yield from _resampled_run(run, layout, sample_rate)


def _resampled_run(frames: Iterable[AudioFrame], layout: str, sample_rate: int) -> Iterator[Samples]:
    """Frames of one format through one graph."""
    from av import FFmpegError

    graph = None
    try:
        for block in _blocks(frames):
            graph = graph or _graph(block, layout, sample_rate)
            graph.push(block)
            yield from _pulled(graph)
        if graph:
            graph.push(None)
            yield from _pulled(graph)
    except FFmpegError as error:
        raise NotAudioError("the audio cannot be resampled", received=error.strerror, expected=layout) from None


def _graph(like: AudioFrame, layout: str, sample_rate: int) -> Graph:
    """PyAV's AudioResampler in short, without its pool of one thread a core."""
    from av.filter import Graph

    graph = Graph()
    graph.threads = 1
    source = graph.add_abuffer(sample_rate=like.sample_rate, format=like.format, layout=like.layout.name)
    target = graph.add("aformat", sample_rates=str(sample_rate), sample_fmts="s16", channel_layouts=layout)
    graph.link_nodes(source, target, graph.add("abuffersink")).configure()
    return graph


def _pulled(graph: Graph) -> Iterator[Samples]:
    from av.error import BlockingIOError, EOFError

    while True:
        try:
            frame = graph.pull()
        except (BlockingIOError, EOFError):
            return
        yield _planar(cast("AudioFrame", frame))


def _planar(frame: AudioFrame) -> Samples:
    """Shape (channels, samples). Frames stay packed until here: PyAV 18 crashes on the planes of 8 channels or more."""
    samples = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
    return samples.T.astype(np.int16, copy=False)


def _format(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _standard_layout(frame: AudioFrame) -> str:
    """FFmpeg can mix to "mono" and "stereo" but not to "1 channels" and "2 channels"."""
    return {1: "mono", 2: "stereo"}.get(frame.layout.nb_channels, frame.layout.name)


def _blocks(frames: Iterable[AudioFrame]) -> Iterator[AudioFrame]:
    """Frames of one format joined to about a second: a codec's own 20 ms cost more in calls than in work."""
    from av.audio.fifo import AudioFifo

    fifo = AudioFifo()
    for frame in frames:
        frame.pts = None
        fifo.write(frame)
        if fifo.samples >= frame.sample_rate:
            yield from map(_finite, fifo.read_many(frame.sample_rate))
    yield from map(_finite, fifo.read_many(0))


def _finite(block: AudioFrame) -> AudioFrame:
    if block.format.name in _SENDERS_FLOATS and not np.isfinite(block.to_ndarray()).all():
        raise InvalidSamplesError(
            "a sample is not a finite number",
            received="NaN or infinity",
            expected="finite samples in -1..1",
            remedy="export the recording again",
        )
    return block
