"""The call as MP3 for the player of a report, with every redacted span silenced."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.types import SAMPLE_RATE, Audio, Span

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

MARGIN_S = 0.2
"""Silenced on either side of a span: Whisper's word times are off by 0.1 to 0.2 s."""
_BLOCK_SAMPLES = 10 * SAMPLE_RATE
_BIT_RATES = {"mono": 32_000, "stereo": 48_000}
_OPTIONS = {"compression_level": "9", "joint_stereo": "0"}
"""LAME at its fastest; two speakers on two channels have nothing in common to code jointly."""


def encode_mp3(audio: Audio, silenced: Sequence[Span]) -> bytes:
    """The whole call as MP3 at 16 kHz: 32 kbit/s mono, 48 kbit/s stereo; more than two channels are mixed to mono.

    Every span of `silenced`, and `MARGIN_S` around it, is digital silence on all channels before encoding. Times
    in the MP3 are the call's. Memory beyond the result is that of a few seconds.
    """
    import av

    layout = "stereo" if audio.n_channels == 2 else "mono"
    target = io.BytesIO()
    with av.open(target, "w", format="mp3") as container:
        bit_rate = _BIT_RATES[layout]
        stream = container.add_stream("libmp3lame", SAMPLE_RATE, _OPTIONS, layout=layout, bit_rate=bit_rate)
        for frame in _frames(audio, silenced, layout):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def _frames(audio: Audio, silenced: Sequence[Span], layout: str) -> Iterator[AudioFrame]:
    from av.audio.frame import AudioFrame

    spans = _sample_spans(silenced)
    for start in range(0, audio.n_samples, _BLOCK_SAMPLES):
        block = audio.pcm.read(start, start + _BLOCK_SAMPLES).copy()
        for first, last in spans:
            block[:, max(first - start, 0) : max(last - start, 0)] = 0
        frame = AudioFrame.from_ndarray(_packed(block), "s16", layout)
        frame.sample_rate, frame.pts = SAMPLE_RATE, start
        yield frame


def _sample_spans(silenced: Sequence[Span]) -> list[tuple[int, int]]:
    """With the margin, in samples from the start of the call."""
    return [
        (int((span.start_s - MARGIN_S) * SAMPLE_RATE), int(np.ceil((span.end_s + MARGIN_S) * SAMPLE_RATE)))
        for span in silenced
    ]


def _packed(block: NDArray[np.int16]) -> NDArray[np.int16]:
    """Shape (channels, samples) -> (1, samples * channels) of one or two channels."""
    if len(block) > 2:
        block = np.rint(block.mean(axis=0, keepdims=True)).astype(np.int16)
    return np.ascontiguousarray(block.T).reshape(1, -1)
